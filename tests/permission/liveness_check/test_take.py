"""Takes as files, judged whole: the good one, and those that are refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from countenance.errors import BadOption, FileMissing, LibraryMissing, NoFace, NotAVideo
from countenance.marking.video_exit import VideoOutput
from countenance.media.frames import Pixels, VideoFrame
from countenance.media.video import open_video
from countenance.permission.liveness_check import TakeChecker, TakeReport, challenge_for, check_take, liveness_verdict
from countenance.permission.liveness_check.liveness import UNCHANGED
from countenance.permission.liveness_check.origin import signs_of_making
from countenance.permission.liveness_check.sync import agreement, loudness
from countenance.permission.liveness_check.video_measures import TakeSeries, measure_take
from tests.exit_material import making, permit, settings_in
from tests.permission.liveness_check import material
from tests.permission.liveness_check.material import (
    LOOK,
    RATE,
    TURNING,
    Script,
    camera,
    drawn,
    sound,
    spoken,
    write_take,
)
from tests.portraits import eileen_collins

CHALLENGE = challenge_for("ab" * 16)
SCRIPT = Script.of(CHALLENGE)
OTHER = challenge_for("cd" * 16)


@pytest.fixture(scope="module")
def frames() -> list[Pixels]:
    """What the engine draws of the take."""
    return list(drawn(SCRIPT, eileen_collins()))


@pytest.fixture(scope="module")
def filmed(frames: list[Pixels], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As if a camera had recorded it."""
    return write_take(tmp_path_factory.mktemp("take") / "filmed.mp4", camera(frames), sound(SCRIPT))


@pytest.fixture(scope="module")
def series(filmed: Path) -> TakeSeries:
    return measure_take(filmed)


@pytest.fixture
def known(series: TakeSeries, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[TakeSeries]]:
    """The eye's part done: what is in the list is taken as seen, and the clip as filmed."""
    seen = [series]
    monkeypatch.setattr(liveness_verdict, "measure_take", lambda _: seen[0])
    monkeypatch.setattr(liveness_verdict, "signs_of_making", lambda *_: [])
    yield seen


def codes(report: TakeReport) -> set[str]:
    return {lack.code for lack in report.lacks}


def test_a_take_that_does_what_was_asked_is_accepted(
    filmed: Path, series: TakeSeries, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(liveness_verdict, "measure_take", lambda _: series)  # measured once for all tests
    report = check_take(filmed, CHALLENGE.phrase, CHALLENGE.turns)
    assert report.alive, report.lacks
    assert report.heard is not None and report.heard.right >= 6
    assert report.measures["blinks"] == 3 and report.measures["turns"] == list(CHALLENGE.turns)
    assert report.verdict.alive and report.verdict.phrase == CHALLENGE.phrase and len(report.sha256) == 64


@pytest.mark.usefixtures("known")
def test_a_take_of_another_phrase_is_refused(filmed: Path) -> None:
    report = check_take(filmed, OTHER.phrase, CHALLENGE.turns)
    assert codes(report) == {"phrase"}
    verdict = TakeChecker().judge(filmed, OTHER.phrase)
    assert not verdict.alive and OTHER.phrase in " ".join(verdict.reasons)


@pytest.mark.usefixtures("known")
def test_turns_asked_the_other_way_round_are_missed(filmed: Path) -> None:
    assert codes(check_take(filmed, CHALLENGE.phrase, CHALLENGE.turns[::-1])) == {"turn"}
    assert not codes(check_take(filmed, CHALLENGE.phrase))  # they follow from the phrase


def test_a_dubbed_take_is_refused(filmed: Path, known: list[TakeSeries], series: TakeSeries) -> None:
    known[0] = replace(series, mouth=np.full_like(series.mouth, 0.02))
    assert codes(check_take(filmed, CHALLENGE.phrase)) == {"mouth"}


def test_nine_of_ten_mouths_that_say_something_else_are_refused(series: TakeSeries) -> None:
    """One may agree by chance: speech opens every mouth four times a second."""
    samples, rate = sound(SCRIPT)
    start = LOOK + TURNING
    end = start + float(spoken(SCRIPT.phrase).duration)
    own = partial(agreement, series.times, level=loudness(samples, rate), start=start, end=end)
    assert own(mouth=series.mouth).together
    others = [np.roll(mouth, k) for mouth in (series.mouth, series.mouth[::-1]) for k in range(8, 60, 3)]
    refused = sum(not own(mouth=mouth).together for mouth in others)
    assert refused >= 0.9 * len(others)


@pytest.mark.usefixtures("known")
def test_a_silent_take_is_refused(frames: list[Pixels], tmp_path: Path) -> None:
    for name, heard in (("none", None), ("quiet", (np.zeros(24_000, np.float32), 24_000))):
        clip = write_take(tmp_path / f"{name}.mp4", frames[:10], heard)
        assert codes(check_take(clip, CHALLENGE.phrase)) == {"silent"}


@pytest.mark.usefixtures("known")
def test_no_recogniser_is_no_acceptance(filmed: Path) -> None:
    with pytest.raises(LibraryMissing):
        check_take(filmed, CHALLENGE.phrase, language="xx")


def waved(picture: Pixels, count: int) -> Iterator[Pixels]:
    """A photograph turned to and fro before a camera."""
    height, width = picture.shape[:2]
    lens = np.array([[900, 0, width / 2], [0, 900, height / 2], [0, 0, 1.0]])
    for k in range(count):
        angle = np.radians(30 * np.sin(k / 8))
        turn = np.array([[np.cos(angle), 0, 0], [0, 1, 0], [-np.sin(angle), 0, 900]])
        centre = np.array([[1, 0, -width / 2], [0, 1, -height / 2], [0, 0, 1.0]])
        yield cv2.warpPerspective(picture, lens @ turn @ centre, (width, height), borderMode=cv2.BORDER_REPLICATE)


def test_a_photograph_before_the_camera_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(liveness_verdict, "signs_of_making", lambda *_: [])  # it bears none, and looking takes a while
    photograph = waved(eileen_collins().pixels, 90)
    report = check_take(write_take(tmp_path / "photo.mp4", camera(photograph), sound(SCRIPT)), CHALLENGE.phrase)
    assert {"blink", "turn", "mouth"} <= codes(report)


def test_what_animate_makes_is_refused(frames: list[Pixels], tmp_path: Path) -> None:
    """With manifest and marks; and where somebody took both away, by the still that it moves in."""
    samples, rate = sound(SCRIPT)
    count = 90

    class Speech:
        sample_rate, channels = rate, 1

        def blocks(self) -> Iterator[Any]:
            yield samples[: round(count / RATE * rate), None]

    product = tmp_path / "animated.mp4"
    height, width = frames[0].shape[:2]
    with VideoOutput(
        product,
        permit(),
        making(sound_is_synthetic=True),
        width=width,
        height=height,
        rate=RATE,
        audio=Speech(),
        settings=settings_in(tmp_path),
    ) as out:
        for k, pixels in enumerate(frames[:count]):
            out.write(VideoFrame(pixels, k / RATE, k))
    report = check_take(product, CHALLENGE.phrase)
    assert {"manifest", "mark", "sound_mark", "still_plate"} <= codes(report)

    again = [frame.pixels for frame in open_video(product).frames()]
    recorded = write_take(tmp_path / "recorded.mp4", again, sound(SCRIPT), crf=26)
    assert [lack.code for lack in signs_of_making(recorded, None)] == ["mark"]

    unmarked = write_take(tmp_path / "unmarked.mp4", frames[:count], sound(SCRIPT), crf=26)
    seen = measure_take(unmarked)
    assert seen.still is not None and seen.still > UNCHANGED


def test_what_cannot_be_judged_is_told(frames: list[Pixels], tmp_path: Path) -> None:
    empty = [np.full((128, 160, 3), 90, np.uint8)] * 90
    short = write_take(tmp_path / "short.mp4", frames[:20], None)
    nobody = write_take(tmp_path / "nobody.mp4", empty, None)
    (tmp_path / "text.mp4").write_text("no video")
    for clip, error in (
        (short, BadOption),
        (nobody, NoFace),
        (tmp_path / "text.mp4", NotAVideo),
        (tmp_path / "missing.mp4", FileMissing),
    ):
        with pytest.raises(error):
            check_take(clip, CHALLENGE.phrase)


def test_the_material_speaks(series: TakeSeries) -> None:
    assert series.rate == pytest.approx(float(RATE), abs=0.1)
    assert material.length(SCRIPT) == pytest.approx(series.times[-1], abs=0.2)
