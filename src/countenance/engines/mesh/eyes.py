"""Eyes in layers: the eyeball's white, a completed iris that moves over it, and the lids' opening that shows them.

Knows nothing of the mesh: it is told where the lids and the iris are.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.engines.mesh.curves import polygon_mask, spline_matrix
from countenance.media.frames import Pixels

FloatArray = NDArray[np.float32]

EYE_PIXELS = 96  # an eye's width in its layers, at least
MARGIN = 0.75  # of the eye's width round the opening
LID_OUTSET = 0.012  # of the eye's width: landmarks lie a little inside the upper lid's edge
LASH_WIDTH = 0.05  # of the eye's width, of the line drawn along the upper lid
CHANGE = (0.012, 0.05)  # of the eye's width: below, the eye is left as it is painted; above, it is redrawn
LID_SHADOW = 0.3  # how much darker the eyeball is right under the upper lid
LID_RIM = 0.05  # of the eye's width: lashes, shadow and the wet rim along the lids
IRIS_CONTRAST = 10.0  # grey levels between iris and white below which an eye has no iris to move (statues)


class EyePainter:
    """One eye of a portrait.

    Args:
        pixels: (h, w, 3) uint8 RGB, the portrait.
        upper, lower: (9, 2) the lids' edges from the outer to the inner corner, pixels.
        iris: (5, 2) centre and four points of the rim.
        contrast: grey levels between iris and white below which the eye is taken for a statue's.
    """

    def __init__(
        self,
        pixels: Pixels,
        upper: NDArray[np.floating],
        lower: NDArray[np.floating],
        iris: NDArray[np.floating],
        contrast: float = IRIS_CONTRAST,
    ) -> None:
        self._width = float(np.linalg.norm(upper[0] - upper[-1]))
        self._middle = (upper[0] + upper[-1]).astype(np.float64) / 2
        half = self._width * (0.5 + MARGIN)
        self._scale = max(1.0, EYE_PIXELS / self._width)
        side = int(2 * half * self._scale)
        self._origin = self._middle - half
        # layer pixel → portrait: x / scale + origin
        to_picture = np.array(
            [[1 / self._scale, 0, self._origin[0]], [0, 1 / self._scale, self._origin[1]]], np.float64
        )
        layer = cv2.warpAffine(
            pixels,
            to_picture,
            (side, side),
            flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        outline = (self._outline(upper, lower) - self._origin) * self._scale
        opening = polygon_mask(self._outset(outline, self._width * self._scale), side, side)
        self._centre = iris[0].astype(np.float64)
        self._radius = float(np.linalg.norm(iris[1:] - iris[0], axis=1).mean())
        centre = (self._centre - self._origin) * self._scale
        radius = self._radius * self._scale
        yy, xx = np.mgrid[0:side, 0:side].astype(np.float32)
        distance = np.sqrt((xx - centre[0]) ** 2 + (yy - centre[1]) ** 2)
        # Only what is surely eyeball: lashes and the wet rim of the lids must not be carried over the white.
        inner = cv2.erode((opening > 0.5).astype(np.uint8), _disc(LID_RIM * self._width * self._scale)) > 0
        white = inner & (distance > radius * 1.15)
        iris_seen = inner & (distance < radius * 0.95)
        grey = cv2.cvtColor(layer, cv2.COLOR_RGB2GRAY).astype(np.float32)
        if white.sum() > 20:
            white &= grey > np.percentile(grey[white], 45)
        enough = white.sum() > 20 and iris_seen.sum() > 20
        self.has_iris = bool(enough and np.median(grey[white]) - np.median(grey[iris_seen]) > contrast)
        keep = white if self.has_iris else inner
        self._white = _spread(layer, keep)
        self._iris = _completed_iris(layer, inner, centre, radius, distance)
        self._alpha = np.clip((radius * 1.06 - distance) / (radius * 0.12) + 0.5, 0, 1).astype(np.float32)
        self._lash = self._lash_colour(layer, outline)
        self._rest = self._signature(upper, lower, iris)

    @staticmethod
    def _signature(
        upper: NDArray[np.floating], lower: NDArray[np.floating], iris: NDArray[np.floating]
    ) -> NDArray[np.float64]:
        """Lid heights and gaze in eye widths, in the eye's own frame: what tells whether an eye has changed."""
        along = (upper[-1] - upper[0]).astype(np.float64)
        width = float(np.linalg.norm(along)) + 1e-9
        along /= width
        normal = np.array([-along[1], along[0]])
        points = np.concatenate([upper[2:-2], lower[2:-2], iris[:1]]) - (upper[0] + upper[-1]) / 2
        return np.column_stack([points @ along, points @ normal]) / width

    @staticmethod
    def _outline(upper: NDArray[np.floating], lower: NDArray[np.floating]) -> NDArray[np.float64]:
        fine = spline_matrix(len(upper), 4)
        return np.concatenate([fine @ upper, (fine @ lower)[-2:0:-1]])

    @staticmethod
    def _outset(outline: NDArray[np.float64], width: float) -> NDArray[np.float64]:
        """The outline with the upper lid's edge moved outwards by LID_OUTSET."""
        count = len(outline) // 2 + 1
        along = outline[count - 1] - outline[0]
        normal = np.array([-along[1], along[0]]) / (np.linalg.norm(along) + 1e-9)
        lower_side = np.sign(((outline[count:].mean(0) - outline[[0, count - 1]].mean(0)) @ normal) or 1.0)
        shift = np.zeros_like(outline)
        shift[1 : count - 1] = -normal * lower_side * LID_OUTSET * width
        return np.asarray(outline + shift)

    def _lash_colour(self, layer: Pixels, outline: NDArray[np.float64]) -> FloatArray:
        """The dark of the portrait's own upper lid line, away from the iris; (3,) float32."""
        count = len(outline) // 2 + 1
        places = outline[2 : count - 2].round().astype(int).clip(1, layer.shape[0] - 2)
        centre = (self._centre - self._origin) * self._scale
        away = np.abs(places[:, 0] - centre[0]) > self._radius * self._scale * 0.9
        places = places[away] if away.sum() >= 3 else places
        dark = []
        for x, y in places:
            window = layer[y - 1 : y + 2, x - 1 : x + 2].reshape(-1, 3)
            dark.append(window[window.sum(1).argmin()])
        return np.asarray(np.median(np.array(dark), axis=0), np.float32)

    def paint(
        self,
        image: Pixels,
        offset: tuple[int, int],
        upper: NDArray[np.floating],
        lower: NDArray[np.floating],
        iris: NDArray[np.floating],
        linear: NDArray[np.floating],
    ) -> None:
        """Draw the eye into `image` (a region whose corner is at `offset` in the picture), in place.

        Args:
            upper, lower, iris: as in the portrait, where they are now, pixels of the picture.
            linear: (2, 2) what the head's motion does to the picture plane.
        """
        change = np.abs(self._signature(upper, lower, iris) - self._rest).max()
        strength = float(np.clip((change - CHANGE[0]) / (CHANGE[1] - CHANGE[0]), 0, 1))
        if strength <= 0:
            return
        width = float(np.linalg.norm(upper[0] - upper[-1]))
        outline = self._outset(self._outline(upper, lower), width) - offset
        rows, columns = image.shape[:2]
        reach = 2 + int(LASH_WIDTH * width)
        x0, y0 = np.maximum(np.floor(outline.min(0)).astype(int) - reach, 0)
        x1, y1 = np.minimum(np.ceil(outline.max(0)).astype(int) + reach + 1, (columns, rows))
        if x1 - x0 < 3 or y1 - y0 < 3:
            return
        size = (int(x1 - x0), int(y1 - y0))
        outline = outline - (x0, y0)
        mask = cv2.GaussianBlur(polygon_mask(outline, *size), (0, 0), 0.7)
        middle = (upper[0] + upper[-1]).astype(np.float64) / 2
        corner = np.array([x0, y0], np.float64) + offset
        back = np.linalg.inv(linear)
        eye = self._sample(self._white, back, corner, middle, self._middle, size)
        if self.has_iris:
            centre = iris[0].astype(np.float64)
            iris_now = self._sample(self._iris, back, corner, centre, self._centre, size)
            alpha = self._sample(self._alpha, back, corner, centre, self._centre, size)[..., None]
            eye = eye + (iris_now - eye) * alpha
        lash, shadow = self._lid_line(outline, width, size)
        eye = eye * (1 - LID_SHADOW * shadow)[..., None]
        part = image[y0:y1, x0:x1]
        drawn = part + (eye - part) * mask[..., None]
        drawn = drawn + (self._lash - drawn) * lash[..., None]
        part[:] = np.clip(part + (drawn - part) * strength + 0.5, 0, 255).astype(np.uint8)

    @staticmethod
    def _lid_line(outline: NDArray[np.float64], width: float, size: tuple[int, int]) -> tuple[FloatArray, FloatArray]:
        """The upper lid's lash line, and the shadow it throws, each (h, w) float32 in [0, 1]."""
        count = len(outline) // 2 + 1
        line = np.zeros((size[1], size[0]), np.uint8)
        thick = max(1, round(LASH_WIDTH * width * 0.6))
        # Fainter towards the inner corner, where there are no lashes.
        upper = outline[: count - count // 5]
        cv2.polylines(line, [np.round(upper * 16).astype(np.int32)], False, 255, thick, cv2.LINE_AA, 4)
        sharp = line.astype(np.float32) / 255
        lash = cv2.GaussianBlur(sharp, (0, 0), max(0.6, 0.015 * width)) * 0.75
        shadow = np.minimum(cv2.GaussianBlur(sharp, (0, 0), 0.08 * width + 0.5) * 2.2, 1)
        return lash, shadow

    def _sample(
        self,
        layer: FloatArray,
        back: NDArray[np.floating],
        corner: NDArray[np.float64],
        now: NDArray[np.float64],
        then: NDArray[np.float64],
        size: tuple[int, int],
    ) -> FloatArray:
        """The layer under: portrait = back · (picture − now) + then."""
        matrix = np.zeros((2, 3))
        matrix[:, :2] = back * self._scale
        matrix[:, 2] = (back @ (corner - now) + then - self._origin) * self._scale
        return np.asarray(
            cv2.warpAffine(
                layer, matrix, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE
            )
        )


def _disc(radius: float) -> NDArray[np.uint8]:
    size = 2 * max(1, round(radius)) + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)), np.uint8)


def _spread(layer: Pixels, keep: NDArray[np.bool_]) -> FloatArray:
    """The layer with everything outside `keep` filled from what is inside, smoothly; (s, s, 3) float32."""
    weight = keep.astype(np.float32)
    if not keep.any():
        return layer.astype(np.float32)
    total, colour = weight.copy(), layer.astype(np.float32) * weight[..., None]
    filled = np.zeros_like(colour)
    done = np.zeros_like(weight)
    for sigma in (1.5, 3, 6, 12, 24, 48):
        w = cv2.GaussianBlur(total, (0, 0), sigma)
        c = cv2.GaussianBlur(colour, (0, 0), sigma) / np.maximum(w, 1e-6)[..., None]
        trust = np.clip(w / 0.15, 0, 1) * (1 - done)
        filled += c * trust[..., None]
        done += trust
    filled /= np.maximum(done, 1e-6)[..., None]
    soft = cv2.GaussianBlur(cv2.erode(weight, np.ones((3, 3), np.uint8)), (0, 0), 0.8)[..., None]
    return np.asarray(filled + (layer - filled) * soft, np.float32)


def _completed_iris(
    layer: Pixels,
    opening: NDArray[np.bool_],
    centre: NDArray[np.float64],
    radius: float,
    distance: FloatArray,
) -> FloatArray:
    """The whole iris: what the lids hide is mirrored from below or above, else filled by distance from the pupil."""
    side = layer.shape[0]
    seen = opening & (distance < radius * 1.15)
    out = layer.astype(np.float32)
    yy, xx = np.mgrid[0:side, 0:side]
    mirror_y = np.clip(np.round(2 * centre[1] - yy).astype(int), 0, side - 1)
    mirror_x = np.clip(np.round(2 * centre[0] - xx).astype(int), 0, side - 1)
    bins = np.clip((distance / max(radius, 1e-3) * 12).astype(int), 0, 13)
    profile = np.zeros((14, 3), np.float32)
    last = layer[seen].mean(0) if seen.any() else np.full(3, 60, np.float32)
    for k in range(14):
        ring = seen & (bins == k)
        if ring.any():
            last = np.median(layer[ring], axis=0)
        profile[k] = last
    hidden = ~opening
    from_mirror = hidden & seen[mirror_y, xx]
    from_side = hidden & ~from_mirror & seen[yy, mirror_x]
    rest = hidden & ~from_mirror & ~from_side
    out[from_mirror] = layer[mirror_y, xx][from_mirror]
    out[from_side] = layer[yy, mirror_x][from_side]
    out[rest] = profile[bins][rest]
    blurred = cv2.GaussianBlur(out, (0, 0), 1.2)
    edge = cv2.GaussianBlur(hidden.astype(np.float32), (0, 0), 1.5)[..., None]
    return np.asarray(out + (blurred - out) * edge, np.float32)
