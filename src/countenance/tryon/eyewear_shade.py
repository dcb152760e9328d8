"""Glasses in a face's own light: how each sample of frame and lens looks, and the shadow they throw on the skin.

Diffuse light is the face's own second-order harmonics; specular light is Schlick's, of a room that those harmonics
describe and one soft window in the main direction. Ramamoorthi and Hanrahan, SIGGRAPH 2001; Schlick, CGF 13(3), 1994.
"""

from __future__ import annotations

import numpy as np

from countenance.kernels import kernel

# Columns of the table of materials.
RED, GREEN, BLUE, METAL, ROUGH, THROUGH, F0, COAT, COAT_ROUGH, MAP, SURFACE, TINTED = range(12)
ROOM, WINDOW, WINDOW_DIRECT = 0.40, 1.6, 2.2  # strengths of what is mirrored
LENS_COATED, LENS_SUN = 0.16, 0.80  # of what bare glass mirrors
FACING = 0.25  # cm that front parts may lie in the skin before they are hidden by it
SIDE = 0.05  # … and temples


@kernel(nogil=True, fastmath=True, error_model="numpy")
def _light(sh, x, y, z, k):  # type: ignore[no-untyped-def]
    return (
        sh[0, k] + sh[1, k] * y + sh[2, k] * z + sh[3, k] * x + sh[4, k] * x * y + sh[5, k] * y * z
        + sh[6, k] * (3 * z * z - 1) + sh[7, k] * x * z + sh[8, k] * (x * x - y * y)
    )  # fmt: skip


@kernel(nogil=True, fastmath=True, error_model="numpy")
def _room(ry, rz):  # type: ignore[no-untyped-def]
    """How much of the room's light is mirrored from a direction."""
    share = ROOM
    if ry > 0:  # floors are darker than ceilings
        share *= 1 - 0.6 * ry
    if rz > 0:  # what looks away from the viewer mirrors the wearer's own head
        share *= max(1 - 1.6 * rz, 0.1)
    return share


@kernel(nogil=True, fastmath=True, error_model="numpy")
def _window(main, direct, rx, ry, rz, rough):  # type: ignore[no-untyped-def]
    """How much of the window a mirror of this roughness shows in a direction."""
    sharp = min(2.0 / (rough * rough + 0.012), 60.0)
    seen = sharp * (rx * main[0] + ry * main[1] + rz * main[2] - 1)
    if seen < -12:
        return 0.0
    share = np.exp(seen) * min(1.0, sharp / 20.0) * (WINDOW + WINDOW_DIRECT * direct)
    if rz > 0:
        share *= max(1 - 2.5 * rz, 0.0)
    return share


@kernel(nogil=True, fastmath=True, error_model="numpy")
def shade(  # type: ignore[no-untyped-def]
    ids, lens_ids, zbuffer, lens_z, head_z, xy, normals, uv, behind, triangles, part, material, table, maps,
    sh, level, main, direct, scale, hidden_from, cover, canvas, shadow, out, alpha, lens_alpha,
) -> None:  # fmt: skip
    """Compose frame and lenses over a region.

    Args:
        ids, lens_ids, zbuffer, lens_z, head_z: (2h, 2w): nearest opaque and lens triangles (−1: none), and depths.
        xy, normals, uv, behind: of the vertices; normals in the picture's axes.
        triangles, part, material: of the triangles.
        table: (K, 12) float32, materials. maps: (T, S, S, 4) float32, linear.
        sh: (9, 3) light of a white surface; level: (3,) its mean; main: (3,) unit, towards the window; direct: [0, 1].
        scale: pixels a cm. hidden_from: (2,) cm behind the hinges from which the temples are out of sight.
        cover: (h, w) in [0, 1], 1 where something stands before the glasses.
        canvas: (h, w, 3) linear light under them. shadow: (h, w), what is left of the light there.
        out: (h, w, 3) float32, the composed light. alpha, lens_alpha: (h, w) float32, where frame and lens are.
    """
    height, width = cover.shape
    side = maps.shape[1]
    colour = np.zeros(3, np.float32)
    under = np.zeros(3, np.float32)
    total = np.zeros(3, np.float32)
    c = np.zeros(3, np.float32)
    new = np.zeros(3, np.float32)
    tint = np.zeros(3, np.float32)
    sheen = np.zeros(3, np.float32)
    for py in range(height):
        for px in range(width):
            opaque_share = 0.0
            lens_share = 0.0
            glazed = False
            for k in range(3):
                under[k] = canvas[py, px, k] * shadow[py, px]
                total[k] = 0.0
            y2, x2 = 2 * py, 2 * px
            some = max(max(ids[y2, x2], ids[y2, x2 + 1]), max(ids[y2 + 1, x2], ids[y2 + 1, x2 + 1]))
            glass = max(
                max(lens_ids[y2, x2], lens_ids[y2, x2 + 1]), max(lens_ids[y2 + 1, x2], lens_ids[y2 + 1, x2 + 1])
            )
            if some < 0 and glass < 0:
                for k in range(3):
                    out[py, px, k] = under[k]
                alpha[py, px] = 0.0
                lens_alpha[py, px] = 0.0
                continue
            for sub in range(4):
                sy, sx = 2 * py + (sub >> 1), 2 * px + (sub & 1)
                for k in range(3):
                    c[k] = under[k]
                zf = 1e9
                for layer in range(2):
                    t = ids[sy, sx] if layer == 0 else lens_ids[sy, sx]
                    z = zbuffer[sy, sx] if layer == 0 else lens_z[sy, sx]
                    if t < 0 or (layer == 1 and z > zf):
                        continue
                    kind = part[t]
                    margin = (SIDE if kind == 1 or kind == 2 else FACING) * scale
                    if z > head_z[sy, sx] + margin:
                        continue
                    i, j, q = triangles[t, 0], triangles[t, 1], triangles[t, 2]
                    ax, ay = xy[i, 0], xy[i, 1]
                    bx, by = xy[j, 0] - ax, xy[j, 1] - ay
                    cx, cy = xy[q, 0] - ax, xy[q, 1] - ay
                    area = bx * cy - by * cx
                    dx, dy = sx - ax, sy - ay
                    wb = (dx * cy - dy * cx) / area
                    wc = (bx * dy - by * dx) / area
                    wa = 1 - wb - wc
                    weight = 1.0
                    if kind == 1 or kind == 2:
                        back = wa * behind[i] + wb * behind[j] + wc * behind[q]
                        weight = min(max((hidden_from[kind - 1] - back) / 0.3, 0.0), 1.0)
                    if kind == 0 or kind == 3:
                        weight *= 1 - cover[py, px]
                    if weight <= 0:
                        continue
                    nx = wa * normals[i, 0] + wb * normals[j, 0] + wc * normals[q, 0]
                    ny = wa * normals[i, 1] + wb * normals[j, 1] + wc * normals[q, 1]
                    nz = wa * normals[i, 2] + wb * normals[j, 2] + wc * normals[q, 2]
                    length = np.sqrt(nx * nx + ny * ny + nz * nz) + 1e-9
                    flip = -1.0 if nz > 0 else 1.0
                    nx, ny, nz = flip * nx / length, flip * ny / length, flip * nz / length
                    m = material[t]
                    facing = min(max(-nz, 0.02), 1.0)
                    rx, ry, rz = 2 * facing * nx, 2 * facing * ny, 2 * facing * nz + 1
                    colour[0], colour[1], colour[2] = table[m, RED], table[m, GREEN], table[m, BLUE]
                    metal, rough = table[m, METAL], table[m, ROUGH]
                    chart = int(table[m, MAP])
                    surface = int(table[m, SURFACE])
                    if chart >= 0 or surface >= 0:
                        u = wa * uv[i, 0] + wb * uv[j, 0] + wc * uv[q, 0]
                        v = wa * uv[i, 1] + wb * uv[j, 1] + wc * uv[q, 1]
                        tx = int((u - np.floor(u)) * side) % side
                        ty = int((v - np.floor(v)) * side) % side
                        if chart >= 0:
                            for k in range(3):
                                colour[k] *= maps[chart, ty, tx, k]
                        if surface >= 0:
                            rough *= maps[surface, ty, tx, 1]
                            metal *= maps[surface, ty, tx, 2]
                    away = 1 - facing
                    grazing = away * away * away * away * away
                    room = _room(ry, rz)
                    if layer == 0:
                        f_coat = table[m, COAT] * (0.04 + 0.96 * grazing)
                        window = _window(main, direct, rx, ry, rz, rough)
                        coat = _window(main, direct, rx, ry, rz, table[m, COAT_ROUGH]) if f_coat > 0 else 0.0
                        shade_of_hair = 1.0 if kind == 0 else 0.6  # temples lie in it
                        for k in range(3):
                            f0 = table[m, F0] * (1 - metal) + colour[k] * metal
                            f = f0 + (max(1 - rough, f0) - f0) * grazing
                            lit = shade_of_hair * max(_light(sh, nx, ny, nz, k), 0.04 * level[k])
                            around = room * max(_light(sh, rx, ry, rz, k), 0.15 * level[k])
                            seen = shade_of_hair * (around + level[k] * window)
                            value = colour[k] * (1 - metal) * (1 - f) * lit + f * seen
                            new[k] = value * (1 - f_coat) + f_coat * (around + level[k] * coat)
                        zf = z
                        opaque_share += weight
                    else:
                        if not glazed:  # a lens is smooth: once a pixel is enough
                            glazed = True
                            f = table[m, F0] + (1 - table[m, F0]) * grazing
                            power = min(1.0 / facing, 3.0)
                            through = table[m, THROUGH]
                            mirror = (LENS_SUN if table[m, TINTED] > 0 else LENS_COATED) * 2 * f
                            window = _window(main, direct, rx, ry, rz, 0.06)
                            for k in range(3):
                                clear = np.exp(power * np.log(max(colour[k], 0.004)))
                                tint[k] = (clear * through + (1 - through) * 0.02) * (1 - min(f, 1.0))
                                around = room * max(_light(sh, rx, ry, rz, k), 0.15 * level[k])
                                sheen[k] = mirror * (around + level[k] * window)
                        for k in range(3):
                            new[k] = c[k] * tint[k] + sheen[k]
                        lens_share += weight
                    for k in range(3):
                        c[k] += weight * (new[k] - c[k])
                for k in range(3):
                    total[k] += c[k]
            for k in range(3):
                out[py, px, k] = 0.25 * total[k]
            alpha[py, px] = 0.25 * opaque_share
            lens_alpha[py, px] = 0.25 * lens_share


@kernel(nogil=True, fastmath=True, error_model="numpy")
def throw_shadow(zbuffer, head_z, skin, light, scale, out) -> None:  # type: ignore[no-untyped-def]
    """How much of the window a frame hides from each place of the skin, by three rays.

    Args:
        zbuffer, head_z: (2h, 2w): depths of the frame's opaque parts and of the head, pixels.
        skin: (h/2, w/2) in [0, 1], where there is any.
        light: (3,) unit, towards the window, picture's axes.
        scale: pixels a cm.
        out: (h/2, w/2) float32 in [0, 1]; every second pixel.
    """
    rows, columns = out.shape
    height, width = zbuffer.shape
    for row in range(rows):
        for column in range(columns):
            if skin[row, column] <= 0:
                continue
            sy, sx = 4 * row + 2, 4 * column + 2
            if sy >= height or sx >= width:
                continue
            z = head_z[sy, sx]
            if z > 1e8:
                continue
            hits = 0.0
            for ray in range(3):
                lx = light[0] + 0.10 * (ray - 1)
                ly = light[1] + (0.07 if ray == 1 else -0.035)
                for step in range(1, 17):
                    t = 0.10 + 0.135 * step
                    qx = int(sx + 2 * lx * t * scale)
                    qy = int(sy + 2 * ly * t * scale)
                    if qx < 0 or qy < 0 or qx >= width or qy >= height:
                        break
                    frame = zbuffer[qy, qx]
                    if frame < 1e8:
                        away = (z + light[2] * t * scale - frame) / scale
                        if -0.32 < away < 0.32:
                            hits += 1.0
                            break
            out[row, column] = hits / 3
