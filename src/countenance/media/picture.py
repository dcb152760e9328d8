"""Reading pictures: upright, in sRGB, eight bits. Knows nothing of faces."""

from __future__ import annotations

import io
import struct
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from countenance.errors import Damaged, NotAPicture, TooLarge
from countenance.media.frames import Pixels
from countenance.media.heif import is_heic, read_heic
from countenance.media.source import Source, pinned

MOST_PIXELS = 64_000_000
FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "AVIF")  # JPEG takes MPO, phones' two-picture files, too


@dataclass(frozen=True)
class Picture:
    """A still.

    Attributes:
        pixels: (h, w, 3) uint8 sRGB, upright; where there is alpha, as stored, not premultiplied.
        alpha: (h, w) uint8, or None where every pixel is opaque.
        format: Pillow's name of the file format.
    """

    pixels: Pixels
    alpha: NDArray[np.uint8] | None
    format: str

    def flattened(self, background: tuple[int, int, int] = (255, 255, 255)) -> Pixels:
        """(h, w, 3) uint8: laid over a plain background."""
        if self.alpha is None:
            return self.pixels
        a = self.alpha[..., None].astype(np.float32) / 255
        return np.asarray((self.pixels * a + np.array(background, np.float32) * (1 - a) + 0.5).astype(np.uint8))


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Through the picture's own colour profile where it has one, else by Pillow's conversion."""
    if profile and image.mode in ("RGB", "CMYK", "L"):
        try:
            converted = ImageCms.profileToProfile(
                image,
                ImageCms.ImageCmsProfile(io.BytesIO(profile)),
                ImageCms.createProfile("sRGB"),
                outputMode="RGB",
                renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            )
            if converted is not None:
                return converted
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass  # a broken profile says nothing: take the numbers as they are
    return image.convert("RGB")


def _eight_bits(image: Image.Image) -> Image.Image:
    """16-bit and float greys scaled to 8 bits; Pillow would clip them."""
    if image.mode not in ("I", "F", "I;16", "I;16B", "I;16L", "I;16N"):
        return image
    values = np.asarray(image, np.float64)
    top = 65535.0 if values.max(initial=0.0) > 255 else (255.0 if values.max(initial=0.0) > 1 else 1.0)
    return Image.fromarray((np.clip(values / top, 0, 1) * 255).round().astype(np.uint8), "L")


def read_picture(given: Source | Path | str, *, most_pixels: int = MOST_PIXELS) -> Picture:
    """A picture from a file.

    Args:
        given: pinned, or pinned now.
        most_pixels: pictures with more are refused.

    Raises:
        FileMissing, EmptyFile, NotAFile, InputChanged, NotAPicture, Damaged, TooLarge.
    """
    path, limit = pinned(given), most_pixels
    with path.open() as file:
        if is_heic(file.read(128)):
            pixels, icc = read_heic(file, path.name, limit)
            return Picture(np.array(_to_srgb(Image.fromarray(pixels), icc), np.uint8), None, "HEIC")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with path.open() as file, Image.open(file, formats=FORMATS) as image:
                width, height = image.size
                if width * height > limit:
                    raise TooLarge(f"{path.name} has {width}×{height} pixels; {limit / 1e6:.0f} million are allowed.")
                name = image.format or "?"
                profile: Any = image.info.get("icc_profile")
                image.load()
                upright = ImageOps.exif_transpose(image)
                return _decoded(_eight_bits(upright), profile, name)
    except TooLarge:
        raise
    except UnidentifiedImageError as error:
        raise NotAPicture(f"{path.name} is not a picture that can be read.") from error
    except Image.DecompressionBombError as error:
        raise TooLarge(f"{path.name} claims more pixels than are allowed.") from error
    except (OSError, SyntaxError, ValueError, IndexError, KeyError, TypeError, struct.error, MemoryError) as error:
        raise Damaged(f"{path.name} is damaged: {error}.") from error


def _decoded(image: Image.Image, profile: bytes | None, name: str) -> Picture:
    alpha: NDArray[np.uint8] | None = None
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        with_alpha = image.convert("RGBA")
        channel = np.asarray(with_alpha.getchannel("A"), np.uint8)
        alpha = None if bool((channel == 255).all()) else channel.copy()
        image = with_alpha.convert("RGB")
    pixels = np.array(_to_srgb(image, profile), np.uint8)
    return Picture(pixels, alpha, name)
