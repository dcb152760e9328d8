"""Files that arrive: from a pipe, which may never end, or over the web. What is too long is cut, and said to be cut.
They are kept in a folder that the caller gives and wipes: see `spool`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from countenance.errors import EmptyFile, TooLarge

PIPE_BYTES = 256 << 20
PIPE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Arrived:
    """A file that came in.

    Attributes:
        path: in the folder that was given.
        whole: whether its end was reached.
        size: bytes kept.
    """

    path: Path
    whole: bool
    size: int


def arriving(
    chunk: Callable[[float], bytes | None],
    folder: Path,
    *,
    name: str,
    max_bytes: int = PIPE_BYTES,
    max_seconds: float = PIPE_SECONDS,
    cut: bool = True,
) -> Arrived:
    """Keep what comes in until its end, or until there is enough of it.

    Args:
        chunk: gives more bytes, waiting at most so many seconds; empty at the end, None where nothing came in time.
        folder: empty, where it is kept.
        name: for messages.
        max_bytes, max_seconds: enough.
        cut: whether a part will do; else too much is an error.

    Raises:
        EmptyFile: nothing came. TooLarge: too much came and `cut` is false.
    """
    path = folder / "arrived"
    until, size, whole = time.monotonic() + max_seconds, 0, False
    with path.open("wb") as file:
        while size < max_bytes:
            left = until - time.monotonic()
            if left <= 0:
                break
            piece = chunk(left)
            if piece is None:
                break
            if not piece:
                whole = True
                break
            piece = piece[: max_bytes - size]
            file.write(piece)
            size += len(piece)
    if not size:
        raise EmptyFile(f"Nothing came from {name}.", "Check that something is sent to it.")
    if not whole and not cut:
        raise TooLarge(
            f"{name} is larger than {max_bytes / 2**20:.0f} MiB or took longer than {max_seconds:.0f} s.",
            "Cut a few seconds out of it, or use `countenance verify` on your own computer.",
        )
    return Arrived(path, whole, size)


def from_pipe(descriptor: int) -> Callable[[float], bytes | None]:
    """Chunks of a file descriptor, such as standard input's."""
    import os
    import select

    def chunk(seconds: float) -> bytes | None:
        try:
            ready, _, _ = select.select([descriptor], [], [], seconds)
        except (OSError, ValueError):
            ready = [descriptor]  # a system that cannot wait for this kind of descriptor
        return os.read(descriptor, 1 << 16) if ready else None

    return chunk
