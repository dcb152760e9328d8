"""A trained network over the drawing of a likeness: what one person's face really looks like where views fall short.

The network sees the drawing on a square that follows the face, with where on the face each pixel lies and what the face
does, and answers with what to add to it. Runs on onnxruntime; knows nothing of training, files or plates.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.engines.mesh.area import area_mask
from countenance.engines.mesh.likeness_texture import CELL, Laid
from countenance.engines.mesh.refiner_config import CHANNELS, FORMAT, FULL, KEYS, MOTION
from countenance.errors import BadDocument
from countenance.face.head import Head
from countenance.face.raster import rasterise
from countenance.face.topology import FACE_OVAL, LANDMARKS, OUTER_EYE_CORNERS
from countenance.likeness.atlas import RADII, atlas_mesh, vertex_normals
from countenance.media.frames import Pixels
from countenance.models.inference import session_of

FloatArray = NDArray[np.float32]

FILLED = 0.75  # of the square that the face's oval takes
HOLD = 0.35  # of the last frame's answer that stays in the next one, where nothing moves
BEYOND_TURN, BEYOND_KEYS = np.radians(6.0), 0.04  # past what was trained on, radians and mean cm: there it trails off
STILL = 0.05  # cm or radians a key moves by, at which half of that is left


@dataclass(frozen=True)
class Seat:
    """The drawing of a likeness on a square that follows its face.

    Attributes:
        matrix: (2, 3) float64, the picture's pixels → the square's; upright, the oval taking FILLED of it.
        drawn: (FULL, FULL, 3) uint8 RGB, black outside the face.
        maps: (FULL/2, FULL/2, 3) uint8: u and v of the atlas and the cosine to the viewer; 0 outside the face.
        mask: (FULL, FULL) uint8, 255 where the network may speak.
        motion: (MOTION,) float32: x and y of the keys against the face at rest, cm; yaw and pitch, radians.
        laid: where the atlas lies on the square.
    """

    matrix: NDArray[np.float64]
    drawn: Pixels
    maps: NDArray[np.uint8]
    mask: NDArray[np.uint8]
    motion: FloatArray
    laid: Laid


def square_of(vertices: NDArray[np.floating], side: int = FULL) -> NDArray[np.float64]:
    """(2, 3): the picture's pixels → a square of `side` with the face upright in its middle.

    Args:
        vertices: (478 or more, 3), pixels of the picture.
        side: of the square, pixels.
    """
    right, left = vertices[list(OUTER_EYE_CORNERS), :2].astype(np.float64)
    angle = np.arctan2(*(left - right)[::-1])
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    oval = vertices[FACE_OVAL, :2] @ turn.T
    low, high = oval.min(0), oval.max(0)
    scale = FILLED * side / max(float((high - low).max()), 1e-3)
    return np.column_stack([scale * turn, (side - 1) / 2 - scale * (low + high) / 2])


def motion_of(vertices: NDArray[np.floating], rest: NDArray[np.floating]) -> FloatArray:
    """What the face does and where it looks, as `Seat.motion`.

    Args:
        vertices: (478 or more, 3), pixels.
        rest: (KEYS, 3), the keys of the likeness at rest, head frame, cm.
    """
    head = Head.of(np.asarray(vertices[:LANDMARKS], np.float64))
    rotation = head.pose.rotation
    yaw = np.arctan2(rotation[0, 2], rotation[2, 2])
    pitch = np.arcsin(np.clip(-rotation[1, 2], -1, 1))
    moved = (head.shape[KEYS] - rest)[:, :2]
    return np.concatenate([moved.ravel(), [yaw, pitch]]).astype(np.float32)


def seat(texture: Pixels, vertices: NDArray[np.floating], rest: NDArray[np.floating]) -> Seat:
    """Draw a likeness's skin on the square that follows its face.

    Args:
        texture: (A, A, 3) uint8, as `Skin.texture` gives it: in the likeness's own even light.
        vertices: (550, 3), pixels of a picture, in the order of `atlas_mesh`.
        rest: (KEYS, 3), see `motion_of`.
    """
    matrix = square_of(vertices)
    scale = float(np.hypot(*matrix[0, :2]))
    placed = np.column_stack([vertices[:, :2] @ matrix[:, :2].T + matrix[:, 2], vertices[:, 2] * scale])
    facing = -vertex_normals(placed)[:, 2]
    facing[LANDMARKS:] = np.tile(facing[FACE_OVAL], len(RADII))
    mesh = atlas_mesh()
    values = np.column_stack([mesh.uv, facing, np.ones(len(mesh.uv))]).astype(np.float32)
    coarse = np.zeros((FULL // CELL, FULL // CELL, 4), np.float32)
    cells = ((placed[:, :2] + 0.5) / CELL - 0.5).astype(np.float32)
    depth = np.full(coarse.shape[:2], 1e9, np.float32)
    rasterise(cells, placed[:, 2].astype(np.float32), mesh.triangles, values, coarse, depth)
    fine = cv2.resize(coarse, (FULL, FULL), interpolation=cv2.INTER_LINEAR)
    covered = fine[..., 3] > 0.999
    laid = Laid(np.ascontiguousarray(fine[..., :2]), covered.astype(np.float32))
    drawn = np.asarray(laid.sample(_fitting(texture, FULL)), np.uint8) * covered[..., None]
    mask = np.asarray(laid.sample(_reach()), np.float32) * laid.cover
    maps = np.clip(255 * coarse[..., :3] + 0.5, 0, 255).astype(np.uint8)
    return Seat(matrix, drawn, maps, (255 * mask + 0.5).astype(np.uint8), motion_of(vertices, rest), laid)


@lru_cache(maxsize=1)
def _reach() -> FloatArray:
    return area_mask("face", FULL)[0]


def _fitting(texture: Pixels, side: int) -> Pixels:
    """The texture no finer than the square can show."""
    if texture.shape[0] <= 2 * side:
        return texture
    return np.asarray(cv2.resize(texture, (2 * side, 2 * side), interpolation=cv2.INTER_AREA), np.uint8)


def planes(place: Seat, side: int) -> FloatArray:
    """(CHANNELS, side, side) float32 in [0, 1]: what the network sees."""
    out = np.empty((CHANNELS, side, side), np.float32)
    drawn = cv2.resize(place.drawn, (side, side), interpolation=cv2.INTER_AREA)
    maps = cv2.resize(place.maps.astype(np.float32), (side, side), interpolation=cv2.INTER_LINEAR)
    out[:3] = drawn.transpose(2, 0, 1)
    out[3:6] = maps.transpose(2, 0, 1)
    out[6] = cv2.resize(place.mask, (side, side), interpolation=cv2.INTER_AREA)
    out /= 255
    return out


class Refiner:
    """A trained network on one likeness. Remembers its last answer; give frames in order.

    Args:
        onnx: the graph, as `training.export` writes it.

    Raises:
        BadDocument: likeness.network: it is no such graph.
    """

    def __init__(self, onnx: bytes) -> None:
        try:
            self._session: Any = session_of(onnx)
            about = self._session.get_modelmeta().custom_metadata_map
            if about.get("format") != FORMAT:
                raise ValueError(f"format {about.get('format')}")
            rest = np.frombuffer(base64.b64decode(about["rest"], validate=True), "<f4").reshape(len(KEYS), 3)
            known = np.frombuffer(base64.b64decode(about["known"], validate=True), "<f4").reshape(2, MOTION)
            shape = self._session.get_inputs()[0].shape
            if list(shape[:2]) != [1, CHANNELS] or shape[2] != shape[3] or not 32 <= int(shape[2]) <= FULL:
                raise ValueError(f"an input of {shape}")
        except (ValueError, KeyError, TypeError, IndexError, binascii.Error, RuntimeError) as error:
            raise _no_network(error) from error
        except Exception as error:
            # onnxruntime's errors derive from Exception alone, one class a status
            if type(error).__module__.startswith("onnxruntime"):
                raise _no_network(error) from error
            raise
        self.side = int(shape[2])
        self.rest = rest.astype(np.float64)
        self._known = known.astype(np.float64)
        self._last: tuple[FloatArray, FloatArray] | None = None

    def residual(self, place: Seat, *, cut: bool = False) -> FloatArray:
        """(side, side, 3) float32, grey levels to add to the drawing on the square; 0 outside the mask."""
        (answer,) = self._session.run(None, {"picture": planes(place, self.side)[None], "motion": place.motion[None]})
        now = np.asarray(255 * self.trust(place.motion) * answer[0].transpose(1, 2, 0), np.float32)
        if self._last is not None and not cut:
            moved = float(np.abs(place.motion - self._last[1]).max())
            now = now + HOLD / (1 + (moved / STILL) ** 2) * (self._last[0] - now)
        self._last = (now, place.motion)
        return now

    def trust(self, motion: FloatArray) -> float:
        """In [0, 1]: whether poses and expressions like this one were trained on; a network guesses wildly beyond."""
        past = np.abs(motion - np.clip(motion, *self._known))
        away = float((past[-2:] ** 2).sum()) / BEYOND_TURN**2 + (float(past[:-2].mean()) / BEYOND_KEYS) ** 2
        return float(np.exp(-away / 2))

    def refine(
        self,
        drawn: Pixels,
        texture: Pixels,
        vertices: NDArray[np.floating],
        box: tuple[int, int, int, int],
        *,
        cut: bool = False,
    ) -> Pixels:
        """The drawing with what the network knows of this person, before the plate's light is put on.

        What is added is as coarse as the network's square; finer skin stays as it was drawn.

        Args:
            drawn: (h, w, 3) uint8, the likeness's skin in the region, in its own even light.
            texture: (A, A, 3) uint8, what was laid there.
            vertices: (550, 3), pixels of the picture, where it was laid.
            box: x0, y0, x1, y1 of the region.
            cut: the frame before was of another shot.

        Returns:
            (h, w, 3) uint8.
        """
        place = seat(texture, vertices, self.rest)
        change = self.residual(place, cut=cut)
        back = place.matrix.copy()
        back[:, 2] += back[:, :2] @ np.array(box[:2], np.float64)  # the region's pixels → the square's
        ratio = self.side / FULL
        back = back * ratio
        back[:, 2] += 0.5 * ratio - 0.5  # pixel centres
        height, width = drawn.shape[:2]
        how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        added = cv2.warpAffine(change, back, (width, height), flags=how, borderMode=cv2.BORDER_CONSTANT)
        return np.asarray(np.clip(drawn + added + 0.5, 0, 255), np.uint8)


def _no_network(error: Exception) -> BadDocument:
    return BadDocument(
        f"The likeness's trained network cannot be used: {str(error).splitlines()[0] if str(error) else error!r}.",
        "Train it again with `countenance likeness train`.",
        code="likeness.network",
    )
