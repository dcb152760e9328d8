"""The door itself: nothing is opened for writing before the permit and the path were looked at."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av.error

from countenance.errors import PermissionRefused
from countenance.files import check_output
from countenance.marking.render_spec import Ingredient, Making
from countenance.permission.permit import Permit


def admitted(path: Path, permit: Permit, making: Making, *, overwrite: bool) -> tuple[Ingredient, ...]:
    """The ingredients, hashed, if this render may be written there.

    The hashes the permit is held against are those of the pinned sources, the very bytes that are drawn.

    Raises:
        PermissionRefused: no genuine permit, or one for something else.
        OutputFolder, OutputIsInput, OutputExists: the place is not free.
        BadOption: an ingredient is named twice, or has no hash.
        FileMissing, InputChanged: a source is gone, or has another length than when it was pinned.
    """
    if type(permit) is not Permit:
        raise PermissionRefused("Nothing leaves without a permit.", code="permission.missing")
    ingredients = making.hashed()
    permit.require(making.use, {i.role: i.sha256 or "" for i in ingredients})
    sources = [i.source for i in ingredients if i.source is not None]
    for source in sources:
        source.open().close()
    check_output(path, [source.path for source in sources], overwrite=overwrite)
    return ingredients


@contextmanager
def libav_errors() -> Iterator[None]:
    """FFmpeg's errors as the system's own, so that a full disk is told as one."""
    try:
        yield
    except av.error.FFmpegError as error:
        raise OSError(error.errno, error.strerror) from error
