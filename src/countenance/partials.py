"""Files under way: hidden beside their place, held by whoever writes them, and removed when that one is dead.

A partial is locked (`flock`) from its first moment to its last, and the system lets go of a lock with its process,
however that ends. So a partial that nobody holds belongs to nobody: the next one who writes into the folder removes it.
Names say on which computer a partial was begun; only there it is removed, for locks are not always shared over a
network. Where a system has no `flock` nothing is removed. Knows nothing of what is in files.

    .NAME.cnt-HOST-TAG-RANDOM.part.mp4    what is being written
    .NAME.cnt-TAG.lock                    NAME is being made: a second run is refused
    .NAME.cnt-TAG-DIGEST.next             what belongs beside NAME once NAME has that SHA-256: see `Companion`

NAME is cut short, TAG is of the whole name; none of these names is longer than 150 bytes.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

try:
    import fcntl
except ImportError:  # not a Unix
    fcntl = None  # type: ignore[assignment]

from countenance.errors import OutputBusy

_PARTIAL = re.compile(r"\..*\.cnt-([0-9a-f]{6})-[0-9a-f]{8}-[0-9a-f]{8}\.part(\.\w{1,16})?", re.DOTALL)
_LOCK = re.compile(r"\..*\.cnt-[0-9a-f]{8}\.lock", re.DOTALL)
_NEXT = re.compile(r"\..*\.cnt-([0-9a-f]{8})-([0-9a-f]{32})\.next", re.DOTALL)
_PATIENCE = 0.5  # seconds; a sweep holds a lock for as long as it takes to remove a file
_BLOCK = 1 << 20


@contextlib.contextmanager
def begun(path: Path, mode: int = 0o666) -> Iterator[Path]:
    """An empty hidden sibling of `path`, held by this process; removed at the end unless it was given a name.

    Raises:
        OSError: the system's own.
    """
    held, partial = None, path
    try:  # from before it exists: a signal may come right after
        while True:
            name = f"{_head(path)}.cnt-{_host()}-{_tag(path)}-{secrets.token_hex(4)}.part{_ending(path)}"
            partial = path.with_name(name)
            held = os.open(partial, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0), mode)
            if _lock(held) and _is(held, partial):
                break
            os.close(held)  # a sweep came in between, and removes it
            held = None
        yield partial
    finally:
        if partial != path:
            with contextlib.suppress(OSError):
                partial.unlink(missing_ok=True)
        if held is not None:
            os.close(held)


@contextlib.contextmanager
def claimed(path: Path) -> Iterator[None]:
    """The one run that makes `path`, while the block runs.

    Raises:
        OutputBusy: another run does, in this process or another one.
        OSError: the system's own.
    """
    lock = path.with_name(f"{_head(path)}.cnt-{_tag(path)}.lock")
    until = time.monotonic() + _PATIENCE
    while True:
        held = os.open(lock, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        if _lock(held) and _is(held, lock):
            break
        who = os.pread(held, 20, 0).decode("ascii", "replace") if hasattr(os, "pread") else ""
        os.close(held)
        if time.monotonic() > until:
            raise OutputBusy(f"{path.name} is being written by another run{who and f' (process {who})'}.")
        time.sleep(0.02)
    try:
        os.write(held, str(os.getpid()).encode())
        yield
    finally:
        with contextlib.suppress(OSError):
            lock.unlink(missing_ok=True)
        os.close(held)


def refuse_busy(path: Path) -> None:
    """Tell at once what `claimed` would tell later. Raises OutputBusy."""
    if path.with_name(f"{_head(path)}.cnt-{_tag(path)}.lock").exists():
        with claimed(path):
            pass


@dataclass(frozen=True)
class Companion:
    """A file that belongs to another one and can't be renamed in the same instant: a manifest beside its video.

    It waits under a name that holds the SHA-256 of the file it belongs to. Until that file has its place the old pair
    is whole; from then on `companion_of` finds the waiting one, and it takes its own place at once, or, if its writer
    died in between, when the folder is next written into.

    Attributes:
        waiting: where it waits.
        place: where it belongs.
    """

    waiting: Path
    place: Path

    def settle(self) -> None:
        """Take the place. Raises OSError."""
        self.waiting.replace(self.place)


@contextlib.contextmanager
def companion(path: Path, place: Path, data: bytes, sha256: str) -> Iterator[Companion]:
    """A companion of `path`, written and held. After the block it has its place if `path` has the bytes it belongs to,
    and is gone if not.

    Args:
        path: the file that it belongs to.
        place: where it belongs, in the same folder.
        data: its bytes.
        sha256: of the file's new bytes.

    Raises:
        OSError: the system's own.
    """
    waiting = path.with_name(f"{_head(path)}.cnt-{_tag(path)}-{sha256[:32]}.next")
    with begun(path) as partial:
        with partial.open("rb+") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(waiting)
        try:
            yield Companion(waiting, place)
        finally:
            if waiting.exists():  # an interruption; it may have come before the exchange or in the midst of it
                _exchange(waiting, path, place, sha256)


def companion_of(path: Path, place: Path) -> Path:
    """Where the companion of `path` is to be read: `place`, or where it waits, if it is the one for these bytes."""
    waiting = [each for each in _siblings(path) if _NEXT.fullmatch(each.name) and _tag(path) in each.name]
    if waiting:
        digest = _sha256(path)[:32]
        for each in waiting:
            if each.name.endswith(f"-{digest}.next"):
                return each
    return place


def sweep(folder: Path, companions: str = ".c2pa") -> list[Path]:
    """Remove what runs that are dead left in a folder, and finish what they had all but finished.

    Args:
        folder: only this one, not those in it.
        companions: the ending of companions that are still to take their place.

    Returns:
        What was removed.
    """
    removed: list[Path] = []
    for path in _siblings(folder / "-"):
        found = _PARTIAL.fullmatch(path.name)
        if (found is not None and found[1] == _host()) or _LOCK.fullmatch(path.name):
            if _forsaken(path):
                removed.append(path)
        elif (found := _NEXT.fullmatch(path.name)) is not None:
            _settled(path, found[1], found[2], companions)
    return removed


def partials_of(path: Path) -> list[Path]:
    """What is being written for `path`, or was left."""
    tag = f"-{_tag(path)}-"
    return [each for each in _siblings(path) if _PARTIAL.fullmatch(each.name) and tag in each.name]


def _exchange(waiting: Path, path: Path, place: Path, digest: str) -> None:
    with contextlib.suppress(OSError):
        if _sha256(path).startswith(digest):
            waiting.replace(place)
        else:
            waiting.unlink(missing_ok=True)


def _forsaken(path: Path) -> bool:
    """Remove a file that nobody holds."""
    with _alone(path) as alone:
        if alone:
            path.unlink(missing_ok=True)
        return alone


def _settled(waiting: Path, tag: str, digest: str, ending: str) -> None:
    with _alone(waiting) as alone:
        if not alone:
            return
        mine = [each for each in _siblings(waiting, hidden=False) if _tag(each) == tag]
        for each in mine or [waiting.with_name("-")]:
            _exchange(waiting, each, each.with_suffix(ending), digest)


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[bool]:
    """Whether nobody else holds this file; then it is held here. Errors of the system mean no."""
    if fcntl is None:
        yield False
        return
    try:
        held = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        yield False
        return
    try:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            alone = _is(held, path)
        except OSError:
            alone = False
        with contextlib.suppress(OSError):
            yield alone
    finally:
        os.close(held)


def _siblings(path: Path, *, hidden: bool = True) -> list[Path]:
    try:
        with os.scandir(path.parent) as entries:
            return [path.with_name(e.name) for e in entries if not hidden or (e.name[0] == "." and ".cnt-" in e.name)]
    except OSError:
        return []


def _lock(held: int) -> bool:
    """Whether the lock was had. A file system without locks is written to all the same."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def _is(held: int, path: Path) -> bool:
    """Whether an open file is still the one of that name."""
    try:
        return os.path.samestat(os.fstat(held), path.lstat())
    except OSError:
        return False


def _head(path: Path) -> str:
    return "." + os.fsdecode(os.fsencode(path.stem)[:64])


def _ending(path: Path) -> str:
    return path.suffix if re.fullmatch(r"\.\w{1,16}", path.suffix) and len(os.fsencode(path.suffix)) <= 17 else ""


def _tag(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path.name)).hexdigest()[:8]


@lru_cache(maxsize=1)
def _host() -> str:
    return hashlib.sha256(socket.gethostname().encode()).hexdigest()[:6]


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with contextlib.suppress(OSError), path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
