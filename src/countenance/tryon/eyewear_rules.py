"""What a pair of glasses may be: it leaves its wearer's face to be seen, and bears nobody else's.

A model is somebody's file. A plate with a photograph on it would put another face on the person who agreed to try on
glasses, so what is opaque is bounded, the eyes stay free, lenses are plain, and what a model shows is searched for
faces. Knows no wearer.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from countenance.errors import BadDocument
from countenance.face.tracker import find_faces
from countenance.media.frames import Pixels
from countenance.tryon.colour import linear
from countenance.tryon.eyewear import LENS, Frame
from countenance.tryon.eyewear_raster import FAR, draw_ids
from countenance.tryon.glb_textures import Texture
from countenance.tryon.thumbnail import draw_frame

FINE = 40.0  # samples a cm
MOST_OPAQUE = 30.0
"""cm² of a front that may hide what is behind it, seen from before; 4 to 17 on the six frames of the demo."""
EYE = (1.3, 0.6)  # cm to either side of an eye and above and below it that must not be hidden,
PUPIL = 3.15  # cm from the middle to most people's pupils: wherever a model says that its lenses are
EYE_HIDDEN = 0.05  # but for this share
PRINT = 0.06  # standard deviation of a lens's colour, linear, that a tint from top to bottom doesn't explain
SHOWN = (768, 512)  # pixels in which faces are searched for


def check_eyewear(frame: Frame, name: str) -> None:
    """Refuse a model that would hide its wearer's face or put another one over it.

    Args:
        frame: as it would be worn.
        name: of its file.

    Raises:
        BadDocument: tryon.covers (too much of a face is hidden), tryon.lens (something is printed on a lens),
            tryon.face (somebody's face is shown).
    """
    points = frame.points.astype(np.float64)
    low = points[:, :2].min(0)
    high = np.ceil(np.ptp(points[:, :2], axis=0)[::-1] * FINE).astype(int) + 1
    hidden = np.full(tuple(high), -1, np.int32)
    draw_ids(
        ((points[:, :2] - low) * FINE).astype(np.float32), (points[:, 2] * FINE).astype(np.float32), frame.triangles,
        0, frame.opaque, hidden, np.full(hidden.shape, FAR, np.float32),
    )  # fmt: skip
    _check_cover(hidden >= 0, low, frame, name)
    for number in np.unique(frame.material[frame.part == LENS]):
        if (printed := frame.materials[number].colour_map) is not None and _deviation(printed) > PRINT:
            raise BadDocument(
                f"{name} has a picture on its lenses.", "Give them one colour, or a tint from top to bottom.",
                code="tryon.lens",
            )  # fmt: skip
    shown = [draw_frame(frame, *SHOWN, turn=np.zeros(3))]
    shown += [one.colour_map.pixels[..., :3] for one in frame.materials if one.colour_map is not None]
    if any(_has_face(pixels) for pixels in shown):
        raise BadDocument(
            f"{name} shows somebody's face.", "Glasses are tried on; nobody's face is put on with them.",
            code="tryon.face",
        )  # fmt: skip


def _check_cover(hidden: NDArray[np.bool_], low: NDArray[np.float64], frame: Frame, name: str) -> None:
    area = float(hidden.sum()) / FINE**2
    if area > MOST_OPAQUE:
        raise BadDocument(
            f"{name} would hide {area:.0f} cm² of a face; frames hide {MOST_OPAQUE:.0f} at most.",
            "Give its lenses a material that light goes through: KHR_materials_transmission, or alphaMode BLEND.",
            code="tryon.covers",
        )
    for x in (-frame.lens_x, -PUPIL, PUPIL, frame.lens_x):
        x0, y0 = (np.array([x, 0]) - EYE - low) * FINE
        x1, y1 = (np.array([x, 0]) + EYE - low) * FINE
        window = hidden[max(0, int(y0)) : max(0, int(y1)), max(0, int(x0)) : max(0, int(x1))]
        if window.size and window.mean() > EYE_HIDDEN:
            raise BadDocument(
                f"{name} would hide an eye of whoever wears it.",
                "Give its lenses a material that light goes through: KHR_materials_transmission, or alphaMode BLEND.",
                code="tryon.covers",
            )


def _deviation(texture: Texture) -> float:
    """Of a texture's colour from the nearest smooth tint: of second order across and down."""
    pixels = texture.pixels[:: max(1, texture.pixels.shape[0] // 64), :: max(1, texture.pixels.shape[1] // 64), :3]
    rows, columns = np.mgrid[-1 : 1 : pixels.shape[0] * 1j, -1 : 1 : pixels.shape[1] * 1j]
    basis = np.stack([np.ones_like(rows), rows, columns, rows**2, columns**2, rows * columns], -1).reshape(-1, 6)
    colour = linear(pixels).reshape(-1, 3)
    left = colour - basis @ np.linalg.lstsq(basis, colour, rcond=None)[0]
    return float(left.std(axis=0).max())


def _has_face(pixels: Pixels) -> bool:
    return bool(find_faces(np.ascontiguousarray(pixels), thorough=True))
