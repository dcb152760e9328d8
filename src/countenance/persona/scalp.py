"""How far a head's skin is from the skull's middle in every direction, and where hair grows on it.

Directions are azimuth (0 the face's front, positive towards the person's left) and elevation (up), radians.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, map_coordinates
from scipy.spatial import cKDTree

from countenance.head.template import FloatArray, load_template
from countenance.persona.smooth import fine_mesh

AROUND, UP = 120, 61  # of the map's cells
# Azimuth (degrees) → elevation at which hair begins: forehead, temple, before the ear, round it, nape.
HAIRLINE = ([0, 18, 34, 46, 56, 66, 76, 90, 104, 118, 140, 180], [41, 40, 35, 24, 10, 3, 2, 12, 8, -14, -32, -36])


def hairline(azimuth: NDArray[np.floating]) -> FloatArray:
    """Elevation at which hair begins, of each azimuth."""
    away = np.abs(np.degrees((azimuth + np.pi) % (2 * np.pi) - np.pi))
    return np.asarray(np.radians(np.interp(away, *HAIRLINE)))


def direction(azimuth: NDArray[np.floating], elevation: NDArray[np.floating]) -> FloatArray:
    """(…, 3) unit vectors, head frame."""
    flat = np.cos(elevation)
    return np.stack([np.sin(azimuth) * flat, -np.sin(elevation), -np.cos(azimuth) * flat], axis=-1)


def angles(directions: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Azimuth and elevation of (…, 3)."""
    x, y, z = np.moveaxis(directions, -1, 0)
    return np.arctan2(x, -z), np.arctan2(-y, np.hypot(x, z))


class Scalp:
    """One head's, with the ears left out.

    Attributes:
        centre: (3,) cm.
    """

    def __init__(self, head: FloatArray) -> None:
        template, mesh = load_template(), fine_mesh()
        eyes = head[template.vertices_of("eye_left", "eye_right")].mean(0)
        mine = np.unique(mesh.triangles[np.isin(mesh.part, [template.parts.index(n) for n in ("skin", "neck")])])
        places, mean = mesh.on(head)[mine], mesh.place[mine]
        self.centre = np.array([0.0, eyes[1] - 1.5, -4.4])
        points = (places - self.centre)[~_ears(mean)]
        away = np.linalg.norm(points, axis=1)
        azimuth = np.linspace(-np.pi, np.pi, AROUND, endpoint=False)
        elevation = np.linspace(-np.pi / 2, np.pi / 2, UP)
        every = direction(*np.meshgrid(azimuth, elevation))
        far, near = cKDTree(points / away[:, None]).query(every.reshape(-1, 3), k=6)
        weight = np.exp(-((far / 0.1) ** 2)) + 1e-9
        radius = ((away[near] * weight).sum(1) / weight.sum(1)).reshape(UP, AROUND)
        self._map = gaussian_filter(radius, (1.0, 1.2), mode=("nearest", "wrap"))

    def radius(self, directions: FloatArray) -> FloatArray:
        """(…,) cm from the centre to the skin."""
        azimuth, elevation = angles(directions)
        rows = (elevation + np.pi / 2) / np.pi * (UP - 1)
        columns = (azimuth + np.pi) / (2 * np.pi) * AROUND
        padded = np.concatenate([self._map, self._map[:, :1]], axis=1)
        found = map_coordinates(padded, [rows.ravel(), columns.ravel() % AROUND], order=1)
        return np.asarray(found.reshape(rows.shape))

    def at(self, directions: FloatArray, lift: NDArray[np.floating] | float = 0.0) -> FloatArray:
        """(…, 3) places, `lift` cm off the skin."""
        return np.asarray(self.centre + directions * (self.radius(directions) + lift)[..., None])

    def way(self, places: FloatArray) -> FloatArray:
        """(…, 3) unit directions of places."""
        away = places - self.centre
        return np.asarray(away / np.maximum(np.linalg.norm(away, axis=-1, keepdims=True), 1e-9))


def ears_flat(fine: FloatArray, head: FloatArray) -> FloatArray:
    """(W, 3) of the finer mesh with its ears against the skull, as under a headscarf.

    Args:
        fine: (W, 3), moved. head: (V, 3), neutral.
    """
    scalp, ears, out = Scalp(head), _ears(fine_mesh().place, -65.5), fine.copy()
    out[ears] = scalp.at(scalp.way(fine[ears]), -0.1)
    return out


def _ears(mean: FloatArray, low: float = -67) -> NDArray[np.bool_]:
    """(N,) whether places on the mean head are of an ear; `low`: cm, where it ends."""
    x, y, z = mean.T
    return np.asarray((np.abs(x) > 6.9) & (y > -77) & (y < low) & (z > -8))


def between(a: FloatArray, b: FloatArray, share: FloatArray) -> FloatArray:
    """(N, 3) unit directions on the great circle from (3,) to (3,)."""
    angle = float(np.arccos(np.clip(a @ b, -0.9999, 0.9999)))
    out = np.sin((1 - share) * angle)[:, None] * a + np.sin(share * angle)[:, None] * b
    return np.asarray(out / np.linalg.norm(out, axis=1, keepdims=True))
