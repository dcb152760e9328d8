"""Compiled loops: what numba makes machine code of, and where that code is kept, so that only the first run waits.

numba keeps it beside the source, or in the user's cache folder. A read-only install of a user without a home has
neither: there it is kept in `kernels/` of COUNTENANCE_HOME, and where that cannot be written either, nowhere: each
process compiles anew. Knows nothing of what is computed.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numba


def kernel(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """Decorate a function that numba compiles at its first call, once for each machine.

    Args:
        options: of `numba.njit`; `cache` is chosen here.
    """

    def compiled(function: Callable[..., Any]) -> Any:
        try:
            return numba.njit(cache=True, **options)(function)
        except RuntimeError as error:
            if "no locator available" not in str(error):
                raise
        folder = own_folder()
        if folder is None:
            return numba.njit(**options)(function)
        settings: Any = numba.config
        before, settings.CACHE_DIR = settings.CACHE_DIR, str(folder)
        try:
            return numba.njit(cache=True, **options)(function)
        finally:
            settings.CACHE_DIR = before

    return compiled


@lru_cache(maxsize=1)
def own_folder() -> Path | None:
    """The folder of our own for compiled code, made where it was missing; None where it cannot be written."""
    try:
        folder = Path(os.environ.get("COUNTENANCE_HOME") or Path("~/.countenance").expanduser()) / "kernels"
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except (OSError, RuntimeError):  # the latter: nobody says where the user's home is
        return None
