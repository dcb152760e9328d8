"""How every SQLite file of the project is opened: with a write-ahead log, and waiting for other writers."""

from __future__ import annotations

import sqlite3
import time
from typing import Any

WAIT = 60
"""Seconds for which a connection waits for another writer."""


def set_pragmas(connection: Any, _record: Any = None, *, synchronous: str = "FULL") -> None:
    """Set what each connection needs. Can be listened to SQLAlchemy's `connect` event with.

    Args:
        connection: a sqlite3.Connection.
        synchronous: FULL keeps what was said to be written through a power cut; NORMAL may lose the last of it.

    Raises:
        sqlite3.OperationalError: another process holds the file for longer than WAIT.
    """
    connection.execute(f"PRAGMA busy_timeout = {WAIT * 1000}")
    until = time.monotonic() + WAIT
    while True:  # SQLite itself does not wait here while another process recovers what a killed writer left
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            break
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.05)
    connection.execute(f"PRAGMA synchronous = {synchronous}")
    connection.execute("PRAGMA foreign_keys = ON")
