"""Between pocketsphinx's phones (ARPAbet, as CMUdict writes it) and the IPA that the rest of speech uses."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from countenance.speech.utterance import SILENCE, Phone

# ARPAbet to IPA; diphthongs and affricates as the built-in voice writes them, so that all speech looks alike.
IPA: dict[str, tuple[str, ...]] = {
    "AA": ("ɑ",), "AE": ("æ",), "AH": ("ə",), "AO": ("ɔ",), "AW": ("a", "ʊ"), "AY": ("a", "ɪ"), "B": ("b",),
    "CH": ("ʧ",), "D": ("d",), "DH": ("ð",), "EH": ("ɛ",), "ER": ("ɜ",), "EY": ("e", "ɪ"), "F": ("f",), "G": ("ɡ",),
    "HH": ("h",), "IH": ("ɪ",), "IY": ("i",), "JH": ("ʤ",), "K": ("k",), "L": ("l",), "M": ("m",), "N": ("n",),
    "NG": ("ŋ",), "OW": ("o", "ʊ"), "OY": ("ɔ", "ɪ"), "P": ("p",), "R": ("ɹ",), "S": ("s",), "SH": ("ʃ",), "T": ("t",),
    "TH": ("θ",), "UH": ("ʊ",), "UW": ("u",), "V": ("v",), "W": ("w",), "Y": ("j",), "Z": ("z",), "ZH": ("ʒ",),
}  # fmt: skip

# The built-in voice's alphabet to ARPAbet, for words that the dictionary does not have.
FROM_MISAKI: dict[str, str] = {
    "A": "EY", "I": "AY", "O": "OW", "Q": "OW", "W": "AW", "Y": "OY", "ᵊ": "AH", "ə": "AH", "ʌ": "AH", "ɐ": "AH",
    "ᵻ": "IH", "ɪ": "IH", "i": "IY", "u": "UW", "ʊ": "UH", "ɑ": "AA", "a": "AE", "æ": "AE", "ɔ": "AO", "ɒ": "AA",
    "ɛ": "EH", "e": "EH", "ɜ": "ER", "ɚ": "ER", "ɝ": "ER", "b": "B", "d": "D", "f": "F", "ɡ": "G", "g": "G", "h": "HH",
    "j": "Y", "k": "K", "l": "L", "m": "M", "n": "N", "ŋ": "NG", "p": "P", "ɹ": "R", "r": "R", "s": "S", "ʃ": "SH",
    "t": "T", "T": "T", "ɾ": "T", "v": "V", "w": "W", "z": "Z", "ʒ": "ZH", "ð": "DH", "θ": "TH", "ʤ": "JH", "ʧ": "CH",
    "x": "K",
}  # fmt: skip


def arpabet_of(misaki: str) -> tuple[str, ...]:
    """ARPAbet of a word in the built-in voice's alphabet; an ɜ and the ɹ after it are one sound there."""
    names = [FROM_MISAKI[c] for c in misaki if c in FROM_MISAKI]
    return tuple(b for a, b in zip(["", *names], names, strict=False) if not (a == "ER" and b == "R"))


def ipa_phones(heard: Iterable[tuple[str, Fraction, Fraction]]) -> tuple[Phone, ...]:
    """Phones from (ARPAbet name, start, end); noises and silences are `sil`, neighbouring ones become one."""
    phones: list[Phone] = []
    for name, start, end in heard:
        parts = IPA.get(name.rstrip("012"), (SILENCE,))
        if end <= start:
            continue
        if parts == (SILENCE,) and phones and phones[-1].symbol == SILENCE and phones[-1].end == start:
            phones[-1] = Phone(SILENCE, phones[-1].start, end)
            continue
        span = (end - start) / len(parts)
        phones += [Phone(part, start + k * span, start + (k + 1) * span) for k, part in enumerate(parts)]
    return tuple(phones)
