"""Textures of a product's GLB: PNG, JPEG and WebP that lie in the file, bounded before they are decoded."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.media.glb import image_bytes
from countenance.tryon.glb_nodes import objects

MOST_IMAGES = 64
MOST_TEXTURE = 4096 * 4096  # pixels of all textures in sum


@dataclass(frozen=True, eq=False)
class Texture:
    """(h, w, 4) uint8, RGBA."""

    pixels: NDArray[np.uint8]


class Textures:
    """The textures of one file, each decoded once, within one budget. Args: as `media.glb.read_glb` gives them."""

    def __init__(self, document: dict[str, Any], body: bytes) -> None:
        self._document, self._body = document, body
        self._read: dict[int, Texture] = {}
        self._left = MOST_TEXTURE

    def get(self, said: Any) -> Texture | None:
        """The texture that a material names; None where it names none. Raises ValueError with half a sentence."""
        if not isinstance(said, dict):
            return None
        if said.get("texCoord", 0) != 0:
            raise ValueError("a texture uses other coordinates than the first")
        texture = objects(self._document, "textures")[said["index"]]
        number = texture.get("extensions", {}).get("EXT_texture_webp", {}).get("source", texture.get("source"))
        if type(number) is not int:
            raise ValueError("a texture is of a kind that is not read")
        if number not in self._read:
            data = np.frombuffer(image_bytes(self._document, self._body, number), np.uint8)
            size = _image_size(data.tobytes())
            if size is None or len(self._read) >= MOST_IMAGES or size[0] * size[1] > self._left:
                raise ValueError("its textures are too large or no PNG, JPEG or WebP")
            self._left -= size[0] * size[1]
            decoded = cv2.imdecode(data, cv2.IMREAD_UNCHANGED)
            if decoded is None:
                raise ValueError("a texture is damaged")
            if decoded.dtype == np.uint16:
                decoded = (decoded >> 8).astype(np.uint8)
            if decoded.ndim == 2:
                rgba = cv2.cvtColor(decoded, cv2.COLOR_GRAY2RGBA)
            else:
                rgba = cv2.cvtColor(decoded, cv2.COLOR_BGRA2RGBA if decoded.shape[2] == 4 else cv2.COLOR_BGR2RGBA)
            self._read[number] = Texture(np.ascontiguousarray(rgba))
        return self._read[number]


def _image_size(data: bytes) -> tuple[int, int] | None:
    """Width and height before anything is decoded."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP")) as image:
            return image.size
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
