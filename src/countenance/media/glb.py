"""The binary container of glTF 2.0: buffers with sparse accessors in, one file out; and a careful reader.

Khronos, "glTF 2.0 Specification", chapters 3.6 and 4. Knows nothing of heads, and opens no files.
"""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAGIC, VERSION, JSON_CHUNK, BIN_CHUNK = 0x46546C67, 2, 0x4E4F534A, 0x004E4942
MOST_BYTES = 64 << 20
MOST_JSON = 16 << 20
FLOAT, USHORT, UINT, UBYTE = 5126, 5123, 5125, 5121
ARRAY, ELEMENTS = 34962, 34963
_KINDS = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4", 16: "MAT4"}
_TYPES = {"float32": FLOAT, "uint16": USHORT, "uint32": UINT, "uint8": UBYTE}


class GlbWriter:
    """Collects buffers and accessors.

    Attributes:
        document: the JSON; everything but buffers, bufferViews and accessors is the caller's.
    """

    def __init__(self) -> None:
        self.document: dict[str, Any] = {}
        self._bytes = bytearray()
        self._views: list[dict[str, Any]] = []
        self._accessors: list[dict[str, Any]] = []

    def view(self, data: bytes, target: int | None = None) -> int:
        """The number of a new buffer view."""
        self._bytes += b"\0" * (-len(self._bytes) % 4)
        made: dict[str, Any] = {"buffer": 0, "byteOffset": len(self._bytes), "byteLength": len(data)}
        if target is not None:
            made["target"] = target
        self._views.append(made)
        self._bytes += data
        return len(self._views) - 1

    def accessor(self, values: NDArray[Any], *, target: int | None = None, bounds: bool = False) -> int:
        """The number of a new accessor over an array: (N,) or (N, C), float32, uint8, uint16 or uint32."""
        rows = np.ascontiguousarray(values)
        made = self._described(rows, bounds)
        made["bufferView"] = self.view(rows.tobytes(), target)
        self._accessors.append(made)
        return len(self._accessors) - 1

    def sparse(self, values: NDArray[np.float32], least: float) -> int:
        """As `accessor`, of (N, 3) float32 that are mostly zero: only rows longer than `least` are kept."""
        rows = np.where((np.abs(values).max(1) > least)[:, None], values, 0).astype(np.float32)
        made = self._described(rows, True)
        touched = np.flatnonzero(np.any(rows != 0, axis=1))
        if len(touched):
            made["sparse"] = {
                "count": len(touched),
                "indices": {"bufferView": self.view(touched.astype(np.uint16).tobytes()), "componentType": USHORT},
                "values": {"bufferView": self.view(rows[touched].tobytes())},
            }
        self._accessors.append(made)
        return len(self._accessors) - 1

    def _described(self, rows: NDArray[Any], bounds: bool) -> dict[str, Any]:
        width = 1 if rows.ndim == 1 else rows.shape[1]
        made: dict[str, Any] = {
            "componentType": _TYPES[rows.dtype.name],
            "count": len(rows),
            "type": _KINDS[width],
        }
        if bounds:
            flat = rows.reshape(len(rows), width)
            made["min"], made["max"] = flat.min(0).tolist(), flat.max(0).tolist()
        return made

    def written(self) -> bytes:
        """The file."""
        document = {
            **self.document,
            "accessors": self._accessors,
            "bufferViews": self._views,
            "buffers": [{"byteLength": len(self._bytes)}],
        }
        text = json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()
        text += b" " * (-len(text) % 4)
        body = bytes(self._bytes) + b"\0" * (-len(self._bytes) % 4)
        length = 12 + 8 + len(text) + 8 + len(body)
        return b"".join(
            [
                struct.pack("<III", MAGIC, VERSION, length),
                struct.pack("<II", len(text), JSON_CHUNK), text,
                struct.pack("<II", len(body), BIN_CHUNK), body,
            ]
        )  # fmt: skip


def read_glb(data: bytes) -> tuple[dict[str, Any], bytes]:
    """The JSON and the binary chunk of a file.

    Raises:
        ValueError: with half a sentence: it is none, it is larger than MOST_BYTES, or it contradicts itself.
    """
    if len(data) > MOST_BYTES:
        raise ValueError(f"it has {len(data):,} bytes, more than {MOST_BYTES:,}")
    if len(data) < 20 or struct.unpack_from("<I", data)[0] != MAGIC:
        raise ValueError("it is no binary glTF")
    _, version, length = struct.unpack_from("<III", data)
    if version != VERSION:
        raise ValueError(f"it is glTF {version}, not 2")
    if length > len(data):
        raise ValueError("it is cut short")
    document: dict[str, Any] | None = None
    body = b""
    at = 12
    while at + 8 <= length:
        size, kind = struct.unpack_from("<II", data, at)
        at += 8
        if at + size > length:
            raise ValueError("a chunk reaches beyond its end")
        if kind == JSON_CHUNK and document is None:
            if size > MOST_JSON:
                raise ValueError("its description is too long")
            try:
                read = json.loads(data[at : at + size])
            except (ValueError, RecursionError) as error:
                raise ValueError("its description is no JSON") from error
            if not isinstance(read, dict):
                raise ValueError("its description is no object")
            document = read
        elif kind == BIN_CHUNK and not body:
            body = data[at : at + size]
        at += size
    if document is None:
        raise ValueError("it holds no description")
    return document, body


def view_bytes(document: dict[str, Any], body: bytes, number: int) -> bytes:
    """The bytes of one buffer view. Raises ValueError."""
    try:
        view = document["bufferViews"][number]
        start, size = int(view.get("byteOffset", 0)), int(view["byteLength"])
        buffer = int(view["buffer"])
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise ValueError("a buffer view is not there") from error
    if number < 0 or buffer != 0 or start < 0 or size < 0 or start + size > len(body):
        raise ValueError("a buffer view reaches beyond the file")
    return body[start : start + size]


def image_bytes(document: dict[str, Any], body: bytes, number: int = 0) -> bytes:
    """An image's own bytes; only what lies in the file itself is read, no address is followed. Raises ValueError."""
    try:
        view = document["images"][number]["bufferView"]
    except (KeyError, IndexError, TypeError) as error:
        raise ValueError("it holds no such picture") from error
    if type(view) is not int:
        raise ValueError("its picture is nowhere in it")
    return view_bytes(document, body, view)
