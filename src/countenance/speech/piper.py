"""Voices of Piper (VITS as ONNX, with a .json beside it): the user's own files, under whatever licence they came with.

The times of phones are the model's own durations, read from an inner tensor.
"""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from countenance.errors import BadDocument, BadOption, FileMissing, ModelCorrupt
from countenance.media.source import Source
from countenance.speech.ipa import ipa_of, sentences
from countenance.speech.onnx_outputs import session_of
from countenance.speech.phonetics import phones_of
from countenance.speech.utterance import Utterance, joined

DURATIONS = "/Ceil_output_0"
HOP = 256  # samples a unit of the model's durations
LATE = Fraction(25, 1000)  # its durations run behind its sound by this
PAUSE = Fraction(15, 100)  # between sentences
PEAK = 0.9
PAD, BEGIN, END = "_", "^", "$"
SCALES = (0.667, 1.0, 0.8)  # Piper's own noise, length and noise of lengths
LONGEST_CONFIG = 4 << 20  # bytes


@dataclass(frozen=True)
class PiperConfig:
    """What a voice's `.onnx.json` says.

    Attributes:
        sample_rate: hertz.
        spoken: espeak-ng's name of its language.
        language: BCP 47.
        ids: symbol → ids.
        scales: noise, length, noise of lengths.
        speakers: name → id; empty where there is one.
    """

    sample_rate: int
    spoken: str
    language: str
    ids: dict[str, tuple[int, ...]]
    scales: tuple[float, float, float]
    speakers: dict[str, int]


def read_config(model: Path) -> PiperConfig:
    """The `.json` beside a voice.

    Raises:
        FileMissing, BadDocument.
    """
    beside = [model.with_name(model.name + ".json"), model.with_suffix(".json")]
    path = next((one for one in beside if one.is_file()), None)
    if path is None:
        raise FileMissing(f"There is no {beside[0].name} beside {model.name}.", "A Piper voice is two files; add it.")
    try:
        if path.stat().st_size > LONGEST_CONFIG:
            raise ValueError("it is too long")
        said = json.loads(path.read_bytes())
        rate, spoken = int(said["audio"]["sample_rate"]), str(said["espeak"]["voice"])
        ids = {str(symbol): tuple(int(i) for i in found) for symbol, found in said["phoneme_id_map"].items()}
        more = said.get("inference", {})
        names = ("noise_scale", "length_scale", "noise_w")
        noise, length, noise_w = (float(more.get(name, SCALES[k])) for k, name in enumerate(names))
        speakers = {str(name): int(i) for name, i in said.get("speaker_id_map", {}).items()}
        tag = str(said.get("language", {}).get("code", spoken)).replace("_", "-")
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadDocument(
            f"{path.name} does not describe a Piper voice: {error}.", "Use the file it came with."
        ) from error
    if not 8000 <= rate <= 96_000 or not {PAD, BEGIN, END} <= ids.keys() or length <= 0:
        raise BadDocument(f"{path.name} does not describe a Piper voice.", "Use the file it came with.")
    return PiperConfig(rate, spoken, tag, ids, (noise, length, noise_w), speakers)


class PiperVoice:
    """A Piper voice of the user's.

    Args:
        source: its `.onnx`; what it says of itself, a `.json`, lies beside it.
        speaker: by name, of a voice with several; None takes the first.

    Raises:
        FileMissing, BadDocument, ModelCorrupt, BadOption: no such speaker.
    """

    licence = "yours to check"
    quality = "your own"

    def __init__(self, source: Source, speaker: str | None = None) -> None:
        model = source.path
        self.name = model.stem
        self._config = config = read_config(model)
        self.languages = tuple(dict.fromkeys((config.language, config.language.split("-")[0])))
        self._session: Any = session_of(source.read_bytes(), DURATIONS, name=source.name)
        if not {"input", "input_lengths", "scales"} <= {one.name for one in self._session.get_inputs()}:
            raise ModelCorrupt(f"{model.name} is no Piper voice.", "Use an .onnx as Piper publishes it.")
        if speaker is not None and speaker not in config.speakers:
            known = ", ".join(list(config.speakers)[:8]) or "none by name"
            raise BadOption(f"{model.name} has no speaker {speaker!r}.", f"It has {known}.")
        self._speaker = config.speakers[speaker] if speaker is not None else 0
        self._many = any(one.name == "sid" for one in self._session.get_inputs())
        self._sound = self._session.get_outputs()[0].name

    def say(self, text: str, *, language: str, rate: float = 1.0, seed: int = 0) -> Utterance:
        """See Voice. The model's noise is inside its graph: the seed does not reach it."""
        del seed
        parts = [self._said(sentence, language, rate) for sentence in sentences(text)]
        if not parts:
            raise BadOption("There is nothing to say in this text.", "Give words; punctuation alone is not spoken.")
        return joined(parts, [PAUSE] * (len(parts) - 1) + [Fraction(0)])

    def _said(self, sentence: str, language: str, rate: float) -> Utterance:
        config = self._config
        ipa = unicodedata.normalize("NFD", ipa_of(sentence, config.spoken).replace("^", ""))
        symbols, ids = [BEGIN], [*config.ids[BEGIN]]
        symbols += [BEGIN] * (len(ids) - 1)
        for symbol in [PAD, *(s for c in ipa if c in config.ids for s in (c, PAD)), END]:
            ids += config.ids[symbol]
            symbols += [symbol] * len(config.ids[symbol])
        noise, length, noise_w = config.scales
        feed = {
            "input": np.array([ids], np.int64),
            "input_lengths": np.array([len(ids)], np.int64),
            "scales": np.array([noise, length / rate, noise_w], np.float32),
        }
        if self._many:
            feed["sid"] = np.array([self._speaker], np.int64)
        audio, units = self._session.run([self._sound, DURATIONS], feed)
        lengths = [int(u) * Fraction(HOP, config.sample_rate) for u in np.ravel(units)]
        if len(lengths) != len(symbols):
            raise ModelCorrupt("This is no Piper voice that is known here: its durations are not one a symbol.")
        samples = np.ravel(audio).astype(np.float32)
        samples = samples * (PEAK / max(1e-3, float(np.abs(samples).max(initial=0.0))))
        return Utterance(samples, config.sample_rate, phones_of(symbols, lengths, late=LATE), sentence, language)
