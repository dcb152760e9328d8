"""What a user may choose about an animated portrait, checked once."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from countenance.engines import MouthChoice
from countenance.errors import BadOption
from countenance.marking.render_spec import LabelChoice
from countenance.performance.gap_filling import MissingFace
from countenance.render.framing import Crop


@dataclass(frozen=True)
class AnimateOptions:
    """What a user may choose.

    Attributes:
        face: which face of the source: `largest`, `left`, `right`, `top`, `bottom`, or a number from 1.
        driving_face: which face of the driving clip.
        expression, head: strengths, 0 to 2; 1 as performed.
        motion: `relative` moves the portrait as the driver moves against their rest; `absolute` holds it as they are
            held, with their expression.
        crop: `none` keeps the whole picture; `face`, `portrait` (head and shoulders), or `square`.
        size: longer side of the output in pixels; None keeps the source's.
        fps: frames a second; None keeps the driving clip's own times.
        start, duration: part of the driving clip, seconds.
        preview: put source, driving clip and result side by side.
        on_missing_face: what the head does where the driving clip shows none.
        mouth: `auto`, `borrowed` or `drawn`.
        shading: carry over the driver's skin folds.
        smooth: look-ahead frames of the landmark filter; 0 switches it off.
        sound: carry the driving clip's sound over.
        seed: of anything random.
        label: how viewers are told that this was made; see `marking.making.LabelChoice`.
        language: BCP 47 tag of the viewers, for the label's words.
        title: of the work, for the manifest; the source's kind of permission when empty.
        overwrite: replace an existing output.
    """

    face: str = "largest"
    driving_face: str = "largest"
    expression: float = 1.0
    head: float = 1.0
    motion: Literal["relative", "absolute"] = "relative"
    crop: Crop = "none"
    size: int | None = None
    fps: Fraction | None = None
    start: Fraction = Fraction(0)
    duration: Fraction | None = None
    preview: bool = False
    on_missing_face: MissingFace = "relax"
    mouth: MouthChoice = "auto"
    shading: bool = True
    smooth: int = 2
    sound: bool = True
    seed: int = 0
    label: LabelChoice = field(default_factory=LabelChoice)
    language: str = "en"
    title: str = ""
    overwrite: bool = False

    def __post_init__(self) -> None:
        for name, value, low, high in (
            ("--expression", self.expression, 0.0, 2.0),
            ("--head", self.head, 0.0, 2.0),
            ("--size", self.size or 512, 64, 8192),
            ("--fps", float(25 if self.fps is None else self.fps), 1, 240),
            ("--smooth", self.smooth, 0, 12),
        ):
            if not low <= value <= high:
                raise BadOption(f"{name} {value:g} is outside {low:g} to {high:g}.")
        for name, word, words in (
            ("--crop", self.crop, ("none", "face", "portrait", "square")),
            ("--motion", self.motion, ("relative", "absolute")),
            ("--mouth", self.mouth, ("auto", "borrowed", "drawn")),
            ("--on-missing-face", self.on_missing_face, ("hold", "relax", "fail")),
        ):
            if word not in words:
                raise BadOption(f"{name} {word} is not one of {', '.join(words)}.")
        if self.start < 0 or (self.duration is not None and self.duration <= 0):
            raise BadOption("--start must not be negative, and --duration must be positive.")
