"""All signals, measured on one stretch of a file; those of others by the entry point `countenance.forensics`."""

from __future__ import annotations

import logging
import math
from functools import cache

from countenance.errors import CountenanceError
from countenance.verify.forensics.findings import Hindrance, Sign, SignsFinding
from countenance.verify.forensics.protocol import ForensicSignal, Watched
from countenance.verify.plugins import load_plugins
from countenance.verify.sampling import SampledFile

log = logging.getLogger(__name__)

GROUP = "countenance.forensics"
_PACKAGE = "countenance.verify.forensics.signals"
BUILT_IN = {"lips": f"{_PACKAGE}:LipsSignal", "ghost": f"{_PACKAGE}:GhostSignal"}
"""Ours; no plug-in may take their names."""


@cache
def load_signals() -> tuple[ForensicSignal, ...]:
    """The signals installed. One that cannot be loaded is left out, and told in the log."""
    return load_plugins(GROUP, BUILT_IN, ForensicSignal, "forensic signal", "name, kinds or calibration")  # type: ignore[type-abstract]


def look_for_signs(
    source: SampledFile, *, until: float, signals: tuple[ForensicSignal, ...] | None = None
) -> SignsFinding:
    """What the signals say of a file.

    Args:
        source: as opened by `sampling.open_source`.
        until: in `time.monotonic()`'s seconds.
        signals: whom to ask; all that are installed when left out.
    """
    mine = [one for one in (load_signals() if signals is None else signals) if source.kind in one.kinds]
    if not mine:
        return SignsFinding(asked=True, hindrance="kind")
    try:
        from countenance.verify.forensics.watching import watch

        watched = watch(source, until=until)
    except (CountenanceError, ImportError) as error:
        log.info("Signs cannot be looked for: %s", error)
        return SignsFinding(asked=True, hindrance="no-tracker")
    if not watched.seen:
        return SignsFinding(asked=True, hindrance="no-face")
    return measured(watched, mine)


def measured(watched: Watched, signals: list[ForensicSignal], hindrance: Hindrance = "") -> SignsFinding:
    """Every signal on a stretch."""
    signs, unmeasured = [], []
    for signal in signals:
        try:
            value = float(signal.measure(watched))
        except Exception as error:  # as above
            log.warning("The forensic signal %s failed: %s: %s", signal.name, type(error).__name__, error)
            value = math.nan
        if not math.isfinite(value):
            unmeasured.append(signal.name)
            continue
        signs.append(Sign(signal.name, value, signal.calibration, *_span(watched), _box(watched)))
    return SignsFinding(True, tuple(signs), tuple(unmeasured), hindrance, watched.faces)


def _span(watched: Watched) -> tuple[float, float]:
    return (watched.times[0], watched.times[-1]) if len(watched.times) > 1 else (0.0, 0.0)


def _box(watched: Watched) -> tuple[float, float, float, float]:
    first = watched.seen[0]
    height, width = first.pixels.shape[:2]
    left, top, right, bottom = first.face.box
    shares = (left / width, top / height, right / width, bottom / height)
    return (
        min(max(shares[0], 0.0), 1.0),
        min(max(shares[1], 0.0), 1.0),
        min(max(shares[2], 0.0), 1.0),
        min(max(shares[3], 0.0), 1.0),
    )
