"""From takes to views: each take on the atlas, its light evened, its gaps filled from others or from its other side.

Light is low and smooth on the atlas, skin is fine: each view's coarse colour is made that of all takes together, which
in turn is made even between left and right. What light remains is taken out at drawing, where the plate's own is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from countenance.face.topology import LIPS_INNER_LOWER, LIPS_INNER_UPPER
from countenance.face.types import Face
from countenance.head.neutral import resting_face
from countenance.likeness.atlas import atlas_mesh, on_atlas, skin_on_atlas, unwrap, vertex_normals, with_rings
from countenance.likeness.spectacles import bared
from countenance.likeness.texel_confidence import hair_zone, lit_skin, reliable
from countenance.likeness.value import LikenessView, View

FloatArray = NDArray[np.float32]

LIGHT_SIGMA = 0.05  # of the atlas's side: coarser than this is light
# On skin, what is coarser than this is partly taken for shading and shine: in the middle, and at cheeks and temples.
SHADE_SIGMA, SHADE, SHADE_OUTER = 0.014, 0.25, 0.95
OUTER = 0.24  # of the atlas's side inside the oval: how far cheeks and temples reach
NOISELESS = 1.5  # times the lit skin's level: detail in what is darker than its inverse is made quieter
LOUD = 2.5  # grey levels of noise from which a take is cleaned first
LEVELS = 5  # of the pyramid in which pieces are joined
GAMMA = 2.2
STIFF = 0.03  # ridge, per texel: normals of a face seen from the front say little of light from behind
DARKEST = 4.0  # grey levels; below, logarithms are noise


def log_colour(texture: NDArray[np.integer] | FloatArray) -> FloatArray:
    """Natural log of sRGB values, (…, 3) float32."""
    return np.log(np.maximum(np.asarray(texture, np.float32), DARKEST))


def coarse(log_texture: FloatArray, weight: FloatArray, sigma: float) -> FloatArray:
    """The weighted Gaussian mean: texels without weight take from those with it."""
    scale = max(1, int(sigma / 4))
    size = (log_texture.shape[1] // scale, log_texture.shape[0] // scale)
    small = cv2.resize(log_texture * weight[..., None], size, interpolation=cv2.INTER_AREA)
    mass = cv2.resize(weight, size, interpolation=cv2.INTER_AREA)
    total, share = np.zeros_like(small), np.zeros_like(mass)
    for k, trust in ((1, 1.0), (3, 1e-2), (9, 1e-4)):  # where nothing is near, ask farther away, in larger texels
        larger = (max(1, size[0] // k), max(1, size[1] // k))
        for out, what in ((total, small), (share, mass)):
            blurred = cv2.GaussianBlur(cv2.resize(what, larger, interpolation=cv2.INTER_AREA), (0, 0), sigma / scale)
            out += trust * cv2.resize(blurred, size, interpolation=cv2.INTER_LINEAR)
    out = total / (share[..., None] + 1e-9)
    return np.asarray(cv2.resize(out, log_texture.shape[1::-1], interpolation=cv2.INTER_LINEAR), np.float32)


def joined(first: FloatArray, second: FloatArray, weight: FloatArray) -> FloatArray:
    """`first` where the weight is 1, `second` where it is 0, joined band by band.

    Burt and Adelson, "A multiresolution spline with application to image mosaics", ACM ToG 2(4), 1983.
    """
    a, b, w = first, second, weight
    bands = []
    for _ in range(LEVELS):
        size = a.shape[1::-1]
        a2, b2, w2 = cv2.pyrDown(a), cv2.pyrDown(b), cv2.pyrDown(w)
        high = (a - cv2.pyrUp(a2, dstsize=size)) * w[..., None] + (b - cv2.pyrUp(b2, dstsize=size)) * (1 - w[..., None])
        bands.append(high)
        a, b, w = a2, b2, w2
    out = a * w[..., None] + b * (1 - w[..., None])
    for high in reversed(bands):
        out = cv2.pyrUp(out, dstsize=high.shape[1::-1]) + high
    return np.asarray(out, np.float32)


def harmonics(normals: NDArray[np.floating]) -> NDArray[np.float32]:
    """(…, 9): real spherical harmonics to order 2 without their constants: 1, y, z, x, xy, yz, 3z²−1, xz, x²−y²."""
    x, y, z = normals[..., 0], normals[..., 1], normals[..., 2]
    return np.stack([np.ones_like(x), y, z, x, x * y, y * z, 3 * z * z - 1, x * z, x * x - y * y], -1).astype(
        np.float32
    )


def light_on(texture: NDArray[np.integer] | FloatArray, weight: FloatArray, normals: FloatArray) -> FloatArray:
    """The light a texture was taken in, (9, 3): linear colour over the harmonics, as if skin had one colour."""
    linear = (np.asarray(texture, np.float32) / 255) ** GAMMA
    step = max(1, texture.shape[0] // 128)
    a = harmonics(normals[::step, ::step]).reshape(-1, 9)
    b = linear[::step, ::step].reshape(-1, 3)
    w = weight[::step, ::step].reshape(-1, 1)
    ridge = np.diag([0.0] + [STIFF * float(w.sum())] * 8)
    for _ in range(3):  # spots, hair and shine are no light: they count less each round
        solved = np.linalg.solve(a.T @ (a * w) + ridge + 1e-6 * np.eye(9), a.T @ (b * w))
        error = np.abs(b - a @ solved).mean(1, keepdims=True)
        w = weight[::step, ::step].reshape(-1, 1) / (1 + (error / (error.mean() + 1e-6)) ** 2)
    return np.asarray(solved, np.float32)


def normals_on_atlas(shape: NDArray[np.floating], side: int) -> FloatArray:
    """(side, side, 3) unit normals of a face in the head frame; towards the viewer outside the mesh."""
    vertices = with_rings(np.asarray(shape, np.float64))
    small = on_atlas(vertex_normals(vertices), min(side, 128))
    small[(small == -1).all(-1)] = (0, 0, -1)
    small = cv2.GaussianBlur(small, (0, 0), 2.0)
    out = cv2.resize(small, (side, side), interpolation=cv2.INTER_LINEAR)
    return np.asarray(out / (np.linalg.norm(out, axis=-1, keepdims=True) + 1e-9), np.float32)


def views_from(
    takes: Sequence[LikenessView], shape: NDArray[np.floating], side: int
) -> tuple[tuple[View, ...], NDArray[np.float32]]:
    """The views of one person, and the light (9, 3) of the first.

    Args:
        takes: one at least; the first is the most frontal and most at rest.
        shape: (478, 3) of the face at rest, head frame, cm.
        side: of the atlas.
    """
    unwrapped = [unwrap(_calm(take.pixels, take.landmarks), take.landmarks, side) for take in takes]
    textures = bared([texture for texture, _ in unwrapped], [seen for _, seen in unwrapped])
    logs = [log_colour(texture) for texture in textures]
    seens = [reliable(log, seen) for log, (_, seen) in zip(logs, unwrapped, strict=True)]
    light = light_on(textures[0], seens[0] * skin_on_atlas(side), normals_on_atlas(shape, side))
    even = _even_coarse(logs, seens, LIGHT_SIGMA * side)
    fines = [_fine(log, seen) for log, seen in zip(logs, seens, strict=True)]
    common, known = _merged(fines, seens)
    views = []
    for take, fine, own in zip(takes, fines, seens, strict=True):
        # What this take did not see is asked of the others, then of the face's other side; else it is plain skin.
        mirrored = joined(np.ascontiguousarray(fine[:, ::-1]), np.zeros_like(fine), np.ascontiguousarray(own[:, ::-1]))
        whole = joined(fine, joined(common, mirrored, known), own)
        yaw, pitch, _ = take.angles
        views.append(
            View(
                np.clip(np.exp(whole + even) + 0.5, 0, 255).astype(np.uint8), (own * 255).round().astype(np.uint8),
                yaw, pitch, take.smile, take.jaw,
            )
        )  # fmt: skip
    return tuple(views), light


def _fine(log_texture: FloatArray, seen: FloatArray) -> FloatArray:
    """A take's detail without its light, and without what lies open in the mouth."""
    side = log_texture.shape[0]
    mouth = _mouth_mask(side)
    weight = seen * (1 - mouth) + 1e-4
    lips = coarse(log_texture, weight, 0.012 * side)
    shut = log_texture + (lips - log_texture) * mouth[..., None]
    fine = shut - coarse(shut, seen + 1e-4, LIGHT_SIGMA * side)
    shade = coarse(fine, seen + 1e-4, SHADE_SIGMA * side)
    skin = skin_on_atlas(side)
    outer = np.maximum(SHADE * skin, SHADE_OUTER * skin * hair_zone(side, OUTER))
    # Noise adds, light multiplies: in the dark, logarithms make much of it.
    level = np.exp(cv2.GaussianBlur(log_texture, (0, 0), 0.02 * side).mean(-1) - lit_skin(log_texture, seen).mean())
    quiet = 1 - skin * (1 - np.clip(NOISELESS * level, 0.25, 1))
    return np.asarray((fine - outer[..., None] * shade) * quiet[..., None], np.float32)


@lru_cache(maxsize=4)
def _mouth_mask(side: int) -> FloatArray:
    """(side, side) in [0, 1]: what the lips enclose, and the line where they meet."""
    uv = atlas_mesh().uv * side
    ring = np.concatenate([uv[LIPS_INNER_UPPER], uv[LIPS_INNER_LOWER][-2:0:-1]]).round().astype(np.int32)
    mask = np.zeros((side, side), np.uint8)
    cv2.fillPoly(mask, [ring], 255)
    cv2.polylines(mask, [ring], True, 255, max(1, side // 80))
    return np.asarray(cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), side / 220), np.float32)


def _calm(pixels: NDArray[np.uint8], landmarks: NDArray[np.floating]) -> NDArray[np.uint8]:
    """A take without its film grain or sensor noise, where that is loud: the plate has a grain of its own.

    Noise from the Laplacian's absolute mean: Immerkær, "Fast noise variance estimation", CVIU 64(2), 1996.
    """
    x0, y0 = np.maximum(landmarks[:, :2].min(0).astype(int), 0)
    x1, y1 = landmarks[:, :2].max(0).astype(int) + 1
    grey = cv2.cvtColor(pixels[y0:y1, x0:x1], cv2.COLOR_RGB2GRAY).astype(np.float32)
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    noise = float(np.median(np.abs(cv2.filter2D(grey, -1, kernel)))) * 1.4826 / 6
    if noise < LOUD:
        return pixels
    return np.asarray(cv2.fastNlMeansDenoisingColored(pixels, None, noise, noise, 5, 15), np.uint8)


def _merged(fines: Sequence[FloatArray], seens: Sequence[FloatArray]) -> tuple[FloatArray, FloatArray]:
    """Fine detail of all takes: at each texel of the first that saw it; and whether any did."""
    out, weight = joined(fines[0], np.zeros_like(fines[0]), seens[0]), seens[0]
    for fine, seen in zip(fines[1:], seens[1:], strict=True):
        new = np.clip(seen - weight, 0, 1)
        out = joined(fine, out, new)
        weight = np.maximum(weight, seen)
    return out, weight


def _even_coarse(logs: Sequence[FloatArray], seens: Sequence[FloatArray], sigma: float) -> FloatArray:
    """The coarse colour of all takes together, left and right made alike."""
    total = np.zeros_like(logs[0])
    mass = np.zeros(logs[0].shape[:2], np.float32)
    for log, seen in zip(logs, seens, strict=True):
        total += log * seen[..., None]
        mass += seen
    low = coarse(total / (mass[..., None] + 1e-4), np.clip(mass, 0, 1) + 1e-4, sigma)
    both = np.asarray((low + low[:, ::-1]) / 2, np.float32)
    # At the rim hair and collars colour what is coarse: there the skin of the middle speaks, but for half its shading.
    skin = lit_skin(both, np.clip(mass, 0, 1))
    plain = skin + 0.5 * (both - skin).mean(-1, keepdims=True)
    return np.asarray(both + hair_zone(logs[0].shape[0])[..., None] * (plain - both), np.float32)


def shape_from(takes: Sequence[LikenessView]) -> NDArray[np.float32]:
    """The face at rest, (478, 3) float32, head frame, cm; the first take is the most frontal and most at rest."""
    return resting_face([_face(take) for take in takes]).shape.astype(np.float32)


def _face(take: LikenessView) -> Face:
    """As it was measured; of the pose the rotation alone."""
    yaw, pitch, roll = take.angles
    pose = np.eye(4, dtype=np.float32)
    pose[:3, :3] = Rotation.from_euler("YXZ", (yaw, pitch, -roll), degrees=True).as_matrix()
    return Face(take.landmarks, take.blendshapes, pose)
