"""`python -m training.visemes.synthesise SET FOLDER --minutes 60 --seed 1`: speech with known phones, into a .npz.

Sets: espeak, kokoro, flite (for training); test-hibari, test-kokoro, test-flite, test-espeak (voices, and for espeak
languages, that training never hears).
"""

from __future__ import annotations

import argparse
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy.signal import resample_poly

from countenance.speech.hibari import HibariVoice
from countenance.speech.listening.phone_classes import classes_of
from countenance.speech.listening.sound import HEARD_RATE
from countenance.speech.utterance import Utterance
from training.visemes import speakers
from training.visemes.words import sentence

ESPEAK = "en-us en-gb de fr es it pt-br nl sv da pl cs ru uk tr ar hi bn ta id vi ro hr ca fa ko he ka".split()
HELD_OUT = "fi el sw hu".split()
ACCENTED = "en en en es fr it pt hi de nl pl".split()  # what Kokoro speaks, English most
VARIANTS = (
    " f1 f2 f3 f4 f5 m1 m2 m3 m4 m5 m6 m7 m8 klatt klatt2 klatt3 klatt4 Alex Alicia Andrea Andy Annie Diogo Gene "
    "Jacky Lee Michael Mike Hugo adam anika antonio belinda benjamin boris caleb david edward grandma grandpa john "
    "linda max michel miguel norbert paul quincy rob robert sandro shelby steph travis victor zac"
).split(" ")
Say = Callable[[np.random.Generator], Utterance]


def _espeak(languages: list[str], variants: list[str]) -> Say:
    def say(random: np.random.Generator) -> Utterance:
        language = str(random.choice(languages))
        text = sentence({"en-us": "en", "en-gb": "en"}.get(language, language), random)
        return speakers.espeak(text, language, str(random.choice(variants)), int(random.integers(110, 220)))

    return say


def _kokoro(styles: tuple[str, ...]) -> Say:
    def say(random: np.random.Generator) -> Utterance:
        language = str(random.choice(ACCENTED))
        text = sentence(language, random)
        spelt = speakers.english_g2p().phonemize(text)[0] if language == "en" else speakers.ipa_of(text, language)
        weights = random.dirichlet(np.full(len(styles), 0.5)) * 1.2 - 0.2 / len(styles)
        speed = float(random.uniform(0.8, 1.25))
        return speakers.kokoro(text, spelt, dict(zip(styles, map(float, weights), strict=True)), speed, language)

    return say


def _flite(voices: list[str], program: str) -> Say:
    def say(random: np.random.Generator) -> Utterance:
        stretch = float(random.uniform(0.8, 1.3))
        return speakers.flite(sentence("en", random), str(random.choice(voices)), stretch, program)

    return say


def _hibari() -> Say:
    voice = HibariVoice()
    return lambda random: voice.say(sentence("en", random), rate=float(random.uniform(0.85, 1.2)))


def speakers_of(name: str, flite: str) -> Say:
    """Who speaks in a set."""
    return {
        "espeak": lambda: _espeak(ESPEAK, VARIANTS),
        "kokoro": lambda: _kokoro(speakers.KOKORO_STYLES),
        "flite": lambda: _flite(["awb", "rms", "slt"], flite),
        "test-espeak": lambda: _espeak(HELD_OUT, [""]),
        "test-kokoro": lambda: _kokoro(("jm_kumo",)),
        "test-flite": lambda: _flite(["kal16"], flite),
        "test-hibari": _hibari,
    }[name]()


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("set")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--flite", default="flite", help="the program")
    asked = parser.parse_args()
    random, say = np.random.default_rng(asked.seed), speakers_of(asked.set, asked.flite)
    sounds, spans, ends, failed = [], [], [], 0
    while sum(map(len, sounds)) < asked.minutes * 60 * HEARD_RATE:
        try:
            spoken = say(random)
        except (
            subprocess.CalledProcessError,
            ValueError,
            KeyError,
        ) as error:  # refused by a program
            failed += 1
            if failed > 200:
                raise SystemExit(f"{asked.set}: {error}") from error
            continue
        up = resample_poly(spoken.samples, HEARD_RATE, spoken.sample_rate)
        sounds.append(np.clip(up * 32767, -32768, 32767).astype(np.int16))
        for phone in spoken.phones:
            kinds = classes_of(phone.symbol)
            edges = np.linspace(float(phone.start), float(phone.end), len(kinds) + 1)
            spans += [(a, b, k) for a, b, k in zip(edges, edges[1:], kinds, strict=False)]
        ends.append((sum(map(len, sounds)), len(spans)))
    asked.folder.mkdir(parents=True, exist_ok=True)
    path = asked.folder / f"{asked.set}-{asked.seed}.npz"
    np.savez(path, sound=np.concatenate(sounds), spans=np.array(spans, np.float32), ends=np.array(ends))
    print(f"{path}: {len(ends)} utterances, {ends[-1][0] / HEARD_RATE / 60:.1f} minutes, {failed} refused", flush=True)


if __name__ == "__main__":
    main()
