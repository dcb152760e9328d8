"""One-time phrases to read aloud, and movements to make meanwhile, chosen by a random token. Pure.

A phrase is a sentence of seven plain English words, each out of a list whose words sound unlike each other: 35 bits.
The token (32 hex) is that of a request, or a fresh one; whoever has it can say which phrase and movements belong to it.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import Literal

from countenance.errors import BadOption

Turn = Literal["left", "right"]

NUMBERS = tuple("two three four five seven eight nine twelve".split())
DESCRIBING = tuple(
    """
    ancient angry bitter broken careful central clever copper crimson curious delicate distant double eager early
    electric empty famous foolish friendly frozen gentle giant golden graceful happy heavy hidden hollow honest humble
    hungry lazy little lonely lucky marble modern muddy narrow noisy ordinary patient perfect polite purple quiet rapid
    royal scarlet secret silver simple sleepy solid stormy sudden tiny velvet western wicked wooden yellow younger
    """.split()
)
THINGS = tuple(
    """
    actors archers artists bankers barrels blankets bottles bridges butterflies candles carpets castles chickens
    cousins doctors dolphins dragons elephants engines farmers feathers flowers gardens giraffes hammers helmets islands
    jackets kitchens ladders lanterns lawyers lemons letters lions magnets mirrors monkeys mountains musicians neighbors
    oranges painters parrots pencils penguins pianos pilots potatoes pumpkins rabbits rivers sailors scissors soldiers
    spiders teachers tigers tomatoes towers umbrellas villages whistles windows
    """.split()
)
DOING = tuple(
    """
    admire answer borrow bury carry celebrate collect cover discover divide encourage examine follow forget gather
    imagine improve invite measure observe polish prefer protect question remember repair satisfy surprise surround
    understand visit welcome
    """.split()
)
SLOTS = (NUMBERS, DESCRIBING, THINGS, DOING, NUMBERS, DESCRIBING, THINGS)


@dataclass(frozen=True)
class Challenge:
    """What somebody is asked to do before the camera.

    Attributes:
        token: 32 hex.
        phrase: to read aloud.
        turns: ways to turn the head, one after the other, as the person feels them.
    """

    token: str
    phrase: str
    turns: tuple[Turn, ...]

    @property
    def instructions(self) -> tuple[str, ...]:
        """What to tell the person, in order."""
        first, second = self.turns
        return (
            "Look straight into the camera for two seconds.",
            f"Slowly turn your head to your {first}, and back.",
            f"Read aloud, facing the camera: “{self.phrase}”",
            f"Slowly turn your head to your {second}, and back.",
            "Blink as you always do; do not cover your face.",
        )


def new_token() -> str:
    """A fresh one."""
    return secrets.token_hex(16)


def challenge_for(token: str) -> Challenge:
    """The phrase and the movements that belong to a token.

    Raises:
        BadOption: it is no token.
    """
    try:
        if len(bytes.fromhex(token)) != 16:
            raise ValueError
    except ValueError as error:
        raise BadOption(f"{token[:40]!r} is no token of a live take.", "Use the number of the request.") from error
    number = _number(f"countenance take {token.lower()}")
    words = []
    for slot in SLOTS:
        number, choice = divmod(number, len(slot))
        words.append(slot[choice])
    phrase = " ".join(words)
    return Challenge(token.lower(), phrase, turns_of(phrase))


def turns_of(phrase: str) -> tuple[Turn, ...]:
    """The movements that belong to a phrase."""
    return ("left", "right") if _number(f"countenance turns {phrase.lower()}") & 1 else ("right", "left")


def _number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest(), "big")


def phrase_words(phrase: str) -> tuple[str, ...]:
    """The words of a phrase of this kind.

    Raises:
        BadOption: it was not made here.
    """
    words = tuple(phrase.lower().split())
    if len(words) != len(SLOTS) or any(word not in slot for word, slot in zip(words, SLOTS, strict=True)):
        raise BadOption(f"{phrase[:80]!r} is no one-time phrase.", "Take the phrase that the request shows.")
    return words
