"""For how long a dead person's likeness is their heirs' in trade, by territory. Values; see also docs/permission.md.

Where nothing is known of a country, and where none is named, the strictest known term counts. This is no legal advice:
the terms were collected in November 2026 from secondary sources, and many countries were not looked up.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True)
class Term:
    """One territory's term.

    Attributes:
        years: after death.
        source: the rule, and how sure it is.
    """

    years: int
    source: str


STRICTEST = Term(70, "the longest term known to this program (California)")
TERMS: dict[str, Term] = {
    # Countries, as `--territory` names them. New York's 40 years help nobody who shows it in the United States: what is
    # shown there is shown in California.
    "US": Term(70, "California Civil Code § 3344.1 (70); New York Civil Rights Law § 50-f and S.8391 (40)"),
    "DK": Term(50, "Danish bill on realistic imitations; whether it passed was not found"),
}
UNCOMMERCIAL_YEARS = 30
"""Museum, education, research, and people's own use: after a generation nobody who knew the person need expect to see
them move. The project's own rule, not a law's; where a law asks for more, it stands above this."""
UNCOMMERCIAL = ("art", "education", "museum", "personal", "research")


def years_after_death(purpose: str | None, territories: Collection[str]) -> int:
    """How long after a death a likeness may not be used without the heirs.

    Args:
        purpose: one of `circumstances.PURPOSES`; None for none stated, which is then taken as uncommercial and told so.
        territories: where it will be shown; none for anywhere.
    """
    if purpose is None or purpose in UNCOMMERCIAL:
        return UNCOMMERCIAL_YEARS
    return max((TERMS.get(place, STRICTEST).years for place in territories), default=STRICTEST.years)
