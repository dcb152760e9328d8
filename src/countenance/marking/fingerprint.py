"""Perceptual fingerprints of key frames: what finds a render again when every mark is gone.

PDQ (Meta, 2019; see `pdq`): 256 bits of a picture's low-frequency DCT signs. Two pictures are taken for
the same when at most 31 bits differ, PDQ's own recommendation. Every picture is first brought to 512 pixels on its
longer side, so that a fingerprint does not depend on how large the copy is. Beside it goes the picture's `layout`, for
copies that show a part of it or lie otherwise.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.marking.face_layout import Box
from countenance.marking.layout import layout_of
from countenance.marking.pdq import pdq
from countenance.marking.render_spec import uninspected
from countenance.media.frames import Pixels

MATCH_DISTANCE = 31
MIN_QUALITY = 50
"""PDQ's measure of how much there is to see (0 to 100); below this a fingerprint matches too much."""
_SIDE = 512
_LOOK_EVERY = Fraction(1, 2)
_NEW_SCENE = 24
_KEEP_EVERY = Fraction(10)


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """One key frame.

    Attributes:
        bits: 32 bytes.
        quality: 0 to 100.
        time: seconds from the start.
        layout: as `layout.layout_of` gives it; empty where none was taken.
    """

    bits: bytes
    quality: int
    time: Fraction = Fraction(0)
    layout: bytes = field(default=b"", repr=False)


def fingerprint_of(pixels: Pixels, time: Fraction = Fraction(0)) -> Fingerprint:
    """The fingerprint of a picture, (h, w, 3) uint8 RGB."""
    scale = _SIDE / max(pixels.shape[:2])
    if scale < 1:
        size = (max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale)))
        pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
    bits, quality = pdq(pixels)
    return Fingerprint(bits, quality, time)


def looks_digest(fingerprints: Sequence[Fingerprint], sound: bytes) -> str:
    """SHA-256 hex of what a render looks and sounds like: each key frame's 32 bytes, the length of its layout in four
    bytes, big-endian, and the layout; then the sound's fingerprint. It stands in the signed manifest, so that nobody
    can say of a manifest that it is of something that looks otherwise."""
    digest = hashlib.sha256()
    for one in fingerprints:
        digest.update(one.bits + len(one.layout).to_bytes(4, "big") + one.layout)
    digest.update(sound)
    return digest.hexdigest()


def distance(one: bytes, other: bytes) -> int:
    """How many of the 256 bits differ."""
    return (int.from_bytes(one, "big") ^ int.from_bytes(other, "big")).bit_count()


def distances(one: bytes, others: NDArray[np.uint8]) -> NDArray[np.int64]:
    """How many bits differ from each of `others`, (n, 32) uint8. Returns (n,)."""
    apart: NDArray[np.int64] = np.bitwise_count(others ^ np.frombuffer(one, np.uint8)).sum(axis=1, dtype=np.int64)
    return apart


class KeyFrames:
    """Chooses key frames of a stream: the first, each one that differs, and one every ten seconds.

    Args:
        inspect: is shown each of them; tells where faces are, so that they can be compared on their own.
    """

    def __init__(self, inspect: Callable[[Pixels], Sequence[Box]] = uninspected) -> None:
        self._inspect = inspect
        self._kept: list[Fingerprint] = []
        self._taken = 0
        self._next_look = Fraction(0)

    def see(self, pixels: Pixels, time: Fraction) -> None:
        """Look at the next frame of the stream."""
        if time < self._next_look:
            return
        self._next_look = time + _LOOK_EVERY
        found = fingerprint_of(pixels, time)
        if self._kept:
            last = self._kept[-1]
            if distance(found.bits, last.bits) <= _NEW_SCENE and time - last.time < _KEEP_EVERY:
                return
        self._kept.append(replace(found, layout=layout_of(pixels, self._inspect(pixels))))

    @property
    def fingerprints(self) -> tuple[Fingerprint, ...]:
        """Those kept so far."""
        return tuple(self._kept)

    def taken(self) -> tuple[Fingerprint, ...]:
        """Those kept since the last call; all but the newest are then forgotten. For streams without an end."""
        fresh = tuple(self._kept[self._taken :])
        self._kept = self._kept[-1:]
        self._taken = len(self._kept)
        return fresh
