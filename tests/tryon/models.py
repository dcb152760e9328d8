"""Demo frames as GLB, and ways to spoil them."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from countenance.media.glb import read_glb
from countenance.tryon.demo_frames import DESIGNS, frame_glb


@lru_cache(maxsize=8)
def glb(number: int = 0) -> bytes:
    return frame_glb(DESIGNS[number])


def rewritten(data: bytes, change: Callable[[dict[str, Any]], None], body: bytes | None = None) -> bytes:
    """The file with its JSON changed."""
    document, old = read_glb(data)
    change(document)
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    blob = old if body is None else body
    blob += b"\0" * (-len(blob) % 4)
    document_length = 12 + 8 + len(text) + 8 + len(blob)
    return (
        struct.pack("<III", 0x46546C67, 2, document_length)
        + struct.pack("<II", len(text), 0x4E4F534A) + text
        + struct.pack("<II", len(blob), 0x004E4942) + blob
    )  # fmt: skip
