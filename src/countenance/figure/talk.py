"""Talks: who talks with a figure, what was said, and whose turn it is to be answered aloud.

One talk has the floor; others are answered in writing until it is free. A talk is held in memory alone, and forgotten
when nobody used it for a while or when the visitor ends it. Knows no HTTP and no sound.
"""

from __future__ import annotations

import hmac
import secrets
import time as clock
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from countenance.errors import PermissionRefused, TooLarge
from countenance.figure.answering import Memory
from countenance.figure.reply import Reply

MOST = 64
"""Talks at a time."""
MOST_TURNS = 200
"""Of a talk that are remembered for its transcript."""
KEPT = 1800.0
"""Seconds for which a transcript that the visitor asked for is there."""
MOST_KEPT = 200
A_MINUTE = 40
"""Questions that one talk may ask in a minute."""


@dataclass
class Turn:
    """A question and its reply, as the transcript has it."""

    question: str
    reply: Reply


@dataclass
class Talk:
    """One visitor's talk.

    Attributes:
        id, token: by which the page speaks of it.
        language: one of the figure's.
        memory: of what was just said.
        turns: what was said.
        used: when, on the monotonic clock.
        asked: when its questions of the last minute came.
    """

    id: str
    token: str
    language: str
    used: float
    memory: Memory = field(default_factory=Memory)
    turns: list[Turn] = field(default_factory=list)
    asked: list[float] = field(default_factory=list)

    def add(self, reply: Reply) -> None:
        """Remember a turn; the oldest go."""
        self.turns.append(Turn(reply.question, reply))
        del self.turns[:-MOST_TURNS]


@dataclass(frozen=True)
class Transcript:
    """What a visitor takes along: turns with their sources, and until when it is there."""

    language: str
    turns: tuple[Turn, ...]
    until: float


class TalkDesk:
    """All talks of a figure.

    Args:
        forget_after: seconds without a question, after which a talk is forgotten and the floor free.
        now: the clock, for tests.
    """

    def __init__(self, forget_after: float, now: Callable[[], float] = clock.monotonic) -> None:
        self._forget_after, self._now = forget_after, now
        self._talks: dict[str, Talk] = {}
        self._floor: str | None = None
        self._transcripts: dict[str, Transcript] = {}

    def __len__(self) -> int:
        return len(self._talks)

    def begin(self, language: str) -> Talk:
        """A new talk; it gets the floor if that is free.

        Raises:
            TooLarge: figure.busy, too many at a time.
        """
        self.sweep()
        if len(self._talks) >= MOST:
            raise TooLarge(f"{MOST} people are talking already.", "Try again in a minute.", code="figure.busy")
        talk = Talk(secrets.token_hex(8), secrets.token_urlsafe(24), language, self._now())
        self._talks[talk.id] = talk
        self.has_floor(talk)
        return talk

    def find(self, name: str, token: str) -> Talk:
        """The talk of this name. It is in use from now.

        Raises:
            PermissionRefused: figure.talk; the same for a wrong name, a wrong token and a talk that was forgotten.
        """
        self.sweep()
        talk = self._talks.get(name)
        if talk is None or not hmac.compare_digest(token.encode("utf-8", "replace"), talk.token.encode()):
            raise PermissionRefused("There is no such talk.", "Begin a new one.", code="figure.talk")
        talk.used = self._now()
        return talk

    def count(self, talk: Talk) -> None:
        """One question more. Raises TooLarge: figure.flood, too many in a minute."""
        now = self._now()
        talk.asked = [at for at in talk.asked if now - at < 60]
        if len(talk.asked) >= A_MINUTE:
            raise TooLarge("That is a lot of questions at once.", "Wait a moment.", code="figure.flood")
        talk.asked.append(now)

    def has_floor(self, talk: Talk) -> bool:
        """Whether it is answered aloud; it takes the floor where nobody has it."""
        if self._floor is None or self._floor not in self._talks:
            self._floor = talk.id
        return self._floor == talk.id

    def end(self, talk: Talk) -> None:
        """Forget it."""
        self._talks.pop(talk.id, None)
        if self._floor == talk.id:
            self._floor = None

    def take_along(self, talk: Talk) -> str:
        """Keep its transcript for a while, and the name under which it is there."""
        while len(self._transcripts) >= MOST_KEPT:
            self._transcripts.pop(next(iter(self._transcripts)))
        name = secrets.token_urlsafe(16)
        self._transcripts[name] = Transcript(talk.language, tuple(talk.turns), self._now() + KEPT)
        return name

    def transcript(self, name: str) -> Transcript | None:
        """What was taken along; None: nothing, or no longer."""
        self.sweep()
        return self._transcripts.get(name)

    def sweep(self) -> None:
        """Forget what nobody uses."""
        now = self._now()
        for talk in [one for one in self._talks.values() if now - one.used > self._forget_after]:
            self.end(talk)
        for name in [name for name, one in self._transcripts.items() if now > one.until]:
            del self._transcripts[name]


def told(turn: Turn) -> dict[str, Any]:
    """A turn for a page."""
    return {"question": turn.question, **turn.reply.as_dict()}
