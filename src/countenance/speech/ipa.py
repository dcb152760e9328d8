"""How a text is pronounced, in IPA, by the program espeak-ng; its punctuation is kept, for voices that pause by it."""

from __future__ import annotations

import re
import shutil
import subprocess
import unicodedata
from collections.abc import Collection

from countenance.errors import BadOption
from countenance.speech.espeak import MISSING, TIMEOUT

SENTENCE = re.compile(r"[^.!?…。！？।\n]+[.!?…。！？।\n]*")
CLAUSE = re.compile(r"([,;:.!?…—]+)")
FOREIGN = re.compile(r"\([a-z-]+\)|\(\^[^)]*\)")  # espeak-ng's marks of words in another language
PLAIN = str.maketrans({"。": ".", "！": "!", "？": "?", "、": ",", "，": ",", "।": ".", "¿": "", "¡": "", "–": "—"})
DIACRITICS = frozenset("̩̯̞̺̪̝̈̚˞")  # which no mouth here tells apart


def sentences(text: str) -> list[str]:
    """A text cut at its full stops and lines; nothing that has no letter or digit."""
    return [part.strip() for part in SENTENCE.findall(text) if any(c.isalnum() for c in part)]


def ipa_of(text: str, language: str) -> str:
    """The text's phonemes with ties (`t^ʃ`), stress marks, spaces and punctuation.

    Args:
        text: a sentence.
        language: espeak-ng's name of it.

    Raises:
        LibraryMissing: espeak-ng is not installed. BadOption: it does not know the language.
    """
    out = []
    for k, part in enumerate(CLAUSE.split(text.translate(PLAIN))):
        if k % 2:
            out.append(part[0])
        elif any(c.isalnum() for c in part):
            out.append(("" if not out else " ") + _spelt(part, language))
    return "".join(out)


def _spelt(text: str, language: str) -> str:
    program = shutil.which("espeak-ng")
    if program is None:
        raise MISSING
    done = subprocess.run(
        [program, "-q", "--ipa", "--tie=^", "-v", language, "--stdin"],
        input=text.encode(),
        capture_output=True,
        check=False,
        timeout=TIMEOUT,
    )
    if done.returncode != 0:
        raise BadOption(f"espeak-ng does not know how {language!r} is pronounced.", "See `espeak-ng --voices`.")
    words = FOREIGN.sub("", done.stdout.decode("utf-8", "replace"))
    return " ".join(words.replace("_", " ").split())


def known_symbols(ipa: str, alphabet: Collection[str], ties: dict[str, str]) -> list[str]:
    """IPA in the symbols a voice has; what it has not is written with what it has, or left out.

    Args:
        ipa: as `ipa_of` gives it.
        alphabet: the voice's symbols, of one character each.
        ties: tied pairs that the voice writes as one symbol.
    """
    for pair, letter in ties.items():
        ipa = ipa.replace(pair, letter)
    whole = unicodedata.normalize("NFC", ipa.replace("^", ""))
    out: list[str] = []
    for c in whole:
        if c in alphabet:
            out.append(c)
            continue
        out += [
            part
            for part in unicodedata.normalize("NFD", NEAREST.get(c, c))
            if part in alphabet and part not in DIACRITICS
        ]
    return out


NEAREST = {"ɡ": "g", "g": "ɡ", "ɚ": "ə", "ɝ": "ɜ", "ɫ": "l", "ʀ": "ʁ", "ɱ": "m", "ʑ": "ʒ", "ɵ": "o", "ʉ": "u", "ʌ": "ɐ"}
