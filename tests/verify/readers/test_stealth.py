"""Text hidden in the lowest bits of a picture."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
from PIL import Image

from countenance.verify.readers.stealth import MOST_TEXT, hidden_text
from tests.exit_material import picture
from tests.verify.readers.noted import others, stealth

SAID = json.dumps({"Software": "NovelAI", "Comment": "{}"})


def test_packed_and_plain(tmp_path: Path) -> None:
    plain = stealth(tmp_path / "b.png", "Steps: 20", packed=False, word=b"stealth_pnginfo")
    for path, maker in ((stealth(tmp_path / "a.png", SAID), "NovelAI"), (plain, "stealth pnginfo")):
        (one,) = others(path).found
        assert (one.strength, one.claim, one.maker, one.where) == ("mark", "ai", maker, "alpha channel")


def test_in_the_colours(tmp_path: Path) -> None:
    pixels = picture(120, 100, seed=5)
    data = b"stealth_rgbinfo" + (9 * 8).to_bytes(4, "big") + b"Steps: 20"
    bits = np.unpackbits(np.frombuffer(data, np.uint8))
    columns = pixels.transpose(1, 0, 2).reshape(-1).copy()
    columns[: len(bits)] = (columns[: len(bits)] & 254) | bits
    hidden = columns.reshape(120, 100, 3).transpose(1, 0, 2)
    Image.fromarray(np.ascontiguousarray(hidden)).save(tmp_path / "a.png")
    assert [one.text for one in others(tmp_path / "a.png").found] == ["Steps: 20"]


def test_a_bomb_and_a_lie_about_its_length() -> None:
    huge = hidden_text(_alpha(gzip.compress(b"a" * (64 << 20))))
    assert huge is None or len(huge) <= MOST_TEXT
    assert hidden_text(_alpha(b"x" * 10, said=0xFFFFFFFF)) is None
    assert hidden_text(_alpha(b"x" * 10, said=0)) is None
    assert hidden_text(_alpha(b"no gzip at all")) is None
    assert hidden_text(np.zeros((0, 0, 1), np.uint8)) is None


def _alpha(data: bytes, said: int | None = None) -> np.ndarray:
    head = b"stealth_pngcomp" + (len(data) * 8 if said is None else said).to_bytes(4, "big")
    bits = np.unpackbits(np.frombuffer(head + data, np.uint8))
    side = int(np.ceil(np.sqrt(len(bits)))) + 1
    flat = np.full(side * side, 254, np.uint8)
    flat[: len(bits)] |= bits
    return flat.reshape(side, side).T[..., None]
