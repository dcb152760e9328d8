"""Make-up on a face, frame by frame: which items lie in which order, in which light, and what stands before them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from countenance.engines.mesh.likeness_texture import Laid
from countenance.face.types import Face
from countenance.tryon import eye_paint, face_paint, lips
from countenance.tryon.canvas import Canvas
from countenance.tryon.face_light import FaceLight, skin_seen
from countenance.tryon.look import Cosmetic

Float32 = NDArray[np.float32]

ORDER = (
    "foundation", "contour", "blush", "highlight", "shadow", "brows", "eyeliner", "lashes", "lip", "lip-liner",
)  # fmt: skip
HOLD = 0.8  # of the last frame's light that stays


class MakeUp:
    """Items of make-up in one light; takes frames in order.

    Args:
        items: cosmetics, of each kind one at most.
        light: of the face.
    """

    def __init__(self, items: Sequence[Cosmetic], light: FaceLight) -> None:
        self._items = sorted(items, key=lambda item: ORDER.index(item.kind))
        self._light = light
        self._skin: Float32 | None = None
        self._grained = any(item.finish in ("metallic", "gloss") for item in items)

    def draw(
        self, canvas: Canvas, face: Face, laid: Laid, keep: Float32, *, cut: bool
    ) -> tuple[Float32, dict[str, float]]:
        """Lay the items onto a canvas.

        Args:
            face: in the frame.
            laid: the atlas in the canvas's region.
            keep: (H, W) in [0, 1]: 1 where nothing stands before the face.
            cut: the frame before was of another shot.

        Returns:
            (3,) the light in this frame; and of each kind, the number of pixels that its mask touches.
        """
        skin = skin_seen(canvas.pixels, face.landmarks)
        if self._skin is not None and not cut:
            skin = np.asarray(HOLD * self._skin + (1 - HOLD) * skin, np.float32)
        self._skin = skin
        light = self._light.now(skin)
        if not self._items:
            return light, {}
        points = face.landmarks[:, :2] - np.array(canvas.box[:2], np.float32)
        size, yaw = face.size, face.angles[0]
        open_skin = np.asarray(keep * np.clip(laid.cover * 1.5, 0, 1), np.float32)
        grain = laid.sample(face_paint.grain_on_atlas()) if self._grained else canvas.touched
        eyes = eye_paint.find_eyes(canvas, points, size, yaw)
        mouth = lips.find_mouth(canvas, points, size)
        shares = {}
        for item in self._items:
            before = canvas.touched.copy()
            canvas.touched[:] = 0
            self._lay(canvas, item, light, laid, open_skin, keep, grain, size, skin, eyes, mouth)
            shares[item.kind] = float(np.count_nonzero(canvas.touched > 0))
            np.maximum(canvas.touched, before, out=canvas.touched)
        return light, shares

    @staticmethod
    def _lay(
        canvas: Canvas, item: Cosmetic, light: Float32, laid: Laid, skin_open: Float32, keep: Float32, grain: Float32,
        size: float, skin: Float32, eyes: list[eye_paint.Eye], mouth: lips.Mouth | None,
    ) -> None:  # fmt: skip
        match item.kind:
            case "foundation":
                face_paint.paint_foundation(canvas, laid, item, light, skin_open, size, skin)
            case "blush" | "contour" | "highlight":
                face_paint.paint_film(canvas, laid, item, light, skin_open)
            case "lip" if mouth is not None:
                lips.paint_lips(canvas, mouth, item, light, keep, grain)
            case "lip-liner" if mouth is not None:
                lips.paint_lip_liner(canvas, mouth, item, light, keep)
            case "shadow":
                for eye in eyes:
                    eye_paint.paint_shadow(canvas, eye, item, light, keep, size, grain)
            case "eyeliner":
                for eye in eyes:
                    eye_paint.paint_liner(canvas, eye, item, light, keep, size)
            case "lashes":
                for eye in eyes:
                    eye_paint.paint_lashes(canvas, eye, item, light, keep, size)
            case "brows":
                for eye in eyes:
                    eye_paint.paint_brows(canvas, eye, item, light, keep, size)
