"""Public-domain art and people long dead: what an operator declares, and what of it is plausible. Pure.

It is the maker's word, and told as that. What can be tested in the words is tested here; what the file itself says
against them is `declaration_checks`.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import NoReturn

from countenance.errors import PermissionRefused
from countenance.permission.after_death import UNCOMMERCIAL, years_after_death
from countenance.permission.confusables import unsafe
from countenance.permission.intended_use import Circumstances
from countenance.permission.years import latest_year

TERM = 95  # years after which a published work is free in the United States, and nearly everywhere
LIFE = 100  # years that somebody shown as a child may live on
FIRST_PHOTOGRAPH = 1826  # Niépce's view from a window; the first of a face is of 1838
FIRST_RECORDING = 1860  # Scott de Martinville's phonautograph
BASES = {
    "age": "the work is older than any term of protection",
    "us-government-work": "a work of the United States government (17 U.S.C. § 105)",
    "author-dead-70": "its author has been dead for more than seventy years",
    "cc0": "its holder has waived all rights (CC0)",
}
_DEATH = re.compile(r"\((?:(?:c\.\s*)?\d{3,4}\s*[-–—]\s*|died\s*|d\.\s*|†\s*)(?:c\.\s*)?(\d{3,4})\)", re.IGNORECASE)
_NOBODY = re.compile(r"\(nobody\)", re.IGNORECASE)
_PHOTOGRAPH = re.compile(
    r"photo|foto|daguerr|calotype|ambrotype|tintype|ferrotype|carte.de.visite|autochrome|polaroid|snapshot|selfie|"
    r"\bfilm\b|\bcin[eé]|\bvideo|newsreel",
    re.IGNORECASE,
)
_OF_ITSELF = re.compile(r"self.?portrait|selbst(?:bildnis|portr)|autoportrait|autorretrato|autoritratto", re.IGNORECASE)
_RECORDING = re.compile(
    r"recording|phonograph|gramophone|wax cylinder|broadcast|\baudio\b|\bspeech\b|\bvoice\b|tonaufnahme|enregistrement",
    re.IGNORECASE,
)
# When those died whose names are claimed most: a slip of the pen, or a modern face under an old name, shows at once.
_AUTHORS = {
    "leonardo da vinci": 1519, "raphael": 1520, "albrecht dürer": 1528, "hans holbein": 1543, "michelangelo": 1564,
    "titian": 1576, "caravaggio": 1610, "el greco": 1614, "peter paul rubens": 1640, "anthony van dyck": 1641,
    "diego velázquez": 1660, "frans hals": 1666, "rembrandt": 1669, "rembrandt van rijn": 1669,
    "johannes vermeer": 1675, "thomas gainsborough": 1788,
    "joshua reynolds": 1792, "jacques-louis david": 1825, "francisco goya": 1828, "katsushika hokusai": 1849,
    "jean-auguste-dominique ingres": 1867, "julia margaret cameron": 1879, "édouard manet": 1883,
    "vincent van gogh": 1890, "mathew brady": 1896, "paul cézanne": 1906, "nadar": 1910, "gustav klimt": 1918,
    "egon schiele": 1918, "auguste renoir": 1919, "amedeo modigliani": 1920, "john singer sargent": 1925,
    "claude monet": 1926,
}  # fmt: skip


@dataclass(frozen=True)
class PublicDomainClaim:
    """An operator's word that a likeness is free to use.

    Attributes:
        work, author: as catalogues name them.
        year: in which it was made, the latest where a span was given.
        basis: a key of BASES.
        died: the year in which the person shown died; needed where the work is young enough to show somebody living.
        nobody: the work shows nobody who ever lived.
        author_died: the year in which its author died, where it is stated or known.
        dated: the date as it was written, for people; empty writes the year.
        purpose: what for, see `circumstances.PURPOSES`; None for none stated, which allows no trade.
        territories: where it will be shown; empty for anywhere.
    """

    work: str
    author: str
    year: int
    basis: str = "age"
    died: int | None = None
    nobody: bool = False
    author_died: int | None = None
    dated: str = ""
    purpose: str | None = None
    territories: tuple[str, ...] = ()

    @classmethod
    def parse(
        cls, text: str, basis: str | None = None, *, purpose: str | None = None, territories: Sequence[str] = ()
    ) -> PublicDomainClaim:
        """`Mona Lisa, Leonardo da Vinci, c. 1503`; `Grace Hopper (1906–1992), US Navy photograph, 1984`.

        Args:
            text: work, author and date. Years in brackets after the work say when the person shown died, after the
                author when the author did. Dates are read as `years.latest_year` reads them.
            basis: a key of BASES; `age` by default.
            purpose, territories: what for and where; see the class.

        Raises:
            BadOption: a purpose or territory that is none.
            PermissionRefused: it does not name work, author and a year, or the year does not bear the claim out.
        """
        Circumstances(purpose, tuple(territories))  # what nobody may do, and what is no purpose or country
        text = unicodedata.normalize("NFC", text.strip())
        if (why := unsafe(text)) is not None:
            _refuse("claim", f"The claim cannot be kept in words: {why}.", "Write work, author and year plainly.")
        parts = [part.strip() for part in text.split(",")]
        year = latest_year(parts[-1]) if len(parts) >= 3 else None
        if year is None or not parts[0] or not parts[-2]:
            _refuse(
                "claim",
                f"{text!r} does not name a work, its author and a year.",
                'Write it like "Mona Lisa, Leonardo da Vinci, c. 1503".',
            )
        work, author = ", ".join(parts[:-2]), parts[-2]
        death, authors = _DEATH.search(work), _DEATH.search(author)
        claim = cls(
            work,
            author,
            year,
            basis or "age",
            int(death[1]) if death else None,
            _NOBODY.search(text) is not None,
            int(authors[1]) if authors else None,
            parts[-1],
            purpose,
            tuple(territories),
        )
        claim.check()
        return claim

    def check(self) -> None:
        """Raises PermissionRefused where the claim cannot be right: permission.claim, permission.living."""
        now = datetime.now(UTC).year
        self._check_dates(now)
        if self.basis == "age" and self.year > now - TERM:
            _refuse(
                "claim",
                f"{self.work!r} of {self.year} is too young to be free by age alone.",
                "Name why it is free with --basis, or use a grant.",
            )
        author_died = self._author_died()
        if self.basis == "author-dead-70" and (author_died is None or author_died > now - 70):
            _refuse(
                "claim",
                f"Nothing says that the author of {self.work!r} has been dead for seventy years.",
                'Name the author\'s years: "Nighthawks, Edward Hopper (1882–1967), 1942".',
            )
        years = years_after_death(self.purpose, self.territories)
        trade = self.purpose is not None and self.purpose not in UNCOMMERCIAL
        oldest = now - years - LIFE if trade else now - TERM  # whoever was shown before then has been dead for long
        died = author_died if self.died is None and _OF_ITSELF.search(self.work) else self.died
        living = died is None or died > now - years
        if self.year > oldest and living and not self.nobody:
            _refuse(
                "living",
                f"{self.work!r} of {self.year} may show somebody who lives, or died within {years} years"
                f"{f', which {self.purpose} must respect' if trade else ''}: "
                "a picture can be free to copy, and the face in it is not.",
                'Say when the person died: "Grace Hopper (1906–1992), US Navy photograph, 1984"; for a work that shows '
                'nobody who lived add "(nobody)"; else ask for a grant, of the estate where the person died.',
            )

    def check_voice(self) -> None:
        """Raises PermissionRefused: permission.voice, where the claim is no claim about a recording of a voice."""
        if not _RECORDING.search(f"{self.work}, {self.author}"):
            _refuse(
                "voice",
                f"The claim is about {self.work!r}, not about a recording: whose voice it is, nothing says.",
                "Use a voice that is nobody's (countenance voices), or a grant that allows the voice.",
            )
        if self.year < FIRST_RECORDING:
            _refuse("claim", f"No voice was recorded in {self.year}.", "Name the recording and its year.")

    @property
    def of_photograph(self) -> bool:
        """Whether the words call it a photograph or film."""
        return _PHOTOGRAPH.search(f"{self.work}, {self.author}") is not None

    @property
    def purposes(self) -> tuple[str, ...]:
        """What it may be used for: the purpose that was stated, or all that is no trade."""
        return (self.purpose,) if self.purpose is not None else UNCOMMERCIAL

    @property
    def statement(self) -> str:
        """The claim in words, as it was written."""
        return f"{self.work}, {self.author}, {self.dated or self.year}"

    @property
    def document(self) -> str:
        """The claim as canonical JSON; its SHA-256 stands where a grant's would."""
        return json.dumps({"kind": "public-domain", **asdict(self)}, sort_keys=True, ensure_ascii=False)

    @property
    def hash(self) -> str:
        """SHA-256 hex of `document`."""
        return hashlib.sha256(self.document.encode()).hexdigest()

    def _check_dates(self, now: int) -> None:
        if self.basis not in BASES:
            _refuse("claim", f"{self.basis!r} is no basis for the public domain.", f"Use one of {', '.join(BASES)}.")
        if self.year > now:
            _refuse("claim", f"{self.work!r} cannot be of {self.year}.", "Check the year.")
        if self.died is not None and self.died > now:
            _refuse("claim", f"Nobody died in {self.died} yet.", "Check the year.")
        died = self._author_died()
        if died is not None and self.year > died:
            _refuse(
                "claim",
                f"{self.work!r} cannot be of {self.year}: {self.author} died in {died}.",
                "Name who made it, and when; for a copy or photograph of an older work, that work's author and year.",
            )
        if self.of_photograph and self.year < FIRST_PHOTOGRAPH:
            _refuse("claim", f"There were no photographs in {self.year}.", "Name the work that it shows, and its year.")

    def _author_died(self) -> int | None:
        if self.author_died is not None:
            return self.author_died
        name = _DEATH.sub("", self.author).strip().casefold()
        return _AUTHORS.get(name)


def _refuse(code: str, why: str, remedy: str) -> NoReturn:
    raise PermissionRefused(why, remedy, code=f"permission.{code}")
