"""A listener begins one transcription at a time, and calls off what nobody waits for any more."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import cast

import numpy as np

from countenance.figure.listening import Listener
from countenance.speech.hearing import Heard
from countenance.speech.voice_activity import CHUNK, VoiceActivity

SPEECH, SILENCE = np.ones(CHUNK, np.float32), np.zeros(CHUNK, np.float32)


class Loudness:
    """What is loud is speech."""

    def probability(self, chunk: np.ndarray) -> float:
        return float(chunk.max())

    def forget(self) -> None:
        pass


def push(listener: Listener, *chunks: np.ndarray) -> None:
    for chunk in chunks:
        listener.push(chunk)


def test_one_transcription_at_a_time_and_none_that_was_given_up() -> None:
    go, begun = threading.Event(), []

    def transcribe(samples: np.ndarray) -> Heard:
        begun.append(len(samples))
        go.wait(10)
        return cast(Heard, None)

    with ThreadPoolExecutor(1) as executor:
        executor.submit(go.wait, 10)
        activity = cast(VoiceActivity, Loudness())
        listener = Listener(activity, transcribe, executor, held=True)
        push(listener, *[SPEECH] * 8, *[SILENCE] * 7)
        first = listener.running
        assert first is not None and not first.done()
        push(listener, *[SPEECH] * 8, *[SILENCE] * 7)  # more was said: the first is called off
        second = cast("Future[Heard]", listener.running)
        assert first.cancelled() and second is not first
        listener.clear()
        assert second.cancelled()
        waiting = cast("Future[Heard]", executor.submit(transcribe, SPEECH))
        other = Listener(activity, transcribe, executor, held=True, before=waiting)
        push(other, *[SPEECH] * 8, *[SILENCE] * 7)
        assert other.running is waiting  # none is begun early beside it
        utterance = other.finish()
        assert utterance is not None and not utterance.heard.cancelled()
        go.set()
    assert begun == [CHUNK, len(utterance.samples)]
