"""High dynamic range down to sRGB: telephones film in HLG, cinemas in PQ, and a face must not come out grey.

Transfer functions: ITU-R BT.2100-3 (PQ after SMPTE ST 2084, HLG with its OOTF at 1000 cd/m²); graphics white of
203 cd/m² after ITU-R BT.2408. Highlights above a knee are rolled off; hue is kept by scaling all channels alike.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.media.frames import Pixels

FloatArray = NDArray[np.float32]

PQ, HLG = 16, 18  # FFmpeg's AVColorTransferCharacteristic
BT2020 = 9  # AVColorPrimaries
WHITE = 203.0  # cd/m² that become sRGB's white, but for the knee
PEAK = 1000.0  # cd/m² of an HLG display
KNEE = 0.75

BT2020_TO_BT709 = np.array(
    [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]], np.float32
)
BT2020_LUMINANCE = np.array([0.2627, 0.6780, 0.0593], np.float32)


def is_hdr(frame: Any) -> bool:
    """Whether a decoded PyAV frame says that it is PQ or HLG."""
    return int(frame.color_trc or 0) in (PQ, HLG)


@lru_cache(maxsize=2)
def _to_light(transfer: int) -> FloatArray:
    """(65536,): code value → light; cd/m² over WHITE for PQ, scene light in [0, 1] for HLG."""
    e = np.linspace(0, 1, 65536)
    if transfer == PQ:
        m1, m2, c1, c2, c3 = 2610 / 16384, 2523 / 32, 3424 / 4096, 2413 / 128, 2392 / 128
        p = e ** (1 / m2)
        return np.asarray(10_000 / WHITE * (np.maximum(p - c1, 0) / (c2 - c3 * p)) ** (1 / m1), np.float32)
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    return np.asarray(np.where(e <= 0.5, e**2 / 3, (np.exp((e - c) / a) + b) / 12), np.float32)


@lru_cache(maxsize=1)
def _to_srgb() -> NDArray[np.uint8]:
    """(4096,): light in [0, 1] → sRGB's eight bits (IEC 61966-2-1)."""
    v = np.linspace(0, 1, 4096)
    encoded = np.where(v <= 0.0031308, 12.92 * v, 1.055 * np.maximum(v, 1e-9) ** (1 / 2.4) - 0.055)
    return np.asarray((encoded * 255).round(), np.uint8)


def tone_mapped(codes: NDArray[np.uint16], transfer: int, primaries: int = BT2020) -> Pixels:
    """An HDR picture as sRGB.

    Args:
        codes: (h, w, 3) uint16, full-range R'G'B' code values.
        transfer: PQ or HLG.
        primaries: BT2020, or anything else for BT.709's.

    Returns:
        (h, w, 3) uint8.
    """
    light = _to_light(transfer)[codes]
    if transfer == HLG:
        luminance = np.maximum(light @ BT2020_LUMINANCE, 1e-6)
        light = light * (luminance**0.2)[..., None] * np.float32(PEAK / WHITE)
    if primaries == BT2020:
        light = cv2.transform(light, BT2020_TO_BT709)
    top = np.maximum(light.max(2), 1e-6)
    rolled = np.where(top > KNEE, KNEE + (1 - KNEE) * (1 - np.exp(-(top - KNEE) / (1 - KNEE))), top)
    light = np.clip(light * (rolled / top)[..., None], 0, 1)
    return np.asarray(_to_srgb()[(light * 4095 + 0.5).astype(np.uint16)], np.uint8)


def hdr_to_rgb(frame: Any, width: int | None = None, height: int | None = None) -> Pixels:
    """(height, width, 3) uint8 sRGB of a PyAV frame that is PQ or HLG; its own size where none is given."""
    codes = frame.reformat(width, height, format="rgb48le", src_colorspace=frame.colorspace).to_ndarray()
    return tone_mapped(np.asarray(codes, np.uint16), int(frame.color_trc), int(frame.color_primaries or 0))
