"""Word errors of questions as our own voices speak them: clean, in pink noise, among other voices."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from countenance.figure import Answering, load_vectoriser, open_figure
from countenance.figure.ears import names_of
from countenance.figure.knowledge import words
from countenance.speech.hearing import RATE, Hearing
from countenance.speech.voice import load_voice, speaks

Samples = NDArray[np.float32]


def run(folder: Path, count: int, show: bool) -> None:
    """Print the table."""
    figure = open_figure(folder)
    hearing, answering = Hearing(), Answering(figure, load_vectoriser())
    print("| voice | language | sound | n | word errors | right or asked back | CPU s an utterance |")
    print("|---|---|---|---|---|---|---|")
    for name, tag in (("hibari", "en"), ("espeak", "en"), ("espeak", "es")):
        voice = load_voice(name)
        spoken_as = "en-us" if (name, tag) == ("espeak", "en") else speaks(voice, tag)
        assert spoken_as is not None
        entries = figure.knowledge.of(tag)
        chosen = [entries[k] for k in np.linspace(0, len(entries) - 1, count).astype(int)]
        said = [at_16k(voice.say(e.title, language=spoken_as)) for e in chosen]
        names = names_of(figure.knowledge, tag, figure.says.name)
        for kind in ("clean", "pink noise 15 dB", "babble 10 dB"):
            random = np.random.default_rng(7)
            errors = total = good = 0
            cpu = 0.0
            for k, (entry, sound) in enumerate(zip(chosen, said, strict=True)):
                heard_in = mixed(sound, kind, random, [said[(k + n) % len(said)] for n in (3, 7, 11)])
                began = time.process_time()
                heard = hearing.hear(heard_in, [tag], names)
                cpu += time.process_time() - began
                wanted, got = words(entry.title), words(heard.text)
                errors += distance(wanted, got)
                total += len(wanted)
                reply = answering.reply(heard.text, tag) if heard.understood else None
                fits = reply is not None and (reply.entry is entry or entry in reply.options)
                good += fits
                if show and not fits:
                    print(f"    {entry.title} → {heard.text} ({heard.sure:.2f})")
            share, fit = f"{100 * errors / total:.1f} %", f"{100 * good / count:.0f} %"
            print(f"| {name} | {tag} | {kind} | {count} | {share} | {fit} | {cpu / count:.2f} |")


def at_16k(utterance: object) -> Samples:
    """Speech at 16 kHz with a quarter of a second of silence around it."""
    from scipy.signal import resample_poly

    samples = resample_poly(utterance.samples, RATE, utterance.sample_rate)  # type: ignore[attr-defined]
    return np.pad(np.asarray(samples, np.float32), RATE // 4)


def mixed(sound: Samples, kind: str, random: np.random.Generator, others: list[Samples]) -> Samples:
    """Sound with noise."""
    if kind == "clean":
        return sound
    if kind.startswith("pink"):
        spectrum = np.fft.rfft(random.normal(size=len(sound)))
        noise = np.fft.irfft(spectrum / np.sqrt(np.maximum(np.arange(len(spectrum)), 1)), len(sound))
    else:
        noise = sum(np.resize(one, len(sound)) for one in others)
    decibels = float(kind.split()[-2])
    level = np.sqrt(np.mean(sound**2) / np.mean(noise**2)) * 10 ** (-decibels / 20)
    return np.asarray(sound + level * noise, np.float32)


def distance(wanted: list[str], got: list[str]) -> int:
    """Words put in, left out or exchanged, at least."""
    row = list(range(len(got) + 1))
    for i, one in enumerate(wanted, 1):
        before, row[0] = row[0], i
        for j, other in enumerate(got, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (one != other))
    return row[-1]
