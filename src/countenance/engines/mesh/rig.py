"""A portrait made ready to move by the mesh engine: warp, shade, eyes, mouth, compose."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.engines.mesh.eyes import EyePainter
from countenance.engines.mesh.far_side import FarSide
from countenance.engines.mesh.layers import compose, split
from countenance.engines.mesh.lid_edges import true_lids
from countenance.engines.mesh.lids import LidPainter, lids_of
from countenance.engines.mesh.mouth import MouthPainter, Opening
from countenance.engines.mesh.retarget import EYES, Retarget
from countenance.engines.mesh.vertices import MeshGeometry
from countenance.engines.protocol import DrawOptions, Portrait
from countenance.face.head import Head
from countenance.face.pose import Similarity
from countenance.face.raster import rasterise
from countenance.face.topology import FACE_OVAL, LANDMARKS, MESH_VERTICES
from countenance.media.frames import Pixels
from countenance.performance.appearance import LIP_RING, skin_mask
from countenance.performance.take import SHADING_SIDE, SHADING_STEP, Appearance, Neutral, Sample

FloatArray = NDArray[np.float32]

CELL = 2  # pixels of the picture a cell of the coarse maps
SHADING_GAIN = 0.8
SHADING_RANGE = (0.62, 1.4)
CHIN = np.array([152, 148, 377, 175])
FINE_FACE = 700  # pixels; smaller faces are sampled from a texture twice as fine


class MeshRig:
    """See `engines.protocol.Rig`."""

    def __init__(self, portrait: Portrait, neutral: Neutral | None, options: DrawOptions) -> None:
        self._pixels = portrait.pixels
        self._options = options
        landmarks = true_lids(portrait.pixels, portrait.face.landmarks)
        head = Head.of(landmarks)
        self.retarget = Retarget(head, neutral, options.expression, options.head)
        self.geometry = MeshGeometry(landmarks, self.retarget)
        self._region = self._region_of(self.geometry.rest[LANDMARKS:], portrait.pixels)
        x0, y0, x1, y1 = self._region
        self._fine = 2 if portrait.face.size < FINE_FACE else 1
        region = portrait.pixels[y0:y1, x0:x1]
        self._background: Pixels | None = None
        if portrait.matte is not None:
            region, self._background = split(region, portrait.matte[y0:y1, x0:x1])
        self._texture = _finer(region, self._fine)
        columns, rows = (x1 - x0) // CELL, (y1 - y0) // CELL
        gy, gx = np.mgrid[0:rows, 0:columns].astype(np.float32)
        identity = np.dstack([gx, gy]) * CELL + (CELL - 1) / 2
        self._identity = np.dstack([self._to_texture(identity), np.full((rows, columns, 2), -1, np.float32)]).astype(
            np.float32
        )
        self._values = self._vertex_values()
        self._far = FarSide(portrait.pixels, landmarks, head.mesh, portrait.matte)
        self._zbuffer = np.empty((rows, columns), np.float32)
        self._skin = skin_mask()
        self._eyes = [
            EyePainter(portrait.pixels, landmarks[upper, :2], landmarks[lower, :2], landmarks[iris, :2])
            for upper, lower, _, _, iris in EYES
        ]
        self._lids = [LidPainter(portrait.pixels, lids_of(landmarks[:, :2], eye)) for eye in EYES]
        lips = head.shape[LIP_RING]
        self._lip_middle = np.array([lips[[0, 10], 0].mean(), lips[[4, 5, 6, 14, 15, 16], 1].mean(), lips[:, 2].mean()])
        at_rest = self._opening(landmarks[:, :2], head.pose, head.shape)
        self._mouth = MouthPainter(portrait.pixels, landmarks, at_rest, portrait.face.eye_distance, options.mouth)

    @staticmethod
    def _region_of(rings: NDArray[np.floating], pixels: Pixels) -> tuple[int, int, int, int]:
        height, width = pixels.shape[:2]
        x0, y0 = np.maximum(rings[:, :2].min(0).astype(int) - 8, 0)
        x1, y1 = np.minimum(rings[:, :2].max(0).astype(int) + 8, (width, height))
        return int(x0), int(y0), int(x1 - (x1 - x0) % CELL), int(y1 - (y1 - y0) % CELL)

    def _to_texture(self, places: NDArray[np.floating]) -> NDArray[np.floating]:
        """Pixels of the region → texels: every pixel is a texel, so that at rest nothing is resampled."""
        return np.asarray(places * self._fine)

    def _vertex_values(self) -> FloatArray:
        """(N, 4): where each vertex lies in the texture, and on the UV square in shading texels."""
        rest = self.geometry.rest
        values = np.zeros((len(rest), 4), np.float32)
        values[:, :2] = self._to_texture(rest[:, :2] - self._region[:2])
        uv = self.geometry.head.mesh.uv * SHADING_SIDE - 0.5
        values[:MESH_VERTICES, 2:] = uv
        values[LANDMARKS:, 2:] = uv[FACE_OVAL][self.geometry.rings.oval]
        return values

    def vertices(self, sample: Sample) -> FloatArray:
        """See `engines.protocol.Rig`."""
        return self.geometry.at(*self.retarget.pose_and_shape(sample))[:LANDMARKS, :2].astype(np.float32)

    def draw(self, sample: Sample) -> Pixels:
        """See `engines.protocol.Rig`."""
        x0, y0, x1, y1 = self._region
        pose_now, shape = self.retarget.pose_and_shape(sample)
        vertices = self.geometry.at(pose_now, shape)
        cells = ((vertices[:, :2] - (x0, y0) + 0.5) / CELL - 0.5).astype(np.float32)
        coarse, values = self._identity.copy(), self._values
        far = self._far.wanted(vertices)
        if far is not None:
            coarse = np.dstack([coarse, np.zeros(coarse.shape[:2], np.float32)])
            values = np.column_stack([values, np.pad(far, (0, len(values) - len(far)))])
        self._zbuffer.fill(1e9)
        rasterise(cells, vertices[:, 2].astype(np.float32), self.geometry.triangles, values, coarse, self._zbuffer)
        places = cv2.resize(coarse[..., :2], (x1 - x0, y1 - y0), interpolation=cv2.INTER_LINEAR)
        warped = cv2.remap(
            self._texture, places, None, cv2.INTER_LINEAR if self._fine > 1 else cv2.INTER_CUBIC,
            borderMode=cv2.BORDER_REFLECT_101,
        )  # fmt: skip
        if far is not None:
            self._far.paint(warped, coarse[..., 2:], CELL, SHADING_SIDE)
        if self._options.shading and sample.appearance is not None:
            self._shade(warped, coarse, cells, sample.appearance)
        offset = (x0, y0)
        drawn = warped[..., :3]
        rest = self.geometry.head.pose
        linear = (pose_now.scale * pose_now.rotation[:2, :2]) @ np.linalg.inv(rest.scale * rest.rotation[:2, :2])
        flat = vertices[:, :2]
        for painter, lid, eye in zip(self._eyes, self._lids, EYES, strict=True):
            upper, lower, _, _, iris = eye
            line = lid.paint(drawn, offset, lids_of(flat, eye))
            painter.paint(drawn, offset, flat[upper], flat[lower], flat[iris], linear)
            if line is not None:
                line.paint(drawn)
        self._mouth.paint(drawn, offset, self._opening(flat, pose_now, shape), sample.appearance)
        out = self._pixels.copy()
        if self._background is None:
            out[y0:y1, x0:x1] = warped
        else:
            compose(warped, self._background, out[y0:y1, x0:x1])
        return out

    def _opening(self, vertices: NDArray[np.floating], pose: Similarity, shape: NDArray[np.float64]) -> Opening:
        """The mouth at this moment: a plane at the resting lips' depth, fixed to the skull."""
        linear = np.linalg.inv(pose.scale * pose.rotation[:2, :2])
        middle = pose.apply(self._lip_middle[None])[0, :2]
        jaw = float((shape - self.geometry.head.shape)[CHIN, 1].mean())
        return Opening(vertices[LIP_RING], np.column_stack([linear, -linear @ middle]), jaw)

    def _shade(self, warped: Pixels, coarse: FloatArray, cells: FloatArray, appearance: Appearance) -> None:
        """Multiply the driver's folds into the face, in place."""
        low = np.maximum(np.floor(cells[:MESH_VERTICES].min(0)).astype(int), 0)
        high = np.ceil(cells[:MESH_VERTICES].max(0)).astype(int) + 1
        part = coarse[low[1] : high[1], low[0] : high[0], 2:4]
        if part.size == 0:
            return
        log_ratio = appearance.shading.astype(np.float32) * (SHADING_STEP * SHADING_GAIN) * self._skin
        factor = np.clip(np.exp(log_ratio), *SHADING_RANGE)
        shade = cv2.remap(factor, part, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=1.0)
        target = warped[low[1] * CELL : high[1] * CELL, low[0] * CELL : high[0] * CELL]
        shade = cv2.resize(shade, (target.shape[1], target.shape[0]), interpolation=cv2.INTER_LINEAR)
        planes = [shade, shade, shade] + ([np.ones_like(shade)] if target.shape[2] == 4 else [])
        cv2.multiply(target, cv2.merge(planes), dst=target, dtype=cv2.CV_8U)


def _finer(region: NDArray[np.uint8], times: int) -> NDArray[np.uint8]:
    """The region sampled `times` as finely (Lanczos); texel times·p is pixel p."""
    if times == 1:
        return np.ascontiguousarray(region)
    size = (region.shape[1] * times, region.shape[0] * times)
    matrix = np.array([[1 / times, 0, 0], [0, 1 / times, 0]])
    how = cv2.INTER_LANCZOS4 | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(region, matrix, size, flags=how, borderMode=cv2.BORDER_REPLICATE), np.uint8)
