"""The least contrast of the label's letters, on the drawn pixels, by size, opacity and ground; and a sheet to look at.

    python -m bench.labels [--sheet FILE.png]

Contrast is WCAG 2.2's: (L1 + 0.05) / (L2 + 0.05) of relative luminances; 4.5 to 1 is asked of text (1.4.3).
"""

from __future__ import annotations

import argparse
import sys
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from tests.exit_material import making

from countenance.marking.label import Label, draw_label
from countenance.marking.label_words import WORDS
from countenance.marking.render_spec import MIN_OPACITY, LabelChoice
from countenance.media.frames import Pixels

SIZES = ((64, 64), (320, 180), (512, 600), (1920, 1080), (1080, 1920), (3840, 2160))
LANGUAGES = ("en", "de", "fr", "es", "hi")
GROUNDS = ("white", "black", "yellow", "skin", "noise")
_COLOURS = {"white": (255, 255, 255), "black": (0, 0, 0), "yellow": (255, 255, 0), "skin": (224, 172, 145)}


def ground(name: str, width: int, height: int) -> Pixels:
    """A background, (height, width, 3) uint8."""
    if name == "noise":
        return np.random.default_rng(0).integers(0, 256, (height, width, 3)).astype(np.uint8)
    return np.full((height, width, 3), _COLOURS[name], np.uint8)


def luminance(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """WCAG's relative luminance."""
    value = pixels / 255.0
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    return np.asarray(linear @ np.array([0.2126, 0.7152, 0.0722]))


def least_contrast(size: tuple[int, int], opacity: float, name: str) -> float:
    """Of white letters against their plate, at the worst pixels of both."""
    patch = draw_label(WORDS["en"].generated, "en", *size, LabelChoice(opacity=opacity))
    rows = slice(patch.top, patch.top + patch.through.shape[0])
    columns = slice(patch.left, patch.left + patch.through.shape[1])
    letters = (patch.colour[..., 0] > 250) & (patch.through[..., 0] < 0.004)
    plate = (np.abs(patch.through[..., 0] - (1 - opacity)) < 0.01) & (patch.colour[..., 0] <= 17)
    seen = luminance(patch.onto(ground(name, *size))[rows, columns])
    return float((seen[letters].min() + 0.05) / (seen[plate].max() + 0.05))


def sheet() -> Pixels:
    """Labels in five languages over five grounds, at three sizes, as large as they are."""
    rows = []
    for size in ((64, 64), (320, 180), (512, 600)):
        for language in LANGUAGES:
            cells = []
            for name in GROUNDS:
                shown = Label(making(language=language), *size).draw(ground(name, *size), Fraction(0))
                cell = np.full((48, 176, 3), 120, np.uint8)
                piece = shown[-44:, -172:]
                cell[2 : 2 + piece.shape[0], 174 - piece.shape[1] : 174] = piece
                cells.append(cell)
            rows.append(np.concatenate(cells, axis=1))
    return np.asarray(cv2.resize(np.concatenate(rows), None, fx=1.5, fy=1.5, interpolation=cv2.INTER_CUBIC), np.uint8)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.labels")
    parser.add_argument("--sheet", type=Path, help="a PNG to look at")
    said = parser.parse_args()
    print("| size | label | opacity | " + " | ".join(GROUNDS) + " |")
    print("|---|---|---|" + "---|" * len(GROUNDS))
    least = np.inf
    for size in SIZES:
        patch = draw_label(WORDS["en"].generated, "en", *size, LabelChoice())
        for opacity in (MIN_OPACITY, 0.85, 1.0):
            found = [least_contrast(size, opacity, name) for name in GROUNDS]
            least = min(least, *found)
            numbers = " | ".join(f"{one:.1f}" for one in found)
            high, wide = patch.through.shape[:2]
            print(f"| {size[0]}×{size[1]} | {wide}×{high} | {opacity:g} | {numbers} |")
    print(f"\nThe least is {least:.1f} to 1; 4.5 is asked.")
    if said.sheet is not None:
        Image.fromarray(sheet()).save(said.sheet)
    return 0 if least >= 4.5 else 1


if __name__ == "__main__":
    sys.exit(main())
