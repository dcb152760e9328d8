"""Keep the C library from giving every thread a heap of its own: the heaps of short-lived buffers never shrink.

On glibc a process with eight threads holds some 40 MB more, and how much differs from run to run. Elsewhere nothing is
done. Knows nothing of what is allocated.
"""

from __future__ import annotations

import ctypes
import os
import sys
from functools import lru_cache

_ARENA_MAX = -8  # M_ARENA_MAX of glibc's malloc.h
HEAPS = 2


@lru_cache(maxsize=1)
def share_heaps() -> bool:
    """Let all threads share HEAPS heaps from now on, unless MALLOC_ARENA_MAX says otherwise; whether that was done."""
    if not sys.platform.startswith("linux") or "MALLOC_ARENA_MAX" in os.environ:
        return False
    try:
        return bool(ctypes.CDLL(None).mallopt(_ARENA_MAX, HEAPS))
    except (OSError, AttributeError):
        return False
