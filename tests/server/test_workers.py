"""Worker processes, killed and stopped: nothing is lost, nothing is done twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from countenance.server.database import Database
from countenance.server.jobs.job import NewJob
from countenance.server.jobs.pool import Pool
from countenance.server.jobs.queue import Queue
from countenance.settings import Settings
from tests.server.makers import noted

MAKERS = "tests.server.makers"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    home = tmp_path / "home"
    home.mkdir()
    return Settings(home=home)


@pytest.fixture
def queue(settings: Settings) -> Queue:
    return Queue(Database.open(settings))


def new(title: str, owner: str = "ada") -> NewJob:
    return NewJob(owner, "animate", title, {})


def until(true: Callable[[], object], seconds: float = 240.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.05)


def test_jobs_are_made_and_told(settings: Settings, queue: Queue) -> None:
    numbers = [queue.add(new("3"))[0].id for _ in range(6)]
    with Pool(settings, 2, maker=f"{MAKERS}:slow"):
        until(lambda: queue.counts() == {"done": 6})
    assert sorted(noted(settings.home, "made")) == sorted(numbers)
    assert queue.job(numbers[0]).result == {"frames": 3}


def test_a_killed_workers_job_is_made_by_the_next(settings: Settings, queue: Queue) -> None:
    number = queue.add(new("2"))[0].id
    with Pool(settings, 1, maker=f"{MAKERS}:dying"):
        until(lambda: queue.job(number).ended)
    assert queue.job(number).state == "done" and queue.job(number).attempts == 3
    assert noted(settings.home, "made") == [number]


def test_workers_killed_again_and_again_lose_and_repeat_nothing(settings: Settings, queue: Queue) -> None:
    numbers = [queue.add(new("10", owner))[0].id for owner in ("a", "b", "c", "d") for _ in range(5)]
    with Pool(settings, 2, maker=f"{MAKERS}:slow") as pool:
        until(lambda: len(noted(settings.home, "made")) >= 3)
        for _ in range(3):
            until(lambda: pool.pids)
            os.kill(pool.pids[0], signal.SIGKILL)
            made = len(noted(settings.home, "made"))
            until(lambda made=made: len(noted(settings.home, "made")) > made)  # type: ignore[misc]
        until(lambda: queue.counts() == {"done": len(numbers)})
    made = noted(settings.home, "made")
    assert sorted(set(made)) == sorted(numbers)


def test_cancelling_a_running_job_ends_it_in_a_moment(settings: Settings, queue: Queue) -> None:
    number = queue.add(new("100000"))[0].id
    with Pool(settings, 1, maker=f"{MAKERS}:slow"):
        until(lambda: queue.job(number).done > 3)
        job = queue.job(number)
        assert job.total == 100000 and job.rate and job.seconds_left
        queue.stop(number)
        until(lambda: queue.job(number).state == "cancelled")
    assert queue.job(number).problem["code"] == "job.cancelled"  # type: ignore[index]


def test_stopping_in_good_order_puts_jobs_back(settings: Settings, queue: Queue) -> None:
    number = queue.add(new("100000"))[0].id
    with Pool(settings, 1, maker=f"{MAKERS}:slow"):
        until(lambda: queue.job(number).state == "running")
    assert queue.job(number).state == "queued"


def test_what_fails_is_told_and_tells_nothing_else(settings: Settings, queue: Queue) -> None:
    refused, broken = queue.add(new("cat.png"))[0].id, queue.add(new("x"))[0].id
    with Pool(settings, 1, maker=f"{MAKERS}:refusing"):
        until(lambda: queue.job(refused).ended)
        queue.stop(broken)
    problem = queue.job(refused).problem
    assert problem is not None and problem["code"] == "face.none" and problem["remedy"]
    again = queue.retry(broken).id
    with Pool(settings, 1, maker=f"{MAKERS}:broken"):
        until(lambda: queue.job(again).ended)
    problem = queue.job(again).problem
    assert problem is not None and problem["code"] == "internal" and "/home/ada" not in str(problem)


SERVER = """
import sys, time
from pathlib import Path
from countenance.server.jobs.pool import Pool
from countenance.settings import Settings
if __name__ == "__main__":
    with Pool(Settings(home=Path(sys.argv[1])), 2, maker="tests.server.makers:slow") as pool:
        print("ready", flush=True)
        time.sleep(600)
"""


def test_the_server_killed_takes_its_workers_along_and_loses_nothing(
    settings: Settings, queue: Queue, tmp_path: Path
) -> None:
    numbers = [queue.add(new("40"))[0].id for _ in range(6)]
    script = tmp_path / "server.py"
    script.write_text(SERVER)
    path = os.pathsep.join([str(Path(__file__).parents[2]), *sys.path])
    environment = {**os.environ, "PYTHONPATH": path}
    first = subprocess.Popen([sys.executable, script, settings.home], env=environment, stdout=subprocess.PIPE)
    try:
        until(lambda: noted(settings.home, "made"))
        workers = {int(name.split(":")[1]) for name in queue.workers()}
        assert workers
    finally:
        first.kill()
        first.wait()
    until(lambda: not any(Path(f"/proc/{pid}").exists() and _alive(pid) for pid in workers))
    with Pool(settings, 2, maker=f"{MAKERS}:slow"):
        until(lambda: queue.counts() == {"done": len(numbers)})
    made = noted(settings.home, "made")
    assert sorted(made) == sorted(numbers), "each was finished once"


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
