"""The sounds that the listening network tells apart: a few dozen classes that all languages' phones fall into."""

from __future__ import annotations

import unicodedata

from countenance.speech.utterance import SILENCE

# Each class: the phone that stands for it, and the phones that count as it.
CLASSES: dict[str, str] = {
    SILENCE: "", "p": "ɸ", "b": "β", "m": "", "f": "", "v": "ʋⱱɱ", "θ": "", "ð": "", "t": "ʈ", "d": "ɖ", "ɾ": "ɽ",
    "n": "ɳ", "ɲ": "", "ŋ": "ɴ", "k": "cqg", "ɡ": "ɟɢgʄ", "x": "χħɣ", "h": "ɦʕ", "ʔ": "", "s": "ʦ", "z": "ʣ",
    "ʃ": "ɕçʂ", "ʒ": "ʑʐʝ", "ʧ": "ʨ", "ʤ": "ʥ", "l": "ɫɭɬɮʟ", "ʎ": "", "ɹ": "ɻɚɝɜ", "r": "ʀ", "ʁ": "ɰ", "j": "",
    "w": "ʍɥ",
    "i": "", "ɪ": "", "e": "ɘ", "ɛ": "", "æ": "", "a": "ä", "ɑ": "", "ʌ": "ɐ", "ə": "", "ɔ": "ɒ", "o": "ɤɵ", "ʊ": "",
    "u": "", "y": "ʏʉ", "ø": "œɶ", "ɨ": "ɯ",
}  # fmt: skip
NAMES = tuple(CLASSES)
_CLASS = {symbol: k for k, (name, others) in reversed(list(enumerate(CLASSES.items()))) for symbol in (name, *others)}
_PAIRS = {"tʃ": "ʧ", "dʒ": "ʤ", "tɕ": "ʧ", "dʑ": "ʤ", "ts": "ʦ", "dz": "ʣ", "tʂ": "ʧ", "dʐ": "ʤ", "cç": "ʧ", "ɟʝ": "ʤ",
          "əl": "l", "ən": "n", "pf": "p"}  # fmt: skip


def class_of(symbol: str) -> int | None:
    """The class of one phone; None: it is of none."""
    return _CLASS.get(symbol)


def classes_of(symbol: str) -> tuple[int, ...]:
    """The classes of a phone as a dictionary or a synthesiser writes it, in order: more than one for a diphthong.

    Marks of stress, length, tone, nasality and the like say nothing of the mouth; an unknown sound is a schwa.
    """
    if symbol == SILENCE:
        return (0,)
    whole = (c if c in _CLASS else unicodedata.normalize("NFD", c)[0] for c in unicodedata.normalize("NFC", symbol))
    letters = "".join(c for c in whole if unicodedata.category(c) in ("Ll", "Lo"))
    letters = _PAIRS.get(letters, letters)
    found = tuple(_CLASS[c] for c in letters if c in _CLASS)
    return found or ((_CLASS["ə"],) if letters else (0,))
