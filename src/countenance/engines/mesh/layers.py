"""The portrait in two layers: the person, who moves, and the background, which stays as it is.

At rest the layers compose to the picture itself. What lies behind the person's edge is made up once, at load, by
mirroring the background across the edge, which keeps its texture.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.kernels import kernel
from countenance.media.frames import Pixels

FloatArray = NDArray[np.float32]

BAND = 0.04  # of the region's height round the person, in which strays are looked for
STRAY = (8.0, 3.0)  # grey levels, and standard deviations of the background, from which a pixel is unlike it
CLEAR = 0.02  # below this matte a pixel is background only


def _nearest(mask: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each pixel, row and column of the nearest pixel where `mask` is True."""
    _, labels = cv2.distanceTransformWithLabels(
        (~mask).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    rows, columns = np.nonzero(mask)
    by_label = np.zeros((int(labels.max()) + 1, 2), np.int64)
    by_label[labels[rows, columns]] = np.column_stack([rows, columns])
    found = by_label[labels]
    return found[..., 0], found[..., 1]


def mirror_fill(pixels: Pixels, known: NDArray[np.bool_]) -> FloatArray:
    """(h, w, 3) float32: unknown pixels filled by mirroring across the edge of what is known."""
    out = pixels.astype(np.float32)
    if known.all() or not known.any():
        return out
    height, width = known.shape
    rows, columns = _nearest(known)
    yy, xx = np.mgrid[0:height, 0:width]
    my, mx = np.clip(2 * rows - yy, 0, height - 1), np.clip(2 * columns - xx, 0, width - 1)
    usable = known[my, mx]
    my, mx = np.where(usable, my, rows), np.where(usable, mx, columns)
    filled = out[my, mx]
    distance = cv2.distanceTransform((~known).astype(np.uint8), cv2.DIST_L2, 5)[..., None]
    soft = cv2.GaussianBlur(filled, (0, 0), max(2.0, height / 200))
    # Deep inside, mirrored detail turns into streaks: go over to its blur.
    fade = np.clip(distance / (0.12 * height) - 0.3, 0, 1)
    filled = filled + (soft - filled) * fade
    return np.asarray(np.where(known[..., None], out, filled), np.float32)


def _strays(pixels: NDArray[np.uint8], person: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(h, w): what hangs together with the person beyond the matte: strands, an ear's rim, a collar's corner.

    It is unlike the background as it goes on beyond a band round the person, by more than that itself varies.
    """
    height = pixels.shape[0]
    reach = max(3, round(BAND * height))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1,) * 2)
    beyond = cv2.dilate(person.astype(np.uint8), disc) == 0
    if not beyond.any():
        return np.zeros_like(person)
    whole = pixels.astype(np.float32)
    apart = np.abs(cv2.GaussianBlur(whole - mirror_fill(pixels, beyond), (0, 0), 1.0)).max(-1)
    known = beyond.astype(np.float32)[..., None]
    sums = cv2.GaussianBlur(np.dstack([whole * known, whole**2 * known, known]), (0, 0), 2.0 * reach)
    count = np.maximum(sums[..., 6:], 1e-3)
    varies = np.sqrt(np.maximum(sums[..., 3:6] / count - (sums[..., :3] / count) ** 2, 0)).max(-1)
    stray = ~beyond & ~person & (apart > STRAY[0] + STRAY[1] * varies)
    near = cv2.dilate((stray | person).astype(np.uint8), np.ones((5, 5), np.uint8))
    _, labels = cv2.connectedComponents(near)
    touching = np.unique(labels[person])
    found = stray & np.isin(labels, touching[touching > 0])
    return np.asarray(cv2.dilate(found.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0)


def split(pixels: Pixels, matte: NDArray[np.floating]) -> tuple[NDArray[np.uint8], Pixels]:
    """The person, (h, w, 4) uint8 RGB and matte, not premultiplied; and the background, (h, w, 3) uint8."""
    alpha = matte.astype(np.float32)[..., None]
    whole = pixels.astype(np.float32)
    grow = max(2, round(pixels.shape[0] / 250))
    person_zone = cv2.dilate((matte > CLEAR).astype(np.uint8), np.ones((2 * grow + 1,) * 2, np.uint8)) > 0
    person_zone |= _strays(pixels, person_zone)
    background = mirror_fill(pixels, ~person_zone)
    sure = matte > 0.97
    if sure.any():
        rows, columns = _nearest(sure)
        person = whole[rows, columns]
        person = cv2.GaussianBlur(person, (0, 0), 1.0)
    else:
        person = whole.copy()
    # Where the matte is partial, the person's own colour is what composes to the picture over the made-up background.
    # Where no colour would, the pixel is more person than the matte knew: its fringe, else left behind as a line.
    zone = person_zone[..., None]
    gap = whole - background
    least = np.where(gap < 0, -gap / np.maximum(background, 1), gap / np.maximum(255 - background, 1))
    alpha = np.where(zone, np.maximum(alpha, least.max(-1, keepdims=True)), 0).clip(0, 1)
    solved = np.clip((whole - (1 - alpha) * background) / np.maximum(alpha, CLEAR), 0, 255)
    person = np.where(sure[..., None], whole, np.where(zone, solved, person))
    background = np.where(zone, background, whole)
    rgba = np.dstack([person, alpha * 255]).round().astype(np.uint8)
    return rgba, background.round().astype(np.uint8)


@kernel(nogil=True)
def compose(person, background, out) -> None:  # type: ignore[no-untyped-def]
    """out = person over background. (h, w, 4), (h, w, 3), (h, w, 3), all uint8."""
    height, width, _ = background.shape
    for y in range(height):
        for x in range(width):
            a = np.int32(person[y, x, 3])
            if a >= 254:
                for k in range(3):
                    out[y, x, k] = person[y, x, k]
            elif a <= 1:
                for k in range(3):
                    out[y, x, k] = background[y, x, k]
            else:
                for k in range(3):
                    b = np.int32(background[y, x, k])
                    out[y, x, k] = (b * 255 + (np.int32(person[y, x, k]) - b) * a + 127) // 255
