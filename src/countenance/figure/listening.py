"""A visitor's sound until its end: what is kept of it while it is spoken, when it has ended, and words before the end.

When somebody falls silent, what was said is already being transcribed before it is sure that they have finished. Sound
lies in this object alone and goes with it.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from countenance.speech.hearing import LONGEST, RATE, Heard
from countenance.speech.voice_activity import BEGINS, CHUNK, ENDS, VoiceActivity

Samples = NDArray[np.float32]
SILENCE = 0.40
"""Seconds of it that end an utterance."""
EARLY = 0.19
"""Seconds of silence after which it is transcribed already, in case that was all."""
BEFORE = 0.35
"""Seconds before the first speech that are kept."""
SHORTEST = 0.20
"""Seconds of speech that an utterance has."""
QUIET = 1e-4
"""Mean square below which there is no sound at all."""
Event = Literal["began", "ended"]
Transcribe = Callable[[Samples], Heard]


@dataclass(frozen=True)
class Utterance:
    """What was spoken: its sound, and where its transcription comes."""

    samples: Samples
    heard: Future[Heard]


class Listener:
    """One visitor's microphone.

    Args:
        activity: of its own.
        transcribe: says what was said; called on the executor.
        executor: that transcribes.
        held: whether a button holds it open: then only its release ends an utterance.
        before: a transcription that the same microphone still has running; until it is done none is begun early.
    """

    def __init__(
        self, activity: VoiceActivity, transcribe: Transcribe, executor: Executor, *, held: bool,
        before: Future[Heard] | None = None,
    ) -> None:  # fmt: skip
        self._activity, self._transcribe, self._executor = activity, transcribe, executor
        self.held, self.running = held, before
        self._early: tuple[int, Future[Heard]] | None = None
        self.clear()

    def clear(self) -> None:
        """Forget all sound; what was begun early is called off."""
        if self._early is not None:
            self._early[1].cancel()
        self._rest = np.zeros(0, np.float32)
        self._kept: list[Samples] = []
        self._speaking = False
        self._spoken = 0  # chunks of speech
        self._silent = 0  # chunks since the last speech
        self._early = None
        self._activity.forget()

    @property
    def seconds(self) -> float:
        """Of sound that is kept."""
        return len(self._kept) * CHUNK / RATE

    @property
    def spoken_seconds(self) -> float:
        """Of speech in it."""
        return self._spoken * CHUNK / RATE

    @property
    def loud(self) -> bool:
        """Whether there was any sound at all: a microphone that is off gives none."""
        return any(float(np.mean(np.square(chunk))) > QUIET for chunk in self._kept)

    def push(self, samples: Samples) -> list[Event]:
        """More sound, (n,) float32 at 16 kHz; what it made happen."""
        events: list[Event] = []
        self._rest = np.concatenate([self._rest, samples])
        while len(self._rest) >= CHUNK:
            chunk, self._rest = self._rest[:CHUNK], self._rest[CHUNK:]
            event = self._take(np.asarray(chunk, np.float32))
            if event is not None:
                events.append(event)
                if event == "ended":
                    break
        return events

    def finish(self) -> Utterance | None:
        """End the utterance: what was spoken, or None where that was nothing."""
        if self._spoken * CHUNK / RATE < SHORTEST:
            self.clear()
            return None
        whole = np.concatenate(self._kept)
        early = self._early
        if early is not None and early[0] == self._spoken:
            heard, self._early = early[1], None
        else:
            if early is not None:
                early[1].cancel()
            heard = self._begin(whole)
        self.clear()
        return Utterance(whole, heard)

    def _take(self, chunk: Samples) -> Event | None:
        speech = self._activity.probability(chunk)
        self._kept.append(chunk)
        event: Event | None = None
        if speech >= (ENDS if self._speaking else BEGINS):
            event = None if self._speaking or self._spoken else "began"
            self._speaking, self._silent = True, 0
            self._spoken += 1
        else:
            self._silent += 1
            self._speaking = self._speaking and speech >= ENDS
        if not self._spoken:
            del self._kept[: -round(BEFORE * RATE / CHUNK)]
            return None
        silent = self._silent * CHUNK / RATE
        if silent >= EARLY and (self._early is None or self._early[0] != self._spoken):
            if self._early is not None:
                self._early[1].cancel()
            if self.running is None or self.running.done():  # one at a time
                self._early = self._spoken, self._begin(np.concatenate(self._kept))
        if self.seconds >= LONGEST or (not self.held and silent >= SILENCE):
            return "ended"
        return event

    def _begin(self, samples: Samples) -> Future[Heard]:
        self.running = self._executor.submit(self._transcribe, samples)
        return self.running
