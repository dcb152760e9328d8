"""Where files lie that are in passing: uploads, downloads, what came through a pipe. Nothing of them stays.

    HOME/spool/room.cnt-HOST-TAG-RANDOM/        one use's folder, for its owner's eyes alone
    HOME/spool/.room.cnt-HOST-TAG-RANDOM.part   held by the process that uses it, see `partials`

The system lets go of what a process holds, however the process ends: a room that nobody holds is wiped by the next use
and by the next command. COUNTENANCE_SPOOL puts the spool on another disk; where neither can be written (a read-only
home), it lies in the system's folder for temporary files, under a name of this user's. Knows nothing of what is in it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from countenance import partials
from countenance.errors import OutputFolder
from countenance.settings import Settings

_ROOM = "room.cnt-"


@contextlib.contextmanager
def spooled(settings: Settings | None) -> Iterator[Path]:
    """An empty folder of one's own, wiped when the block ends, however it ends; what dead processes left goes first.

    Args:
        settings: whose spool; None for what belongs to no home: then it lies where the system has temporary files.

    Raises:
        OutputFolder: nothing can be spooled anywhere.
    """
    folder = _folder(settings)
    _sweep(folder)
    try:
        with partials.begun(folder / "room", 0o600) as held:
            room = _room_of(held)
            room.mkdir(mode=0o700)
            try:
                yield room
            finally:
                wipe(room)
    except OSError as error:
        if error.filename is not None and Path(os.fsdecode(error.filename)).parent == folder:
            raise OutputFolder(f"Nothing can be spooled in {folder}: {error.strerror}.") from error
        raise


def sweep(settings: Settings) -> list[Path]:
    """Wipe what processes left that are dead. Never fails: what can't be wiped is tried again by the next one.

    Returns:
        The rooms that are gone.
    """
    return [gone for folder in _places(settings) if _is_ours(folder) for gone in _sweep(folder)]


def wipe(path: Path) -> None:
    """Remove a folder with everything in it, or a file; links are not followed."""
    if path.is_symlink() or not path.is_dir():
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
        return
    shutil.rmtree(path, onerror=_freed)


def _sweep(folder: Path) -> list[Path]:
    """Unlike partials, rooms are wiped whichever computer they were made on: a container has another name each time."""
    gone = []
    try:
        names = [each.name for each in os.scandir(folder)]
    except OSError:
        return []
    for name in names:
        if name.startswith(_ROOM) and not _held_by(folder / name).exists():
            if os.path.lexists(folder / name):
                wipe(folder / name)
                gone.append(folder / name)
        elif name.startswith(f".{_ROOM}"):
            held = folder / name
            with _taken(held) as taken:
                if taken:
                    wipe(_room_of(held))
                    held.unlink(missing_ok=True)
                    gone.append(_room_of(held))
    return gone


@contextlib.contextmanager
def _taken(held: Path) -> Iterator[bool]:
    """Whether nobody holds a file; then it is held here. Where the system does not say, somebody does."""
    with contextlib.ExitStack() as stack:
        try:
            import fcntl

            file = os.open(held, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
            stack.callback(os.close, file)
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (ImportError, OSError):
            yield False
            return
        yield True


def _folder(settings: Settings | None) -> Path:
    """The first place that can be written. Raises OutputFolder."""
    troubles = []
    for folder in _places(settings):
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            troubles.append(f"{folder}: {error.strerror}")
            continue
        if not os.access(folder, os.W_OK | os.X_OK):
            troubles.append(f"{folder}: not writable")
        elif not _is_ours(folder):
            troubles.append(f"{folder}: others can look into it, or it is somebody else's")
        else:
            return folder
    raise OutputFolder(
        f"Files in passing can be kept nowhere ({'; '.join(troubles)}).",
        "Set COUNTENANCE_SPOOL to a folder that only you may read and write.",
    )


def _places(settings: Settings | None) -> list[Path]:
    who = os.getuid() if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")
    common = Path(tempfile.gettempdir()) / f"countenance-{who}"
    return [common] if settings is None else [settings.spool or settings.home / "spool", common]


def _is_ours(folder: Path) -> bool:
    """A folder, not a link to one, of this user, that nobody else may look into: one in /tmp may be a trap."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    if not hasattr(os, "getuid"):
        return stat.S_ISDIR(found.st_mode)
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o077


def _room_of(held: Path) -> Path:
    return held.with_name(held.name.removeprefix(".").removesuffix(".part"))


def _held_by(room: Path) -> Path:
    return room.with_name(f".{room.name}.part")


def _freed(remove: object, path: str, error: object) -> None:
    """A folder that was closed to its owner is opened and tried once more."""
    del error
    with contextlib.suppress(OSError):
        os.chmod(os.path.dirname(path), 0o700)  # noqa: PTH101, PTH120 - rmtree hands out strings
        os.chmod(path, 0o700)  # noqa: PTH101
        if remove is os.unlink:
            os.unlink(path)  # noqa: PTH108
        else:
            shutil.rmtree(path, ignore_errors=True)
