"""A recording as it is listened to: read once, in one channel, and looked over for what cannot be speech."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import scipy
from numpy.typing import NDArray

from countenance.errors import BadOption, EmptyFile, TooLarge
from countenance.media.audio import open_sound
from countenance.media.source import Source
from countenance.speech.utterance import Samples

HEARD_RATE = 16_000  # hertz at which recognisers listen
KEPT_RATE = 48_000  # hertz above which a recording is not kept: faces have no use for it
LOWEST_RATE = 8_000  # hertz, a telephone's
LONGEST = 3600  # seconds
SHORTEST = Fraction(1, 10)  # seconds
QUIET = 10 ** (-60 / 20)  # root mean square of the loudest 30 ms below which there is nothing to hear
FULL = 0.985  # of the recording's own peak: samples this close to it may be cut off
CANCELLED = -0.8  # of two channels' correlation, below which they are one sound, once turned over
CLIPPED = 0.0015  # share of the loud samples in flat tops from which speech is said to be clipped


@dataclass(frozen=True)
class Recording:
    """Sound that is to be listened to.

    Attributes:
        name: the file's, for messages.
        samples: (n,) float32, mono.
        sample_rate: hertz.
        warnings: in plain words.
    """

    name: str
    samples: Samples
    sample_rate: int
    warnings: tuple[str, ...] = ()

    @property
    def duration(self) -> Fraction:
        """Seconds."""
        return Fraction(len(self.samples), self.sample_rate)

    def heard(self) -> Samples:
        """(n,) float32 at HEARD_RATE, its loudest sample at 0.7."""
        ratio = Fraction(HEARD_RATE, self.sample_rate)
        sound = (
            self.samples if ratio == 1 else scipy.signal.resample_poly(self.samples, ratio.numerator, ratio.denominator)
        )
        peak = float(np.abs(sound).max(initial=0.0))
        return np.asarray(sound * (0.7 / peak if peak > 0 else 1.0), np.float32)


def read_recording(path: Source) -> Recording:
    """The sound of a file, its channels mixed to one.

    Raises:
        FileMissing, NotAVideo, Damaged: as `media.audio`. BadOption: the file has no sound, or it is silent.
        EmptyFile: the sound is shorter than a tenth of a second. TooLarge: it is longer than an hour.
    """
    track = open_sound(path)
    if track is None:
        raise BadOption(f"{path.name} has no sound.", "Give a recording of speech, such as a WAV, MP3 or M4A file.")
    rate = min(max(track.sample_rate, LOWEST_RATE), KEPT_RATE)
    blocks: list[Samples] = []
    count = 0
    for block in replace(track, sample_rate=rate).blocks():
        blocks.append(block)
        count += len(block)
        if count > LONGEST * rate:
            raise TooLarge(
                f"The sound of {path.name} is longer than {LONGEST // 60} minutes.",
                "Cut it into parts, and join the videos.",
            )
    heard = recording_of(np.concatenate(blocks) if blocks else np.zeros((0, 1), np.float32), rate, path.name)
    return replace(heard, warnings=(*track.warnings, *heard.warnings))


def recording_of(samples: NDArray[np.floating], rate: int, name: str) -> Recording:
    """Sound that is in memory already.

    Args:
        samples: (n,) or (n, channels) in [-1, 1]; channels are mixed to one. Of two that cancel each other out, as when
            one cable's poles are swapped, one is turned over.
        rate: hertz.
        name: for messages.

    Raises:
        BadOption: it is silent, or not sound at all. EmptyFile, TooLarge: it is too short or too long.
    """
    if samples.ndim not in (1, 2) or rate < LOWEST_RATE // 8:
        raise BadOption(f"{name} is no sound.", "Give samples as (n,) or (n, channels), and their rate in hertz.")
    mono, turned = (samples, False) if samples.ndim == 1 else _mixed(samples)
    sound = np.nan_to_num(np.asarray(mono, np.float32), posinf=0.0, neginf=0.0)
    if len(sound) < SHORTEST * rate:
        raise EmptyFile(f"The sound of {name} lasts only {len(sound) / rate:.2f} s.")
    if len(sound) > LONGEST * rate:
        raise TooLarge(
            f"The sound of {name} is longer than {LONGEST // 60} minutes.", "Cut it into parts, and join the videos."
        )
    if loudest(sound, rate) < QUIET:
        raise BadOption(f"{name} is silent: nothing in it can be heard.", "Check the recording's level and track.")
    warnings: tuple[str, ...] = ()
    if turned:
        warnings = (f"The channels of {name} cancel each other out; one was turned over.",)
    share = clipped_share(sound)
    if share > CLIPPED:
        warnings += (f"{name} is clipped ({share:.1%} of its loud samples are cut off); the lips may be less exact.",)
    return Recording(name, sound, rate, warnings)


def _mixed(samples: NDArray[np.floating]) -> tuple[NDArray[np.floating], bool]:
    """(n, channels) → (n,), and whether a channel was turned over for that."""
    mixed = np.asarray(samples.mean(axis=1))
    if samples.shape[1] != 2:
        return mixed, False
    left, right = (samples[:, k].astype(np.float64) for k in (0, 1))
    if float(left @ right) < CANCELLED * float(left @ left + right @ right) / 2:
        return np.asarray((samples[:, 0] - samples[:, 1]) / 2), True
    return mixed, False


def loudest(samples: Samples, rate: int) -> float:
    """Root mean square of the loudest 30 ms, about its own mean (a constant offset is not sound)."""
    size = max(1, round(0.03 * rate))
    whole = samples[: len(samples) // size * size] if len(samples) >= size else samples
    pieces = whole.reshape(-1, min(size, len(whole)))
    return float(np.sqrt(pieces.astype(np.float64).var(axis=1).max()))


def clipped_share(samples: NDArray[np.float32]) -> float:
    """Of the samples above half the peak, how many lie in flat tops: three in a row that touch the same extreme."""
    share = 0.0
    for side in (samples, -samples):
        peak = float(side.max(initial=0.0))
        loud = int((side > peak / 2).sum())
        if peak <= 0 or not loud:
            continue
        top = side >= FULL * peak
        flat = top[:-2] & top[1:-1] & top[2:] & (np.abs(np.diff(side, 2)) < 0.004 * peak)
        share = max(share, float(flat.sum()) / loud)
    return share
