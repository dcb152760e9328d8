"""Try-on as a recipe: the shopper's picture or clip is the plate, and they themselves are whose grant is asked.

Knows products and people; when things happen, and whether they may, `render.job` decides.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from countenance.errors import BadOption, FaceChoice
from countenance.face.people import FaceFinder
from countenance.face.subject import LOOKS, ClipSubject, PictureSubject, SeenSubject, open_plate, spread
from countenance.files import check_output
from countenance.marking.manifest import TRYON_LABEL
from countenance.marking.render_spec import LabelChoice, Making
from countenance.media.audio import open_sound
from countenance.media.frames import VideoFrame
from countenance.media.source import Source, path_of, pinned
from countenance.media.video import open_video
from countenance.permission.authorisation import Right
from countenance.permission.permit import Permit
from countenance.render.job import Drawn, Film, Inputs, Recipe, Still, permitted
from countenance.render.plates import missed, plate_of
from countenance.render.prefetch import ahead
from countenance.settings import Settings
from countenance.tryon.account import Account
from countenance.tryon.face_light import white_at
from countenance.tryon.fitting_room import FittingRoom
from countenance.tryon.goods import Goods

ALIKE = 0.7  # of the largest face's size, from which another one may as well be meant


@dataclass(frozen=True)
class TryOnOptions:
    """What a user may choose.

    Attributes:
        face: which face: `auto` (the largest, where no other is about as large), `largest`, `left`, `right`, `top`,
            `bottom`, or a number from 1.
        white: x, y in pixels of a white card or paper in the picture, or in the clip's first frame.
        pd: the person's pupil distance in mm, where an optician measured it.
        start, end: seconds of a clip between which things are worn; the rest passes as it is.
        receipt: a JSON for the shopper, to be written beside.
        label, language, title, overwrite: as for `AnimateOptions`.
    """

    face: str = "auto"
    white: tuple[float, float] | None = None
    pd: float | None = None
    start: Fraction = Fraction(0)
    end: Fraction | None = None
    receipt: Path | None = None
    label: LabelChoice = field(default_factory=LabelChoice)
    language: str = "en"
    title: str = ""
    overwrite: bool = False

    def __post_init__(self) -> None:
        if self.pd is not None and not 45 <= self.pd <= 80:
            raise BadOption(f"A pupil distance of {self.pd:g} mm is outside 45 to 80.", "Give it in millimetres.")
        if self.white is not None and not all(math.isfinite(v) for v in self.white):
            raise BadOption("The white reference is no place in a picture.", "Write x,y in pixels: 412,96.")
        if self.start < 0 or (self.end is not None and self.end <= self.start):
            raise BadOption("The end does not come after the beginning.", "Give times in seconds, from before to.")


class TryOn(Recipe):
    """Glasses and make-up on one person in a picture or clip; frames without them pass as they are.

    Args:
        plate: their picture or clip.
        goods: what is tried on.
        output: an .mp4, .mov or .webm to write; a .png, .jpg or .webp for a picture.
        permission: the grant of the person in the plate, for `try-on`.
        options: see TryOnOptions.
    """

    use = "try-on"
    roles = ("plate",)

    def __init__(
        self, plate: str | Path | Source, goods: Goods, output: str | Path, permission: Right, options: TryOnOptions
    ) -> None:
        self._plate, self._goods, self._options = plate, goods, options
        self.output, self.overwrite = Path(output), options.overwrite
        self.rights = {"plate": permission}
        self._account: Account | None = None

    @property
    def account(self) -> Account:
        """Of what was drawn, with the key to the proof; once it was."""
        assert self._account is not None
        return self._account

    def preflight(self, settings: Settings) -> None:
        """See Recipe."""
        del settings
        inputs = [path_of(self._plate), *self._goods.files]
        check_output(self.output, inputs, overwrite=self.overwrite)
        if self._options.receipt is not None:
            check_output(self._options.receipt, [*inputs, self.output], overwrite=self.overwrite)

    def open(self, settings: Settings) -> Inputs:
        """See Recipe."""
        options = self._options
        choice = "largest" if options.face == "auto" else options.face
        subject = open_plate(
            pinned(self._plate), choice, start=options.start, end=options.end, least_eyes=settings.min_eye_distance
        )
        if options.face == "auto":
            if isinstance(subject, PictureSubject):
                sizes = [one.size for one in (subject.face, *subject.others)]
            else:
                sizes = _opening_sizes(subject.source, options)
            alike = [size for size in sizes if size > ALIKE * max(sizes)][1:]
            if alike:
                raise FaceChoice(
                    f"{subject.source.name} shows {len(alike) + 1} faces about as large; who is to try it on?",
                    "Say which: --face left, --face right, or a number of `countenance faces PICTURE`.",
                )
        return Inputs({"plate": subject})

    def prepare(self, inputs: Inputs, permit: Permit, settings: Settings) -> Film | Still:
        """See Recipe."""
        del settings
        subject = permitted(inputs, "plate", SeenSubject, permit).subject  # type: ignore[type-abstract]
        plate = plate_of(subject)
        looks = [(look.pixels, look.face) for look in (plate.rest, *plate.looks)]
        white = None
        if self._options.white is not None:
            white = white_at(_first(subject), self._options.white, subject.source.name)
        room = FittingRoom(looks, self._goods, white=white, pd=self._options.pd, name=subject.source.name)
        account = self._account = Account(self._goods)
        making = Making(
            title=self._options.title or "Try-on",
            use=self.use,
            engine="try-on",
            engine_version="1",
            ingredients=(),
            actions=tuple(("c2pa.edited", line) for line in self._goods.sentences()),
            label=self._options.label,
            language=self._options.language,
            assertions=lambda: {TRYON_LABEL: account.statement()},
        )
        if isinstance(subject, PictureSubject):
            return self._still(subject, room, account, making)
        assert isinstance(subject, ClipSubject)
        return self._film(subject, room, account, making)

    def _still(self, subject: PictureSubject, room: FittingRoom, account: Account, making: Making) -> Still:
        worn = room.draw(subject.pixels, subject.face, others=subject.others, cut=True)
        account.add(0, subject.pixels, worn)
        return Still(making, worn.pixels, tuple(room.warnings()), self._about(room, account))

    def _film(self, subject: ClipSubject, room: FittingRoom, account: Account, making: Making) -> Film:
        options, info = self._options, subject.info
        passed = [0]

        def frames() -> Iterator[Drawn]:
            following = subject.follow(start=options.start, end=options.end, others=True)
            for count, seen in enumerate(ahead(following, depth=2)):
                pixels, time = seen.frame.pixels, seen.frame.time
                drawn = False
                if seen.face is not None:
                    worn = room.draw(pixels, seen.face, others=seen.others, cut=seen.cut)
                    account.add(count, pixels, worn, time=time)
                    pixels, drawn = worn.pixels, worn.drawn
                passed[0] += not drawn and options.start <= time and (options.end is None or time < options.end)
                yield Drawn(VideoFrame(pixels, time, count), drawn)

        return Film(
            making=making,
            size=(info.width, info.height),
            rate=info.average_rate,
            frames=frames(),
            time_base=info.time_base if info.variable_rate else None,
            total=info.frame_count,
            audio=open_sound(subject.source),
            warnings=lambda: (*room.warnings(), *missed(passed[0], info.frame_count)),
            about=lambda: self._about(room, account),
        )

    def _about(self, room: FittingRoom, account: Account) -> Mapping[str, Any]:
        return {"items": account.items(), **room.about(), "untouched": account.proof.statement()}


def _opening_sizes(source: Source, options: TryOnOptions) -> list[float]:
    """Sizes of the faces in the first look at a clip that shows any, pixels."""
    with open_video(source) as video, FaceFinder() as finder:
        for pixels in spread(video, LOOKS, options.start, options.end):
            if faces := finder.find(pixels, thorough=True):
                return [one.size for one in faces]
    return []


def _first(subject: SeenSubject) -> Any:
    """The whole picture, or a clip's first frame, (h, w, 3) uint8."""
    if isinstance(subject, PictureSubject):
        return subject.pixels
    assert isinstance(subject, ClipSubject)
    return next(iter(subject.follow())).frame.pixels
