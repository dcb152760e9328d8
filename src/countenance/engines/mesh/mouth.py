"""The inside of the mouth: borrowed from the driver and re-lit, or drawn; kept behind the portrait's own lips.

Knows nothing of the mesh: it is told where the inner lips and the jaw are.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.engines.mesh.curves import polygon_mask, spline_matrix
from countenance.engines.mesh.drawn_mouth import Palette, draw_mouth
from countenance.engines.protocol import MouthChoice
from countenance.face.raster import rasterise
from countenance.face.topology import LIPS_INNER_LOWER, LIPS_OUTER_LOWER
from countenance.media.frames import Pixels
from countenance.performance.appearance import CHEEKS, decode_mouth
from countenance.performance.take import Appearance

FloatArray = NDArray[np.float32]

STEPS = 4  # spline steps between two lip landmarks
COLUMNS = 10 * STEPS + 1
LUMINANCE = np.array([0.299, 0.587, 0.114])
TINT = 0.75  # share of the portrait's colour cast the borrowed mouth takes on: all of it makes teeth pink
LIGHT_RANGE = (0.3, 1.35)  # how far the borrowed mouth may be darkened or brightened
TEETH_LIGHT = 0.97  # of the lightest skin: teeth never outshine it
IVORY = 0.8  # share of the skin's colour cast that whites show under the portrait's light
OWN_MOUTH = 0.045  # of the eye distance: a gap this wide shows the portrait's own teeth
WIDER = (0.01, 0.06)  # of the eye distance from the resting gap: where the portrait's own pixels say no more
TOOTH = (0.5, 0.65)  # of the lightest skin: teeth are as light as that, what lies about them is darker
TEETH_SEEN = 0.08  # of the resting opening, that must be as light as teeth
SEAM, SEAM_TONE = (0.004, 0.03), 0.6  # of the eye distance: lips that nearly meet shade what is between; of their tone
OPENS = (0.004, 0.02)  # of the eye distance beyond the resting gap: where the inside fades in


def _strip() -> NDArray[np.int32]:
    """Triangles between an upper and a lower row of COLUMNS points."""
    rows = []
    for i in range(COLUMNS - 1):
        rows += [(i, i + 1, COLUMNS + i), (i + 1, COLUMNS + i + 1, COLUMNS + i)]
    return np.array(rows, np.int32)


STRIP = _strip()


def _edges(ring: NDArray[np.floating]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Smooth upper and lower edges, each (COLUMNS, 2), from the ring of 20 inner-lip points."""
    fine = spline_matrix(11, STEPS)
    lower = np.concatenate([ring[:1], ring[11:][::-1], ring[10:11]])
    return fine @ ring[:11], fine @ lower


def _width(edge: NDArray[np.floating]) -> float:
    return float(np.linalg.norm(edge[0] - edge[-1]))


def lip_gap(ring: NDArray[np.floating]) -> float:
    """The widest opening between the inner lips, in the ring's units."""
    return float(np.linalg.norm(ring[11:][::-1] - ring[1:10], axis=1).max())


@dataclass(frozen=True)
class Opening:
    """Where the mouth is at one moment.

    Attributes:
        ring: (20, 2) inner lips, pixels, in the order of `performance.appearance.LIP_RING`.
        to_head: (2, 3) pixels → cm in the head frame, from the resting lips' middle.
        jaw: cm the jaw has dropped.
    """

    ring: NDArray[np.floating]
    to_head: NDArray[np.float64]
    jaw: float


class MouthPainter:
    """The mouth of one portrait.

    Args:
        pixels: (h, w, 3) uint8 RGB, the portrait.
        landmarks: (478, 3), pixels.
        rest: the mouth in the portrait.
        eye_distance: pixels.
        choice: `auto`, `borrowed` or `drawn`.
    """

    def __init__(
        self,
        pixels: Pixels,
        landmarks: NDArray[np.floating],
        rest: Opening,
        eye_distance: float,
        choice: MouthChoice,
    ) -> None:
        self._unit = eye_distance
        self._gap = lip_gap(rest.ring)
        self._from_head = cv2.invertAffineTransform(rest.to_head)
        self._pixels = pixels
        self._own = self._own_mask(rest.ring) if self._gap > OWN_MOUTH * eye_distance else None
        self._choice = choice
        self._skin = _colour(pixels, landmarks[CHEEKS, :2])
        low, high = landmarks[:, :2].min(0).astype(int), landmarks[:, :2].max(0).astype(int)
        face = pixels[max(0, low[1]) : high[1], max(0, low[0]) : high[0]]
        self._brightest = float(np.percentile(cv2.cvtColor(face, cv2.COLOR_RGB2GRAY), 97))
        self._white = 1 + IVORY * (self._skin / max(float(self._skin @ LUMINANCE), 1.0) - 1)
        lip = _colour(pixels, (landmarks[LIPS_OUTER_LOWER[3:8], :2] + landmarks[LIPS_INNER_LOWER[3:8], :2]) / 2)
        flesh = 0.6 * lip + 0.4 * self._skin * np.array([0.95, 0.55, 0.52])
        self._seam = SEAM_TONE * lip
        own = self._own_teeth()
        self._limit = TEETH_LIGHT * self._brightest if own is None else max(self._brightest, 1.1 * own @ LUMINANCE)
        teeth = 0.86 * self._brightest * self._white if own is None else own
        self._palette = Palette(teeth=teeth, gums=0.8 * flesh, tongue=0.82 * flesh, dark=0.2 * flesh)

    def _own_mask(self, ring: NDArray[np.floating]) -> FloatArray:
        """Where the portrait itself shows teeth; (h, w) float32, a little inside the lips."""
        upper, lower = _edges(ring)
        height, width = self._pixels.shape[:2]
        mask = polygon_mask(np.concatenate([upper, lower[-2:0:-1]]), width, height)
        return np.asarray(cv2.GaussianBlur(mask, (0, 0), max(0.5, 0.004 * self._unit)), np.float32)

    def _own_teeth(self) -> NDArray[np.float64] | None:
        """(3,) the colour of the portrait's own teeth; None where it shows none."""
        if self._own is None:
            return None
        inside = self._pixels[self._own > 0.9].astype(np.float64)
        light = inside[inside @ LUMINANCE > TOOTH[1] * self._brightest]
        if len(light) < TEETH_SEEN * len(inside) or not len(light):
            return None
        return np.asarray(np.percentile(light, 75, axis=0))

    def paint(self, image: Pixels, offset: tuple[int, int], opening: Opening, appearance: Appearance | None) -> None:
        """Draw the opening into `image` (a region whose corner is at `offset` in the picture), in place."""
        opened = (lip_gap(opening.ring) - self._gap) / self._unit
        opened = abs(opened) if self._own is not None else opened
        strength = float(np.clip((opened - OPENS[0]) / (OPENS[1] - OPENS[0]), 0, 1))
        if strength <= 0:
            return
        upper, lower = (edge - offset for edge in _edges(opening.ring))
        outline = np.concatenate([upper, lower[-2:0:-1]])
        height, width = image.shape[:2]
        x0, y0 = np.maximum(np.floor(outline.min(0)).astype(int) - 3, 0)
        x1, y1 = np.minimum(np.ceil(outline.max(0)).astype(int) + 4, (width, height))
        if x1 - x0 < 2 or y1 - y0 < 2:
            return
        corner = np.array([x0, y0])
        size = (int(x1 - x0), int(y1 - y0))
        mask = polygon_mask(outline - corner, *size)
        mask = cv2.GaussianBlur(mask, (0, 0), max(0.6, 0.006 * self._unit))
        borrowed = self._choice != "drawn" and appearance is not None and appearance.mouth is not None
        at = corner + np.array(offset)
        if borrowed and appearance is not None:
            inside = self._borrowed(appearance, upper - corner, lower - corner, size)
        else:
            inside = self._drawn(opening, upper - corner, at, size)
        if self._own is not None:
            wider = float(np.clip((abs(opened) - WIDER[0]) / (WIDER[1] - WIDER[0]), 0, 1))
            inside = self._kept(inside, opening, at, size, wider, 0.0 if borrowed else 1.0)
            gap = lip_gap(opening.ring) / self._unit
            shown = float(np.clip((gap - SEAM[0]) / (SEAM[1] - SEAM[0]), 0, 1))
            inside = np.asarray(self._seam + (inside - self._seam) * shown, np.float32)
        part = image[y0:y1, x0:x1]
        part[:] = np.clip(part + (inside - part) * (mask * strength)[..., None] + 0.5, 0, 255).astype(np.uint8)

    def _kept(
        self,
        inside: FloatArray,
        opening: Opening,
        corner: NDArray[np.integer],
        size: tuple[int, int],
        wider: float,
        teeth: float,
    ) -> FloatArray:
        """`inside` with the portrait's own mouth over it, fixed to the skull: all of it near rest, its teeth beyond.

        Args:
            wider: in [0, 1], how far the mouth is from its resting gap.
            teeth: in [0, 1], how much of the portrait's own teeth stays then.
        """
        to_source = np.vstack([self._from_head, [0, 0, 1]]) @ np.vstack([opening.to_head, [0, 0, 1]])
        to_source = (to_source @ np.array([[1, 0, corner[0]], [0, 1, corner[1]], [0, 0, 1.0]]))[:2]
        how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        own = cv2.warpAffine(self._pixels, to_source, size, flags=how, borderMode=cv2.BORDER_REPLICATE)
        seen = cv2.warpAffine(self._own, to_source, size, flags=how)
        if wider > 0:
            light = (own @ LUMINANCE.astype(np.float32)) / self._brightest
            tooth = np.clip((light - TOOTH[0]) / (TOOTH[1] - TOOTH[0]), 0, 1) * teeth
            seen = seen * (1 + (tooth - 1) * wider)
        return np.asarray(inside + (own - inside) * seen[..., None], np.float32)

    def _drawn(
        self,
        opening: Opening,
        upper: NDArray[np.float64],
        corner: NDArray[np.integer],
        size: tuple[int, int],
    ) -> FloatArray:
        xx, yy = np.meshgrid(np.arange(size[0]), np.arange(size[1]))
        px, py = xx + corner[0], yy + corner[1]
        m = opening.to_head
        x = m[0, 0] * px + m[0, 1] * py + m[0, 2]
        y = m[1, 0] * px + m[1, 1] * py + m[1, 2]
        pixel = float(np.sqrt(abs(np.linalg.det(m[:, :2]))))
        edge = np.interp(np.arange(size[0]), upper[:, 0], upper[:, 1])
        under = (yy - edge[None]) * pixel
        lip = opening.ring[[14, 15, 16]].mean(0)
        lower_lip = float(m[1, 0] * lip[0] + m[1, 1] * lip[1] + m[1, 2])
        return draw_mouth(x, y, opening.jaw, under, lower_lip, pixel, self._palette).astype(np.float32)

    def _borrowed(
        self, appearance: Appearance, upper: NDArray[np.float64], lower: NDArray[np.float64], size: tuple[int, int]
    ) -> FloatArray:
        assert appearance.mouth is not None
        patch = decode_mouth(appearance.mouth)
        patch_upper, patch_lower = _edges(appearance.lips)
        # Grow the strip a little so that the soft edge has something to show.
        grow = np.array([0.0, 2.0])
        places = np.concatenate([upper - grow, lower + grow]).astype(np.float32)
        scale = _width(patch_upper) / max(_width(upper), 1e-3)
        values = np.concatenate([patch_upper - grow * scale, patch_lower + grow * scale]).astype(np.float32)
        out = np.empty((size[1], size[0], 2), np.float32)
        out[:] = values.mean(0)
        depth = np.zeros(len(places), np.float32)
        rasterise(places, depth, STRIP, values, out, np.full(out.shape[:2], 1e9, np.float32))
        inside = np.asarray(cv2.remap(patch, out, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE), np.float32)
        return self._relit(inside, appearance.skin)

    def _relit(self, inside: FloatArray, skin: NDArray[np.floating]) -> FloatArray:
        """The borrowed mouth under the portrait's light: its brightness, its cast, and whites of its own tone."""
        light = float((self._skin @ LUMINANCE) / max(float(skin @ LUMINANCE), 1.0))
        cast = (self._skin / max(float(self._skin @ LUMINANCE), 1)) / (skin / max(float(skin @ LUMINANCE), 1) + 1e-6)
        lit = inside * np.clip(light, *LIGHT_RANGE) * (1 + TINT * (cast - 1))
        luminance = lit @ LUMINANCE
        foreign = float(np.clip(np.abs(cast - 1).max() / 0.15, 0, 1))
        pale = 1 - (inside.max(-1) - inside.min(-1)) / np.maximum(inside.max(-1), 1)
        whites = (
            np.clip((pale - 0.55) / 0.25, 0, 1) * np.clip((luminance / self._brightest - 0.3) / 0.3, 0, 1) * foreign
        )
        lit = lit + (luminance[..., None] * self._white - lit) * (0.85 * whites)[..., None]
        limit = self._limit
        knee = 0.7 * limit
        bent = knee + (limit - knee) * (1 - np.exp(-np.maximum(luminance - knee, 0) / max(limit - knee, 1)))
        ratio = np.where(luminance > knee, bent / np.maximum(luminance, 1), 1.0)
        return np.asarray(lit * ratio[..., None], np.float32)


def _colour(pixels: Pixels, places: NDArray[np.floating]) -> NDArray[np.float64]:
    """(3,) mean colour round some places."""
    height, width = pixels.shape[:2]
    at = places.round().astype(int)
    x, y = at[:, 0].clip(2, width - 3), at[:, 1].clip(2, height - 3)
    return np.asarray(
        np.concatenate([pixels[b - 2 : b + 3, a - 2 : a + 3].reshape(-1, 3) for a, b in zip(x, y, strict=True)]).mean(
            0
        ),
        np.float64,
    )
