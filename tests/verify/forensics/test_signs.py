"""Signs of manipulation: each sees what it is for, and is silent where there is nothing to measure."""

from __future__ import annotations

import io
import time
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import cv2
import numpy as np
import pytest
from PIL import Image

from countenance.errors import CountenanceError
from countenance.face.topology import FACE_OVAL
from countenance.face.types import Face
from countenance.media.frames import Pixels
from countenance.verify import Inquiry, verify_file
from countenance.verify.findings import Kind
from countenance.verify.forensics import Calibration, SeenFace, Watched, load_signals, look_for_signs
from countenance.verify.forensics.discovery import BUILT_IN, measured
from countenance.verify.forensics.measures import ghost, lips_against_sound, loudness
from countenance.verify.forensics.signals import LipsSignal
from countenance.verify.report_page import answer_fragment
from countenance.verify.sampling import open_source
from tests.exit_material import picture, settings_in
from tests.portraits import grace_hopper_file


def face_at(x: float, y: float, size: float) -> Face:
    """A face whose oval is an ellipse."""
    turns = np.linspace(0, 2 * np.pi, len(FACE_OVAL), endpoint=False)
    landmarks = np.zeros((478, 3), np.float32)
    landmarks[:, 0], landmarks[:, 1] = x, y
    landmarks[FACE_OVAL, 0] = x + 0.4 * size * np.sin(turns)
    landmarks[FACE_OVAL, 1] = y - 0.5 * size * np.cos(turns)
    return Face(landmarks, np.zeros(52, np.float32), np.eye(4, dtype=np.float32))


def jpeg(pixels: Pixels, quality: int) -> Pixels:
    kept = io.BytesIO()
    Image.fromarray(pixels).save(kept, "JPEG", quality=quality)
    return np.asarray(Image.open(kept).convert("RGB"))


@pytest.mark.parametrize(("first", "second"), [(70, 95), (60, 95), (60, 90)])
def test_a_face_without_the_picture_s_earlier_saving(first: int, second: int) -> None:
    face = face_at(320, 256, 150)
    once = jpeg(picture(640, 512, seed=1), first)
    drawn = once.copy()
    other = cv2.GaussianBlur(picture(640, 512, seed=9), (0, 0), 0.7)
    shape = np.zeros(once.shape[:2], np.uint8)
    cv2.fillPoly(shape, [face.landmarks[FACE_OVAL, :2].astype(np.int32)], 1)
    drawn[shape == 1] = other[shape == 1]
    untouched = ghost([SeenFace(jpeg(once, second), face, 0.0)])
    changed = ghost([SeenFace(jpeg(drawn, second), face, 0.0)])
    assert untouched < 0.1 and changed > 0.6, (untouched, changed)


def test_no_ghost_where_the_face_is_the_picture() -> None:
    assert np.isnan(ghost([SeenFace(picture(160, 160, seed=1), face_at(80, 80, 400), 0.0)]))
    assert np.isnan(ghost([]))


def speech(seconds: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """How wide a mouth is at 25 frames a second, and the sound that it would make at 16 kHz."""
    rng = np.random.default_rng(seed)
    count = int(seconds * 25)
    opening = cv2.GaussianBlur(rng.uniform(0, 1, (1, count)), (0, 0), 2).reshape(-1)
    opening = np.clip((opening - opening.mean()) * 0.8 + 0.15, 0, 0.5).astype(np.float32)
    gain = np.interp(np.arange(int(seconds * 16000)) / 16000, np.arange(count) / 25, opening)
    return opening, (gain * rng.normal(0, 0.3, len(gain))).astype(np.float32)


def watched(opening: np.ndarray, sound: np.ndarray | None) -> Watched:
    times = list(np.arange(len(opening)) / 25)
    return Watched([SeenFace(picture(96, 96), face_at(48, 48, 60), 0.0)], list(opening), times, sound, 16000, 0.0, 1)


def test_lips_that_go_with_the_sound_and_lips_that_do_not() -> None:
    signal, limit = LipsSignal(), LipsSignal.calibration.threshold
    own, other = [], []
    for seed in range(4):
        opening, sound = speech(12, seed)
        own.append(signal.measure(watched(opening, sound)))
        other.append(signal.measure(watched(opening, speech(12, seed + 50)[1])))
    assert max(own) < 0.6 < limit, own
    assert min(other) > 0.65 and max(other) > limit, other


def test_nothing_to_measure_is_no_sign() -> None:
    signal = LipsSignal()
    opening, sound = speech(10, 1)
    assert np.isnan(signal.measure(watched(opening, None)))
    assert np.isnan(signal.measure(watched(opening[:120], sound)))  # too short
    assert np.isnan(signal.measure(watched(np.full(250, 0.1, np.float32), sound)))  # a mouth that rests
    assert np.isnan(signal.measure(watched(opening, np.zeros_like(sound))))
    envelope = loudness(sound, 16000, 100)
    assert np.isnan(lips_against_sound(np.zeros(100, np.float32), np.arange(100, dtype=np.float32) / 25, envelope, 100))


class _Fails:
    name: ClassVar[str] = "fails"
    kinds: ClassVar[frozenset[Kind]] = frozenset({"picture"})
    calibration: ClassVar[Calibration] = Calibration(0.5, 1, 2, 0, 2, "nothing")

    def measure(self, watched: Watched) -> float:
        raise RuntimeError(str(watched.faces))


class _Always(_Fails):
    name: ClassVar[str] = "always"

    def measure(self, watched: Watched) -> float:  # noqa: ARG002
        return 1.0


def test_a_signal_that_fails_hides_nothing() -> None:
    found = measured(watched(*speech(2, 0)), [_Fails(), _Always()])
    assert found.unmeasured == ("fails",) and [one.signal for one in found.seen] == ["always"]
    assert {one.name for one in load_signals()} >= set(BUILT_IN)


def test_without_a_tracker_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from countenance.verify.forensics import watching

    def missing() -> Sequence[object]:
        raise CountenanceError("There is no tracker.", "Install it.", code="setup.library")

    path = tmp_path / "a.png"
    Image.fromarray(picture(200, 160, seed=1)).save(path)
    monkeypatch.setattr(watching, "FaceTracker", missing)
    source = open_source(path)
    found = look_for_signs(source, until=time.monotonic() + 5)
    source.close()
    assert found.asked and found.hindrance == "no-tracker" and not found.signs


def test_a_photograph_with_a_face(tmp_path: Path) -> None:
    found = verify_file(grace_hopper_file(), settings_in(tmp_path), Inquiry(seconds=1, signs=True)).signs
    assert not found.hindrance and found.faces == 1 and not found.seen
    assert {one.signal for one in found.signs} | set(found.unmeasured) == {"ghost"}
    for one in found.signs:
        left, top, right, bottom = one.box
        assert 0 < left < right < 1 and 0 < top < bottom < 1


def test_a_picture_without_a_face_and_the_report(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.fromarray(picture(200, 160, seed=1)).save(path)
    settings = settings_in(tmp_path)
    quiet = verify_file(path, settings, Inquiry(seconds=1))
    assert not quiet.signs.asked and quiet.as_dict()["signs"] is None
    found = verify_file(path, settings, Inquiry(seconds=1, signs=True))
    assert found.signs.asked and not found.signs.seen and found.signs.hindrance in ("no-face", "no-tracker")
    page = answer_fragment(found)
    assert "Signs of manipulation" in page and "sign-line" not in page and "A sign is no proof" in page
