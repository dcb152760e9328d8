"""What was said: Whisper base (MIT) by CTranslate2, on the processor, on a short window. Keeps nothing.

The window is 8 s or the utterance and a second, not Whisper's 30: a fifth of the work. What that costs in loops and
slips is won back by a prompt with the names of the knowledge and by forbidding repetition. Knows no figures.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from countenance.errors import BadOption, LibraryMissing
from countenance.models.model_store import find_model, model_path, model_state

log = logging.getLogger(__name__)
Samples = NDArray[np.float32]
RATE = 16_000
LONGEST = 28.0
"""Seconds of an utterance; what is longer is cut."""
WINDOW, MORE = 8.0, 1.0
"""Seconds that are looked at at least, and after the last sound."""
UNSURE = -1.0
"""Mean log-probability of a token below which what was heard is nonsense, as measured."""
BEAMS = 4
"""Readings that are weighed where there is time for it."""
CAREFUL_MORE = 3.0
"""Seconds after the last sound that are looked at then: with fewer, the last words are left out now and then."""
_FFT, _HOP, _MELS = 400, 160, 80
_FRAME = 0.02  # seconds of sound that one place of the encoder stands for
_FILES = ("whisper_base", "whisper_base_config", "whisper_base_vocabulary", "whisper_base_tokenizer")
_PROMPT_TOKENS = 100
_TOKENS_A_SECOND, _TOKENS_MORE, _MOST_TOKENS = 6, 8, 448  # of which half may be heard


@dataclass(frozen=True)
class Heard:
    """What was heard.

    Attributes:
        text: words; empty where there were none.
        language: primary tag of what was spoken.
        sure: mean log-probability of its tokens.
    """

    text: str
    language: str
    sure: float

    @property
    def understood(self) -> bool:
        """Whether it is worth answering."""
        return bool(self.text) and self.sure > UNSURE


@dataclass(frozen=True, slots=True)
class HeardWord:
    """A word, with the punctuation that stands at it.

    Attributes:
        text: as it is written.
        start, end: seconds; `end` is None at the end of what was heard.
        sure: mean probability of its tokens, 0 to 1.
    """

    text: str
    start: float
    end: float | None
    sure: float


class Hearing:
    """The model, loaded.

    Raises:
        ModelMissing, ModelCorrupt; LibraryMissing: ctranslate2 or tokenizers is not installed.
    """

    def __init__(self) -> None:
        try:
            import ctranslate2
            from tokenizers import Tokenizer
        except ImportError as error:
            raise LibraryMissing(
                f"Hearing needs the Python package {error.name!r}.", "Install it: pip install 'countenance[translate]'"
            ) from error
        paths = [model_path(name) for name in _FILES]
        self._views = ctranslate2.StorageView
        self._model = ctranslate2.models.Whisper(
            str(paths[0].parent), device="cpu", compute_type="int8", intra_threads=1
        )
        self._tokenizer = Tokenizer.from_file(str(model_path("whisper_base_tokenizer")))
        self._lock = threading.Lock()

    def hear(self, samples: Samples, languages: Sequence[str], names: Sequence[str] = ()) -> Heard:
        """What was said.

        Args:
            samples: (n,) float32 in [-1, 1] at 16 kHz.
            languages: primary tags that it may be in; the first is taken where only one is given.
            names: that may well be said, the likeliest first.
        """
        samples, features = _looked_at(samples)
        with self._lock:
            encoded = self._model.encode(self._views.from_array(features[None]))
            language = languages[0] if len(languages) == 1 else self._likely(encoded)[0]
            ids, score = self._tokens(encoded, len(samples) / RATE, language, names)
        return Heard(_clean(self._tokenizer.decode(ids)), language, score)

    def hear_words(self, samples: Samples, language: str, names: Sequence[str] = ()) -> tuple[list[HeardWord], float]:
        """Its words and when each was said, and the mean log-probability of its tokens.

        Times come of the network's attention to the sound (dynamic time warping, as in OpenAI's Whisper).

        Args:
            samples, names: as for `hear`.
            language: primary tag.
        """
        if self._tokenizer.token_to_id(f"<|{language}|>") is None:
            raise BadOption(f"{language!r} cannot be heard.", "Give a transcript with --transcript.")
        samples, features = _looked_at(samples, CAREFUL_MORE)
        with self._lock:
            encoded = self._model.encode(self._views.from_array(features[None]))
            ids, score = self._tokens(encoded, len(samples) / RATE, language, names, careful=True)
            if not ids:
                return [], score
            start = [self._id(one) for one in self._begin(language)]
            aligned = self._model.align(encoded, start, [ids], [len(samples) // _HOP])[0]
        times: dict[int, float] = {}
        for token, frame in aligned.alignments:
            times.setdefault(token, frame * _FRAME)
        ends = len(samples) / RATE
        return list(self._words(ids, [times.get(k, ends) for k in range(len(ids))], aligned.text_token_probs)), score

    def language_of(self, samples: Samples) -> tuple[str, float]:
        """The primary tag of the language that is spoken, and its probability."""
        _, features = _looked_at(samples)
        with self._lock:
            return self._likely(self._model.encode(self._views.from_array(features[None])))

    def _tokens(
        self, encoded: Any, seconds: float, language: str, names: Sequence[str], *, careful: bool = False
    ) -> tuple[list[int], float]:
        """Token numbers and their mean log-probability; careful: several readings are weighed, and punctuation kept."""
        prompt = [*self._before(names), *self._begin(language)]
        ids = [self._id(one) if isinstance(one, str) else one for one in [*prompt, "<|notimestamps|>"]]
        result = self._model.generate(
            encoded,
            [ids],
            beam_size=BEAMS if careful else 1,
            no_repeat_ngram_size=0 if careful else 3,
            repetition_penalty=1.0 if careful else 1.1,
            max_length=_MOST_TOKENS if careful else len(ids) + _TOKENS_MORE + round(_TOKENS_A_SECOND * seconds),
            return_scores=True,
            suppress_blank=True,
        )[0]
        ends = self._id("<|endoftext|>")
        return [t for t in result.sequences_ids[0] if t < ends], float(result.scores[0])

    def _words(self, ids: list[int], times: list[float], sure: Sequence[float]) -> Iterator[HeardWord]:
        """Tokens put together at spaces; of a language that writes none, token by token."""
        begins = [k for k in range(len(ids)) if k == 0 or self._tokenizer.decode([ids[k]]).startswith(" ")]
        for first, after in zip(begins, [*begins[1:], len(ids)], strict=True):
            text = self._tokenizer.decode(ids[first:after]).strip()
            if text:
                last = times[after] if after < len(ids) else None
                yield HeardWord(text, times[first], last, float(np.mean(sure[first:after])))

    @staticmethod
    def _begin(language: str) -> list[str]:
        return ["<|startoftranscript|>", f"<|{language}|>", "<|transcribe|>"]

    def _likely(self, encoded: Any) -> tuple[str, float]:
        (likely, *_), *_ = self._model.detect_language(encoded)
        return str(likely[0]).strip("<|>"), float(likely[1])

    def _before(self, names: Sequence[str]) -> list[Any]:
        if not names:
            return []
        ids = self._tokenizer.encode(" " + ", ".join(names), add_special_tokens=False).ids[:_PROMPT_TOKENS]
        return ["<|startofprev|>", *ids]

    def _id(self, token: str) -> int:
        found: int | None = self._tokenizer.token_to_id(token)
        assert found is not None  # the file's hash is pinned
        return found


def _looked_at(samples: Samples, more: float = MORE) -> tuple[Samples, Samples]:
    """The sound, LONGEST at most, and the features of the window that is looked at."""
    samples = samples[: round(LONGEST * RATE)]
    window = max(WINDOW, len(samples) / RATE + more)
    return samples, log_mel(np.pad(samples, (0, max(0, round(window * RATE) - len(samples)))))


def hearing_is_here() -> bool:
    """Whether the models of hearing are here; they are never fetched unasked."""
    return all(model_state(find_model(name))[0] != "missing" for name in (*_FILES, "voice_activity"))


def log_mel(samples: Samples) -> Samples:
    """(80, n / 160) float32: Whisper's features (Radford et al., 2022): Slaney's mel scale, log10, 8 decades."""
    window = np.hanning(_FFT + 1)[:-1]
    padded = np.pad(samples.astype(np.float64), (_FFT // 2, _FFT // 2), mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, _FFT)[::_HOP][: len(samples) // _HOP]
    power = np.abs(np.fft.rfft(frames * window, axis=1)) ** 2
    mel = np.log10(np.maximum(power @ _filters().T, 1e-10))
    mel = np.maximum(mel, mel.max() - 8.0)
    return np.ascontiguousarray(((mel + 4.0) / 4.0).T, np.float32)


@lru_cache
def _filters() -> NDArray[np.float64]:
    """(80, 201): triangles on Slaney's mel scale, each of area one."""
    step, knee = 200.0 / 3, 1000.0
    rise = np.log(6.4) / 27.0

    def mels(hertz: NDArray[np.float64]) -> NDArray[np.float64]:
        over = np.maximum(hertz, knee)
        return np.where(hertz < knee, hertz / step, knee / step + np.log(over / knee) / rise)

    def hertz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.where(mel < knee / step, mel * step, knee * np.exp(rise * (mel - knee / step)))

    bins = np.linspace(0, RATE / 2, _FFT // 2 + 1)
    edges = hertz(np.linspace(0, float(mels(np.array(RATE / 2))), _MELS + 2))
    up = (bins[None] - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    down = (edges[2:, None] - bins[None]) / (edges[2:] - edges[1:-1])[:, None]
    return np.asarray(np.maximum(0, np.minimum(up, down)) * (2.0 / (edges[2:] - edges[:-2]))[:, None])


def _clean(text: str) -> str:
    """Without what Whisper writes where nobody speaks: [music], (coughs), ellipses."""
    import re

    text = re.sub(r"\[[^\]]*\]|\([^)]*\)|♪|\.{2,}|…", " ", text)
    return " ".join(text.split()).strip(" -–—")
