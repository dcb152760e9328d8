"""Files with notes and marks of others, made as the tools make them."""

from __future__ import annotations

import gzip
import io
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, PngImagePlugin

from countenance.media.frames import Pixels
from countenance.verify.readers import Material, OthersFinding, read_others
from countenance.verify.sampling import open_source
from tests.exit_material import picture

PARAMETERS = "a face\nNegative prompt: dog\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 99, Size: 512x512"


def others(path: Path, seconds: float = 30.0) -> OthersFinding:
    """What the installed readers find."""
    source = open_source(path)
    try:
        return read_others(Material(path, source, until=time.monotonic() + seconds))
    finally:
        source.close()


def png(path: Path, pixels: Pixels | None = None, *, packed: bool = False, **texts: str) -> Path:
    """A PNG with text chunks."""
    info = PngImagePlugin.PngInfo()
    for key, text in texts.items():
        info.add_text(key, text, zip=packed)
    Image.fromarray(picture(96, 80, seed=3) if pixels is None else pixels).save(path, pnginfo=info)
    return path


def xmp(body: str) -> bytes:
    """An XMP packet."""
    return (
        '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
        'xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" '
        'xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" '
        f'xmlns:TC260="http://www.tc260.org.cn/ns/AIGC/1.0/">{body}</rdf:Description></rdf:RDF></x:xmpmeta>'
        '<?xpacket end="w"?>'
    ).encode()


def jpeg(
    path: Path, *, exif: dict[int, Any] | None = None, sub: dict[int, Any] | None = None, packet: bytes = b""
) -> Path:
    """A JPEG with EXIF in both directories, and XMP."""
    written = Image.Exif()
    for tag, value in (exif or {}).items():
        written[tag] = value
    written.get_ifd(0x8769).update(sub or {})
    extra: dict[str, Any] = {"exif": written} if exif or sub else {}
    if packet:
        extra["xmp"] = packet
    Image.fromarray(picture(96, 80, seed=4)).save(path, "JPEG", quality=90, **extra)
    return path


CAMERA: dict[str, dict[int, Any]] = {
    "exif": {0x010F: "Canon", 0x0110: "Canon EOS 5D"},
    "sub": {0x829A: 1 / 125, 0x829D: 2.8, 0x8827: 200},
}


def dwt_dct(pixels: Pixels, bits: NDArray[np.uint8]) -> Pixels:
    """A picture marked as invisible-watermark's `dwtDct` marks it, by its algorithm."""
    import cv2

    height, width = pixels.shape[0] // 8 * 8, pixels.shape[1] // 8 * 8
    yuv = cv2.cvtColor(pixels, cv2.COLOR_RGB2YUV)
    plane = yuv[:height, :width, 1].astype(np.float64)
    a, b, c, d = plane[0::2, 0::2], plane[0::2, 1::2], plane[1::2, 0::2], plane[1::2, 1::2]
    low = (a + b + c + d) / 2
    raised = low.copy()
    number = 0
    for row in range(low.shape[0] // 4):
        for column in range(low.shape[1] // 4):
            block = raised[4 * row : 4 * row + 4, 4 * column : 4 * column + 4]
            at = 1 + int(np.argmax(np.abs(block.reshape(-1)[1:])))
            value = block[at // 4, at % 4]
            block[at // 4, at % 4] = (value // 36 + 0.25 + 0.5 * bits[number % len(bits)]) * 36
            number += 1
    change = (raised - low) / 2  # of the four pixels alike
    plane += np.kron(change, np.ones((2, 2)))
    yuv[:height, :width, 1] = np.clip(np.round(plane), 0, 255)
    return np.asarray(cv2.cvtColor(yuv, cv2.COLOR_YUV2RGB), np.uint8)


def stealth(path: Path, text: str, *, packed: bool = True, word: bytes = b"stealth_pngcomp") -> Path:
    """A PNG with text in the lowest bits of its alpha channel."""
    data = gzip.compress(text.encode()) if packed else text.encode()
    bits = np.unpackbits(np.frombuffer(word + (len(data) * 8).to_bytes(4, "big") + data, np.uint8))
    pixels = picture(120, 100, seed=5)
    flat = np.full(pixels.shape[0] * pixels.shape[1], 255, np.uint8)
    flat[: len(bits)] = 254 | bits
    Image.fromarray(np.dstack([pixels, flat.reshape(pixels.shape[1], pixels.shape[0]).T])).save(path)
    return path


def aigc(label: str = "1", producer: str = "doubao") -> str:
    """The label of GB 45438-2025."""
    return json.dumps({"Label": label, "ContentProducer": producer, "ProduceID": "x", "ReservedCode1": ""})


def png_bytes(chunks: list[tuple[bytes, bytes]]) -> bytes:
    """A PNG of one pixel with chunks before its picture."""
    import zlib

    kept = io.BytesIO()
    Image.new("RGB", (64, 64)).save(kept, "PNG")
    plain = kept.getvalue()
    added = b"".join(
        len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big") for kind, data in chunks
    )
    return plain[:33] + added + plain[33:]
