"""pocketsphinx (BSD) as a listener to English: where each sound of a known text lies, or which sounds there may be."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np

from countenance.errors import BadOption, LibraryMissing
from countenance.speech.listening.arpabet import ipa_phones
from countenance.speech.listening.sound import HEARD_RATE
from countenance.speech.listening.spelling import dictionary_form, pronounced, words_of
from countenance.speech.utterance import Phone, Samples

STEP = Fraction(1, 100)  # seconds a frame of the decoder
BEAMS: tuple[dict[str, float], ...] = (
    {},
    {"beam": 1e-80, "pbeam": 1e-80, "wbeam": 1e-60},
)  # its own, and wide ones for speech that it finds odd


def aligned_phones(sound: Samples, text: str) -> tuple[Phone, ...]:
    """The phones of a text that is spoken in a recording, with their times.

    Args:
        sound: (n,) float32 in [-1, 1] at HEARD_RATE.
        text: English, as it is spoken; numbers and names may stand as they are written.

    Raises:
        BadOption: the text has no words, or is not what is said. LibraryMissing: pocketsphinx is not installed.
    """
    words = words_of(text)
    raw = _pcm(sound)
    for beams in BEAMS:
        decoder = _decoder(**beams)
        spoken = [name for name in (_known(decoder, word) for word in words) if name]
        if not spoken:
            raise BadOption("There is nothing to say in this text.", "Give the words that are spoken.")
        try:
            decoder.set_align_text(" ".join(spoken))
            _decode(decoder, raw)
            decoder.set_alignment()
            _decode(decoder, raw)
        except RuntimeError:
            continue
        found = [
            (phone.name, phone.start * STEP, (phone.start + phone.duration) * STEP)
            for word in decoder.get_alignment()
            for phone in word
        ]
        if found:
            return ipa_phones(found)
    raise BadOption(
        "The text is not what is said in the recording: its words could not be found there in order.",
        "Give the exact words that are spoken, or leave the text away.",
    )


def guessed_phones(sound: Samples) -> tuple[Phone, ...]:
    """The sounds that English speech may be made of, without knowing its words: pocketsphinx's phone loop."""
    decoder = _decoder(allphone=_model("en-us-phone.lm.bin"), lw=2.0, beam=1e-20, pbeam=1e-20)
    _decode(decoder, _pcm(sound))
    return ipa_phones((s.word, s.start_frame * STEP, (s.end_frame + 1) * STEP) for s in (decoder.seg() or ()))


def _known(decoder: Any, word: str) -> str:
    """The word's name in the decoder's dictionary, into which it is put when it is new; empty: it has no sound."""
    name = dictionary_form(word)
    if decoder.lookup_word(name) is None:
        sounds = pronounced(word)
        if not sounds:
            return ""
        name = "".join(c if c.isalnum() or c == "'" else "_" for c in name)
        if decoder.lookup_word(name) is None:
            decoder.add_word(name, " ".join(sounds), update=True)
    return name


def _pcm(sound: Samples) -> bytes:
    return (np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes()


def _decode(decoder: Any, raw: bytes) -> None:
    decoder.start_utt()
    decoder.process_raw(raw, full_utt=True)
    decoder.end_utt()


@lru_cache(maxsize=1)
def _package() -> Any:
    try:
        import pocketsphinx
    except ImportError as error:
        raise LibraryMissing("The English listener is missing.", "Install it: pip install pocketsphinx") from error
    return pocketsphinx


def _model(name: str) -> str:
    return str(_package().get_model_path(f"en-us/{name}"))


def _decoder(**options: Any) -> Any:
    options.setdefault("lm", None)
    if "allphone" in options:
        del options["lm"]
    return _package().Decoder(samprate=HEARD_RATE, loglevel="FATAL", **options)
