"""Nothing is lost and nothing is made twice: the journal, workers that die, runs that are stopped."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from countenance.campaign.cluster import Cluster
from countenance.campaign.dry_run import survey
from countenance.campaign.expansion import expand
from countenance.campaign.journal import Journal
from countenance.campaign.plan_file import read_plan
from countenance.campaign.run import Tally, run
from countenance.campaign.version import Version
from countenance.campaign.workers import Executor, Here, Processes
from countenance.errors import Interrupted, OutputError
from countenance.settings import default_settings
from tests.campaign import makers
from tests.campaign.conftest import PLAN, Write, needs_espeak

SIX = PLAN.replace('"Come in."}', '"Come in."}\n  es: {text: "Pasen.", voices: [espeak]}').replace(
    "formats: [", "formats: [own, "
)


def go(path: Path, executor: Executor, *, overwrite: bool = False) -> Tally:
    """What the command does."""
    plan = read_plan(path)
    versions = expand(plan, path.parent, default_settings())
    journal = Journal(path.parent / plan.output)
    with journal.writing():
        return run(
            survey(versions, journal, default_settings(), overwrite=overwrite), journal, executor, default_settings()
        )


def versions_of(path: Path) -> tuple[Version, ...]:
    return expand(read_plan(path), path.parent, default_settings())


@needs_espeak
def test_finished_versions_are_not_made_again(write: Write) -> None:
    path = write(SIX)
    assert go(path, Here(makers.write)) == Tally(6, 0, 0, (), ())
    assert go(path, Here(makers.write)) == Tally(0, 0, 6, (), ())
    folder = path.parent / "versions"
    assert len(makers.calls(folder)) == 6
    (folder / "museum-night.grace.en.hibari.own.mp4").unlink()
    (folder / "museum-night.grace.en.hibari.1x1-256.mp4").write_bytes(b"altered")
    assert go(path, Here(makers.write)) == Tally(2, 0, 4, (), ())
    write(SIX.replace("Pasen.", "Entren."))
    assert go(path, Here(makers.write)) == Tally(3, 0, 3, (), ()), "only what says something else"


@needs_espeak
def test_one_failure_does_not_stop_the_others_and_is_tried_again(write: Write) -> None:
    path = write(SIX)
    tally = go(path, Here(makers.fail_in_spanish))
    assert tally.made == 3 and len(tally.failed) == 3
    failed = Journal(path.parent / "versions").last("failed")
    assert {entry.facts["code"] for entry in failed.values()} == {"face.none"}
    assert go(path, Here(makers.write)) == Tally(3, 0, 3, (), ())


def test_a_strangers_file_is_not_replaced(write: Write) -> None:
    path = write(PLAN)
    folder = path.parent / "versions"
    folder.mkdir()
    theirs = folder / "museum-night.grace.en.hibari.1x1-256.mp4"
    theirs.write_bytes(b"theirs")
    tally = go(path, Here(makers.write))
    assert tally.made == 1 and tally.left == ("grace.en.hibari.1x1-256",) and theirs.read_bytes() == b"theirs"
    assert go(path, Here(makers.write), overwrite=True) == Tally(1, 0, 1, (), ())


def test_a_line_cut_short_is_dropped_and_the_rest_believed(write: Write) -> None:
    path = write(PLAN)
    go(path, Here(makers.write))
    journal = Journal(path.parent / "versions")
    whole = journal.path.read_bytes()
    journal.path.write_bytes(whole + b'{"event":"made","version":"grace')
    assert go(path, Here(makers.write)) == Tally(0, 0, 2, (), ())
    assert journal.path.read_bytes() == whole
    journal.path.write_bytes(b"\n".join(whole.split(b"\n")[:-2]) + b"\n{}\nno json\n[1]\n")
    assert go(path, Here(makers.write)).made == 1


def test_two_runs_of_one_campaign_do_not_meet(write: Write) -> None:
    path = write(PLAN)
    with Journal(path.parent / "versions").writing(), pytest.raises(OutputError) as caught:
        go(path, Here(makers.write))
    assert caught.value.code == "campaign.running"


@needs_espeak
def test_a_killed_worker_loses_nothing_and_repeats_nothing(write: Write) -> None:
    path = write(SIX.replace('{shape: "1:1", size: 256}', '"1:1"'))
    tally = go(path, Processes(2, makers.die_once))
    folder = path.parent / "versions"
    done = makers.calls(folder)
    assert tally == Tally(6, 0, 0, (), ())
    assert sorted(name for name, _, _ in done) == sorted(version.name for version in versions_of(path))
    assert {name for name, _, again in done if again} == {"grace.en.hibari.1x1", "grace.es.espeak.1x1"}
    assert not list(folder.glob(".*part*")), "half a file is taken away"


def test_a_version_that_kills_its_worker_twice_is_given_up(write: Write) -> None:
    path = write(PLAN.replace('{shape: "1:1", size: 256}', '"1:1"'))
    tally = go(path, Processes(1, makers.die_always))
    assert tally.made == 1 and tally.failed == ("grace.en.hibari.1x1",)
    entry = Journal(path.parent / "versions").last("failed")["grace.en.hibari.1x1"]
    assert entry.facts["code"] == "campaign.worker" and "signal 9" in entry.facts["message"]


def test_a_run_that_is_stopped_leaves_no_half_file(write: Write) -> None:
    path = write(PLAN)
    folder = path.parent / "versions"

    def press_ctrl_c() -> None:
        limit = time.monotonic() + 60
        while not list(folder.glob(".*part*")) and time.monotonic() < limit:
            time.sleep(0.05)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=press_ctrl_c, daemon=True).start()
    with pytest.raises(Interrupted) as caught:
        go(path, Processes(1, makers.take_long))
    assert "0 of 2" in caught.value.message
    assert [p.name for p in folder.iterdir()] == ["campaign.jsonl"]
    assert go(path, Here(makers.write)).made == 2


@needs_espeak
def test_a_ray_cluster_makes_the_same_and_survives_a_killed_task(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("ray")
    monkeypatch.setenv("RAY_ADDRESS", "127.0.0.1:1")  # somebody else's cluster: `ray` means one of its own
    path = write(SIX.replace('{shape: "1:1", size: 256}', '"1:1"'))
    tally = go(path, Cluster("ray", 2, makers.die_once))
    done = makers.calls(path.parent / "versions")
    assert tally == Tally(6, 0, 0, (), ()) and len(done) == 6
    assert {name for name, _, again in done if again} == {"grace.en.hibari.1x1", "grace.es.espeak.1x1"}
    assert go(path, Cluster("ray", 2, makers.write)) == Tally(0, 0, 6, (), ())
