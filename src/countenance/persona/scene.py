"""A persona put before the camera: head, hair and clothes as one mesh, and what of them is seen at each sample.

Knows nothing of light.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from countenance.face.pose import Similarity
from countenance.head.landmarks import load_landmarks
from countenance.head.template import FloatArray, load_template
from countenance.head.view import look_at
from countenance.persona.complexion import complexion_of
from countenance.persona.figure import moved_head, neutral_head
from countenance.persona.garment import garment
from countenance.persona.hairdo import hairdo
from countenance.persona.locks import BAND, Piece, joined
from countenance.persona.recipe import Recipe
from countenance.persona.smooth import fine_mesh
from countenance.persona.traits import Traits, traits_of

Image = NDArray[np.float32]
NOTHING, SKIN, EYE, MOUTH, HAIR, CLOTH, SCARF = range(7)
FAR = 1e6
LIP, FACE = 0.35, 0.62  # how far the face's light is that of an egg, and not of its own relief


@dataclass(frozen=True)
class Scene:
    """What is seen, sample by sample.

    Attributes:
        kind: (h, w) uint8: NOTHING to SCARF.
        region: (h, w) int32: which piece of hair or clothes; 0 elsewhere.
        colour: (h, w, 3) float32 linear.
        gloss: (h, w) float32 in [0, 1].
        normal: (h, w, 3) float32, camera axes, towards the viewer; `calm`, the same without fine relief.
        depth: (h, w) float32, samples; FAR where nothing is.
        uv: (h, w, 2) float32 on a piece: across and along.
        place: (h, w, 3) float32 on the mean head, cm.
        scale: samples in a cm.
        marks: (478, 3) float64, the face's landmarks, samples and depth in samples.
        eyes: (2, 3) float64, the middles of the eyes, right one first; as marks.
        traits: of whom it is.
        turn: (3, 3) the pose's rotation.
        vertices: (V, 3) float64 of the template's mesh, moved and with its expression, cm.
    """

    kind: NDArray[np.uint8]
    region: NDArray[np.int32]
    colour: Image
    gloss: Image
    normal: Image
    calm: Image
    depth: Image
    uv: Image
    place: Image
    scale: float
    marks: FloatArray
    eyes: FloatArray
    traits: Traits
    turn: FloatArray
    vertices: FloatArray


def set_scene(recipe: Recipe, pose: Similarity, size: tuple[int, int], samples: int) -> Scene:
    """Put a recipe before the camera.

    Args:
        recipe: who.
        pose: head frame → pixels.
        size: width and height of the picture, pixels.
        samples: a side of each pixel.
    """
    template, mesh = load_template(), fine_mesh()
    traits = traits_of(recipe)
    neutral = neutral_head(recipe)
    vertices = moved_head(recipe, neutral)
    pieces = hairdo(traits, neutral, np.random.default_rng([recipe.seed, recipe.draw, 7]))
    hairs = len(pieces)
    # A scarf lies over the collar: nothing stands up under it.
    pieces += garment("crew" if traits.hair == "headscarf" else traits.clothes, traits.man)
    places, triangles, uv, of_piece = joined(pieces)
    head = mesh.on(vertices)
    every = np.concatenate([mesh.triangles, triangles + len(head)]).astype(np.int32)
    surface = look_at(np.concatenate([head, places]), every, pose, size, samples=samples)
    seen = surface.triangle
    body = seen >= len(mesh.triangles)
    face = (seen >= 0) & ~body
    kinds = _kinds(template.parts, mesh.part, pieces, hairs, of_piece)
    kind = np.where(seen >= 0, kinds[np.maximum(seen, 0)], NOTHING).astype(np.uint8)
    region = np.zeros(seen.shape, np.int32)
    region[body] = of_piece[seen[body] - len(mesh.triangles)] + 1
    normal = surface.normal * np.where(surface.normal[..., 2:] > 0, -1, 1).astype(np.float32)
    depth = np.where(seen >= 0, surface.depth * samples, FAR).astype(np.float32)

    def spread(mask: NDArray[np.bool_], values: FloatArray, corners: NDArray[np.integer], offset: int) -> Image:
        out = np.zeros((*seen.shape, values.shape[1]), np.float32)
        at = values.astype(np.float32)[corners[seen[mask] - offset]]
        out[mask] = np.einsum("nkc,nk->nc", at, surface.weights[mask])
        return out

    place = spread(face, mesh.place, mesh.triangles, 0)
    along = spread(body, uv, triangles, len(mesh.triangles))
    colour, gloss = _colours(recipe, traits, pieces, kind, region, place)
    marks = pose.apply(load_landmarks().on(vertices))
    eyes = pose.apply(np.stack([vertices[template.vertices_of(name)].mean(0) for name in ("eye_right", "eye_left")]))
    for points in (marks, eyes):
        points[:, :2] = (points[:, :2] + 0.5) * samples - 0.5
        points[:, 2] *= samples
    calm = _calm(kind, place, normal, pose.rotation)
    return Scene(kind, region, colour, gloss, normal, calm, depth, along, place, pose.scale * samples, marks, eyes,
                 traits, pose.rotation, vertices)  # fmt: skip


def _kinds(
    parts: tuple[str, ...], part: NDArray[np.integer], pieces: list[Piece], hairs: int, of_piece: NDArray[np.integer]
) -> NDArray[np.uint8]:
    of_part = {"eye_left": EYE, "eye_right": EYE, "mouth": MOUTH, "tongue": MOUTH, "teeth_upper": MOUTH,
               "teeth_lower": MOUTH}  # fmt: skip
    head = np.array([of_part.get(name, SKIN) for name in parts], np.uint8)[part]
    own = np.array(
        [(HAIR if one.what == 0 else SCARF) if k < hairs else CLOTH for k, one in enumerate(pieces)], np.uint8
    )
    return np.concatenate([head, own[of_piece]])


def _colours(
    recipe: Recipe,
    traits: Traits,
    pieces: list[Piece],
    kind: NDArray[np.uint8],
    region: NDArray[np.int32],
    place: Image,
) -> tuple[Image, Image]:
    colour = np.zeros((*kind.shape, 3), np.float32)
    gloss = np.zeros(kind.shape, np.float32)
    skin = kind == SKIN
    colour[skin], gloss[skin] = complexion_of(traits, recipe.seed).at(place[skin])
    colour[skin] = _scalp(traits, colour[skin], place[skin])
    colour[kind == MOUTH] = (0.16, 0.03, 0.035)
    eye = kind == EYE
    colour[eye], gloss[eye] = _eyes(traits, place[eye]), 1
    scarf = 0.8 * traits.cloth[[2, 0, 1]] + 0.06
    table = np.zeros((len(pieces) + 1, 3), np.float32)
    for k, one in enumerate(pieces):
        is_cloth = one.what == 1
        base = traits.hair_colour if one.what == 0 else traits.cloth
        base = scarf if is_cloth and traits.hair in ("headscarf", "cap") and _on_head(one) else base
        if one.what == BAND:
            base = np.array([0.7, 0.68, 0.64]) if traits.cloth.mean() < 0.35 else np.array([0.06, 0.06, 0.08])
        table[k + 1] = np.clip(base * (1 + one.tone), 0.004, 0.9)
    on_piece = region > 0
    colour[on_piece] = table[region[on_piece]]
    return colour, gloss


def _on_head(piece: Piece) -> bool:
    return float(piece.vertices[:, 1].min()) < -62.8


def _scalp(traits: Traits, colour: Image, place: Image) -> Image:
    """The scalp in the hair's colour: below locks, or as the shadow of shaved hair."""
    if traits.hair == "headscarf":
        return colour
    x, y, z = place.T
    a = np.abs(x)
    front = -79.6 + 0.012 * a**2.4
    line = np.where(z < -9, front, np.minimum(front + 1.15 * (z + 9), -72.0 + 0.25 * np.clip(z, 0, 9)))
    line = np.where(z > -1, line + 1.6 * np.clip(z + 1, 0, 6), line)
    if traits.hair != "shaved":
        line -= 0.9
    over = np.clip((line - y) / 0.55, 0, 1) * (a < 7.6)
    share = np.asarray((0.62 if traits.hair == "shaved" else 0.85) * over, np.float32)[:, None]
    return np.asarray(colour + share * (traits.hair_colour.astype(np.float32) - colour), np.float32)


def _eyes(traits: Traits, place: Image) -> Image:
    """An iris with a dark rim, lit at its lower side, a pupil; the white shaded from above."""
    template = load_template()
    left, right = (template.vertices[template.vertices_of(name)].mean(0) for name in ("eye_left", "eye_right"))
    middle = np.where((place[:, 0] > 0)[:, None], left, right)
    x, y, _ = (place - middle).T
    r, angle = np.hypot(x, y), np.arctan2(y, x)
    size = traits.iris_size
    white = np.array([0.86, 0.85, 0.86], np.float32) * (1 - 0.25 * np.clip((r - 0.9) / 0.6, 0, 1))[:, None]
    fibre = 1 + 0.12 * np.sin(17 * angle + 2 * np.sin(5 * angle))
    below = 0.55 + 1.15 * np.clip(0.5 + 0.5 * y / size, 0, 1)
    iris = traits.iris.astype(np.float32) * (1.35 * fibre * below)[:, None]
    iris *= (1 - 0.78 * np.clip((r - 0.78 * size) / (0.16 * size), 0, 1))[:, None]
    out = white + np.clip((size - r) / 0.04 + 0.5, 0, 1)[:, None] * (iris - white)
    out *= (1 - 0.96 * np.clip((0.42 * size - r) / 0.04 + 0.5, 0, 1))[:, None]
    return np.asarray(out, np.float32)


def _calm(kind: NDArray[np.uint8], place: Image, normal: Image, turn: FloatArray) -> Image:
    """The face's relief blended with an egg's, so that light falls on it in simple shapes."""
    skin = kind == SKIN
    x, y, z = (place[skin] - np.array([0, -73.5, -4.6], np.float32)).T
    egg = np.stack([x / 7.4**2, y / 12.0**2, z / 9.8**2], 1)
    egg /= np.maximum(np.linalg.norm(egg, axis=1, keepdims=True), 1e-6)
    egg = egg @ turn.T.astype(np.float32)
    head = np.clip((-61.5 - place[skin][:, 1]) / 2.5, 0, 1) * np.clip((2 - place[skin][:, 2]) / 4, 0, 1)
    nose = np.exp(-((x / 1.9) ** 2) - ((y - 2.2) / 2.6) ** 2) * (place[skin][:, 2] < -11)
    share = ((FACE + 0.2) * head * (1 - 0.75 * nose))[:, None]
    out = normal.copy()
    mixed = normal[skin] * (1 - share) + egg * share
    out[skin] = mixed / np.maximum(np.linalg.norm(mixed, axis=1, keepdims=True), 1e-6)
    return out
