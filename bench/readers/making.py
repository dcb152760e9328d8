"""Marks and notes as the tools make them: by the tool's own code where its package is here, else by its algorithm."""

from __future__ import annotations

import gzip
import importlib.util
import io
import json
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path
from types import ModuleType

import numpy as np
from numpy.typing import NDArray
from PIL import Image, PngImagePlugin

from countenance.media.frames import Pixels
from countenance.verify.readers import perth
from countenance.verify.readers.dwt_dct import Message


def _package_file(distribution: str, member: str) -> Path | None:
    """A file of an installed distribution, or of a folder on the path that holds it."""
    try:
        found = next((one for one in files(distribution) or [] if str(one) == member), None)
        if found is not None:
            return Path(str(found.locate()))
    except PackageNotFoundError:
        pass
    spec = importlib.util.find_spec(member.partition("/")[0])
    places = list(spec.submodule_search_locations or []) if spec else []
    return next((one for one in (Path(place).parent / member for place in places) if one.is_file()), None)


def own_dwt_dct() -> ModuleType | None:
    """invisible-watermark's own module, loaded without the package, whose first line asks for torch."""
    path = _package_file("invisible-watermark", "imwatermark/maxDct.py")
    if path is None or importlib.util.find_spec("pywt") is None:
        return None
    spec = importlib.util.spec_from_file_location("invisible_watermark_max_dct", path)
    if spec is None or spec.loader is None:
        return None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def dwt_dct(pixels: Pixels, message: Message, module: ModuleType) -> Pixels:
    """A picture marked by the tool's own code."""
    bgr = np.ascontiguousarray(pixels[..., ::-1])
    marked = module.EmbedMaxDct(list(message.bits), wmLen=len(message.bits)).encode(bgr)
    return np.ascontiguousarray(marked[..., ::-1])


def perth_marked(samples: NDArray[np.float32], weights: dict[str, NDArray[np.float32]]) -> NDArray[np.float32]:
    """Mono sound at 32 kHz marked by Perth's own encoder network, whose weights lie in the decoder's file."""
    spectrum = perth.spectrogram(samples)
    levels = perth.levels(spectrum)
    band = slice(0, perth.SUBBAND)
    levels[band] += perth.layers(levels[band], weights, "encoder.layers") * perth.loud(levels)
    span = perth.HEADROOM_DB - perth.FLOOR_DB
    magnitude = 10 ** np.minimum((levels * span + perth.FLOOR_DB) / 20, 10)
    pieces = np.fft.irfft((magnitude * np.exp(1j * np.angle(spectrum))).T, perth.WINDOW, axis=1)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(perth.WINDOW) / perth.WINDOW)
    out = np.zeros(len(samples) + 2 * perth.WINDOW)
    weight = np.zeros_like(out)
    for index, piece in enumerate(pieces):
        at = slice(index * perth.HOP, index * perth.HOP + perth.WINDOW)
        out[at] += piece * window
        weight[at] += window**2
    start = perth.WINDOW // 2
    return np.asarray((out / np.maximum(weight, 1e-8))[start : start + len(samples)], np.float32)


def stealth(pixels: Pixels, text: str) -> bytes:
    """A PNG with text in the lowest bits of its alpha, packed, as NovelAI lays it."""
    packed = gzip.compress(text.encode())
    data = b"stealth_pngcomp" + (len(packed) * 8).to_bytes(4, "big") + packed
    bits = np.unpackbits(np.frombuffer(data, np.uint8))
    height, width = pixels.shape[:2]
    flat = np.full(height * width, 255, np.uint8)
    flat[: len(bits)] = 254 | bits
    alpha = flat.reshape(width, height).T
    kept = io.BytesIO()
    Image.fromarray(np.dstack([pixels, alpha])).save(kept, "PNG")
    return kept.getvalue()


def with_text(pixels: Pixels, **texts: str) -> bytes:
    """A PNG with notes."""
    info = PngImagePlugin.PngInfo()
    for key, text in texts.items():
        info.add_itxt(key.replace("__", ":").replace("_adobe_", ".adobe."), text)
    kept = io.BytesIO()
    Image.fromarray(pixels).save(kept, "PNG", pnginfo=info)
    return kept.getvalue()


def xmp(body: str) -> str:
    """An XMP packet around properties."""
    return (
        '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
        'xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" '
        f'xmlns:TC260="http://www.tc260.org.cn/ns/AIGC/1.0/">{body}</rdf:Description></rdf:RDF></x:xmpmeta>'
    )


PARAMETERS = "a face\nNegative prompt: dog\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 99, Size: 512x512"
_GRAPH = json.dumps({"3": {"class_type": "KSampler", "inputs": {"seed": 1}}})
_SOURCE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
_AIGC = json.dumps({"Label": "1", "ContentProducer": "001191", "ProduceID": "x"})

NOTES: dict[str, Callable[[Pixels], bytes]] = {
    "web UI, parameters": lambda p: with_text(p, parameters=PARAMETERS),
    "ComfyUI, prompt": lambda p: with_text(p, prompt=_GRAPH),
    "InvokeAI": lambda p: with_text(p, invokeai_metadata='{"positive_prompt": "a"}'),
    "NovelAI": lambda p: with_text(p, Software="NovelAI", Comment='{"prompt": "a"}'),
    "Midjourney": lambda p: with_text(p, Description="a --v 6 Job ID: a7421d2f-b262-44f9-977c-ac23e9c7d3e3"),
    "IPTC digitalSourceType": lambda p: with_text(
        p, XML__com_adobe_xmp=xmp(f"<Iptc4xmpExt:DigitalSourceType>{_SOURCE}</Iptc4xmpExt:DigitalSourceType>")
    ),
    "AIGC (GB 45438)": lambda p: with_text(p, XML__com_adobe_xmp=xmp(f"<TC260:AIGC>{_AIGC}</TC260:AIGC>")),
    "stealth pnginfo": lambda p: stealth(p, json.dumps({"Software": "NovelAI", "Comment": "{}"})),
}
