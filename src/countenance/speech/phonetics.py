"""From a synthesiser's symbols and their lengths to phones: what is no sound of its own gives its time away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from countenance.speech.utterance import SILENCE, Phone

STRESS = {"ˈ": True, "ˌ": False}
LENGTH = frozenset("ːˑʰʲ̃")
PAUSES = frozenset(';:,.!?—…"()“” ^$_↓→↗↘')
LONG_ENOUGH = Fraction(12, 100)  # seconds a space or stop must last to be a silence

# Symbols of the misaki alphabet (Kokoro, hibari) that stand for two sounds, or for one by another letter.
MISAKI: Mapping[str, tuple[str, ...]] = {
    "A": ("e", "ɪ"),
    "I": ("a", "ɪ"),
    "O": ("o", "ʊ"),
    "Q": ("ə", "ʊ"),
    "W": ("a", "ʊ"),
    "Y": ("ɔ", "ɪ"),
    "ᵊ": ("ə",),
    "ᵻ": ("ɪ",),
    "T": ("ɾ",),
}


def phones_of(
    symbols: Sequence[str],
    lengths: Sequence[Fraction],
    *,
    alphabet: Mapping[str, tuple[str, ...]] | None = None,
    late: Fraction = Fraction(0),
) -> tuple[Phone, ...]:
    """Phones from a synthesiser's symbols.

    Stress marks carry time that belongs to the sound after them, length marks to the sound before; spaces and stops
    belong to the sound before them when they are short, and are silences when they are not.

    Args:
        symbols: one for each length, stops and pads among them.
        lengths: seconds.
        alphabet: symbols that stand for others.
        late: by how much the synthesiser's times run behind its sound, seconds.
    """
    alphabet = alphabet or {}
    phones: list[Phone] = []
    at, begin = Fraction(0), None
    stressed = False
    for symbol, length in zip(symbols, lengths, strict=True):
        end = at + length
        if symbol in STRESS:
            stressed = STRESS[symbol]
            begin = at if begin is None else begin
        elif symbol in LENGTH or (symbol in PAUSES and length < LONG_ENOUGH):
            if phones:
                phones[-1] = Phone(phones[-1].symbol, phones[-1].start, end, phones[-1].stressed)
            elif length:
                phones.append(Phone(SILENCE, at, end))
        elif symbol in PAUSES:
            phones.append(Phone(SILENCE, at, end))
            stressed, begin = False, None
        else:
            parts = alphabet.get(symbol, (symbol,))
            start = at if begin is None else begin
            for k, part in enumerate(parts):
                span = (end - start) / len(parts)
                phones.append(Phone(part, start + k * span, start + (k + 1) * span, stressed))
            begin = None
            if parts[0] in VOWELS:
                stressed = False  # the mark holds up to its syllable's vowel
        at = end
    return tuple(_earlier([phone for phone in phones if phone.end > phone.start], late))


VOWELS = frozenset("aɑæʌɐəɛeɪøœɘiɨɔoɒɤɵuʊyʉɯɜɝɚ")


def _earlier(phones: list[Phone], late: Fraction) -> list[Phone]:
    """All but the first start earlier; the last one fills up to its end with silence."""
    if not late or not phones:
        return phones
    whole = phones[-1].end
    out = []
    for phone in phones:
        start, end = max(Fraction(0), phone.start - late), max(Fraction(0), phone.end - late)
        if end > start:
            out.append(Phone(phone.symbol, start, end, phone.stressed))
    out.append(Phone(SILENCE, out[-1].end, whole))
    return out
