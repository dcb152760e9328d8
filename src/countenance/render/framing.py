"""Which part of the picture is shown, and how large: applied once to the source, not to every frame."""

from __future__ import annotations

from typing import Literal

import cv2
import numpy as np

from countenance.face.types import Face
from countenance.marking.render_spec import Region
from countenance.media.frames import Pixels

Crop = Literal["none", "face", "portrait", "square"]

REACH = {"face": 0.85, "portrait": 1.6}  # half the crop's side, in face sizes
PORTRAIT_DROP = 0.25  # face sizes the portrait crop's middle lies below the face's


def crop_box(width: int, height: int, face: Face, crop: Crop) -> tuple[int, int, int, int]:
    """x0, y0, x1, y1 of what is shown, inside the picture, of even width and height."""
    x0, y0, x1, y1 = 0.0, 0.0, float(width), float(height)
    cx, cy = (float(v) for v in face.centre)
    if crop == "square":
        half = min(width, height) / 2
        cx, cy = float(np.clip(cx, half, width - half)), float(np.clip(cy, half, height - half))
        x0, y0, x1, y1 = cx - half, cy - half, cx + half, cy + half
    elif crop in REACH:
        half = min(face.size * REACH[crop], width / 2, height / 2)
        if crop == "portrait":
            cy += face.size * PORTRAIT_DROP
        cx, cy = float(np.clip(cx, half, width - half)), float(np.clip(cy, half, height - half))
        x0, y0, x1, y1 = cx - half, cy - half, cx + half, cy + half
    left, top = int(max(0, x0)), int(max(0, y0))
    right, bottom = int(min(width, round(x1))), int(min(height, round(y1)))
    return (
        left,
        top,
        right - (right - left) % 2 if crop != "none" else right,
        (bottom - (bottom - top) % 2 if crop != "none" else bottom),
    )


def framed(pixels: Pixels, box: tuple[int, int, int, int], size: int | None) -> Pixels:
    """The part of the picture in `box`, its longer side `size` pixels (None: as it is)."""
    x0, y0, x1, y1 = box
    part = pixels[y0:y1, x0:x1]
    if size is None:
        return np.ascontiguousarray(part)
    scale = size / max(part.shape[:2])
    width, height = (max(2, round(v * scale / 2) * 2) for v in (part.shape[1], part.shape[0]))
    if (width, height) == (part.shape[1], part.shape[0]):
        return np.ascontiguousarray(part)
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LANCZOS4
    return np.asarray(cv2.resize(part, (width, height), interpolation=how), np.uint8)


def side_by_side(panels: list[Pixels]) -> Pixels:
    """Panels at the height of the last one, next to each other."""
    height = panels[-1].shape[0]
    scaled = []
    for panel in panels:
        width = max(2, round(panel.shape[1] * height / panel.shape[0] / 2) * 2)
        if panel.shape[:2] != (height, width):
            how = cv2.INTER_AREA if panel.shape[0] > height else cv2.INTER_LINEAR
            panel = np.asarray(cv2.resize(panel, (width, height), interpolation=how), np.uint8)
        scaled.append(panel)
    return np.hstack(scaled)


def last_panel(shown: Pixels, last: Pixels) -> Region:
    """Where the last panel lies in what `side_by_side` gave."""
    height = shown.shape[0]
    width = max(2, round(last.shape[1] / 2) * 2)
    return Region(shown.shape[1] - width, 0, width, height)
