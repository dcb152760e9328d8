"""A speaking portrait and a dubbed clip in another shape: drawn as they are, framed, and only then marked and written.

The label and the invisible marks are laid over the frame that people see, not over the one it was cut from.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from countenance.engines import DrawOptions, load_engine
from countenance.engines.mesh import MeshEngine
from countenance.face.tracker import FaceTracker, choose_face, find_faces
from countenance.files import check_output, write_atomically
from countenance.marking.making import Ingredient, Making
from countenance.marking.writer import VideoOutput
from countenance.media.frames import VideoFrame
from countenance.media.picture import read_picture
from countenance.media.video import open_video
from countenance.performance.filters import smoothed
from countenance.render.ahead import ahead
from countenance.render.animate import AnimateResult, Progress, frame_total, make_portrait, making_for
from countenance.render.dub import OVERHANG, DubResult, mouth_of, rig_of, spoken_by, tracked
from countenance.render.mix import voiceover
from countenance.render.options import AnimateOptions
from countenance.render.reframing import Fit, Look, Reframing, look
from countenance.render.rights import Right
from countenance.render.speak import SpeakResult, spoken_driving
from countenance.render.uttering import SpeechOptions, check_speech, utter
from countenance.settings import Settings, default_settings
from countenance.speech.script import Cue, captions
from countenance.speech.voice import own_voice

LOOKS = Fraction(5)  # a second, at the clip, to know where its face goes
TOO_LARGE = "The face does not fit into this shape; the whole picture is shown on a blurred ground."


def speak_shaped(
    source: Path,
    cues: list[Cue],
    output: Path,
    *,
    ratio: Fraction,
    fit: Fit = "crop",
    permission: Right,
    speech: SpeechOptions,
    options: AnimateOptions,
    progress: Progress | None = None,
    settings: Settings | None = None,
) -> SpeakResult:
    """As `render.speak.speak`, in the shape `ratio` (width / height); `options.size` is the longer side.

    Raises:
        As `speak`.
    """
    settings = settings or default_settings()
    check_output(output, [source, *speech.inputs], overwrite=options.overwrite)
    check_speech(cues, speech, output, overwrite=options.overwrite)
    engine = load_engine(settings.engine)
    whole = read_picture(source).flattened()
    face = choose_face(find_faces(whole, thorough=True), options.face, name=source.name)
    permit = permission.permit_for("speak", {"source": source, **speech.likeness})
    framing = Reframing(whole.shape[1], whole.shape[0], ratio, [look(face, Fraction(0))], fit, options.size)
    said = utter(cues, speech, options.seed)
    drive = spoken_driving(
        said.utterance, options, speech.liveliness, recording=said.recording, voice=own_voice(speech.voice)
    )
    portrait = make_portrait(whole, face, replace(options, crop="none", size=None))
    drawing = DrawOptions(expression=options.expression, head=options.head, mouth=options.mouth, seed=options.seed)
    rig = engine.prepare(portrait, drive.performance.neutral, drawing)
    total = frame_total(drive.performance)
    count, end = 0, Fraction(0)
    width, height = framing.size
    with VideoOutput(
        output,
        permit,
        making_for(source, drive, engine, options),
        width=width,
        height=height,
        rate=drive.performance.rate,
        audio=drive.sound,
        captions=said.captions,
        settings=settings,
        overwrite=options.overwrite,
    ) as out:
        for sample in ahead(smoothed(iter(drive.performance), look_ahead=options.smooth)):
            out.write(VideoFrame(framing.draw(rig.draw(sample), sample.time), sample.time, count))
            count, end = count + 1, sample.time + 1 / drive.performance.rate
            if progress is not None:
                progress(count, total)
    _caption(speech.captions, said.cues)
    video = AnimateResult(output, count, end, framing.size, out.receipt.payload, permit.id, 0, out.receipt)
    return SpeakResult(video, said.voice, said.language, said.cues, (*said.warnings, *_warning(framing, fit)))


def dub_shaped(
    plate: Path,
    cues: list[Cue],
    output: Path,
    *,
    ratio: Fraction,
    fit: Fit = "crop",
    permission: Right,
    speech: SpeechOptions,
    options: AnimateOptions,
    bed: Path | None = None,
    progress: Progress | None = None,
    settings: Settings | None = None,
) -> DubResult:
    """As `render.dub.dub`, in the shape `ratio` (width / height); `options.size` is the longer side.

    Raises:
        As `dub`.
    """
    settings = settings or default_settings()
    check_output(output, [plate, *([bed] if bed else []), *speech.inputs], overwrite=options.overwrite)
    check_speech(cues, speech, output, overwrite=options.overwrite)
    with open_video(plate) as video:
        info = video.info
    permit = permission.permit_for("dub", {"plate": plate, **speech.likeness})
    said = utter(cues, speech, options.seed)
    length = info.duration if info.duration is not None else said.utterance.duration
    framing = Reframing(info.width, info.height, ratio, list(looks_at(plate, options.face)), fit, options.size)
    speaker = rig_of(plate, options)
    mouth = mouth_of(said.utterance, info.average_rate, length, options.expression)
    making = Making(
        title=options.title or "Dubbed clip",
        use="dub",
        engine=MeshEngine.name,
        engine_version=MeshEngine.version,
        ingredients=(Ingredient("plate", plate), *(Ingredient(role, path) for role, path in speech.likeness.items())),
        actions=(("c2pa.dubbed", f"The mouth was redrawn to speech {spoken_by(said)}."),),
        seed=options.seed,
        label=options.label,
        sound_is_synthetic=said.recording is None,
        language=options.language,
    )
    count = redrawn = 0
    with VideoOutput(
        output,
        permit,
        making,
        width=framing.size[0],
        height=framing.size[1],
        rate=info.average_rate,
        audio=voiceover(said.utterance, plate, bed, length),
        captions=said.captions,
        settings=settings,
        overwrite=options.overwrite,
    ) as out:
        for frame, face in ahead(tracked(plate, options.face)):
            pixels = frame.pixels if face is None else speaker.draw(frame.pixels, face, mouth(frame.time))
            redrawn += face is not None
            out.write(VideoFrame(framing.draw(pixels, frame.time, face), frame.time, count))
            count += 1
            if progress is not None:
                progress(count, info.frame_count)
    _caption(speech.captions, said.cues)
    late = float(said.utterance.duration - length)
    over = (f"The speech is {late:.1f} s longer than the clip; its end is cut.",) if late > OVERHANG else ()
    warnings = (*said.warnings, *over, *_warning(framing, fit))
    return DubResult(output, count, redrawn, framing.size, out.receipt, said.voice, said.language, said.cues, warnings)


def looks_at(plate: Path, choice: str) -> Iterator[Look]:
    """Where a clip's face is, LOOKS times a second. Raises InputError, FaceError."""
    with open_video(plate) as video, FaceTracker(choice) as tracker:
        for frame in video.frames(rate=LOOKS):
            face = tracker.track(frame.pixels)
            if face is not None:
                yield look(face, frame.time)


def _caption(path: Path | None, cues: tuple[Cue, ...]) -> None:
    if path is not None:
        write_atomically(path, captions(cues, path.suffix[1:].lower()))


def _warning(framing: Reframing, fit: Fit) -> tuple[str, ...]:
    return (TOO_LARGE,) if framing.padded and fit == "crop" else ()
