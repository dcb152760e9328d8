"""Text hidden in the lowest bits of a picture: `stealth pnginfo`, as NovelAI lays it into the alpha channel, and an
extension of Stable Diffusion web UI (neggles/sd-webui-stealth-pnginfo) into alpha or colours.

Column by column from the left, top to bottom, one bit a pixel (three in colours: red, green, blue): a word of 15
letters, 32 bits with the length in bits, the text, packed with gzip where the word says so
(NovelAI/novelai-image-metadata). Any lossy copy destroys it.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from countenance.verify.findings import Kind
from countenance.verify.readers.findings import OthersMark
from countenance.verify.readers.protocol import Material
from countenance.verify.statements import text as plain

MOST_TEXT = 1 << 20
_WORDS = {b"stealth_pnginfo": False, b"stealth_pngcomp": True, b"stealth_rgbinfo": False, b"stealth_rgbcomp": True}
_LENGTH = 15


class StealthReader:
    """Hidden text of generators."""

    name: ClassVar[str] = "stealth"
    title: ClassVar[str] = "stealth pnginfo (NovelAI)"
    kinds: ClassVar[frozenset[Kind]] = frozenset({"picture"})

    def read(self, material: Material) -> Sequence[OthersMark]:
        picture = material.picture
        if picture is None:
            return []
        found = None if picture.alpha is None else hidden_text(picture.alpha[..., None])
        where = "alpha channel"
        if found is None:
            found, where = hidden_text(picture.pixels), "lowest bits of the colours"
        if found is None:
            return []
        maker = "NovelAI" if "NovelAI" in found or '"signed_hash"' in found else "stealth pnginfo"
        # 120 fixed bits: by chance once in 2¹²⁰.
        return [OthersMark(self.name, "mark", "ai", maker, where, plain(found[:2000]), confidence=36.0)]


def hidden_text(channels: NDArray[np.uint8]) -> str | None:
    """The text in the lowest bits of (h, w, c) channels; None where there is none."""
    head = _bytes(channels, 0, _LENGTH + 4)
    packed = _WORDS.get(head[:_LENGTH])
    if packed is None or len(head) < _LENGTH + 4:
        return None
    size = int.from_bytes(head[_LENGTH:], "big") // 8
    if size == 0 or size > MOST_TEXT:
        return None
    data = _bytes(channels, _LENGTH + 4, size)
    if packed:
        try:
            data = zlib.decompressobj(wbits=31).decompress(data, MOST_TEXT)
        except zlib.error:
            return None
    text = data.decode("utf-8", "replace")
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return json.dumps(said, ensure_ascii=False)[:MOST_TEXT] if isinstance(said, dict) else text


def _bytes(channels: NDArray[np.uint8], start: int, count: int) -> bytes:
    """`count` bytes from byte `start` of the lowest bits; only the columns that hold them are touched."""
    height, width, depth = channels.shape
    column = height * depth  # bits
    if not column:
        return b""
    first, last = start * 8 // column, min(width, -(-(start + count) * 8 // column))
    bits = (channels[:, first:last] & 1).transpose(1, 0, 2).reshape(-1)
    skipped = start * 8 - first * column
    return np.packbits(bits[skipped : skipped + count * 8]).tobytes()
