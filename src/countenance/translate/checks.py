"""What can be told of a translation without knowing the language: lost numbers, fixed words, foreign matter. Pure.

Some findings stop a film from being made (`stops`): what came back is no translation of a line. The others are for
whoever reads it over.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from countenance.errors import BadOption, CountenanceError
from countenance.speech import Cue, captions
from countenance.speech.script import parse_script
from countenance.speech.speakable import speakable

NUMBER = re.compile(r"\d+(?:[\s.,'’\u00a0\u202f]\d+)*")
MARKUP = re.compile(r"<[^>\n]{1,200}>|\{\{|\}\}|```|&[a-z]{2,8};")
FAR_LONGER, FAR_SHORTER = 3.5, 0.2
SHORT = 12
"""Letters below which a line may be any length, and may stay as it is: a name, a greeting."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something about one line of a translation.

    Attributes:
        line: from 1.
        kind: a stable word.
        words: for people.
        stops: whether it cannot be spoken like that.
    """

    line: int
    kind: str
    words: str
    stops: bool = False


def remarks_on(
    originals: Sequence[str],
    translated: Sequence[str],
    target: str,
    *,
    glossary: dict[str, str] | None = None,
    forbidden: Sequence[str] = (),
) -> list[Remark]:
    """What is to be said of a translation, line by line.

    Args:
        originals, translated: one text each, in order; as many.
        target: BCP 47.
        glossary: words that have one translation.
        forbidden: words that may not be said in this language.

    Example:
        >>> [one.kind for one in remarks_on(["It costs 49 euros."], ["Cuesta 94 euros."], "es")]
        ['number']
    """
    found: list[Remark] = []
    for k, (original, text) in enumerate(zip(originals, translated, strict=True), 1):
        found += [Remark(k, kind, words, stops) for kind, words, stops in _one(original, text, target)]
        for term, fixed in (glossary or {}).items():
            if _has(original, term) and not _has(text, fixed):
                found.append(Remark(k, "glossary", f"{term!r} is to be {fixed!r} here"))
        for word in forbidden:
            if _has(text, word):
                found.append(Remark(k, "forbidden", f"{word!r} is not to be said", stops=True))
    return found


def _one(original: str, text: str, target: str) -> list[tuple[str, str, bool]]:
    out: list[tuple[str, str, bool]] = []
    if any(unicodedata.category(letter) in ("Cc", "Cs", "Co") for letter in text):
        out.append(("control", "it holds characters that nobody can say", True))
    if MARKUP.search(text) and not MARKUP.search(original):
        out.append(("markup", "it holds markup that the original does not", True))
    if addresses_of(text) - addresses_of(original):
        out.append(("address", "it names an address that the original does not", True))
    if not speakable(text, target).text:
        out.append(("script", f"nothing of it can be said in {target}", True))
    elif speakable(text, target).warnings and not speakable(original, target).warnings:
        out.append(("script", f"not all of it can be said in {target}", False))
    if len(original) >= SHORT and len(text) > FAR_LONGER * len(original) + SHORT:
        out.append(("length", "it is far longer than the original", True))
    if len(original) >= SHORT and len(text) < FAR_SHORTER * len(original):
        out.append(("length", "it is far shorter than the original", True))
    if len(original) >= SHORT and _letters(original) == _letters(text) and " " in original.strip():
        out.append(("untranslated", "it is the original", False))
    lost = numbers_of(original) - numbers_of(text)
    added = numbers_of(text) - numbers_of(original)
    if lost or added:
        out.append(("number", f"numbers differ: {_listed(lost)} → {_listed(added)}", False))
    return out


def numbers_of(text: str) -> Counter[str]:
    """The numbers of a text by their digits alone: 1,299.50 and 1.299,50 are one number.

    Example:
        >>> numbers_of("1,299.50 €") == numbers_of("1.299,50 €")
        True
    """
    plain = unicodedata.normalize("NFKC", text)
    digits = (re.sub(r"\D", "", found) for found in NUMBER.findall(plain))
    return Counter("".join(str(unicodedata.digit(one)) for one in number) for number in digits)


def addresses_of(text: str) -> set[str]:
    """Links and mail addresses, word by word."""
    found = set()
    for word in text.casefold().split():
        at, _, after = word.partition("@")
        if "://" in word or word.startswith("www.") or "www." in word or (at and "." in after):
            found.add(word.strip(".,;:!?()[]«»\"'"))
    return found


def usable_alternatives(lines: Sequence[Cue], alternatives: Sequence[Sequence[str]], target: str) -> list[list[str]]:
    """A translator's answers that can be a translation of their lines; nothing of the others is ever spoken or written.

    Raises:
        BadOption: `translate.nonsense`: a line has none.
    """
    out = []
    for k, (line, some) in enumerate(zip(lines, alternatives, strict=True), 1):
        worst = [[one for one in remarks_on([line.text], [text], target) if one.stops] for text in some]
        kept = [text for text, bad in zip(some, worst, strict=True) if not bad and keeps_its_form(text)]
        if not kept:
            why = next((bad[0].words for bad in worst if bad), "it would not be read back as it is")
            raise BadOption(
                f"The translation of line {k} cannot be used: {why}.",
                "Use another translator, or translate the lines yourself: --translation.",
                code="translate.nonsense",
            )
        out.append(kept)
    return out


def keeps_its_form(text: str) -> bool:
    """Whether a line is read from a subtitle as it was written: what looks like a sound, a speaker or a time is not."""
    try:
        [cue] = parse_script(captions([Cue(text, Fraction(0), Fraction(1))], "vtt").decode(), "line", "vtt")
    except (CountenanceError, ValueError):
        return False
    return " ".join(cue.text.split()) == " ".join(text.split()) and cue.speaker is None


def remarks_on_film(
    lines: Sequence[Cue], spoken: Sequence[Cue], target: str, glossary: dict[str, str], forbidden: Sequence[str]
) -> list[Remark]:
    """As `remarks_on`, for cues; where somebody joined or parted lines, each is held against those it overlaps."""
    if len(lines) == len(spoken):
        originals = [one.text for one in lines]
    else:
        originals = [" ".join(line.text for line in lines if _overlap(line, one)) for one in spoken]
    return remarks_on(originals, [one.text for one in spoken], target, glossary=glossary, forbidden=forbidden)


def _overlap(one: Cue, other: Cue) -> bool:
    return (one.start or 0) < (other.end or 0) and (one.end or 0) > (other.start or 0)


def _has(text: str, word: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(word.casefold())}(?!\w)", text.casefold()) is not None


def _letters(text: str) -> str:
    return "".join(one for one in text.casefold() if one.isalnum())


def _listed(numbers: Counter[str]) -> str:
    return ", ".join(sorted(numbers.elements())) or "none"
