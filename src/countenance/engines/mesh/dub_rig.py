"""A face in a clip whose mouth says something else: lips, jaw and cheeks of each frame are moved to new places.

The frame itself is the texture, so its light, grain and blur stay; the mouth's inside is borrowed from other frames of
the clip, or drawn. What lies outside the lower face is not touched.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.engines.mesh.mouth import MouthPainter, Opening, lip_gap
from countenance.engines.mesh.retarget import Retarget
from countenance.engines.mesh.vertices import Rings, make_rings
from countenance.engines.protocol import MouthChoice, MouthMotion
from countenance.face.head import Head
from countenance.face.pose import Similarity
from countenance.face.raster import rasterise
from countenance.face.topology import FACE_OVAL, LANDMARKS, LIPS
from countenance.face.types import Face
from countenance.media.frames import Pixels
from countenance.performance.appearance import LIP_RING, AppearanceReader
from countenance.performance.expression import canonical_neutral
from countenance.performance.take import Appearance

FloatArray = NDArray[np.float64]

CELL = 2  # pixels a cell of the coarse maps
CHIN = np.array([152, 148, 377, 175])
NOSE_BASE = 2
REACH = 2.4  # cm round the lips that speech moves fully
FADE = 1.6  # cm further over which it fades
FEATHER = 0.02  # of the face's size, at the rim of what is redrawn
OPEN_ENOUGH = 0.06  # of the eye distance: less shows lips rather than what is behind them
BANK = 8  # mouths of the clip's own that are kept to borrow from
RING_FOLLOW = np.array([0.85, 0.5, 0.2, 0.05, 0.0, 0.0, 0.0, 0.0])  # of the jaw's motion that each ring round it takes


def speech_weights(head: Head) -> FloatArray:
    """(478,) in [0, 1]: how far each landmark belongs to speech; 1 on lips and chin, 0 above the nose's base."""
    shape = head.shape
    lips = shape[LIPS, :2]
    distance = np.linalg.norm(shape[:, None, :2] - lips[None], axis=2).min(1)
    near = np.clip((REACH + FADE - distance) / FADE, 0, 1)
    base = shape[NOSE_BASE, 1]
    low = np.clip((shape[:, 1] - base + 0.4) / 0.9, 0, 1)
    # The jaw's outline goes with the chin, out to where it turns up to the ears.
    chin = shape[CHIN, 1].mean()
    jaw = np.clip((shape[:, 1] - (base + 0.35 * (chin - base))) / (0.5 * (chin - base)), 0, 1)
    weight = np.maximum(near, jaw) * low
    weight[468:] = 0.0
    return np.asarray(weight * weight * (3 - 2 * weight))


@dataclass(frozen=True)
class BorrowedMouth:
    """One of the clip's own open mouths.

    Attributes:
        gap: between the inner lips over the eye distance.
        appearance: as `performance.appearance` reads it.
    """

    gap: float
    appearance: Appearance


class DubRig:
    """One person's mouth, redrawn frame by frame.

    Args:
        reference: the face at rest, lips closed.
        pixels: (h, w, 3) uint8 RGB, the frame it was measured in.
        mouths: open mouths of the same person in the same clip, to borrow from.
        motion: what speech does to the face at a time.
        choice: `auto`, `borrowed` or `drawn`.
    """

    def __init__(
        self,
        reference: Face,
        pixels: Pixels,
        mouths: list[BorrowedMouth],
        motion: MouthMotion,
        choice: MouthChoice = "auto",
    ) -> None:
        self._motion = motion
        landmarks = reference.landmarks.astype(np.float64)
        self.head = Head.of(landmarks)
        self._retarget = Retarget(self.head, canonical_neutral())
        self._weights = speech_weights(self.head)[:, None]
        lips = self.head.shape[LIP_RING]
        self._lip_middle = np.array([lips[[0, 10], 0].mean(), lips[[4, 5, 6, 14, 15, 16], 1].mean(), lips[:, 2].mean()])
        rest = self._opening(landmarks[:, :2], self.head.pose, self.head.shape)
        self._painter = MouthPainter(pixels, landmarks, rest, reference.eye_distance, choice)
        self._mouths = sorted(mouths, key=lambda m: m.gap)
        self._borrowed: BorrowedMouth | None = None

    def draw(self, pixels: Pixels, face: Face, *, time: Fraction, cut: bool = False) -> Pixels:
        """The frame with its mouth saying something else.

        Args:
            pixels: (h, w, 3) uint8 RGB, the frame.
            face: as measured in it.
            time: of the frame, seconds: what is said then.
            cut: makes no difference.
        """
        del cut
        offsets = self._motion(time)
        landmarks = face.landmarks.astype(np.float64)
        pose, shape = self.head.locate(landmarks)
        spoken = self._retarget.shape(offsets)
        target = shape + self._weights * (spoken - shape)
        rings = make_rings(landmarks, Head(pose, shape, self.head.mesh))
        moved = pose.apply(target)
        vertices, box = self._places(landmarks, moved, rings)
        out = pixels.copy()
        x0, y0, x1, y1 = box.within(pixels)
        if x1 - x0 < 2 * CELL or y1 - y0 < 2 * CELL:
            return out
        places = self._map(vertices, landmarks, rings, (x0, y0, x1, y1))
        region = cv2.remap(pixels, places, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)
        opening = self._opening(moved[:, :2], pose, target)
        self._painter.paint(region, (x0, y0), opening, self._mouth_for(opening, face))
        mask = self._mask(vertices, (x0, y0, x1, y1), face.size)
        part = out[y0:y1, x0:x1]
        mixed = part + (region.astype(np.float32) - part) * mask[..., None]
        out[y0:y1, x0:x1] = np.where(mask[..., None] > 0, mixed + 0.5, part).astype(np.uint8)
        return out

    def gap_of(self, offsets: NDArray[np.floating]) -> float:
        """How far these offsets open the mouth, over the eye distance."""
        shape = self._retarget.shape(offsets)
        eyes = float(np.linalg.norm(self.head.shape[33] - self.head.shape[263]))
        return lip_gap(shape[LIP_RING][:, :2]) / eyes

    def _places(self, landmarks: FloatArray, moved: FloatArray, rings: Rings) -> tuple[FloatArray, _Box]:
        deform = (moved - landmarks)[FACE_OVAL]
        follow = np.repeat(RING_FOLLOW, len(FACE_OVAL))
        carried = rings.places + follow[:, None] * deform[rings.oval]
        vertices = np.concatenate([moved, carried])
        low = landmarks[FACE_OVAL][:, 1] > landmarks[NOSE_BASE, 1]
        reach = carried.reshape(len(RING_FOLLOW), -1, 3)[5][low]
        points = np.concatenate([reach[:, :2], landmarks[FACE_OVAL, :2]])
        top = float(landmarks[[NOSE_BASE, 50, 280], 1].min())
        return vertices, _Box(points[:, 0].min(), top, points[:, 0].max(), points[:, 1].max())

    def _map(
        self, vertices: FloatArray, landmarks: FloatArray, rings: Rings, box: tuple[int, int, int, int]
    ) -> NDArray[np.float32]:
        """Where each pixel of the region is taken from, (h, w, 2) pixels of the frame."""
        x0, y0, x1, y1 = box
        columns, rows = (x1 - x0) // CELL, (y1 - y0) // CELL
        gy, gx = np.mgrid[0:rows, 0:columns].astype(np.float32)
        coarse = np.dstack([gx * CELL + (CELL - 1) / 2 + x0, gy * CELL + (CELL - 1) / 2 + y0]).astype(np.float32)
        origin = np.concatenate([landmarks[:, :2], rings.places[:, :2]]).astype(np.float32)
        triangles = np.concatenate([self.head.mesh.triangles, rings.triangles]).astype(np.int32)
        cells = ((vertices[:, :2] - (x0, y0) + 0.5) / CELL - 0.5).astype(np.float32)
        depth = np.full((rows, columns), 1e9, np.float32)
        rasterise(cells, vertices[:, 2].astype(np.float32), triangles, origin, coarse, depth)
        return np.asarray(cv2.resize(coarse, (x1 - x0, y1 - y0), interpolation=cv2.INTER_LINEAR), np.float32)

    @staticmethod
    def _mask(vertices: FloatArray, box: tuple[int, int, int, int], size: float) -> NDArray[np.float32]:
        """(h, w) in [0, 1]: what may be redrawn, from the nose's base to the rings that stay."""
        x0, y0, x1, y1 = box
        outer = vertices[LANDMARKS:].reshape(len(RING_FOLLOW), -1, 3)[4][:, :2]
        mask = np.zeros((y1 - y0, x1 - x0), np.uint8)
        cv2.fillPoly(mask, [(outer - (x0, y0)).round().astype(np.int32)], 255)
        feather = max(1.0, FEATHER * size)
        top = int(3 * feather)
        mask[:top] = 0
        soft = cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), feather)
        return np.asarray(np.where(soft < 0.01, 0, soft), np.float32)

    def _mouth_for(self, opening: Opening, face: Face) -> Appearance | None:
        """The own mouth whose opening is nearest; the last one is kept while it is about as near."""
        if not self._mouths:
            return None
        gap = lip_gap(opening.ring) / face.eye_distance
        best = min(self._mouths, key=lambda m: abs(m.gap - gap))
        kept = self._borrowed
        if kept is None or abs(best.gap - gap) < 0.6 * abs(kept.gap - gap):
            self._borrowed = kept = best
        return kept.appearance

    def _opening(self, vertices: NDArray[np.floating], pose: Similarity, shape: FloatArray) -> Opening:
        linear = np.linalg.inv(pose.scale * pose.rotation[:2, :2])
        middle = pose.apply(self._lip_middle[None])[0, :2]
        jaw = float((shape - self.head.shape)[CHIN, 1].mean())
        return Opening(vertices[LIP_RING], np.column_stack([linear, -linear @ middle]), jaw)


@dataclass(frozen=True)
class _Box:
    left: float
    top: float
    right: float
    bottom: float

    def within(self, pixels: Pixels) -> tuple[int, int, int, int]:
        """x0, y0, x1, y1 inside the picture, of whole cells."""
        height, width = pixels.shape[:2]
        x0, y0 = max(0, int(self.left) - 4), max(0, int(self.top) - 4)
        x1, y1 = min(width, int(self.right) + 5), min(height, int(self.bottom) + 5)
        return x0, y0, x1 - (x1 - x0) % CELL, y1 - (y1 - y0) % CELL


def own_mouths(frames: Iterable[tuple[Pixels, Face]], reference: Face, pixels: Pixels) -> list[BorrowedMouth]:
    """Open mouths to borrow from, spread over how far they are open.

    Args:
        frames: (pixels, face) of the same person in the same clip.
        reference, pixels: the face at rest and its frame.
    """
    head = Head.of(reference.landmarks.astype(np.float64))
    reader = AppearanceReader(head, pixels, reference.landmarks)
    found = []
    for frame, face in frames:
        gap = lip_gap(face.landmarks[LIP_RING][:, :2]) / face.eye_distance
        pose, _ = head.locate(face.landmarks.astype(np.float64))
        appearance = reader.read(frame, face.landmarks, pose)
        if appearance.mouth is not None and gap > OPEN_ENOUGH:
            found.append(BorrowedMouth(gap, appearance))
    found.sort(key=lambda m: m.gap)
    if len(found) <= BANK:
        return found
    return [found[int(k)] for k in np.linspace(0, len(found) - 1, BANK)]
