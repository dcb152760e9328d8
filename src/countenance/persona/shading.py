"""Light on what is seen: a toon ramp and ink for the drawn style, soft scattering for the rendered one; three moods."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.persona.skin import CLOTH, EYE, HAIR, LASH, NOTHING, SKIN

Image = NDArray[np.float32]


@dataclass(frozen=True)
class Mood:
    """Lamps, linear.

    Attributes:
        towards: the key light.
        key, fill, rim: their colours.
        above, below: the background's.
    """

    towards: tuple[float, float, float]
    key: tuple[float, float, float]
    fill: tuple[float, float, float]
    rim: tuple[float, float, float]
    above: tuple[float, float, float]
    below: tuple[float, float, float]


MOODS = {
    "soft": Mood((-0.5, -0.55, -0.75), (1, 0.98, 0.95), (0.55, 0.54, 0.6), (0.35, 0.35, 0.38),
                 (0.5, 0.57, 0.62), (0.75, 0.72, 0.68)),
    "warm": Mood((-0.75, -0.35, -0.6), (1.08, 0.93, 0.74), (0.5, 0.42, 0.46), (0.6, 0.36, 0.16),
                 (0.72, 0.42, 0.22), (0.88, 0.66, 0.42)),
    "night": Mood((0.6, -0.45, -0.65), (0.72, 0.78, 1.0), (0.27, 0.28, 0.48), (0.65, 0.15, 0.5),
                 (0.015, 0.02, 0.06), (0.09, 0.05, 0.16)),
}  # fmt: skip


@dataclass(frozen=True)
class Scene:
    """What is seen, sample by sample.

    Attributes:
        colour: (h, w, 3) linear. kind: (h, w), as `skin` has them. gloss, strand, glint: (h, w).
        normal: (h, w, 3), camera axes. depth: (h, w), pixels of the picture. uv: (h, w, 2) of the hair.
        scale: samples in a cm.
        cloth: whether the hair is a scarf.
    """

    colour: Image
    kind: NDArray[np.uint8]
    gloss: Image
    normal: Image
    depth: Image
    strand: Image
    uv: Image
    glint: Image
    scale: float
    cloth: bool


def shaded(scene: Scene, style: str, light: str) -> Image:
    """(h, w, 3) float32 linear."""
    mood = MOODS[light]
    towards = np.array(mood.towards) / np.linalg.norm(mood.towards)
    facing = (scene.normal @ towards.astype(np.float32)).astype(np.float32)
    free = _free_of_shadow(scene, towards)
    lit = _drawn(scene, mood, facing, free) if style == "drawn" else _rendered(scene, mood, facing, free, towards)
    glint = scene.glint[..., None]
    lit = lit + glint * (0.95 - lit)
    height = scene.kind.shape[0]
    rows = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    behind = np.array(mood.above, np.float32) * (1 - rows) + np.array(mood.below, np.float32) * rows
    body = (scene.kind != NOTHING).astype(np.float32)[..., None]
    out = lit * body + np.broadcast_to(behind, lit.shape) * (1 - body)
    return np.asarray(np.clip(_inked(scene, out) if style == "drawn" else out, 0, 1), np.float32)


def _free_of_shadow(scene: Scene, towards: NDArray[np.floating]) -> Image:
    """(h, w) in [0, 1]: how freely the key light gets there, by steps over the depth picture towards it."""
    height, width = scene.kind.shape
    small = cv2.resize(scene.depth, (width // 4, height // 4), interpolation=cv2.INTER_NEAREST)
    cm = scene.scale / 4  # samples of the small picture in a cm
    per = scene.scale / 2  # pixels of depth in a cm: two samples to a pixel
    free = np.ones_like(small)
    for step in np.linspace(0.3, 3.6, 16):
        move = np.array([[1, 0, -towards[0] * step * cm], [0, 1, -towards[1] * step * cm]], np.float32)
        there = cv2.warpAffine(small, move, small.shape[::-1], flags=cv2.INTER_NEAREST, borderValue=1e6)
        behind = small + towards[2] * step * per - there  # how far in front of the ray something stands
        hidden = (behind > 0.2 * per) & (behind < 5 * per)
        free = np.where(hidden, 0.0, free)
    free = cv2.GaussianBlur(free.astype(np.float32), (0, 0), 0.13 * cm)
    return np.asarray(cv2.resize(free, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)


def _step(x: Image, at: float, soft: float) -> Image:
    t = np.clip((x - at) / soft + 0.5, 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


def _drawn(scene: Scene, mood: Mood, facing: Image, free: Image) -> Image:
    wrap = (facing + 0.35) / 1.35
    lit = np.minimum(_step(wrap, 0.36, 0.07), _step(free, 0.5, 0.5))
    deep = 1 - _step(wrap, 0.08, 0.1)
    hair, skin, eye = scene.kind == HAIR, scene.kind == SKIN, scene.kind == EYE
    lit = np.where(eye, 0.35 + 0.65 * lit, lit)
    key, fill = np.array(mood.key, np.float32), np.array(mood.fill, np.float32)
    dark = np.where(skin[..., None], np.array([1.22, 0.92, 0.95], np.float32), np.float32(1)) * fill
    light = dark + lit[..., None] * (key - dark)
    light = light * (1 - 0.3 * deep)[..., None]
    colour = scene.colour.copy()
    if not scene.cloth:
        # Locks in three tones, and a ring of light broken by them.
        tone = 1 + 0.42 * _step(scene.strand, 0.55, 0.25) - 0.34 * (1 - _step(scene.strand, -0.6, 0.25))
        colour[hair] *= tone[hair][:, None]
        ring = np.exp(-(((scene.uv[..., 1] - 0.36 - 0.035 * scene.strand) / 0.05) ** 2))
        ring = _step(ring, 0.45, 0.2) * lit * hair * _step(scene.strand, -0.1, 0.3)
        colour = colour + ring[..., None] * (0.32 * colour + 0.1)
    rim = _step(1 + scene.normal[..., 2], 0.62, 0.08) * _step(-facing, -0.1, 0.3) * ~eye
    shine = _step(scene.gloss * np.clip(facing, 0, 1) ** 6, 0.34, 0.06) * skin
    out = colour * light + (0.35 * rim)[..., None] * np.array(mood.rim, np.float32) * (colour + 0.12)
    return np.asarray(out + (0.1 * shine)[..., None] * key, np.float32)


def _rendered(scene: Scene, mood: Mood, facing: Image, free: Image, towards: NDArray[np.floating]) -> Image:
    """Per channel wrapped light, blurred over the skin as far as each colour scatters; highlights over it."""
    hair, skin, eye = scene.kind == HAIR, scene.kind == SKIN, scene.kind == EYE
    key, fill = np.array(mood.key, np.float32), np.array(mood.fill, np.float32)
    up = 0.5 - 0.5 * scene.normal[..., 1]
    out = np.zeros_like(scene.colour)
    mask = skin.astype(np.float32)
    for channel, (wrap, far) in enumerate(((0.42, 0.2), (0.22, 0.09), (0.14, 0.05))):
        direct = np.clip((facing + wrap) / (1 + wrap), 0, 1) * (0.12 + 0.88 * free)
        light = 0.92 * key[channel] * direct + fill[channel] * (0.3 + 0.45 * up)
        near = cv2.GaussianBlur(light * mask, (0, 0), far * scene.scale)
        share = cv2.GaussianBlur(mask, (0, 0), far * scene.scale)
        light = np.where(skin, near / np.maximum(share, 1e-3), light)
        out[..., channel] = scene.colour[..., channel] * light
    height, width = scene.kind.shape
    fine = np.random.default_rng(3).normal(0, 1, (height, width)).astype(np.float32)
    pores = cv2.GaussianBlur(fine, (0, 0), 0.025 * scene.scale)
    out *= (1 + 0.05 * np.clip(pores / pores.std(), -2, 2) * skin)[..., None]
    half = towards + np.array([0, 0, -1.0])
    half = (half / np.linalg.norm(half)).astype(np.float32)
    shine = np.clip(scene.normal @ half, 0, 1)
    spec = (0.10 * shine**14 + 0.35 * scene.gloss * shine**38) * free * (skin | eye)
    if not scene.cloth:
        # Kajiya and Kay 1989: the strand runs down the surface.
        down = np.array([0, 1, 0], np.float32) - scene.normal * scene.normal[..., 1:2]
        down /= np.maximum(np.linalg.norm(down, axis=-1, keepdims=True), 1e-4)
        tilt = down + 0.12 * scene.strand[..., None] * scene.normal
        across = np.sqrt(np.clip(1 - (tilt @ half) ** 2, 0, 1))
        tone = np.clip(1 + 0.3 * scene.strand, 0.3, 1.9)[..., None]
        gleam = (across**40 * (0.25 + 0.75 * free))[..., None] * (0.5 * scene.colour + 0.035)
        out = np.where(hair[..., None], out * tone + gleam * key, out)
    rim = np.clip(1 + scene.normal[..., 2], 0, 1) ** 3 * ~eye
    out += (0.5 * rim)[..., None] * np.array(mood.rim, np.float32) * (scene.colour + 0.06)
    return np.asarray(out + spec[..., None] * key, np.float32)


def _inked(scene: Scene, out: Image) -> Image:
    """Lines where one thing ends before another, thin; thick on the upper lids."""
    depth = np.minimum(scene.depth, scene.depth[scene.kind != NOTHING].max() + 400)
    wide = max(1, round(0.05 * scene.scale))
    box = np.ones((2 * wide + 1, 2 * wide + 1), np.uint8)
    jump = cv2.dilate(depth, box) - cv2.erode(depth, box)
    line = _step(jump / scene.scale * 2, 1.5, 0.8)
    kinds = np.where(np.isin(scene.kind, (EYE, LASH)), 0, scene.kind).astype(np.uint8)
    kinds[np.isin(scene.kind, (EYE, LASH))] = EYE
    edge = cv2.dilate(kinds, box) != cv2.erode(kinds, box)
    line = np.maximum(line, edge.astype(np.float32) * 0.85)
    lid = cv2.dilate((scene.kind == LASH).astype(np.uint8), np.ones((3, 3), np.uint8))
    line = np.maximum(line, lid)
    crease = _step(np.abs(scene.strand), 2.0, 0.3) * (scene.kind == HAIR) * 0.6
    line = np.maximum(cv2.GaussianBlur(line.astype(np.float32), (0, 0), 0.8), crease)
    ink = np.where((scene.kind == CLOTH)[..., None], 0.25, 0.16) * out * np.array([1.0, 0.62, 0.6], np.float32) + 0.004
    return np.asarray(out + line[..., None] * (ink - out), np.float32)
