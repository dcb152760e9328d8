"""A Likeness drawn back onto the frame it was taken from, in that frame's own light: enough to look and to measure."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.face.head import Head
from countenance.face.raster import rasterise
from countenance.face.topology import FACE_OVAL
from countenance.face.types import Face
from countenance.likeness.atlas import atlas_mesh, with_rings
from countenance.likeness.value import Likeness
from countenance.media.frames import Pixels

FloatArray = NDArray[np.float32]
ROUND = 0.85  # face sizes round the middle that are drawn in
LIGHT = 0.05  # face sizes: coarser than this is the frame's light
EDGE = 0.025  # face sizes, of the feather


def _log(pixels: NDArray[np.generic]) -> FloatArray:
    return np.log(np.maximum(pixels.astype(np.float32), 4.0))


def _texture(
    likeness: Likeness, view: int, landmarks: NDArray[np.floating], box: tuple[int, int, int, int]
) -> tuple[FloatArray, FloatArray]:
    x0, y0, x1, y1 = box
    mesh, vertices = atlas_mesh(), with_rings(landmarks)
    at = np.full((y1 - y0, x1 - x0, 2), -1, np.float32)
    rasterise(
        (vertices[:, :2] - (x0, y0)).astype(np.float32), vertices[:, 2].astype(np.float32), mesh.triangles,
        (mesh.uv * likeness.side - 0.5).astype(np.float32), at, np.full(at.shape[:2], 1e9, np.float32),
    )  # fmt: skip
    texture = likeness.views[view].texture.astype(np.float32)
    drawn = cv2.remap(texture, at, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return drawn, (at[..., 0] >= 0).astype(np.float32)


def drawn(before: Likeness, after: Likeness, pixels: Pixels, face: Face) -> tuple[Pixels, Face]:
    """The frame with `after` in it, and the face where it went.

    Args:
        before: as the frame shows the person.
        after: the same person, aged.
        pixels: (h, w, 3) uint8 RGB.
        face: in it.
    """
    landmarks = face.landmarks.astype(np.float64)
    head = Head.of(landmarks)
    moved = head.pose.apply(head.shape + (after.shape - before.shape).astype(np.float64))
    corner, far = face.centre - ROUND * face.size, face.centre + ROUND * face.size
    x0, y0 = np.maximum(corner.astype(int), 0)
    x1, y1 = np.minimum(far.astype(int), pixels.shape[1::-1])
    box = (int(x0), int(y0), int(x1), int(y1))
    yaw, pitch, _ = face.angles
    smile = (face.blendshape("mouthSmileLeft") + face.blendshape("mouthSmileRight")) / 2
    jaw = face.blendshape("jawOpen")
    off = [
        abs(v.yaw - yaw) + abs(v.pitch - pitch) + 40 * (abs(v.smile - smile) + abs(v.jaw - jaw)) for v in before.views
    ]
    view = int(np.argmin(off))
    part = pixels[box[1] : box[3], box[0] : box[2]].astype(np.float32)
    was, inside = _texture(before, view, landmarks, box)
    now, _ = _texture(after, view, moved, box)
    sure = cv2.erode(inside, np.ones((9, 9), np.uint8))[..., None]
    sigma = LIGHT * face.size
    light = cv2.GaussianBlur((_log(part) - _log(was)) * sure, (0, 0), sigma)
    light = light / (cv2.GaussianBlur(sure, (0, 0), sigma)[..., None] + 1e-4)
    mask = np.zeros(part.shape[:2], np.uint8)
    cv2.fillPoly(mask, [(moved[FACE_OVAL, :2] - (x0, y0)).round().astype(np.int32)], 255)
    reach = max(1, int(0.03 * face.size))
    mask = cv2.erode(mask, np.ones((reach, reach), np.uint8))
    soft = cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), EDGE * face.size)[..., None]
    out = pixels.copy()
    mixed = part + (np.clip(now * np.exp(light), 0, 255) - part) * soft
    out[box[1] : box[3], box[0] : box[2]] = np.clip(mixed + 0.5, 0, 255).astype(np.uint8)
    return out, Face(moved.astype(np.float32), face.blendshapes, face.pose)
