"""Is this somebody before a camera, now? Judges measures of a take; reads no files. Pure.

Each rule says no with a code, what was missing, and what to do. What a number is drawn from is said beside it; the
measures behind them are printed by `python -m bench.take`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.permission.liveness_check.video_measures import TakeSeries

Array = NDArray[np.float64]

LEAST_RATE = 10.0  # frames a second; a blink lasts 0.1 to 0.4 s
LEAST_EYES = 40.0  # pixels between the outer eye corners
LEAST_SEEN = 0.9  # share of frames with a face
CUT = 0.5  # eye distances from one frame to the next; people at ease stay below 0.1
CLOSED, OPEN = 0.62, 0.8  # of the eye's usual opening
LONGEST_BLINK = 0.8  # seconds
TURNED = 8.0  # degrees as measured; a turn of 15 reads as 9 to 12
FLAT = 0.02  # eye distances: how far a turned head is from a flat picture; pictures stay at 0.012, heads from 0.035
UNCHANGED = 0.95  # of the background is exactly as in the frame before; cameras 0.3 to 0.87, animated stills from 0.98


@dataclass(frozen=True)
class Lack:
    """Something that a take lacks.

    Attributes:
        code: a stable word: blink, turn, flat, cut, small, rate, lost, background, still_plate, …
        sentence: what is wrong with this take.
        remedy: what to do.
    """

    code: str
    sentence: str
    remedy: str


def blinks(series: TakeSeries) -> list[float]:
    """Times at which both eyes closed and opened again."""
    usual = np.maximum(np.median(series.lids, axis=0), 1e-6)
    opening = series.lids / usual
    facing = np.abs(series.yaw - np.median(series.yaw)) < 15
    closed = (opening.mean(1) < CLOSED) & (opening < OPEN).all(1) & facing
    found = []
    for start, stop in _runs(closed):
        before, after = opening[max(0, start - 8) : start].mean(1), opening[stop : stop + 12].mean(1)
        if not len(before) or not len(after) or before.max() < OPEN or after.max() < OPEN:
            continue
        if series.times[stop - 1] - series.times[start] <= LONGEST_BLINK:
            found.append(float(series.times[(start + stop - 1) // 2]))
    return found


def turns(series: TakeSeries) -> list[str]:
    """Ways the head was turned, one after the other; further to the same side counts once."""
    away = series.yaw - np.median(series.yaw)
    found: list[tuple[int, str]] = []
    for side, name in ((1.0, "left"), (-1.0, "right")):
        found += [(start, name) for start, stop in _runs(away * side >= TURNED) if stop - start >= 2]
    order = [name for _, name in sorted(found)]
    return [name for k, name in enumerate(order) if k == 0 or name != order[k - 1]]


def flatness(series: TakeSeries) -> float | None:
    """How far the turned head's landmarks are from any flat picture of the facing ones, in eye distances.

    A homography (eight numbers) maps every view of a photograph onto every other, but not of a head, whose nose stands
    out. Median over the turned frames; None where the head never turns.
    """
    away = np.abs(series.yaw - np.median(series.yaw))
    facing = series.rigid[away <= np.percentile(away, 20)]
    turned = np.flatnonzero(away >= TURNED)
    if not len(turned):
        return None
    front = np.median(facing, axis=0)
    apart = []
    for k in turned:
        there = series.rigid[k]
        matrix, _ = cv2.findHomography(front, there, 0)
        if matrix is not None:
            mapped = cv2.perspectiveTransform(front[None], matrix)[0]
            apart.append(np.sqrt(((mapped - there) ** 2).sum(1).mean()) / series.eyes[k])
    return float(np.median(apart)) if apart else None


def lacking(series: TakeSeries, asked: Sequence[str]) -> list[Lack]:
    """What a take lacks to the eye.

    Args:
        series: as measured.
        asked: the turns that were asked for, in order.
    """
    again = "Record the take again, in one piece, facing the camera in good light."
    found = []
    if series.rate < LEAST_RATE:
        found.append(Lack("rate", f"The clip has {series.rate:.0f} frames a second with a face.", again))
    if len(series.times) < LEAST_SEEN * series.frames:
        share = 100 * (1 - len(series.times) / series.frames)
        found.append(Lack("lost", f"The face is hidden or out of the picture for {share:.0f}% of the time.", again))
    if (size := float(np.median(series.eyes))) < LEAST_EYES:
        found.append(Lack("small", f"The face is small: {size:.0f} pixels between the eyes.", "Come closer."))
    if series.jumps.max() > CUT:
        at = float(series.times[int(series.jumps.argmax())])
        found.append(Lack("cut", f"The face jumps at {at:.1f} s, as where a clip was cut.", again))
    if not blinks(series):
        found.append(Lack("blink", "The eyes never blink.", "Do not hold your eyes open; take tinted glasses off."))
    found += _turning(series, asked)
    found += _surroundings(series)
    return found


def _turning(series: TakeSeries, asked: Sequence[str]) -> list[Lack]:
    seen = turns(series)
    if seen != list(asked):
        did = f"turns {' then '.join(seen)}" if seen else "never turns"
        remedy = "Turn as asked, once each, as you feel left and right; switch mirroring off in the camera program."
        return [Lack("turn", f"The head {did}; asked for was {' then '.join(asked)}.", remedy)]
    apart = flatness(series)
    if apart is not None and apart < FLAT:
        return [Lack("flat", "What turns is a flat picture, not a head.", "The person must be before the camera.")]
    return []


def _surroundings(series: TakeSeries) -> list[Lack]:
    if series.still is None:
        return [
            Lack(
                "background",
                "The head fills the picture, so that nothing can be seen round it.",
                "Move back until a hand's breadth of room shows on both sides of the head.",
            )
        ]
    if series.still > UNCHANGED:
        return [
            Lack(
                "still_plate",
                f"{100 * series.still:.0f}% of the background stands still to the last bit, as in animated stills.",
                "Record with the camera itself; no virtual background, no edited clip.",
            )
        ]
    return []


def _runs(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Stretches of True: first index, and the one after the last."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
