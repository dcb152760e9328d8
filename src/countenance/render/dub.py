"""Dub a clip: the people in it stay as they are, and one of them says something else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from countenance.engines.mesh import MeshEngine
from countenance.engines.mesh.dub import DubRig, own_mouths
from countenance.errors import BadOption
from countenance.face.tracker import FaceTracker
from countenance.face.types import Face
from countenance.files import check_output, write_atomically
from countenance.marking.making import Ingredient, Making
from countenance.marking.receipt import Receipt
from countenance.marking.writer import VideoOutput
from countenance.media.frames import Pixels, VideoFrame, VideoInfo
from countenance.media.video import open_video
from countenance.performance.capture import find_reference, spread_frames
from countenance.performance.expression import landmark_motion
from countenance.render.ahead import ahead
from countenance.render.mix import voiceover
from countenance.render.options import AnimateOptions
from countenance.render.reframing import Reframing, Shape, look
from countenance.render.rights import Right
from countenance.render.uttering import SpeechOptions, Uttered, check_speech, utter
from countenance.settings import Settings, default_settings
from countenance.speech.mouthing import mouth_blendshapes
from countenance.speech.script import Cue, captions
from countenance.speech.utterance import Utterance

Progress = Callable[[int, int | None], None]

LOOKS = Fraction(5)  # a second, at the clip, to know where its face goes
OVERHANG = Fraction(1, 2)  # seconds by which speech may outlast the clip before people are warned


@dataclass(frozen=True)
class DubResult:
    """What was made.

    Attributes:
        output: the file.
        frames: how many; `redrawn` of them had the face.
        size: width, height.
        receipt: the exit's.
        voice, language: who spoke.
        cues: what was said when.
        warnings: in plain words.
    """

    output: Path
    frames: int
    redrawn: int
    size: tuple[int, int]
    receipt: Receipt
    voice: str
    language: str
    cues: tuple[Cue, ...]
    warnings: tuple[str, ...]


def dub(
    plate: str | Path,
    text: str | list[Cue] | None,
    output: str | Path,
    *,
    permission: Right,
    speech: SpeechOptions | None = None,
    options: AnimateOptions | None = None,
    bed: str | Path | None = None,
    shape: Shape | None = None,
    progress: Progress | None = None,
    settings: Settings | None = None,
) -> DubResult:
    """Redraw the mouth of one person in a clip to new speech; frames without that face pass as they are.

    Args:
        plate: the clip.
        text: what is said: words from the clip's start, or cues with times; may be None for a recording.
        output: an `.mp4`, `.mov` or `.webm` to write.
        permission: why this likeness may be used to `dub`.
        speech: voice, language, pace, captions; or a recording.
        options: `face`, `mouth`, `expression`, `seed`, label, title and overwrite are heeded.
        bed: music and effects to keep under the voice.
        shape: the clip's own when None; else `options.size` is the longer side.
        progress: called after each frame.
        settings: this process's by default.

    Raises:
        InputError, FaceError, PermissionRefused, OutputError, SetupError, ProvenanceError; nothing is left behind.
    """
    speech, options, settings = speech or SpeechOptions(), options or AnimateOptions(), settings or default_settings()
    plate, output = Path(plate), Path(output)
    bed = Path(bed) if bed is not None else None
    check_output(output, [plate, *([bed] if bed else []), *speech.inputs], overwrite=options.overwrite)
    check_speech(text, speech, output, overwrite=options.overwrite)
    with open_video(plate) as video:
        info = video.info
    check_begins(text, info.duration, plate.name)
    heard = speech.likeness
    permit = permission.permit_for("dub", {"plate": plate, **heard})
    spoken = utter(text, speech, options.seed)
    length = info.duration if info.duration is not None else spoken.utterance.duration
    warnings = list(spoken.warnings)
    if spoken.utterance.duration > length + OVERHANG:
        over = float(spoken.utterance.duration - length)
        warnings.append(f"The speech is {over:.1f} s longer than the clip; its end is cut.")
    framing = None if shape is None else _framing(plate, info, shape, options)
    size = (info.width, info.height) if framing is None else framing.size
    if framing is not None:
        warnings += framing.warnings
    rig = rig_of(plate, options)
    mouth = _mouth(spoken.utterance, info.average_rate, length, options.expression)
    making = Making(
        title=options.title or "Dubbed clip",
        use="dub",
        engine=MeshEngine.name,
        engine_version=MeshEngine.version,
        ingredients=(Ingredient("plate", plate), *(Ingredient(role, path) for role, path in heard.items())),
        actions=(("c2pa.dubbed", f"The mouth was redrawn to speech {_by(spoken)}."),),
        seed=options.seed,
        label=options.label,
        sound_is_synthetic=spoken.recording is None,
        language=options.language,
    )
    total = info.frame_count
    count = redrawn = 0
    with VideoOutput(
        output,
        permit,
        making,
        width=size[0],
        height=size[1],
        rate=info.average_rate,
        audio=voiceover(spoken.utterance, plate, bed, length),
        captions=spoken.captions,
        settings=settings,
        overwrite=options.overwrite,
    ) as out:
        for frame, face in ahead(tracked(plate, options.face)):
            pixels = frame.pixels
            if face is not None:
                pixels = rig.draw(pixels, face, mouth(frame.time))
                redrawn += 1
            if framing is not None:
                pixels = framing.draw(pixels, frame.time, face)
            out.write(VideoFrame(pixels, frame.time, count))
            count += 1
            if progress is not None:
                progress(count, total)
    if speech.captions is not None:
        write_atomically(speech.captions, captions(spoken.cues, speech.captions.suffix[1:].lower()))
    return DubResult(
        output, count, redrawn, size, out.receipt, spoken.voice, spoken.language, spoken.cues, tuple(warnings)
    )


def _framing(plate: Path, info: VideoInfo, shape: Shape, options: AnimateOptions) -> Reframing:
    """How a clip is brought into a shape with the face kept in it. Raises InputError, FaceError, BadOption."""
    looks = []
    with open_video(plate) as video, FaceTracker(options.face) as tracker:
        for frame in video.frames(rate=LOOKS):
            face = tracker.track(frame.pixels)
            if face is not None:
                looks.append(look(face, frame.time))
    return Reframing(info.width, info.height, shape.ratio, looks, shape.fit, options.size)


def check_begins(text: str | list[Cue] | None, length: Fraction | None, name: str) -> None:
    """Raises BadOption where all of a script comes after a clip's end: it belongs to another clip."""
    starts = [cue.start for cue in text if cue.start is not None] if isinstance(text, list) else []
    if length is not None and starts and min(starts) >= length:
        raise BadOption(
            f"The script begins at {float(min(starts)):.1f} s, but {name} ends at {float(length):.1f} s.",
            "Give the script of this clip, or move its times.",
        )


def _by(spoken: Uttered) -> str:
    return "that was recorded" if spoken.recording is not None else f"by the synthetic voice {spoken.voice}"


def tracked(plate: Path, choice: str) -> Iterator[tuple[VideoFrame, Face | None]]:
    """A clip's frames, each with the face in it that is meant, where it is seen. Raises InputError, FaceError."""
    with open_video(plate) as video, FaceTracker(choice) as tracker:
        for frame in video.frames():
            yield frame, tracker.track(frame.pixels)


def rig_of(plate: Path, options: AnimateOptions) -> DubRig:
    """Know the speaker: their face at rest, and open mouths of theirs to borrow from. Raises InputError, FaceError."""
    reference = find_reference(plate, face=options.face)

    def looks() -> Iterator[tuple[Pixels, Face]]:
        with open_video(plate) as video, FaceTracker(options.face) as tracker:
            for _, pixels in spread_frames(video, Fraction(0), None):
                face = tracker.track(pixels)
                if face is not None:
                    yield pixels, face

    mouths = own_mouths(looks(), reference.face, reference.pixels)
    return DubRig(reference.face, reference.pixels, mouths, options.mouth)


def _mouth(said: Utterance, rate: Fraction, length: Fraction, strength: float) -> Callable[[Fraction], np.ndarray]:
    """Offsets of the face at a time, (478, 3) cm."""
    count = max(2, int(np.ceil(float(max(length, said.duration) * rate))) + 1)
    times = np.arange(count) / float(rate)
    shapes = mouth_blendshapes(said, times, strength).astype(np.float32)
    return lambda time: landmark_motion(shapes[min(count - 1, round(time * rate))])
