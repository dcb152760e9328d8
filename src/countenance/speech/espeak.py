"""espeak-ng, an optional program of the user's (GPL): over a hundred languages, robotic. Run in its own process."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from fractions import Fraction
from functools import lru_cache

import numpy as np

from countenance.errors import BadOption, LibraryMissing
from countenance.speech.phonetics import LENGTH, STRESS
from countenance.speech.utterance import SILENCE, Phone, Utterance

WORDS_A_MINUTE = 160
TIMEOUT = 120.0  # seconds
MISSING = LibraryMissing(
    "espeak-ng is not installed.", "Install it, for example: sudo apt-get install espeak-ng (GPL, a separate program)."
)


@lru_cache(maxsize=1)
def _installed() -> dict[str, str]:
    """BCP 47 tag → espeak-ng's own name of the voice. Raises LibraryMissing."""
    program = shutil.which("espeak-ng")
    if program is None:
        raise MISSING
    listed = subprocess.run([program, "--voices"], capture_output=True, text=True, check=False, timeout=TIMEOUT)
    rows = [line.split() for line in listed.stdout.splitlines()[1:]]
    return {row[1]: row[1] for row in rows if len(row) > 4}


class EspeakVoice:
    """Robotic speech in any of espeak-ng's languages.

    Raises:
        LibraryMissing: the program is not installed.
    """

    name = "espeak"
    licence = "GPL-3.0-or-later"
    quality = "robotic"

    def __init__(self) -> None:
        self.languages = tuple(sorted(_installed()))

    def say(self, text: str, *, language: str, rate: float = 1.0, seed: int = 0) -> Utterance:  # noqa: ARG002
        """See Voice."""
        asked = {"text": text, "voice": _installed()[language], "rate": round(WORDS_A_MINUTE * rate)}
        done = subprocess.run(
            [sys.executable, "-m", "countenance.speech.espeak_events"],
            input=json.dumps(asked).encode(),
            capture_output=True,
            check=False,
            timeout=TIMEOUT,
        )
        head, _, sound = done.stdout.partition(b"\n")
        answer = json.loads(head or b'{"error": "stopped"}')
        if answer.get("error") == "missing":
            raise MISSING
        if "error" in answer:
            raise BadOption(f"espeak-ng could not speak {language!r} ({answer['error']}).")
        samples = (np.frombuffer(sound, "<i2") / 32768).astype(np.float32)
        phones = _phones(answer["events"], Fraction(len(samples), answer["sample_rate"]))
        if not any(phone.symbol != SILENCE for phone in phones):
            raise BadOption("There is nothing to say in this text.", "Give words; punctuation alone is not spoken.")
        return Utterance(samples, answer["sample_rate"], phones, text, language)


def _phones(events: list[tuple[int, str]], end: Fraction) -> tuple[Phone, ...]:
    """Events say when a phone begins, in milliseconds; it lasts until the next."""
    times = [Fraction(ms, 1000) for ms, _ in events] + [end]
    out = []
    for k, (_, symbol) in enumerate(events):
        if times[k + 1] > times[k]:
            bare = "".join(c for c in symbol if c not in STRESS and c not in LENGTH)
            out.append(Phone(bare or SILENCE, times[k], times[k + 1], "ˈ" in symbol))
    return tuple(out)
