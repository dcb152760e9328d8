"""All installed readers, asked one after the other within the time. One that fails is told, and hides nothing that
others find."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import cache

from countenance.verify.plugins import load_plugins, plugin_points
from countenance.verify.readers.findings import Asked, Hindrance, OthersFinding, OthersMark
from countenance.verify.readers.protocol import MarkReader, Material, WeightsMissing

log = logging.getLogger(__name__)

GROUP = "countenance.mark_readers"
MOST = 16
"""Marks and notes that are kept of one reader."""


_PACKAGE = "countenance.verify.readers"
BUILT_IN = {
    "iptc": f"{_PACKAGE}.note_readers:SourceTypeReader",
    "aigc": f"{_PACKAGE}.note_readers:AigcReader",
    "camera": f"{_PACKAGE}.note_readers:CameraReader",
    "generators": f"{_PACKAGE}.generators:GeneratorReader",
    "stealth": f"{_PACKAGE}.stealth:StealthReader",
    "dwtdct": f"{_PACKAGE}.dwt_dct:DwtDctReader",
    "perth": f"{_PACKAGE}.perth:PerthReader",
}
"""Ours, which need no installing; no plug-in may take their names, so that none can hide what they find."""


def reader_names() -> tuple[str, ...]:
    """Names of the readers installed, ours first."""
    return tuple(point.name for point in plugin_points(GROUP, BUILT_IN))


@cache
def load_readers() -> tuple[MarkReader, ...]:
    """The readers installed. One that cannot be loaded is left out, and told in the log."""
    return load_plugins(GROUP, BUILT_IN, MarkReader, "mark reader", "name, title, kinds or read()")  # type: ignore[type-abstract]


def read_others(material: Material, readers: Sequence[MarkReader] | None = None) -> OthersFinding:
    """What others put into a file.

    Args:
        material: the file.
        readers: whom to ask; all that are installed when left out.
    """
    found: list[OthersMark] = []
    asked: list[Asked] = []
    for reader in load_readers() if readers is None else readers:
        if material.kind not in reader.kinds:
            continue
        hindrance: Hindrance = "time" if material.late else ""
        try:
            if not hindrance:
                found += list(reader.read(material))[:MOST]
        except WeightsMissing:
            hindrance = "weights"
        except Exception as error:  # as above
            log.warning("The mark reader %s failed: %s: %s", reader.name, type(error).__name__, error)
            hindrance = "failed"
        asked.append(Asked(reader.name, reader.title, hindrance))
    found.sort(key=lambda one: one.strength != "mark")
    return OthersFinding(tuple(dict.fromkeys(found)), tuple(asked), material.notes.overfull)
