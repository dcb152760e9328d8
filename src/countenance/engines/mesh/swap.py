"""A likeness on a double: each frame of the double's clip keeps its light, hair and motion and gets another face.

The frame is first warped so that its face has the likeness's proportions; the likeness's skin is laid over it, in the
plate's light, with the double's folds; what the eyes and the mouth show inside stays the double's, so that gaze and
teeth are where they were. Hair, glasses and hands before the face stay in front of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.engines.mesh.area import Area, area_mask, feature_mask
from countenance.engines.mesh.curves import polygon_mask, spline_matrix
from countenance.engines.mesh.geometry import Rings, make_rings
from countenance.engines.mesh.light import SIDE, Light, folds
from countenance.engines.mesh.retarget import EYES, Retarget
from countenance.engines.mesh.skin import CELL, Moment, Skin, lay
from countenance.face.head import Head
from countenance.face.measures import mouth_and_eyes
from countenance.face.raster import rasterise
from countenance.face.topology import FACE_OVAL, LANDMARKS
from countenance.face.types import Face
from countenance.likeness.atlas import on_atlas, vertex_normals
from countenance.likeness.model import JAW, SMILE, Likeness
from countenance.likeness.views import log_colour, skin_on_atlas
from countenance.media.frames import Pixels
from countenance.performance.appearance import LIP_RING
from countenance.performance.model import Neutral

FloatArray = NDArray[np.float64]
Float32 = NDArray[np.float32]

FOLLOW = np.array([0.85, 0.55, 0.28, 0.1, 0.02, 0.0, 0.0, 0.0])  # of the outline's change that each ring round it takes
OUTLINE = 0.5  # of the likeness's proportions that the oval takes: beyond it are the double's own hair and neck
INNER = 2.2  # cm inside the oval from where the likeness's proportions hold fully
ATLAS_RINGS = 2
FOLD_GAIN = 0.75


@dataclass(frozen=True)
class SwapOptions:
    """How a likeness is put on a double.

    Attributes:
        area: how much of the face is replaced.
        shape: how far the double's proportions go towards the likeness's, 0 to 1.
        expression: strength of the double's motion.
    """

    area: Area = "face"
    shape: float = 1.0
    expression: float = 1.0


class SwapRig:
    """One likeness on one double, frame by frame. Remembers the light; give frames in order.

    Args:
        likeness: who is drawn.
        reference: the double's face at rest.
        pixels: (h, w, 3) uint8 RGB, the frame it was measured in.
        options: see SwapOptions.
    """

    def __init__(self, likeness: Likeness, reference: Face, pixels: Pixels, options: SwapOptions | None = None) -> None:
        options = options or SwapOptions()
        landmarks = reference.landmarks.astype(np.float64)
        self._double = Head.of(landmarks)
        self._skin = Skin(likeness)
        mixed = self._double.shape + self._share(options.shape) * (likeness.shape - self._double.shape)
        self._retarget = Retarget(
            Head(self._double.pose, mixed, self._double.mesh),
            Neutral(*mouth_and_eyes(self._double.shape)),
            options.expression,
        )
        mask, _ = area_mask(options.area, likeness.side)
        self._mask = mask
        reach, rim = area_mask(options.area, SIDE)
        self._light = Light(rim, (reach > 0).astype(np.float32))
        self._fold_mask = skin_on_atlas(SIDE) * (1 - feature_mask(SIDE))
        rings = make_rings(landmarks, self._double)
        self._triangles = np.concatenate([self._double.mesh.triangles, rings.triangles]).astype(np.int32)
        self._rest, _ = self._on_atlas(pixels, self._all(landmarks, rings))
        self._iris = self._iris_shift(likeness, pixels, landmarks)

    def _share(self, shape: float) -> FloatArray:
        """(478, 1): how far each landmark goes to the likeness's place."""
        at = self._double.shape
        oval = at[FACE_OVAL, :2]
        away = np.linalg.norm(at[:, None, :2] - oval[None], axis=2).min(1)
        t = np.clip(away / INNER, 0, 1)
        return np.asarray(shape * (OUTLINE + (1 - OUTLINE) * t * t * (3 - 2 * t)))[:, None]

    def draw(self, pixels: Pixels, face: Face, *, cut: bool = False) -> Pixels:
        """The frame with the likeness on the double's face.

        Args:
            pixels: (h, w, 3) uint8 RGB, the frame.
            face: the double's, as measured in it.
            cut: the frame before was of another shot.
        """
        landmarks = face.landmarks.astype(np.float64)
        pose, shape = self._double.locate(landmarks)
        rings = make_rings(landmarks, Head(pose, shape, self._double.mesh))
        moved = pose.apply(self._retarget.shape(shape - self._double.shape))
        carried = rings.places + np.repeat(FOLLOW, len(FACE_OVAL))[:, None] * (moved - landmarks)[FACE_OVAL][rings.oval]
        box = self._box(carried, pixels)
        out = pixels.copy()
        if box is None:
            return out
        x0, y0, x1, y1 = box
        under = self._warped(pixels, landmarks, rings, np.concatenate([moved, carried]), box)
        vertices = np.concatenate([moved, carried[: ATLAS_RINGS * len(FACE_OVAL)]])
        laid = lay(vertices, box)
        plate, seen = self._on_atlas(pixels, self._all(landmarks, rings))
        moment = self._moment(face)
        texture = self._skin.texture(moment)
        gain = self._light.gain(plate, seen, texture, cut=cut)
        fold = folds(plate, self._rest, seen, self._fold_mask)
        gain = gain + (FOLD_GAIN * (1 - 0.7 * self._skin.expression_known(moment)) * fold)[..., None]
        drawn = laid.sample(texture).astype(np.float32) * laid.sample(np.exp(gain))
        mask = np.asarray(laid.sample(self._mask), np.float32) * laid.cover
        flat = moved[:, :2] - (x0, y0)
        self._paint_irises(under, flat)
        mask *= 1 - self._openings(flat, mask.shape)
        part = out[y0:y1, x0:x1]
        # Outside the mask the warped frame is what the face was fitted to; it fades into the frame itself by itself,
        # since the outer rings stay where they are.
        mixed = under.astype(np.float32)
        mixed += (drawn - mixed) * mask[..., None]
        part[:] = np.clip(mixed + 0.5, 0, 255).astype(np.uint8)
        return out

    def _moment(self, face: Face) -> Moment:
        yaw, pitch, _ = face.angles
        smile = float(face.blendshapes[list(SMILE)].mean())
        return Moment(yaw, pitch, smile, float(face.blendshapes[JAW]))

    @staticmethod
    def _all(landmarks: FloatArray, rings: Rings) -> FloatArray:
        """(550, 3) vertices of the atlas mesh on the double."""
        return np.concatenate([landmarks, rings.places[: ATLAS_RINGS * len(FACE_OVAL)]])

    @staticmethod
    def _box(carried: FloatArray, pixels: Pixels) -> tuple[int, int, int, int] | None:
        """x0, y0, x1, y1 of all that moves, of whole cells; None where nothing of it is in the picture."""
        height, width = pixels.shape[:2]
        moving = carried.reshape(len(FOLLOW), -1, 3)[5][:, :2]
        x0, y0 = (max(0, int(v)) for v in moving.min(0))
        x1, y1 = int(min(width, moving[:, 0].max() + 1)), int(min(height, moving[:, 1].max() + 1))
        x1, y1 = x1 - (x1 - x0) % CELL, y1 - (y1 - y0) % CELL
        return (x0, y0, x1, y1) if x1 - x0 >= 8 * CELL and y1 - y0 >= 8 * CELL else None

    def _warped(
        self, pixels: Pixels, landmarks: FloatArray, rings: Rings, vertices: FloatArray, box: tuple[int, int, int, int]
    ) -> Pixels:
        """The frame with its face in the likeness's proportions, in the region."""
        x0, y0, x1, y1 = box
        columns, rows = (x1 - x0) // CELL, (y1 - y0) // CELL
        gy, gx = np.mgrid[0:rows, 0:columns].astype(np.float32)
        coarse = np.dstack([gx * CELL + (CELL - 1) / 2 + x0, gy * CELL + (CELL - 1) / 2 + y0]).astype(np.float32)
        origin = np.concatenate([landmarks[:, :2], rings.places[:, :2]]).astype(np.float32)
        cells = ((vertices[:, :2] - (x0, y0) + 0.5) / CELL - 0.5).astype(np.float32)
        depth = np.full((rows, columns), 1e9, np.float32)
        rasterise(cells, vertices[:, 2].astype(np.float32), self._triangles, origin, coarse, depth)
        places = cv2.resize(coarse, (x1 - x0, y1 - y0), interpolation=cv2.INTER_LINEAR)
        return np.asarray(cv2.remap(pixels, places, None, cv2.INTER_CUBIC, None, cv2.BORDER_REFLECT_101), np.uint8)

    @staticmethod
    def _on_atlas(pixels: Pixels, vertices: FloatArray) -> tuple[Float32, Float32]:
        """Log colours of the double's face on the light's atlas, and how well each texel is seen."""
        facing = -vertex_normals(vertices)[:, 2]
        facing[LANDMARKS:] = np.tile(facing[FACE_OVAL], ATLAS_RINGS)
        at = on_atlas(np.column_stack([vertices[:, :2], facing]), SIDE)
        height, width = pixels.shape[:2]
        x0, y0 = np.clip(vertices[:, :2].min(0).astype(int) - 4, 0, (width - 2, height - 2))
        x1, y1 = np.clip(vertices[:, :2].max(0).astype(int) + 5, (x0 + 2, y0 + 2), (width, height))
        part = pixels[y0:y1, x0:x1]
        scale = max(float(np.ptp(vertices[:LANDMARKS, 1])) / SIDE, 1e-3)
        shrink = max(1, int(scale))
        if shrink > 1:
            part = cv2.resize(part, (part.shape[1] // shrink, part.shape[0] // shrink), interpolation=cv2.INTER_AREA)
        places = (at[..., :2] - (x0, y0) + 0.5) / shrink - 0.5
        sampled = cv2.remap(part, places.astype(np.float32), None, cv2.INTER_LINEAR, None, cv2.BORDER_REPLICATE)
        inside = (at[..., 0] >= 0) & (at[..., 0] < width) & (at[..., 1] >= 0) & (at[..., 1] < height)
        seen = np.clip((at[..., 2] - 0.2) / 0.4, 0, 1) * inside
        return log_colour(sampled), seen.astype(np.float32)

    def _openings(self, flat: FloatArray, size: tuple[int, ...]) -> Float32:
        """(h, w) in [0, 1]: what eyes and mouth show inside."""
        height, width = size[:2]
        out = np.zeros((height, width), np.float32)
        fine = spline_matrix(9, 3)
        scale = float(np.linalg.norm(flat[33] - flat[263]))
        for upper, lower, *_ in EYES:
            outline = np.concatenate([fine @ flat[upper], (fine @ flat[lower])[-2:0:-1]])
            _add(out, outline, 0.006 * scale)
        ring = flat[LIP_RING]
        lips = spline_matrix(11, 3)
        low = np.concatenate([ring[:1], ring[11:][::-1], ring[10:11]])
        _add(out, np.concatenate([lips @ ring[:11], (lips @ low)[-2:0:-1]]), 0.006 * scale)
        return out

    def _iris_shift(self, likeness: Likeness, pixels: Pixels, landmarks: FloatArray) -> list[Float32 | None]:
        """Per eye, (3,): log of the likeness's iris over the double's own; None where either cannot be told."""
        return [None, None]

    def _paint_irises(self, under: Pixels, flat: FloatArray) -> None:
        """Give the double's irises the likeness's colour, in place."""


def _add(out: Float32, outline: FloatArray, soft: float) -> None:
    """Add a polygon, soft at its edge, to a mask in place."""
    height, width = out.shape
    reach = int(3 * soft) + 2
    x0, y0 = np.maximum(np.floor(outline.min(0)).astype(int) - reach, 0)
    x1, y1 = np.minimum(np.ceil(outline.max(0)).astype(int) + reach + 1, (width, height))
    if x1 - x0 < 2 or y1 - y0 < 2:
        return
    mask = polygon_mask(outline - (x0, y0), int(x1 - x0), int(y1 - y0))
    part = out[y0:y1, x0:x1]
    np.maximum(part, cv2.GaussianBlur(mask, (0, 0), max(0.6, soft)), out=part)
