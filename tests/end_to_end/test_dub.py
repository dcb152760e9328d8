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

from countenance.engines.mesh.dub_rig import DubRig, speech_weights
from countenance.errors import BadOption, InputError, PermissionRefused
from countenance.face.head import Head
from countenance.face.subject import ClipSubject
from countenance.face.topology import FACE_OVAL, LIPS
from countenance.face.tracker import FaceTracker
from countenance.files import sha256_file
from countenance.media.audio import open_sound
from countenance.media.frames import VideoFrame
from countenance.media.source import Source
from countenance.media.video import open_video
from countenance.performance.capture import find_reference
from countenance.performance.expression import landmark_motion
from countenance.permission import GrantFile
from countenance.permission.authorisation import public_domain
from countenance.render.dubbing import Dub
from countenance.render.job import RenderJob
from countenance.render.options import AnimateOptions
from countenance.render.sound_mix import levelled, loudness_of
from countenance.render.speech_source import SpeechOptions
from countenance.settings import default_settings
from countenance.speech.hibari import HibariVoice
from countenance.speech.performance import speech_performance
from countenance.speech.script import Cue, read_script
from tests.end_to_end.command import Command
from tests.likeness.material import Studio
from tests.permission.people import ADA
from tests.portraits import eileen_collins, grace_hopper_file


@dataclass(frozen=True)
class Speaker:
    """An installation with a grant of whoever a clip shows, to dub and to speak, with their voice or without."""

    studio: Studio

    def grant(self, clip: Path, face: str = "largest", *, voice: bool = True) -> GrantFile:
        template = ClipSubject(Source.pin(clip), face).template
        likeness = {"faces": [template.hash], "voice": voice, "depicts": "adult", "pictures": []}
        return self.studio.grant(ADA, template, "dub", "speak", likeness=likeness)


@pytest.fixture
def speaker(tmp_path_factory: pytest.TempPathFactory, own_home: Path) -> Speaker:
    del own_home
    return Speaker(Studio(tmp_path_factory.mktemp("grants")))


def lip_gaps(path: Path) -> np.ndarray:
    with open_video(path) as video, FaceTracker() as tracker:
        shapes = [face.landmarks for f in video.frames() if (face := tracker.track(f.pixels)) is not None]
    return np.array([np.linalg.norm(s[13] - s[14]) / np.linalg.norm(s[61] - s[291]) for s in shapes])


def test_the_mouth_says_what_is_asked_and_the_sound_is_new(clip: Path, tmp_path: Path, speaker: Speaker) -> None:
    out, srt = tmp_path / "out.mp4", tmp_path / "out.srt"
    made = speaker.studio.job.dub(
        clip,
        [Cue("My baby.", Fraction(1, 5), Fraction(6, 5))],
        out,
        permission=speaker.grant(clip),
        speech=SpeechOptions("hibari", captions=srt),
        options=AnimateOptions(seed=2),
    )
    assert made.frames == made.redrawn == 30 and made.receipt.marks[0] == "picture"
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
        left = [cv2.resize(f.pixels, (448, 448)) for f in video.frames()][:12]
    right = cv2.resize(still, (448, 448))
    wall = np.random.default_rng(1).integers(0, 255, (448, 896, 3)).astype(np.uint8)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 896, 448, "yuv420p"
        for pixels in [*(np.hstack([one, right]) for one in left), *[wall] * 4]:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")))
        container.mux(stream.encode())
    return path


@pytest.mark.parametrize(
    ("face", "other"),
    [("left", slice(448, 896)), pytest.param("right", slice(0, 448), marks=pytest.mark.soak)],
)
def test_the_others_and_shots_without_the_face_are_left_bit_for_bit(
    two_people: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, speaker: Speaker, face: str, other: slice
) -> None:
    right = speaker.grant(two_people, face)
    monkeypatch.setattr("countenance.render.job.VideoOutput", Kept)
    made = speaker.studio.job.dub(
        two_people, "My baby.", tmp_path / "a.mp4", permission=right, options=AnimateOptions(face=face)
    )
    assert made.frames == 16 and made.redrawn == 12
    with open_video(two_people) as video:
        original = [f.pixels for f in video.frames()]
    assert all(np.array_equal(a, b) for a, b in zip(original[12:], Kept.frames[12:], strict=True))
    for a, b in zip(original[:12], Kept.frames[:12], strict=True):
        assert np.array_equal(a[:, other], b[:, other])
    changed = [not np.array_equal(a, b) for a, b in zip(original[:12], Kept.frames[:12], strict=True)]
    assert sum(changed) > 6


def test_somebodys_voice_is_a_likeness_to_be_granted(clip: Path, tmp_path: Path, speaker: Speaker) -> None:
    recording, model = tmp_path / "said.wav", tmp_path / "ada.onnx"
    recording.write_bytes(b"RIFF")
    model.write_bytes(b"model")
    hopper = public_domain("Grace Hopper (1906–1992), US Navy photograph, 1984", "us-government-work")
    with pytest.raises(PermissionRefused) as caught:
        speaker.studio.job.speak_sound(
            grace_hopper_file(), "Hi.", tmp_path / "a.wav", permission=hopper, speech=SpeechOptions(str(model))
        )
    assert caught.value.code == "permission.voice", "a work in the public domain lends no living voice"
    silent = speaker.grant(clip, voice=False)
    for speech in (SpeechOptions(audio=recording), SpeechOptions(f"{model}#happy")):
        with pytest.raises(PermissionRefused) as caught:
            speaker.studio.job.dub(clip, "Hello.", tmp_path / "a.mp4", permission=silent, speech=speech)
        assert caught.value.code == "permission.voice"
        recipe = Dub(clip, "Hello.", tmp_path / "a.mp4", speaker.grant(clip), speech, AnimateOptions())
        permit = RenderJob(recipe, default_settings()).permit()
        assert permit.inputs["voice"] == sha256_file(recording if speech.audio else model)
    nobodys = Dub(clip, "Hello.", tmp_path / "a.mp4", silent, SpeechOptions(), AnimateOptions())
    assert RenderJob(nobodys, default_settings()).permit().subjects.keys() == {"plate"}


@pytest.fixture(scope="module")
def rig_and_frame(clip: Path) -> tuple[DubRig, np.ndarray, object]:
    reference = find_reference(clip)
    with open_video(clip) as video, FaceTracker() as tracker:
        frame = next(iter(video.frames(start=Fraction(1, 2))))
        face = tracker.track(frame.pixels)
    shapes = np.zeros(52, np.float32)
    shapes[25] = 0.6  # jawOpen
    opened = landmark_motion(shapes).astype(np.float32)
    return DubRig(reference.face, reference.pixels, [], lambda _: opened, "drawn"), frame.pixels, face


def test_what_is_not_the_lower_face_is_left_bit_for_bit(rig_and_frame: tuple[DubRig, np.ndarray, object]) -> None:
    rig, pixels, face = rig_and_frame
    drawn = rig.draw(pixels, face, time=Fraction(0))  # type: ignore[arg-type]
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
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, speaker: Speaker
) -> None:
    right = speaker.grant(clip)
    monkeypatch.setattr("countenance.render.job.VideoOutput", Kept)
    cues = [Cue("My baby.", Fraction(1, 5), Fraction(6, 5)), Cue("Too late.", Fraction(4), Fraction(5))]
    made = speaker.studio.job.dub(clip, cues, tmp_path / "a.mp4", permission=right)
    assert made.frames == 30 and any("longer than the clip" in warning for warning in made.warnings)
    with pytest.raises(BadOption, match=r"begins at 10800\.0 s"):
        late = [Cue("Three hours in.", Fraction(10_800), Fraction(10_802))]
        speaker.studio.job.dub(clip, late, tmp_path / "a.mp4", permission=right)


def test_bad_input(clip: Path, tmp_path: Path, countenance: Command, speaker: Speaker) -> None:
    right = speaker.grant(clip)
    with pytest.raises(BadOption):
        speaker.studio.job.dub(clip, "…", tmp_path / "a.mp4", permission=right)
    with pytest.raises(InputError):
        speaker.studio.job.dub(clip, "Hello.", tmp_path / "a.mp4", permission=right, bed=tmp_path / "none.wav")
    with pytest.raises(PermissionRefused):
        speaker.studio.job.dub(
            clip, "Hello.", tmp_path / "a.mp4", permission=public_domain("Mona Lisa, Leonardo da Vinci, c. 1503")
        )
    ran = countenance("dub", "-i", clip, "-o", tmp_path / "a.mp4", "--text", "Hello.")
    assert ran.status == 5 and "permission.missing" in ran.err
    ran = countenance("dub", "-i", clip, "-o", tmp_path / "a.mp4", "--text", "Hello.", "--speaker", "ANNA=left")
    assert ran.status == 3 and "--script" in ran.err
    assert list(tmp_path.iterdir()) == []
