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
def _mirrored(sh, level, main, direct, rx, ry, rz, rough, k):  # type: ignore[no-untyped-def]
    """What a mirror of this roughness shows in a direction."""
    room = ROOM * max(_light(sh, rx, ry, rz, k), 0.15 * level[k])
    if ry > 0:  # floors are darker than ceilings
        room *= 1 - 0.6 * ry
    if rz > 0:  # what looks away from the viewer mirrors the wearer's own head
        room *= max(1 - 1.6 * rz, 0.1)
    sharp = min(2.0 / (rough * rough + 0.012), 60.0)
    window = np.exp(sharp * (rx * main[0] + ry * main[1] + rz * main[2] - 1))
    if rz > 0:
        window *= max(1 - 2.5 * rz, 0.0)
    return room + level[k] * (WINDOW + WINDOW_DIRECT * direct) * window * min(1.0, sharp / 20.0)


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
    for py in range(height):
        for px in range(width):
            opaque_share = 0.0
            lens_share = 0.0
            sum0 = sum1 = sum2 = 0.0
            under0 = canvas[py, px, 0] * shadow[py, px]
            under1 = canvas[py, px, 1] * shadow[py, px]
            under2 = canvas[py, px, 2] * shadow[py, px]
            for sub in range(4):
                sy, sx = 2 * py + (sub >> 1), 2 * px + (sub & 1)
                c0, c1, c2 = under0, under1, under2
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
                    a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
                    ax, ay = xy[a, 0], xy[a, 1]
                    bx, by = xy[b, 0] - ax, xy[b, 1] - ay
                    cx, cy = xy[c, 0] - ax, xy[c, 1] - ay
                    area = bx * cy - by * cx
                    dx, dy = sx - ax, sy - ay
                    wb = (dx * cy - dy * cx) / area
                    wc = (bx * dy - by * dx) / area
                    wa = 1 - wb - wc
                    weight = 1.0
                    if kind == 1 or kind == 2:
                        back = wa * behind[a] + wb * behind[b] + wc * behind[c]
                        weight = min(max((hidden_from[kind - 1] - back) / 0.3, 0.0), 1.0)
                    if kind == 0 or kind == 3:
                        weight *= 1 - cover[py, px]
                    if weight <= 0:
                        continue
                    nx = wa * normals[a, 0] + wb * normals[b, 0] + wc * normals[c, 0]
                    ny = wa * normals[a, 1] + wb * normals[b, 1] + wc * normals[c, 1]
                    nz = wa * normals[a, 2] + wb * normals[b, 2] + wc * normals[c, 2]
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
                        u = wa * uv[a, 0] + wb * uv[b, 0] + wc * uv[c, 0]
                        v = wa * uv[a, 1] + wb * uv[b, 1] + wc * uv[c, 1]
                        tx = int((u - np.floor(u)) * side) % side
                        ty = int((v - np.floor(v)) * side) % side
                        if chart >= 0:
                            for k in range(3):
                                colour[k] *= maps[chart, ty, tx, k]
                        if surface >= 0:
                            rough *= maps[surface, ty, tx, 1]
                            metal *= maps[surface, ty, tx, 2]
                    grazing = (1 - facing) ** 5
                    if layer == 0:
                        new0 = new1 = new2 = 0.0
                        f_coat = table[m, COAT] * (0.04 + 0.96 * grazing)
                        for k in range(3):
                            base = colour[k]
                            f0 = table[m, F0] * (1 - metal) + base * metal
                            f = f0 + (max(1 - rough, f0) - f0) * grazing
                            lit = max(_light(sh, nx, ny, nz, k), 0.04 * level[k])
                            seen = _mirrored(sh, level, main, direct, rx, ry, rz, rough, k)
                            if kind != 0:  # temples lie in the shade of hair and ear
                                lit *= 0.6
                                seen *= 0.6
                            value = base * (1 - metal) * (1 - f) * lit + f * seen
                            if f_coat > 0:
                                shine = _mirrored(sh, level, main, direct, rx, ry, rz, table[m, COAT_ROUGH], k)
                                value = value * (1 - f_coat) + f_coat * shine
                            if k == 0:
                                new0 = value
                            elif k == 1:
                                new1 = value
                            else:
                                new2 = value
                        zf = z
                        opaque_share += weight
                    else:
                        f = table[m, F0] + (1 - table[m, F0]) * grazing
                        power = min(1.0 / facing, 3.0)
                        through = table[m, THROUGH]
                        mirror = (LENS_SUN if table[m, TINTED] > 0 else LENS_COATED) * 2 * f
                        for k in range(3):
                            tint = max(colour[k], 0.004) ** power * through + (1 - through) * 0.02
                            behind_it = c0 if k == 0 else (c1 if k == 1 else c2)
                            value = behind_it * tint * (1 - min(f, 1.0)) + mirror * _mirrored(
                                sh, level, main, direct, rx, ry, rz, 0.06, k
                            )
                            if k == 0:
                                new0 = value
                            elif k == 1:
                                new1 = value
                            else:
                                new2 = value
                        lens_share += weight
                    c0 += weight * (new0 - c0)
                    c1 += weight * (new1 - c1)
                    c2 += weight * (new2 - c2)
                sum0 += c0
                sum1 += c1
                sum2 += c2
            out[py, px, 0], out[py, px, 1], out[py, px, 2] = 0.25 * sum0, 0.25 * sum1, 0.25 * sum2
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
