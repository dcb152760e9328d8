"""What readers of others' marks find, as values. Each is somebody's word, never ours. No I/O."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Strength = Literal["note", "mark"]
"""A note is written into the file beside the picture or the sound, by anybody. A mark lies in the pixels or the
samples, laid by anybody who has the tool for it. Signed statements are `ManifestFinding`s."""

Claim = Literal["ai", "ai-part", "ai-maybe", "camera", "human", "other"]
"""What it says of the file: made with AI; partly; perhaps; taken with a device; made by hand; something else."""


@dataclass(frozen=True, slots=True)
class OthersMark:
    """One mark or note of others.

    Attributes:
        reader: who read it, the entry point's name.
        strength: note or mark.
        claim: what it says of the file.
        maker: the tool, device or organisation that it names or belongs to; empty where it names none.
        where: the place in the file, in the format's own terms: `PNG text “parameters”`.
        text: what it says, in its own words, cut to length; empty for marks that carry none.
        confidence: of a mark, −log₁₀ of the chance that unmarked media would be read so; None for notes.
    """

    reader: str
    strength: Strength
    claim: Claim
    maker: str = ""
    where: str = ""
    text: str = ""
    confidence: float | None = None

    @property
    def says_ai(self) -> bool:
        """Whether it says that AI made the file, or part of it; `perhaps` does not count."""
        return self.claim in ("ai", "ai-part")


Hindrance = Literal["", "time", "weights", "failed"]


@dataclass(frozen=True, slots=True)
class Asked:
    """A reader that was asked.

    Attributes:
        reader, title: its name, and what it looks for as that is called; names, which are not translated.
        hindrance: empty where it looked; `time` ran out, its `weights` are not here, or it `failed`.
    """

    reader: str
    title: str
    hindrance: Hindrance = ""


@dataclass(frozen=True, slots=True)
class OthersFinding:
    """All of them.

    Attributes:
        found: marks first, then notes.
        asked: the readers, those that could not look too.
        overfull: whether the file holds more or larger notes than are read.
    """

    found: tuple[OthersMark, ...] = ()
    asked: tuple[Asked, ...] = ()
    overfull: bool = False

    @property
    def best(self) -> OthersMark | None:
        """What speaks most plainly of AI: marks before notes, `made` before `partly` before `perhaps`."""
        order = ("ai", "ai-part", "ai-maybe")
        claims = [one for one in self.found if one.claim in order]
        return min(claims, key=lambda one: (one.strength != "mark", order.index(one.claim)), default=None)

    @property
    def missed(self) -> tuple[Asked, ...]:
        """Readers that looked and found nothing."""
        finders = {one.reader for one in self.found}
        return tuple(one for one in self.asked if not one.hindrance and one.reader not in finders)

    @property
    def camera(self) -> OthersMark | None:
        """A note that names a camera."""
        return next((one for one in self.found if one.claim == "camera"), None)

    @property
    def disagree(self) -> bool:
        """Whether one says that a device took it, and another that all of it was made with AI. That a part of a
        photograph was, as telephones note of their own edits, is no contradiction."""
        return self.camera is not None and any(one.claim == "ai" for one in self.found)
