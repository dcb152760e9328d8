"""`python -m bench.persona [COUNT]`: personas drawn one after the other, each again until it is unlike those before it.

Prints a line a persona: seed, draw, whether the face finder sees it, the distance of the nearest one before it, its
own largest distance when turned by 15 degrees, and seconds. Says nothing of beauty.
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace

import numpy as np

from countenance.face.identity import FaceTemplate, describe, template_of_still
from countenance.face.tracker import find_faces
from countenance.persona.library.comparison import LEAST
from countenance.persona.portrait import draw_portrait
from countenance.persona.recipe import DRAWS, Recipe

SIDE = 512
TURN = 15.0


def main(count: int = 20, style: str = "drawn") -> int:
    """Print the table."""
    kept: list[FaceTemplate] = []
    raw: list[FaceTemplate] = []
    own: list[float] = []
    print("seed draw nearest own±15 seconds")
    for seed in range(count):
        start = time.monotonic()
        for draw in range(DRAWS):
            recipe = replace(Recipe("Persona", seed, style=style), draw=draw)
            if draw and _glance(recipe, kept) < LEAST - 0.03:
                continue
            face = _face(recipe)
            if face is None:
                print(f"{seed:4d} {draw:4d} no face found")
                continue
            if draw == 0:
                raw.append(face)
            near = min((face.distance(other) for other in kept), default=9.0)
            if near >= LEAST:
                break
        seconds = time.monotonic() - start
        turned = max(_turned(recipe, face, yaw) for yaw in (-TURN, TURN))
        own.append(turned)
        kept.append(face)
        print(f"{seed:4d} {draw:4d} {near:7.2f} {turned:6.2f} {seconds:7.1f}", flush=True)
    pairs = [a.distance(b) for k, a in enumerate(raw) for b in raw[:k]]
    print(f"first draws, {len(pairs)} pairs: least {min(pairs):.2f}, median {np.median(pairs):.2f}, "
          f"under {LEAST:.2f}: {sum(p < LEAST for p in pairs)}")  # fmt: skip
    pairs = [a.distance(b) for k, a in enumerate(kept) for b in kept[:k]]
    print(
        f"kept, {len(pairs)} pairs: least {min(pairs):.2f}, median {np.median(pairs):.2f}; "
        f"own views at most {max(own):.2f}"
    )
    return 0


def _face(recipe: Recipe) -> FaceTemplate | None:
    pixels = draw_portrait(recipe, SIDE)
    faces = find_faces(pixels)
    return template_of_still(pixels, faces[0]) if faces else None


def _glance(recipe: Recipe, kept: list[FaceTemplate]) -> float:
    pixels = draw_portrait(recipe, 384)
    faces = find_faces(pixels)
    if not faces:
        return 0.0
    vector = describe(pixels, faces[0])
    return min((other.distance(vector) for other in kept), default=9.0)


def _turned(recipe: Recipe, face: FaceTemplate, yaw: float) -> float:
    pixels = draw_portrait(recipe, SIDE, yaw=yaw)
    faces = find_faces(pixels)
    return face.distance(describe(pixels, faces[0])) if faces else 9.0


if __name__ == "__main__":
    sys.exit(main(*(int(value) for value in sys.argv[1:2])))
