"""The driver's skin folds and open mouth, read from a frame: what landmarks cannot say.

Shading follows the expression-ratio image of Liu, Shan and Zhang, "Expressive expression mapping with ratio images",
SIGGRAPH 2001: log luminance on the mesh's UV square over that of the neutral, band-passed so that neither pores nor a
change of room light is carried over, without what the head's turn explains, and only where the skin is stretched.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.errors import BadDocument
from countenance.face.head import Head
from countenance.face.pose import Similarity
from countenance.face.topology import (
    LEFT_BROW,
    LEFT_EYE_LOWER,
    LEFT_EYE_UPPER,
    LIPS_INNER_LOWER,
    LIPS_INNER_UPPER,
    LIPS_OUTER_LOWER,
    LIPS_OUTER_UPPER,
    RIGHT_BROW,
    RIGHT_EYE_LOWER,
    RIGHT_EYE_UPPER,
    load_face_mesh,
)
from countenance.media.frames import Pixels
from countenance.performance.skin_square import SkinReading, SkinSquare, TurnLight, folding, turn_features
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
COARSE = 32  # texels a side in which the room's light is looked at
BROW_RISE = 0.06  # of the UV square: landmarks follow a raised brow late, and its hair would be taken for a fold
LOOKS = 12
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
        others: landmarks and skin in frames spread over the clip, from which the light on a turned head is learnt;
            fewer than LOOKS say nothing about it.
    """

    def __init__(
        self,
        head: Head,
        pixels: Pixels,
        landmarks: NDArray[np.floating],
        others: Sequence[tuple[NDArray[np.floating], SkinReading]] = (),
    ) -> None:
        self._head = head
        self._square = SkinSquare(head.mesh, SHADING_SIDE)
        self._mask = skin_mask()
        self._reference = self._square.read(pixels, landmarks)
        luminance = self._reference.luminance
        gx, gy = cv2.Sobel(luminance, cv2.CV_32F, 1, 0), cv2.Sobel(luminance, cv2.CV_32F, 0, 1)
        edges = cv2.GaussianBlur(np.sqrt(gx**2 + gy**2), (0, 0), 1.5)
        # Spectacle rims, hair and cast shadows: a small slip of the mesh there looks like a fold.
        self._reliable = np.asarray(self._mask / (1 + (edges / 0.55) ** 4), np.float32)
        corners = head.shape[LIP_RING[[0, 10]], :]
        self._mouth_middle = corners.mean(0)
        self._light = self._light_of(others) if len(others) >= LOOKS else None

    def _light_of(self, others: Sequence[tuple[NDArray[np.floating], SkinReading]]) -> TurnLight:
        """What goes with the turn of the head in frames spread over the clip."""
        turns, shadings, stretches = [], [], []
        for landmarks, skin in others:
            pose, shape = self._head.locate(landmarks.astype(np.float64))
            turns.append(self._turn(pose))
            shadings.append(self._shading(skin))
            stretches.append(self._square.stretch(self._head.shape, shape))
        return TurnLight(turns, shadings, stretches)

    def _turn(self, pose: Similarity) -> FloatArray:
        return turn_features(pose.rotation @ self._head.pose.rotation.T)

    def _shading(self, skin: SkinReading) -> FloatArray:
        """Log luminance over the reference's, band-passed."""
        weight = np.minimum(skin.seen, self._reference.seen) * self._reliable
        ratio = np.clip(skin.luminance - self._reference.luminance, -1.2, 1.2) * weight
        fine = cv2.GaussianBlur(ratio, (0, 0), FOLD_SIGMA) / (cv2.GaussianBlur(weight, (0, 0), FOLD_SIGMA) + 0.05)
        both = cv2.resize(np.dstack([ratio, weight]), (COARSE, COARSE), interpolation=cv2.INTER_AREA)
        both = cv2.GaussianBlur(both, (0, 0), LIGHT_SIGMA * COARSE / SHADING_SIDE)
        coarse = cv2.resize(both[..., 0] / (both[..., 1] + 0.05), (SHADING_SIDE, SHADING_SIDE))
        return np.asarray((fine - coarse) * np.minimum(weight, 1), np.float32)

    def read(self, pixels: Pixels, landmarks: NDArray[np.floating], pose: Similarity) -> Appearance:
        """The appearance in one frame.

        Args:
            pixels: (h, w, 3) uint8 RGB.
            landmarks: (478, 3), pixels.
            pose: of the performer's head in this frame, as `Head.locate` gives it.
        """
        folds = self._shading(self._square.read(pixels, landmarks))
        if self._light is not None:
            folds = folds - self._light.at(self._turn(pose))
        folds = folds * folding(self._square.stretch(self._head.shape, pose.undo(landmarks.astype(np.float64))))
        shading = np.clip(folds / SHADING_STEP, -127, 127).round().astype(np.int8)
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
