"""The driver's skin folds and open mouth, read from a frame: what landmarks cannot say.

Shading follows the expression-ratio image of Liu, Shan and Zhang, "Expressive expression mapping with ratio images",
SIGGRAPH 2001: log luminance on the mesh's UV square over that of the neutral, band-passed so that neither pores nor a
change of room light is carried over.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.errors import BadDocument
from countenance.face.head import Head
from countenance.face.pose import Similarity
from countenance.face.raster import rasterise
from countenance.face.topology import (
    LEFT_BROW,
    LEFT_EYE_LOWER,
    LEFT_EYE_UPPER,
    LIPS_INNER_LOWER,
    LIPS_INNER_UPPER,
    LIPS_OUTER_LOWER,
    LIPS_OUTER_UPPER,
    MESH_VERTICES,
    RIGHT_BROW,
    RIGHT_EYE_LOWER,
    RIGHT_EYE_UPPER,
    load_face_mesh,
)
from countenance.media.frames import Pixels
from countenance.performance.take import (
    MOUTH_BOX,
    MOUTH_PIXELS_PER_CM,
    MOUTH_SIZE,
    SHADING_SIDE,
    SHADING_STEP,
    Appearance,
)

FloatArray = NDArray[np.float32]

FOLD_SIGMA = 1.1  # texels; finer than this is pores and noise
LIGHT_SIGMA = 14.0  # texels; coarser than this is the room
BROW_RISE = 0.06  # of the UV square: landmarks follow a raised brow late, and its hair would be taken for a fold
MOUTH_QUALITY = 92  # JPEG
MOUTH_SHUT = 0.06  # cm between the inner lips
CHEEKS = np.array([50, 101, 118, 205, 280, 330, 347, 425])
LIP_RING = np.concatenate([LIPS_INNER_UPPER, LIPS_INNER_LOWER[-2:0:-1]])


def skin_mask(side: int = SHADING_SIDE) -> FloatArray:
    """(side, side) float32 in [0, 1] on the UV square: 1 on skin, 0 on eyes, brows, lips, nostrils and the rim."""
    mesh = load_face_mesh()
    at = mesh.uv * side
    mask = np.zeros((side, side), np.uint8)
    for triangle in mesh.triangles:
        cv2.fillConvexPoly(mask, at[triangle].round().astype(np.int32), 255)
    rim = max(3, side // 14)
    mask = np.asarray(cv2.erode(mask, np.ones((rim, rim), np.uint8)), np.uint8)
    for ring, grow in (
        (np.concatenate([RIGHT_EYE_UPPER, RIGHT_EYE_LOWER[::-1]]), 0.030),
        (np.concatenate([LEFT_EYE_UPPER, LEFT_EYE_LOWER[::-1]]), 0.030),
        (np.concatenate([LIPS_OUTER_UPPER, LIPS_OUTER_LOWER[::-1]]), 0.016),
        (RIGHT_BROW, 0.045),
        (LEFT_BROW, 0.045),
        (np.array([64, 98, 97, 2, 326, 327, 294, 1]), 0.01),
    ):
        around = at[ring]
        if ring is RIGHT_BROW or ring is LEFT_BROW:
            around = np.concatenate([around, around - (0, BROW_RISE * side)])
        hull = cv2.convexHull(around.astype(np.float32)).round().astype(np.int32)
        cv2.fillConvexPoly(mask, hull, 0)
        cv2.polylines(mask, [hull], True, 0, max(1, int(2 * grow * side)))
    return np.asarray(cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), side / 64))


class AppearanceReader:
    """Reads appearance from frames of one performer.

    Args:
        head: the performer's reference.
        pixels: (h, w, 3) uint8 RGB, the reference frame.
        landmarks: (478, 3) of the reference in those pixels.
    """

    def __init__(self, head: Head, pixels: Pixels, landmarks: NDArray[np.floating]) -> None:
        self._head = head
        self._mesh = head.mesh
        self._mask = skin_mask()
        self._uv = (self._mesh.uv * SHADING_SIDE - 0.5).astype(np.float32)
        self._depth = np.zeros(MESH_VERTICES, np.float32)
        self._reference, self._seen = self._log_luminance(pixels, landmarks)
        gx, gy = cv2.Sobel(self._reference, cv2.CV_32F, 1, 0), cv2.Sobel(self._reference, cv2.CV_32F, 0, 1)
        edges = cv2.GaussianBlur(np.sqrt(gx**2 + gy**2), (0, 0), 1.5)
        # Spectacle rims, hair and cast shadows: a small slip of the mesh there looks like a fold.
        self._reliable = np.asarray(self._mask / (1 + (edges / 0.55) ** 4), np.float32)
        corners = head.shape[LIP_RING[[0, 10]], :]
        self._mouth_middle = corners.mean(0)

    def _log_luminance(self, pixels: Pixels, landmarks: NDArray[np.floating]) -> tuple[FloatArray, FloatArray]:
        """Log luminance on the UV square, and how squarely each texel is seen."""
        points = landmarks[:MESH_VERTICES].astype(np.float32)
        a, b, c = (points[self._mesh.triangles[:, k]] for k in range(3))
        normals = np.cross(b - a, c - a)
        vertex = np.zeros_like(points)
        for k in range(3):
            np.add.at(vertex, self._mesh.triangles[:, k], normals)
        facing = -vertex[:, 2] / (np.linalg.norm(vertex, axis=1) + 1e-6)
        facing *= np.sign(np.median(facing))
        values = np.column_stack([points[:, :2], facing]).astype(np.float32)
        out = np.full((SHADING_SIDE, SHADING_SIDE, 3), -1, np.float32)
        rasterise(
            self._uv, self._depth, self._mesh.triangles, values, out,
            np.full(out.shape[:2], 1e9, np.float32),
        )  # fmt: skip
        x0, y0 = np.maximum(points[:, :2].min(0).astype(int) - 2, 0)
        x1, y1 = points[:, :2].max(0).astype(int) + 3
        part = np.ascontiguousarray(pixels[y0:y1, x0:x1])
        if part.size == 0:
            return np.zeros(out.shape[:2], np.float32), np.zeros(out.shape[:2], np.float32)
        scale = max(points[:, 1].max() - points[:, 1].min(), 1) / SHADING_SIDE
        grey = cv2.cvtColor(part, cv2.COLOR_RGB2GRAY).astype(np.float32)
        if scale > 1.5:
            grey = cv2.GaussianBlur(grey, (0, 0), 0.4 * scale)
        sampled = cv2.remap(
            grey, out[..., :2] - np.array([x0, y0], np.float32), None, cv2.INTER_LINEAR, None, cv2.BORDER_REPLICATE
        )
        seen = np.clip((out[..., 2] - 0.3) / 0.35, 0, 1)
        return np.log(np.maximum(sampled, 6.0)).astype(np.float32), seen.astype(np.float32)

    def read(self, pixels: Pixels, landmarks: NDArray[np.floating], pose: Similarity) -> Appearance:
        """The appearance in one frame.

        Args:
            pixels: (h, w, 3) uint8 RGB.
            landmarks: (478, 3), pixels.
            pose: of the performer's head in this frame, as `Head.locate` gives it.
        """
        luminance, seen = self._log_luminance(pixels, landmarks)
        weight = np.minimum(seen, self._seen) * self._reliable
        ratio = np.clip(luminance - self._reference, -1.2, 1.2) * weight
        fine = cv2.GaussianBlur(ratio, (0, 0), FOLD_SIGMA) / (cv2.GaussianBlur(weight, (0, 0), FOLD_SIGMA) + 0.05)
        coarse = cv2.GaussianBlur(ratio, (0, 0), LIGHT_SIGMA) / (cv2.GaussianBlur(weight, (0, 0), LIGHT_SIGMA) + 0.05)
        shading = np.clip((fine - coarse) * np.minimum(weight, 1) / SHADING_STEP, -127, 127).round().astype(np.int8)
        cheeks = landmarks[CHEEKS, :2].round().astype(int)
        height, width = pixels.shape[:2]
        inside = (cheeks >= 0).all(1) & (cheeks[:, 0] < width) & (cheeks[:, 1] < height)
        patches = [pixels[max(0, y - 2) : y + 3, max(0, x - 2) : x + 3].reshape(-1, 3) for x, y in cheeks[inside]]
        skin = np.concatenate(patches).mean(0) if patches else np.array([128.0, 128.0, 128.0])
        mouth, lips = self._mouth(pixels, landmarks, pose)
        return Appearance(shading, mouth, lips, skin.astype(np.float32))

    def _mouth(
        self, pixels: Pixels, landmarks: NDArray[np.floating], pose: Similarity
    ) -> tuple[bytes | None, FloatArray]:
        """The mouth as seen from the front of the head, and the inner lips on that patch."""
        shape = pose.undo(landmarks[LIP_RING].astype(np.float64))
        # patch pixel → head frame (a plane at the lips' depth) → picture: affine.
        linear = pose.scale * pose.rotation[:2, :2] / MOUTH_PIXELS_PER_CM
        corner = np.array([*(self._mouth_middle[:2] + MOUTH_BOX[:2]), float(shape[:, 2].mean())])
        origin = pose.apply(corner[None])[0, :2]
        lips = (landmarks[LIP_RING, :2] - origin) @ np.linalg.inv(linear).T
        gap = shape[11:, 1][::-1] - shape[1:10, 1]
        if gap.max() < MOUTH_SHUT:
            return None, lips.astype(np.float32)
        patch = cv2.warpAffine(
            pixels,
            np.column_stack([linear, origin]),
            MOUTH_SIZE,
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        ok, data = cv2.imencode(".jpg", patch[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, MOUTH_QUALITY])
        return (data.tobytes() if ok else None), lips.astype(np.float32)


def decode_mouth(data: bytes) -> Pixels:
    """The mouth patch of an Appearance, (144, 144, 3) uint8 RGB."""
    bgr = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    if bgr is None:
        raise BadDocument("A take holds a mouth that is not a picture.")
    return np.ascontiguousarray(bgr[..., ::-1])
