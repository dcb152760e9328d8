"""The parts on their own: the lattice, the code, the resampler."""

from __future__ import annotations

import numpy as np
import pytest

from countenance.marks.audiomark import polar
from countenance.marks.audiomark.lattice import (
    CODE_BITS,
    PILOTS,
    PUBLIC_KEY,
    ROW_WEIGHTS,
    TIME_SIGNS,
    band_edges,
    pattern,
)
from countenance.marks.audiomark.resampling import Resampler


def test_the_lattice_adds_up() -> None:
    laid = pattern(PUBLIC_KEY)
    assert np.count_nonzero(laid.pilots) == PILOTS
    carried = np.bincount(laid.position[laid.position >= 0], minlength=CODE_BITS)
    assert len(carried) == CODE_BITS
    assert sorted(set(carried.tolist())) == [1, 2]
    assert np.all((laid.dither >= 0) & (laid.dither < 1))
    # What raises everything alike, in time or in frequency, moves no symbol.
    np.testing.assert_allclose(TIME_SIGNS.sum(axis=1), 0)
    np.testing.assert_allclose(ROW_WEIGHTS.sum(axis=1), 0, atol=1e-12)
    assert np.all(np.diff(band_edges()) >= 120)


def test_keys_lay_different_patterns_and_the_public_one_never_changes() -> None:
    assert np.any(pattern(b"a").dither != pattern(b"b").dither)
    laid = pattern(PUBLIC_KEY)
    # Files in the world carry this pattern: a change here would orphan them.
    assert [round(float(value) * 65536) for value in laid.dither.reshape(-1)[:4]] == [29667, 59119, 3595, 44710]
    assert laid.position[0, :3].tolist() == [[202, -1], [51, 250], [352, 398]]


def test_a_code_word_survives_many_wrong_and_missing_bits() -> None:
    rng = np.random.default_rng(0)
    payload = 0xFEED_FACE_CAFE_F00D
    sent = 1 - 2.0 * polar.encode(payload, PUBLIC_KEY)
    llr = 4 * sent + rng.standard_normal(CODE_BITS) * 4
    llr[rng.random(CODE_BITS) < 0.2] = 0
    assert np.count_nonzero(llr * sent < 0) > 40
    assert polar.decode(llr, PUBLIC_KEY) == payload
    assert polar.decode(llr, b"another key") is None


def test_noise_decodes_to_nothing() -> None:
    rng = np.random.default_rng(0)
    assert all(polar.decode(rng.standard_normal(CODE_BITS), PUBLIC_KEY) is None for _ in range(50))


@pytest.mark.parametrize(("source", "target"), [(48000, 16000), (16000, 48000), (44100, 16000), (11025, 16000)])
def test_resampling_in_blocks_is_aligned_and_flat(source: int, target: int) -> None:
    seconds, tone = 0.5, 1234.0
    time = np.arange(int(seconds * source)) / source
    sound = np.sin(2 * np.pi * tone * time)[:, None]
    resampler = Resampler(source, target, 1)
    total = int(seconds * target)
    pieces = [resampler.push(block) for block in np.array_split(sound, [3, 500, 501, 7000])]
    made = np.concatenate([*pieces, resampler.finish(total)])[:, 0]
    assert len(made) == total
    expected = np.sin(2 * np.pi * tone * np.arange(total) / target)
    edge = target // 20
    np.testing.assert_allclose(made[edge:-edge], expected[edge:-edge], atol=2e-3)
