"""Accessors of a glTF document: plain, sparse, quantised, and compressed with Draco or meshopt. Opens no files.

Khronos, "glTF 2.0 Specification", 3.6; KHR_mesh_quantization, KHR_draco_mesh_compression, EXT_meshopt_compression.
"""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from countenance.errors import BadDocument
from countenance.media.glb import view_bytes

MOST_ROWS = 600_000
MOST_EMPTY = 64  # rows of an accessor that lies nowhere and is all zeros
MOST_UNPACKED = 128 << 20  # bytes of all meshopt views in sum
_TYPES: dict[int, Any] = {
    5120: np.int8,
    5121: np.uint8,
    5122: np.int16,
    5123: np.uint16,
    5125: np.uint32,
    5126: np.float32,
}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}
MESHOPT, DRACO = "EXT_meshopt_compression", "KHR_draco_mesh_compression"


class Accessors:
    """Reads the accessors of one file.

    Args:
        document, body: as `media.glb.read_glb` gives them.

    Methods raise ValueError with half a sentence where the file contradicts itself, and BadDocument:
    tryon.glb_compressed, where it is compressed and the library for that is not installed.
    """

    def __init__(self, document: dict[str, Any], body: bytes) -> None:
        self._document, self._body = document, body
        self._views: dict[int, bytes] = {}
        self._left = MOST_UNPACKED

    def count(self, number: Any) -> int:
        """How many rows an accessor says it has."""
        count = self._listed("accessors", number).get("count")
        if type(count) is not int or count < 0:
            raise ValueError("an accessor is of no known kind or too long")
        return count

    def read(self, number: Any) -> NDArray[Any]:
        """An accessor's rows, (N, C), as float32 where it is normalised or float, else integers."""
        accessor = self._listed("accessors", number)
        kind, count = _TYPES.get(accessor.get("componentType", 0)), accessor.get("count")
        width = _WIDTHS.get(accessor.get("type", ""))
        if kind is None or width is None or type(count) is not int or not 0 <= count <= MOST_ROWS:
            raise ValueError("an accessor is of no known kind or too long")
        if "bufferView" in accessor:
            rows = self._rows(accessor["bufferView"], accessor.get("byteOffset", 0), count, width, kind)
        elif count > MOST_EMPTY:
            raise ValueError("an accessor lies nowhere in the file")
        else:
            rows = np.zeros((count, width), kind)
        if "sparse" in accessor:
            rows = self._sparse(rows, accessor["sparse"])
        if accessor.get("normalized") is True and kind is not np.float32:
            return np.asarray(np.maximum(rows / np.float32(np.iinfo(kind).max), -1), np.float32)
        return rows

    def _sparse(self, rows: NDArray[Any], sparse: Any) -> NDArray[Any]:
        try:
            count, indices, values = int(sparse["count"]), sparse["indices"], sparse["values"]
            kind = _TYPES[indices["componentType"]]
            at = self._rows(indices["bufferView"], indices.get("byteOffset", 0), count, 1, kind)[:, 0]
            new = self._rows(values["bufferView"], values.get("byteOffset", 0), count, rows.shape[1], rows.dtype.type)
        except (KeyError, TypeError) as error:
            raise ValueError("a sparse accessor is incomplete") from error
        if len(at) and int(at.max()) >= len(rows):
            raise ValueError("a sparse accessor points beyond its rows")
        out = rows.copy()
        out[at] = new
        return out

    def _rows(self, view: Any, offset: Any, count: int, width: int, kind: Any) -> NDArray[Any]:
        described = self._listed("bufferViews", view)
        data = self._bytes(view, described)
        size = width * np.dtype(kind).itemsize
        stride = described.get("byteStride", described.get("extensions", {}).get(MESHOPT, {}).get("byteStride", size))
        if type(offset) is not int or type(stride) is not int or offset < 0 or stride < size or stride > 252 * 4:
            raise ValueError("an accessor lies wrongly in its view")
        if count and offset + stride * (count - 1) + size > len(data):
            raise ValueError("an accessor reaches beyond its view")
        if not count:
            return np.zeros((0, width), kind)
        raw = np.frombuffer(data, np.uint8)
        rows = np.lib.stride_tricks.as_strided(raw[offset:], (count, size), (stride, 1))
        little: Any = np.dtype(kind).newbyteorder("<")
        return np.asarray(np.ascontiguousarray(rows).view(little).reshape(count, width))

    def _bytes(self, number: int, view: dict[str, Any]) -> bytes:
        packed = view.get("extensions", {}).get(MESHOPT)
        if packed is None:
            whole = cast(bytes, memoryview(self._body))  # so that nothing is copied for each accessor
            return view_bytes(self._document, whole, number)
        if number not in self._views:
            self._left -= int(packed["count"]) * int(packed["byteStride"])
            if self._left < 0:
                raise ValueError("its meshopt data is too large")
            self._views[number] = _meshopt(packed, self._body)
        return self._views[number]

    def draco(
        self, said: Any
    ) -> tuple[NDArray[np.float32], NDArray[np.float32] | None, NDArray[np.float32] | None, NDArray[np.int32]]:
        """Positions, normals, texture coordinates and triangles of a Draco-compressed primitive."""
        try:
            import DracoPy
        except ImportError as error:
            raise _compressed("Draco", DRACO, "DracoPy") from error
        data = view_bytes(self._document, self._body, int(said["bufferView"]))
        try:
            mesh = DracoPy.decode(data)
            points, faces = np.asarray(mesh.points, np.float32), np.asarray(mesh.faces, np.int32)
        except Exception as error:  # the library raises its own kinds, and plain ones
            raise ValueError("its Draco data cannot be decoded") from error
        if len(points) > MOST_ROWS or len(faces) > MOST_ROWS:
            raise ValueError("a mesh is too large")
        normals = getattr(mesh, "normals", None)
        texture = getattr(mesh, "tex_coord", None)
        return (
            points.reshape(-1, 3),
            None if normals is None or len(normals) != len(points) else np.asarray(normals, np.float32),
            None if texture is None or len(texture) != len(points) else np.asarray(texture, np.float32),
            faces.reshape(-1, 3),
        )

    def _listed(self, name: str, number: Any) -> dict[str, Any]:
        every = self._document.get(name)
        if not isinstance(every, list) or type(number) is not int or not 0 <= number < len(every):
            raise ValueError(f"it names one of its {name} that is not there")
        one = every[number]
        if not isinstance(one, dict):
            raise ValueError(f"one of its {name} is no object")
        return one


def _meshopt(said: Any, body: bytes) -> bytes:
    """A view's bytes, decompressed."""
    try:
        import meshoptimizer
    except ImportError as error:
        raise _compressed("meshopt", MESHOPT, "meshoptimizer") from error
    try:
        start, size = int(said.get("byteOffset", 0)), int(said["byteLength"])
        stride, count, mode = int(said["byteStride"]), int(said["count"]), said["mode"]
        kept = said.get("filter", "NONE")
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError("its meshopt data is described wrongly") from error
    if said.get("buffer", 0) != 0 and said.get("buffer") is not None and not isinstance(said.get("buffer"), int):
        raise ValueError("its meshopt data lies nowhere")
    if start < 0 or size < 1 or start + size > len(body) or not 0 < count <= 3 * MOST_ROWS or not 0 < stride <= 256:
        raise ValueError("its meshopt data reaches beyond the file")
    data = body[start : start + size]
    try:
        if mode == "ATTRIBUTES":
            # The library makes room for `count` values of the type that is named, whatever the stride.
            rows = meshoptimizer.decode_vertex_buffer(count, stride, data, dtype=np.dtype((np.void, stride)))
            out = np.frombuffer(rows.tobytes(), np.uint8)
            if kept != "NONE":
                undo = {
                    "OCTAHEDRAL": meshoptimizer.decode_filter_oct,
                    "QUATERNION": meshoptimizer.decode_filter_quat,
                    "EXPONENTIAL": meshoptimizer.decode_filter_exp,
                }[kept]
                out = undo(np.ascontiguousarray(out), count, stride)
        elif mode == "TRIANGLES":
            out = meshoptimizer.decode_index_buffer(count, stride, data)
        elif mode == "INDICES":
            out = meshoptimizer.decode_index_sequence(count, stride, data)
        else:
            raise ValueError(f"its meshopt mode {mode!r} is not known")
    except Exception as error:  # the library raises its own kinds, and plain ones
        raise ValueError("its meshopt data cannot be decoded") from error
    return np.ascontiguousarray(out).tobytes()[: count * stride]


def _compressed(name: str, extension: str, library: str) -> BadDocument:
    return BadDocument(
        f"The file is compressed with {name} ({extension}), and {library} is not installed.",
        "Install countenance[goods], or export the file without compression.",
        code="tryon.glb_compressed",
    )
