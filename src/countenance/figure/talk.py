"""Talks: who talks with a figure, what was said, and whose turn it is to be answered aloud.

One talk has the floor; others are answered in writing until it is free. A talk is held in memory alone, and forgotten
when nobody used it for a while or when the visitor ends it. Knows no HTTP and no sound.
"""

from __future__ import annotations

import hmac
import secrets
import time as clock
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from countenance.errors import PermissionRefused, TooLarge
from countenance.figure.answering import Memory
from countenance.figure.reply import Reply
from countenance.figure.visitors import HERE, Recent

MOST = 64
"""Talks at a time."""
MOST_TURNS = 200
"""Of a talk that are remembered for its transcript."""
KEPT = 1800.0
"""Seconds for which a transcript that the visitor asked for is there."""
MOST_KEPT = 200
MOST_TAKEN = 3
"""Transcripts of one talk."""
A_MINUTE = 40
"""Questions that one talk may ask in a minute; falling silent and taking along count like one."""
OF_ONE = 8
"""Talks at a time from one address; the kiosk's own computer has all that are free."""
BEGUN = 30
"""Talks that one address may begin in a minute."""
RESERVED = 4
"""Talks that are free for the kiosk's own computer."""
FLOOR = 45.0
"""Seconds without a question, after which another talk may have the floor."""


@dataclass
class Turn:
    """A question and its reply, as the transcript has it."""

    question: str
    reply: Reply


@dataclass
class SoundMeter:
    """How much sound has come ahead of time, over all of a talk's microphones; time that passes takes it down."""

    ahead: float = 0.0
    at: float = 0.0

    def add(self, seconds: float, now: float) -> float:
        """More sound; the seconds that it is ahead."""
        self.ahead, self.at = max(0.0, self.ahead - (now - self.at)) + seconds, now
        return self.ahead


@dataclass
class Talk:
    """One visitor's talk.

    Attributes:
        id, token: by which the page speaks of it.
        language: one of the figure's.
        memory: of what was just said.
        turns: what was said.
        used: when, on the monotonic clock.
        place: the address it comes from.
        spoke: when it last asked a question, or began.
        asked: when its questions of the last minute came.
        sound: what its microphones sent.
        microphones: how many were opened; only the last one is heard.
    """

    id: str
    token: str
    language: str
    used: float
    place: str = HERE
    spoke: float = 0.0
    memory: Memory = field(default_factory=Memory)
    turns: list[Turn] = field(default_factory=list)
    asked: list[float] = field(default_factory=list)
    sound: SoundMeter = field(default_factory=SoundMeter)
    microphones: int = 0

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
    talk: str = ""
    place: str = HERE


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
        self._begun = Recent(BEGUN)

    def __len__(self) -> int:
        return len(self._talks)

    def begin(self, language: str, place: str = HERE) -> Talk:
        """A new talk; it gets the floor if that is free.

        Args:
            language: one of the figure's.
            place: the address it comes from, as `place_of` gives it.

        Raises:
            TooLarge: figure.busy, too many at a time, all together or from one address; figure.flood: too many begun.
        """
        self.sweep()
        now = self._now()
        if len(self._talks) >= MOST - (RESERVED if place != HERE else 0):
            raise TooLarge(f"{len(self._talks)} people are talking already.", "Try again soon.", code="figure.busy")
        if place != HERE and sum(one.place == place for one in self._talks.values()) >= OF_ONE:
            raise TooLarge(f"{OF_ONE} talks come from there already.", "End one of them.", code="figure.busy")
        if place != HERE and self._begun.full(place, now):
            raise TooLarge("That is a lot of talks at once.", "Wait a minute.", code="figure.flood")
        talk = Talk(secrets.token_hex(8), secrets.token_urlsafe(24), language, now, place, now)
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

    def count(self, talk: Talk, *, question: bool = True) -> None:
        """One question more, or something else that is asked for. Raises TooLarge: figure.flood, too many a minute."""
        now = self._now()
        talk.asked = [at for at in talk.asked if now - at < 60]
        if len(talk.asked) >= A_MINUTE:
            raise TooLarge("That is a lot of questions at once.", "Wait a moment.", code="figure.flood")
        talk.asked.append(now)
        if question:
            talk.spoke = now

    def has_floor(self, talk: Talk) -> bool:
        """Whether it is answered aloud; it takes the floor where nobody has it, or who has it asked nothing lately."""
        there = self._talks.get(self._floor or "")
        if there is None or (there is not talk and self._now() - there.spoke > FLOOR):
            self._floor, talk.spoke = talk.id, self._now()
        return self._floor == talk.id

    def keeps_floor(self, talk: Talk) -> bool:
        """Whether it has the floor already; it takes nothing."""
        return self._floor == talk.id

    def end(self, talk: Talk) -> None:
        """Forget it."""
        self._talks.pop(talk.id, None)
        if self._floor == talk.id:
            self._floor = None

    def take_along(self, talk: Talk) -> str:
        """Keep its transcript for a while, and the name under which it is there.

        Where there are too many, the talk's own oldest goes, or the oldest of the address that has the most.
        """
        own = [name for name, one in self._transcripts.items() if one.talk == talk.id]
        for name in own[: len(own) - MOST_TAKEN + 1]:
            del self._transcripts[name]
        while len(self._transcripts) >= MOST_KEPT:
            most, _ = Counter(one.place for one in self._transcripts.values()).most_common(1)[0]
            del self._transcripts[next(name for name, one in self._transcripts.items() if one.place == most)]
        name = secrets.token_urlsafe(16)
        until = self._now() + KEPT
        self._transcripts[name] = Transcript(talk.language, tuple(talk.turns), until, talk.id, talk.place)
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
