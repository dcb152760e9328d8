"""A likeness on a body double, and a person at another age: who is in the plate is learnt first, then it is redrawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Protocol

from countenance.engines.mesh import MeshEngine
from countenance.engines.mesh.area import AREAS, Area
from countenance.engines.mesh.reage import ReageRig
from countenance.engines.mesh.swap import SwapOptions as DrawOptions
from countenance.engines.mesh.swap import SwapRig
from countenance.errors import BadOption, FaceLost
from countenance.face.identity import FaceTemplate
from countenance.face.person import PersonTracker, Tracked
from countenance.face.types import Face
from countenance.files import check_output
from countenance.likeness.ageing import aged
from countenance.likeness.gathering import gather, made_from
from countenance.likeness.model import Likeness
from countenance.marking.making import Ingredient, LabelChoice, Making
from countenance.marking.receipt import Receipt
from countenance.marking.writer import VideoOutput, write_picture
from countenance.media.audio import open_sound
from countenance.media.frames import Pixels, VideoFrame
from countenance.media.video import open_video
from countenance.permission.permit import Permit
from countenance.render.ahead import ahead
from countenance.render.likeness_store import open_likeness
from countenance.render.rights import GrantFile, PublicDomain, permit_for_swap
from countenance.render.studying import Studied, study
from countenance.settings import Settings, default_settings

Progress = Callable[[int, int | None], None]


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
    seed: int = 0
    label: LabelChoice = field(default_factory=LabelChoice)
    language: str = "en"
    title: str = ""
    overwrite: bool = False

    def __post_init__(self) -> None:
        if self.area not in AREAS:
            raise BadOption(f"--area {self.area} is not one of {', '.join(AREAS)}.")
        if not 0 <= self.shape <= 1:
            raise BadOption(f"--shape {self.shape:g} is outside 0 to 1.")
        if self.start < 0 or (self.end is not None and self.end <= self.start):
            raise BadOption("The end does not come after the beginning.", "Give times in seconds, from before to.")

    def covers(self, time: Fraction) -> bool:
        """Whether a frame at this time is to be redrawn."""
        return self.start <= time and (self.end is None or time < self.end)


@dataclass(frozen=True)
class SwapResult:
    """What was made.

    Attributes:
        output: the file.
        frames: how many; `redrawn` of them had the face.
        size: width, height.
        receipt: the exit's.
        warnings: in plain words.
    """

    output: Path
    frames: int
    redrawn: int
    size: tuple[int, int]
    receipt: Receipt
    warnings: tuple[str, ...]


class Redraws(Protocol):
    """A rig that redraws one known face in frames that come in order."""

    def draw(self, pixels: Pixels, face: Face, *, cut: bool = False) -> Pixels:
        """The frame, redrawn."""
        ...


def swap(
    plate: str | Path,
    likeness: str | Path,
    output: str | Path,
    *,
    permission: GrantFile | PublicDomain,
    double_permission: GrantFile | PublicDomain | None,
    options: SwapOptions | None = None,
    use: str = "swap",
    progress: Progress | None = None,
    settings: Settings | None = None,
) -> SwapResult:
    """Put a likeness on one person in a clip or picture; frames without them pass as they are.

    Args:
        plate: the double's clip, or a picture.
        likeness: a .likeness file.
        output: an .mp4, .mov or .webm to write; a .png, .jpg or .webp for a picture.
        permission: the grant of the person whose likeness it is, for `use`.
        double_permission: the grant of the person in the plate, for `double`.
        options: see SwapOptions.
        use: swap or kiosk.
        progress: called after each frame.
        settings: this process's by default.

    Raises:
        InputError, FaceError, PermissionRefused, OutputError, SetupError, ProvenanceError; nothing is left behind.
    """
    options, settings = options or SwapOptions(), settings or default_settings()
    plate, likeness, output = Path(plate), Path(likeness), Path(output)
    check_output(output, [plate, likeness], overwrite=options.overwrite)
    whose = open_likeness(likeness, settings)
    return put_on(
        plate, whose, likeness, output, permission=permission, double_permission=double_permission, options=options,
        use=use, progress=progress, settings=settings,
    )  # fmt: skip


def put_on(
    plate: Path,
    whose: Likeness,
    made_of: Path,
    output: Path,
    *,
    permission: GrantFile | PublicDomain,
    double_permission: GrantFile | PublicDomain | None,
    options: SwapOptions,
    use: str,
    progress: Progress | None = None,
    settings: Settings | None = None,
) -> SwapResult:
    """As `swap`, with a likeness in hand.

    Args:
        whose: the likeness.
        made_of: its file; or the one take that it was made of, where it is never written.

    Raises:
        As `swap`.
    """
    settings = settings or default_settings()
    check_output(output, [plate, made_of], overwrite=options.overwrite)
    studied = study(plate, options)
    permit = permit_for_swap(
        permission, double_permission, made_of, whose.template, plate, use, double_template=studied.person
    )
    whose = aged(whose, options.years, options.current_age)
    rig = SwapRig(whose, studied.double, DrawOptions(options.area, options.shape, seed=options.seed))
    age = f" {options.years:+g} years" if options.years else ""
    making = Making(
        title=options.title or "Swapped face",
        use=use,
        engine=MeshEngine.name,
        engine_version=MeshEngine.version,
        ingredients=(Ingredient("plate", plate), Ingredient("source", made_of)),
        actions=(("c2pa.edited", f"The face of a body double was redrawn with a licensed likeness{age}."),),
        seed=options.seed,
        label=options.label,
        language=options.language,
    )
    warnings = (*whose.warnings, *_doubtful(whose, studied))
    return _redrawn(plate, output, studied, rig, permit, making, options, warnings, progress, settings)


def reage(
    plate: str | Path,
    output: str | Path,
    *,
    permission: GrantFile,
    options: SwapOptions,
    progress: Progress | None = None,
    settings: Settings | None = None,
) -> SwapResult:
    """Make one person in a clip or picture older or younger; their own grant must allow `re-age`.

    Args:
        plate, output, progress, settings: as for `swap`.
        permission: the grant of the person in the plate.
        options: `years` says by how much.

    Raises:
        As `swap`.
    """
    settings = settings or default_settings()
    plate, output = Path(plate), Path(output)
    check_output(output, [plate], overwrite=options.overwrite)
    if options.years == 0:
        raise BadOption("By how many years?", "Add --age +20 or --age -10; or a likeness to draw: --likeness FILE.")
    studied = study(plate, options)
    permit = permission.permit_for("re-age", {"plate": plate}, known={"plate": studied.person})
    gathered = gather([plate], (studied.person,))
    now = made_from(gathered, plate.stem, grant_sha256=permit.grant_hash)
    then = aged(now, options.years, options.current_age)
    making = Making(
        title=options.title or "Re-aged clip",
        use="re-age",
        engine=MeshEngine.name,
        engine_version=MeshEngine.version,
        ingredients=(Ingredient("plate", plate),),
        actions=(("c2pa.edited", f"A person was made to look {options.years:+g} years of age."),),
        seed=options.seed,
        label=options.label,
        language=options.language,
    )
    rig = ReageRig(now, then, studied.double)
    return _redrawn(plate, output, studied, rig, permit, making, options, then.warnings, progress, settings)


def _doubtful(likeness: Likeness, studied: Studied) -> list[str]:
    """What the plate asks for that the likeness has not."""
    yaw = studied.double.yaw
    nearest = min(abs(view.yaw - yaw) for view in likeness.views)
    if nearest > 30:
        return [f"The plate shows the face turned {yaw:.0f}°; the likeness was seen {nearest:.0f}° away from that."]
    return []


def _redrawn(
    plate: Path,
    output: Path,
    studied: Studied,
    rig: Redraws,
    permit: Permit,
    making: Making,
    options: SwapOptions,
    warnings: tuple[str, ...],
    progress: Progress | None,
    settings: Settings,
) -> SwapResult:
    """Draw all frames and hand them to the exit."""
    if studied.still is not None:
        pixels = studied.still
        with PersonTracker(studied.person) as tracker:
            face = tracker.track(pixels).face
        if face is None:
            raise FaceLost(f"The face in {plate.name} was lost.", "Use a larger picture of it.")
        drawn = rig.draw(pixels, face, cut=True)
        receipt = write_picture(output, drawn, permit, making, settings=settings, overwrite=options.overwrite)
        return SwapResult(output, 1, 1, (pixels.shape[1], pixels.shape[0]), receipt, warnings)
    with open_video(plate) as video:
        info = video.info
    count = redrawn = meant = 0
    with VideoOutput(
        output,
        permit,
        making,
        width=info.width,
        height=info.height,
        rate=info.average_rate,
        time_base=info.time_base if info.variable_rate else None,
        audio=open_sound(plate),
        settings=settings,
        overwrite=options.overwrite,
    ) as out:
        for frame, seen in ahead(_followed(plate, studied.person, options)):
            pixels = frame.pixels
            meant += options.covers(frame.time)
            if seen.face is not None:
                pixels = rig.draw(pixels, seen.face, cut=seen.cut)
                redrawn += 1
            out.write(VideoFrame(pixels, frame.time, count))
            count += 1
            if progress is not None:
                progress(count, info.frame_count)
    if redrawn < meant:
        warnings = (*warnings, f"{meant - redrawn} of {meant} frames do not show the face and were left as they are.")
    return SwapResult(output, count, redrawn, (info.width, info.height), out.receipt, warnings)


def _followed(
    plate: Path, person: FaceTemplate, options: SwapOptions = SwapOptions()
) -> Iterator[tuple[VideoFrame, Tracked]]:
    """A clip's frames, each with the person where they are seen and meant. Raises InputError, SetupError."""
    with open_video(plate) as video, PersonTracker(person) as tracker:
        for frame in video.frames():
            meant = options.covers(frame.time)
            yield frame, tracker.track(frame.pixels) if meant else Tracked(None, True)
