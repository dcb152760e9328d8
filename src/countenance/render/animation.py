"""Animate a portrait: one person of a picture, moved by a Performance. Streams from end to end.

One thread decodes, tracks and measures; the job's draws; the writer encodes in its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from countenance.engines import DrawOptions, Engine, Portrait, load_engine
from countenance.face.matte import person_matte
from countenance.face.subject import PictureSubject
from countenance.face.types import Face
from countenance.files import check_output
from countenance.marking.render_spec import UNASKED_SOUND, Making
from countenance.media.frames import Pixels, VideoFrame
from countenance.media.playable import playable_size
from countenance.media.source import Source, path_of, pinned
from countenance.performance.absolute_motion import absolute
from countenance.performance.filters import smoothed
from countenance.performance.take import Neutral, Performance, Sample
from countenance.permission.authorisation import Right
from countenance.permission.permit import Permit, Permitted
from countenance.render.framing import crop_box, framed, last_panel, side_by_side
from countenance.render.job import Drawn, Film, Inputs, Recipe, Said, Still, permitted
from countenance.render.motion_source import AUTHORED, Driving, open_driving
from countenance.render.options import AnimateOptions
from countenance.render.prefetch import ahead
from countenance.render.reframing import AspectShape, Reframing, look
from countenance.render.shield import Shield
from countenance.settings import Settings

WHAT_WAS_DONE = {
    "video": "The face was moved by a recorded performance.",
    "take": "The face was moved by a recorded performance.",
    "live-link": "The face was moved by a motion-capture recording.",
    "authored": "The face was moved by an authored performance, taken from nobody.",
    "speech": "The face was moved to speech by a synthetic voice.",
    "recording": "The face was moved to recorded speech.",
}


class Animate(Recipe):
    """Bring a portrait to life.

    Args:
        source: a picture with a face.
        driving: what it should do: a video, a `.perf` take, a Live Link Face `.csv`, `authored:demo`, or a Performance.
        output: an `.mp4`, `.mov` or `.webm` to write.
        permission: why this likeness may be used; see `permission.authorisation`.
        options: see AnimateOptions.
        shape: to bring the whole picture into, instead of `options.crop`; `options.size` is then the longer side.
    """

    use = "animate"

    def __init__(
        self,
        source: str | Path | Source,
        driving: str | Path | Source | Performance,
        output: str | Path,
        permission: Right,
        options: AnimateOptions,
        shape: AspectShape | None = None,
    ) -> None:
        self._source, self._driving = source, driving
        self.output, self.overwrite = Path(output), options.overwrite
        self._options, self._shape = options, shape
        self.rights = {"source": permission}
        self._driver = _file_of(driving)
        self.roles = ("source", *(() if self._driver is None else ("driver",)))

    def preflight(self, settings: Settings) -> None:
        """See Recipe."""
        check_output(
            self.output,
            map(path_of, [self._source, *([self._driver] if self._driver else [])]),
            overwrite=self.overwrite,
        )
        load_engine(settings.engine)

    def open(self, settings: Settings) -> Inputs:
        """See Recipe."""
        subject = PictureSubject(pinned(self._source), self._options.face, least_eyes=settings.min_eye_distance)
        return Inputs({"source": subject}, {} if self._driver is None else {"driver": pinned(self._driver)})

    def prepare(self, inputs: Inputs, permit: Permit, settings: Settings) -> Film | Still:
        """See Recipe."""
        options = self._options
        drive = open_driving(
            inputs.others.get("driver", self._driving),
            start=options.start,
            duration=options.duration,
            rate=options.fps,
            face=options.driving_face,
            on_missing=options.on_missing_face,
            sound=options.sound,
            stance=options.motion == "absolute",
        )
        return moved(permitted(inputs, "source", PictureSubject, permit), drive, options, self._shape, settings)


def _file_of(driving: str | Path | Source | Performance) -> str | Path | Source | None:
    """The file that drives; None for what is taken from no file."""
    if isinstance(driving, Performance) or (isinstance(driving, str) and driving.startswith(AUTHORED)):
        return None
    return driving


def moved(
    source: Permitted[PictureSubject],
    drive: Driving,
    options: AnimateOptions,
    shape: AspectShape | None,
    settings: Settings,
    said: Said = Said(),
    warnings: tuple[str, ...] = (),
) -> Film:
    """A portrait driven by something, as a film.

    Args:
        source: who is moved.
        drive: by what.
        options, shape: as for `Animate`.
        settings: which engine.
        said, warnings: what the film's result should tell beside.
    """
    pixels, face = source.subject.pixels, source.subject.face
    if options.motion == "absolute":
        drive = replace(drive, performance=absolute(drive.performance, face))
    framing = None
    if shape is not None:
        looks = [look(face, Fraction(0))]
        framing = Reframing(pixels.shape[1], pixels.shape[0], shape.ratio, looks, shape.fit, options.size)
        options = replace(options, crop="none", size=None)
        warnings = (*warnings, *framing.warnings)
    else:
        options, more = fitted(options, crop_box(pixels.shape[1], pixels.shape[0], face, options.crop), drive)
        warnings = (*warnings, *more)
    engine = load_engine(settings.engine)
    portrait, draw = prepared(source, drive.performance.neutral, options, engine)
    first = portrait.pixels if framing is None else framing.draw(portrait.pixels)
    clip = drive.first_picture() if options.preview else None
    shown = _shown(portrait.pixels, clip, first, options)
    height, width = shown.shape[:2]
    making = making_for(drive, engine, options)
    if options.preview:
        making = replace(making, region=last_panel(shown, first))

    def frames() -> Iterator[Drawn]:
        pictures = drive.pictures() if options.preview else None
        samples = ahead(smoothed(iter(drive.performance), look_ahead=options.smooth))
        for count, sample in enumerate(samples):
            drawn = draw(sample)
            if framing is not None:
                drawn = framing.draw(drawn, sample.time)
            picture = _shown(portrait.pixels, next(pictures, None) if pictures else None, drawn, options)
            yield Drawn(VideoFrame(picture, sample.time, count), sample.present)

    return Film(
        making=making,
        size=(width, height),
        rate=drive.performance.rate,
        frames=frames(),
        total=frame_total(drive.performance),
        audio=drive.sound,
        captions=drive.captions,
        redraws=False,
        said=said,
        warnings=lambda: warnings,
    )


def fitted(
    options: AnimateOptions, box: tuple[int, int, int, int], drive: Driving
) -> tuple[AnimateOptions, tuple[str, ...]]:
    """The options with a size that players take, where the picture is larger and none was asked for; and a warning."""
    width, height = box[2] - box[0], box[3] - box[1]
    size = playable_size(width, height, drive.performance.rate)
    if options.size is not None or size == (width, height):
        return options, ()
    told = f"The picture has {width}×{height} pixels, more than players take; the film has {size[0]}×{size[1]}."
    return replace(options, size=max(size)), (f"{told} --size says otherwise.",)


def prepared(
    source: Permitted[PictureSubject], neutral: Neutral, options: AnimateOptions, engine: Engine
) -> tuple[Portrait, Callable[[Sample], Pixels]]:
    """The subject cropped and scaled as asked, and what draws them at a moment; other people stay as they are."""
    portrait = make_portrait(source.subject.pixels, source.subject.face, options)
    return portrait, drawing(source, portrait, neutral, options, engine)


def drawing(
    source: Permitted[PictureSubject], portrait: Portrait, neutral: Neutral, options: AnimateOptions, engine: Engine
) -> Callable[[Sample], Pixels]:
    """What draws the portrait, which `make_portrait` made of the subject, as somebody with this neutral moves."""
    pixels, face = source.subject.pixels, source.subject.face
    chosen = DrawOptions(
        expression=options.expression,
        head=options.head,
        mouth=options.mouth,
        shading=options.shading,
        seed=options.seed,
    )
    rig = engine.prepare(portrait, neutral, chosen)
    box = crop_box(pixels.shape[1], pixels.shape[0], face, options.crop)
    scale = portrait.pixels.shape[1] / (box[2] - box[0])
    shield = Shield(portrait.pixels, portrait.face, [_placed(one, box, scale) for one in source.subject.others])
    return lambda sample: shield.over(rig.draw(sample))


def make_portrait(pixels: Pixels, face: Face, options: AnimateOptions) -> Portrait:
    """Crop and scale a picture as asked, and measure the face and the person's matte there.

    Args:
        pixels: (h, w, 3) uint8 RGB, the whole source.
        face: as measured in it.
    """
    box = crop_box(pixels.shape[1], pixels.shape[0], face, options.crop)
    shown = framed(pixels, box, options.size)
    if shown.shape != pixels.shape:
        face = _placed(face, box, shown.shape[1] / (box[2] - box[0]))
    return Portrait(shown, face, person_matte(shown, face))


def _placed(face: Face, box: tuple[int, int, int, int], scale: float) -> Face:
    """A face of the whole source as it lies in the part that is shown."""
    landmarks = face.landmarks.copy()
    landmarks[:, :2] = (landmarks[:, :2] + 0.5 - box[:2]) * scale - 0.5
    landmarks[:, 2] *= scale
    return replace(face, landmarks=landmarks)


def making_for(drive: Driving, engine: Engine, options: AnimateOptions) -> Making:
    """What the manifest will say was done; of what, the job adds."""
    return Making(
        title=options.title or "Animated portrait",
        use=drive.use,
        engine=engine.name,
        engine_version=engine.version,
        ingredients=(),
        actions=(
            ("c2pa.edited", WHAT_WAS_DONE[drive.kind]),
            *((("c2pa.edited", UNASKED_SOUND),) if drive.kind == "video" and drive.sound is not None else ()),
        ),
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
