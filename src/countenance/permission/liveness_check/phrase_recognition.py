"""Was the phrase said? The seam of recognisers, and the built-in one for English: pocketsphinx with a grammar.

A recogniser of another language is an entry point of the group `countenance.recognisers`, named by its language.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from countenance.errors import BadOption, LibraryMissing
from countenance.permission.liveness_check.phrases import SLOTS, phrase_words

GROUP = "countenance.recognisers"
RATE = 16_000
NEEDED = 5  # of the seven words; another phrase has as many in common once in a million times
_FRAME = 100  # the decoder's frames a second
_SLACK = 60  # seconds of sound that are listened to at most


@dataclass(frozen=True)
class Heard:
    """What was understood.

    Attributes:
        words: the words understood, in order; empty where none of these sentences was said.
        right: how many of them are the phrase's, at their places.
        wanted: how many the phrase has.
        start, end: seconds between which it was said.
        phones: (ARPAbet name, start, end) of what was said, where the recogniser knows; else empty.
    """

    words: tuple[str, ...]
    right: int
    wanted: int
    start: float = 0.0
    end: float = 0.0
    phones: tuple[tuple[str, float, float], ...] = ()

    @property
    def said(self) -> bool:
        """Whether the phrase was said."""
        return self.right >= self.wanted - (len(SLOTS) - NEEDED)


class Recogniser(Protocol):
    """Listens for one phrase."""

    def hear(self, samples: NDArray[np.float32], phrase: str) -> Heard:
        """What was said.

        Args:
            samples: (n,) float32 in [-1, 1], 16 kHz.
            phrase: that was asked for.
        """
        ...


class EnglishRecogniser:
    """pocketsphinx (BSD) with its own US English model.

    Its grammar is that of all phrases of `phrases`, not of the one asked for: whoever says another sentence of the same
    kind is understood to have said another one, rather than pressed into the one that is wanted.
    """

    def hear(self, samples: NDArray[np.float32], phrase: str) -> Heard:
        """See Recogniser."""
        wanted = phrase_words(phrase)
        loud = float(np.abs(samples).max(initial=0.0))
        sound = samples[: RATE * _SLACK] * (0.7 / loud if loud > 1e-3 else 1.0)
        raw = (sound * 32767).astype(np.int16).tobytes()
        decoder = _decoder()
        decoder.activate_search("phrase")
        _decode(decoder, raw)
        segments = [
            (segment.word.partition("(")[0], segment.start_frame / _FRAME, (segment.end_frame + 1) / _FRAME)
            for segment in (decoder.seg() or ())
            if not segment.word.startswith(("<", "["))
        ]
        words = tuple(word for word, _, _ in segments)
        right = sum(a == b for a, b in zip(words, wanted, strict=False))
        if not segments:
            return Heard((), 0, len(wanted))
        heard = Heard(words, right, len(wanted), segments[0][1], segments[-1][2])
        return replace(heard, phones=_phones(decoder, raw, " ".join(words))) if heard.said else heard


def _decode(decoder: Any, raw: bytes) -> None:
    decoder.start_utt()
    if raw:
        decoder.process_raw(raw, full_utt=True)
    decoder.end_utt()


def _phones(decoder: Any, raw: bytes, words: str) -> tuple[tuple[str, float, float], ...]:
    """When each sound of the words is made: the decoder's own alignment, first of words, then of their states.

    Nothing where it finds none, as in much noise.
    """
    try:
        decoder.set_align_text(words)
        _decode(decoder, raw)
        decoder.set_alignment()
        _decode(decoder, raw)
    except RuntimeError:
        return ()
    return tuple(
        (phone.name, phone.start / _FRAME, (phone.start + phone.duration) / _FRAME)
        for word in decoder.get_alignment()
        for phone in word
    )


def recogniser_for(language: str) -> Recogniser:
    """The recogniser of a language (BCP 47).

    Raises:
        LibraryMissing: none is installed.
    """
    own = language.lower().partition("-")[0]
    installed = {point.name.lower(): point for point in entry_points(group=GROUP)}
    point = installed.get(language.lower()) or installed.get(own)
    if point is not None:
        maker: Callable[[], Recogniser] = point.load()
        return maker()
    if own == "en":
        return EnglishRecogniser()
    raise LibraryMissing(
        f"No recogniser for the language {language!r} is installed.",
        f"Read the phrase in English, or install a package that offers {GROUP}: {own}.",
    )


@lru_cache(maxsize=1)
def _decoder() -> Any:
    try:
        import pocketsphinx
    except ImportError as error:
        raise LibraryMissing(
            "The recogniser of spoken phrases is missing.", "Install it: pip install pocketsphinx"
        ) from error
    slots = " ".join(f"( {' | '.join(slot)} )" for slot in SLOTS)
    grammar = f"#JSGF V1.0;\ngrammar phrase;\npublic <phrase> = {slots};\n"
    decoder = pocketsphinx.Decoder(samprate=RATE, lm=None, loglevel="FATAL", dict=str(_dictionary(pocketsphinx)))
    decoder.add_jsgf_string("phrase", grammar)
    decoder.activate_search("phrase")
    return decoder


def _dictionary(package: Any) -> Path:
    path = Path(package.get_model_path("en-us/cmudict-en-us.dict"))
    if not path.is_file():
        raise BadOption(f"pocketsphinx has no dictionary at {path}.", "Install it again.")
    return path
