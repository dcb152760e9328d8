"""An acoustic fingerprint: what finds out whether sound is the sound that a record describes, or a part of it.

After Haitsma and Kalker (A Highly Robust Audio Fingerprinting System, ISMIR 2002): 33 bands from 300 to 2000 Hz, a
third of a second each; a bit says whether the difference of two neighbouring bands grew since the moment before. 32
bits make one row. Rows are kept every 46 ms, 86 bytes a second; what is asked about is described four times as finely,
so that any cut falls close to a row. Codecs, noise, equalisers and cuts leave most bits as they are; a changed speed,
which the mark tells, is undone first. Pure; knows nothing of files and of the record.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

Samples = NDArray[np.float32]
WINDOW = 0.3712  # seconds of sound behind a row
HOP = WINDOW / 8  # between kept rows
PHASES = 4  # rows asked about for each kept one
ROW = 4  # bytes
_LOW, _HIGH, _BANDS = 300.0, 2000.0, 33  # hertz
_WORKING = 8000  # hertz: enough for the bands
_SILENT = 1e-3
"""Of the loud moments' energy: rows below that describe noise, and are not compared."""
ENOUGH = 43
"""Rows, two seconds, that are not silent; fewer prove nothing."""
ALIKE, STANDS_OUT, UNLIKE = 0.33, 11.0, 7.0
"""Share of bits that differ below which it is the same sound; or by how many standard deviations of all other places
the best place stands out, as it does where music lies over speech; and below how many it is surely another sound."""


@dataclass(frozen=True, slots=True)
class Heard:
    """How a sound compares to a fingerprint.

    Attributes:
        differs: share of bits that differ at the best place, 0 to 1; 1 where too little could be compared.
        stands_out: by how many standard deviations that place is better than the others.
        rows: how many were compared.
        time: seconds into the fingerprint where the sound begins; negative where it begins earlier.
    """

    differs: float = 1.0
    stands_out: float = 0.0
    rows: int = 0
    time: float = 0.0

    @property
    def alike(self) -> bool:
        """Whether it is the same sound, or a part of it."""
        return self.rows >= ENOUGH and (self.differs <= ALIKE or self.stands_out >= STANDS_OUT)

    @property
    def unlike(self) -> bool:
        """Whether it is surely another one."""
        return self.rows >= ENOUGH and not self.alike and self.stands_out < UNLIKE


class SoundPrint:
    """The fingerprint of a stream, made as it passes; memory stays flat but for four bytes a row.

    Args:
        rate: hertz.
    """

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._length, self._hop = round(WINDOW * rate), HOP * rate
        self._kept: Samples = np.zeros(0, np.float32)
        self._passed = 0  # samples before those kept
        self._frames = 0
        self._last: NDArray[np.float64] | None = None
        self._rows: list[bytes] = []

    def see(self, block: Samples) -> None:
        """The next (n, channels) float32 in [-1, 1]."""
        self._kept = np.concatenate([self._kept, block.mean(axis=1, dtype=np.float32)])
        while True:
            begin = round(self._frames * self._hop) - self._passed
            if begin + self._length > len(self._kept):
                break
            steps = _steps(_energies(self._kept[None, begin : begin + self._length], self._rate))[0]
            if self._last is not None:
                self._rows.append(np.packbits(steps > self._last).tobytes())
            self._last = steps
            self._frames += 1
        spent = max(0, min(round(self._frames * self._hop) - self._passed, len(self._kept)))
        self._kept, self._passed = self._kept[spent:], self._passed + spent

    @property
    def data(self) -> bytes:
        """So far."""
        return b"".join(self._rows)


def sound_compared(samples: Samples, rate: int, speed: float, fingerprint: bytes) -> Heard:
    """A piece of sound held against a fingerprint.

    Args:
        samples: (n, channels) float32.
        rate: hertz.
        speed: at which it plays, 1 untouched; changes with and without the pitch are both tried.
        fingerprint: as `SoundPrint` gives it; anything else compares to nothing.
    """
    known = np.frombuffer(fingerprint[: len(fingerprint) // ROW * ROW], np.uint8).reshape(-1, ROW)
    if len(known) < ENOUGH or not len(samples):
        return Heard()
    reduced, rate = working(samples, rate)
    mono = reduced[:, 0]
    best = Heard()
    for pitch in dict.fromkeys((speed, 1.0)):
        found = _compared(mono, rate, speed, pitch, known)
        if found.rows >= ENOUGH and (best.rows < ENOUGH or found.stands_out > best.stands_out):
            best = found
    return best


def working(samples: Samples, rate: int) -> tuple[Samples, int]:
    """What is kept of (n, channels) sound for comparing: (n, 1), at most 8 kHz; and its rate."""
    mono = samples.mean(axis=1, dtype=np.float32)
    if rate > _WORKING:
        common = int(np.gcd(rate, _WORKING))
        mono = np.asarray(scipy.signal.resample_poly(mono, _WORKING // common, rate // common), np.float32)
        rate = _WORKING
    return mono[:, None], rate


def _compared(mono: Samples, rate: int, speed: float, pitch: float, known: NDArray[np.uint8]) -> Heard:
    steps, loud = _described(mono, rate, speed, pitch)
    theirs = np.unpackbits(known, axis=1).astype(np.float32) * 2 - 1
    best, everywhere = Heard(), []
    for phase in range(PHASES):
        mine, alive = steps[phase::PHASES], loud[phase::PHASES]
        if len(mine) < 2:
            continue
        bits = np.where(mine[1:] > mine[:-1], 1.0, -1.0).astype(np.float32) * alive[1:, None]
        agree = _everywhere(theirs, bits)
        rows = np.rint(_everywhere(np.ones((len(theirs), 1), np.float32), alive[1:, None].astype(np.float32)))
        enough = rows >= min(ENOUGH, max(int(alive[1:].sum()), 1))
        if int(alive[1:].sum()) < ENOUGH or not enough.any():
            continue
        differs = np.where(enough, 0.5 - agree / np.maximum(rows, 1) / (2 * 8 * ROW), 1.0)
        score = np.where(enough, (0.5 - differs) * np.sqrt(rows), -np.inf)
        everywhere.append(score[enough])
        place = int(np.argmax(score))
        if best.rows < ENOUGH or differs[place] < best.differs:
            start = (place - (len(bits) - 1)) * HOP - phase * HOP / PHASES
            best = Heard(float(differs[place]), float(score[place]), int(rows[place]), start)
    if best.rows < ENOUGH:
        return Heard()
    scores = np.concatenate(everywhere)
    spread = 1.4826 * float(np.median(np.abs(scores - np.median(scores))))
    out = (best.stands_out - float(np.median(scores))) / max(spread, 0.1)
    return Heard(best.differs, out, best.rows, best.time)


def _everywhere(theirs: NDArray[np.float32], mine: NDArray[np.float32]) -> NDArray[np.float64]:
    """Agreement summed over bits, with `mine` begun at every place from −(n − 1) to the end of `theirs`."""
    length = scipy.fft.next_fast_len(len(theirs) + len(mine) - 1)
    product = scipy.fft.rfft(theirs, length, axis=0) * scipy.fft.rfft(mine[::-1], length, axis=0)
    return np.asarray(scipy.fft.irfft(product.sum(axis=1), length)[: len(theirs) + len(mine) - 1], np.float64)


def _described(mono: Samples, rate: int, speed: float, pitch: float) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Steps from band to band at each fine moment, and where it is loud enough to count."""
    length, hop = round(WINDOW / speed * rate), HOP / PHASES / speed * rate
    count = int((len(mono) - length) / hop) + 1 if len(mono) >= length else 0
    energies = [np.zeros((0, _BANDS))]
    for first in range(0, count, 128):
        begins = np.rint(np.arange(first, min(first + 128, count)) * hop).astype(int)
        begins = np.minimum(begins, len(mono) - length)
        energies.append(_energies(mono[begins[:, None] + np.arange(length)], rate, pitch))
    bands = np.concatenate(energies)
    total = bands.sum(axis=1)
    level = float(np.quantile(total, 0.9)) if len(total) else 0.0
    return _steps(bands), (total > level * _SILENT) & (total > 0)


def _energies(frames: Samples, rate: int, pitch: float = 1.0) -> NDArray[np.float64]:
    """(n, 33) energy in the bands, those of the sound as it was at speed 1."""
    length = frames.shape[1]
    size = scipy.fft.next_fast_len(length, real=True)
    spectrum = scipy.fft.rfft(frames * np.hanning(length).astype(np.float32), size, axis=1)
    power = spectrum.real**2 + spectrum.imag**2
    edges = np.geomspace(_LOW, _HIGH, _BANDS + 1) * pitch * size / rate
    at = np.clip(np.rint(edges).astype(int), 0, power.shape[1] - 1)
    return np.add.reduceat(power, at, axis=1)[:, :_BANDS].astype(np.float64)


def _steps(bands: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 32): each band less the next one."""
    return bands[:, :-1] - bands[:, 1:]
