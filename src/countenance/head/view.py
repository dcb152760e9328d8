"""Pictures of a head, drawn in software: for finding landmarks on it, for looking at it, and for tests.

A z-buffer and a light; what a place of the surface looks like, a `Painter` says. Knows nothing of people or files.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.face.pose import Similarity
from countenance.face.raster import rasterise
from countenance.head.template import FloatArray, IntArray, vertex_normals

Painter = Callable[["Surface"], NDArray[np.float32]]
"""Linear colours (h, w, 3) in [0, 1] of a Surface."""

SAMPLES = 2  # a side: a pixel is the mean of so many squared
LIGHT = np.array([-0.35, -0.45, -0.82])  # towards it: from the viewer's upper left
AMBIENT = 0.55


@dataclass(frozen=True)
class Surface:
    """What is seen at each sample.

    Attributes:
        triangle: (h, w) int32, number of the triangle; −1 where there is none.
        weights: (h, w, 3) float32, barycentric.
        normal: (h, w, 3) float32, unit, camera axes.
        depth: (h, w) float32, pixels of the picture.
    """

    triangle: IntArray
    weights: NDArray[np.float32]
    normal: NDArray[np.float32]
    depth: NDArray[np.float32]

    def interpolated(self, values: NDArray[np.floating], triangles: IntArray) -> NDArray[np.float32]:
        """(h, w, C): per-vertex values; 0 where there is no triangle."""
        out = np.zeros((*self.triangle.shape, values.shape[1]), np.float32)
        seen = self.triangle >= 0
        corners = values.astype(np.float32)[triangles[self.triangle[seen]]]
        out[seen] = np.einsum("nkc,nk->nc", corners, self.weights[seen])
        return out


def look_at(
    vertices: FloatArray, triangles: IntArray, pose: Similarity, size: tuple[int, int], *, samples: int = SAMPLES
) -> Surface:
    """What is seen of a mesh.

    Args:
        vertices: (V, 3), head frame.
        triangles: (M, 3).
        pose: head frame → pixels.
        size: width, height, pixels.
        samples: a side of each pixel.
    """
    places = pose.apply(vertices)
    normals = vertex_normals(places, triangles)
    split = np.arange(3 * len(triangles), dtype=np.int32).reshape(-1, 3)
    at = places[triangles].reshape(-1, 3)
    number = np.repeat(np.arange(len(triangles), dtype=np.float32), 3)
    ones = np.tile(np.eye(3, dtype=np.float32), (len(triangles), 1))
    values = np.column_stack([number, ones, normals[triangles].reshape(-1, 3)]).astype(np.float32)
    width, height = size[0] * samples, size[1] * samples
    out = np.full((height, width, 7), -1, np.float32)
    depth = np.full((height, width), 1e9, np.float32)
    xy = ((at[:, :2] + 0.5) * samples - 0.5).astype(np.float32)
    rasterise(xy, at[:, 2].astype(np.float32), split, values, out, depth)
    normal = out[..., 4:]
    normal /= np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), 1e-6)
    return Surface(np.rint(out[..., 0]).astype(np.int32), out[..., 1:4], normal, depth)


def picture(
    surface: Surface,
    paint: Painter,
    *,
    background: tuple[float, float, float] = (0.42, 0.44, 0.47),
    light: FloatArray = LIGHT,
    ambient: float = AMBIENT,
    samples: int = SAMPLES,
) -> NDArray[np.uint8]:
    """(h, w, 3) uint8 sRGB of what is seen, lit from one side.

    Args:
        surface: see `look_at`.
        paint: colours.
        background: linear.
        light: towards it; any length.
        ambient: share of the light that comes from everywhere.
        samples: as for `look_at`.
    """
    towards = light / np.linalg.norm(light)
    lambert = np.clip(surface.normal @ towards.astype(np.float32), 0, 1)
    lit = paint(surface) * (ambient + (1 - ambient) * lambert)[..., None]
    lit = np.where((surface.triangle >= 0)[..., None], lit, np.asarray(background, np.float32)).astype(np.float32)
    height, width = lit.shape[:2]
    small = cv2.resize(lit, (width // samples, height // samples), interpolation=cv2.INTER_AREA)
    return to_srgb(small)


def to_srgb(linear: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Linear light in [0, 1] → uint8 sRGB (IEC 61966-2-1)."""
    x = np.clip(linear, 0, 1)
    return np.asarray(np.rint(255 * np.where(x <= 0.0031308, 12.92 * x, 1.055 * x ** (1 / 2.4) - 0.055)), np.uint8)


def to_linear(srgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The inverse of `to_srgb`."""
    levels = np.arange(256, dtype=np.float64) / 255
    table = np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4).astype(np.float32)
    return np.asarray(table[srgb], np.float32)
