"""invisible-watermark's mark: found as the tool lays it, cut, and darkened; never where there is none."""

from __future__ import annotations

import numpy as np
import pytest

from countenance.verify.readers.dwt_dct import MESSAGES, SURE, agreement
from tests.exit_material import picture
from tests.verify.readers.noted import dwt_dct

BASE = picture(640, 512, seed=1)


@pytest.mark.parametrize("message", MESSAGES, ids=lambda one: one.maker)
def test_found_as_it_left_and_cut(message: object) -> None:
    marked = dwt_dct(BASE, message.bits)  # type: ignore[attr-defined]
    for pixels in (marked, np.ascontiguousarray(marked[21:-30, 45:-13])):
        found = agreement(pixels)
        assert found is not None and found.maker == message.maker and found.confidence >= SURE  # type: ignore[attr-defined]
        assert found.cut == (pixels is not marked)


def test_another_message_is_none_of_these() -> None:
    bits = np.random.default_rng(5).integers(0, 2, 48).astype(np.uint8)
    assert agreement(dwt_dct(BASE, bits)) is None


def test_nothing_where_nothing_is() -> None:
    rng = np.random.default_rng(0)
    for seed in range(6):
        assert agreement(picture(400, 320, seed=seed)) is None
        assert agreement(rng.integers(0, 256, (320, 400, 3), np.uint8)) is None
    for value in (0, 128, 255):
        assert agreement(np.full((320, 320, 3), value, np.uint8)) is None
    stripes = np.tile(np.repeat([40, 200], 8).astype(np.uint8), (320, 20))
    assert agreement(np.dstack([stripes] * 3)) is None
    assert agreement(np.zeros((100, 100, 3), np.uint8)) is None  # the tool lays none so small


def test_the_tool_s_own_code_is_read() -> None:
    from bench.readers.making import dwt_dct as laid
    from bench.readers.making import own_dwt_dct

    module = own_dwt_dct()
    if module is None:
        pytest.skip("invisible-watermark and pywavelets are not here")
    for message in MESSAGES:
        found = agreement(laid(BASE, message, module))
        assert found is not None and found.maker == message.maker
