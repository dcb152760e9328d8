"""Files written whole or not at all: beside their place, then renamed. Knows nothing of what is in them."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from countenance.errors import OutputError, OutputExists, OutputFolder, OutputFull, OutputIsInput
from countenance.partials import begun, claimed, refuse_busy, sweep

CHUNK = 1 << 20
LEAST_FREE = 256 << 10
"""Bytes; with less a database can open no journal."""


def sha256_file(path: Path) -> str:
    """SHA-256 of a file's bytes, hexadecimal."""
    digest = hashlib.sha256()
    with Path(path).open("rb") as file:
        while block := file.read(CHUNK):
            digest.update(block)
    return digest.hexdigest()


def settled(path: Path) -> Path:
    """Where a file of that name lies: a symbolic link is followed, and what it names is written, if that is or can be
    a regular file in a folder that is there. The link stays.

    Raises:
        OutputFolder: the link leads round in a circle; what is there is a device, a pipe or a socket.
    """
    path = Path(path)
    try:
        if path.is_symlink():
            path = Path(os.path.realpath(path, strict=False))
            if path.is_symlink():
                raise OutputFolder(f"The link {path} leads nowhere.")
        if path.exists() and not path.is_file() and not path.is_dir():
            raise OutputFolder(f"{path} is a device, pipe or socket; a file is needed.")
    except (OSError, ValueError) as error:
        raise explained(error, path) from error
    return path


def check_output(path: Path, inputs: Iterable[Path] = (), *, overwrite: bool = False) -> None:
    """Whether a file may be written here; links are followed as `settled` says.

    Raises:
        OutputFolder, OutputIsInput, OutputExists; OutputBusy: another run is writing this very file.
    """
    _check_name(Path(path))
    path = settled(path)
    _check_name(path)
    folder = path.parent
    if not folder.is_dir():
        raise OutputFolder(f"The folder {folder} does not exist.", f"Create it: mkdir -p '{folder}'")
    if path.is_dir():
        raise OutputFolder(f"{path} is a folder; a file name is needed.", "Add a file name to the output path.")
    if not os.access(folder, os.W_OK):
        raise OutputFolder(f"The folder {folder} cannot be written to.")
    for source in inputs:
        if path.exists() and Path(source).exists() and path.samefile(source):
            raise OutputIsInput(f"{path.name} is also an input.")
    if path.exists() and not overwrite:
        raise OutputExists(f"{path} exists already.")
    refuse_busy(path)


def _check_name(path: Path) -> None:
    try:
        longest = os.pathconf(path.parent, "PC_NAME_MAX")
    except (AttributeError, OSError, ValueError):  # not a Unix, or no such folder
        longest = 255
    if len(os.fsencode(path.name)) > longest:
        raise OutputFolder(
            f"The name {path.name[:40]}… is {len(os.fsencode(path.name))} bytes long; this disk takes {longest}.",
            "Choose a shorter name.",
            code="output.name",
        )


@contextlib.contextmanager
def sole_writer(path: Path) -> Iterator[None]:
    """While the block runs no other run may make `path`; what dead ones left in its folder is removed.

    Raises:
        OutputBusy: another run makes it. OutputFull, OutputFolder.
    """
    with contextlib.ExitStack() as held:
        try:
            sweep(path.parent)
            held.enter_context(claimed(path))
        except OSError as error:
            raise explained(error, path) from error
        yield


@contextlib.contextmanager
def partial_beside(path: Path, mode: int = 0o666) -> Iterator[Path]:
    """An empty hidden sibling of `path` to write into, renamed to it when the block ends well and removed when it does
    not; also, by the next one who writes into the folder, when this process is killed.

    A symbolic link is followed as `settled` says.

    Args:
        path: of the file.
        mode: what the file may be opened with, less the process's mask.

    Raises:
        OutputFull, OutputFolder: for the system's own errors while writing.
    """
    try:
        path = settled(path)
        sweep(path.parent)
        with begun(path, mode) as partial:
            yield partial
            with partial.open("rb+") as file:
                os.fsync(file.fileno())
            partial.replace(path)
    except OSError as error:
        raise explained(error, path) from error


def write_atomically(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Write `data` so that readers see the old file or the new one, never a part."""
    with partial_beside(path, 0o600) as partial:
        with partial.open("rb+") as file:
            file.write(data)
        partial.chmod(mode)


def disk_trouble(address: str, what: str) -> OutputError | None:
    """Why an SQLite file can't be written, where the disk or its rights are to blame: SQLite itself says only that.

    Args:
        address: SQLAlchemy's; of anything but SQLite nothing is known.
        what: it is, for the sentence: "The registry".
    """
    from sqlalchemy.engine import make_url

    url = make_url(address)
    if url.get_backend_name() != "sqlite" or not url.database:
        return None
    file = Path(url.database)
    folder = file.parent
    try:
        if folder.is_dir() and shutil.disk_usage(folder).free < LEAST_FREE:
            return OutputFull(f"{what} cannot be written: the disk of {folder} is full.")
        if not folder.is_dir():
            return OutputFolder(f"{what} cannot be kept in {folder}: it is no folder.")
        if not os.access(file if file.exists() else folder, os.W_OK) or not os.access(folder, os.W_OK):
            return OutputFolder(
                f"{what} cannot be written: {folder} may only be read.",
                "Make it writable, or set COUNTENANCE_HOME to a folder that is.",
            )
    except OSError as error:
        return OutputFolder(f"{what} cannot be kept in {folder}: {error.strerror}.")
    return None


def explained(error: OSError | ValueError, path: Path) -> Exception:
    """The system's error about a path as one of ours, or itself where it is none of the usual ones."""
    number = getattr(error, "errno", None)
    if number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return OutputFull(f"There is no space left on the disk of {path.parent} to write {path.name}.")
    if number == errno.ENAMETOOLONG:
        return OutputFolder(f"The path {str(path)[:60]}… is too long.", "Choose a shorter one.", code="output.name")
    if number in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
        return OutputFolder(f"{path} cannot be written: {getattr(error, 'strerror', '')}.")
    if isinstance(error, ValueError):
        return OutputFolder(f"{str(path)!r} is no path: {error}.")
    return error
