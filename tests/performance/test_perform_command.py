"""`countenance perform`, and what a saved take does in `animate`."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from countenance.engines import DrawOptions, Rig, load_engine
from countenance.media.video import open_video
from countenance.performance.capture import capture_performance
from countenance.performance.filters import smoothed
from countenance.performance.live_link_rows import HEADER
from countenance.performance.perf_file import load_performance, save_performance
from countenance.performance.take import Performance
from tests.end_to_end.command import Command
from tests.performance.takes import assert_same
from tests.portraits import grace_hopper, grace_hopper_file

HOPPER = ("--public-domain", "Grace Hopper (1906–1992), US Navy photograph, 1984", "--basis", "us-government-work")


@pytest.fixture(scope="module")
def captured(clip: Path) -> Performance:
    """The clip's performance, held in memory."""
    take = capture_performance(clip)
    return Performance.of(take, take.rate, neutral=take.neutral, source=take.source)


@pytest.fixture(scope="module")
def saved(captured: Performance, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("takes") / "with appearance.perf"
    save_performance(captured, path, with_appearance=True)
    return path


def rig_for(take: Performance) -> Rig:
    return load_engine("mesh").prepare(grace_hopper(), take.neutral, DrawOptions())


def test_a_take_with_appearance_draws_the_same_frames_as_its_clip(captured: Performance, saved: Path) -> None:
    take = load_performance(saved)
    assert take.has_appearance and any(s.appearance and s.appearance.mouth for s in take)
    ours, theirs = rig_for(captured), rig_for(take)
    for k, (a, b) in enumerate(zip(smoothed(captured), smoothed(take), strict=True)):
        assert_same(a, b)
        if k % 4 == 0:
            np.testing.assert_array_equal(ours.draw(a), theirs.draw(b))


def test_a_take_without_appearance_moves_the_same(captured: Performance, tmp_path: Path) -> None:
    save_performance(captured, tmp_path / "t.perf")
    take = load_performance(tmp_path / "t.perf")
    ours, theirs = rig_for(captured), rig_for(take)
    for k, (a, b) in enumerate(zip(smoothed(captured), smoothed(take), strict=True)):
        np.testing.assert_array_equal(ours.vertices(a), theirs.vertices(b))
        assert b.appearance is None
        if k == 8:
            assert not np.array_equal(ours.draw(a), theirs.draw(b)), "the driver's folds and mouth are what is missing"


def test_animate_from_a_take(countenance: Command, clip: Path, saved: Path, tmp_path: Path) -> None:
    pictures = []
    for driving, out in ((clip, tmp_path / "clip.mp4"), (saved, tmp_path / "take.mp4")):
        ran = countenance("animate", "-s", grace_hopper_file(), "-d", driving, "-o", out, *HOPPER, "--json")
        assert ran.status == 0, ran.err
        with open_video(out) as video:
            pictures.append([(frame.time, frame.pixels.astype(np.int16)) for frame in video.frames()])
    assert len(pictures[0]) == len(pictures[1]) == 20
    for (time, a), (other, b) in zip(*pictures, strict=True):
        assert time == other
        # The watermark names each render apart: that much, and what coding makes of it, may differ.
        assert 10 * np.log10(255**2 / max(float(((a - b) ** 2).mean()), 1e-9)) > 36


def test_perform_writes_what_capture_measures(countenance: Command, clip: Path, saved: Path, tmp_path: Path) -> None:
    out = tmp_path / "a take.perf"
    ran = countenance("perform", clip, "-o", out, "--with-appearance", "--json")
    assert ran.status == 0, ran.err
    told = json.loads(ran.out)
    assert (told["frames"], told["rate"], told["appearance"]) == (20, "25", True)
    assert told["seconds"] == pytest.approx(0.8) and told["size"] == out.stat().st_size
    for a, b in zip(load_performance(saved), load_performance(out), strict=True):
        assert_same(a, b)
    again = countenance("perform", clip, "-o", out)
    assert again.status == 6 and "output.exists" in again.err


def test_a_clip_ends_where_it_ends(countenance: Command, clip: Path, tmp_path: Path) -> None:
    """Asking for more than there is does not hold the last frame."""
    ran = countenance("perform", clip, "--start", "0.4", "--duration", "30", "-o", tmp_path / "t.csv", "--json")
    assert json.loads(ran.out)["frames"] == 24
    told = json.loads(countenance("perform", clip, "--duration", "30", "--info", "--json").out)
    assert (told["frames"], told["seconds"]) == (20, pytest.approx(0.8))


def test_without_the_flag_no_appearance_is_kept(countenance: Command, saved: Path, tmp_path: Path) -> None:
    ran = countenance("perform", saved, "-o", tmp_path / "t.perf")
    assert ran.status == 0 and "shows nobody" in ran.out
    assert not load_performance(tmp_path / "t.perf").has_appearance


def test_edits_in_their_order(countenance: Command, tmp_path: Path) -> None:
    out = tmp_path / "t.perf"
    ran = countenance(
        "perform", "authored:nod", "authored:smile", "--trim", "0.4-4.4", "--mirror", "--scale", "0.5", "--head", "2",
        "--speed", "2", "--fps", "30000/1001", "--loop", "2", "--smooth", "2", "-o", out, "--json",
    )  # fmt: skip
    assert ran.status == 0, ran.err
    take = load_performance(out)
    assert take.duration == 4 and take.rate == Fraction(30000, 1001)
    assert len(list(take)) in (119, 120)
    whole = tmp_path / "whole.perf"
    assert countenance("perform", "authored:nod", "--expression", "0", "-o", whole).status == 0
    assert not any(s.offsets.any() for s in load_performance(whole))
    assert countenance("perform", "authored:nod", "--start", "0:00:01", "--duration", "0.5", "-o", out, "--overwrite")
    assert load_performance(out).duration == Fraction(1, 2)


def test_to_live_link_and_back(countenance: Command, saved: Path, tmp_path: Path) -> None:
    there = countenance("perform", saved, "-o", tmp_path / "t.csv", "--json")
    assert json.loads(there.out)["frames"] == 48
    back = countenance("perform", tmp_path / "t.csv", "-o", tmp_path / "back.perf", "--fps", "25")
    assert back.status == 0, back.err
    ours, theirs = list(load_performance(saved)), list(load_performance(tmp_path / "back.perf"))
    assert len(ours) == len(theirs) == 20
    for a, b in zip(ours, theirs, strict=True):
        assert np.degrees(np.abs(a.rotation - b.rotation)).max() < 0.5
        assert np.abs(a.blendshapes - b.blendshapes)[1:].max() < 0.02
    jaw = [np.array([s.offsets[14, 1] - s.offsets[13, 1] for s in take]) for take in (ours, theirs)]
    assert np.corrcoef(jaw[0], jaw[1])[0, 1] > 0.9


def test_straighten(countenance: Command, tmp_path: Path) -> None:
    text = ",".join(HEADER) + "\n" + ",".join(["01:00:00:00.000", "61", *["0"] * 53, "0.3", *["0"] * 7]) + "\n"
    (tmp_path / "t.csv").write_text(text)
    angles = {}
    for how in ("auto", "recorded", "calm"):
        ran = countenance("perform", tmp_path / "t.csv", "--straighten", how, "--info", "--json")
        angles[how] = json.loads(ran.out)["pitch"][1]
    assert angles == {"auto": 0, "calm": 0, "recorded": pytest.approx(np.degrees(0.3), abs=1e-3)}
    assert countenance("perform", tmp_path / "t.csv", "--straighten", "iron", "--info").status == 3


def test_info(countenance: Command, saved: Path) -> None:
    told = json.loads(countenance("perform", saved, "--info", "--json").out)
    assert (told["frames"], told["source"], told["appearance"], told["frames_without_face"]) == (20, "video", True, 0)
    assert "mouthSmileLeft" in told["strongest"] and told["yaw"][0] <= told["yaw"][1]
    words = countenance("perform", "authored:demo", "--info").out
    assert "200 frames, 8.00 s" in words and "5 blinks" in words and "shows nobody" in words


@pytest.mark.parametrize(
    ("words", "status", "code"),
    [
        (("authored:nod",), 3, "input.option"),
        (("authored:nod", "--info", "-o", "t.perf"), 3, "input.option"),
        (("authored:nod", "-o", "t.mp4"), 6, "output.format"),
        (("authored:nod", "-o", "none/t.perf"), 6, "output.folder"),
        (("authored:nod", "-o", "t.csv", "--with-appearance"), 3, "input.option"),
        (("authored:nod", "-o", "t.perf", "--trim", "3"), 3, "input.option"),
        (("authored:nod", "-o", "t.perf", "--trim", "2-1"), 3, "input.option"),
        (("authored:nod", "-o", "t.perf", "--trim", "8-9"), 3, "input.option"),
        (("authored:nod", "-o", "t.perf", "--speed", "0"), 3, "input.option"),
        (("authored:nod", "-o", "t.perf", "--scale", "9"), 3, "input.option"),
        (("authored:nod", "-o", "t.perf", "--on-missing-face", "pray"), 3, "input.option"),
        (("authored:none", "-o", "t.perf"), 3, "input.option"),
        (("none.perf", "-o", "t.perf"), 3, "input.missing"),
        (("bad.perf", "-o", "t.perf"), 3, "input.document"),
        (("bad.perf", "-o", "bad.perf", "--overwrite"), 6, "output.is_input"),
        (("bad.csv", "-o", "t.perf"), 3, "input.document"),
        (("bad.mp4", "-o", "t.perf"), 3, "input.not_a_video"),
    ],
)
def test_what_cannot_be(
    countenance: Command,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    status: int,
    code: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("bad.perf", "bad.csv", "bad.mp4"):
        (tmp_path / name).write_text("this is not what its name says\n")
    before = sorted(p.name for p in tmp_path.iterdir())
    ran = countenance("perform", *words, "--json")
    assert (ran.status, json.loads(ran.out)["error"]["code"]) == (status, code)
    assert json.loads(ran.out)["error"]["remedy"] and "Traceback" not in ran.err
    assert sorted(p.name for p in tmp_path.iterdir()) == before


@pytest.mark.parametrize("name", ["t.perf", "t.csv"])
def test_ctrl_c_leaves_nothing(
    countenance: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def struck(*_: object) -> float:
        raise KeyboardInterrupt

    monkeypatch.setattr("countenance.performance.authored._eased", struck)
    (tmp_path / name).write_text("what was there before")
    ran = countenance("perform", "authored:demo", "-o", tmp_path / name, "--overwrite")
    assert ran.status == 130 and "interrupted" in ran.err
    assert [p.name for p in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == "what was there before"
