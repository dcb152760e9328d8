"""A recipe drawn: a portrait from in front or turned, drawn or rendered in style. A character, no photograph.

A z-buffer in software; light, shadow and ink are worked out on the picture. The same recipe gives the same bytes on one
machine. Knows nothing of permission or of files.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.face.pose import Similarity
from countenance.head.showing import turned
from countenance.head.template import load_template
from countenance.head.view import Surface, look_at, to_srgb
from countenance.persona import glasses, shading
from countenance.persona.figure import moved_head, neutral_head
from countenance.persona.hair import Hair, hair_of, strand_noise
from countenance.persona.recipe import Recipe
from countenance.persona.skin import HAIR, HAIRS, NOTHING, SKIN, Painted, catchlights, cloth_of, paint_head

SIDE = 768  # pixels of a portrait
TALL = 29.0  # cm of it
SAMPLES = 2


@dataclass(frozen=True)
class _Layer:
    """The hair where it is nearer than the head."""

    seen: NDArray[np.bool_]
    uv: NDArray[np.float32]
    normal: NDArray[np.float32]


def draw_portrait(recipe: Recipe, side: int = SIDE, *, yaw: float = 0.0, pitch: float = 0.0) -> NDArray[np.uint8]:
    """(side, side, 3) uint8 sRGB.

    Args:
        recipe: what is drawn.
        side: of the picture, pixels.
        yaw, pitch: the head's turn towards its left, and down; degrees.
    """
    template = load_template()
    neutral = neutral_head(recipe)
    vertices = moved_head(recipe, neutral)
    pose = _framed(yaw, pitch, side)
    surface = look_at(vertices, template.triangles, pose, (side, side), samples=SAMPLES)
    painted = paint_head(recipe, surface)
    hair = hair_of(recipe.hair, neutral, np.random.default_rng([recipe.seed, 7]))
    noise = strand_noise(np.random.default_rng([recipe.seed, 8]))
    colour, kind, gloss = painted.colour.copy(), painted.kind.copy(), painted.gloss.copy()
    normal, depth = surface.normal.copy(), np.where(surface.triangle >= 0, surface.depth, 1e6).astype(np.float32)
    strand = np.zeros(kind.shape, np.float32)
    _tint_scalp(recipe, colour, kind, painted)
    uv = np.zeros((*kind.shape, 2), np.float32)
    if hair is not None:
        layer, far = _hair_layer(hair, pose, side, noise, depth)
        kind[layer.seen], gloss[layer.seen] = HAIR, 0
        normal[layer.seen], depth[layer.seen] = layer.normal[layer.seen], far[layer.seen]
        uv[layer.seen] = layer.uv[layer.seen]
        strand[layer.seen] = 0.0 if hair.cloth else _sampled(noise, layer.uv[layer.seen])
        colour[layer.seen] = 0.75 * cloth_of(recipe)[[2, 0, 1]] + 0.08 if hair.cloth else HAIRS[recipe.hair_colour]
    scene = shading.Scene(
        colour, kind, gloss, normal, depth, strand, uv, catchlights(painted.place, kind),
        pose.scale * SAMPLES, hair is not None and hair.cloth,
    )  # fmt: skip
    lit = shading.shaded(scene, recipe.style, recipe.light)
    srgb = to_srgb(lit)
    if recipe.glasses != "none":
        glasses.put_on(srgb, recipe.glasses, vertices, pose, SAMPLES)
    return np.asarray(cv2.resize(srgb, (side, side), interpolation=cv2.INTER_AREA), np.uint8)


def _framed(yaw: float, pitch: float, side: int) -> Similarity:
    joints = load_template().joints
    centre = (joints["l-eye"] + joints["r-eye"]) / 2 + np.array([0, 1.0, 8.0])
    rotation, scale = turned(yaw, pitch), side / TALL
    return Similarity(scale, rotation, np.array([side / 2, side / 2, 0]) - scale * rotation @ centre)


def _hair_layer(
    hair: Hair, pose: Similarity, side: int, noise: NDArray[np.float32], depth: NDArray[np.float32]
) -> tuple[_Layer, NDArray[np.float32]]:
    surface: Surface = look_at(hair.vertices, hair.triangles, pose, (side, side), samples=SAMPLES)
    per_vertex = np.column_stack([hair.uv, hair.ends])
    at = surface.interpolated(per_vertex, hair.triangles)
    seen = (surface.triangle >= 0) & (surface.depth < depth)
    ragged = at[..., 2] - 0.02 + 0.028 * _sampled(noise, np.dstack([at[..., 0], np.full_like(at[..., 0], 0.5)]))
    seen &= at[..., 1] < np.where(at[..., 2] > 1.5, 2.0, ragged)
    return _Layer(seen, at[..., :2], surface.normal), surface.depth


def _sampled(noise: NDArray[np.float32], uv: NDArray[np.float32]) -> NDArray[np.float32]:
    rows = np.clip(uv[..., 1] * (noise.shape[0] - 1), 0, noise.shape[0] - 1).astype(np.int32)
    columns = np.mod(uv[..., 0] * noise.shape[1], noise.shape[1]).astype(np.int32)
    return np.asarray(noise[rows, np.minimum(columns, noise.shape[1] - 1)])


def _tint_scalp(recipe: Recipe, colour: NDArray[np.float32], kind: NDArray[np.uint8], painted: Painted) -> None:
    """The scalp in the hair's colour, so that no skin shines through; where it is shaved, as a shadow of stubble."""
    if recipe.hair == "headscarf":
        return
    x, y, z = (painted.place[..., k] for k in range(3))
    line = -80.5 + 0.055 * x**2 + np.clip(z + 9, 0, 30) * 0.75
    over = np.clip((line - y) / 0.9, 0, 1) * (kind == SKIN) * (np.abs(x) < 8.2)
    share = (0.5 if recipe.hair == "shaved" else 0.9) * over
    dots = 1 + 0.25 * np.sin(61 * x + 9 * np.sin(11 * y)) * np.sin(57 * y + 17 * z)
    tint = np.asarray(HAIRS[recipe.hair_colour], np.float32)
    colour += (np.clip(share * dots, 0, 1) * (kind != NOTHING))[..., None] * (tint - colour)
