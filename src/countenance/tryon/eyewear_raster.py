"""Drawing meshes into depth and triangle numbers, twice as fine as the picture: glasses, and heads before them.

The same pixels on every machine: no driver, no GPU. Knows triangles alone.
"""

from __future__ import annotations

import numpy as np

from countenance.kernels import kernel

FAR = np.float32(1e9)


@kernel(nogil=True, fastmath=True, error_model="numpy")
def draw_ids(xy, depth, triangles, first, last, ids, zbuffer) -> None:  # type: ignore[no-untyped-def]
    """Which triangle is nearest.

    Args:
        xy: (N, 2) float32, places in samples; sample (row, column) lies at its integer place.
        depth: (N,) float32, larger is farther.
        triangles: (M, 3) int32, of which those from `first` to `last` are drawn.
        ids: (h, w) int32, written where one is nearer than `zbuffer`.
        zbuffer: (h, w) float32, filled with FAR first.
    """
    height, width = ids.shape
    for m in range(first, last):
        a, b, c = triangles[m, 0], triangles[m, 1], triangles[m, 2]
        ax, ay = xy[a, 0], xy[a, 1]
        bx, by = xy[b, 0], xy[b, 1]
        cx, cy = xy[c, 0], xy[c, 1]
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if abs(area) < 1e-9:
            continue
        x0 = max(0, int(np.ceil(min(ax, bx, cx))))
        x1 = min(width - 1, int(np.floor(max(ax, bx, cx))))
        y0 = max(0, int(np.ceil(min(ay, by, cy))))
        y1 = min(height - 1, int(np.floor(max(ay, by, cy))))
        if x0 > x1 or y0 > y1:
            continue
        inverse = 1.0 / area
        qb, rb = (cy - ay) * inverse, -(cx - ax) * inverse
        qc, rc = -(by - ay) * inverse, (bx - ax) * inverse
        za, zb, zc = depth[a], depth[b] - depth[a], depth[c] - depth[a]
        for y in range(y0, y1 + 1):
            wb = qb * (x0 - ax) + rb * (y - ay)
            wc = qc * (x0 - ax) + rc * (y - ay)
            for x in range(x0, x1 + 1):
                if wb >= -1e-5 and wc >= -1e-5 and wb + wc <= 1.00001:
                    z = za + wb * zb + wc * zc
                    if z < zbuffer[y, x]:
                        zbuffer[y, x] = z
                        ids[y, x] = m
                wb += qb
                wc += qc


@kernel(nogil=True, fastmath=True, error_model="numpy")
def draw_skull(zbuffer, corner, inverse, centre, radii, scale) -> None:  # type: ignore[no-untyped-def]
    """The skull behind the face, an ellipsoid, into a depth buffer.

    Args:
        zbuffer: (h, w) float32.
        corner: (2,) picture's place of the first sample; samples lie half a pixel apart.
        inverse: (3, 3) float64, rotation from the picture's axes to the head's.
        centre: (3,) float64 pixels. radii: (3,) cm, in the head's axes. scale: pixels a cm.
    """
    height, width = zbuffer.shape
    for y in range(height):
        for x in range(width):
            dx = (corner[0] + 0.5 * x - centre[0]) / scale
            dy = (corner[1] + 0.5 * y - centre[1]) / scale
            a = b = c = 0.0
            for k in range(3):
                direction = inverse[k, 2] / radii[k]
                offset = (inverse[k, 0] * dx + inverse[k, 1] * dy) / radii[k]
                a += direction * direction
                b += direction * offset
                c += offset * offset
            root = b * b - a * (c - 1.0)
            if root > 0:
                z = centre[2] + scale * (-b - np.sqrt(root)) / a
                if z < zbuffer[y, x]:
                    zbuffer[y, x] = z
