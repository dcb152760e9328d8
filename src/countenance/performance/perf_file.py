"""Takes on disk: `.perf`, a versioned stream of checked chunks. Reads and writes a second of motion at a time.

Layout: the signature, then chunks of `name (4 bytes) · length (uint32) · payload · CRC-32 of name and payload`, all
little-endian, as PNG has them (RFC 2083, 5). `HEAD` is JSON: schema, version, rate, neutral, source. Each `TAKE` holds
up to 32 samples, laid out by `performance.packing`. `DONE` says how many samples there are and how long the take is:
a file without it was cut short. Nothing in a file is ever executed or unpickled.
"""

from __future__ import annotations

import json
import math
import os
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO

from countenance.errors import BadDocument
from countenance.files import partial_beside
from countenance.media.source import Source, pinned
from countenance.performance.packing import SAMPLES_A_CHUNK, exact, pack, unpack, written
from countenance.performance.take import Neutral, Performance, Sample

SIGNATURE = b"\x89PERF\r\n\x1a"
SCHEMA = "countenance.performance"
VERSION = 1
MOST_HEAD = 1 << 16  # bytes
MOST_TAKE = 1 << 23  # bytes, packed: 32 samples with appearance need less than 2 MiB
FRAME = struct.Struct("<4sI")


@dataclass(frozen=True)
class TakeInfo:
    """What a take says about itself.

    Attributes:
        version: of the file format.
        rate: frames a second, on average.
        samples: how many there are.
        duration: seconds.
        has_appearance: whether it holds the driver's shading and mouth.
        source: where the motion comes from.
        size: of the file, bytes.
    """

    version: int
    rate: Fraction
    samples: int
    duration: Fraction
    has_appearance: bool
    source: str
    size: int


def save_performance(
    take: Performance,
    path: Path | str,
    *,
    with_appearance: bool = False,
    progress: Callable[[int, int | None], None] | None = None,
) -> int:
    """Write a take; it appears whole or not at all.

    Args:
        take: read once, as it is written.
        path: the `.perf` file; replaced if it is there.
        with_appearance: keep the driver's shading and mouth. Without, the file holds no picture of anyone.
        progress: called with the samples written so far and the total, where it is known.

    Returns:
        How many samples were written.

    Raises:
        OutputFull, OutputFolder; whatever reading the take raises.
    """
    path = Path(path)
    total = None if take.duration is None else max(1, round(take.duration * take.rate))
    with_appearance = with_appearance and take.has_appearance
    head = {
        "schema": SCHEMA,
        "version": VERSION,
        "rate": written(take.rate),
        "appearance": with_appearance,
        "source": take.source,
        "neutral": {
            "eye_height": list(take.neutral.eye_height),
            "eye_width": list(take.neutral.eye_width),
            "mouth_width": take.neutral.mouth_width,
        },
    }
    count, end = 0, Fraction(0)
    with partial_beside(path) as partial, partial.open("wb") as out:
        out.write(SIGNATURE)
        _put(out, b"HEAD", json.dumps(head).encode())
        waiting: list[Sample] = []
        for sample in take:
            waiting.append(sample)
            count += 1
            end = sample.time
            if len(waiting) == SAMPLES_A_CHUNK:
                _put(out, b"TAKE", pack(waiting, with_appearance))
                waiting.clear()
            if progress is not None:
                progress(count, total)
        if waiting:
            _put(out, b"TAKE", pack(waiting, with_appearance))
        length = take.duration if take.duration is not None else (end + 1 / take.rate if count else Fraction(0))
        _put(out, b"DONE", json.dumps({"samples": count, "duration": written(length)}).encode())
    return count


def load_performance(given: Source | Path | str) -> Performance:
    """Open a take. Its samples are read when they are asked for.

    Raises:
        FileMissing, EmptyFile; BadDocument: not a take, damaged, cut short, or written by a newer version. Damage
        inside the motion itself is found, and raised, while reading it.
    """
    path = pinned(given)
    info, neutral = _opened(path)
    return Performance(
        neutral=neutral,
        rate=info.rate,
        read=lambda: _samples(path, info),
        duration=info.duration,
        has_appearance=info.has_appearance,
        source=info.source,
    )


def take_info(given: Source | Path | str) -> TakeInfo:
    """What a take says about itself, without reading its motion. Raises as `load_performance`."""
    return _opened(pinned(given))[0]


def _put(out: BinaryIO, name: bytes, payload: bytes) -> None:
    out.write(FRAME.pack(name, len(payload)))
    out.write(payload)
    out.write(struct.pack("<I", zlib.crc32(payload, zlib.crc32(name))))


def _chunks(file: BinaryIO, name: str, size: int, wanted: bytes | None = None) -> Iterator[tuple[bytes, bytes]]:
    """Name and payload of each chunk; payloads of others than `wanted` (and HEAD, DONE) are skipped unread."""
    if file.read(len(SIGNATURE)) != SIGNATURE:
        raise BadDocument(f"{name} is not a take.", "Make one with: countenance perform CLIP -o TAKE.perf")
    while True:
        frame = file.read(FRAME.size)
        if not frame:
            return
        if len(frame) < FRAME.size:
            raise _cut(name)
        kind, length = FRAME.unpack(frame)
        limit = MOST_TAKE if kind == b"TAKE" else MOST_HEAD
        if length > limit:
            raise BadDocument(f"{name} is damaged: a part of it claims {length} bytes.")
        if file.tell() + length + 4 > size:
            raise _cut(name)
        if wanted is not None and kind not in (wanted, b"HEAD", b"DONE"):
            file.seek(length + 4, os.SEEK_CUR)
            yield kind, b""
            continue
        payload = file.read(length)
        if zlib.crc32(payload, zlib.crc32(kind)) != int.from_bytes(file.read(4), "little"):
            raise BadDocument(f"{name} is damaged at byte {file.tell() - length - 4}: its check sum is wrong.")
        yield kind, payload


def _cut(name: str) -> BadDocument:
    return BadDocument(f"{name} is cut short.", "Copy the file again, or make the take again.")


def _opened(path: Source) -> tuple[TakeInfo, Neutral]:
    head: dict[str, Any] | None = None
    done: dict[str, Any] | None = None
    with path.open() as file:
        for kind, payload in _chunks(file, path.name, path.size, wanted=b"HEAD"):
            if head is None and kind != b"HEAD":
                raise BadDocument(f"{path.name} is damaged: it does not begin with a header.")
            if done is not None:
                raise BadDocument(f"{path.name} is damaged: something follows its end.")
            if kind == b"HEAD":
                if head is not None:
                    raise BadDocument(f"{path.name} is damaged: it has two headers.")
                head = _json(payload, path.name)
                if head.get("schema") != SCHEMA:
                    raise BadDocument(f"{path.name} is not a take: its schema is {str(head.get('schema'))[:60]!r}.")
                version = head.get("version")
                if type(version) is not int or version < 1:
                    raise BadDocument(f"{path.name} is damaged: it names no version.")
                if version > VERSION:
                    raise BadDocument(
                        f"{path.name} was written by a newer Countenance (format {version}; this one reads {VERSION}).",
                        "Update Countenance: pip install --upgrade countenance",
                    )
            elif kind == b"DONE":
                done = _json(payload, path.name)
    if head is None or done is None:
        raise _cut(path.name)
    try:
        neutral = _neutral(head["neutral"])
        rate, duration = exact(str(head["rate"])), exact(str(done["duration"]))
        samples = int(done["samples"])
        if rate <= 0 or rate > 1000 or duration < 0 or samples < 0:
            raise ValueError("a rate, count or duration out of range")
        appearance, source = bool(head["appearance"]), str(head["source"])[:40]
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise BadDocument(f"{path.name} is damaged: its header does not make sense ({error}).") from error
    return TakeInfo(head["version"], rate, samples, duration, appearance, source, path.size), neutral


def _neutral(value: dict[str, Any]) -> Neutral:
    right, left = (float(v) for v in value["eye_height"])
    wide_right, wide_left = (float(v) for v in value["eye_width"])
    mouth = float(value["mouth_width"])
    for length in (right, left, wide_right, wide_left, mouth):
        if not (math.isfinite(length) and 0 <= length < 100):
            raise ValueError("a length out of range")
    return Neutral((right, left), (wide_right, wide_left), mouth)


def _json(payload: bytes, name: str) -> dict[str, Any]:
    try:
        value = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise BadDocument(f"{name} is damaged: its header cannot be read.") from error
    if not isinstance(value, dict):
        raise BadDocument(f"{name} is damaged: its header is not an object.")
    return value


def _samples(path: Source, info: TakeInfo) -> Iterator[Sample]:
    seen, last = 0, Fraction(-1)
    with path.open() as file:
        for kind, payload in _chunks(file, path.name, path.size):
            if kind != b"TAKE":
                continue
            try:
                samples = unpack(payload)
            except ValueError as error:
                raise BadDocument(f"{path.name} is damaged after {seen} frames: {error}.") from error
            for sample in samples:
                if sample.time <= last:
                    raise BadDocument(f"{path.name} is damaged: its times do not rise after {seen} frames.")
                if sample.appearance is not None and not info.has_appearance:
                    raise BadDocument(f"{path.name} is damaged: it holds appearance and says that it does not.")
                last = sample.time
                seen += 1
                yield sample
    if seen != info.samples:
        raise BadDocument(f"{path.name} is damaged: it holds {seen} frames and promises {info.samples}.")
