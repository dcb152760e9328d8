"""Speech whose phones are known, by voices that the listener has never heard."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from countenance.errors import LibraryMissing
from countenance.speech.espeak import EspeakVoice
from countenance.speech.hibari import HibariVoice
from countenance.speech.utterance import Utterance

ENGLISH = (
    "The museum opened in nineteen twelve, and people bring their families every Monday.",
    "Please put both maps back in the box before the lamps are lit.",
    "My mother bought a purple umbrella for Bob's birthday party in May.",
    "A big brown bear jumped over the fence and ran away with my lunch.",
    "Why would anybody choose such a small boat for so long a voyage?",
    "Five visitors have voted for the vivid film, but many others have not.",
    "She sells thirty thousand sea shells, and her brother sells the sharks.",
    "Remember the number: seven, oh, four, nine. Nobody may know it but you.",
    "The weather is warm, the water is calm, and the beach is empty.",
    "When the sunlight strikes raindrops in the air, they act as a prism and form a rainbow.",
    "Ask her to bring these things with her from the store.",
    "We hope that you will come back soon. Until then, goodbye!",
)
OTHER = {
    "fi": ("Hyvää huomenta kaikille, tänään on kaunis päivä ja menemme yhdessä puistoon.",
           "Museo avataan kello kymmenen, ja pääsymaksu on viisi euroa."),
    "el": ("Καλημέρα σε όλους, σήμερα είναι μια όμορφη μέρα και πάμε μαζί στο πάρκο.",
           "Το μουσείο ανοίγει στις δέκα και το εισιτήριο κοστίζει πέντε ευρώ."),
    "hu": ("Jó reggelt mindenkinek, ma szép nap van, és együtt megyünk a parkba.",
           "A múzeum tízkor nyit, és a belépő öt euróba kerül, gyermekeknek ingyenes."),
    "sw": ("Habari za asubuhi, leo ni siku nzuri na tunakwenda pamoja mjini.",
           "Makumbusho yanafunguliwa saa nne, na kiingilio ni pesa kidogo tu."),
}  # fmt: skip
ACCENTED = {
    "es": ("El museo abre a las diez, y mucha gente viene con su familia los domingos por la mañana.",
           "Pon por favor los dos mapas en la caja antes de que vuelva mi primo."),
    "fr": ("Le musée ouvre à dix heures, et beaucoup de familles viennent le dimanche matin.",
           "Mettez les deux plans dans la boîte avant que mon beau-père ne parte, s'il vous plaît."),
    "it": ("Il museo apre alle dieci, e molte famiglie vengono la domenica mattina con i bambini.",
           "Per favore, metti le due mappe nella scatola prima che arrivi mio padre."),
    "pt": ("O museu abre às dez, e muitas famílias vêm no domingo de manhã com os bebês.",
           "Por favor, ponha os dois mapas na caixa antes que o meu primo volte."),
}  # fmt: skip


@dataclass(frozen=True)
class Said:
    """One recording: by whom, in which language, what."""

    voice: str
    language: str
    truth: Utterance


def hibari(count: int) -> Iterator[Said]:
    """The built-in voice: natural, of an engine that training does not use."""
    voice = HibariVoice()
    for text in ENGLISH[:count]:
        yield Said("hibari", "en", voice.say(text))


def espeak(count: int) -> Iterator[Said]:
    """espeak-ng in languages that training does not use."""
    voice = EspeakVoice()
    for language, texts in OTHER.items():
        for text in texts[: max(1, count // 6)]:
            yield Said("espeak, new languages", language, voice.say(text, language=language))


def kokoro(count: int) -> Iterator[Said]:
    """A style of Kokoro that training does not use; nothing without its wheels."""
    from training.visemes import speakers

    for text in ENGLISH[:count]:
        spelt = speakers.english_g2p().phonemize(text)
        yield Said("Kokoro jm_kumo", "en", speakers.kokoro(text, " ".join(spelt), {"jm_kumo": 1.0}, 1.0, "en"))


def accented(count: int) -> Iterator[Said]:
    """The same style of Kokoro in other languages."""
    from training.visemes import speakers

    for language, texts in ACCENTED.items():
        for text in texts[: max(1, count // 6)]:
            spelt = speakers.ipa_of(text, "pt-br" if language == "pt" else language)
            yield Said("jm_kumo, es fr it pt", language, speakers.kokoro(text, spelt, {"jm_kumo": 1.0}, 1.0, language))


def flite(count: int, program: str) -> Iterator[Said]:
    """A voice of flite that training does not use."""
    from training.visemes import speakers

    for text in ENGLISH[:count]:
        yield Said("flite kal16", "en", speakers.flite(text, "kal16", 1.0, program))


def all_speech(count: int, flite_program: str) -> list[Said]:
    """Everything that can be spoken here; what cannot is named on stderr."""
    said: list[Said] = []
    makers = {"hibari": hibari, "espeak": espeak, "kokoro": kokoro, "accented": accented}
    if shutil.which(flite_program):
        makers["flite"] = lambda n: flite(n, flite_program)
    else:
        print("flite: not installed, left out", file=sys.stderr)
    for name, make in makers.items():
        try:
            said += list(make(count))
        except (ImportError, LibraryMissing) as error:
            print(f"{name}: {error}, left out", file=sys.stderr)
    return said


def with_noise(truth: Utterance, decibels: float, seed: int = 0) -> Utterance:
    """The same in a room with white noise so many decibels below it."""
    from dataclasses import replace

    noise = np.random.default_rng(seed).normal(0, 1, len(truth.samples))
    level = float(np.sqrt((truth.samples.astype(np.float64) ** 2).mean())) * 10 ** (-decibels / 20)
    return replace(truth, samples=(truth.samples + level * noise).astype(np.float32))
