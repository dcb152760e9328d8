"""Pinned bytes: a file is read once and known by its hash; whatever reads it later gets those bytes, or an error.

A path can be made to name another file, and a file can be written in place, between the moment it is checked and the
moment it is used. A `Source` closes both ways: every block that is read again is held against the hash it had when the
file was pinned. Nothing is copied, and a few MiB are kept in memory. Knows nothing of what is in files.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import os
import secrets
import stat
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO, cast

from countenance.errors import BadOption, EmptyFile, FileMissing, InputChanged, NotAFile
from countenance.media.losses import Losses

BLOCK = 1 << 20  # bytes that are hashed together, and read together
_KEPT = 8  # blocks that one reader keeps
_PROCESS_SECRET = secrets.token_bytes(32)


@dataclass(frozen=True)
class Source:
    """A regular file, pinned.

    Attributes:
        path: where it lay, with symbolic links followed once, at the moment it was pinned.
        sha256: of all its bytes, hexadecimal.
        size: bytes.
        blocks: SHA-256 (32 bytes each) of every MiB, the last one shorter.
        video_track, audio_track: which of its pictures and sounds are meant, counted from 1; None: those that a player
            would take. Whoever reads this source reads these.
        start, duration: which part of a clip is meant, seconds; None: to its end. Whoever reads this source reads that
            part, with times that count from its beginning; the hashes are the whole file's.
        losses: what those who read it found damaged.
        seal: of `pin`; one put together by hand, with another file's hash, has none that holds.

    Example:
        >>> source = Source.pin(Path("portrait.jpg"))
        >>> with source.open() as file:
        ...     head = file.read(16)
    """

    path: Path
    sha256: str
    size: int
    blocks: tuple[bytes, ...] = field(repr=False)
    video_track: int | None = None
    audio_track: int | None = None
    start: Fraction = Fraction(0)
    duration: Fraction | None = None
    losses: Losses = field(default_factory=Losses, repr=False, compare=False)
    seal: str = field(default="", repr=False, compare=False)

    @classmethod
    def pin(
        cls,
        path: str | Path,
        *,
        video_track: int | None = None,
        audio_track: int | None = None,
        start: Fraction = Fraction(0),
        duration: Fraction | None = None,
    ) -> Source:
        """Read a file once, from its beginning to its end. Arguments as the attributes.

        Raises:
            BadOption: the part begins before the file does, or has no length.
            FileMissing, EmptyFile; NotAFile: a folder, pipe, device or socket.
        """
        path = Path(path)
        if start < 0 or (duration is not None and duration <= 0):
            raise BadOption("--start must not be negative, and --duration must be positive.")
        whole, blocks, size = hashlib.sha256(), [], 0
        with _opened(path) as file:
            # A file that grows meanwhile is read as far as it goes, and refused when it is read again.
            while block := file.read(BLOCK):
                whole.update(block)
                blocks.append(hashlib.sha256(block).digest())
                size += len(block)
        if not size:
            raise EmptyFile(f"{path.name} is empty.")
        tracks = (video_track, audio_track, start, duration)
        unsealed = cls(path.resolve(), whole.hexdigest(), size, tuple(blocks), *tracks)
        return replace(unsealed, seal=unsealed._sealed())

    @property
    def is_genuine(self) -> bool:
        """Whether hash, size and blocks are of one file, read by `pin` in this process."""
        return hmac.compare_digest(self.seal.encode(), self._sealed().encode())

    def _sealed(self) -> str:
        said = b"".join([self.sha256.encode(), b"\n", str(self.size).encode(), b"\n", *self.blocks])
        return hmac.new(_PROCESS_SECRET, said, hashlib.sha256).hexdigest()

    def part(self, start: Fraction, duration: Fraction | None) -> tuple[Fraction, Fraction | None]:
        """A part of the part that is meant, on the file's own clock: where it begins, and how long it is.

        Example:
            >>> Source(Path("a.mp4"), "", 1, (), start=Fraction(5), duration=Fraction(2)).part(Fraction(1), None)
            (Fraction(6, 1), Fraction(1, 1))
        """
        left = None if self.duration is None else max(self.duration - start, Fraction(0))
        lengths = [one for one in (left, duration) if one is not None]
        return self.start + start, min(lengths) if lengths else None

    @property
    def name(self) -> str:
        """The file's name, for messages."""
        return self.path.name

    @property
    def suffix(self) -> str:
        """The name's ending in lower case, with its dot."""
        return self.path.suffix.lower()

    def open(self) -> BinaryIO:
        """The bytes for reading; each call gives a reader of its own. Raises FileMissing, NotAFile, InputChanged."""
        return cast(BinaryIO, PinnedFile(self))

    def read_bytes(self) -> bytes:
        """All bytes; for files that are small. Raises FileMissing, NotAFile, InputChanged."""
        with self.open() as file:
            return file.read()


def path_of(given: Source | str | Path) -> Path:
    """Where it lies."""
    return given.path if isinstance(given, Source) else Path(given)


def pinned(given: Source | str | Path) -> Source:
    """The source itself, or a file pinned now. Raises as `Source.pin`."""
    return given if isinstance(given, Source) else Source.pin(given)


class PinnedFile(io.BufferedIOBase):
    """A binary file, readable and seekable, that hands out only the bytes that were pinned.

    Args:
        source: what was pinned.

    Raises:
        InputChanged: on opening, where the length is another; on reading, where a block's hash is another.
        FileMissing, NotAFile.
    """

    def __init__(self, source: Source) -> None:
        self._source, self._at = source, 0
        self._kept: OrderedDict[int, bytes] = OrderedDict()
        self._file = _opened(source.path)
        if os.fstat(self._file.fileno()).st_size != source.size:
            self._file.close()
            raise _changed(source)

    @property
    def name(self) -> str:
        """The file's name, as some libraries ask for it."""
        return self._source.name

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._source.size}[whence]
        if start + offset < 0:
            raise ValueError("a place before the beginning")
        self._at = start + offset
        return self._at

    def read(self, size: int | None = -1, /) -> bytes:
        """Up to `size` bytes from here. Raises InputChanged."""
        left = max(self._source.size - self._at, 0)
        wanted = left if size is None or size < 0 else min(size, left)
        parts = []
        while wanted > 0:
            number, inside = divmod(self._at, BLOCK)
            part = self._block(number)[inside : inside + wanted]
            parts.append(part)
            self._at += len(part)
            wanted -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def readinto(self, buffer: Any, /) -> int:
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    read1 = read
    readinto1 = readinto

    def close(self) -> None:
        self._kept.clear()
        self._file.close()
        super().close()

    def _block(self, number: int) -> bytes:
        kept = self._kept.get(number)
        if kept is not None:
            self._kept.move_to_end(number)
            return kept
        self._file.seek(number * BLOCK)
        block = self._file.read(BLOCK)
        if hashlib.sha256(block).digest() != self._source.blocks[number]:
            raise _changed(self._source)
        self._kept[number] = block
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return block


def _opened(path: Path) -> io.BufferedReader:
    try:
        # Without O_NONBLOCK a pipe that nobody writes to would be waited for.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except FileNotFoundError as error:
        raise FileMissing(f"There is no file {path}.") from error
    except IsADirectoryError as error:
        raise _no_file(path) from error
    except OSError as error:
        raise FileMissing(f"{path} cannot be opened: {error.strerror}.") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise _no_file(path)
    return os.fdopen(descriptor, "rb")


def _no_file(path: Path) -> NotAFile:
    return NotAFile(f"{path} is no regular file.")


def _changed(source: Source) -> InputChanged:
    return InputChanged(
        f"{source.name} was changed while it was being used.",
        details={"path": str(source.path), "sha256": source.sha256},
    )
