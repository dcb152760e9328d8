"""Addresses of databases as a home records them: without passwords, without links, and none that does not stay.

An address inside the home folder is recorded as `home:ledger.sqlite`, relative to it. Knows nothing of homes.
"""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from countenance.errors import HomeWrong
from countenance.settings import forgets

INSIDE = "home:"
_SQLITE = re.compile(r"^sqlite(?:\+\w+)?:///", re.IGNORECASE)
_SERVER = re.compile(r"^postgres(?:ql)?(?:\+\w+)?://[^/?#@]+@[^/?#]*/[^/?#]+", re.IGNORECASE)


def place_of(address: str, folder: Path) -> str:
    """An address as a home records it: without a password; a file's path absolute or relative to the home folder, with
    its links followed."""
    if (file := _file(address)) is not None:
        home, options = os.path.realpath(folder), address.partition("?")[2]
        path = Path(os.path.realpath(file))
        place = f"{INSIDE}{path.relative_to(home)}" if path.is_relative_to(home) else f"sqlite:///{path}"
        return f"{place}?{options}" if options else place
    parts = urlsplit(address)
    user, at, host = parts.netloc.rpartition("@")
    scheme = parts.scheme.lower().partition("+")[0]
    scheme = "postgresql" if scheme == "postgres" else scheme
    return urlunsplit((scheme, f"{user.partition(':')[0]}{at}{host}", parts.path, parts.query, ""))


def lasting(address: str, folder: Path, record: str) -> str:
    """The place of a record, seen to be one that stays.

    Raises:
        HomeWrong: setup.home, for a database in memory, one named by a URI, one among temporary files, or what is no
            address of SQLite's or PostgreSQL's.
    """
    remedy = f"Unset COUNTENANCE_{record.upper()}_URL, or give the address of a database that stays."
    if forgets(address) or (_SQLITE.match(address) and _file(address) is None):
        raise HomeWrong(f"A {record} in memory, or named by a URI of SQLite's, keeps no record.", remedy)
    if (file := _file(address)) is not None:
        path, home = Path(os.path.realpath(file)), Path(os.path.realpath(folder))
        for throwaway in {os.path.realpath(one) for one in (tempfile.gettempdir(), "/tmp", "/dev", "/proc", "/run")}:
            if path.is_relative_to(throwaway) and not home.is_relative_to(throwaway):
                raise HomeWrong(f"The {record} {path} would lie among files that are thrown away.", remedy)
        if path.exists() and not path.is_file():
            raise HomeWrong(f"The {record} {path} is no file.", remedy)
    elif not _SERVER.match(address):
        raise HomeWrong(
            f"COUNTENANCE_{record.upper()}_URL is no address of a database that can keep a {record}.",
            "Give one as sqlite:////path/file.sqlite or postgresql://user@host/name.",
        )
    return place_of(address, folder)


def _file(address: str) -> str | None:
    """The path of an SQLite database as SQLAlchemy takes it, absolute; None where it is another, or a URI."""
    if not _SQLITE.match(address):
        return None
    path = _SQLITE.sub("", address).partition("?")[0]
    return None if path.startswith("file:") else os.path.abspath(path)  # noqa: PTH100 - links are not followed here


def absolute(address: str) -> str:
    """An address that means the same from every folder."""
    file = _file(address)
    return address if file is None else f"sqlite:///{file}{address[len(address.partition('?')[0]) :]}"


def address_of(place: str, folder: Path) -> str:
    return f"sqlite:///{folder.absolute() / place.removeprefix(INSIDE)}" if place.startswith(INSIDE) else place
