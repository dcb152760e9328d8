"""All installed readers, asked one after the other, each within its time. A reader that fails is told, and hides nothing
that others find."""

from __future__ import annotations

import logging
from importlib.metadata import entry_points
from typing import Literal

from countenance.verify.readers.findings import OthersFinding, OthersMark, Unread
from countenance.verify.readers.protocol import MarkReader, Material, WeightsMissing

log = logging.getLogger(__name__)

GROUP = "countenance.mark_readers"
MOST = 16
"""Marks and notes that are kept of one reader."""


def reader_names() -> tuple[str, ...]:
    """Names of the readers installed, sorted."""
    return tuple(sorted({point.name for point in entry_points(group=GROUP)}))


def load_readers() -> list[MarkReader]:
    """The readers installed, by name. One that cannot be loaded is left out, and told in the log."""
    readers: list[MarkReader] = []
    for point in sorted(entry_points(group=GROUP), key=lambda one: one.name):
        try:
            reader = point.load()()
        except Exception as error:  # somebody else's package: whatever it raises, the file can still be answered for
            log.warning("The mark reader %s could not be loaded: %s", point.name, error)
            continue
        if isinstance(reader, MarkReader):
            readers.append(reader)
        else:
            log.warning("The entry point %s is no mark reader: it lacks name, title, kinds or read().", point.name)
    return readers


def read_others(material: Material, readers: list[MarkReader] | None = None) -> OthersFinding:
    """What others put into a file.

    Args:
        material: the file.
        readers: whom to ask; all that are installed when left out.
    """
    found: list[OthersMark] = []
    looked: list[str] = []
    unread: list[Unread] = []
    for reader in load_readers() if readers is None else readers:
        if material.kind not in reader.kinds:
            continue
        why: Literal["time", "weights", "part", "kind", "failed"] | None = None
        try:
            if material.late:
                why = "time"
            else:
                found += list(reader.read(material))[:MOST]
        except WeightsMissing:
            why = "weights"
        except Exception as error:  # as above
            log.warning("The mark reader %s failed: %s: %s", reader.name, type(error).__name__, error)
            why = "failed"
        if why is None:
            looked.append(reader.name)
        else:
            unread.append(Unread(reader.name, why))
    found.sort(key=lambda one: one.strength != "mark")
    notes = material.notes
    return OthersFinding(tuple(dict.fromkeys(found)), tuple(looked), tuple(unread), notes.overfull)


def titles() -> dict[str, str]:
    """What each reader looks for, by its name."""
    return {reader.name: reader.title for reader in load_readers()}
