"""PDQ as its reference program computes it: what that printed for these pictures, bit for bit."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from countenance.marking.pdq import pdq
from tests.portraits import grace_hopper_file

Picture = NDArray[np.uint8]


def hopper() -> Picture:
    return np.asarray(Image.open(grace_hopper_file()).convert("RGB"))


def blocks(rows: int, columns: int, size: int) -> Picture:
    coarse = np.random.default_rng(7).integers(0, 256, (rows, columns, 3), np.uint8)
    return coarse.repeat(size, axis=0).repeat(size, axis=1)


PICTURES = {
    "hopper": hopper(),
    "hopper, mirrored": np.ascontiguousarray(hopper()[:, ::-1]),
    "hopper, cropped": np.ascontiguousarray(hopper()[33:290, 101:410]),
    "blocks": blocks(9, 12, 31),
    "blocks of 64": blocks(8, 8, 8),
    "a strip": blocks(1, 40, 5),
    "flat": np.full((100, 100, 3), 200, np.uint8),
    "noise": np.random.default_rng(8).integers(0, 256, (200, 129, 3), np.uint8),
}
# By pdqhash 0.2.8, which binds the reference program.
REFERENCE = {
    "hopper": ("cc6c7cb9fbf7c44f31837672900233f3ffd9d012223ccdf561606309dd97c020", 100),
    "hopper, mirrored": ("9d7929fcaee2951a64d66367c55766a6388e8547776918a03475e65898d29555", 100),
    "hopper, cropped": ("30c7e4c780c8f6cbd2d2d3cbcf0e933d473d0b4b0f2fec208cb8ecc00897f0fc", 100),
    "blocks": ("39984eae876331b513c34eedad7aa5125285b112ec3cce4b789cb151c6679b69", 100),
    "blocks of 64": ("0c671933f078231dd932125bee445ec2625c21bd91bbed24a6cddce28f87e6cc", 100),
    "a strip": ("7ba76143fb6218daf39d6d8f4ba421f9db084221d82da54be9390ebc13629876", 100),
    "flat": ("0000113411342c4b2c4b554b11342c4b00000000000000002c4b13a01134585e", 0),
    "noise": ("5966798e2b82dab39dababaed333cb340458d1d182688a0da3536f741f318fd8", 100),
}


@pytest.mark.parametrize("name", PICTURES)
def test_bit_for_bit(name: str) -> None:
    bits, quality = pdq(PICTURES[name])
    assert (bits.hex(), quality) == REFERENCE[name]


def test_too_small_for_a_hash() -> None:
    assert pdq(np.zeros((4, 400, 3), np.uint8)) == (bytes(32), 0)
