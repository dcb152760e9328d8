"""A product's picture in a persona's picture: cut out, held in a hand or standing beside, with its shadow. Its own
pixels are only scaled and lit; the hand and the stand are drawn.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.head.template import FloatArray
from countenance.head.view import to_srgb
from countenance.persona.shading import MOODS
from countenance.persona.traits import Traits

TALL, WIDE = 15.0, 11.0  # cm a product is shown at, at most
GRIP = 8.6  # cm; wider ones are held at their edge
PLAIN = 14.0  # levels of 255 by which a plain background may vary
FINGER = 1.55  # cm thick
GRASP = 0.8  # of its height, where a hand holds it: below what stands on it


@dataclass(frozen=True)
class Cutout:
    """A product without its background.

    Attributes:
        pixels: (h, w, 3) uint8 sRGB. alpha: (h, w) float32 in [0, 1].
    """

    pixels: NDArray[np.uint8]
    alpha: NDArray[np.float32]


def cut_out(pixels: NDArray[np.uint8], alpha: NDArray[np.uint8] | None) -> Cutout:
    """By its own transparency; else off a plain background, found from the picture's edge; else the picture as it is.

    Args:
        pixels: (h, w, 3) uint8 sRGB. alpha: (h, w) uint8 or None.
    """
    if alpha is None:
        edge = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]]).astype(np.float32)
        ground = np.median(edge, axis=0)
        if np.abs(edge - ground).mean() <= PLAIN / 2:
            near = (np.abs(pixels.astype(np.float32) - ground).max(axis=2) <= PLAIN).astype(np.uint8)
            framed = np.pad(near, 1, constant_values=1)
            cv2.floodFill(framed, None, (0, 0), 2)
            inside = (framed[1:-1, 1:-1] != 2).astype(np.uint8) * 255
            alpha = np.asarray(cv2.GaussianBlur(cv2.erode(inside, np.ones((3, 3), np.uint8)), (3, 3), 0), np.uint8)
    if alpha is None or not (alpha > 127).any():
        return Cutout(pixels, np.full(pixels.shape[:2], 1, np.float32))
    rows, columns = np.flatnonzero((alpha > 40).any(axis=1)), np.flatnonzero((alpha > 40).any(axis=0))
    part = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    return Cutout(pixels[part], np.asarray(alpha[part] / 255, np.float32))


def show_product(
    srgb: NDArray[np.uint8], product: Cutout, held: bool, traits: Traits, light: str, scale: float, middle: float
) -> None:
    """Into (h, w, 3) uint8 in place: at the person's left, at hand height or on a stand.

    Args:
        held: in the hand.
        traits: of whom the hand and the sleeve are.
        light: soft, warm or night.
        scale: pixels of a cm.
        middle: where the person is across the picture, pixels.
    """
    height, width = srgb.shape[:2]
    by = min(TALL * scale / product.alpha.shape[0], WIDE * scale / product.alpha.shape[1])
    size = (max(1, round(product.alpha.shape[1] * by)), max(1, round(product.alpha.shape[0] * by)))
    x = min(middle + 12.0 * scale, width - size[0] / 2 - 2.0 * scale)
    bottom = height - (2.2 if held else 3.6) * scale
    on = _Layer(srgb, light, scale)
    place = (round(x - size[0] / 2), round(bottom - size[1]))
    if held:
        wide = size[0] > GRIP * scale
        wrist = bottom - (1 - GRASP) * size[1] + 2.2 * scale
        on.sleeve(np.array([x + (0.5 * size[0] if wide else 0.0), wrist]), traits)
        on.hand_behind(place, size, wide, traits)
        on.shadow(place, size, product)
        on.paste(place, size, product)
        on.fingers(place, size, wide, traits)
    else:
        on.stand(x, bottom, max(size[0] / 2 + 1.6 * scale, 5.2 * scale))
        on.shadow(place, size, product)
        on.paste(place, size, product)


class _Layer:
    """Draws flat shapes with an ink line on a finished picture."""

    def __init__(self, srgb: NDArray[np.uint8], light: str, scale: float) -> None:
        self.srgb, self.mood, self.scale = srgb, MOODS[light], scale

    def tone(self, linear: FloatArray, shade: bool = False) -> tuple[int, ...]:
        """sRGB of a linear colour in the light, or in its shade."""
        lamp = np.array(self.mood.fill if shade else self.mood.key)
        lit = np.clip(linear * lamp, 0, 1).astype(np.float32)
        return tuple(int(one) for one in to_srgb(lit.reshape(1, 1, 3))[0, 0])

    def fill(self, points: FloatArray, colour: tuple[int, ...], line: float = 0.1) -> None:
        """A polygon in a colour, with a line round it in a dark of it; `line`: cm."""
        at = np.rint(points * 16).astype(np.int32)
        cv2.fillPoly(self.srgb, [at], colour, cv2.LINE_AA, 4)
        if line:
            ink = tuple(int(0.3 * one) for one in colour)
            cv2.polylines(self.srgb, [at], True, ink, max(1, round(line * self.scale)), cv2.LINE_AA, 4)

    def capsule(self, a: FloatArray, b: FloatArray, cm: float, skin: FloatArray, nail: bool) -> None:
        """A finger from a to its tip b: two tones, a line, a nail."""
        along = (b - a) / max(float(np.linalg.norm(b - a)), 1e-9)
        side = np.array([-along[1], along[0]])
        side = side if side[1] > 0 else -side  # downwards
        r = cm * self.scale / 2
        turn = np.linspace(-np.pi / 2, np.pi / 2, 15)
        cap = [b + r * (np.cos(t) * along + np.sin(t) * side) for t in turn]
        foot = [a - r * (np.cos(t) * along + np.sin(t) * side) * 0.9 for t in turn]
        outline = np.array([*cap, *foot])
        self.fill(outline, self.tone(skin), 0.09)
        low = np.array([a + 0.92 * r * side, b + 0.92 * r * side, *cap[-6:], b + 0.4 * r * side, a + 0.4 * r * side])
        self.fill(low, self.tone(skin, shade=True), 0)
        if nail:
            at = b + 0.25 * r * along - 0.15 * r * side
            oval = [at + 0.52 * r * np.cos(t) * along + 0.42 * r * np.sin(t) * side for t in np.linspace(0, 6.3, 20)]
            self.fill(np.array(oval), self.tone(np.clip(skin * 1.15 + np.array([0.1, 0.05, 0.05]), 0, 0.9)), 0.04)

    def sleeve(self, wrist: FloatArray, traits: Traits) -> None:
        """From the lower edge of the picture to the wrist, a cuff at its end."""
        foot = np.array([wrist[0] + 2.5 * self.scale, self.srgb.shape[0] + 2 * self.scale])
        along = (wrist - foot) / np.linalg.norm(wrist - foot)
        side = np.array([-along[1], along[0]]) * self.scale
        end = wrist - along * 3.2 * self.scale
        cloth = traits.cloth
        self.fill(np.array([wrist + 2.3 * side, wrist - 2.3 * side, end - 2.5 * side, end + 2.5 * side]),
                  self.tone(traits.skin, shade=True))  # fmt: skip
        arm = np.array([end + 3.1 * side, end - 3.1 * side, foot - 4.6 * side, foot + 4.6 * side])
        self.fill(arm, self.tone(cloth))
        dark = np.array([end - 0.6 * side, end - 3.0 * side, foot - 4.5 * side, foot - 1.0 * side])
        self.fill(dark if side[0] < 0 else np.array([end + 0.6 * side, end + 3.0 * side, foot + 4.5 * side,
                                                    foot + 1.0 * side]), self.tone(cloth, shade=True), 0)  # fmt: skip
        cuff = np.array([end + 3.3 * side, end - 3.3 * side, end - 3.4 * side - along * 1.4 * self.scale,
                         end + 3.4 * side - along * 1.4 * self.scale])  # fmt: skip
        self.fill(cuff, self.tone(np.clip(0.82 * cloth, 0.01, 1)))

    def hand_behind(self, place: tuple[int, int], size: tuple[int, int], wide: bool, traits: Traits) -> None:
        """The palm, of which only the edge is seen."""
        s = self.scale
        x = place[0] + size[0] * (1.0 if wide else 0.5)
        y = place[1] + GRASP * size[1]
        across = (2.4 if wide else size[0] / 2 / s + 0.55) * s
        oval = [(x + across * np.cos(t), y + 3.3 * s * np.sin(t)) for t in np.linspace(0, 2 * np.pi, 48)]
        self.fill(np.array(oval), self.tone(traits.skin, shade=True))

    def fingers(self, place: tuple[int, int], size: tuple[int, int], wide: bool, traits: Traits) -> None:
        """In front: the thumb alone on a wide product; else four fingers from one side and the thumb from the other."""
        s, skin = self.scale, traits.skin
        left, right, top = place[0], place[0] + size[0], place[1] + GRASP * size[1]
        if wide:
            self.capsule(np.array([right + 0.9 * s, top + 0.9 * s]), np.array([right - 1.3 * s, top - 0.5 * s]),
                         1.25 * FINGER, skin, True)  # fmt: skip
            return
        reach = min(2.6 * s, 0.45 * size[0])
        for k, (short, drop) in enumerate(((0.35, 0.25), (0.0, 0.1), (0.12, 0.1), (0.6, 0.15))):
            y = top + (k - 1.5) * FINGER * 1.02 * s
            a = np.array([right + 0.15 * s, y - drop * s])
            self.capsule(a, np.array([right - reach + short * s, y + drop * s]), FINGER * (0.95 if k == 3 else 1), skin,
                         False)  # fmt: skip
        self.capsule(np.array([left - 0.2 * s, top + 0.6 * s]), np.array([left + 0.42 * reach, top - 0.9 * s]),
                     1.2 * FINGER, skin, True)  # fmt: skip

    def stand(self, x: float, y: float, half: float) -> None:
        """A round stand that runs out of the picture."""
        stone = np.array([0.5, 0.48, 0.46])
        turn = np.linspace(0, 2 * np.pi, 90)
        flat = 0.16 * half
        low = self.srgb.shape[0] + 2 * self.scale
        body = np.array([(x - half, y), (x - half, low), (x + half, low), (x + half, y)])
        self.fill(body, self.tone(stone, shade=True))
        self.fill(np.array([(x - half, y), (x - half, low), (x - 0.1 * half, low), (x - 0.1 * half, y + flat)]),
                  self.tone(0.92 * stone), 0)  # fmt: skip
        self.fill(np.stack([x + half * np.cos(turn), y + flat * np.sin(turn)], 1), self.tone(1.15 * stone))

    def paste(self, place: tuple[int, int], size: tuple[int, int], product: Cutout) -> None:
        """Its pixels, scaled, in the light's colour."""
        way = cv2.INTER_AREA if size[0] < product.alpha.shape[1] else cv2.INTER_CUBIC
        pixels = cv2.resize(product.pixels, size, interpolation=way).astype(np.float32)
        lamp = np.array(self.mood.key, np.float32) / max(self.mood.key)
        pixels *= (0.25 + 0.75 * lamp) * (0.4 + 0.6 * self.mood.bright)
        self._over(place, np.clip(pixels, 0, 255), cv2.resize(product.alpha, size, interpolation=way))

    def shadow(self, place: tuple[int, int], size: tuple[int, int], product: Cutout) -> None:
        """Soft, to the right and below."""
        margin = round(1.2 * self.scale)
        alpha = np.pad(cv2.resize(product.alpha, size, interpolation=cv2.INTER_AREA), margin)
        alpha = 0.35 * cv2.GaussianBlur(alpha, (0, 0), 0.45 * self.scale)
        at = (place[0] - margin + round(0.5 * self.scale), place[1] - margin + round(0.4 * self.scale))
        self._over(at, np.full((*alpha.shape, 3), (18, 12, 16), np.float32), alpha)

    def _over(self, place: tuple[int, int], pixels: NDArray[np.float32], alpha: NDArray[np.float32]) -> None:
        x, y = place
        height, width = self.srgb.shape[:2]
        x0, y0, x1, y1 = max(0, x), max(0, y), min(width, x + alpha.shape[1]), min(height, y + alpha.shape[0])
        if x1 <= x0 or y1 <= y0:
            return
        part = self.srgb[y0:y1, x0:x1].astype(np.float32)
        a = np.clip(alpha[y0 - y : y1 - y, x0 - x : x1 - x], 0, 1)[..., None]
        self.srgb[y0:y1, x0:x1] = np.rint(part + a * (pixels[y0 - y : y1 - y, x0 - x : x1 - x] - part)).astype(np.uint8)
