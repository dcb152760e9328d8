"""The face mesh: which landmark is where, the canonical surface, its triangles and texture coordinates.

The canonical model (468 vertices in centimetres, 898 triangles, UVs, and the rigid points with weights that
MediaPipe fits head pose with) is read from the landmarker's own model file, so that mesh and landmarks always agree.
Index lists are MediaPipe's published face-mesh connections. Knows nothing of pictures.
"""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from countenance.errors import ModelCorrupt
from countenance.models import model_path

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int32]

LANDMARKS = 478
MESH_VERTICES = 468

# "Left" and "right" are the person's own, as in ARKit. Rings run round the opening, from the outer corner.
FACE_OVAL = np.array(
    [10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
     152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109]
)  # fmt: skip
RIGHT_EYE_UPPER = np.array([33, 246, 161, 160, 159, 158, 157, 173, 133])
RIGHT_EYE_LOWER = np.array([33, 7, 163, 144, 145, 153, 154, 155, 133])
LEFT_EYE_UPPER = np.array([263, 466, 388, 387, 386, 385, 384, 398, 362])
LEFT_EYE_LOWER = np.array([263, 249, 390, 373, 374, 380, 381, 382, 362])
# One step out from the lash line: moves with the lid.
RIGHT_LID_UPPER_OUTER = np.array([130, 247, 30, 29, 27, 28, 56, 190, 243])
LEFT_LID_UPPER_OUTER = np.array([359, 467, 260, 259, 257, 258, 286, 414, 463])
RIGHT_LID_LOWER_OUTER = np.array([130, 25, 110, 24, 23, 22, 26, 112, 243])
LEFT_LID_LOWER_OUTER = np.array([359, 255, 339, 254, 253, 252, 256, 341, 463])
RIGHT_IRIS = np.array([468, 469, 470, 471, 472])  # centre, then four on the rim
LEFT_IRIS = np.array([473, 474, 475, 476, 477])
RIGHT_BROW = np.array([70, 63, 105, 66, 107, 55, 65, 52, 53, 46])
LEFT_BROW = np.array([300, 293, 334, 296, 336, 285, 295, 282, 283, 276])
# From the right corner of the mouth to the left one.
LIPS_INNER_UPPER = np.array([78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308])
LIPS_INNER_LOWER = np.array([78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308])
LIPS_OUTER_UPPER = np.array([61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291])
LIPS_OUTER_LOWER = np.array([61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291])
OUTER_EYE_CORNERS = (33, 263)
MOUTH_CORNERS = (78, 308)

LIPS = np.unique(np.concatenate([LIPS_INNER_UPPER, LIPS_INNER_LOWER, LIPS_OUTER_UPPER, LIPS_OUTER_LOWER]))

BLENDSHAPES = (
    "_neutral browDownLeft browDownRight browInnerUp browOuterUpLeft browOuterUpRight cheekPuff cheekSquintLeft "
    "cheekSquintRight eyeBlinkLeft eyeBlinkRight eyeLookDownLeft eyeLookDownRight eyeLookInLeft eyeLookInRight "
    "eyeLookOutLeft eyeLookOutRight eyeLookUpLeft eyeLookUpRight eyeSquintLeft eyeSquintRight eyeWideLeft "
    "eyeWideRight jawForward jawLeft jawOpen jawRight mouthClose mouthDimpleLeft mouthDimpleRight mouthFrownLeft "
    "mouthFrownRight mouthFunnel mouthLeft mouthLowerDownLeft mouthLowerDownRight mouthPressLeft mouthPressRight "
    "mouthPucker mouthRight mouthRollLower mouthRollUpper mouthShrugLower mouthShrugUpper mouthSmileLeft "
    "mouthSmileRight mouthStretchLeft mouthStretchRight mouthUpperUpLeft mouthUpperUpRight noseSneerLeft "
    "noseSneerRight"
).split()
"""The 52 values the landmarker returns, in its order: `_neutral`, then ARKit's 51 without `tongueOut`."""


@dataclass(frozen=True)
class FaceMesh:
    """The canonical face surface.

    Attributes:
        vertices: (468, 3) float32, centimetres, x to the person's left, y up, z towards the viewer.
        uv: (468, 2) float32 in [0, 1], v down.
        triangles: (898, 3) int32.
        rigid: (33,) int32, landmarks that hardly move with expression.
        rigid_weights: (33,) float32.
    """

    vertices: FloatArray
    uv: FloatArray
    triangles: IntArray
    rigid: IntArray
    rigid_weights: FloatArray

    def facing(self, points: NDArray[np.floating]) -> FloatArray:
        """(468,) float32: cosine of each vertex's normal to the viewer. `points`: (468, 3) pixels, z away from them."""
        a, b, c = (points[self.triangles[:, k]] for k in range(3))
        normals = np.cross(b - a, c - a)
        corners = self.triangles.ravel()
        vertex = np.stack([np.bincount(corners, np.repeat(n, 3), MESH_VERTICES) for n in normals.T], axis=1)
        facing = -vertex[:, 2] / (np.linalg.norm(vertex, axis=1) + 1e-6)
        return np.asarray(facing * np.sign(np.median(facing)), np.float32)


def _fields(data: bytes) -> Iterator[tuple[int, int | float | bytes]]:
    """The fields of one protocol-buffer message, in order (wire types 0, 2 and 5)."""
    at = 0

    def varint() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(data):
        key = varint()
        number, wire = key >> 3, key & 7
        if wire == 0:
            yield number, varint()
        elif wire == 2:
            length = varint()
            yield number, data[at : at + length]
            at += length
        elif wire == 5:
            yield number, struct.unpack_from("<f", data, at)[0]
            at += 4
        else:
            raise ValueError(f"wire type {wire}")


@lru_cache(maxsize=2)
def load_face_mesh(model: Path | None = None) -> FaceMesh:
    """The canonical mesh out of the landmarker's model file.

    Raises:
        ModelMissing, ModelCorrupt: as `model_path`; ModelCorrupt also when the file holds no mesh.
    """
    path = model or model_path("face_landmarker")
    try:
        with zipfile.ZipFile(path) as bundle:
            message = bundle.read("geometry_pipeline_metadata_landmarks.binarypb")
        mesh, rigid = b"", []
        for number, value in _fields(message):
            if number == 1 and isinstance(value, bytes):
                mesh = value
            elif number == 2 and isinstance(value, bytes):
                rigid.append(dict(_fields(value)))
        numbers = list(_fields(mesh))
        buffer = np.array([v for n, v in numbers if n == 3], np.float32).reshape(-1, 5)
        triangles = np.array([v for n, v in numbers if n == 4], np.int32).reshape(-1, 3)
    except (OSError, KeyError, ValueError, IndexError, struct.error, zipfile.BadZipFile) as error:
        raise ModelCorrupt(f"{path.name} holds no face mesh ({error}).") from error
    return FaceMesh(
        vertices=buffer[:, :3].copy(),
        uv=buffer[:, 3:].copy(),
        triangles=triangles,
        rigid=np.array([r.get(1, 0) for r in rigid], np.int32),
        rigid_weights=np.array([r.get(2, 0.0) for r in rigid], np.float32),
    )
