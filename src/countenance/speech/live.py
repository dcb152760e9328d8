"""A mouth for sound that comes in pieces, and a face that is alive between: the motion of a portrait that speaks live.

Sound is pushed in, also faster than it is spoken; every 40 ms comes one moment, with the sound that belongs to it.
Where words are known beforehand, their own phones move the mouth, exactly; else it is heard (`live_ear`). An
interruption drops what was not spoken yet and shuts the mouth within three frames. Knows no networks, no drawing.
"""

from __future__ import annotations

import threading
import time as clock
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction

import av
import numpy as np
from av.audio.resampler import AudioResampler
from numpy.typing import NDArray

from countenance.errors import BadOption, TooLarge
from countenance.face.topology import BLENDSHAPES
from countenance.performance.angles import head_rotation
from countenance.performance.expression import canonical_neutral, landmark_motion
from countenance.performance.live import Moment
from countenance.performance.take import Sample, quantised
from countenance.speech.idle import RATE, idle_life
from countenance.speech.listening.sound import HEARD_RATE
from countenance.speech.live_ear import LOOK_AHEAD, LiveEar
from countenance.speech.mouthing import viseme_curves, viseme_looks
from countenance.speech.performance import NECK
from countenance.speech.utterance import SILENCE, Phone, Samples, Utterance

LOWEST_RATE, HIGHEST_RATE = 8_000, 48_000
LONGEST = 120.0
"""Seconds of sound that may wait to be spoken; more is refused."""
FADE = 0.55
"""Of the mouth's motion that is left after a frame, once it was interrupted: shut in three."""
_NOD = 2.2  # degrees that the head goes down with the loudest speech
_LIVELY = 2.2  # of the idle head's motion, while speaking
_QUIETEST = 0.01
_ASLEEP = 5.0  # seconds
_AT_LEAST = 5  # of so many pictures one is drawn, however late
_JAW = BLENDSHAPES.index("jawOpen")


@dataclass
class _Piece:
    """Sound that waits; `curve` (frames, 52) where its phones are known. None as samples ends an utterance."""

    samples: Samples
    curve: NDArray[np.float64] | None = None
    spoken: int = 0


class SpeechMotion:
    """A speaker, live.

    Args:
        rate: hertz of the sound that comes out with the moments, of which 40 ms are a whole number of samples.
        seed: of blinks, gaze and head.
        liveliness: strength of head, brows and gaze; 0 to 2.
        now, sleep: the clock, for tests.
    """

    def __init__(
        self,
        rate: int = 48_000,
        *,
        seed: int = 0,
        liveliness: float = 1.0,
        now: Callable[[], float] = clock.monotonic,
        sleep: Callable[[float], None] = clock.sleep,
    ) -> None:
        _check_rate(rate)
        self.rate, self._frame = rate, rate // RATE
        self._now, self._sleep = now, sleep
        self._lock = threading.Lock()
        self._waiting: deque[_Piece] = deque()
        self._open = False  # more of this utterance may come
        self._speaking = False
        self._resampler: tuple[int, AudioResampler] | None = None
        self._to_ear = _Resampling(rate, HEARD_RATE)
        self._ear = LiveEar()
        self._heard_until = 0  # samples, at `rate`, of the first waiting piece's future that the ear has had
        self._mouth = np.zeros(52)
        self._level, self._loudest, self._nod, self._lively = 0.0, _QUIETEST, 0.0, 1.0
        self._interrupted = False
        self.epoch = 0
        """Grows with each interruption: what was made before it must not be sent any more."""
        self.spoke = False
        """Whether sound came with the last moment."""
        self._stopped = False
        self._idle = idle_life(seed, liveliness)

    def push(self, pcm: bytes | Samples, rate: int) -> None:
        """More of what is being said.

        Args:
            pcm: 16-bit little-endian mono, or (n,) float32 in [-1, 1].
            rate: hertz, 8,000 to 48,000.

        Raises:
            BadOption: a rate out of range, or half a sample. TooLarge: too much waits already.
        """
        if isinstance(pcm, bytes):
            if len(pcm) % 2:
                raise BadOption("A piece of 16-bit sound has an odd number of bytes.", "Send whole samples.")
            samples: Samples = np.asarray(np.frombuffer(pcm, "<i2"), np.float32) / np.float32(32768)
        else:
            samples = np.asarray(pcm, np.float32)
        if not LOWEST_RATE <= rate <= HIGHEST_RATE:
            raise BadOption(f"Sound of {rate} Hz is not taken.", f"Send {LOWEST_RATE} to {HIGHEST_RATE} Hz.")
        with self._lock:
            self._room_for(len(samples) / rate)
            if rate != self.rate:
                if self._resampler is None or self._resampler[0] != rate:
                    self._resampler = rate, AudioResampler(format="flt", layout="mono", rate=self.rate)
                samples = _resampled(self._resampler[1], samples, rate)
            self._waiting.append(_Piece(samples))
            self._open = True

    def say(self, utterance: Utterance) -> None:
        """Something whose phones are known, after what waits already. Raises TooLarge: too much waits already."""
        with self._lock:
            self._room_for(float(utterance.duration))
        samples = utterance.samples
        if utterance.sample_rate != self.rate:
            samples = _Resampling(utterance.sample_rate, self.rate).whole(samples)
        count = -(-len(samples) // self._frame)
        times = (np.arange(max(2, count)) + 0.5) / RATE
        curve = viseme_curves(utterance, times) @ viseme_looks()
        with self._lock:
            self._close()
            padded = np.pad(samples, (0, count * self._frame - len(samples)))
            self._waiting.append(_Piece(padded, np.clip(curve, 0, 1)))

    def end(self) -> None:
        """Nothing more comes of this utterance: its last moments need not wait for what follows."""
        with self._lock:
            self._close()

    def clear(self) -> float:
        """Be interrupted: what was not spoken is dropped.

        Returns:
            Seconds of it.
        """
        with self._lock:
            dropped = sum(len(piece.samples) - piece.spoken for piece in self._waiting) / self.rate
            self._waiting.clear()
            self._open, self._interrupted, self._speaking = False, True, False
            self.epoch += 1
        return dropped

    def stop(self) -> None:
        """No more moments."""
        self._stopped = True

    @property
    def speaking(self) -> bool:
        """Whether sound came with the last moment, or waits."""
        return self._speaking or bool(self._waiting)

    def moments(self) -> Iterator[Moment]:
        """Every 40 ms, from now on."""
        began, count, neutral = self._now(), 0, canonical_neutral()
        while not self._stopped:
            due = began + count / RATE
            wait = due - self._now()
            if wait > 0:
                self._sleep(wait)
            elif wait < -_ASLEEP:  # the machine was: it goes on from here
                began -= wait
            sample, sound = self.next(Fraction(count + 1, RATE))
            late = wait < -1 / RATE and count % _AT_LEAST != 0  # no keeping up: pictures give way, sound never
            yield Moment(sample.time, sample, neutral, sound[:, None], late)
            count += 1

    def next(self, time: Fraction) -> tuple[Sample, Samples]:
        """The moment at a time, and the (rate / 25,) samples that belong to it. For who keeps a clock of their own."""
        with self._lock:
            sound, curve, ahead = self._advance()
        if self._interrupted:
            self._interrupted = False
            self._ear.forget()
            self._to_ear = _Resampling(self.rate, HEARD_RATE)
            self._heard_until = 0
        self.spoke = sound is not None
        if sound is None:
            self._mouth = self._mouth * FADE
            self._level *= FADE
            sound = np.zeros(self._frame, np.float32)
        else:
            self._loud(sound)
            wanted = self._by_ear(ahead) if curve is None else curve.copy()
            wanted[_JAW] *= 0.5 + 0.5 * self._level
            self._mouth = wanted
        return self._sample(time), sound

    def _advance(self) -> tuple[Samples | None, NDArray[np.float64] | None, Samples]:
        """The next 40 ms, what is known of its mouth, and what follows up to the look-ahead, as far as it is there."""
        ahead = round(LOOK_AHEAD * self.rate)
        nothing = np.zeros(0, np.float32)
        if not self._waiting:
            self._speaking = False
            return None, None, nothing
        first = self._waiting[0]
        if first.curve is not None:
            at = first.spoken // self._frame
            sound = first.samples[first.spoken : first.spoken + self._frame]
            first.spoken += self._frame
            if first.spoken >= len(first.samples):
                self._waiting.popleft()
            self._speaking = True
            return sound, first.curve[min(at, len(first.curve) - 1)], nothing
        there = nothing
        for piece in self._waiting:
            if piece.curve is not None:
                break
            there = np.concatenate([there, piece.samples[piece.spoken :]])
            if len(there) >= self._frame + ahead:
                break
        more = self._open and all(piece.curve is None for piece in self._waiting)
        if more and len(there) < self._frame + ahead:
            self._speaking = False
            return None, None, nothing  # it waits for what follows
        self._consume(self._frame)
        self._speaking = True
        sound = np.pad(there[: self._frame], (0, max(0, self._frame - len(there))))
        following = there[: self._frame + ahead]
        return sound, None, np.pad(following, (0, self._frame + ahead - len(following)))

    def _consume(self, count: int) -> None:
        while count > 0 and self._waiting and self._waiting[0].curve is None:
            piece = self._waiting[0]
            step = min(count, len(piece.samples) - piece.spoken)
            piece.spoken += step
            count -= step
            if piece.spoken >= len(piece.samples):
                self._waiting.popleft()

    def _by_ear(self, following: Samples) -> NDArray[np.float64]:
        """(52,): the mouth in the middle of this frame, heard with what follows."""
        fresh = following[self._heard_until :]
        self._heard_until = len(following) - self._frame
        phones, length = self._ear.hear(self._to_ear.part(fresh))
        at = length - LOOK_AHEAD - 0.5 / RATE
        phones = phones or (Phone(SILENCE, Fraction(0), Fraction(1, 100)),)
        window = Utterance(np.zeros(round(length * 1000), np.float32), 1000, phones)
        step = 1 / RATE
        return np.asarray(
            np.clip(viseme_curves(window, np.array([at - step, at, at + step]))[1] @ viseme_looks(), 0, 1)
        )

    def _loud(self, sound: Samples) -> None:
        level = float(np.sqrt(np.mean(np.square(sound)) + 1e-12))
        self._loudest = max(self._loudest * 0.995, level, _QUIETEST)
        self._level = min(1.0, level / self._loudest)

    def _sample(self, time: Fraction) -> Sample:
        shapes, turns, rises = self._idle
        k = round(time * RATE) % len(shapes)
        self._nod += 0.2 * (self._level - self._nod)
        self._lively += 0.1 * ((_LIVELY if self._speaking else 1.0) - self._lively)
        blend = np.clip(self._mouth + shapes[k], 0, 1).astype(np.float32)
        yaw, pitch, roll = turns[k] * self._lively
        pitch += _NOD * self._nod
        return Sample(
            time=time,
            present=True,
            rotation=head_rotation(yaw, pitch, roll).astype(np.float32),
            translation=np.array([-NECK * yaw, 0.6 * NECK * pitch + rises[k], 0.0], np.float32),
            zoom=0.0,
            blendshapes=blend,
            offsets=quantised(landmark_motion(blend)),
        )

    def _close(self) -> None:
        """The utterance that is being pushed ends: fill its last frame."""
        if not self._open:
            return
        self._open = False
        left = sum(len(piece.samples) - piece.spoken for piece in self._waiting if piece.curve is None)
        if left % self._frame:
            self._waiting.append(_Piece(np.zeros(self._frame - left % self._frame, np.float32)))

    def _room_for(self, seconds: float) -> None:
        waits = sum(len(piece.samples) - piece.spoken for piece in self._waiting) / self.rate
        if waits + seconds > LONGEST:
            raise TooLarge(
                f"{waits:.0f} s of sound wait to be spoken already; {LONGEST:.0f} are kept.",
                "Send it as it is spoken, or interrupt what waits.",
            )


class _Resampling:
    """Sound of one rate at another, piece by piece."""

    def __init__(self, rate: int, to: int) -> None:
        self._rate, self._same = rate, rate == to
        self._resampler = AudioResampler(format="flt", layout="mono", rate=to)

    def part(self, samples: Samples) -> Samples:
        return samples if self._same else _resampled(self._resampler, samples, self._rate)

    def whole(self, samples: Samples) -> Samples:
        """With what it holds back at the end."""
        parts = [self.part(samples)] + [_flat(frame) for frame in self._resampler.resample(None) if not self._same]
        return np.concatenate(parts)


def _resampled(resampler: AudioResampler, samples: Samples, rate: int) -> Samples:
    if not len(samples):
        return samples
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples[None]), format="flt", layout="mono")
    frame.sample_rate = rate
    parts = [_flat(one) for one in resampler.resample(frame)]
    return np.concatenate(parts) if parts else np.zeros(0, np.float32)


def _flat(frame: av.AudioFrame) -> Samples:
    return np.asarray(frame.to_ndarray().reshape(-1), np.float32)


def _check_rate(rate: int) -> None:
    if not LOWEST_RATE <= rate <= HIGHEST_RATE or rate % RATE:
        raise BadOption(f"Sound of {rate} Hz cannot go with 25 frames a second.", "Use 16000, 24000 or 48000.")
