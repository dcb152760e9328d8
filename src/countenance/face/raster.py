"""Drawing triangles into coarse maps, depth-tested. `tryon/eyewear_raster` has
the sibling that keeps triangles' numbers in place of values."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from countenance.kernels import kernel

FloatArray = NDArray[np.float32]


@kernel(nogil=True, fastmath=True, error_model="numpy")
def rasterise(  # type: ignore[no-untyped-def]
    xy, depth, triangles, values, out, zbuffer
) -> None:
    """Interpolate per-vertex values over triangles.

    Args:
        xy: (N, 2) float32, vertex places in cells of `out`; cell (row, column) is sampled at its integer place.
        depth: (N,) float32, larger is further away.
        triangles: (M, 3) int32.
        values: (N, C) float32.
        out: (h, w, C) float32, written where a triangle is nearer than `zbuffer`.
        zbuffer: (h, w) float32, to be filled with a large number first.
    """
    height, width, channels = out.shape
    for m in range(triangles.shape[0]):
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
        # Barycentric weights are linear in x and y: weight = p + q·x along a row.
        qb = (cy - ay) * inverse
        rb = -(cx - ax) * inverse
        qc = -(by - ay) * inverse
        rc = (bx - ax) * inverse
        za, zb, zc = depth[a], depth[b] - depth[a], depth[c] - depth[a]
        for y in range(y0, y1 + 1):
            dy = y - ay
            wb = qb * (x0 - ax) + rb * dy
            wc = qc * (x0 - ax) + rc * dy
            for x in range(x0, x1 + 1):
                if wb >= -1e-5 and wc >= -1e-5 and wb + wc <= 1.00001:
                    z = za + wb * zb + wc * zc
                    if z < zbuffer[y, x]:
                        zbuffer[y, x] = z
                        for k in range(channels):
                            va = values[a, k]
                            out[y, x, k] = va + wb * (values[b, k] - va) + wc * (values[c, k] - va)
                wb += qb
                wc += qc
