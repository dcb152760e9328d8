"""Files written whole or not at all: beside their place, then renamed. Knows nothing of what is in them."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path

from countenance.errors import OutputExists, OutputFolder, OutputFull, OutputIsInput

CHUNK = 1 << 20


def sha256_file(path: Path) -> str:
    """SHA-256 of a file's bytes, hexadecimal."""
    digest = hashlib.sha256()
    with Path(path).open("rb") as file:
        while block := file.read(CHUNK):
            digest.update(block)
    return digest.hexdigest()


def check_output(path: Path, inputs: Iterable[Path] = (), *, overwrite: bool = False) -> None:
    """Whether a file may be written here.

    Raises:
        OutputFolder, OutputIsInput, OutputExists.
    """
    path = Path(path)
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


@contextlib.contextmanager
def partial_beside(path: Path) -> Iterator[Path]:
    """A temporary sibling of `path`, renamed to it when the block ends well and removed when it does not.

    Raises:
        OutputFull, OutputFolder: for the system's own errors while writing.
    """
    path = Path(path)
    partial = path.with_name(f".{path.stem}.{secrets.token_hex(4)}.part{path.suffix}")
    try:
        yield partial
        with partial.open("rb+") as file:
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise _explained(error, path) from error
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def write_atomically(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Write `data` so that readers see the old file or the new one, never a part."""
    with partial_beside(path) as partial:
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(data)
        partial.chmod(mode)


def _explained(error: OSError, path: Path) -> Exception:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return OutputFull(f"There is no space left to write {path.name}.")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT, errno.ENOTDIR):
        return OutputFolder(f"{path} cannot be written: {error.strerror}.")
    return error
