"""A clip in which someone says something else: the mouth follows, the rest is left alone."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import ClassVar

import av
import cv2
import numpy as np
import pytest

from countenance.engines.mesh.dub import DubRig, speech_weights
from countenance.errors import BadOption, InputError, PermissionRefused
from countenance.face.head import Head
from countenance.face.topology import FACE_OVAL, LIPS
from countenance.face.tracker import FaceTracker
from countenance.files import sha256_file
from countenance.media.audio import open_sound
from countenance.media.frames import VideoFrame
from countenance.media.video import open_video
from countenance.performance.capture import find_reference
from countenance.performance.expression import landmark_motion
from countenance.permission import Permit
from countenance.render.dub import dub
from countenance.render.mix import levelled, loudness_of
from countenance.render.options import AnimateOptions
from countenance.render.rights import public_domain
from countenance.render.speak import SpeechOptions, speak_sound
from countenance.speech.hibari import HibariVoice
from countenance.speech.performance import speech_performance
from countenance.speech.script import Cue, read_script
from tests.end_to_end.command import Command
from tests.exit_material import permit
from tests.portraits import eileen_collins


@dataclass(frozen=True)
class Allowed:
    """A right that stands in for a grant: the policy is tested elsewhere."""

    def permit(self, use: str, *, source: Path, driver: Path | None) -> Permit:
        raise AssertionError((use, source, driver))

    def permit_for(self, use: str, inputs: dict[str, Path], *, double: object = None) -> Permit:
        del double
        return permit({role: sha256_file(path) for role, path in inputs.items()}, use=use)


def lip_gaps(path: Path) -> np.ndarray:
    with open_video(path) as video, FaceTracker() as tracker:
        shapes = [face.landmarks for f in video.frames() if (face := tracker.track(f.pixels)) is not None]
    return np.array([np.linalg.norm(s[13] - s[14]) / np.linalg.norm(s[61] - s[291]) for s in shapes])


def test_the_mouth_says_what_is_asked_and_the_sound_is_new(clip: Path, tmp_path: Path) -> None:
    out, srt = tmp_path / "out.mp4", tmp_path / "out.srt"
    made = dub(clip, [Cue("My baby.", Fraction(1, 5), Fraction(6, 5))], out, permission=Allowed(),
               speech=SpeechOptions("hibari", captions=srt), options=AnimateOptions(seed=2))  # fmt: skip
    assert made.frames == made.redrawn == 30 and made.receipt.marks == ("picture", "sound")
    said = HibariVoice().say("My baby.", language="en", seed=2).trimmed(Fraction(1, 20), Fraction(1, 20))
    samples = list(speech_performance(said))
    asked = np.zeros(30)
    gaps = [s.offsets[14, 1] - s.offsets[13, 1] for s in samples]
    asked[5 : 5 + len(gaps)] = gaps[: 30 - 5]
    assert np.corrcoef(lip_gaps(out), asked)[0, 1] > 0.85
    assert abs(np.corrcoef(lip_gaps(out), lip_gaps(clip))[0, 1]) < 0.6, "the old speech is gone"
    track = open_sound(out)
    assert track is not None
    sound = np.concatenate(list(track.blocks()))[:, 0]
    assert np.abs(sound[: track.sample_rate // 8]).max() < 0.02 < np.abs(sound[track.sample_rate // 3 :]).max()
    assert read_script(srt)[0].text == "My baby."


class Kept:
    """Takes the exit's place and keeps what is handed to it."""

    frames: ClassVar[list[np.ndarray]] = []
    receipt = None

    def __init__(self, *_: object, **__: object) -> None:
        Kept.frames = []

    def __enter__(self) -> Kept:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def write(self, frame: VideoFrame) -> None:
        Kept.frames.append(frame.pixels.copy())


@pytest.fixture(scope="module")
def two_people(clip: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Somebody speaks on the left, a still face is on the right; then a shot without anybody."""
    path = tmp_path_factory.mktemp("two") / "two.mp4"
    still = eileen_collins().pixels
    with open_video(clip) as video:
        left = [cv2.resize(f.pixels, (256, 256)) for f in video.frames()][:12]
    right = cv2.resize(still, (256, 256))
    wall = np.random.default_rng(1).integers(0, 255, (256, 512, 3)).astype(np.uint8)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 512, 256, "yuv420p"
        for pixels in [*(np.hstack([one, right]) for one in left), *[wall] * 4]:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")))
        container.mux(stream.encode())
    return path


@pytest.mark.parametrize(("face", "other"), [("left", slice(256, 512)), ("right", slice(0, 256))])
def test_the_others_and_shots_without_the_face_are_left_bit_for_bit(
    two_people: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, face: str, other: slice
) -> None:
    monkeypatch.setattr("countenance.render.dub.VideoOutput", Kept)
    made = dub(two_people, "My baby.", tmp_path / "a.mp4", permission=Allowed(), options=AnimateOptions(face=face))
    assert made.frames == 16 and made.redrawn == 12
    with open_video(two_people) as video:
        original = [f.pixels for f in video.frames()]
    assert all(np.array_equal(a, b) for a, b in zip(original[12:], Kept.frames[12:], strict=True))
    for a, b in zip(original[:12], Kept.frames[:12], strict=True):
        assert np.array_equal(a[:, other], b[:, other])
    changed = [not np.array_equal(a, b) for a, b in zip(original[:12], Kept.frames[:12], strict=True)]
    assert sum(changed) > 6


@dataclass(frozen=True)
class Asked(Exception):
    """Ends a run where it asks for permission."""

    use: str
    inputs: dict[str, Path]


class Asking(Allowed):
    """Tells what is asked for."""

    def permit_for(self, use: str, inputs: dict[str, Path], *, double: object = None) -> Permit:
        del double
        raise Asked(use, inputs)


@pytest.mark.parametrize("speech", [SpeechOptions(audio=Path("said.wav")), SpeechOptions("mine/ada.onnx#happy")])
def test_somebodys_voice_is_a_likeness_to_be_granted(clip: Path, tmp_path: Path, speech: SpeechOptions) -> None:
    files = {"voice": speech.audio or Path("mine/ada.onnx")}
    with pytest.raises(Asked) as caught:
        dub(clip, "Hello.", tmp_path / "a.mp4", permission=Asking(), speech=speech)
    assert (caught.value.use, caught.value.inputs) == ("dub", {"plate": clip} | files)
    with pytest.raises(Asked) as caught:
        speak_sound(clip, "Hello.", tmp_path / "a.wav", permission=Asking(), speech=SpeechOptions("mine/ada.onnx"))
    assert caught.value.inputs == {"source": clip, "voice": Path("mine/ada.onnx")}
    with pytest.raises(Asked) as caught:
        dub(clip, "Hello.", tmp_path / "a.mp4", permission=Asking())
    assert caught.value.inputs == {"plate": clip}, "a built-in voice is nobody's"


@pytest.fixture(scope="module")
def rig_and_frame(clip: Path) -> tuple[DubRig, np.ndarray, object]:
    reference = find_reference(clip)
    with open_video(clip) as video, FaceTracker() as tracker:
        frame = next(iter(video.frames(start=Fraction(1, 2))))
        face = tracker.track(frame.pixels)
    return DubRig(reference.face, reference.pixels, [], "drawn"), frame.pixels, face


def test_what_is_not_the_lower_face_is_left_bit_for_bit(rig_and_frame: tuple[DubRig, np.ndarray, object]) -> None:
    rig, pixels, face = rig_and_frame
    shapes = np.zeros(52, np.float32)
    shapes[25] = 0.6  # jawOpen
    drawn = rig.draw(pixels, face, landmark_motion(shapes))  # type: ignore[arg-type]
    changed = (drawn != pixels).any(2)
    rows, columns = np.nonzero(changed)
    landmarks = face.landmarks  # type: ignore[attr-defined]
    assert changed.any() and rows.min() > landmarks[[33, 263], 1].max(), "eyes and brow stay"
    oval = landmarks[FACE_OVAL]
    width = np.ptp(oval[:, 0])
    assert columns.min() > oval[:, 0].min() - 0.6 * width and columns.max() < oval[:, 0].max() + 0.6 * width


def test_speech_belongs_to_lips_and_chin(rig_and_frame: tuple[DubRig, np.ndarray, object]) -> None:
    head: Head = rig_and_frame[0].head
    weights = speech_weights(head)
    assert weights[LIPS].min() > 0.9 and weights[152] > 0.9
    assert weights[[33, 263, 10, 151, 6]].max() == 0


def test_loudness_is_matched_and_never_clips() -> None:
    voice = HibariVoice().say("A sentence that lasts a while is said here.", language="en")
    for target in (-26.0, -20.0):
        level = loudness_of(levelled(voice, target), voice.sample_rate)
        assert level is not None and abs(level - target) < 0.5
    assert np.abs(levelled(voice, 0.0)).max() <= 0.98


def test_a_script_longer_than_the_clip_is_cut_with_a_warning(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("countenance.render.dub.VideoOutput", Kept)
    cues = [Cue("My baby.", Fraction(1, 5), Fraction(6, 5)), Cue("Too late.", Fraction(4), Fraction(5))]
    made = dub(clip, cues, tmp_path / "a.mp4", permission=Allowed())
    assert made.frames == 30 and any("longer than the clip" in warning for warning in made.warnings)
    with pytest.raises(BadOption, match=r"begins at 10800\.0 s"):
        dub(
            clip, [Cue("Three hours in.", Fraction(10_800), Fraction(10_802))], tmp_path / "a.mp4", permission=Allowed()
        )


def test_bad_input(clip: Path, tmp_path: Path, countenance: Command) -> None:
    with pytest.raises(BadOption):
        dub(clip, "…", tmp_path / "a.mp4", permission=Allowed())
    with pytest.raises(InputError):
        dub(clip, "Hello.", tmp_path / "a.mp4", permission=Allowed(), bed=tmp_path / "none.wav")
    with pytest.raises(PermissionRefused):
        dub(clip, "Hello.", tmp_path / "a.mp4", permission=public_domain("Mona Lisa, Leonardo da Vinci, c. 1503"))
    ran = countenance("dub", "-i", clip, "-o", tmp_path / "a.mp4", "--text", "Hello.")
    assert ran.status == 5 and "permission.missing" in ran.err
    ran = countenance("dub", "-i", clip, "-o", tmp_path / "a.mp4", "--text", "Hello.", "--speaker", "ANNA=left")
    assert ran.status == 3 and "--script" in ran.err
    assert list(tmp_path.iterdir()) == []
