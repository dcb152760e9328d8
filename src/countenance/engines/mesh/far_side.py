"""The side of the face that a three-quarter portrait hardly shows: what turns into view is mirrored from the other.

Pixels seen edge-on hold next to nothing; stretched over a cheek they are streaks. The mirrored skin is brought into the
far side's own light, which what little is seen there tells. Knows nothing of motion beyond where vertices are now.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.engines.mesh.area import smoothstep
from countenance.face.topology import MESH_VERTICES, FaceMesh
from countenance.media.frames import Pixels
from countenance.performance.mirror import landmark_twins
from countenance.performance.skin_square import SkinSquare

FloatArray = NDArray[np.float32]

SIDE = 256  # texels a side of the completed face
TRUST = (0.2, 0.55)  # cosine to the viewer between which pixels come to be trusted
TURNS = (0.04, 0.25)  # cosine gained since rest over which the completed face fades in
LIGHT_SIGMA = 0.06  # of the square's side: how coarse the light is
FAR = 0.02  # of full evidence: where less of the far side is seen, its light is continued from where more is
RIM = (2.0, 9.0)  # texels from the face's edge between which pixels come to be trusted
LEAST = 0.02  # weight below which nothing is drawn


class FarSide:
    """A portrait's face, completed on the mesh's UV square.

    Args:
        pixels: (h, w, 3) uint8 RGB.
        landmarks: (≥ 468, 3), pixels.
        mesh: the canonical one, whose UV square is symmetric.
        matte: (h, w) float32 or None.
    """

    def __init__(
        self, pixels: Pixels, landmarks: NDArray[np.floating], mesh: FaceMesh, matte: NDArray[np.float32] | None
    ) -> None:
        self._mesh = mesh
        points = landmarks[:MESH_VERTICES].astype(np.float32)
        self._rest = mesh.facing(points)
        trusted = smoothstep(self._rest, *TRUST)
        unseen = (1 - trusted).astype(np.float32)
        # Where the other side is seen no better, there is nothing to gain.
        self._lack = unseen * trusted[landmark_twins()[:MESH_VERTICES]].astype(np.float32)
        out = SkinSquare(mesh, SIDE).spread(np.column_stack([points[:, :2], unseen]))
        places = np.ascontiguousarray(out[..., :2])
        seen = cv2.remap(pixels, places, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        trust = np.where(out[..., 0] >= 0, 1 - out[..., 2], 0).astype(np.float32)
        if matte is not None:
            trust *= cv2.remap(matte, places, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE) ** 2
        # At its rim a face is hair and shadow as often as not.
        inside = cv2.distanceTransform((out[..., 0] >= 0).astype(np.uint8), cv2.DIST_L2, 5)
        trust *= smoothstep(inside, *RIM).astype(np.float32)
        self._texture = _completed(np.log(seen.astype(np.float32) + 4), trust)

    def wanted(self, vertices: NDArray[np.floating]) -> FloatArray | None:
        """(468,) in [0, 1]: where the completed face is to be shown, vertices being where they are; None: nowhere."""
        if float(self._lack.max()) <= LEAST:  # a portrait from the front
            return None
        weight = self._lack * smoothstep(self._mesh.facing(vertices[:MESH_VERTICES]) - self._rest, *TURNS)
        return np.asarray(weight, np.float32) if float(weight.max()) > LEAST else None

    def paint(self, image: Pixels, coarse: FloatArray, cell: int, texels: int) -> None:
        """Lay the completed face into `image`, in place.

        Args:
            image: (h, w, 3 or 4) uint8; a matte is raised with it.
            coarse: (h / cell, w / cell, 3) float32: places on a UV square of `texels` a side, and weights.
            cell: pixels of a coarse cell.
            texels: as said.
        """
        rows, columns = np.nonzero(coarse[..., 2] > LEAST)
        if not len(rows):
            return
        y0, y1, x0, x1 = rows.min(), rows.max() + 1, columns.min(), columns.max() + 1
        target = image[y0 * cell : y1 * cell, x0 * cell : x1 * cell]
        size = (target.shape[1], target.shape[0])
        fine = cv2.resize(np.ascontiguousarray(coarse[y0:y1, x0:x1]), size, interpolation=cv2.INTER_LINEAR)
        places = (fine[..., :2] + 0.5) * (SIDE / texels) - 0.5
        face = cv2.remap(self._texture, places, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        weight = fine[..., 2:].clip(0, 1)
        if image.shape[2] == 4:
            face = np.dstack([face, np.full(face.shape[:2], 255, np.float32)])
        target[:] = np.clip(target + (face - target) * weight + 0.5, 0, 255).astype(np.uint8)


def _completed(seen: FloatArray, trust: FloatArray) -> FloatArray:
    """(SIDE, SIDE, 3) float32 sRGB: what is trusted, and the rest from the other side in this side's light.

    Args:
        seen: natural log of the colours as the portrait shows them.
        trust: (SIDE, SIDE) in [0, 1].
    """
    other, others = seen[:, ::-1], trust[:, ::-1]
    both = (trust * others)[..., None]
    light = np.zeros_like(seen)
    # From coarse to fine: far from what both sides show, only the coarse light is known.
    for sigma in (4 * LIGHT_SIGMA, 2 * LIGHT_SIGMA, LIGHT_SIGMA):
        sums = cv2.GaussianBlur(np.dstack([(seen - other - light) * both, both]), (0, 0), sigma * SIDE)
        light = light + sums[..., :3] / (sums[..., 3:] + FAR)
    mine, theirs = trust[..., None], (1 - trust)[..., None] * others[..., None]
    whole = (seen * mine + (other + light) * theirs) / (mine + theirs + 1e-3)
    return _beyond(np.clip(np.exp(whole) - 4, 0, 255).astype(np.float32), (mine + theirs).clip(0, 1))


def _beyond(face: FloatArray, known: FloatArray) -> FloatArray:
    """The face with its colours carried on to where nothing is known. `known`: (SIDE, SIDE, 1) in [0, 1]."""
    out, sure = face * known, known
    for sigma in (2.0, 6.0, 18.0):
        sums = cv2.GaussianBlur(np.dstack([face * known, known]), (0, 0), sigma)
        more = (1 - sure) * np.clip(sums[..., 3:] / 0.2, 0, 1)
        out, sure = out + more * sums[..., :3] / (sums[..., 3:] + 1e-4), sure + more
    return np.asarray(out / np.maximum(sure, 1e-3), np.float32)
