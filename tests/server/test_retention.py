"""What is deleted when its time is over, and what stays."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from countenance.server.access import Access, SignInNeeded
from countenance.server.database import Database
from countenance.server.jobs.job import NewJob
from countenance.server.jobs.queue import Queue
from countenance.server.places import Places
from countenance.server.retention import Retention
from countenance.server.uploads import UNFINISHED_SECONDS, Limits, Uploads
from countenance.settings import Settings

DAY = 86400.0


class Clock:
    now = time.time()

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def parts(tmp_path: Path, clock: Clock) -> tuple[Database, Queue, Uploads, Places, Retention]:
    settings = Settings(home=tmp_path / "home")
    database, places = Database.open(settings), Places.at_home(settings)
    queue, uploads = Queue(database, clock), Uploads(database, places, Limits(free=0), clock)
    return database, queue, uploads, places, Retention(database, queue, uploads, places, 30, clock)


def made(queue: Queue, places: Places, *uploads: str) -> str:
    number = queue.add(NewJob("ada", "animate", "Ada", {"a": 1}, uploads=uploads))[0].id
    taken = queue.take("w")
    assert taken is not None
    folder = places.result_folder(number)
    folder.mkdir(parents=True)
    (folder / f"{number}.mp4").write_bytes(b"x" * 100)
    assert queue.finish(taken, result={"sha256": "s"}, size=100)
    return number


def whole(uploads: Uploads, name: str = "a") -> str:
    upload = uploads.create("ada", 3, name)
    uploads._places.upload(upload.id).write_bytes(b"abc")
    uploads._note(upload, 3)
    return upload.id


def test_results_go_after_their_days(parts: tuple[Database, Queue, Uploads, Places, Retention], clock: Clock) -> None:
    _, queue, _, places, retention = parts
    old = made(queue, places)
    clock.now += 20 * DAY
    young = made(queue, places)
    assert retention.sweep() == (0, 0)
    clock.now += 11 * DAY
    assert retention.sweep() == (1, 0)
    assert places.result(old) is None and not places.result_folder(old).exists()
    assert queue.job(old).state == "deleted" and queue.job(old).spec == {}
    assert places.result(young) is not None and queue.bytes_of("ada") == 100


def test_uploads_go_unless_a_job_waits_for_them(
    parts: tuple[Database, Queue, Uploads, Places, Retention], clock: Clock
) -> None:
    _, queue, uploads, places, retention = parts
    idle, needed = whole(uploads), whole(uploads)
    unfinished = uploads.create("ada", 10, "b").id
    waiting = queue.add(NewJob("ada", "animate", "t", {}, uploads=(needed,)))[0].id
    clock.now += UNFINISHED_SECONDS + 1
    assert retention.sweep() == (0, 1)
    assert not places.upload(unfinished).exists() and places.upload(idle).exists()
    clock.now += 31 * DAY
    assert retention.sweep() == (0, 1)
    assert not places.upload(idle).exists() and places.upload(needed).exists()
    queue.stop(waiting)
    clock.now += 31 * DAY
    assert retention.sweep() == (1, 1)


def test_sessions_and_tickets_end(parts: tuple[Database, Queue, Uploads, Places, Retention], clock: Clock) -> None:
    database, _, _, _, retention = parts
    access = Access(database, clock)
    session, late, key = access.sign_in(access.ticket()), access.ticket(), access.make_key("k", ["read"])
    clock.now += 13 * 3600
    with pytest.raises(SignInNeeded):
        access.caller(session, "session")
    with pytest.raises(SignInNeeded):
        access.sign_in(late)
    retention.sweep()
    with database.reading() as connection:
        assert connection.exec_driver_sql("SELECT kind FROM keys").scalars().all() == ["key"]
    assert access.caller(key.secret, "key").name == "k"
