"""Animate a portrait: one person of a picture, moved by a Performance. Streams from end to end.

One thread decodes, tracks and measures; the job's draws; the writer encodes in its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from countenance.engines import DrawOptions, Engine, Portrait, load_engine
from countenance.errors import BadOption
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
from countenance.permission.permit import Permit, Permitted
from countenance.permission.rules import numbered
from countenance.render.face_regions import FaceRegions, in_step
from countenance.render.framing import crop_box, framed, last_panel, side_by_side
from countenance.render.job import Drawn, Film, Inputs, Recipe, Said, Still, permitted
from countenance.render.motion_source import AUTHORED, Driving, open_driving
from countenance.render.options import AnimateOptions
from countenance.render.people import People, check_alone, people_of, pictured, sources_of, strangers
from countenance.render.prefetch import ahead
from countenance.render.reframing import AspectShape, Reframing, look
from countenance.render.shield import Shield
from countenance.settings import Settings

Moving = str | Path | Source | Performance
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
        permission: why this likeness may be used; see `permission.authorisation`. Or several people of the picture, a
            Person each, who are moved at once; `driving` is for those who have none of their own, and may be None.
        options: see AnimateOptions.
        shape: to bring the whole picture into, instead of `options.crop`; `options.size` is then the longer side.
    """

    use = "animate"

    def __init__(
        self,
        source: str | Path | Source,
        driving: Moving | None,
        output: str | Path,
        permission: People,
        options: AnimateOptions,
        shape: AspectShape | None = None,
    ) -> None:
        self._source = source
        self.output, self.overwrite = Path(output), options.overwrite
        self._options, self._shape = options, shape
        self._people = people_of(permission, options.face, "driving")
        moves = [driving if one.driving is None else one.driving for one in self._people]
        if None in moves:
            raise BadOption("Nothing says what moves each person.", "Give --driving, or driving=FILE to each person.")
        self._drivings = list({_name_of(one): one for one in moves if one is not None}.values())
        names = [_name_of(one) for one in self._drivings]
        self._moved_by = [names.index(_name_of(one)) for one in moves if one is not None]
        files = [one for one in map(_file_of, self._drivings) if one is not None]
        self._drivers = {numbered("driver", k): one for k, one in enumerate(files)}
        self.rights = sources_of(self._people)
        self.roles = (*(numbered("source", k) for k in range(len(self._people))), *self._drivers)

    @property
    def _driving(self) -> Moving:
        """What moves the first person."""
        return self._drivings[0]

    def preflight(self, settings: Settings) -> None:
        """See Recipe."""
        check_output(
            self.output,
            map(path_of, [self._source, *self._drivers.values()]),
            overwrite=self.overwrite,
        )
        check_alone(self._people, self._options, self._shape)
        load_engine(settings.engine)

    def open(self, settings: Settings) -> Inputs:
        """See Recipe."""
        drivers = {role: pinned(one) for role, one in self._drivers.items()}
        return Inputs(pictured(self._source, self._people, settings), drivers)

    def prepare(self, inputs: Inputs, permit: Permit, settings: Settings) -> Film | Still:
        """See Recipe."""
        options = self._options
        roles = {_name_of(one): role for role, one in self._drivers.items()}
        drives: list[Driving] = []
        for driving in self._drivings:
            drives.append(
                open_driving(
                    inputs.others.get(roles.get(_name_of(driving), ""), driving),
                    start=options.start,
                    duration=options.duration,
                    rate=options.fps or (drives[0].performance.rate if drives else None),
                    face=options.driving_face,
                    on_missing=options.on_missing_face,
                    sound=options.sound,
                    stance=options.motion == "absolute",
                )
            )
        parts = [
            (permitted(inputs, numbered("source", k), PictureSubject, permit), drives[moved_by])
            for k, moved_by in enumerate(self._moved_by)
        ]
        return moved(parts, options, self._shape, settings)


def _name_of(driving: Moving) -> str:
    """The same for what is the same."""
    return f"performance {id(driving)}" if isinstance(driving, Performance) else str(path_of(driving))


def _file_of(driving: Moving) -> str | Path | Source | None:
    """The file that drives; None for what is taken from no file."""
    if isinstance(driving, Performance) or (isinstance(driving, str) and driving.startswith(AUTHORED)):
        return None
    return driving


def moved(
    parts: Sequence[tuple[Permitted[PictureSubject], Driving]],
    options: AnimateOptions,
    shape: AspectShape | None,
    settings: Settings,
    said: Said = Said(),
    warnings: tuple[str, ...] = (),
) -> Film:
    """A portrait driven by something, as a film; or several people of one picture, each by something.

    Args:
        parts: who is moved, by what; the film has the first one's times and sound, and the longest one's length.
        options, shape: as for `Animate`.
        settings: which engine.
        said, warnings: what the film's result should tell beside.
    """
    (source, drive), subjects = parts[0], [one.subject for one, _ in parts]
    pixels, face = source.subject.pixels, source.subject.face
    moves = [one.performance for _, one in parts]
    if options.motion == "absolute":
        moves = [absolute(move, one.face) for move, one in zip(moves, subjects, strict=True)]
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
    alone = strangers(source.subject.others, [one.face for one in subjects])
    drawn_by = [
        prepared(one, move.neutral, options, engine, alone) for (one, _), move in zip(parts, moves, strict=True)
    ]
    portrait = drawn_by[0][0]
    regions = FaceRegions([one.face for one, _ in drawn_by], portrait.pixels.shape[:2])
    if alone and len(parts) > 1:
        many = f"{len(alone)} faces" if len(alone) > 1 else "1 face"
        warnings = (*warnings, f"{many} in {source.subject.source.name} that nobody named stay as they are.")
    first = portrait.pixels if framing is None else framing.draw(portrait.pixels)
    clip = drive.first_picture() if options.preview else None
    shown = _shown(portrait.pixels, clip, first, options)
    height, width = shown.shape[:2]
    making = making_for(drive, engine, options)
    if options.preview:
        making = replace(making, region=last_panel(shown, first))

    totals = [frame_total(one) for one in moves]

    def frames() -> Iterator[Drawn]:
        pictures = drive.pictures() if options.preview else None
        each = list({id(move): move for move in moves}.values())
        whose = [next(k for k, one in enumerate(each) if one is move) for move in moves]
        samples = in_step([smoothed(iter(one), look_ahead=options.smooth) for one in each], moves[0].rate)
        for count, (time, now) in enumerate(ahead(samples)):
            drawn = regions.composed([draw(now[k]) for (_, draw), k in zip(drawn_by, whose, strict=True)])
            if framing is not None:
                drawn = framing.draw(drawn, time)
            picture = _shown(portrait.pixels, next(pictures, None) if pictures else None, drawn, options)
            yield Drawn(VideoFrame(picture, time, count), all(one.present for one in now))

    return Film(
        making=making,
        size=(width, height),
        rate=moves[0].rate,
        frames=frames(),
        total=None if None in totals else max(one for one in totals if one is not None),
        audio=drive.sound,
        captions=drive.captions,
        redraws=False,
        said=said,
        warnings=lambda: warnings,
        about=lambda: {"people": len(parts), "faces_left": len(alone)} if len(parts) > 1 else {},
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
    source: Permitted[PictureSubject],
    neutral: Neutral,
    options: AnimateOptions,
    engine: Engine,
    alone: Sequence[Face] | None = None,
) -> tuple[Portrait, Callable[[Sample], Pixels]]:
    """The subject cropped and scaled as asked, and what draws them at a moment; other people stay as they are.
    `alone`: who of them are no subjects; None: all."""
    portrait = make_portrait(source.subject.pixels, source.subject.face, options)
    return portrait, drawing(source, portrait, neutral, options, engine, alone)


def drawing(
    source: Permitted[PictureSubject],
    portrait: Portrait,
    neutral: Neutral,
    options: AnimateOptions,
    engine: Engine,
    alone: Sequence[Face] | None = None,
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
    others = source.subject.others if alone is None else alone
    box = crop_box(pixels.shape[1], pixels.shape[0], face, options.crop)
    scale = portrait.pixels.shape[1] / (box[2] - box[0])
    shield = Shield(portrait.pixels, portrait.face, [_placed(one, box, scale) for one in others])
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
