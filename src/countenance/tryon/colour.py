"""Colours of products: CIE Lab and hex to linear sRGB and back. Pure; knows nothing of pictures or faces.

CIE 15:2018 for Lab; IEC 61966-2-1 for sRGB; Bradford's matrix from D50 to D65 (ICC.1:2022, annex E).
"""

from __future__ import annotations

import re
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from countenance.errors import BadDocument

Float32 = NDArray[np.float32]

_TO_XYZ = np.array(
    [[0.4123908, 0.3575843, 0.1804808], [0.2126390, 0.7151687, 0.0721923], [0.0193308, 0.1191948, 0.9505322]]
)
_FROM_XYZ = np.linalg.inv(_TO_XYZ)
LUMINANCE = np.array([0.2126390, 0.7151687, 0.0721923], np.float32)
_WHITES = {"D65": np.array([0.95047, 1.0, 1.08883]), "D50": np.array([0.96422, 1.0, 0.82521])}
_BRADFORD = np.array(
    [[0.9555766, -0.0230393, 0.0631636], [-0.0282895, 1.0099416, 0.0210077], [0.0122982, -0.0204830, 1.3299098]]
)
FAR_OUT = 12.0  # ΔE between a colour and the nearest that a screen shows, beyond which it cannot be shown
STEPS = 16384  # entries of the table from linear light to sRGB


@lru_cache(maxsize=1)
def decoding() -> Float32:
    """(256,) linear light of each sRGB value."""
    v = np.arange(256) / 255
    return np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4).astype(np.float32)


@lru_cache(maxsize=1)
def encoding() -> NDArray[np.uint8]:
    """(STEPS,) sRGB value of linear light k / (STEPS − 1)."""
    v = np.arange(STEPS) / (STEPS - 1)
    coded = np.where(v <= 0.0031308, 12.92 * v, 1.055 * v ** (1 / 2.4) - 0.055)
    return np.asarray((coded * 255 + 0.5).astype(np.uint8))


def linear(pixels: NDArray[np.uint8]) -> Float32:
    """sRGB bytes → linear light in [0, 1], float32, of the same shape."""
    return decoding()[pixels]


def coded(light: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Linear light → sRGB bytes; what is beyond [0, 1] is clipped."""
    return encoding()[(np.clip(light, 0, 1) * (STEPS - 1) + 0.5).astype(np.int32)]


def lab_of(light: NDArray[np.floating]) -> NDArray[np.float64]:
    """Linear sRGB, (…, 3), → Lab under D65, (…, 3)."""
    t = np.asarray(light, np.float64) @ _TO_XYZ.T / _WHITES["D65"]
    f = np.where(t > 216 / 24389, np.cbrt(np.maximum(t, 0)), (24389 / 27 * t + 16) / 116)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], -1)


def from_lab(lab: NDArray[np.floating], illuminant: str = "D65") -> NDArray[np.float64]:
    """Lab, (3,), → linear sRGB, (3,), not clipped.

    Raises:
        BadDocument: tryon.colour: an illuminant that is not known.
    """
    if illuminant not in _WHITES:
        raise BadDocument(
            f"Lab under the illuminant {illuminant!r} is not read.", "Give it under D65 or D50.", code="tryon.colour"
        )
    level, a, b = np.asarray(lab, np.float64)
    fy = (level + 16) / 116
    f = np.array([fy + a / 500, fy, fy - b / 200])
    xyz = np.where(f**3 > 216 / 24389, f**3, (116 * f - 16) * 27 / 24389) * _WHITES[illuminant]
    if illuminant == "D50":
        xyz = _BRADFORD @ xyz
    return np.asarray(_FROM_XYZ @ xyz)


def colour(*, hex_code: str | None = None, lab: tuple[float, ...] | None = None, illuminant: str = "D65") -> Float32:
    """A product's colour as linear sRGB, (3,) in [0, 1].

    Args:
        hex_code: `#a01024`, read as sRGB; or
        lab: CIE Lab, of the 2° observer.
        illuminant: of the Lab: D65 or D50.

    Raises:
        BadDocument: tryon.colour: none, both, or one that no surface has or no screen shows.
    """
    if (hex_code is None) == (lab is None):
        raise _refused("A colour is given either as hex or as lab.")
    if hex_code is not None:
        if not re.fullmatch(r"#[0-9a-fA-F]{6}", hex_code):
            raise _refused(f"{hex_code!r} is no colour of six hexadecimal digits.")
        return linear(np.frombuffer(bytes.fromhex(hex_code[1:]), np.uint8))
    assert lab is not None
    if len(lab) != 3 or not all(np.isfinite(lab)):
        raise _refused("lab takes three numbers.")
    if not 0 <= lab[0] <= 100 or max(abs(lab[1]), abs(lab[2])) > 128:
        raise _refused(f"No surface has the colour Lab {tuple(lab)}.")
    exact = from_lab(np.array(lab), illuminant)
    shown = np.clip(exact, 0, 1)
    away = float(np.linalg.norm(lab_of(exact) - lab_of(shown)))
    if away > FAR_OUT:
        raise _refused(f"The colour Lab {tuple(lab)} lies ΔE {away:.0f} outside of what a screen can show.")
    return shown.astype(np.float32)


def difference(one: NDArray[np.floating], other: NDArray[np.floating]) -> NDArray[np.float64]:
    """ΔE*ab (1976) between linear colours, (…, 3) each."""
    return np.asarray(np.linalg.norm(lab_of(one) - lab_of(other), axis=-1))


def _refused(message: str) -> BadDocument:
    return BadDocument(message, 'Write "hex": "#a01024", or "lab": [35.1, 52.0, 24.3] under D65.', code="tryon.colour")
