"""Glasses on a face, frame by frame: placed, drawn in the face's light, hidden where head and hair hide them.

Knows canvases and faces; nothing of clips or permission.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.engines.mesh.double import FINE, looked_at
from countenance.engines.mesh.likeness_texture import Laid
from countenance.face.pose import Similarity
from countenance.face.topology import MESH_VERTICES, load_face_mesh
from countenance.face.types import Face
from countenance.likeness.atlas import atlas_mesh, skin_on_atlas, with_rings
from countenance.likeness.views import light_on, normals_on_atlas
from countenance.media.frames import Pixels
from countenance.tryon.canvas import Canvas
from countenance.tryon.eyewear import Frame
from countenance.tryon.eyewear_fit import Pose, fit_frame, placed
from countenance.tryon.eyewear_raster import FAR, draw_ids, draw_skull
from countenance.tryon.eyewear_shade import shade, throw_shadow
from countenance.tryon.face_light import FaceLight
from countenance.tryon.hair_over import hair_begins
from countenance.tryon.material_table import MaterialTable
from countenance.tryon.true_scale import TrueHead, true_head

Float32 = NDArray[np.float32]

SKULL = (0.15, 10.5, 9.0, 9.6)  # cm: narrower than the face, its half height and depth, and how far behind the bridge
WINDOW_UP = np.array([0.0, -0.45, -0.9])  # where windows are when harmonics do not say otherwise
CAST, CAST_DIRECT, CAST_SOFT = 0.16, 0.34, 0.09  # a shadow's strength, and its blur in cm
CONTACT, CONTACT_SOFT = 0.22, 0.22  # the darkening near the frame, and its blur in cm
FRINGE = 0.25  # of the atlas's width either side of the middle, in which a fringe may hang over the frame


class Glasses:
    """A frame on one person; takes frames in order.

    Args:
        frame: the glasses.
        looks: at the person, the calmest first.
        light: of the face.
        pd: pupil distance in cm, where it is known.
        power: dioptres of the lenses.
    """

    def __init__(
        self,
        frame: Frame,
        looks: Sequence[tuple[Pixels, Face]],
        light: FaceLight,
        *,
        pd: float | None = None,
        power: float = 0.0,
    ) -> None:
        self.frame, self._power = frame, power
        self.head: TrueHead = true_head([face for _, face in looks], pd)
        self.fitted = fit_frame(frame, self.head)
        self._pose = Pose(self.head)
        hair = hair_begins(frame, looks, self._placed_in, self.fitted.hidden_from, light.skin)
        self._hidden_from = np.minimum(np.array(hair), self.fitted.hidden_from).astype(np.float32)
        self._table = MaterialTable.of(frame.materials)
        self._sh, self._main, self._direct = _harmonics(*looks[0], light)
        self._light = light

    def _placed_in(self, face: Face) -> NDArray[np.float64]:
        return placed(self.fitted.points, Pose(self.head)(face.landmarks), self.fitted.bridge)

    def place(self, face: Face, *, cut: bool) -> tuple[Similarity, NDArray[np.float64]]:
        """The head's pose in a frame, and the vertices' places, (N, 3) pixels."""
        pose = self._pose(face.landmarks, cut=cut)
        return pose, placed(self.fitted.points, pose, self.fitted.bridge)

    def draw(
        self, canvas: Canvas, face: Face, laid: Laid, hidden: Float32, light: Float32, pose: Similarity,
        points: NDArray[np.float64],
    ) -> dict[str, float]:  # fmt: skip
        """Lay the glasses onto a canvas.

        Args:
            face: in the frame.
            laid: the atlas in the canvas's region.
            hidden: (side, side), what stands before the face, on the atlas; over glasses, hair counts as fringe only.
            light: (3,) of a white surface in this frame.
            pose, points: as `place` gives them.

        Returns:
            Pixels that frame, lens and shadow touch.
        """
        frame = self.frame
        box = _region(points, pose.scale, canvas)
        if box is None:
            return {}
        x0, y0, x1, y1 = box
        rows, columns = slice(y0 - canvas.box[1], y1 - canvas.box[1]), slice(x0 - canvas.box[0], x1 - canvas.box[0])
        height, width = y1 - y0, x1 - x0
        corner = np.array([x0, y0]) - 0.25
        xy = ((points[:, :2] - corner) * 2).astype(np.float32)
        depth = points[:, 2].astype(np.float32)
        buffers = [np.full((2 * height, 2 * width), FAR, np.float32) for _ in range(3)]
        zbuffer, lens_z, head_z = buffers
        ids, lens_ids, rest = (np.full((2 * height, 2 * width), -1, np.int32) for _ in range(3))
        draw_ids(xy, depth, frame.triangles, 0, frame.opaque, ids, zbuffer)
        draw_ids(xy, depth, frame.triangles, frame.opaque, len(frame.triangles), lens_ids, lens_z)
        mesh = face.landmarks[:MESH_VERTICES]
        triangles = load_face_mesh().triangles
        draw_ids(
            ((mesh[:, :2] - corner) * 2).astype(np.float32), mesh[:, 2].astype(np.float32), triangles, 0,
            len(triangles), rest, head_z,
        )  # fmt: skip
        face_z = head_z.copy()
        bridge = pose.apply(self.fitted.bridge[None] + np.array([0, 0, SKULL[3]]))[0]
        radii = np.array([self.head.face_width / 2 - SKULL[0], SKULL[1], SKULL[2]])
        draw_skull(head_z, corner, np.ascontiguousarray(pose.rotation.T), bridge, radii, pose.scale)

        part = Laid(np.ascontiguousarray(laid.places[rows, columns]), np.ascontiguousarray(laid.cover[rows, columns]))
        cover = part.sample(hidden * _fringe_zone(hidden.shape[0])) * (part.cover > 0)
        skin = np.clip(part.cover * 2, 0, 1).astype(np.float32)
        shadow = self._shadow(zbuffer, face_z, skin, ids, pose.scale)
        under = np.ascontiguousarray(canvas.light[rows, columns])
        if self._power:
            under = self._magnified(under, pose, (x0, y0))
        out, alpha, lens_alpha = np.empty_like(under), np.empty_like(cover), np.empty_like(cover)
        gain = light / np.maximum(self._light.colour, 1e-4)
        sh = (self._sh * gain).astype(np.float32)
        normals = (self.fitted.normals @ pose.rotation.T).astype(np.float32)
        shade(
            ids, lens_ids, zbuffer, lens_z, head_z, xy, normals, frame.uv, frame.behind, frame.triangles,
            frame.part, frame.material, self._table.rows, self._table.maps, sh, np.maximum(sh[0], 0.02), self._main,
            self._direct, pose.scale, self._hidden_from, np.asarray(cover, np.float32), under, shadow, out, alpha,
            lens_alpha,
        )  # fmt: skip
        shaded = (1 - shadow) * (alpha < 0.99)
        mask = np.maximum(np.maximum(alpha, lens_alpha), (shaded > 0.01).astype(np.float32))
        canvas.lay(out, (mask > 0.001).astype(np.float32), (rows, columns))
        return {
            "frame": float(np.count_nonzero(alpha > 0.001)),
            "lens": float(np.count_nonzero((lens_alpha > 0.001) & (alpha <= 0.001))),
            "shadow": float(np.count_nonzero((shaded > 0.01) & (alpha <= 0.001) & (lens_alpha <= 0.001))),
        }

    def _shadow(
        self, zbuffer: Float32, face_z: Float32, skin: Float32, ids: NDArray[np.int32], scale: float
    ) -> Float32:
        """(h, w): what is left of the light under the glasses; 1 where they throw no shadow."""
        height, width = skin.shape
        half = (max(1, width // 2), max(1, height // 2))
        small = cv2.resize(skin, half, interpolation=cv2.INTER_AREA)
        cast = np.zeros_like(small)
        throw_shadow(zbuffer, face_z, small, self._main, scale, cast)
        cast = cv2.GaussianBlur(cast, (0, 0), max(0.6, CAST_SOFT * scale / 2))
        there = cv2.resize((ids >= 0).astype(np.float32), half, interpolation=cv2.INTER_AREA)
        near = cv2.GaussianBlur(there, (0, 0), max(0.6, CONTACT_SOFT * scale / 2))
        dark = (CAST + CAST_DIRECT * self._direct) * cast + CONTACT * near
        left = 1 - cv2.resize(dark, (width, height), interpolation=cv2.INTER_LINEAR) * skin
        return np.asarray(np.where(left > 0.985, 1, left), np.float32)

    def _magnified(self, under: Float32, pose: Similarity, corner: tuple[int, int]) -> Float32:
        """What is seen through lenses of a power: smaller for the near-sighted, larger for the far-sighted."""
        factor = 1 / (1 - 0.013 * self._power)
        height, width = under.shape[:2]
        yy, xx = np.mgrid[0:height, 0:width].astype(np.float32)
        for sign in (-1.0, 1.0):
            middle = placed(self.fitted.bridge[None] + (sign * self.frame.lens_x, 0, 0), pose, self.fitted.bridge)[0]
            mx, my = float(middle[0]) - corner[0], float(middle[1]) - corner[1]
            near = (xx < width / 2) if sign < 0 else (xx >= width / 2)
            radius = np.hypot(xx - mx, yy - my) / (2.6 * pose.scale)
            strength = np.clip(1.15 - radius, 0, 1) ** 0.5 * near
            zoom = 1 + (1 / factor - 1) * np.minimum(strength * 2, 1)
            xx, yy = np.where(near, mx + (xx - mx) * zoom, xx), np.where(near, my + (yy - my) * zoom, yy)
        seen = cv2.remap(
            under, xx.astype(np.float32), yy.astype(np.float32), cv2.INTER_LINEAR, None, cv2.BORDER_REPLICATE
        )
        return np.asarray(seen, np.float32)

    def hinge(self) -> tuple[NDArray[np.float64], float]:
        """Where the wearer's left hinge lies in the last frame, (2,) pixels, and the scale, pixels a cm."""
        pose = self._pose.now
        x, z = self.frame.hinge
        at = placed(self.fitted.bridge[None] + np.array([x, 0, z]), pose, self.fitted.bridge)
        return at[0, :2], pose.scale

    def about(self) -> dict[str, Any]:
        """Scale and fit, for results."""
        return {
            **self.head.as_dict(),
            "frame_width_mm": round(10 * self.frame.width, 1),
            "frame_over_face": round(self.fitted.ratio, 3),
            "lens_to_lid_mm": round(10 * self.fitted.gap, 1),
        }


def _region(points: NDArray[np.float64], scale: float, canvas: Canvas) -> tuple[int, int, int, int] | None:
    """Where glasses and their shadow may fall, within the canvas; of even size."""
    margin = 1.4 * scale
    low, high = points[:, :2].min(0) - margin, points[:, :2].max(0) + margin
    x0, y0 = max(canvas.box[0], int(low[0])), max(canvas.box[1], int(low[1]))
    x1, y1 = min(canvas.box[2], int(high[0]) + 1), min(canvas.box[3], int(high[1]) + 1)
    x1, y1 = x1 - (x1 - x0) % 2, y1 - (y1 - y0) % 2
    return (x0, y0, x1, y1) if x1 - x0 >= 8 and y1 - y0 >= 8 else None


def _harmonics(pixels: Pixels, face: Face, light: FaceLight) -> tuple[Float32, Float32, float]:
    """The light of a white surface, (9, 3), in the picture's axes; the window's direction; how direct it is."""
    log, seen = looked_at(pixels, with_rings(face.landmarks), FINE)
    texture = np.clip(np.exp(log), 0, 255).astype(np.uint8)
    from countenance.face.head import Head

    head = Head.of(face.landmarks.astype(np.float64))
    normals = normals_on_atlas(head.shape, FINE) @ head.pose.rotation.T.astype(np.float32)
    of_skin = light_on(texture, seen * skin_on_atlas(FINE), np.ascontiguousarray(normals, np.float32))
    sh = of_skin * (light.colour / np.maximum(light.skin, 1e-3))
    grey = sh.mean(1)
    band = np.array([grey[3], grey[1], grey[2]])
    direct = float(np.clip(np.linalg.norm(band) / max(float(grey[0]), 1e-3), 0, 1))
    main = band / max(float(grey[0]), 1e-3) + WINDOW_UP
    return sh.astype(np.float32), (main / np.linalg.norm(main)).astype(np.float32), direct


@lru_cache(maxsize=4)
def _fringe_zone(side: int) -> Float32:
    """(side, side): where hair on the atlas is a fringe that hangs over glasses: above the brows, near the middle."""
    uv = atlas_mesh().uv
    brow = float(uv[[105, 334], 1].mean())
    u, v = np.meshgrid((np.arange(side) + 0.5) / side, (np.arange(side) + 0.5) / side)
    zone = np.clip((FRINGE - np.abs(u - 0.5)) / 0.03, 0, 1) * np.clip((brow + 0.01 - v) / 0.02, 0, 1)
    return np.asarray(zone, np.float32)
