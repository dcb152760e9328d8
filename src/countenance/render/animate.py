"""Animate a portrait: source + Performance + Permit → a marked video. Streams from end to end.

One thread decodes, tracks and measures; this one draws; the writer encodes in its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from countenance.engines import DrawOptions, Engine, Portrait, load_engine
from countenance.face.matte import person_matte
from countenance.face.tracker import choose_face, find_faces
from countenance.face.types import Face
from countenance.files import check_output
from countenance.marking.making import Ingredient, Making
from countenance.marking.receipt import Receipt
from countenance.marking.writer import VideoOutput
from countenance.media.frames import Pixels, VideoFrame
from countenance.media.picture import read_picture
from countenance.performance.filters import smoothed
from countenance.performance.model import Performance
from countenance.render.ahead import ahead
from countenance.render.driving import AUTHORED, Driving, open_driving
from countenance.render.framing import crop_box, framed, side_by_side
from countenance.render.options import AnimateOptions
from countenance.render.reframing import Reframing, Shape, look
from countenance.render.rights import Right
from countenance.settings import Settings, default_settings

Progress = Callable[[int, int | None], None]
"""Called after each frame with the count so far and the total, where it is known."""


WHAT_WAS_DONE = {
    "video": "The face was moved by a recorded performance.",
    "take": "The face was moved by a recorded performance.",
    "live-link": "The face was moved by a motion-capture recording.",
    "authored": "The face was moved by an authored performance, taken from nobody.",
    "speech": "The face was moved to speech by a synthetic voice.",
    "recording": "The face was moved to recorded speech.",
}


@dataclass(frozen=True)
class AnimateResult:
    """What was made.

    Attributes:
        output: the file.
        frames: how many were drawn.
        duration: seconds.
        size: width, height in pixels.
        render_id: the mark's payload, 16 hex digits; look it up with `countenance verify`.
        permit_id: of the permission it was made under.
        missing: frames in which the driving clip showed no face.
        receipt: what the exit wrote: hash, manifest, marks, label, signer.
        warnings: in plain words.
    """

    output: Path
    frames: int
    duration: Fraction
    size: tuple[int, int]
    render_id: str
    permit_id: str
    missing: int
    receipt: Receipt
    warnings: tuple[str, ...] = ()


def animate(
    source: str | Path,
    driving: str | Path | Performance | Driving,
    output: str | Path,
    *,
    permission: Right,
    options: AnimateOptions | None = None,
    shape: Shape | None = None,
    progress: Progress | None = None,
    settings: Settings | None = None,
) -> AnimateResult:
    """Bring a portrait to life.

    Args:
        source: a picture with a face.
        driving: what it should do: a video, a `.perf` take, a Live Link Face `.csv`, `authored:demo`, a Performance, or
            a Driving, which brings its sound along.
        output: an `.mp4`, `.mov` or `.webm` to write.
        permission: why this likeness may be used; see `countenance.permission`.
        options: see AnimateOptions.
        shape: to bring the whole picture into, instead of `options.crop`; `options.size` is then the longer side.
        progress: called after each frame.
        settings: this process's by default.

    Returns:
        AnimateResult.

    Raises:
        InputError, FaceError, PermissionRefused, OutputError, SetupError, ProvenanceError; nothing is left behind.
    """
    options = options or AnimateOptions()
    settings = settings or default_settings()
    source, output = Path(source), Path(output)
    inputs = [source]
    if isinstance(driving, str | Path) and not str(driving).startswith(AUTHORED):
        inputs.append(Path(driving))
    check_output(output, inputs, overwrite=options.overwrite)
    engine = load_engine(settings.engine)
    whole = read_picture(source).flattened()
    face = choose_face(find_faces(whole, thorough=True), options.face, name=source.name)
    drive = (
        driving
        if isinstance(driving, Driving)
        else open_driving(
            driving,
            start=options.start,
            duration=options.duration,
            rate=options.fps,
            face=options.driving_face,
            on_missing=options.on_missing_face,
            sound=options.sound,
        )
    )
    permit = permission.permit_for(drive.use, {"source": source, **drive.inputs})
    framing = None
    if shape is not None:
        looks = [look(face, Fraction(0))]
        framing = Reframing(whole.shape[1], whole.shape[0], shape.ratio, looks, shape.fit, options.size)
        options = replace(options, crop="none", size=None)
    portrait = make_portrait(whole, face, options)
    rig = engine.prepare(
        portrait,
        drive.performance.neutral,
        DrawOptions(
            expression=options.expression,
            head=options.head,
            mouth=options.mouth,
            shading=options.shading,
            seed=options.seed,
        ),
    )
    making = making_for(source, drive, engine, options)
    clip = drive.pictures() if options.preview else None
    total = frame_total(drive.performance)
    count = missing = 0
    end = Fraction(0)
    samples = ahead(smoothed(iter(drive.performance), look_ahead=options.smooth))
    first = portrait.pixels if framing is None else framing.draw(portrait.pixels)
    height, width = _shown(portrait.pixels, drive.first_picture() if options.preview else None, first, options).shape[
        :2
    ]
    with VideoOutput(
        output,
        permit,
        making,
        width=width,
        height=height,
        rate=drive.performance.rate,
        audio=drive.sound,
        captions=drive.captions,
        settings=settings,
        overwrite=options.overwrite,
    ) as out:
        for sample in samples:
            drawn = rig.draw(sample)
            if framing is not None:
                drawn = framing.draw(drawn, sample.time)
            picture = _shown(portrait.pixels, next(clip, None) if clip else None, drawn, options)
            out.write(VideoFrame(picture, sample.time, count))
            count += 1
            missing += not sample.present
            end = sample.time + 1 / drive.performance.rate
            if progress is not None:
                progress(count, total)
    return AnimateResult(
        output=output,
        frames=count,
        duration=end,
        size=(width, height),
        render_id=out.receipt.payload,
        permit_id=permit.id,
        missing=missing,
        receipt=out.receipt,
        warnings=() if framing is None else framing.warnings,
    )


def make_portrait(pixels: Pixels, face: Face, options: AnimateOptions) -> Portrait:
    """Crop and scale the source as asked, and measure the face and the person's matte there.

    Args:
        pixels: (h, w, 3) uint8 RGB, the whole source.
        face: as measured in it.
    """
    box = crop_box(pixels.shape[1], pixels.shape[0], face, options.crop)
    shown = framed(pixels, box, options.size)
    if shown.shape != pixels.shape:
        scale = shown.shape[1] / (box[2] - box[0])
        moved = face.landmarks.copy()
        moved[:, :2] = (moved[:, :2] + 0.5 - box[:2]) * scale - 0.5
        moved[:, 2] *= scale
        face = replace(face, landmarks=moved)
    return Portrait(shown, face, person_matte(shown, face))


def making_for(source: Path, drive: Driving, engine: Engine, options: AnimateOptions) -> Making:
    """What the manifest will say was done."""
    ingredients = [Ingredient("source", source), *(Ingredient(role, path) for role, path in drive.inputs.items())]
    return Making(
        title=options.title or "Animated portrait",
        use=drive.use,
        engine=engine.name,
        engine_version=engine.version,
        ingredients=tuple(ingredients),
        actions=(("c2pa.edited", WHAT_WAS_DONE[drive.kind]),),
        seed=options.seed,
        label=options.label,
        sound_is_synthetic=drive.kind == "speech",
        language=options.language,
    )


def _shown(source: Pixels, clip: Pixels | None, drawn: Pixels, options: AnimateOptions) -> Pixels:
    """The frame that is written: the result, or source, clip and result side by side."""
    if not options.preview:
        return drawn
    return side_by_side([source, drawn] if clip is None else [source, clip, drawn])


def frame_total(take: Performance) -> int | None:
    """How many samples it has; None where its length is not known beforehand."""
    return None if take.duration is None else max(1, round(take.duration * take.rate))
