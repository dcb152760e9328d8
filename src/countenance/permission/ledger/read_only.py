"""Reading an SQLite database that may not be written: a copy on a read-only disk, somebody else's, a backup.

A database in WAL mode wants to write beside itself even to be read. Where that cannot be, it is read as it stands, or,
with a log beside it that was not folded in, from a copy that lives as long as the reading. Knows nothing of ledgers.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import ExitStack
from pathlib import Path

from countenance.spool import spooled


def reading(path: Path, held: ExitStack) -> str:
    """The SQLite URI under which a database file can be read; nothing beside it is changed.

    Args:
        path: of a file that is there.
        held: what must be kept open meanwhile is put here.
    """
    path = Path(path).absolute()
    log = path.with_name(f"{path.name}-wal")
    if os.access(path.parent, os.W_OK) and os.access(path, os.W_OK):
        return f"{path.as_uri()}?mode=ro"
    if not (log.is_file() and log.stat().st_size):
        return f"{path.as_uri()}?mode=ro&immutable=1"
    folder = held.enter_context(spooled(None))
    for one in (path, log):
        shutil.copyfile(one, folder / one.name)
    return f"{(folder / path.name).as_uri()}?mode=ro"


def connect(uri: str) -> sqlite3.Connection:
    """A connection for any thread that reads."""
    return sqlite3.connect(uri, uri=True, timeout=60, check_same_thread=False)
