"""What a pair of glasses may be: it leaves its wearer's face to be seen, and bears nobody else's.

A model is somebody's file. A plate with a photograph on it would put another face on the person who agreed to try on
glasses, so what is opaque is bounded, the eyes stay free, lenses are plain, and what a model shows is searched for
faces. Knows no wearer.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.errors import BadDocument
from countenance.face.people import FaceFinder
from countenance.face.pose import rotation_from_vector
from countenance.tryon.colour import linear
from countenance.tryon.eyewear import FRONT, Frame
from countenance.tryon.eyewear_raster import FAR, draw_ids
from countenance.tryon.thumbnail import draw_frame, in_view

FINE = 40.0  # samples a cm
MOST_OPAQUE = 30.0
"""cm² of a front that may hide what is behind it, seen from before; 4 to 17 on the six frames of the demo."""
EYE = (1.3, 0.6)  # cm to either side of an eye and above and below it that must not be hidden,
PUPIL = 3.15  # cm from the middle to most people's pupils: wherever a model says that its lenses are
EYE_HIDDEN = 0.05  # but for this share
PRINT = 0.03
"""Standard deviation of a lens's colour, linear, that a tint of second order doesn't explain; 0.002 at most on the six
frames of the demo, in all their variants."""
TURNS = (0.0, -0.5, 0.5)  # radians to either side from which a front is looked at
EDGE = 5  # pixels at a lens's rim that are left out
INNER, DEEPEST = 0.5, 3.5  # of the width; cm behind the foremost point that what is opaque there may reach
_CLEAR = "Give its lenses a material that light goes through: KHR_materials_transmission, or alphaMode BLEND."
SMALL = (384, 256)  # pixels in which a front is searched for a face
SHOWN = (768, 512)  # pixels in which lenses are looked at


def check_eyewear(frame: Frame, name: str) -> None:
    """Refuse a model that would hide its wearer's face or put another one over it.

    Args:
        frame: as it would be worn.
        name: of its file.

    Raises:
        BadDocument: tryon.covers (too much of a face is hidden), tryon.lens (something is printed on a lens),
            tryon.face (somebody's face is shown).
    """
    _check_cover(frame, name)
    _check_lenses(frame, name)
    shown = [draw_frame(frame, *SMALL, turn=np.array([0.0, turn, 0.0])) for turn in TURNS]
    textures = [one.colour_map.pixels[..., :3] for one in frame.materials if one.colour_map is not None]
    with FaceFinder() as finder:
        found = any(finder.find(pixels) for pixels in shown)
        found = found or any(finder.find(np.ascontiguousarray(pixels), thorough=True) for pixels in textures)
    if found:
        raise BadDocument(
            f"{name} shows somebody's face.", "Glasses are tried on; nobody's face is put on with them.",
            code="tryon.face",
        )  # fmt: skip


def _check_cover(frame: Frame, name: str) -> None:
    points = frame.points.astype(np.float64)
    opaque = frame.triangles[: frame.opaque]
    hidden, _ = _seen(points, opaque)
    area = float(hidden.sum()) / FINE**2
    middle = points[np.unique(opaque)]
    middle = middle[np.abs(middle[:, 0]) < INNER * frame.width / 2]
    if len(middle) and float(middle[:, 2].max() - points[:, 2].min()) > DEEPEST:
        raise BadDocument(
            f"{name} reaches into the face that would wear it.",
            f"Between the temples only what lies within {DEEPEST:g} cm of the front is a part of glasses.",
            code="tryon.covers",
        )
    if area > MOST_OPAQUE:
        raise BadDocument(
            f"{name} would hide {area:.0f} cm² of a face; frames hide {MOST_OPAQUE:.0f} at most.", _CLEAR,
            code="tryon.covers",
        )  # fmt: skip
    for turn in TURNS:
        _check_eyes(frame, turn, name)


def _check_eyes(frame: Frame, turn: float, name: str) -> None:
    """Whether the eyes are free when a head is turned so far, radians."""
    rotation = rotation_from_vector(np.array([0.0, turn, 0.0]))
    points = frame.points.astype(np.float64) @ rotation.T
    opaque = frame.triangles[: frame.opaque]
    hidden, low = _seen(points, opaque[frame.part[: frame.opaque] == FRONT])
    reach = np.array(EYE) * (np.cos(turn), 1)
    for x in (-frame.lens_x, -PUPIL, PUPIL, frame.lens_x):
        near = np.abs(frame.points[:, 0] - x) < EYE[0]
        z = float(np.median(frame.points[near, 2])) if near.any() else 0.0
        at = (rotation @ (x, 0, z))[:2]
        (x0, y0), (x1, y1) = (at - reach - low) * FINE, (at + reach - low) * FINE
        window = hidden[max(0, int(y0)) : max(0, int(y1)), max(0, int(x0)) : max(0, int(x1))]
        if window.size and window.mean() > EYE_HIDDEN:
            raise BadDocument(f"{name} would hide an eye of whoever wears it.", _CLEAR, code="tryon.covers")


def _check_lenses(frame: Frame, name: str) -> None:
    """In light that comes from everywhere a lens has one colour, or a smooth tint, whatever it is made of."""
    width, height = SHOWN
    places, _ = in_view(frame.points.astype(np.float64), width, height)
    glass = _covered(places, frame.triangles[frame.opaque :], (height, width))
    glass = cv2.erode(glass.astype(np.uint8), np.ones((EDGE, EDGE), np.uint8)).astype(bool)
    colour = linear(draw_frame(_lenses_of(frame), width, height, turn=np.zeros(3), lit=False))
    rows, columns = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    for side in (columns < 0, columns >= 0):
        here = glass & side
        if here.sum() < EDGE**2:
            continue
        y, x = rows[here], columns[here]
        basis = np.stack([np.ones_like(x), x, y, x * x, y * y, x * y], 1)
        left = colour[here] - basis @ np.linalg.lstsq(basis, colour[here], rcond=None)[0]
        if float(left.std(axis=0).max()) > PRINT:
            raise BadDocument(
                f"{name} has a picture on its lenses.", "Give them one colour, or a tint from top to bottom.",
                code="tryon.lens",
            )  # fmt: skip


def _lenses_of(frame: Frame) -> Frame:
    """The same without what is opaque, so that nothing hides a lens from being looked at."""
    kept = slice(frame.opaque, None)
    return replace(
        frame, triangles=frame.triangles[kept], part=frame.part[kept], material=frame.material[kept], opaque=0
    )


def _seen(points: NDArray[np.float64], triangles: NDArray[np.int32]) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Where triangles lie seen from before, `FINE` samples a cm, and the x, y in cm at which that begins."""
    low = points[:, :2].min(0)
    rows, columns = np.ceil(np.ptp(points[:, :2], axis=0)[::-1] * FINE).astype(int) + 1
    return _covered((points[:, :2] - low) * FINE, triangles, (rows, columns)), low


def _covered(places: NDArray[np.float64], triangles: NDArray[np.int32], shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Which of (rows, columns) samples triangles cover; `places` (N, 2) of their corners."""
    ids, depth = np.full(shape, -1, np.int32), np.full(shape, FAR, np.float32)
    draw_ids(places.astype(np.float32), np.zeros(len(places), np.float32), triangles, 0, len(triangles), ids, depth)
    return np.asarray(ids >= 0)
