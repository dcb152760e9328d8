"""What is being made: the values a caller hands to the exit beside frames and sound. Does no I/O; knows nothing of
encoders, keys or manifests.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from countenance.errors import BadOption
from countenance.market import Terms
from countenance.marking.face_layout import Box
from countenance.media.frames import Pixels
from countenance.media.source import Source
from countenance.permission.rules import plain_role

# IPTC digital source types, https://cv.iptc.org/newscodes/digitalsourcetype/
_IPTC = "http://cv.iptc.org/newscodes/digitalsourcetype/"
COMPOSITE_SYNTHETIC = _IPTC + "compositeSynthetic"
"""A composite with at least one synthetic element: a real portrait that was redrawn. The default."""
ALGORITHMIC = _IPTC + "algorithmicMedia"
"""Made by an algorithm without training data."""
TRAINED_ALGORITHMIC = _IPTC + "trainedAlgorithmicMedia"
"""Wholly made by a trained model: a synthetic voice, a rendered person who is nobody."""

Relationship = Literal["parentOf", "componentOf", "inputTo"]
LabelStyle = Literal["burn", "first", "credit"]
Corner = Literal["top-left", "top-right", "bottom-left", "bottom-right"]

_RELATIONSHIPS: Mapping[str, Relationship] = {
    "source": "componentOf",
    "plate": "parentOf",
    "driver": "inputTo",
    "voice": "inputTo",
    "bed": "componentOf",
    "product": "componentOf",
}
UNASKED_SOUND = "The driving film's sound is carried over; whose voice may be in it was not asked."
UNASKED_LIVE = "Sound that came in live goes along; whose voice may be in it was not asked."
UNASKED_BED = "Music and effects from a file lie under the voice; whose voice may be in them was not asked."
CORNERS: tuple[Corner, ...] = ("top-left", "top-right", "bottom-left", "bottom-right")
MIN_OPACITY = 0.6
"""Below this the plate no longer guarantees contrast with what is behind it."""
MIN_FIRST_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Ingredient:
    """One thing a render was made from.

    Attributes:
        role: source, driver, plate, voice, bed or product (of a second person source-2, driver-2, …); at most one of
            each, as in the permit.
        source: the pinned file, or None for a thing that never was a file (a live camera).
        sha256: hex; the source's own, and needed only where there is none.
        relationship: C2PA's word for it; by role when left out.
        title: what manifests call it; the role when left out, so that file names, which often hold people's
            names, do not travel.
    """

    role: str
    source: Source | None = None
    sha256: str | None = None
    relationship: Relationship | None = None
    title: str = ""

    def hashed(self) -> Ingredient:
        """The same with `sha256` and `relationship` filled in.

        Raises:
            BadOption: neither a source nor a hash was given, or they contradict each other.
        """
        digest = self.sha256 if self.source is None else self.source.sha256
        if self.sha256 not in (None, digest):
            raise BadOption(f"The ingredient '{self.role}' comes with the hash of another file.")
        if digest is None:
            raise BadOption(f"The ingredient '{self.role}' has neither a file nor a hash.")
        relationship = self.relationship or _RELATIONSHIPS.get(plain_role(self.role), "inputTo")
        return Ingredient(self.role, self.source, digest, relationship, self.title or self.role)


@dataclass(frozen=True, slots=True)
class LabelChoice:
    """How people are told. There is no choice of not telling them.

    Attributes:
        style: `burn` (throughout), `first` (the first `seconds`), `credit` (a line at the opening and a card at
            the end, for evidently artistic work).
        seconds: how long `first` stays; at least 3.
        corner: where the mark stands.
        opacity: of the plate, 0.6 to 1.
    """

    style: LabelStyle = "burn"
    seconds: float = 5.0
    corner: Corner = "bottom-right"
    opacity: float = 0.85

    def __post_init__(self) -> None:
        if self.style not in ("burn", "first", "credit"):
            raise BadOption(f"'{self.style}' is no label style.", "Use burn, first:SECONDS or credit.")
        if self.corner not in CORNERS:
            raise BadOption(f"'{self.corner}' is no corner.", f"Use one of {', '.join(CORNERS)}.")
        if not MIN_OPACITY <= self.opacity <= 1.0:
            raise BadOption(f"A label of opacity {self.opacity:g} would not be legible.", f"Use {MIN_OPACITY} to 1.")
        if not MIN_FIRST_SECONDS <= self.seconds < float("inf"):
            raise BadOption(f"A label shown for {self.seconds:g} s is too short to be read.", "Use first:3 or longer.")

    @classmethod
    def parse(cls, text: str, corner: Corner = "bottom-right", opacity: float = 0.85) -> LabelChoice:
        """`burn`, `first`, `first:5` or `credit`, as `--label` takes it.

        Raises:
            BadOption: none of these.
        """
        style, colon, seconds = text.strip().lower().partition(":")
        if style not in ("burn", "first", "credit") or (colon and style != "first"):
            raise BadOption(f"'{text}' is no label style.", "Use burn, first:SECONDS or credit.")
        try:
            shown = float(seconds) if colon else 5.0
        except ValueError as error:
            raise BadOption(f"'{seconds}' is no number of seconds.", "Use for example first:5.") from error
        return cls(style, shown, corner, opacity)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Region:
    """A rectangle of the frame, pixels; the panel of a preview in which something was drawn."""

    left: int
    top: int
    width: int
    height: int

    def within(self, width: int, height: int) -> Region:
        """Itself. Raises BadOption: it does not lie in a frame of this size."""
        inside = self.left >= 0 and self.top >= 0 and self.width > 0 and self.height > 0
        if not inside or self.left + self.width > width or self.top + self.height > height:
            raise BadOption(f"{self} does not lie within a frame of {width}×{height} pixels.")
        return self


def uninspected(_pixels: Pixels) -> Sequence[Box]:
    """Lets every frame pass and tells of no faces."""
    return ()


@dataclass(frozen=True, slots=True)
class Making:
    """What is made, of what, by what.

    Attributes:
        title: of the work; goes into the manifest.
        use: the permit's word for the use (animate, dub, swap, …).
        engine, engine_version: what drew it.
        ingredients: what it was made from; their hashes must be the ones the permit covers.
        actions: further C2PA actions beside created/opened and watermarked, as (action, description).
        digital_source_type: an IPTC term's address.
        seed: of whatever was random.
        label: how people are told.
        sound_is_synthetic: the voice was made, not carried over; the sound is then marked too.
        language: BCP 47 tag of the viewer, for the label's word.
        training_allowed: whether the manifest lets others mine it and train on it; it forbids it by default.
        region: which part of the frame is synthetic, where the rest is an input beside it; the label stands there.
        terms: of the markets it will be shown in; the exits set them, whatever a recipe says.
        assertions: further assertions of the manifest, label → data; asked for when everything is drawn.
        inspect: is shown each key frame before it is written; refuses what may not leave, and tells where faces are,
            so that the record can tell later whether one of them was exchanged.
    """

    title: str
    use: str
    engine: str
    engine_version: str
    ingredients: tuple[Ingredient, ...]
    actions: tuple[tuple[str, str], ...] = ()
    digital_source_type: str = COMPOSITE_SYNTHETIC
    seed: int | None = None
    label: LabelChoice = field(default_factory=LabelChoice)
    sound_is_synthetic: bool = False
    language: str = "en"
    training_allowed: bool = False
    region: Region | None = None
    terms: Terms | None = None
    assertions: Callable[[], Mapping[str, Mapping[str, Any]]] = dict
    inspect: Callable[[Pixels], Sequence[Box]] = uninspected

    @property
    def modifies(self) -> bool:
        """Whether a real recording or picture was changed (a plate), rather than a new one made."""
        return any(i.role == "plate" or i.relationship == "parentOf" for i in self.ingredients)

    def hashed(self) -> tuple[Ingredient, ...]:
        """The ingredients with their hashes.

        Raises:
            BadOption: two ingredients have one role, or one has no hash.
        """
        roles = [i.role for i in self.ingredients]
        for role in roles:
            if roles.count(role) > 1:
                raise BadOption(f"There are two ingredients with the role '{role}'.")
        return tuple(i.hashed() for i in self.ingredients)
