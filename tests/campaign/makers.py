"""What stands in for rendering where a test is about the book-keeping: quick, and able to die. Workers import it."""

from __future__ import annotations

import os
import signal
import time
from datetime import datetime
from pathlib import Path

from countenance.campaign.version import Outcome, Problem, Version
from countenance.files import sha256_file, write_atomically


def write(version: Version, since: datetime | None = None) -> Outcome:
    """A file with the version's name in it; and a line for each time that this was done."""
    with (version.output.parent / "calls.txt").open("a") as calls:
        calls.write(f"{version.name} {os.getpid()} {since is not None}\n")
    write_atomically(version.output, f"{version.name} {version.fingerprint}".encode())
    return Outcome(version.name, {"output": version.output.name, "sha256": sha256_file(version.output)})


def calls(folder: Path) -> list[tuple[str, int, bool]]:
    """What `write` was asked: name, process, whether it was told of an earlier attempt."""
    path = folder / "calls.txt"
    rows = [line.split() for line in path.read_text().splitlines()] if path.exists() else []
    return [(name, int(process), again == "True") for name, process, again in rows]


def fail_in_spanish(version: Version, since: datetime | None = None) -> Outcome:
    """Refuses one language."""
    if version.language == "es":
        return Outcome(version.name, {}, Problem("face.none", "No face.", "Another picture."))
    return write(version, since)


def die_once(version: Version, since: datetime | None = None) -> Outcome:
    """The first time it is asked for a 1:1 version, the process is killed halfway through a file."""
    if version.shape.name == "1x1" and since is None:
        (version.output.parent / f".{version.output.stem}.0123abcd.part.mp4").write_bytes(b"half")
        os.kill(os.getpid(), signal.SIGKILL)
    return write(version, since)


def die_always(version: Version, since: datetime | None = None) -> Outcome:
    """As `die_once`, each time."""
    return die_once(version, None if version.shape.name == "1x1" else since)


def take_long(version: Version, since: datetime | None = None) -> Outcome:
    """Writes half a file and waits, to be stopped."""
    from countenance.files import partial_beside

    with partial_beside(version.output) as partial:
        partial.write_bytes(b"half")
        time.sleep(120)
    return write(version, since)
