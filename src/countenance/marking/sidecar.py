"""The manifest beside a file whose container cannot hold it: where it lies, also while the pair is being exchanged.

A video and its sidecar are two files, and no system renames two at once. The new sidecar first waits under a name that
holds the new video's SHA-256; then the video takes its place, then the sidecar. Whoever reads through `sidecar_of`
finds the old pair or the new one at every moment, also when the writer was killed in between; readers that know only
`NAME.c2pa` do once anything is written into the folder again, which ends the exchange (`partials.sweep`).
"""

from __future__ import annotations

import os
from pathlib import Path

from countenance.partials import companion_of

SUFFIX = ".c2pa"


def sidecar_place(path: Path) -> Path:
    """Where the sidecar of a file belongs."""
    return path.with_suffix(SUFFIX)


def sidecar_of(path: Path) -> Path:
    """Where the sidecar of a file is to be read; it need not be there. A symbolic link's is beside what it names, where
    none is beside the link."""
    beside = sidecar_place(path)
    if path.is_symlink() and not beside.is_file():
        path = Path(os.path.realpath(path))
    return companion_of(path, sidecar_place(path))
