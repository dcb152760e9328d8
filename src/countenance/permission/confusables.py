"""Names as people write them, made safe to compare: what looks alike must not be taken for the same, or for another.

Unicode TS #39 in small: NFC only, no invisible or direction-changing characters, no word of mixed alphabets; names that
differ but look alike share a `skeleton`. The table holds the Cyrillic, Greek, Armenian, Cherokee and Lisu letters drawn
as Latin ones.
"""

from __future__ import annotations

import unicodedata

LONGEST = 200
_LOOKS = str.maketrans(
    dict(zip("АВЕЅІЈКМНОРСТУХԌԚԜаеѕіјкорсухһԁԛԝѵɡ", "ABESIJKMHOPCTYXGQWaesijkopcyxhdqwvg", strict=True))
    | dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧαικνορυχγϲϳ", "ABEZHIKMNOPTYXaikvopuxycj", strict=True))
    | dict(zip("ՕՍօսզցհոռ", "OUoüqghnn", strict=True))
    | dict(zip("ᎠᎡᎢᎥᎩᎪᎫᎬᎳᎷᎻᎽᏀᏂᏃᏎᏏᏒᏔᏕᏙᏚᏞᏟᏢᏦᏧᏮᏳᏴ", "DRTiYAJEWMHYGhZ4bRWSVSLCPKd6GB", strict=True))
    | dict(zip("ꓐꓑꓓꓔꓖꓗꓙꓚꓜꓝꓟꓠꓡꓢꓣꓦꓧꓪꓫꓬꓮꓰꓲꓳꓴ", "BPDTGKJCZFMNLSRVHWXYAEIOU", strict=True))
    | dict(zip("ıłø01I|’‘ʼ‐–", "iloolll'''--", strict=True))
)  # fmt: skip
# Default_Ignorable_Code_Point beyond the format characters, and letters that are drawn as nothing.
_BLANK = {0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0}
_BLANK |= {*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0000, 0xE1000)}
_MIXABLE = {"HIRAGANA", "KATAKANA", "CJK", "BOPOMOFO", "HANGUL"}


def unsafe(text: str) -> str | None:
    """Why a text may not stand in a grant, in a few words; None where it may."""
    if len(text) > LONGEST:
        return f"longer than {LONGEST} characters"
    if text != unicodedata.normalize("NFC", text):
        return "not in Unicode's composed form (NFC)"
    if text != text.strip():
        return "space at its beginning or end"
    for letter in text:
        if blank(letter):
            return f"an invisible or direction-changing character (U+{ord(letter):04X})"
    return None


def blank(letter: str) -> bool:
    """Whether a character is drawn as nothing, turns the direction of others, or stands for none."""
    return unicodedata.category(letter) in ("Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp") or ord(letter) in _BLANK


def unsafe_name(name: str) -> str | None:
    """Like `unsafe`, for the name of a person or firm: also no word of letters from more than one alphabet."""
    if not name:
        return "empty"
    if (why := unsafe(name)) is not None:
        return why
    if any(unicodedata.category(letter) == "Zs" and letter != " " for letter in name):
        return "another space than the plain one"
    for word in name.split():
        scripts = {script(letter) for letter in word if letter.isalpha()}
        if len(scripts) > 1 and not scripts <= _MIXABLE:
            return f"letters of several alphabets in one word ({', '.join(sorted(scripts)).lower()})"
    return None


def same_name(one: str, other: str) -> bool:
    """Whether two names are the same but for capitals and the number of spaces."""
    return one.casefold().split() == other.casefold().split()


def script(letter: str) -> str:
    """The alphabet of a letter, by the first word of its Unicode name: LATIN, CYRILLIC, GREEK, CJK, …"""
    name = unicodedata.name(letter, "UNKNOWN")
    if name.startswith(("FULLWIDTH", "MATHEMATICAL", "MODIFIER", "CIRCLED", "DOUBLE-STRUCK", "SCRIPT", "BLACK-LETTER")):
        return "STYLED"
    return name.split()[0].split("-")[0]


def skeleton(name: str) -> str:
    """A form that names which look alike share. Not for showing."""
    upper = "".join(chr(ord(one) - 0x97D0) if 0xAB70 <= ord(one) <= 0xABBF else one for one in name)  # small Cherokee
    plain = unicodedata.normalize("NFKD", upper.translate(_LOOKS))
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return " ".join(bare.translate(_LOOKS).casefold().split())
