"""What `verify` asks: its own parts first, then those of other packages by entry point.

Ours stand in a table, so that they need no installing, and so that no plug-in can take their names and hide what they
find. Knows nothing of what the parts do.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import TypeVar

log = logging.getLogger(__name__)
Part = TypeVar("Part")


def plugin_points(group: str, built_in: Mapping[str, str]) -> list[EntryPoint]:
    """Ours, then the installed ones of other names, sorted.

    Args:
        group: of the entry points.
        built_in: our names → `module:attribute`.
    """
    ours = [EntryPoint(name, place, group) for name, place in built_in.items()]
    return ours + [one for one in sorted(entry_points(group=group)) if one.name not in built_in]


def load_plugins(group: str, built_in: Mapping[str, str], kind: type[Part], called: str, has: str) -> tuple[Part, ...]:
    """An instance of each. One that cannot be loaded, or is something else, is left out, and told in the log.

    Args:
        group, built_in: as for `plugin_points`.
        kind: the protocol that each keeps, checkable at run time.
        called: what it is called in the log, as "mark reader".
        has: what the protocol asks for, in words.
    """
    found: list[Part] = []
    for point in plugin_points(group, built_in):
        try:
            part = point.load()()
        except Exception as error:  # somebody else's package: whatever it raises, the file can still be answered for
            log.warning("The %s %s could not be loaded: %s", called, point.name, error)
            continue
        if isinstance(part, kind):
            found.append(part)
        else:
            log.warning("The entry point %s is no %s: it lacks %s.", point.name, called, has)
    return tuple(found)
