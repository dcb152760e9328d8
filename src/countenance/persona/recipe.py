"""What a persona is made of: a frozen, versioned value with canonical bytes. Knows nothing of drawing or of permission.

Who a persona is comes from `seed`, `draw` and `sex`; how it looks today from the other
attributes. So an attribute can be changed and the persona stays itself: `Recipe.who` does not move.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, fields, replace
from hashlib import sha256
from types import MappingProxyType

from countenance.errors import BadDocument, BadOption

VERSION = 2
DRAWS = 4096
LONGEST = 4096  # bytes of a recipe; what is longer is none
YOUNGEST, OLDEST = 21, 90
VOICE = re.compile(r"pitch=[0-9]{2,3}\.[0-9],tract=[01]\.[0-9]{3},pace=[01]\.[0-9]{2}")
ANY = "any"
"""Left open: the seed says it."""

CHOICES: MappingProxyType[str, tuple[str, ...]] = MappingProxyType(
    {
        "sex": (ANY, "woman", "man"),
        "skin": (ANY, "light", "medium", "olive", "brown", "dark"),
        "freckles": (ANY, "none", "some", "many"),
        "eyes": (ANY, "brown", "hazel", "green", "blue", "grey"),
        "hair": (ANY, "short", "fringe", "bob", "long", "tied", "curly", "coily", "braided", "shaved", "headscarf",
                 "cap"),
        "hair_colour": (ANY, "black", "brown", "auburn", "red", "blond", "grey", "white", "pink"),
        "beard": (ANY, "none", "stubble", "full"),
        "glasses": (ANY, "none", "round", "square"),
        "clothes": (ANY, "crew", "turtleneck", "shirt", "jacket", "hoodie"),
        "mood": ("calm", "cheerful", "serious"),
        "style": ("drawn", "rendered"),
        "light": ("soft", "warm", "night"),
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Recipe:
    """One persona.

    Args:
        name: what it is called; 1 to 60 printable characters.
        seed: 0 <= seed < 2**32.
        draw: the how manieth face of this seed, 0 <= draw < 4096: the first may be too near to somebody.
        age: how old it looks, years; adults only, `YOUNGEST` to `OLDEST`; None: as the seed has it.
        voice: how it sounds, "pitch=182.4,tract=1.012,pace=0.97": Hz, ratio to an average woman's formants, ratio of
            pace; empty: as the seed has it.
        version: of this layout and of the drawing of a face from a seed.

    The other attributes take a word of `CHOICES`; where they are `any`, the seed says it.

    Raises:
        BadOption: a value out of range or a word that is not offered; `persona.age` for a look that is not adult.
    """

    name: str
    seed: int
    draw: int = 0
    age: int | None = None
    sex: str = ANY
    skin: str = ANY
    freckles: str = ANY
    eyes: str = ANY
    hair: str = ANY
    hair_colour: str = ANY
    beard: str = ANY
    glasses: str = ANY
    clothes: str = ANY
    mood: str = "calm"
    style: str = "drawn"
    light: str = "soft"
    voice: str = ""
    version: int = VERSION

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not 1 <= len(self.name) <= 60 or not self.name.isprintable():
            raise BadOption("a persona's name has 1 to 60 printable characters", remedy="Give a shorter, plain name.")
        for what, value, low, high in (
            ("seed", self.seed, 0, 2**32 - 1),
            ("draw", self.draw, 0, DRAWS - 1),
            ("version", self.version, VERSION, VERSION),
        ):
            if type(value) is not int or not low <= value <= high:
                raise BadOption(f"{what} {value!r} is not a whole number from {low} to {high}", remedy="Change it.")
        if self.age is not None and (type(self.age) is not int or not YOUNGEST <= self.age <= OLDEST):
            raise BadOption(
                f"age {self.age!r}: a persona looks like an adult",
                code="persona.age",
                remedy=f"Give a whole number of years from {YOUNGEST} to {OLDEST}.",
            )
        for key, offered in CHOICES.items():
            if getattr(self, key) not in offered:
                raise BadOption(
                    f"{key} {getattr(self, key)!r} is not offered", remedy=f"Choose one of {', '.join(offered)}."
                )

        if not isinstance(self.voice, str) or (self.voice and not VOICE.fullmatch(self.voice)):
            raise BadOption(
                f"{self.voice!r} is no shape of a voice", remedy='Write "pitch=182.4,tract=1.012,pace=0.97".'
            )

    @property
    def who(self) -> str:
        """SHA-256, hex, of what says who this is: seed, draw, sex and version."""
        return sha256(f"countenance persona {self.version} {self.seed} {self.draw} {self.sex}".encode()).hexdigest()

    @property
    def digest(self) -> str:
        """SHA-256, hex, of the canonical bytes."""
        return sha256(self.to_bytes()).hexdigest()

    def to_bytes(self) -> bytes:
        """Canonical JSON: sorted keys, no blanks, ASCII. Equal recipes have equal bytes on every machine."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Recipe:
        """Read it back.

        Raises:
            BadDocument: not the canonical bytes of a recipe (`persona.recipe`).
            BadOption: a value that no recipe has.
        """
        try:
            values = json.loads(data)
        except (ValueError, RecursionError):
            values = None
        names = {field.name for field in fields(cls)}
        if not isinstance(values, dict) or set(values) != names:
            raise _not_a_recipe()
        recipe = cls(**values)
        if recipe.to_bytes() != data:
            raise _not_a_recipe()
        return recipe

    def with_attributes(self, **changes: str | int) -> Recipe:
        """The same persona looking otherwise; what says who it is cannot be changed.

        Raises:
            BadOption: no such attribute, one that says who it is, or a value that is not offered.
        """
        free = {"name", "age", "voice", *CHOICES} - {"sex"}
        if wrong := sorted(set(changes) - free):
            raise BadOption(
                f"{wrong[0]!r} is no attribute that can be changed", remedy=f"Use {', '.join(sorted(free))}."
            )
        return replace(self, **changes)  # type: ignore[arg-type]


def _not_a_recipe() -> BadDocument:
    return BadDocument(
        "these are not the canonical bytes of a persona's recipe",
        code="persona.recipe",
        remedy="Make the persona again, or take the file from where it came.",
    )
