"""The second layer of the picture mark: 24 bits, read where the number is not, and never out of nothing."""

from __future__ import annotations

import math

import cv2
import numpy as np
from bench.watermark.codecs import through

from countenance.marks.watermark import PUBLIC_KEY, MarkSearch, Watermark, detect, polar
from countenance.marks.watermark.lattice import lattice, message_bits, positions
from countenance.marks.watermark.prefix import (
    CHANCE,
    PREFIX_BITS,
    PREFIX_LENGTH,
    prefix_bits,
    prefix_fits,
    prefix_lattice,
    prefix_of,
    read_prefix,
)
from countenance.marks.watermark.reading import read, read_with_prefix
from tests.marks.watermark.test_mark import PAYLOAD, clip

PREFIX = 0x0A1B2C
WHERE = lattice(PUBLIC_KEY, 0)
VECTOR = ("01234504", [[7, 11], [-10, 2]])


def heard(prefix: int, loud: float, seed: int) -> np.ndarray:
    signs = 1.0 - 2.0 * polar.encode(prefix_bits(PUBLIC_KEY, 0, prefix), PREFIX_LENGTH)
    return (np.random.default_rng(seed).normal(0, 1, PREFIX_LENGTH) + loud * signs).astype(np.float32)


def test_vectors_of_the_specification() -> None:
    """docs/watermark.md prints them."""
    assert "".join(map(str, prefix_bits(PUBLIC_KEY, 0, 0x012345)[:24])) == f"{0x012345:024b}"
    value = int.from_bytes(np.packbits(prefix_bits(PUBLIC_KEY, 0, 0x012345)).tobytes(), "big")
    layer = prefix_lattice(PUBLIC_KEY, 0)
    assert (f"{value:08x}", layer.carriers[:2].tolist()) == VECTOR
    assert prefix_of(PAYLOAD) == 0x012345 and prefix_of(0x00FF << 48) == 0 and prefix_of(0x01 << 56) == 0x010000


def test_it_lies_where_neither_tones_nor_carriers_do() -> None:
    layer = {tuple(at) for at in prefix_lattice(PUBLIC_KEY, 2).carriers.tolist()}
    tones = {tuple(at) for at in lattice(PUBLIC_KEY, 2).tones.tolist()}
    assert len(layer) == PREFIX_LENGTH // 2 and not layer & tones
    assert not layer & {tuple(at) for at in positions()[1].tolist()}


def test_few_soft_bits_are_enough_and_fewer_where_it_is_expected() -> None:
    # 11.3 and 7.2 standard deviations, on average.
    unlisted = [read_prefix(prefix_fits(heard(PREFIX, 1.0, seed), WHERE)) for seed in range(20)]
    assert all(found is not None and found.prefix == PREFIX and not found.known for found in unlisted)
    known = (0, PREFIX)
    listed = [read_prefix(prefix_fits(heard(PREFIX, 0.5, seed), WHERE, known), known) for seed in range(20)]
    assert sum(found is not None and found.prefix == PREFIX for found in listed) >= 15
    assert not any(found is not None and found.prefix != PREFIX for found in listed)


def test_noise_says_nothing() -> None:
    known = tuple(range(1 << 16, (1 << 16) + 50))
    for seed in range(300):
        assert read_prefix(prefix_fits(heard(0, 0.0, seed), WHERE, known), known) is None


def test_chance_is_bounded() -> None:
    """A dozen readings a look, three looks in five places and one of all together: less than 1 in 200,000."""
    assert 12 * (3 * 5 + 1) * CHANCE < 5e-6
    assert (1 << PREFIX_BITS) * math.exp(-(8.3**2) / 2) < CHANCE < (1 << PREFIX_BITS) * math.exp(-(8.2**2) / 2)


def test_it_helps_to_read_the_number() -> None:
    signs = 1.0 - 2.0 * polar.encode(message_bits(PUBLIC_KEY, 0, PAYLOAD))
    alone = helped = 0
    for seed in range(40):
        soft = (np.random.default_rng(seed).normal(0, 1, polar.LENGTH) + 0.27 * signs).astype(np.float32)
        alone += read(soft, WHERE) == PAYLOAD
        helped += read_with_prefix(soft, [(9.0, prefix_of(PAYLOAD))], WHERE) == PAYLOAD
        assert read_with_prefix(soft, [(9.0, PREFIX)], WHERE) is None
    assert helped >= alone + 6


def test_places_say_together_what_none_says_alone() -> None:
    noise, mark = np.random.default_rng(3), Watermark(PAYLOAD)
    small = [mark.embed(cv2.resize(pixels, (192, 180), interpolation=cv2.INTER_AREA)) for pixels in clip()[:32:2]]
    loud = [np.clip(p + noise.normal(0, 30, p.shape), 0, 255).astype(np.uint8) for p in small]
    search = MarkSearch(known=())
    assert search.look(loud[:4]) is None and search.together() is None, "one place is no clip"
    assert [search.look(loud[first : first + 4]) for first in (4, 8, 12)] == [None] * 3
    found = search.together()
    assert found is not None and found.payload == PAYLOAD


def test_older_marks_are_read() -> None:
    """Marks laid before there was a second layer: the first is as it was."""
    mark = Watermark(PAYLOAD)
    mark._prefix_spectrum = (mark._prefix_spectrum[0], mark._prefix_spectrum[1] * 0)
    found = detect(through([mark.embed(pixels) for pixels in clip()[:50]]))
    assert found is not None and found.payload == PAYLOAD
