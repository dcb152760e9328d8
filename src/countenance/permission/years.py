"""Years as catalogues write them, read as the latest that is meant: "1503-06" is 1506. Pure.

The latest counts, since what is young is what could wrong somebody: whoever writes "1800/2026" says that it may be of
2026. Years before our era are negative: 210 BC is -210.
"""

from __future__ import annotations

import re

_BC = r"(?:b\.?\s?c\.?(?:\s?e\.?)?|v\.\s?chr\.?|av\.\s?j\.-c\.)"
_CENTURY = re.compile(
    rf"(\d{{1,2}})\s*(?:st|nd|rd|th|\.)?\s*(?:century|centuries|jahrhundert|jh\.?|si[eè]cle|siglo|secolo)\s*({_BC})?",
    re.IGNORECASE,
)
_DECADE = re.compile(r"(\d{3})0\s*['’]?e?[sr]\b", re.IGNORECASE)
_SPAN = re.compile(rf"(\d{{1,4}})\s*(?:[-–—‒―−/]|to|until|bis)\s*(\d{{1,4}})(?!\d)\s*({_BC})?", re.IGNORECASE)
_YEAR = re.compile(rf"(?<!\d)(\d{{3,4}})(?!\d)\s*({_BC})?", re.IGNORECASE)
_SMALL = re.compile(rf"(?:c\.|ca\.|circa|about|a\.?d\.?)\s*(\d{{1,2}})(?!\d)\s*({_BC})?", re.IGNORECASE)
_AFTER = re.compile(rf"(\d{{1,2}})\s*(?:({_BC})|a\.?\s?d\b|c\.?\s?e\b)", re.IGNORECASE)
_OPEN = re.compile(r"\b(?:after|since|from|nach|post)\s+(?:c\.\s*)?\d", re.IGNORECASE)


def latest_year(text: str) -> int | None:
    """The latest year that a date can mean; None where it names none, or leaves the end open ("after 1900").

    Example:
        >>> [latest_year(one) for one in ("c. 1503", "1503-06", "1800/2026", "19th century", "c. 210 BC", "1890s")]
        [1503, 1506, 2026, 1900, -210, 1899]
    """
    found: list[int] = []
    rest = text
    for match in _CENTURY.finditer(rest):
        number = int(match[1])
        found.append(-100 * (number - 1) - 1 if match[2] else 100 * number)
    rest = _CENTURY.sub(" ", rest)
    for match in _DECADE.finditer(rest):  # "the 1800s" may be the century
        found.append(int(match[1]) * 10 + (99 if match[1].endswith("0") else 9))
    rest = _DECADE.sub(" ", rest)
    for match in _SPAN.finditer(rest):
        if match[3] or max(len(match[1]), len(match[2])) > 2:  # else a day and a month
            found.append(_end_of(match[1], match[2], bool(match[3])))
    rest = _SPAN.sub(" ", rest)
    found += [-int(match[1]) if match[2] else int(match[1]) for match in _YEAR.finditer(rest)]
    rest = _YEAR.sub(" ", rest)
    for match in [*_SMALL.finditer(rest), *_AFTER.finditer(rest)]:
        found.append(-int(match[1]) if match[2] else int(match[1]))
    if not found or (len(found) == 1 and _OPEN.search(text)):
        return None
    return max(found)


def _end_of(first: str, last: str, before: bool) -> int:
    """The later year of a span, whose end may be short: 1503-06, 1899-02."""
    if before:
        return -min(int(first), int(last))
    start, end = int(first), int(last)
    if end < start and len(last) < len(first):
        step = 10 ** len(last)
        end += start // step * step
        if end < start:
            end += step
    return max(start, end)
