"""`python -m bench.persona [COUNT]`: personas made one after the other, each unlike all before it, as `new` makes them.

Prints a line a persona: seed, draw, how many draws were looked at, the distance of the nearest one before it, its own
largest distance when turned by 15 degrees and over a round of scenes, how near its voice comes to another's, and
seconds; then the table of all pairs. Says nothing of beauty. `sheet.png`, where a folder is named, shows all of them.
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from countenance.face.identity import FaceTemplate, describe, template_of_still
from countenance.face.tracker import find_faces
from countenance.persona.library.comparison import LEAST, Comparison
from countenance.persona.library.search import candidates
from countenance.persona.library.voices import distinct_shape
from countenance.persona.portrait import draw_portrait
from countenance.persona.recipe import Recipe
from countenance.persona.shot import Shot, draw_shot
from countenance.speech.shaping import VoiceShape

SIDE = 512
TURN = 15.0
SHOTS = (
    Shot("studio", "left", mood="cheerful", size=384), Shot("street", "right", "9:16", light="warm", size=384),
    Shot("desk", "down", light="night", size=384),
)  # fmt: skip


def main(count: int = 20, folder: Path | None = None) -> int:
    """Print the table."""
    kept: list[FaceTemplate] = []
    recipes: list[Recipe] = []
    voices: list[VoiceShape] = []
    own: list[float] = []
    scenes: list[float] = []
    print("seed draw looked nearest own±15 scenes voice seconds")
    for seed in range(count):
        start = time.monotonic()
        looked: list[int] = []

        def told(draw: int, _seen: Comparison | None, looked: list[int] = looked) -> None:
            looked.append(draw)

        recipe = Recipe("Persona", seed)
        for tried in candidates(recipe, kept, (), told):
            face = _face(tried)
            near = min((face.distance(other) for other in kept), default=9.0) if face else 0.0
            if face is not None and near >= LEAST:
                break
            looked.append(tried.draw)
        else:
            print(f"{seed:4d} none of {len(looked)} draws is far enough from all", flush=True)
            continue
        seconds = time.monotonic() - start
        voice = distinct_shape(tried, voices)
        apart = min((voice.distance(other) for other in voices), default=9.0)
        own.append(max(_away(face, draw_portrait(tried, SIDE, yaw=yaw)) for yaw in (-TURN, TURN)))
        scenes.append(max(_away(face, draw_shot(tried, replace(shot, seed=seed))) for shot in SHOTS))
        kept.append(face)
        recipes.append(tried)
        voices.append(voice)
        print(f"{seed:4d} {tried.draw:4d} {len(looked) + 1:6d} {near:7.2f} {own[-1]:6.2f} {scenes[-1]:6.2f} "
              f"{apart:5.2f} {seconds:7.1f}", flush=True)  # fmt: skip
    pairs = [a.distance(b) for k, a in enumerate(kept) for b in kept[:k]]
    print(f"{len(kept)} kept, {len(pairs)} pairs: least {min(pairs):.2f}, median {np.median(pairs):.2f}; "
          f"first draws that were kept: {sum(one.draw == 0 for one in recipes)}")  # fmt: skip
    print(f"own views at most {max(own):.2f}; scenes at most {max(scenes):.2f}, over 0.30: "
          f"{sum(one > 0.3 for one in scenes)} of {len(scenes)}")  # fmt: skip
    table = np.array([[a.distance(b) for b in kept] for a in kept])
    for row in range(len(kept)):
        print(" ".join(f"{value:.2f}" for value in table[row, :row]))
    if folder is not None:
        _sheet(recipes, folder / "sheet.png")
    return 0


def _face(recipe: Recipe) -> FaceTemplate | None:
    pixels = draw_portrait(recipe, SIDE)
    faces = find_faces(pixels)
    return template_of_still(pixels, faces[0]) if faces else None


def _away(face: FaceTemplate, pixels: np.ndarray) -> float:
    faces = find_faces(pixels)
    return face.distance(describe(pixels, faces[0])) if faces else 9.0


def _sheet(recipes: list[Recipe], path: Path) -> None:
    pictures = [draw_portrait(one, SIDE) for one in recipes]
    pictures += [np.zeros_like(pictures[0])] * (-len(pictures) % 5)
    rows = [np.hstack(pictures[at : at + 5]) for at in range(0, len(pictures), 5)]
    cv2.imwrite(str(path), cv2.cvtColor(np.vstack(rows), cv2.COLOR_RGB2BGR))


if __name__ == "__main__":
    sys.exit(main(*(int(value) for value in sys.argv[1:2]), *(Path(value) for value in sys.argv[2:3])))
