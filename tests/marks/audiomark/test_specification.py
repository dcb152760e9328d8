"""docs/audiomark.md is what other teams build from: what it states is computed here from the code, or apart from it."""

from __future__ import annotations

import hashlib
import hmac
import re
from pathlib import Path

import numpy as np

from countenance.marks.audiomark import PUBLIC_KEY, cells, polar
from countenance.marks.audiomark.lattice import DELTA, ROW_WEIGHTS, TIME_SIGNS, band_edges, pattern
from tests.marks.audiomark.sounds import PAYLOAD, marked_speech

DOCUMENT = (Path(__file__).parents[3] / "docs" / "audiomark.md").read_text()


def _stated(line: str) -> str:
    row = next(row for row in DOCUMENT.splitlines() if row.startswith(f"| {line} "))
    return row.split("|")[2].strip().strip("`").replace("−", "-")


def test_the_patterns_vectors() -> None:
    laid = pattern(PUBLIC_KEY)
    dither = np.round(laid.dither * 65536)
    assert _stated("first dithers × 65,536") == ", ".join(str(int(v)) for v in dither.reshape(-1)[:8])
    assert _stated("first code bits carried (−1: pilot)") == ", ".join(map(str, laid.position.reshape(-1)[:12]))
    assert _stated("SHA-256 of all 832 dithers,") == hashlib.sha256(dither.astype(">u2").tobytes()).hexdigest()
    carried = hashlib.sha256(laid.position.astype(">i2").tobytes()).hexdigest()
    assert _stated("SHA-256 of all 832 carried bits,") == carried


def test_the_codes_vectors() -> None:
    places = " ".join(map(str, polar.information_places()))
    assert _stated("SHA-256 of the 112 places,") == hashlib.sha256(places.encode()).hexdigest()
    digest = hmac.new(PUBLIC_KEY, b"audiomark tag" + PAYLOAD.to_bytes(8, "big"), hashlib.sha256).hexdigest()
    assert _stated("tag of payload 0123456789abcdef") == digest[:12]
    assert f"{polar.tag(PAYLOAD, PUBLIC_KEY):012x}" == digest[:12]
    assert _stated("its code word") == np.packbits(polar.encode(PAYLOAD, PUBLIC_KEY)).tobytes().hex()


def test_the_code_is_the_transform_that_is_stated() -> None:
    kernel, matrix = np.array([[1, 0], [1, 1]]), np.ones((1, 1), int)
    for _ in range(9):
        matrix = np.kron(matrix, kernel)
    word = (PAYLOAD << 48) | polar.tag(PAYLOAD, PUBLIC_KEY)
    bits = np.zeros(512, int)
    bits[polar.information_places()] = [int(c) for c in f"{word:0112b}"]
    np.testing.assert_array_equal(bits @ matrix % 2, polar.encode(PAYLOAD, PUBLIC_KEY))


def test_the_bands_and_steps() -> None:
    stated = re.search(r"edges of the bands above 1,750 Hz: ([\d.,\s]+)\.\n", DOCUMENT)
    assert stated is not None
    numbers = [float(v) for v in stated[1].replace("\n", " ").split(",")]
    np.testing.assert_allclose(numbers, band_edges()[13:], atol=0.051)
    assert f"Δ(0…7) are {', '.join(f'{v:.1f}' for v in DELTA)} dB" in DOCUMENT


def test_symbols_read_as_the_formulas_say_lie_near_their_points() -> None:
    """A reading written from the document alone, without the code's analysis."""
    sound = np.pad(marked_speech()[:, 0].astype(float), (128, 256))
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(256) / 256)
    edges, levels = band_edges(), []
    for j in range(4 * 52 * 20 // 4):
        power = np.abs(np.fft.rfft(sound[64 * j : 64 * j + 256] * window)) ** 2
        borders = (np.arange(130) - 0.5) * 62.5
        running = np.interp(edges, borders, np.concatenate([[0], np.cumsum(power)]))
        levels.append(np.diff(running))
    weights = np.sin(np.pi * np.arange(1, 8) / 8) ** 2 / 4
    energy = np.apply_along_axis(lambda column: np.convolve(column, weights, mode="same"), 0, np.array(levels))
    level = 10 * np.log10(energy + 1e-12)
    np.testing.assert_allclose(
        level[10:-10], cells.levels(cells.power(marked_speech()[:, 0].astype(float)))[10 : len(level) - 10], atol=1e-6
    )
    laid, code = pattern(PUBLIC_KEY), polar.encode(PAYLOAD, PUBLIC_KEY)
    agreed = []
    for slot in range(1, 50):
        for row in range(8):
            cell = level[[20 * slot + 2 + 5 * t for t in range(4)]] @ ROW_WEIGHTS[row]
            if level[20 * slot + 2 : 20 * slot + 18, 4 * row : 4 * row + 4].min() < -40:
                continue
            for k in range(2):
                bit = 0 if laid.position[slot, row, k] < 0 else int(code[laid.position[slot, row, k]])
                value = float(cell @ TIME_SIGNS[k]) / 4
                agreed.append(np.cos(2 * np.pi * (value / DELTA[row] - laid.dither[slot, row, k] - bit / 2)))
    assert len(agreed) > 100
    assert np.mean(agreed) > 0.5
