"""Public-domain art and people long dead: what an operator attests, and what of it is plausible. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from countenance.errors import PermissionRefused

LONG_DEAD = 30  # years after which nobody who knew the person need expect to see them move
TERM = 95  # years after which a published work is free in the United States, and nearly everywhere
BASES = {
    "age": "the work is older than any term of protection",
    "us-government-work": "a work of the United States government (17 U.S.C. § 105)",
    "author-dead-70": "its author has been dead for more than seventy years",
    "cc0": "its holder has waived all rights (CC0)",
}
_DEATH = re.compile(r"\((?:\d{4}\s*[-–]|died|d\.|†)\s*(\d{4})\)", re.IGNORECASE)
_NOBODY = re.compile(r"\(nobody\)", re.IGNORECASE)
_YEAR = re.compile(r"(?:c\.|ca\.|circa|about)?\s*(\d{3,4})(?:\s*[-–/]\s*(\d{2,4}))?\s*$", re.IGNORECASE)


@dataclass(frozen=True)
class PublicDomainClaim:
    """An operator's word that a likeness is free to use.

    Attributes:
        work, author: as catalogues name them.
        year: in which it was made, the latest where a span was given.
        basis: a key of BASES.
        died: the year in which the person shown died; needed where the work is young enough to show somebody living.
        nobody: the work shows nobody who ever lived.
    """

    work: str
    author: str
    year: int
    basis: str = "age"
    died: int | None = None
    nobody: bool = False

    @classmethod
    def parse(cls, text: str, basis: str | None = None) -> PublicDomainClaim:
        """`Mona Lisa, Leonardo da Vinci, c. 1503`; `Grace Hopper (1906–1992), US Navy photograph, 1984`.

        Raises:
            PermissionRefused: it does not name work, author and a year, or the year does not bear the claim out.
        """
        parts = [part.strip() for part in text.split(",")]
        year = _YEAR.search(parts[-1]) if len(parts) >= 3 else None
        if year is None or not parts[0] or not parts[-2]:
            raise PermissionRefused(
                f"{text!r} does not name a work, its author and a year.",
                'Write it like "Mona Lisa, Leonardo da Vinci, c. 1503".',
                code="permission.claim",
            )
        death = _DEATH.search(text)
        claim = cls(
            ", ".join(parts[:-2]),
            parts[-2],
            int(year.group(1)),
            basis or "age",
            int(death.group(1)) if death else None,
            _NOBODY.search(text) is not None,
        )
        claim.check()
        return claim

    def check(self) -> None:
        """Raises PermissionRefused where the claim cannot be right."""
        now = datetime.now(UTC).year
        if self.basis not in BASES:
            raise PermissionRefused(
                f"{self.basis!r} is no basis for the public domain.",
                f"Use one of {', '.join(BASES)}.",
                code="permission.claim",
            )
        if self.year > now:
            raise PermissionRefused(f"{self.work!r} cannot be of {self.year}.", code="permission.claim")
        if self.basis == "age" and self.year > now - TERM:
            raise PermissionRefused(
                f"{self.work!r} of {self.year} is too young to be free by age alone.",
                "Name why it is free with --basis, or use a grant.",
                code="permission.claim",
            )
        if self.died is not None and self.died > now:
            raise PermissionRefused(f"Nobody died in {self.died} yet.", code="permission.claim")
        living = self.died is None or self.died > now - LONG_DEAD
        if self.year > now - TERM and living and not self.nobody:
            raise PermissionRefused(
                f"{self.work!r} of {self.year} may show somebody who lives, or died within {LONG_DEAD} years: "
                "a picture can be free to copy, and the face in it is not.",
                'Say when the person died: "Grace Hopper (1906–1992), US Navy photograph, 1984"; for a work that shows '
                'nobody who lived add "(nobody)"; else ask for a grant.',
                code="permission.living",
            )

    @property
    def document(self) -> str:
        """The claim as canonical JSON; its SHA-256 stands where a grant's would."""
        return json.dumps({"kind": "public-domain", **asdict(self)}, sort_keys=True, ensure_ascii=False)

    @property
    def hash(self) -> str:
        """SHA-256 hex of `document`."""
        return hashlib.sha256(self.document.encode()).hexdigest()
