"""Materials as the drawing kernels take them: one row of numbers each, and their textures in one stack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.tryon.colour import decoding
from countenance.tryon.eyewear_shade import (
    BLUE,
    COAT,
    COAT_ROUGH,
    F0,
    GREEN,
    MAP,
    METAL,
    RED,
    ROUGH,
    SURFACE,
    THROUGH,
    TINTED,
)  # fmt: skip
from countenance.tryon.glb_goods import Material
from countenance.tryon.glb_textures import Texture

Float32 = NDArray[np.float32]

SIDE = 256  # texels: glasses are small in pictures
SUN = 0.55  # of the light that a lens lets through, below which it is a sunglass


@dataclass(frozen=True)
class MaterialTable:
    """Materials.

    Attributes:
        rows: (K, 12) float32, columns as `eyewear_shade` names them.
        maps: (T, SIDE, SIDE, 4) float32; colours in linear light.
    """

    rows: Float32
    maps: Float32

    @classmethod
    def of(cls, materials: Sequence[Material]) -> MaterialTable:
        """The table of some materials, in their order."""
        rows = np.zeros((len(materials), 12), np.float32)
        maps: list[Float32] = []
        known: dict[tuple[int, bool], int] = {}

        def kept(texture: Texture | None, *, colour: bool) -> int:
            if texture is None:
                return -1
            if (id(texture), colour) in known:
                return known[id(texture), colour]
            small = cv2.resize(texture.pixels, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
            values = small.astype(np.float32) / 255
            if colour:
                values[..., :3] = decoding()[small[..., :3]]
            maps.append(values)
            known[id(texture), colour] = len(maps) - 1
            return len(maps) - 1

        for k, one in enumerate(materials):
            f0 = ((one.ior - 1) / (one.ior + 1)) ** 2
            rows[k, [RED, GREEN, BLUE]] = one.base[:3]
            rows[k, METAL], rows[k, ROUGH], rows[k, F0] = one.metallic, max(one.roughness, 0.04), f0
            rows[k, COAT], rows[k, COAT_ROUGH] = one.clearcoat, max(one.clearcoat_roughness, 0.04)
            through = one.transmission if one.transmission > 0 else 1 - one.base[3]
            rows[k, THROUGH] = through if one.clear else 0
            rows[k, TINTED] = float(one.clear and float(np.mean(one.base[:3])) < SUN)
            rows[k, MAP] = kept(one.colour_map, colour=True)
            rows[k, SURFACE] = kept(one.surface_map, colour=False)
        stack = np.stack(maps) if maps else np.ones((1, 1, 1, 4), np.float32)
        return cls(rows, np.ascontiguousarray(stack, np.float32))
