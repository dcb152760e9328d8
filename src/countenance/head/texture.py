"""A head's texture out of pictures of one person: what each shows squarely, in one light, without background or hair.

Knows pictures, mattes and fitted heads; nothing of files or permission.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from countenance.face.topology import BLENDSHAPES
from countenance.face.types import Face
from countenance.head.eyes import EyeColours, painted_eye
from countenance.head.fit import FittedHead
from countenance.head.landmarks import load_landmarks
from countenance.head.layout import PLACES, head_layout, texels_of
from countenance.head.paint import lip_seam
from countenance.head.template import load_template, vertex_normals
from countenance.head.view import look_at, to_linear, to_srgb
from countenance.head.warp import warped

FloatArray = NDArray[np.float32]

FACING = (0.18, 0.75)  # cosine to the viewer between which a texel begins to count
NEAR = 0.03  # of the head's height in depth within which a texel is the one that is seen
CROP = 2.4  # face sizes round the face that are read
FLAT = 0.1  # of the square's side: light that is smoother than this is taken off
KEPT = 0.3  # of that light which stays: cheeks and sockets are shaded in themselves
NOISE = 0.02
RIM = (0.16, 0.9)  # cm from where lips meet, and natural log, that they go dark
LID = (0.4, 0.8)  # cm that a blink moves skin which an open eye hides


@dataclass(frozen=True)
class HeadPicture:
    """One picture of the person.

    Attributes:
        pixels: (h, w, 3) uint8 sRGB.
        face: as measured in it.
        person: (h, w) float32 in [0, 1], or None where nothing is known.
        hair: (h, w) float32 in [0, 1].
    """

    pixels: NDArray[np.uint8]
    face: Face
    person: FloatArray | None
    hair: FloatArray


@dataclass(frozen=True)
class HeadTexture:
    """What a head looks like.

    Attributes:
        pixels: (side, side, 3) uint8 sRGB on `layout.head_layout`.
        seen: (side, side) float32 in [0, 1], how far a texel comes out of a picture.
        covered: share of the face's texels that do.
        skin: (3,) linear, the lit skin's colour.
    """

    pixels: NDArray[np.uint8]
    seen: FloatArray
    covered: float
    skin: FloatArray


def bake(head: FittedHead, pictures: Sequence[HeadPicture], eyes: EyeColours, side: int = 1024) -> HeadTexture:
    """The texture of a head.

    Args:
        head: fitted to the faces of these very pictures, in this order.
        pictures: at least one.
        eyes: colours of irises and whites.
        side: of the square.
    """
    total, weight = np.zeros((side, side, 3), np.float32), np.zeros((side, side), np.float32)
    level: FloatArray | None = None
    for k, shown in enumerate(pictures):
        colour, seen = _projected(head, shown, k, side)
        own = _skin_level(colour, seen)
        level = own if level is None else level
        colour += level - own  # in one exposure, as the first picture has it
        total += colour * seen[..., None]
        weight += seen
    sure = weight > 0.05
    mean = np.where(sure[..., None], total / np.maximum(weight, 1e-6)[..., None], 0).astype(np.float32)
    seen = np.clip(weight / 0.6, 0, 1).astype(np.float32) * sure
    skin = _skin_level(mean, seen)
    mean = _delit(mean, seen, skin)
    filled = _filled(mean, seen, skin, side)
    face = texels_of(side, "skin").at
    front = _front(side)
    covered = float(seen.ravel()[face][front].mean())
    filled = _clean_lids(filled, skin, head, side)
    linear = np.exp(_dark_between_lips(filled, side))
    _paint_parts(linear, np.exp(skin), eyes, side)
    return HeadTexture(to_srgb(linear), seen, covered, np.exp(skin).astype(np.float32))


def _projected(head: FittedHead, shown: HeadPicture, index: int, side: int) -> tuple[FloatArray, FloatArray]:
    """(side, side, 3) log linear colours and (side, side) how far each counts, of one picture."""
    template, layout = load_template(), head_layout()
    pose = head.poses[index]
    expression = head.expressions[index]
    vertices = warped(head.posed(expression), head.left[index])
    x0, y0, x1, y1 = _crop(shown)
    pixels = to_linear(shown.pixels[y0:y1, x0:x1])
    place = pose.apply(vertices) - np.array([x0, y0, 0])
    scale = min(1.0, 640 / max(x1 - x0, y1 - y0))
    solid = template.triangles[template.of_part("skin", "neck", "eye_left", "eye_right")]
    flat = type(pose)(1.0, np.eye(3), np.zeros(3))
    size = (max(8, round((x1 - x0) * scale)), max(8, round((y1 - y0) * scale)))
    front = look_at((place + np.array([0.5, 0.5, 0])) * scale - np.array([0.5, 0.5, 0]), solid, flat, size, samples=1)
    texels = texels_of(side, "skin", "neck")
    corners = layout.vertex[layout.triangles[texels.triangle]]

    def on(values: NDArray[np.floating]) -> FloatArray:
        return np.asarray(np.einsum("nkc,nk->nc", values.astype(np.float32)[corners], texels.weights))

    at = on(place)
    facing = -on(vertex_normals(place, template.triangles))[:, 2]
    seen = np.clip((facing - FACING[0]) / (FACING[1] - FACING[0]), 0, 1)
    seen = seen**2
    tall = float(np.ptp(place[:, 1]))
    column = np.rint((at[:, 0] + 0.5) * scale - 0.5).astype(np.int64)
    row = np.rint((at[:, 1] + 0.5) * scale - 0.5).astype(np.int64)
    inside = (column >= 1) & (row >= 1) & (column < size[0] - 1) & (row < size[1] - 1)
    nearest = np.full(len(at), 1e9, np.float32)
    nearest[inside] = _depth(front)[row[inside], column[inside]]
    seen *= inside & (at[:, 2] * scale < nearest + NEAR * tall * scale)
    maps = at[:, 0].astype(np.float32).reshape(1, -1), at[:, 1].astype(np.float32).reshape(1, -1)

    def sampled(image: FloatArray) -> FloatArray:
        # remap takes at most 32,767 columns: rows of that length
        count = maps[0].shape[1]
        padded = -(-count // 8192) * 8192
        xy = [np.pad(m[0], (0, padded - count)).reshape(-1, 8192) for m in maps]
        out = cv2.remap(image, xy[0], xy[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(out.reshape(padded, -1)[:count])

    if shown.person is not None:
        edge = cv2.erode(shown.person[y0:y1, x0:x1], np.ones((3, 3), np.uint8), iterations=max(1, (x1 - x0) // 250))
        seen *= np.clip(sampled(edge)[:, 0] * 2 - 1, 0, 1)
    hair = cv2.dilate(shown.hair[y0:y1, x0:x1], np.ones((3, 3), np.uint8), iterations=max(1, (x1 - x0) // 200))
    seen *= 1 - np.clip(sampled(hair)[:, 0] * 1.5, 0, 1)
    seen *= 1 - _hidden_lids(side, expression)
    colour = np.zeros((side * side, 3), np.float32)
    colour[texels.at] = np.log(np.maximum(sampled(pixels), 0.002))
    weight = np.zeros(side * side, np.float32)
    weight[texels.at] = seen
    # Collars, chains and shadows: what a picture shows of a neck is seldom the neck.
    weight[texels_of(side, "neck").at] = 0
    soft = cv2.GaussianBlur(cv2.erode(weight.reshape(side, side), np.ones((5, 5), np.uint8)), (0, 0), side / 300)
    return colour.reshape(side, side, 3), np.minimum(soft, weight.reshape(side, side))


def _depth(surface) -> FloatArray:  # type: ignore[no-untyped-def]
    return np.asarray(np.where(surface.triangle >= 0, surface.depth, 1e9), np.float32)


def _crop(shown: HeadPicture) -> tuple[int, int, int, int]:
    height, width = shown.pixels.shape[:2]
    half = CROP * shown.face.size / 2 * 1.5
    x, y = (float(v) for v in shown.face.centre)
    return max(0, int(x - half)), max(0, int(y - half)), min(width, int(x + half)), min(height, int(y + half))


def _hidden_lids(side: int, expression: NDArray[np.floating]) -> FloatArray:
    """(N,) of the texels of skin and neck: 1 on skin of lids that an open eye hides; pictures show the eye."""
    texels = texels_of(side, "skin", "neck")
    layout = head_layout()
    template = load_template()
    hidden = np.zeros(len(template.vertices))
    for name in ("eyeBlinkRight", "eyeBlinkLeft"):
        moved = np.linalg.norm(template.shape(name), axis=1)
        open_ = 1 - float(expression[BLENDSHAPES.index(name)])
        hidden = np.maximum(hidden, np.clip((moved - LID[0]) / (LID[1] - LID[0]), 0, 1) * np.clip(open_ * 1.5, 0, 1))
    corners = layout.vertex[layout.triangles[texels.triangle]]
    return np.asarray((hidden[corners] * texels.weights).sum(1), np.float32)


def _skin_level(colour: FloatArray, seen: FloatArray) -> FloatArray:
    """(3,) the log colour of the lighter half of what is surely skin."""
    sure = colour[seen > 0.5]
    if len(sure) < 100:
        sure = colour[seen > 0.05]
    if not len(sure):
        return np.log(np.array([0.5, 0.3, 0.22], np.float32))
    light = sure.mean(1)
    return np.asarray(np.median(sure[light >= np.median(light)], axis=0), np.float32)


def _delit(colour: FloatArray, seen: FloatArray, skin: FloatArray) -> FloatArray:
    """Without the light's slow changes over the face: both sides as bright, and no darker towards the jaw."""
    side = colour.shape[0]
    # Brows, lips and nostrils are no light: what lies far below the skin around it does not count.
    light = colour.mean(-1)
    wide = _blurred(light, seen, FLAT * side)
    sure = seen * (light > wide - 0.35)
    smooth = np.stack([_blurred(colour[..., k], sure, FLAT * side) for k in range(3)], axis=-1)
    off = (smooth - skin) * (1 - KEPT)
    return np.asarray(colour - np.clip(off, -1.2, 0.8), np.float32)


def _blurred(values: FloatArray, weight: FloatArray, sigma: float) -> FloatArray:
    """A weighted Gaussian mean; at a quarter of the size, where that is enough."""
    small = max(32, int(values.shape[0] * min(1.0, 12 / sigma)))
    w = cv2.resize(weight, (small, small), interpolation=cv2.INTER_AREA)
    v = cv2.resize(values * weight, (small, small), interpolation=cv2.INTER_AREA)
    s = sigma * small / values.shape[0]
    mean = cv2.GaussianBlur(v, (0, 0), s) / np.maximum(cv2.GaussianBlur(w, (0, 0), s), 1e-4)
    return np.asarray(cv2.resize(mean, values.shape[::-1], interpolation=cv2.INTER_LINEAR), np.float32)


def _filled(colour: FloatArray, seen: FloatArray, skin: FloatArray, side: int) -> FloatArray:
    """Every texel with a colour: of the other side of the face, of what is around, and far from all, of plain skin."""
    box = [round(v * side) for v in PLACES["skin"]]
    own, weight = colour[box[1] : box[3], box[0] : box[2]], seen[box[1] : box[3], box[0] : box[2]]
    other, others = own[:, ::-1], weight[:, ::-1]
    share = np.clip(1 - weight, 0, 1) * others
    ratio = np.stack([_blurred_part(own[..., k] - other[..., k], weight * others, 0.08) for k in range(3)], axis=-1)
    both = weight + share
    mixed = (own * weight[..., None] + (other + np.clip(ratio, -0.5, 0.5)) * share[..., None]) / np.maximum(both, 1e-6)[
        ..., None
    ]
    out, known = colour.copy(), seen.copy()
    out[box[1] : box[3], box[0] : box[2]] = mixed
    known[box[1] : box[3], box[0] : box[2]] = np.clip(both, 0, 1)
    spread = _pushed_pulled(out, known)
    # Far from everything seen, plain skin: what is next to it says nothing of an ear or a nape.
    distance = cv2.distanceTransform((known < 0.3).astype(np.uint8), cv2.DIST_L2, 5) / side
    far = np.clip(distance / 0.06, 0, 1)[..., None] * 0.85
    spread = spread * (1 - far) + skin * far
    rng = np.random.default_rng(5)
    grain = cv2.GaussianBlur(rng.normal(0, 1, (side, side)).astype(np.float32), (0, 0), side / 700)
    grain *= NOISE / max(float(grain.std()), 1e-6)
    out = out * known[..., None] + (spread + grain[..., None]) * (1 - known[..., None])
    return np.asarray(out, np.float32)


def _clean_lids(colour: FloatArray, skin: FloatArray, head: FittedHead, side: int) -> FloatArray:
    """Lids that no picture showed in the skin's colour, a little darker and redder; lashes lie around them."""
    texels = texels_of(side, "skin", "neck")
    share = np.zeros(side * side, np.float32)
    share[texels.at] = np.min([_hidden_lids(side, one) for one in head.expressions], axis=0)
    share = cv2.GaussianBlur(share.reshape(side, side), (0, 0), side / 350)[..., None]
    around = np.stack([_blurred(colour[..., k], 1 - share[..., 0], 0.03 * side) for k in range(3)], axis=-1)
    lid = 0.5 * around + 0.5 * (skin + np.log(np.array([0.86, 0.74, 0.72], np.float32)))
    return np.asarray(colour * (1 - share) + lid * share, np.float32)


def _dark_between_lips(colour: FloatArray, side: int) -> FloatArray:
    """The lips' inner rim, which no picture shows, goes dark towards the mouth."""
    texels = texels_of(side, "skin")
    template, layout = load_template(), head_layout()
    away = cKDTree(template.vertices[lip_seam()]).query(template.vertices, distance_upper_bound=2.0)[0]
    away = np.minimum(away, 2.0).astype(np.float32)
    corners = layout.vertex[layout.triangles[texels.triangle]]
    distance = (away[corners] * texels.weights).sum(1)
    out = colour.reshape(-1, 3).copy()
    out[texels.at] -= (RIM[1] * np.exp(-((distance / RIM[0]) ** 2)))[:, None] * np.array([0.8, 1.1, 1.1], np.float32)
    return out.reshape(colour.shape)


def _blurred_part(values: FloatArray, weight: FloatArray, share: float) -> FloatArray:
    sigma = share * values.shape[1]
    small = (max(16, values.shape[1] // 8), max(16, values.shape[0] // 8))
    w = cv2.resize(weight, small, interpolation=cv2.INTER_AREA)
    v = cv2.resize(values * weight, small, interpolation=cv2.INTER_AREA)
    mean = cv2.GaussianBlur(v, (0, 0), sigma / 8) / (cv2.GaussianBlur(w, (0, 0), sigma / 8) + 1e-3)
    return np.asarray(cv2.resize(mean, values.shape[::-1], interpolation=cv2.INTER_LINEAR), np.float32)


def _pushed_pulled(colour: FloatArray, known: FloatArray) -> FloatArray:
    """Every texel out of the nearest known ones, coarse to fine (Gortler et al., "The Lumigraph", 1996)."""
    levels = [(colour * known[..., None], known)]
    while levels[-1][1].shape[0] > 2:
        c, w = levels[-1]
        half = (c.shape[1] // 2, c.shape[0] // 2)
        levels.append(
            (cv2.resize(c, half, interpolation=cv2.INTER_AREA), cv2.resize(w, half, interpolation=cv2.INTER_AREA))
        )
    c, w = levels[-1]
    out = c / np.maximum(w, 1e-4)[..., None]
    for c, w in levels[-2::-1]:
        up = cv2.resize(out, c.shape[1::-1], interpolation=cv2.INTER_LINEAR)
        share = np.clip(w, 0, 1)[..., None]
        out = up * (1 - share) + c / np.maximum(w, 1e-4)[..., None] * share
    return np.asarray(out, np.float32)


def _front(side: int) -> NDArray[np.bool_]:
    """Which of the skin's texels are the face: those inside the landmarks."""
    texels = texels_of(side, "skin")
    template, layout = load_template(), head_layout()
    corners = layout.vertex[layout.triangles[texels.triangle]]
    place = np.einsum("nkc,nk->nc", template.vertices.astype(np.float32)[corners], texels.weights)
    marks = load_landmarks().on(template.vertices)
    low, high = marks[:468].min(0), marks[:468].max(0)
    return np.asarray(((place[:, :2] > low[:2]) & (place[:, :2] < high[:2])).all(1) & (place[:, 2] < high[2]))


def _paint_parts(linear: NDArray[np.floating], skin: NDArray[np.floating], eyes: EyeColours, side: int) -> None:
    """Eyes, mouth, teeth, tongue and lashes, in place."""
    plain = {
        "mouth": np.array([0.1, 0.02, 0.02]) + 0.03 * skin,
        "tongue": np.array([0.2, 0.07, 0.07]),
        "teeth_upper": np.array([0.5, 0.46, 0.38]),
        "teeth_lower": np.array([0.36, 0.33, 0.27]),
        "lashes": np.minimum(0.18 * skin, 0.02),
        "socket_left": skin * np.array([0.6, 0.42, 0.4]),
    }
    for name, colour in plain.items():
        x0, y0, x1, y1 = (round(v * side) for v in PLACES[name])
        linear[y0:y1, x0:x1] = colour
    for name in ("teeth_upper", "teeth_lower"):
        x0, y0, x1, y1 = (round(v * side) for v in PLACES[name])
        gaps = 0.82 + 0.18 * np.abs(np.cos(np.linspace(0, 14 * np.pi, x1 - x0))) ** 0.3
        linear[y0:y1, x0:x1] *= gaps[None, :, None]
    for name in ("eye_left", "eye_right"):
        x0, y0, x1, y1 = (round(v * side) for v in PLACES[name])
        linear[y0:y1, x0:x1] = painted_eye(eyes, x1 - x0)
