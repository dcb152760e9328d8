"""The coverage of a likeness as a picture: pose by expression, how many takes, how sharp, and what is missing.

No face is shown in it, only drawn outlines of the mesh: it may be sent to whoever is to bring more material.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw

from countenance.face.topology import (
    BLENDSHAPES,
    FACE_OVAL,
    LEFT_BROW,
    LEFT_EYE_LOWER,
    LEFT_EYE_UPPER,
    LIPS_INNER_LOWER,
    LIPS_INNER_UPPER,
    LIPS_OUTER_LOWER,
    LIPS_OUTER_UPPER,
    RIGHT_BROW,
    RIGHT_EYE_LOWER,
    RIGHT_EYE_UPPER,
)
from countenance.likeness.coverage import EXPRESSIONS, POSES, Coverage
from countenance.marking.lettering import font
from countenance.marking.unsynthesised_picture import write_unaltered_picture
from countenance.media.frames import Pixels
from countenance.performance.expression import canonical_landmarks, landmark_motion

CELL_WIDTH, CELL_HEIGHT = 132, 150
LEFT, TOP, EDGE = 150, 110, 28
LINE = 24
GROUND, PANEL, INK, FAINT = (250, 250, 248), (255, 255, 255), (32, 34, 38), (176, 178, 182)
EMPTY, GOOD, FAIR, POOR = (240, 240, 238), (46, 125, 82), (205, 150, 40), (190, 72, 60)
MOST_LINES = 12
SCALE = 5.3  # pixels a centimetre, of the outlines
Outline = tuple[tuple[tuple[float, float], ...], ...]
# Yaw and pitch, degrees, and blendshapes, by which outlines are drawn.
TURNS = {"far right": (-46, 0), "right": (-22, 0), "front": (0, 0), "left": (22, 0), "far left": (46, 0),
         "up": (0, -20), "down": (0, 20)}  # fmt: skip
SHAPES = {
    "at rest": {},
    "smiling": {"mouthSmileLeft": 0.9, "mouthSmileRight": 0.9},
    "mouth open": {"jawOpen": 0.7},
    "lips rounded": {"mouthPucker": 0.9, "mouthFunnel": 0.3},
    "brows raised": {"browInnerUp": 0.9, "browOuterUpLeft": 0.9, "browOuterUpRight": 0.9},
}


def coverage_sheet(coverage: Coverage, name: str) -> Pixels:
    """(h, w, 3) uint8: the grid, and sentences below it."""
    lines = _sentences(coverage)[:MOST_LINES]
    width = LEFT + CELL_WIDTH * len(POSES) + EDGE
    height = TOP + CELL_HEIGHT * len(EXPRESSIONS) + 24 + LINE * len(lines) + EDGE
    sheet = Image.new("RGB", (width, height), GROUND)
    pen = ImageDraw.Draw(sheet)
    pen.text((EDGE, 22), name, INK, font("en", 26))
    pen.text((EDGE, 58), _summary(coverage), (96, 98, 104), font("en", 15))
    small = font("en", 14)
    for column, pose in enumerate(POSES):
        at = (LEFT + CELL_WIDTH * column + CELL_WIDTH // 2, TOP - 14)
        pen.text(at, pose, INK, small, anchor="mm")
    for row, expression in enumerate(EXPRESSIONS):
        y = TOP + CELL_HEIGHT * row
        pen.text((EDGE, y + CELL_HEIGHT // 2), expression, INK, small, anchor="lm")
        for column, pose in enumerate(POSES):
            _cell(sheet, pen, LEFT + CELL_WIDTH * column, y, pose, expression,
                  coverage.counts[row][column], coverage.quality[row][column])  # fmt: skip
    y = TOP + CELL_HEIGHT * len(EXPRESSIONS) + 24
    for line in lines:
        pen.text((EDGE, y), line, INK, font("en", 15))
        y += LINE
    return np.asarray(sheet, np.uint8)


def write_coverage_sheet(path: Path, coverage: Coverage, name: str, likeness: Path, *, overwrite: bool = False) -> None:
    """Write the sheet: .png, .jpg or .webp. Raises as `write_unaltered_picture`."""
    write_unaltered_picture(path, coverage_sheet(coverage, name), likeness, overwrite=overwrite)


def _icon(sheet: Image.Image, at: tuple[int, int], lines: Outline, ink: tuple[int, int, int]) -> None:
    """Drawn four times as large, and scaled down: lines of this size are all edge."""
    side = 112
    mask = Image.new("L", (4 * side, 4 * side), 0)
    pen = ImageDraw.Draw(mask)
    for line in lines:
        pen.line([(4 * (side / 2 + SCALE * x), 4 * (side / 2 + SCALE * y)) for x, y in line], 255, 6, joint="curve")
    mask = mask.resize((side, side), Image.Resampling.LANCZOS)
    sheet.paste(ink, (at[0] - side // 2, at[1] - side // 2), mask)


def _cell(
    sheet: Image.Image, pen: ImageDraw.ImageDraw, x: int, y: int, pose: str, expression: str, count: int, quality: float
) -> None:
    box = (x + 4, y + 4, x + CELL_WIDTH - 4, y + CELL_HEIGHT - 4)
    pen.rounded_rectangle(box, 8, PANEL if count else EMPTY, (214, 214, 210) if count else None)
    ink = INK if count else (212, 212, 209)
    _icon(sheet, (x + CELL_WIDTH // 2, y + 64), outline(pose, expression), ink)
    if not count:
        pen.text((x + CELL_WIDTH // 2, y + CELL_HEIGHT - 18), "none", FAINT, font("en", 13), anchor="mm")
        return
    pen.text((x + 14, y + CELL_HEIGHT - 18), str(count), INK, font("en", 15), anchor="lm")
    left, right, at = x + 48, x + CELL_WIDTH - 16, y + CELL_HEIGHT - 18
    colour = GOOD if quality >= 0.6 else FAIR if quality >= 0.3 else POOR
    pen.rounded_rectangle((left, at - 4, right, at + 4), 4, (230, 230, 227))
    pen.rounded_rectangle((left, at - 4, left + max(8, round((right - left) * quality)), at + 4), 4, colour)


@lru_cache(maxsize=64)
def outline(pose: str, expression: str) -> Outline:
    """Lines of a face drawn so, cm, the viewer's x right and y down, the person's right on the viewer's left."""
    shapes = np.zeros(len(BLENDSHAPES))
    for key, value in SHAPES[expression].items():
        shapes[BLENDSHAPES.index(key)] = value
    points = canonical_landmarks() + landmark_motion(shapes)
    yaw, pitch = np.radians(TURNS[pose])
    # Towards the person's left is towards larger x; down is towards larger y; the viewer looks along z.
    turn = np.array([[np.cos(yaw), 0, -np.sin(yaw)], [0, 1, 0], [np.sin(yaw), 0, np.cos(yaw)]])
    nod = np.array([[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]])
    seen = (points - (0, 0, 3.0)) @ (nod @ turn).T
    seen[:, 1] -= seen[FACE_OVAL, 1].mean()
    seen[:, 0] -= (seen[FACE_OVAL, 0].min() + seen[FACE_OVAL, 0].max()) / 2
    hull = cv2.convexHull(seen[:, :2].astype(np.float32))[:, 0]
    rings = [
        np.concatenate([RIGHT_EYE_UPPER, RIGHT_EYE_LOWER[::-1]]),
        np.concatenate([LEFT_EYE_UPPER, LEFT_EYE_LOWER[::-1]]),
        RIGHT_BROW[:5],
        LEFT_BROW[:5],
        np.array([168, 6, 197, 195, 5, 4, 1]),
        np.array([98, 97, 2, 326, 327]),
        np.concatenate([LIPS_OUTER_UPPER, LIPS_OUTER_LOWER[::-1]]),
        np.concatenate([LIPS_INNER_UPPER, LIPS_INNER_LOWER[::-1]]),
    ]
    lines = [np.concatenate([hull, hull[:1]]), *(seen[ring, :2] for ring in rings)]
    return tuple(tuple((float(x), float(y)) for x, y in line) for line in lines)


def _summary(coverage: Coverage) -> str:
    lights = ", ".join(f"{where} {count}" for where, count in coverage.lights)
    return (
        f"{coverage.takes} takes in {coverage.cells} of {len(POSES) * len(EXPRESSIONS)} cells, "
        f"from {coverage.files[1]} of {coverage.files[0]} files. Light from: {lights or 'unknown'}. "
        "Bars: detail of the best take."
    )


def _sentences(coverage: Coverage) -> list[str]:
    dropped = ", ".join(f"{count} {reason}" for reason, count in coverage.dropped)
    return [*coverage.missing, *([f"Left out: {dropped}."] if dropped else [])] or ["Nothing is missing."]
