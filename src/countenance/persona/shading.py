"""Light on what is seen: two tones with clean edges where it is drawn, soft scattering where rendered; three moods."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.persona.scene import CLOTH, EYE, FAR, HAIR, NOTHING, SCARF, SKIN, Scene

Image = NDArray[np.float32]


@dataclass(frozen=True)
class Mood:
    """Lamps, linear.

    Attributes:
        towards: the key light.
        key, fill, rim: their colours.
        above, below, glow: the background's: from top to bottom, and of the glow behind the head.
        bright: of it all, for catchlights and strokes.
    """

    towards: tuple[float, float, float]
    key: tuple[float, float, float]
    fill: tuple[float, float, float]
    rim: tuple[float, float, float]
    above: tuple[float, float, float]
    below: tuple[float, float, float]
    glow: tuple[float, float, float]
    bright: float


MOODS = {
    "soft": Mood((-0.5, -0.55, -0.75), (1.02, 1.0, 0.97), (0.62, 0.57, 0.63), (0.35, 0.35, 0.38),
                 (0.38, 0.5, 0.58), (0.6, 0.66, 0.68), (0.72, 0.77, 0.77), 1.0),
    "warm": Mood((-0.62, -0.4, -0.7), (1.08, 0.95, 0.78), (0.6, 0.45, 0.46), (0.8, 0.45, 0.2),
                 (0.75, 0.36, 0.2), (0.9, 0.62, 0.36), (0.95, 0.72, 0.42), 0.97),
    "night": Mood((0.55, -0.45, -0.75), (0.72, 0.76, 1.0), (0.3, 0.28, 0.5), (0.75, 0.15, 0.6),
                  (0.012, 0.018, 0.06), (0.07, 0.03, 0.14), (0.05, 0.05, 0.17), 0.7),
}  # fmt: skip


def shaded(scene: Scene, style: str, light: str, wall: Image | None = None) -> Image:
    """(h, w, 3) float32 linear, before a background of the light's own, or before a (h', w', 3) linear `wall`."""
    mood = MOODS[light]
    towards = (np.array(mood.towards) / np.linalg.norm(mood.towards)).astype(np.float32)
    lit = _drawn(scene, mood, towards) if style == "drawn" else _rendered(scene, mood, towards)
    if wall is None:
        return np.asarray(np.clip(behind(scene, mood, lit), 0, 1), np.float32)
    large = cv2.resize(wall, lit.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    return np.asarray(np.clip(np.where((scene.kind == NOTHING)[..., None], large, lit), 0, 1), np.float32)


def behind(scene: Scene, mood: Mood, lit: Image) -> Image:
    """The background where nothing is: a soft fall of colour, and a glow behind the head. No edges: where a head that
    moves uncovers it, it is filled in."""
    height, width = scene.kind.shape
    rows = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    wall = np.array(mood.above, np.float32) * (1 - rows) + np.array(mood.below, np.float32) * rows
    wall = np.broadcast_to(wall, lit.shape).copy()
    y, x = np.ogrid[:height, :width]
    away = np.hypot(x - width * 0.5, y - height * 0.44) / (0.39 * min(width, height))
    glow = _step(np.asarray(away, np.float32), 0.85, -1.1)[..., None]
    wall += glow * (np.array(mood.glow, np.float32) - wall)
    return np.where((scene.kind == NOTHING)[..., None], wall, lit)


def _step(x: Image, at: float, soft: float) -> Image:
    t = np.clip((x - at) / soft + 0.5, 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


def _moved(mask: Image, scene: Scene, x: float, y: float) -> Image:
    """A mask moved by so many cm across the picture."""
    move = np.array([[1, 0, x * scene.scale], [0, 1, y * scene.scale]], np.float32)
    return np.asarray(cv2.warpAffine(mask, move, mask.shape[::-1], flags=cv2.INTER_NEAREST), np.float32)


def cast_shadows(scene: Scene, towards: NDArray[np.floating], soft: float) -> Image:
    """(h, w) in [0, 1]: what hair throws on the face, the head on the neck and collar."""
    side = -float(np.sign(towards[0]))
    skin = scene.kind == SKIN
    over = np.isin(scene.kind, (HAIR, SCARF)).astype(np.float32)
    fallen = _moved(over, scene, side * 0.35, 0.6)
    neck = skin & (scene.place[..., 1] > -63.6 + 0.06 * np.abs(scene.place[..., 0])) & (scene.place[..., 2] > -12.4)
    neck |= skin & (scene.place[..., 2] > -8.5) & (scene.place[..., 1] > -66)
    face = (skin & ~neck).astype(np.float32)
    below = np.maximum.reduce([_moved(face, scene, side * 0.4 * k, 1.15 * k) for k in (0.5, 1, 2, 2.6)])
    out = np.where(neck, np.maximum(below, fallen), fallen * skin)
    worn = np.isin(scene.kind, (CLOTH, SCARF))
    out = np.where(worn, _moved(np.maximum(face, over), scene, side * 0.6, 1.3) * (scene.kind == CLOTH), out)
    # Locks on locks.
    hair = scene.kind == HAIR
    near = np.where(scene.depth < FAR, scene.depth, scene.depth[scene.depth < FAR].max(initial=0)).astype(np.float32)
    ahead = near - _moved(near, scene, side * 0.16, 0.28)
    out = np.where(hair, np.clip(ahead / scene.scale / 0.5 - 0.6, 0, 1), out)
    return np.asarray(cv2.GaussianBlur(out.astype(np.float32), (0, 0), max(soft * scene.scale, 0.8)), np.float32)


def _drawn(scene: Scene, mood: Mood, towards: NDArray[np.float32]) -> Image:
    hair, skin, eye = scene.kind == HAIR, scene.kind == SKIN, scene.kind == EYE
    facing = (scene.calm @ towards).astype(np.float32)
    lit = np.minimum(_step(facing, 0.12, 0.07), 1 - cast_shadows(scene, towards, 0.02))
    half = _step(facing, 0.34, 0.3)
    lit = np.where(eye, 0.85, np.where(skin, lit * (0.9 + 0.1 * half), lit))
    key, fill = np.array(mood.key, np.float32), np.array(mood.fill, np.float32)
    dark = np.where(skin[..., None], np.array([1.18, 0.9, 0.92], np.float32), np.float32(1)) * fill
    colour = scene.colour.copy()
    if hair.any():
        _comb_light(scene, colour, hair, facing, lit)
    out = colour * (dark + lit[..., None] * (key - dark))
    edge = _step(1 + scene.calm[..., 2], 0.7, 0.1) * _step(-facing, -0.05, 0.25) * ~eye
    out += (0.45 * edge)[..., None] * np.array(mood.rim, np.float32) * (colour + 0.1)
    return np.asarray(out, np.float32)


def _comb_light(scene: Scene, colour: Image, hair: NDArray[np.bool_], facing: Image, lit: Image) -> None:
    """Streaks along the locks, and a band of light broken by them, in place; none on what lies below (piece 1)."""
    across, along = scene.uv[..., 0], scene.uv[..., 1]
    seed = scene.region.astype(np.float32) * 1.7
    streak = np.asarray(np.sin(7.0 * across + seed) + 0.6 * np.sin(17.0 * across + 2.3 * seed), np.float32)
    tone = 1 + 0.2 * _step(streak, 0.7, 0.3) - 0.2 * (1 - _step(streak, -0.7, 0.3))
    tone = (1.0 if scene.traits.hair == "coily" else tone) * (0.86 + 0.2 * along)
    colour[hair] *= tone[hair][:, None]
    if scene.traits.hair in ("coily", "headscarf"):
        return
    up = -scene.normal[..., 1]
    centre = 0.62 + 0.05 * np.sin(5 * across + seed)
    near = np.clip(1 - np.abs(up - centre) / 0.16, 0, 1) * (0.6 + 0.4 * np.cos(2 * across))
    ring = _step(near.astype(np.float32), 0.38, 0.16) * (hair & (scene.region > 1)) * lit * _step(facing, 0.3, 0.3)
    colour += ring[..., None] * (0.55 * colour + 0.07)


def _rendered(scene: Scene, mood: Mood, towards: NDArray[np.float32]) -> Image:
    """Per channel wrapped light, blurred over the skin as far as each colour scatters; highlights over it."""
    hair, skin, eye = scene.kind == HAIR, scene.kind == SKIN, scene.kind == EYE
    key, fill = np.array(mood.key, np.float32), np.array(mood.fill, np.float32)
    normal = 0.55 * scene.normal + 0.45 * scene.calm
    normal /= np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), 1e-6)
    facing = (normal @ towards).astype(np.float32)
    free = 1 - 0.8 * cast_shadows(scene, towards, 0.22)
    up = 0.5 - 0.5 * normal[..., 1]
    out = np.zeros_like(scene.colour)
    mask = skin.astype(np.float32)
    for channel, (wrap, far) in enumerate(((0.45, 0.22), (0.25, 0.1), (0.16, 0.06))):
        direct = np.clip((facing + wrap) / (1 + wrap), 0, 1) * (0.1 + 0.9 * free)
        light = 0.95 * key[channel] * direct + fill[channel] * (0.28 + 0.45 * up)
        near = cv2.GaussianBlur(light * mask, (0, 0), far * scene.scale)
        share = cv2.GaussianBlur(mask, (0, 0), far * scene.scale)
        light = np.where(skin, near / np.maximum(share, 1e-3), light)
        out[..., channel] = scene.colour[..., channel] * light
    height, width = scene.kind.shape
    fine = np.random.default_rng(3).normal(0, 1, (height, width)).astype(np.float32)
    pores = cv2.GaussianBlur(fine, (0, 0), 0.025 * scene.scale)
    out *= (1 + 0.035 * np.clip(pores / pores.std(), -2, 2) * skin)[..., None]
    half = towards + np.array([0, 0, -1.0], np.float32)
    half /= np.linalg.norm(half)
    shine = np.clip(normal @ half, 0, 1)
    spec = (0.07 * shine**12 + 0.3 * scene.gloss * shine**40) * free * (skin | eye)
    if hair.any():
        across = scene.uv[..., 0]
        streak = np.sin(23 * across + scene.region) + 0.7 * np.sin(61 * across + 3 * scene.region)
        tilt = np.clip(1 - np.abs(-normal[..., 1] - 0.55 - 0.03 * streak) / 0.3, 0, 1) ** 2
        gleam = (tilt * (0.25 + 0.75 * free) * np.clip(facing, 0, 1))[..., None] * (0.9 * scene.colour + 0.03)
        tone = np.clip(1 + 0.16 * streak, 0.3, 1.9)[..., None]
        out = np.where(hair[..., None], out * tone + gleam * key, out)
    rim = np.clip(1 + normal[..., 2], 0, 1) ** 3 * ~eye
    out += (0.5 * rim)[..., None] * np.array(mood.rim, np.float32) * (scene.colour + 0.06)
    return np.asarray(out + spec[..., None] * key, np.float32)
