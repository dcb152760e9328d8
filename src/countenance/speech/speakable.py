"""Text as voices can say it: money in words' order, endless numbers by digit, and what no voice of a language can read.

Nothing is left out without a word of it. Needs Babel, which knows the scripts of languages and the names of money.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

LONGEST_NUMBER = 15  # digits; longer ones are read digit by digit
MONEY = {
    "€": "EUR", "$": "USD", "£": "GBP", "¥": "JPY", "₹": "INR", "₩": "KRW", "₽": "RUB", "₺": "TRY", "₪": "ILS",
    "₫": "VND", "₴": "UAH", "₦": "NGN", "₱": "PHP", "₿": "BTC", "zł": "PLN",
}  # fmt: skip
KNOWN_IN_ENGLISH = "€$£"  # voices read these before a number
_SIGN = "|".join(re.escape(sign) for sign in MONEY)
_NUMBER = r"\d{1,3}(?:[ \u00a0\u202f'’.,]\d{3})+(?:[.,]\d{1,2})?|\d+(?:[.,]\d{1,2})?"
_BEFORE = rf"(?P<before>{_SIGN})[ \u00a0]?(?P<a>{_NUMBER})"
_AFTER = rf"(?P<b>{_NUMBER})[ \u00a0\u202f]?(?P<after>{_SIGN})(?!\w)"
PRICE = re.compile(f"{_BEFORE}|{_AFTER}")
DIGITS = re.compile(r"(?<![\d.])\d(?:[\d,]*\d)?")
WORD = re.compile(r"\S+")
SAID_SIGNS = frozenset("°©®™№")
# ISO 15924 → how Unicode begins the names of a script's letters.
SCRIPTS = {
    "Latn": ("LATIN",), "Cyrl": ("CYRILLIC",), "Grek": ("GREEK",), "Arab": ("ARABIC",), "Hebr": ("HEBREW",),
    "Deva": ("DEVANAGARI",), "Beng": ("BENGALI",), "Guru": ("GURMUKHI",), "Gujr": ("GUJARATI",), "Orya": ("ORIYA",),
    "Taml": ("TAMIL",), "Telu": ("TELUGU",), "Knda": ("KANNADA",), "Mlym": ("MALAYALAM",), "Sinh": ("SINHALA",),
    "Thai": ("THAI",), "Laoo": ("LAO",), "Mymr": ("MYANMAR",), "Geor": ("GEORGIAN",), "Armn": ("ARMENIAN",),
    "Ethi": ("ETHIOPIC",), "Khmr": ("KHMER",), "Tibt": ("TIBETAN",), "Cher": ("CHEROKEE",),
    "Hans": ("CJK", "BOPOMOFO"), "Hant": ("CJK", "BOPOMOFO"), "Jpan": ("CJK", "HIRAGANA", "KATAKANA"),
    "Kore": ("HANGUL", "CJK"),
}  # fmt: skip
_ANYWHERE = ("LATIN", "FULLWIDTH LATIN", "MICRO", "OHM", "FEMININE", "MASCULINE", "MODIFIER", "DOUBLE-STRUCK", "SCRIPT")
GREEK_SIGNS = frozenset("αβγδεθλμπσφωΔΣΩπ")  # as signs of physics they are read in any language


@dataclass(frozen=True)
class Speakable:
    """A text for a voice.

    Attributes:
        text: what it is to say; empty where nothing can be said.
        left_out: words and signs that it cannot read.
        by_digit: how many digits the numbers have that are read digit by digit.
    """

    text: str
    left_out: tuple[str, ...] = ()
    by_digit: tuple[int, ...] = ()

    @property
    def warnings(self) -> tuple[str, ...]:
        """In plain words."""
        said = []
        if self.left_out:
            words = ", ".join(f"“{word}”" for word in dict.fromkeys(self.left_out))
            said.append(f"Not spoken, as no voice of this language reads it: {words}.")
        said += [f"A number of {count} digits is read digit by digit." for count in self.by_digit]
        return tuple(said)


def speakable(text: str, language: str) -> Speakable:
    """A text as a voice of that language can say it.

    Args:
        text: as written.
        language: BCP 47.
    """
    known = _letters_of(language)
    left: list[str] = []
    by_digit: list[int] = []

    def readable(found: re.Match[str]) -> str:
        word = found.group()
        foreign = [c for c in word if not _is_read(c, known)]
        if not foreign:
            return word
        if any(c.isalpha() for c in foreign):
            rest = "".join(c if _is_read(c, known) else " " for c in word)
            left.append("".join(foreign) if any(c.isalnum() for c in rest) else word.strip(".,;:!?\"'“”„«»()"))
            return rest
        left.append("".join(foreign))
        return "".join(c for c in word if c not in foreign)

    def digits(found: re.Match[str]) -> str:
        number = found.group().replace(",", "")
        if len(number) <= LONGEST_NUMBER:
            return found.group()
        by_digit.append(len(number))
        return " ".join(number)

    said = PRICE.sub(lambda found: _price(found, language), text)
    said = DIGITS.sub(digits, WORD.sub(readable, said))
    if not any(c.isalnum() for c in said):
        said = ""
    elif left:
        said = re.sub(r"[^\S\n]+", " ", said).strip()
    return Speakable(said, tuple(left), tuple(by_digit))


def _price(found: re.Match[str], language: str) -> str:
    sign, number = found["before"] or found["after"], found["a"] or found["b"]
    if sum(c.isdecimal() for c in number) > LONGEST_NUMBER:
        return found.group()
    if language.split("-")[0].lower() == "en" and sign in KNOWN_IN_ENGLISH:
        if found["before"]:
            return found.group()
        return sign + re.sub(r",(?=\d{1,2}$)", ".", re.sub(r"[ \u00a0\u202f'’]", "", number))
    return f"{number} {_money(MONEY[sign], number, language)}"


@lru_cache(maxsize=256)
def _money(code: str, number: str, language: str) -> str:
    from babel.core import Locale, UnknownLocaleError
    from babel.numbers import get_currency_name

    try:
        locale = Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        locale = Locale.parse("en")
    count = float(re.sub(r"[^\d]", "", number) or 0) if not re.search(r"[.,]\d{1,2}$", number) else 2.5
    return get_currency_name(code, count, locale)


@lru_cache(maxsize=64)
def _letters_of(language: str) -> tuple[str, ...]:
    """How the names of the letters begin that a voice of the language reads; those of Latin always."""
    from babel.core import get_global

    parts = language.replace("_", "-").split("-")
    script = next((part.title() for part in parts[1:] if len(part) == 4 and part.isalpha()), None)
    if script is None:
        likely = get_global("likely_subtags")
        full = likely.get(parts[0].lower(), "")
        script = next((part for part in full.split("_")[1:] if len(part) == 4), "Latn")
    return SCRIPTS.get(script, ()) + _ANYWHERE


def _is_read(c: str, known: tuple[str, ...]) -> bool:
    kind = unicodedata.category(c)
    if kind[0] == "L":
        return c in GREEK_SIGNS or unicodedata.name(c, "").startswith(known)
    if kind in ("So", "Sk", "Cn", "Co", "Cs") and c not in SAID_SIGNS:
        return ord(c) < 0x2000 and kind != "So"
    return True
