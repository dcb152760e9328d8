"""The door itself: nothing is opened for writing before the permit and the path were looked at."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av.error

from countenance.errors import PermissionRefused
from countenance.files import check_output
from countenance.marking.making import Ingredient, Making
from countenance.permission.permit import Permit


def admitted(path: Path, permit: Permit, making: Making, *, overwrite: bool) -> tuple[Ingredient, ...]:
    """The ingredients, hashed, if this render may be written there.

    The hashes the permit is held against are taken here, from the files themselves.

    Raises:
        PermissionRefused: no genuine permit, or one for something else.
        OutputFolder, OutputIsInput, OutputExists: the place is not free.
        FileMissing, BadOption: an ingredient is not there, or named twice.
    """
    if type(permit) is not Permit:
        raise PermissionRefused("Nothing leaves without a permit.", code="permission.missing")
    ingredients = making.hashed()
    permit.require(making.use, {i.role: i.sha256 or "" for i in ingredients})
    check_output(path, [i.path for i in ingredients if i.path is not None], overwrite=overwrite)
    return ingredients


@contextmanager
def libav_errors() -> Iterator[None]:
    """FFmpeg's errors as the system's own, so that a full disk is told as one."""
    try:
        yield
    except av.error.FFmpegError as error:
        raise OSError(error.errno, error.strerror) from error
