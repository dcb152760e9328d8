"""Samples to bytes and back, a second at a time: differences over time, bytes of one kind together, then DEFLATE.

The order within a chunk: a JSON list of exact times and presence, then arrays, each preceded by nothing: their sizes
follow from the count. Lossless for what a Sample holds (offsets at float16 precision). Knows nothing of files.
"""

from __future__ import annotations

import struct
import zlib
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from countenance.face.topology import BLENDSHAPES, LANDMARKS
from countenance.performance.take import MOUTH_SIZE, SHADING_SIDE, Appearance, Sample, quantised

SAMPLES_A_CHUNK = 32
SHAPES = len(BLENDSHAPES)
LIP_POINTS = 20
MOST_MOUTH = 1 << 16  # bytes of one JPEG
MOST_DIGITS = 40  # of a numerator or denominator
LEVEL = 6

NUMBERS = 3 + 3 + SHAPES  # float32 a sample beside zoom
PLAIN = 1 + 8 + 4 * NUMBERS + 2 * 3 * LANDMARKS  # presence, zoom, numbers, offsets: bytes a sample
SHADED = SHADING_SIDE * SHADING_SIDE
LOOKS = 1 + 4 + 4 * (2 * LIP_POINTS + 3) + SHADED  # has a mouth?, its length, lips and skin, shading


def written(number: Fraction) -> str:
    """An exact number as text: `1001/30000`."""
    return f"{number.numerator}/{number.denominator}"


def exact(text: str) -> Fraction:
    """The inverse of `written`. Raises ValueError."""
    above, slash, below = text.partition("/")
    if not slash or max(len(above), len(below)) > MOST_DIGITS:
        raise ValueError(f"{text[:40]!r} is not a fraction")
    try:
        return Fraction(int(above), int(below))
    except ZeroDivisionError as error:
        raise ValueError("a fraction over zero") from error


def pack(samples: list[Sample], with_appearance: bool) -> bytes:
    """Up to SAMPLES_A_CHUNK samples as one payload."""
    times = " ".join(written(s.time) for s in samples).encode("ascii")
    present = np.array([s.present for s in samples], np.uint8)
    zoom = np.array([s.zoom for s in samples], "<f8")
    numbers = np.array([np.concatenate([s.rotation, s.translation, s.blendshapes]) for s in samples], "<f4")
    offsets = np.array([s.offsets for s in samples]).astype("<f2").reshape(len(samples), -1)
    looks = [s.appearance if with_appearance else None for s in samples]
    flags = np.array([look is not None for look in looks], np.uint8)
    parts = [
        times,
        present.tobytes(),
        flags.tobytes(),
        zoom.tobytes(),
        _spread(numbers.view("<u4")),
        _spread(offsets.view("<u2")),
    ]
    shown = [look for look in looks if look is not None]
    mouths: list[bytes] = []
    if shown:
        mouths = [look.mouth or b"" for look in shown]
        lips = np.array([np.concatenate([look.lips.ravel(), look.skin]) for look in shown], "<f4")
        parts += [
            np.array([look.mouth is not None for look in shown], np.uint8).tobytes(),
            np.array([len(mouth) for mouth in mouths], "<u4").tobytes(),
            _spread(lips.view("<u4")),
            _folded(np.array([look.shading for look in shown], np.int8)).tobytes(),
        ]
    plain = zlib.compress(b"".join(parts), LEVEL)
    # Mouths are JPEG already: they stand beside the packed part.
    return struct.pack("<HHI", len(samples), len(times), len(plain)) + plain + b"".join(mouths)


def unpack(payload: bytes) -> list[Sample]:
    """The inverse of `pack`.

    Raises:
        ValueError: with half a sentence, if anything does not fit.
    """
    if len(payload) < 8:
        raise ValueError("a part is too short")
    count, length, packed = struct.unpack_from("<HHI", payload)
    if not 1 <= count <= SAMPLES_A_CHUNK:
        raise ValueError(f"a part claims {count} frames")
    most = length + count * (1 + PLAIN + LOOKS)
    inflate = zlib.decompressobj()
    try:
        data = inflate.decompress(payload[8 : 8 + packed], most + 1)
    except zlib.error as error:
        raise ValueError("a part cannot be unpacked") from error
    if not inflate.eof or len(data) < length + count * (1 + PLAIN):
        raise ValueError("a part has the wrong size")
    times = _times(data[:length], count)
    reader = _Reader(data, length)
    present, flags = reader.take("u1", count), reader.take("u1", count)
    if max(present.max(), flags.max()) > 1:
        raise ValueError("a flag is out of range")
    zoom = reader.take("<f8", count)
    numbers = _gathered(reader, "<u4", count, NUMBERS).view("<f4").astype(np.float32)
    offsets = _gathered(reader, "<u2", count, 3 * LANDMARKS).view("<f2").astype(np.float32)
    if not (np.isfinite(zoom).all() and np.isfinite(numbers).all() and np.isfinite(offsets).all()):
        raise ValueError("a number is not finite")
    looks = iter(_looks(reader, int(flags.sum()), payload[8 + packed :]))
    if not reader.finished:
        raise ValueError("a part has the wrong size")
    return [
        Sample(
            time=times[k],
            present=bool(present[k]),
            rotation=numbers[k, :3].copy(),
            translation=numbers[k, 3:6].copy(),
            zoom=float(zoom[k]),
            blendshapes=numbers[k, 6:].copy(),
            offsets=quantised(offsets[k].reshape(LANDMARKS, 3)),
            appearance=next(looks) if flags[k] else None,
        )
        for k in range(count)
    ]


def _looks(reader: _Reader, count: int, mouths: bytes) -> list[Appearance]:
    if count == 0:
        if mouths:
            raise ValueError("a part has the wrong size")
        return []
    has_mouth, lengths = reader.take("u1", count), reader.take("<u4", count)
    numbers = _gathered(reader, "<u4", count, 2 * LIP_POINTS + 3).view("<f4").astype(np.float32)
    shading = _unfolded(reader.take("i1", count * SHADED).reshape(count, SHADING_SIDE, SHADING_SIDE))
    if not np.isfinite(numbers).all():
        raise ValueError("a number is not finite")
    if int(lengths.max()) > MOST_MOUTH or int(lengths.sum()) != len(mouths):
        raise ValueError("a mouth has the wrong size")
    looks, at = [], 0
    for k in range(count):
        data = mouths[at : at + int(lengths[k])]
        at += int(lengths[k])
        if has_mouth[k] and jpeg_size(data) != MOUTH_SIZE:
            raise ValueError("a mouth is not the picture it should be")
        looks.append(
            Appearance(
                shading[k].copy(),
                data if has_mouth[k] else None,
                numbers[k, :-3].reshape(LIP_POINTS, 2).copy(),
                numbers[k, -3:].copy(),
            )
        )
    return looks


class _Reader:
    """Takes arrays off a buffer in turn."""

    def __init__(self, data: bytes, at: int) -> None:
        self._data, self._at = data, at

    def take(self, kind: str, count: int) -> NDArray[np.generic]:
        size = np.dtype(kind).itemsize * count
        if self._at + size > len(self._data):
            raise ValueError("a part has the wrong size")
        values = np.frombuffer(self._data, kind, count, self._at)
        self._at += size
        return values

    @property
    def finished(self) -> bool:
        return self._at == len(self._data)


def _times(data: bytes, count: int) -> list[Fraction]:
    try:
        times = [exact(part) for part in data.decode("ascii").split(" ")]
    except UnicodeDecodeError as error:
        raise ValueError("a time cannot be read") from error
    if len(times) != count:
        raise ValueError("times are missing")
    return times


def _spread(values: NDArray[np.unsignedinteger]) -> bytes:
    """(count, width) unsigned → differences over time, wrapping, then all lowest bytes, all next ones, …"""
    steps = values.copy()
    steps[1:] -= values[:-1]
    size = steps.dtype.itemsize
    return np.ascontiguousarray(steps.T).view(np.uint8).reshape(-1, size).T.tobytes()


def _gathered(reader: _Reader, kind: str, count: int, width: int) -> NDArray[np.generic]:
    """The inverse of `_spread`."""
    size = np.dtype(kind).itemsize
    planes = np.asarray(reader.take("u1", size * count * width)).reshape(size, -1)
    steps = np.ascontiguousarray(planes.T).view(kind).reshape(width, count)
    return np.ascontiguousarray(np.cumsum(steps, axis=1, dtype=steps.dtype).T)


def _folded(shading: NDArray[np.int8]) -> NDArray[np.int8]:
    """Each texel against its neighbours (left + above − above-left, as lossless JPEG predicts), wrapping."""
    wide = np.pad(shading, ((0, 0), (1, 0), (1, 0)))
    return np.asarray(wide[:, 1:, 1:] - wide[:, 1:, :-1] - wide[:, :-1, 1:] + wide[:, :-1, :-1], np.int8)


def _unfolded(steps: NDArray[np.generic]) -> NDArray[np.int8]:
    return np.asarray(np.cumsum(np.cumsum(steps, axis=1, dtype=np.int8), axis=2, dtype=np.int8))


def jpeg_size(data: bytes) -> tuple[int, int] | None:
    """Width and height that a JPEG declares (ITU-T T.81, B.2.2), or None if it is not one."""
    if data[:2] != b"\xff\xd8":
        return None
    at = 2
    while at + 9 < len(data) and data[at] == 0xFF:
        kind, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if 0xC0 <= kind <= 0xCF and kind not in (0xC4, 0xC8, 0xCC):
            return int.from_bytes(data[at + 7 : at + 9], "big"), int.from_bytes(data[at + 5 : at + 7], "big")
        at += 2 + length
    return None
