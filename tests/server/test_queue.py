"""The queue alone: who is served, what is done once, what a lost lease means."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from countenance.server.database import Database
from countenance.server.jobs.job import CRASHES, LEASE, NewJob
from countenance.server.jobs.queue import Queue
from countenance.server.refusals import NotNow, NotThere, OverQuota


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def queue(tmp_path: Path, clock: Clock) -> Queue:
    return Queue(Database(f"sqlite:///{tmp_path / 'studio.sqlite'}"), clock)


def new(owner: str = "ada", **more: object) -> NewJob:
    return NewJob(**{"owner": owner, "recipe": "animate", "title": "t", "spec": {"a": 1}, **more})  # type: ignore[arg-type]


def test_jobs_are_taken_in_their_order_and_once(queue: Queue) -> None:
    numbers = [queue.add(new())[0].id for _ in range(3)]
    taken = [queue.take(f"w{k}") for k in range(4)]
    assert [one.job.id for one in taken[:3] if one] == numbers
    assert taken[3] is None


def test_between_owners_the_one_with_less_is_served(queue: Queue) -> None:
    for _ in range(20):
        queue.add(new("greedy", priority=10))
    modest = queue.add(new("modest"))[0]
    first, second = queue.take("w1"), queue.take("w2")
    assert first is not None and second is not None
    assert {first.job.owner, second.job.owner} == {"greedy", "modest"}
    assert modest.id in (first.job.id, second.job.id)


def test_owners_take_turns(queue: Queue, clock: Clock) -> None:
    for owner in ("a", "b", "c"):
        for _ in range(4):
            queue.add(new(owner))
    served = []
    for _ in range(12):
        clock.now += 1
        one = queue.take("w")
        assert one is not None
        served.append(one.job.owner)
        queue.finish(one, result={})
    assert all(set(served[k : k + 3]) == {"a", "b", "c"} for k in range(0, 12, 3))


def test_priority_counts_among_ones_own(queue: Queue) -> None:
    queue.add(new(title="later"))
    queue.add(new(title="sooner", priority=5))
    one = queue.take("w")
    assert one is not None and one.job.title == "sooner"


def test_an_idempotency_key_makes_one_job(queue: Queue) -> None:
    with ThreadPoolExecutor(8) as many:
        answers = list(many.map(lambda _: queue.add(new(token="k")), range(24)))
    assert len({job.id for job, _ in answers}) == 1
    assert Counter(fresh for _, fresh in answers)[True] == 1
    with pytest.raises(NotNow) as met:
        queue.add(new(token="k", spec={"a": 2}))
    assert met.value.code == "job.idempotency"
    assert queue.add(new("bob", token="k"))[1]  # another's key is another key


def test_a_worker_that_falls_silent_loses_its_job_and_cannot_end_it(queue: Queue, clock: Clock) -> None:
    number = queue.add(new())[0].id
    first = queue.take("w1")
    assert first is not None
    clock.now += LEASE + 1
    second = queue.take("w2")
    assert second is not None and second.job.id == number and second.job.attempts == 2
    assert queue.beat(first, 1, 2, None) == "lost"
    assert not queue.finish(first, result={"by": "first"})
    assert queue.finish(second, result={"by": "second"})
    assert queue.job(number).result == {"by": "second"}
    assert not queue.finish(second, result={"by": "again"})


def test_a_worker_that_speaks_keeps_it(queue: Queue, clock: Clock) -> None:
    queue.add(new())
    one = queue.take("w1")
    assert one is not None
    for _ in range(5):
        clock.now += LEASE - 1
        assert queue.beat(one, 1, 10, 2.0) is None
        assert queue.take("w2") is None


def test_a_job_that_kills_its_workers_is_told_to_be_at_fault(queue: Queue) -> None:
    number = queue.add(new())[0].id
    for _ in range(CRASHES):
        assert queue.take("w") is not None
        queue.give_back("w", crashed=True)
    job = queue.job(number)
    assert job.state == "failed" and job.problem is not None and job.problem["code"] == "job.crashed"
    assert queue.take("w") is None


def test_workers_that_stop_in_good_order_count_for_nothing(queue: Queue) -> None:
    queue.add(new())
    for _ in range(3 * CRASHES):
        assert queue.take("w") is not None
        queue.give_back("w", crashed=False)
    assert queue.counts() == {"queued": 1}


def test_cancelling(queue: Queue) -> None:
    waiting, running = queue.add(new())[0].id, None
    assert queue.stop(waiting).state == "cancelled"
    assert queue.take("w") is None
    running = queue.add(new())[0].id
    one = queue.take("w")
    assert one is not None
    assert queue.stop(running).state == "running"
    assert queue.beat(one, 0, None, None) == "job.cancelled"
    queue.give_back("w", crashed=True)  # died before it could stop
    assert queue.job(running).state == "cancelled"
    assert queue.stop(running).state == "cancelled"


def test_a_grant_taken_back_ends_what_rests_on_it(queue: Queue) -> None:
    on, other = queue.add(new(grants=("a" * 32,)))[0], queue.add(new(grants=("b" * 32,)))[0]
    running = queue.take("w")
    assert running is not None and running.job.id == on.id
    waiting = queue.add(new(grants=("a" * 32,)))[0]
    assert set(queue.stop_resting_on("a" * 32)) == {on.id, waiting.id}
    assert queue.beat(running, 0, None, None) == "permission.revoked"
    assert queue.job(waiting.id).state == "cancelled"
    assert queue.job(other.id).state == "queued"


def test_another_owners_job_is_not_there(queue: Queue) -> None:
    number = queue.add(new("ada"))[0].id
    for act in (queue.job, queue.stop, queue.retry, queue.forget):
        with pytest.raises(NotThere):
            act(number, "bob")
    assert queue.job(number, "ada").id == number


def test_what_is_forgotten_leaves_nothing_but_its_number(queue: Queue) -> None:
    number = queue.add(new(title="Ada's face", grants=("a" * 32,), token="k"))[0].id
    queue.stop(number)
    gone = queue.forget(number)
    assert (gone.state, gone.title, gone.spec, gone.problem) == ("deleted", "", {}, None)
    with pytest.raises(NotThere):
        queue.job(number, "ada")
    assert queue.jobs("ada") == ([], None)


def test_a_running_job_is_not_forgotten_and_a_done_one_not_tried_again(queue: Queue) -> None:
    number = queue.add(new())[0].id
    one = queue.take("w")
    assert one is not None
    with pytest.raises(NotNow):
        queue.forget(number)
    queue.finish(one, result={})
    with pytest.raises(NotNow):
        queue.retry(number)


def test_trying_again(queue: Queue) -> None:
    number = queue.add(new())[0].id
    one = queue.take("w")
    assert one is not None
    queue.finish(one, problem={"code": "face.none", "message": "", "remedy": ""})
    assert queue.job(number).state == "failed"
    again = queue.retry(number)
    assert (again.state, again.problem, again.finished) == ("queued", None, None)


def test_no_more_wait_than_the_quota(queue: Queue) -> None:
    for _ in range(3):
        queue.add(new(waiting=3))
    with pytest.raises(OverQuota):
        queue.add(new(waiting=3))
    assert queue.add(new("bob", waiting=3))[1]


def test_pages_lose_and_repeat_nothing_while_jobs_come(queue: Queue) -> None:
    numbers = [queue.add(new())[0].id for _ in range(25)]
    seen, before = [], None
    while True:
        page, before = queue.jobs("ada", before=before, limit=10)
        seen += [job.id for job in page]
        queue.add(new())
        if before is None:
            break
    assert [one for one in seen if one in numbers] == numbers[::-1]
    assert len(seen) == len(set(seen))
