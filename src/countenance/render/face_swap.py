"""A likeness on a body double, and a person at another age."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import get_args

from countenance.engines import Area, PlateOptions, PlateRig, load_plate_engine
from countenance.engines.protocol import PlateEngine
from countenance.errors import BadOption
from countenance.face.subject import ClipSubject, PictureSubject, SeenSubject, Subject, open_plate
from countenance.face.together import follow_together
from countenance.files import check_output
from countenance.likeness.ageing import aged
from countenance.likeness.gathering import gather, made_from
from countenance.likeness.library.likeness_store import LikenessSubject, WornSubject
from countenance.likeness.value import Likeness
from countenance.marking.render_spec import LabelChoice, Making
from countenance.media.audio import open_sound
from countenance.media.frames import VideoFrame
from countenance.media.source import Source, path_of, pinned
from countenance.permission.authorisation import Right
from countenance.permission.permit import Permit
from countenance.permission.rules import numbered
from countenance.render.framing import framed
from countenance.render.job import Drawn, Film, Inputs, Recipe, Still, permitted
from countenance.render.people import People, Tally, people_of, plated, redrawn
from countenance.render.plates import plate_of, sized
from countenance.render.prefetch import ahead
from countenance.settings import Settings


@dataclass(frozen=True)
class SwapOptions:
    """What a user may choose.

    Attributes:
        face: which face of the plate: `largest`, `left`, `right`, `top`, `bottom`, or a number from 1.
        area: `face` (inside the oval), `whole` (with the forehead up to the hair) or `lower` (below the nose).
        shape: how far the double's proportions go towards the likeness's, 0 to 1.
        years: by how much the face is aged.
        current_age: of the person in the material, where it is known.
        glasses: whether spectacles of the double stay on.
        start, end: seconds of the clip between which it is done; the rest passes as it is. None: to its end.
        size: longer side of the result in pixels; None keeps the plate's.
        seed: of the grain.
        label, language, title, overwrite: as for `AnimateOptions`.
    """

    face: str = "largest"
    area: Area = "face"
    shape: float = 1.0
    years: float = 0.0
    current_age: float | None = None
    glasses: bool = True
    start: Fraction = Fraction(0)
    end: Fraction | None = None
    size: int | None = None
    seed: int = 0
    label: LabelChoice = field(default_factory=LabelChoice)
    language: str = "en"
    title: str = ""
    overwrite: bool = False

    def __post_init__(self) -> None:
        if self.area not in get_args(Area):
            raise BadOption(f"--area {self.area} is not one of {', '.join(get_args(Area))}.")
        if not 0 <= self.shape <= 1:
            raise BadOption(f"--shape {self.shape:g} is outside 0 to 1.")
        if self.size is not None and not 64 <= self.size <= 8192:
            raise BadOption(f"--size {self.size} is outside 64 to 8192.")
        if self.start < 0 or (self.end is not None and self.end <= self.start):
            raise BadOption("The end does not come after the beginning.", "Give times in seconds, from before to.")

    def covers(self, time: Fraction) -> bool:
        """Whether a frame at this time is to be redrawn."""
        return self.start <= time and (self.end is None or time < self.end)

    @property
    def plate(self) -> PlateOptions:
        """What of them the engine is told."""
        return PlateOptions(self.area, self.shape, glasses=self.glasses, seed=self.seed)


class Swap(Recipe):
    """Put a likeness on one person in a clip or picture, or on several; frames without them pass as they are.

    Args:
        plate: the double's clip, or a picture.
        likeness: a .likeness file, or None where each of several people has one; or a subject whose likeness is in
            memory alone, as a kiosk makes it.
        output: an .mp4, .mov or .webm to write; a .png, .jpg or .webp for a picture.
        permission: the grant of the person whose likeness it is, for `use`. Or several people, a Person each: the place
            of a double, the likeness that is put on them, and both grants.
        double_permission: the grant of the person in the plate, for `double`; None where each of several has one.
        options: see SwapOptions.
        use: swap or kiosk.
    """

    def __init__(
        self,
        plate: str | Path | Source,
        likeness: str | Path | Source | WornSubject | None,
        output: str | Path,
        permission: People,
        double_permission: Right | None,
        options: SwapOptions,
        use: str = "swap",
    ) -> None:
        self.use, self._options = use, options
        self._plate = plate
        self._people = people_of(permission, options.face, "likeness", "double_permission")
        worn = [likeness if one.likeness is None else one.likeness for one in self._people]
        self._worn = [one for one in worn if one is not None]
        if len(self._worn) < len(worn):
            raise BadOption("Whose likeness does each person bear?", "Give likeness=FILE to each --person.")
        self.output, self.overwrite = Path(output), options.overwrite
        doubles = [one.double_permission or double_permission for one in self._people]
        stated = {numbered("source", k): one.permission for k, one in enumerate(self._people)}
        stated |= {numbered("plate", k): one for k, one in enumerate(doubles)}
        self.roles = tuple(stated)
        self.rights = {role: right for role, right in stated.items() if right is not None}

    def preflight(self, settings: Settings) -> None:
        """See Recipe."""
        worn = [one.source if isinstance(one, WornSubject) else one for one in self._worn]
        check_output(self.output, map(path_of, [self._plate, *worn]), overwrite=self.overwrite)
        load_plate_engine(settings.engine)

    def open(self, settings: Settings) -> Inputs:
        """See Recipe."""
        options = self._options
        sources: dict[str, Subject] = {numbered("source", k): _worn(one, settings) for k, one in enumerate(self._worn)}
        plates = plated(self._plate, self._people, settings, start=options.start, end=options.end)
        return Inputs({**sources, **plates})

    def prepare(self, inputs: Inputs, permit: Permit, settings: Settings) -> Film | Still:
        """See Recipe."""
        options = self._options
        engine = load_plate_engine(settings.engine)
        plates: list[SeenSubject] = []
        rigs: list[PlateRig] = []
        warnings: list[str] = []
        for k in range(len(self._people)):
            whose = permitted(inputs, numbered("source", k), WornSubject, permit).subject.likeness
            plate = permitted(inputs, numbered("plate", k), SeenSubject, permit).subject  # type: ignore[type-abstract]
            whose = aged(whose, options.years, options.current_age)
            rigs.append(engine.prepare_swap(plate_of(plate), whose, options.plate))
            plates.append(plate)
            warnings += [*whose.warnings, *_doubtful(whose, plate)]
        age = f" {options.years:+g} years" if options.years else ""
        several = len(rigs) > 1
        faces = f"The faces of {len(rigs)} body doubles were" if several else "The face of a body double was"
        what = f"{faces} redrawn with {'licensed likenesses' if several else 'a licensed likeness'}{age}."
        making = _making(self.use, options, engine, options.title or "Swapped face", what)
        return _redrawn(plates, rigs, [one.face for one in self._people], making, options, tuple(warnings))


class Reage(Recipe):
    """Make one person in a clip or picture older or younger; their own grant must allow `re-age`.

    Args:
        plate, output: as for `Swap`.
        permission: the grant of the person in the plate.
        options: `years` says by how much.
    """

    use = "re-age"
    roles = ("plate",)

    def __init__(self, plate: str | Path | Source, output: str | Path, permission: Right, options: SwapOptions) -> None:
        self._plate, self._options = plate, options
        self.output, self.overwrite = Path(output), options.overwrite
        self.rights = {"plate": permission}

    def preflight(self, settings: Settings) -> None:
        """See Recipe."""
        check_output(self.output, [path_of(self._plate)], overwrite=self.overwrite)
        if self._options.years == 0:
            raise BadOption("By how many years?", "Add --age +20 or --age -10; or a likeness to draw: --likeness FILE.")
        load_plate_engine(settings.engine)

    def open(self, settings: Settings) -> Inputs:
        """See Recipe."""
        return Inputs({"plate": open_double(self._plate, self._options, settings)})

    def prepare(self, inputs: Inputs, permit: Permit, settings: Settings) -> Film | Still:
        """See Recipe."""
        options = self._options
        plate = permitted(inputs, "plate", SeenSubject, permit).subject  # type: ignore[type-abstract]
        gathered = gather([plate.source], (plate.template,))
        now = made_from(gathered, plate.source.path.stem, grant_sha256=permit.grant_hash)
        then = aged(now, options.years, options.current_age)
        engine = load_plate_engine(settings.engine)
        rig = engine.prepare_reage(plate_of(plate), now, then, options.plate)
        what = f"A person was made to look {options.years:+g} years of age."
        making = _making("re-age", options, engine, options.title or "Re-aged clip", what)
        return _redrawn([plate], [rig], [options.face], making, options, then.warnings)


def _worn(given: str | Path | Source | WornSubject, settings: Settings) -> WornSubject:
    """Opened here, also where it was opened before; one in memory as it is. Raises as LikenessSubject."""
    if isinstance(given, WornSubject) and not isinstance(given, LikenessSubject):
        return given
    return LikenessSubject(given.source if isinstance(given, LikenessSubject) else pinned(given), settings)


def open_double(path: str | Path | Source, options: SwapOptions, settings: Settings) -> SeenSubject:
    """The person in a plate, as `SwapOptions.face` chooses them. Raises as `open_plate`."""
    return open_plate(
        pinned(path), options.face, start=options.start, end=options.end, least_eyes=settings.min_eye_distance
    )


def _making(use: str, options: SwapOptions, engine: PlateEngine, title: str, what: str) -> Making:
    return Making(
        title=title,
        use=use,
        engine=engine.name,
        engine_version=engine.version,
        ingredients=(),
        actions=(("c2pa.edited", what),),
        seed=options.seed,
        label=options.label,
        language=options.language,
    )


def _doubtful(likeness: Likeness, plate: SeenSubject) -> list[str]:
    """What the plate asks for that the likeness has not."""
    yaw = plate_of(plate).rest.face.angles[0]
    nearest = min(abs(view.yaw - yaw) for view in likeness.views)
    if nearest > 30:
        return [f"The plate shows the face turned {yaw:.0f}°; the likeness was seen {nearest:.0f}° away from that."]
    return []


def _redrawn(
    plates: Sequence[SeenSubject],
    rigs: Sequence[PlateRig],
    faces: Sequence[str],
    making: Making,
    options: SwapOptions,
    warnings: tuple[str, ...],
) -> Film | Still:
    """The plate with its people redrawn, whom `faces` name."""
    pictures = [one for one in plates if isinstance(one, PictureSubject)]
    if pictures:
        drawn = pictures[0].pixels
        for one, rig in zip(pictures, rigs, strict=True):
            drawn = rig.draw(drawn, one.face, time=Fraction(0), cut=True)
        height, width = drawn.shape[:2]
        return Still(making, framed(drawn, (0, 0, width, height), options.size), warnings)
    clips = [one for one in plates if isinstance(one, ClipSubject)]
    plate, info = clips[0], clips[0].info
    tally = Tally(faces)

    def frames() -> Iterator[Drawn]:
        following = follow_together(clips, start=options.start, end=options.end)
        for count, there in enumerate(ahead(following, depth=2)):
            time = there[0].frame.time
            pixels = redrawn(there[0].frame.pixels, there, rigs, tally, counts=options.covers(time))
            yield Drawn(VideoFrame(pixels, time, count), any(one.face is not None for one in there))

    def told() -> Sequence[str]:
        return (*warnings, *tally.warnings(info.frame_count))

    film = Film(
        making=making,
        size=(info.width, info.height),
        rate=info.average_rate,
        frames=frames(),
        time_base=info.time_base if info.variable_rate else None,
        total=info.frame_count,
        audio=open_sound(plate.source),
        warnings=told,
        about=tally.about,
    )
    return sized(film, options.size)
