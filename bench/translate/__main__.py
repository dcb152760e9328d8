"""Hearing and beds, on speech of our own voices over synthesised music: `python -m bench.translate`.

Word errors and errors of the lines' times as heard in the mix; SI-SDR of the bed against the true one, where somebody
speaks, before and after separation (Le Roux et al., "SDR – half-baked or well done?", ICASSP 2019).
"""

from __future__ import annotations

import argparse
import re
import tempfile
import time
import wave
from fractions import Fraction
from pathlib import Path

import numpy as np
import scipy
from numpy.typing import NDArray

from countenance.media.source import Source
from countenance.speech import Cue, choose_voice
from countenance.speech.hearing import Hearing
from countenance.speech.script import speak_cues
from countenance.translate.bed import bed_of
from countenance.translate.transcript import Stretch, transcribe

RATE = 48_000
SECONDS = 24
TEXT = (
    (1.0, "Good morning. This is the new garden lamp, and it costs only forty nine euros."),
    (8.0, "It shines for eight hours, and you charge it in the sun."),
    (13.5, "Would you like to see it at night? Then come to our shop on Saturday."),
    (19.5, "We look forward to meeting you."),
)
KINDS = ("loop", "chords", "never the same", "noise")
LEVELS = (-6, -12, -18)


def music(kind: str, seed: int = 1) -> NDArray[np.float64]:
    """(n, 2): plucked chords, with drums in a loop, or chords that never return, or wind."""
    rng, count = np.random.default_rng(seed), SECONDS * RATE
    out = np.zeros((count, 2))
    if kind == "noise":
        return np.asarray(scipy.signal.lfilter([1], [1, -0.95], rng.normal(0, 1, (count, 2)), axis=0))
    chords = [(220, 277, 330), (196, 247, 294), (175, 220, 262), (196, 247, 330)]
    for begin in range(0, count, RATE):
        notes = chords[begin // RATE % 4] if kind != "never the same" else rng.choice(np.arange(180, 400), 3)
        times = np.arange(min(RATE, count - begin)) / RATE
        for note in notes:
            for overtone in range(1, 6):
                wave_ = np.exp(-2 * times) / overtone**1.5
                out[begin : begin + len(times), 0] += np.sin(2 * np.pi * note * overtone * times + overtone) * wave_
                out[begin : begin + len(times), 1] += np.sin(2.004 * np.pi * note * overtone * times) * wave_
    if kind != "chords":
        for begin in range(0, count, RATE // 2):
            hit = min(4000, count - begin)
            out[begin : begin + hit] += rng.normal(0, 1, (hit, 1)) * np.exp(-np.arange(hit) / 600)[:, None]
    return out


def si_sdr(heard: NDArray[np.floating], true: NDArray[np.floating]) -> float:
    """Decibels."""
    share = float((heard * true).sum() / (true * true).sum())
    return float(10 * np.log10(((share * true) ** 2).sum() / ((heard - share * true) ** 2).sum()))


def word_errors(heard: str, true: str) -> float:
    """Levenshtein distance of words over their number."""
    a, b = (re.findall(r"\w+", _spelled(text.casefold())) for text in (heard, true))
    row = list(range(len(b) + 1))
    for i, one in enumerate(a, 1):
        row = _next(row, i, one, b)
    return row[-1] / len(b)


def _next(row: list[int], i: int, one: str, b: list[str]) -> list[int]:
    out = [i]
    for j, other in enumerate(b, 1):
        out.append(min(row[j] + 1, out[-1] + 1, row[j - 1] + (one != other)))
    return out


def _spelled(text: str) -> str:
    return text.replace("49", "forty nine").replace(" 8 ", " eight ").replace("forty-nine", "forty nine")


def main() -> None:
    """Run and print."""
    argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0]).parse_args()
    voice, language = choose_voice(None, "en")
    spoken = speak_cues([Cue(text, Fraction(at), None) for at, text in TEXT], voice, language)
    samples = scipy.signal.resample_poly(spoken.utterance.samples, RATE, spoken.utterance.sample_rate)
    speech = np.zeros(SECONDS * RATE)
    speech[: min(len(samples), len(speech))] = samples[: len(speech)]
    stretches = [Stretch(float(one.start or 0), float(one.end or 0)) for one in spoken.cues]
    talking = np.zeros(len(speech), bool)
    for one in stretches:
        talking[int(one.start * RATE) : int(one.end * RATE)] = True
    hearing = Hearing()
    columns = ("level dB", 9), ("WER", 8), ("begins off s", 14), ("bed before", 12), ("after", 11), ("speech left", 13)
    print(f"{'music':<16}" + "".join(f"{name:>{width}}" for name, width in columns))
    used = time.process_time()
    for kind in KINDS:
        background = music(kind)
        for level in LEVELS:
            gain = np.sqrt((speech**2).mean() / (background**2).mean()) * 10 ** (level / 20)
            true = background * gain
            mixed = (true + speech[:, None]).astype(np.float32)
            mixed /= max(1.0, float(np.abs(mixed).max()))
            with tempfile.TemporaryDirectory(prefix="countenance-bench-") as name:
                heard = transcribe(Source.pin(_wave(Path(name) / "mix.wav", mixed)), "en", hearing=hearing)
            errors = word_errors(" ".join(one.text for one in heard.lines), " ".join(text for _, text in TEXT))
            begins = [min(abs(float(one.start or 0) - at) for one in heard.lines) for at, _ in TEXT]
            bed = bed_of(mixed, RATE, heard.speech)
            after = "none" if bed is None else f"{si_sdr(bed.samples[talking], true[talking]):.1f}"
            left = "" if bed is None else f"{bed.speech_left:.2f}"
            print(
                f"{kind:<16}{level:>9}{errors:>8.1%}{np.mean(begins):>14.2f}"
                f"{si_sdr(mixed[talking], true[talking]):>12.1f}{after:>11}{left:>13}",
                flush=True,
            )
    minutes = len(KINDS) * len(LEVELS) * SECONDS
    print(f"{(time.process_time() - used) / minutes:.2f} s of processor time a second of sound")


def _wave(path: Path, samples: NDArray[np.floating]) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return path


if __name__ == "__main__":
    main()
