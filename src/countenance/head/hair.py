"""Hair as a shell round the skull: a surface with strands on it, cut by its alpha at hairline and ends.

A few thousand triangles, in six styles; what style and which colours, `hair_mask` or the user says.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.head.hair_mask import HairFound, Style
from countenance.head.landmarks import load_landmarks
from countenance.head.layout import head_layout, texels_of
from countenance.head.template import FloatArray, IntArray, load_template
from countenance.head.view import to_linear, to_srgb

AROUND, DOWN = 56, 26  # of the shell's grid
TALL, WIDE = 256, 512  # of its texture, pixels


@dataclass(frozen=True)
class Cut:
    """What tells one style from another.

    Attributes:
        thick: cm over the skull, on the crown.
        fall: cm below the chin's height that the hair hangs, at the sides and back; None: it follows the skull.
        over_ears: whether it covers them.
        knot: whether it is tied at the back.
        cloth: whether it is no hair.
    """

    thick: float
    fall: float | None = None
    over_ears: bool = False
    knot: bool = False
    cloth: bool = False


CUTS: dict[Style, Cut] = {
    "short": Cut(1.5),
    "tied": Cut(0.8, knot=True),
    "bob": Cut(1.8, fall=-1.5, over_ears=True),
    "long": Cut(1.7, fall=9.0, over_ears=True),
    "covered": Cut(1.3, fall=3.5, over_ears=True, cloth=True),
}


@dataclass(frozen=True)
class HairShell:
    """A surface of hair.

    Attributes:
        vertices: (N, 3) float64, template cm.
        normals: (N, 3) float64, unit, outwards.
        uv: (N, 2) float64 in [0, 1], v down: round the head, and from crown to ends.
        triangles: (M, 3) int32.
        hanging: (N,) float64 in [0, 1]: 0 where it lies on the skull, 1 where it hangs beside the neck.
        texture: (TALL, WIDE, 4) uint8 sRGB with alpha.
    """

    vertices: FloatArray
    normals: FloatArray
    uv: FloatArray
    triangles: IntArray
    hanging: FloatArray
    texture: NDArray[np.uint8]


def make_hair(vertices: FloatArray, found: HairFound, style: Style) -> HairShell | None:
    """The shell for a neutral head, (V, 3) template cm; None for the style `none`."""
    if style == "none":
        return None
    cut = CUTS[style]
    centre = _centre(vertices)
    azimuth = np.linspace(-np.pi, np.pi, AROUND + 1)
    share = np.linspace(0, 1, DOWN) ** 0.9
    skull = _Skull(vertices, centre, ears=cut.over_ears)
    ends = _hairline(azimuth, cut)
    places = np.zeros((DOWN, AROUND + 1, 3))
    hanging = np.zeros((DOWN, AROUND + 1))
    chin = load_landmarks().on(vertices)[152]
    for j, angle in enumerate(azimuth):
        falls = cut.fall is not None and abs(angle) > SIDE
        column = _on_skull(skull, angle, ends[j], share, cut)
        if falls:
            assert cut.fall is not None
            column, hangs = _hung(column, share, float(chin[1]) + cut.fall, angle, centre)
            hanging[:, j] = hangs
        places[:, j] = column
    places[0] = places[0].mean(0)
    flat = places.reshape(-1, 3)
    grid = np.arange(DOWN * (AROUND + 1)).reshape(DOWN, AROUND + 1)
    a, b, c, d = grid[:-1, :-1], grid[:-1, 1:], grid[1:, 1:], grid[1:, :-1]
    triangles = np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([a, c, d], -1).reshape(-1, 3)])
    uv = np.stack(np.meshgrid(np.linspace(0, 1, AROUND + 1), np.linspace(0.004, 0.996, DOWN)), -1).reshape(-1, 2)
    hang = hanging.ravel()
    if cut.knot:
        flat, uv, triangles, hang = _with_knot(flat, uv, triangles, hang, skull, centre)
    triangles = _outwards(flat, triangles, centre)
    return HairShell(flat, _normals(flat, triangles), uv, triangles.astype(np.int32), hang, _strands(found, cut))


SIDE = np.radians(62)  # from the face's middle, where hair that hangs begins


def _centre(vertices: FloatArray) -> FloatArray:
    skin = vertices[load_template().vertices_of("skin")]
    eyes = vertices[load_template().vertices_of("eye_left", "eye_right")].mean(0)
    return np.array([0.0, eyes[1] - 1.5, (skin[:, 2].min() + skin[:, 2].max()) / 2])


class _Skull:
    """How far the skin is from the head's middle, in every direction."""

    def __init__(self, vertices: FloatArray, centre: FloatArray, *, ears: bool) -> None:
        from scipy.spatial import cKDTree

        template = load_template()
        skin = template.vertices_of("skin", "neck")
        points = vertices[skin] - centre
        mean = template.vertices[skin]
        is_ear = _ears(mean)
        if not ears:
            points = points[~is_ear]
        self.centre = centre
        self._away = np.linalg.norm(points, axis=1)
        self._tree = cKDTree(points / self._away[:, None])

    def at(self, directions: FloatArray) -> FloatArray:
        """(N,) cm along (N, 3) unit directions, smoothed."""
        away, near = self._tree.query(directions, k=14)
        weights = np.exp(-((away / 0.14) ** 2)) + 1e-9
        return np.asarray((self._away[near] * weights).sum(1) / weights.sum(1))


def _ears(mean: FloatArray) -> NDArray[np.bool_]:
    """Which places of the mean head's skin are ears: what stands out beside the eyes' height, behind the cheeks."""
    eye = load_template().joints["l-eye"]
    level = (mean[:, 1] > eye[1] - 2.5) & (mean[:, 1] < eye[1] + 5.5)
    return np.asarray(level & (np.abs(mean[:, 0]) > 7.0) & (mean[:, 2] > eye[2] + 5.0))


def _direction(azimuth: NDArray[np.floating], elevation: NDArray[np.floating]) -> FloatArray:
    """Unit vectors, head frame: azimuth 0 is the face's front, positive to the person's left; elevation up."""
    flat = np.cos(elevation)
    return np.stack([np.sin(azimuth) * flat, -np.sin(elevation), -np.cos(azimuth) * flat], axis=-1)


def _hairline(azimuth: FloatArray, cut: Cut) -> FloatArray:
    """(N,) elevation at which the hair ends on the skull."""
    degrees = np.abs(np.degrees(azimuth))
    if cut.cloth:
        knots = ([0, 25, 45, 62, 80, 180], [44, 40, 26, 0, -30, -40])
    elif cut.over_ears:
        knots = ([0, 20, 40, 55, 70, 100, 180], [40, 40, 30, 8, -18, -32, -38])
    else:
        knots = ([0, 20, 38, 52, 64, 74, 88, 104, 118, 140, 180], [42, 41, 34, 20, 2, -6, 8, 4, -22, -34, -36])
    return np.radians(np.interp(degrees, *knots))


def _on_skull(skull: _Skull, angle: float, end: float, share: FloatArray, cut: Cut) -> FloatArray:
    elevation = np.pi / 2 + (end - np.pi / 2) * share
    direction = _direction(np.full(len(share), angle), elevation)
    # Thick on the crown, thin at the hairline, where it grows out of the skin.
    rim = 1 - share
    thick = cut.thick * np.minimum(1.0, 0.18 + 2.2 * rim) + 0.12
    if cut.over_ears and abs(angle) > SIDE:
        thick = np.full(len(share), cut.thick) * np.minimum(1.0, 0.55 + rim)
    thick += 0.1 * np.sin(9 * angle + 5 * share) * (share > 0.15)
    return np.asarray(skull.centre + direction * (skull.at(direction) + thick)[:, None])


def _hung(
    column: FloatArray, share: FloatArray, bottom: float, angle: float, centre: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """A column that leaves the skull where that turns inwards, and falls to `bottom`; and how far each place hangs."""
    flat = np.hypot(column[:, 0] - centre[0], column[:, 2] - centre[2])
    widest = int(np.argmax(flat))
    reach = flat[widest]
    start = column[widest, 1]
    upper = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(column[: widest + 1], axis=0), axis=1))])
    length = upper[-1] + max(bottom - start, 0.5)
    along = share * length
    out = np.zeros_like(column)
    below = along > upper[-1]
    for k in range(3):
        out[:, k] = np.interp(along, upper, column[: widest + 1, k])
    depth = along - upper[-1]
    inward = 1 - 0.1 * np.clip(depth / max(length - upper[-1], 1e-6), 0, 1) ** 2
    wave = 1 + 0.012 * np.sin(6 * angle + depth * 0.7)
    out[below, 0] = centre[0] + (np.sin(angle) * reach * inward * wave)[below]
    out[below, 2] = centre[2] + (-np.cos(angle) * reach * inward * wave)[below]
    out[below, 1] = start + depth[below]
    return out, np.clip(np.where(below, depth / 8.0, 0.0), 0, 1)


def _with_knot(flat, uv, triangles, hang, skull, centre):  # type: ignore[no-untyped-def]
    """A bun at the back of the head."""
    way = _direction(np.array([np.pi]), np.radians([6.0]))[0]
    middle = centre + way * (float(skull.at(way[None])[0]) + 1.6)
    rows, columns = 8, 14
    theta, phi = np.meshgrid(np.linspace(0, np.pi, rows), np.linspace(0, 2 * np.pi, columns + 1), indexing="ij")
    ball = np.stack([np.sin(theta) * np.cos(phi), np.cos(theta), np.sin(theta) * np.sin(phi)], -1)
    places = middle + ball.reshape(-1, 3) * np.array([3.0, 2.7, 2.3])
    grid = len(flat) + np.arange(rows * (columns + 1)).reshape(rows, columns + 1)
    a, b, c, d = grid[:-1, :-1], grid[:-1, 1:], grid[1:, 1:], grid[1:, :-1]
    more = np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([a, c, d], -1).reshape(-1, 3)])
    # Turned so that strands run round it; kept away from the ends, which are cut by alpha.
    own = np.stack([phi / (2 * np.pi), 0.15 + 0.5 * theta / np.pi], -1).reshape(-1, 2)
    return (
        np.concatenate([flat, places]), np.concatenate([uv, own]), np.concatenate([triangles, more]),
        np.concatenate([hang, np.zeros(len(places))]),
    )  # fmt: skip


def _outwards(vertices: FloatArray, triangles: NDArray[np.integer], centre: FloatArray) -> NDArray[np.integer]:
    """Triangles without area left out, and all turned the way the template's are."""
    a, b, c = (vertices[triangles[:, k]] for k in range(3))
    normal = np.cross(b - a, c - a)
    keep = np.linalg.norm(normal, axis=1) > 1e-6
    axis = np.array([centre[0], 0, centre[2]])
    middle = (a + b + c) / 3
    away = np.where((middle[:, 1] < centre[1])[:, None], middle - centre, (middle - axis) * np.array([1, 0, 1]))
    turned = (normal * away).sum(1) < 0
    out = triangles.copy()
    out[turned] = out[turned][:, ::-1]
    return np.asarray(out[keep])


def _normals(vertices: FloatArray, triangles: NDArray[np.integer]) -> FloatArray:
    from countenance.head.template import vertex_normals

    normals = vertex_normals(vertices, triangles.astype(np.int32))
    # The seam at the back is one place twice.
    first = np.arange(DOWN) * (AROUND + 1)
    both = normals[first] + normals[first + AROUND]
    both /= np.maximum(np.linalg.norm(both, axis=1, keepdims=True), 1e-9)
    normals[first] = normals[first + AROUND] = both
    crown = normals[: AROUND + 1].sum(0)
    normals[: AROUND + 1] = crown / max(float(np.linalg.norm(crown)), 1e-9)
    return normals


def _strands(found: HairFound, cut: Cut) -> NDArray[np.uint8]:
    """(TALL, WIDE, 4) uint8: strands from the crown down, or cloth."""
    rng = np.random.default_rng(17)
    dark, middle, light = (np.array(c, np.float32) for c in (found.dark, found.middle, found.light))

    def noise(down: float, across: float) -> NDArray[np.float32]:
        raw = rng.normal(0, 1, (TALL, WIDE)).astype(np.float32)
        raw = np.concatenate([raw[:, -64:], raw, raw[:, :64]], axis=1)
        soft = cv2.GaussianBlur(raw, (0, 0), sigmaX=across, sigmaY=down)[:, 64:-64]
        return np.asarray(soft / max(float(soft.std()), 1e-6), np.float32)

    rows = np.linspace(0, 1, TALL, dtype=np.float32)[:, None]
    if cut.cloth:
        fold = 0.12 * noise(60, 14)
        colour = middle * (1 + fold[..., None])
        alpha = np.ones((TALL, WIDE), np.float32)
    else:
        strand = 0.55 * noise(60, 0.7) + 0.45 * noise(80, 3.5)
        share = np.clip(0.45 + 0.3 * strand, 0, 1)[..., None]
        colour = dark + (light - dark) * share
        colour = 0.7 * colour + 0.3 * middle * (1 + 0.25 * strand[..., None])
        ends = 0.93 + 0.022 * noise(6, 1.0) + 0.012 * noise(8, 6)
        alpha = np.clip((ends - rows) / 0.02, 0, 1)
    colour = np.clip(colour, 0.001, 1)
    return np.dstack([to_srgb(colour), np.rint(255 * alpha).astype(np.uint8)])


def under_hair(pixels: NDArray[np.uint8], found: HairFound, style: Style) -> NDArray[np.uint8]:
    """A head's texture with the scalp in the hair's colour where hair lies over it, so that no skin shines through."""
    if style == "none":
        return pixels
    side = pixels.shape[0]
    template, layout = load_template(), head_layout()
    texels = texels_of(side, "skin")
    corners = layout.vertex[layout.triangles[texels.triangle]]
    place = np.einsum("nkc,nk->nc", template.vertices.astype(np.float32)[corners], texels.weights)
    centre = _centre(template.vertices)
    away = place - centre
    azimuth = np.arctan2(away[:, 0], -away[:, 2])
    elevation = np.arctan2(-away[:, 1], np.hypot(away[:, 0], away[:, 2]))
    over = np.degrees(elevation - _hairline(azimuth, CUTS[style]))
    rng = np.random.default_rng(23)
    over = over - 2.5 + rng.normal(0, 1.6, len(over))
    share = np.clip(over / 5.0, 0, 1) * ~_ears(place.astype(np.float64))
    colour = 0.5 * np.array(found.dark) + 0.5 * np.array(found.middle)
    out = to_linear(pixels).reshape(-1, 3).copy()
    out[texels.at] += share[:, None] * (colour.astype(np.float32) - out[texels.at])
    return to_srgb(out.reshape(pixels.shape))
