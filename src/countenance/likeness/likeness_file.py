"""The bytes of a `.likeness` file: a clear head that says nothing of anybody, and a sealed body. Pure.

    8 bytes   89 4C 4B 4E 0D 0A 1A 0A (PNG's trick: text transfers and 7-bit channels break it visibly)
    2         version, big endian
    16        the likeness's number, random
    8         length of what follows, big endian
    12 + n    nonce and AES-256-GCM of the body, bound to all that stands before it

The body is a JSON head with the lengths of the blobs behind it: textures as lossless WebP, float32 little endian for
numbers. `permission.likeness_keys` keeps the keys.
"""

from __future__ import annotations

import io
import json
import secrets
import struct
from dataclasses import asdict
from datetime import datetime
from typing import Any

import numpy as np
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from numpy.typing import NDArray
from PIL import Image

from countenance.errors import BadDocument
from countenance.face.identity import FaceTemplate
from countenance.face.topology import LANDMARKS
from countenance.likeness.coverage import Coverage
from countenance.likeness.value import Likeness, View

MAGIC = b"\x89LKN\r\n\x1a\n"
VERSION = 1
SUFFIX = ".likeness"
LARGEST = 1 << 30  # bytes; a likeness with a trained network has some tens of MiB
_HEAD = struct.Struct(">8sH16sQ")
HEAD_BYTES = _HEAD.size
_NONCE, _TAG = 12, 16
_SIDES = (64, 4096)
_MOST_VIEWS = 64


def is_likeness(head: bytes) -> bool:
    """Whether a file that begins so is, or was, a likeness."""
    return head.startswith(MAGIC)


def id_of(data: bytes, name: str = "the file") -> str:
    """The number in the clear head, 32 hex.

    Raises:
        BadDocument: likeness.format, likeness.version, likeness.truncated.
    """
    if not data.startswith(MAGIC[: max(1, len(data))]) or not data:
        raise BadDocument(
            f"{name} is no likeness.",
            "Give a .likeness file, as `countenance likeness create` writes it.",
            code="likeness.format",
        )
    if len(data) < HEAD_BYTES:
        raise _truncated(name)
    _, version, number, _ = _HEAD.unpack(data[:HEAD_BYTES])
    if version != VERSION:
        raise BadDocument(
            f"{name} is of version {version}; this Countenance reads version {VERSION}.",
            "Install a newer Countenance, or make the likeness again.",
            code="likeness.version",
        )
    return bytes(number).hex()


def sealed(likeness: Likeness, key: bytes) -> bytes:
    """A whole file. `key`: 32 bytes."""
    body = body_of(likeness)
    nonce = secrets.token_bytes(_NONCE)
    length = _NONCE + len(body) + _TAG
    head = _HEAD.pack(MAGIC, VERSION, bytes.fromhex(likeness.id), length)
    return head + nonce + AESGCM(key).encrypt(nonce, body, head)


def opened(data: bytes, key: bytes, name: str = "the file") -> bytes:
    """The body of a whole file.

    Raises:
        BadDocument: likeness.truncated, likeness.altered, and as `id_of`.
    """
    id_of(data, name)
    head, rest = data[:HEAD_BYTES], data[HEAD_BYTES:]
    length = _HEAD.unpack(head)[3]
    if len(rest) < length:
        raise _truncated(name)
    try:
        if len(rest) > length or length < _NONCE + _TAG:
            raise InvalidTag
        return AESGCM(key).decrypt(rest[:_NONCE], rest[_NONCE:], head)
    except InvalidTag as error:
        raise _altered(name) from error


def body_of(likeness: Likeness) -> bytes:
    """Everything in it, in clear: to be sealed, never written."""
    blobs = [likeness.template.to_bytes(), _numbers(likeness.shape), _numbers(likeness.light)]
    for view in likeness.views:
        blobs += [_picture(view.texture), _picture(view.seen)]
    if likeness.network is not None:
        blobs.append(likeness.network)
    said = {
        "name": likeness.name,
        "made_at": likeness.made_at.isoformat(),
        "grant_sha256": likeness.grant_sha256,
        "grant_id": likeness.grant_id,
        "takes": likeness.takes,
        "years": likeness.years,
        "warnings": list(likeness.warnings),
        "material": list(likeness.material),
        "coverage": None if likeness.coverage is None else asdict(likeness.coverage),
        "views": [[view.yaw, view.pitch, view.smile, view.jaw] for view in likeness.views],
        "iris": None if likeness.iris is None else [round(float(v), 4) for v in likeness.iris],
        "irises": None if likeness.irises is None else [[round(float(v), 4) for v in one] for one in likeness.irises],
        "network": likeness.network is not None,
        "blobs": [len(blob) for blob in blobs],
    }
    text = json.dumps(said, ensure_ascii=False).encode()
    return struct.pack(">I", len(text)) + text + b"".join(blobs)


def said_in(body: bytes, name: str = "the file") -> dict[str, Any]:
    """The JSON head of a body: cheap, without textures. Raises BadDocument: likeness.altered."""
    try:
        (length,) = struct.unpack(">I", body[:4])
        said = json.loads(body[4 : 4 + length])
        if not isinstance(said, dict) or sum(said["blobs"]) != len(body) - 4 - length:
            raise ValueError("lengths")
    except (ValueError, KeyError, TypeError, struct.error, RecursionError) as error:
        raise _altered(name) from error
    return said


def likeness_in(body: bytes, number: str, name: str = "the file") -> Likeness:
    """The value that `body_of` packed.

    Args:
        body: in clear.
        number: from the head.
        name: of the file, for errors.

    Raises:
        BadDocument: likeness.altered.
    """
    said = said_in(body, name)
    (at,) = struct.unpack(">I", body[:4])
    at += 4
    blobs = []
    for length in said["blobs"]:
        blobs.append(body[at : at + length])
        at += length
    try:
        poses = said["views"]
        if not 1 <= len(poses) <= _MOST_VIEWS or len(blobs) != 3 + 2 * len(poses) + bool(said["network"]):
            raise ValueError("views")
        views: list[View] = []
        for k, (yaw, pitch, smile, jaw) in enumerate(poses):
            texture, seen = _decoded(blobs[3 + 2 * k], "RGB"), _decoded(blobs[4 + 2 * k], "L")
            if texture.shape[:2] != seen.shape or (views and texture.shape != views[0].texture.shape):
                raise ValueError("sides")
            views.append(View(texture, seen, float(yaw), float(pitch), float(smile), float(jaw)))
        coverage = said["coverage"]
        return Likeness(
            id=number,
            name=str(said["name"]),
            made_at=datetime.fromisoformat(said["made_at"]),
            grant_sha256=str(said["grant_sha256"]),
            template=FaceTemplate.from_bytes(blobs[0]),
            shape=np.frombuffer(blobs[1], "<f4").reshape(LANDMARKS, 3).astype(np.float32),
            views=tuple(views),
            light=np.frombuffer(blobs[2], "<f4").reshape(9, 3).astype(np.float32),
            takes=int(said["takes"]),
            years=float(said["years"]),
            warnings=tuple(map(str, said["warnings"])),
            grant_id=str(said["grant_id"]),
            material=tuple(map(str, said["material"])),
            coverage=None if coverage is None else _coverage(coverage),
            iris=None if said.get("iris") is None else _floats(said["iris"], (3,)),
            irises=None if said.get("irises") is None else _floats(said["irises"], (2, 3)),
            network=blobs[-1] if said["network"] else None,
        )
    except (ValueError, KeyError, TypeError, OSError, Image.DecompressionBombError) as error:
        raise _altered(name) from error


def _floats(said: Any, shape: tuple[int, ...]) -> NDArray[np.float32]:
    return np.array(said, np.float32).reshape(shape)


def _coverage(said: dict[str, Any]) -> Coverage:
    return Coverage(
        counts=tuple(tuple(int(v) for v in row) for row in said["counts"]),
        quality=tuple(tuple(float(v) for v in row) for row in said["quality"]),
        lights=tuple((str(k), int(v)) for k, v in said["lights"]),
        files=(int(said["files"][0]), int(said["files"][1])),
        looks=int(said["looks"]),
        dropped=tuple((str(k), int(v)) for k, v in said["dropped"]),
        missing=tuple(map(str, said["missing"])),
    )


def _numbers(values: NDArray[np.floating]) -> bytes:
    return np.asarray(values, "<f4").tobytes()


def _picture(pixels: NDArray[np.uint8]) -> bytes:
    """Lossless WebP: smaller than PNG, six times as fast. Higher methods save a quarter more, at 0.4 s a view."""
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(buffer, "WEBP", lossless=True, method=0, exact=True)
    return buffer.getvalue()


def _decoded(data: bytes, mode: str) -> NDArray[np.uint8]:
    with Image.open(io.BytesIO(data), formats=("WEBP",)) as image:
        if image.width != image.height or not _SIDES[0] <= image.width <= _SIDES[1]:
            raise ValueError("side")
        return np.array(image.convert(mode), np.uint8)


def _truncated(name: str) -> BadDocument:
    return BadDocument(
        f"{name} is not whole: its end is missing.", "Copy it again, or make it again.", code="likeness.truncated"
    )


def _altered(name: str) -> BadDocument:
    return BadDocument(
        f"{name} was altered since it was written, or its key is another's.",
        "Restore it from a copy, or make it again.",
        code="likeness.altered",
    )
