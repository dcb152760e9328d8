"""The invisible mark: written into frames, found again by anyone, whatever was done to the picture."""

from __future__ import annotations

import functools
from collections.abc import Callable
from itertools import pairwise

import cv2
import numpy as np
import pytest
from bench.watermark.attacks import cropped, curve, filmed, in_picture, resized, rotated
from bench.watermark.codecs import through
from numpy.typing import NDArray

from countenance.errors import ProvenanceError
from countenance.marks.watermark import (
    PUBLIC_KEY,
    SLOTS,
    STILL_STRENGTH,
    Watermark,
    WatermarkKey,
    detect,
    detect_all,
    free_slot,
    polar,
)
from countenance.marks.watermark.lattice import message_bits, read_message
from tests.portraits import grace_hopper

Pixels = NDArray[np.uint8]
PAYLOAD = 0x0123_4567_89AB_CDEF


@functools.lru_cache(maxsize=1)
def clip() -> list[Pixels]:
    """Four seconds of a photograph that drifts slowly, with noise of a camera: 512×480."""
    picture = grace_hopper().pixels[60:540, :512]
    random = np.random.default_rng(5)
    out = []
    for k in range(100):
        shift = np.float32([[1, 0, 0.02 * k], [0, 1, 0.01 * k]])
        moved = cv2.warpAffine(picture, shift, (512, 480), borderMode=cv2.BORDER_REFLECT)
        noise = random.normal(0, 0.6, moved.shape)
        out.append(np.clip(moved + noise, 0, 255).astype(np.uint8))
    return out


@functools.lru_cache(maxsize=1)
def marked() -> list[Pixels]:
    mark = Watermark(PAYLOAD)
    return [mark.embed(pixels) for pixels in clip()]


def test_the_mark_is_invisible_by_the_numbers_and_does_not_flicker() -> None:
    differences = [m.astype(int) - p for m, p in zip(marked(), clip(), strict=True)]
    psnr = 10 * np.log10(255**2 / np.mean([np.mean(d**2) for d in differences]))
    assert psnr >= 46.0
    still = np.mean([np.abs(a - b).mean() for a, b in pairwise(differences)])
    assert still < 0.35 * np.mean([np.abs(d).mean() for d in differences]), "the same pattern in every frame"


def test_found_in_what_was_written_and_after_h264() -> None:
    for frames in (marked(), through(marked(), crf=28)):
        found = detect(frames)
        assert found is not None and found.payload == PAYLOAD and found.confidence > 9
        assert (
            abs(found.geometry.scale - 1) < 0.01 and not found.geometry.flipped and abs(found.geometry.rotation) < 0.4
        )


ATTACKS: dict[str, Callable[[Pixels], Pixels]] = {
    "half size": resized(0.5),
    "wider": resized(1.1, 1.0),
    "cropped": cropped(0.85, (0.3, 0.6)),
    "turned 5°": rotated(5),
    "turned 90°": functools.partial(np.rot90, k=1),
    "flipped": lambda pixels: pixels[:, ::-1],
    "brighter": curve(lambda x: x * 1.2),
    "blurred": lambda pixels: cv2.GaussianBlur(pixels, (0, 0), 1.5),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_found_after(name: str) -> None:
    found = detect(through([np.ascontiguousarray(ATTACKS[name](pixels)) for pixels in marked()]))
    assert found is not None and found.payload == PAYLOAD
    told = found.geometry
    if name == "flipped":
        assert told.flipped
    if name == "turned 90°":
        assert abs(abs(told.rotation) - 90) < 1
    if name == "turned 5°":
        assert abs(abs(told.rotation) - 5) < 0.5
    if name == "wider":
        assert abs(told.aspect - 1.1) < 0.02
    if name == "cropped":
        assert abs(told.scale - 1 / 0.85) < 0.03


def test_found_in_a_window_of_another_picture() -> None:
    found = detect(in_picture(0.8)(marked()))
    assert found is not None and found.payload == PAYLOAD and abs(found.geometry.scale - 0.8) < 0.02


def test_found_in_a_screen_that_was_filmed_at_an_angle() -> None:
    found = detect(filmed(marked()[:60]))
    assert found is not None and found.payload == PAYLOAD
    assert abs(found.geometry.scale - 0.925) < 0.03 and abs(found.geometry.rotation) < 3


def test_texture_gets_no_more_than_the_mean_place_and_large_pictures_less() -> None:
    """Half of the picture smooth, half of it busy: the busy half is no licence to be loud."""
    rng = np.random.default_rng(8)
    pixels = np.full((512, 1024, 3), 128, np.uint8)
    pixels[:, 512:] = rng.integers(60, 200, (512, 512, 1), dtype=np.uint8)

    def strength(picture: Pixels) -> tuple[float, float]:
        added = Watermark(PAYLOAD).embed(picture)[..., 0].astype(float) - picture[..., 0]
        middle = picture.shape[1] // 2
        return float(added[:, :middle].std()), float(added[:, middle:].std())

    smooth, busy = strength(pixels)
    assert 0.4 < smooth < busy < 2 * smooth
    large, _ = strength(cv2.resize(pixels, None, fx=1.5, fy=1.5, interpolation=cv2.INTER_NEAREST))
    assert large < 0.75 * smooth


def test_nothing_is_found_where_there_is_nothing() -> None:
    assert detect(clip()) is None
    noise = np.random.default_rng(1).integers(0, 256, (24, 256, 320, 3), dtype=np.uint8)
    assert detect(noise) is None
    assert detect(np.full((8, 128, 128, 3), 90, np.uint8)) is None


def test_another_key_finds_nothing_and_two_keys_live_together() -> None:
    own = WatermarkKey.from_secret(b"a secret of sixteen bytes or more")
    assert detect(marked()[:24], key=own) is None
    second = Watermark(77, key=own)
    both = [second.embed(pixels) for pixels in marked()]
    ours, theirs = detect(both), detect(both, key=own)
    assert ours is not None and ours.payload == PAYLOAD
    assert theirs is not None and theirs.payload == 77


def test_a_second_mark_takes_a_free_slot_and_the_first_stays() -> None:
    slot = free_slot(marked())
    assert slot == 1
    again = Watermark(99, slot=slot)
    both = through([again.embed(pixels) for pixels in marked()])
    assert {found.payload for found in detect_all(both)} == {PAYLOAD, 99}


@pytest.mark.parametrize("size", [(64, 64), (97, 131), (480, 853)])
def test_odd_and_small_frames_are_marked(size: tuple[int, int]) -> None:
    pixels = cv2.resize(grace_hopper().pixels, size[::-1], interpolation=cv2.INTER_AREA)
    before = pixels.copy()
    out = Watermark(1).embed(pixels)
    assert out.shape == pixels.shape and np.array_equal(pixels, before) and (out != pixels).any()


def test_a_still_bears_it_through_jpeg() -> None:
    pixels = Watermark(PAYLOAD, strength=STILL_STRENGTH).embed(grace_hopper().pixels)
    ok, data = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 85])
    assert ok
    found = detect([np.ascontiguousarray(cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1])])
    assert found is not None and found.payload == PAYLOAD


def test_embedding_is_the_same_every_time() -> None:
    a, b = Watermark(5), Watermark(5)
    for pixels in clip()[:3]:
        assert np.array_equal(a.embed(pixels), b.embed(pixels))


@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        ("mark.payload", lambda: Watermark(1 << 64)),
        ("mark.payload", lambda: Watermark(-1)),
        ("mark.strength", lambda: Watermark(1, strength=9)),
        ("mark.slot", lambda: Watermark(1, slot=SLOTS)),
        ("mark.too_small", lambda: Watermark(1).embed(np.zeros((32, 200, 3), np.uint8))),
        ("mark.pixels", lambda: Watermark(1).embed(np.zeros((99, 99), np.uint8))),
        ("mark.key", lambda: WatermarkKey.from_secret(b"short")),
    ],
)
def test_what_cannot_be_marked_is_told(code: str, wrong: Callable[[], object]) -> None:
    with pytest.raises(ProvenanceError) as caught:
        wrong()
    assert caught.value.code == code and caught.value.remedy


def test_vectors_of_the_specification() -> None:
    """What another implementation must give; docs/watermark.md prints them."""
    bits = message_bits(PUBLIC_KEY, 0, PAYLOAD)
    assert "".join(map(str, bits[:64])) == f"{PAYLOAD:064b}"
    assert read_message(PUBLIC_KEY, 0, bits) == PAYLOAD
    spoilt = bits.copy()
    spoilt[3] ^= 1
    assert read_message(PUBLIC_KEY, 0, spoilt) is None
    code = polar.encode(bits)
    assert len(code) == polar.LENGTH
    assert any(
        (word == bits).all() for word in polar.decode(np.where(code, -1.0, 1.0).astype(np.float32), len(bits), 8)
    )


def test_a_right_tag_by_chance_is_rarer_than_one_in_a_thousand_million() -> None:
    """2⁻⁴⁸ a try, times every try that one clip makes at most, were all of them worth the long list."""
    from countenance.marks.watermark.detection import READ_AT_MOST, READINGS
    from countenance.marks.watermark.lattice import TAG_BITS
    from countenance.marks.watermark.perspective import FOLLOWED
    from countenance.marks.watermark.piecewise import STARTS
    from countenance.marks.watermark.reading import LIST, LONG_LIST

    # As laid, whole, stretched, in patches, in stretches of time; in three looks; straightened in the first.
    readings = SLOTS * (1 + 2 * READ_AT_MOST + STARTS + 1 + STARTS) * 3 + FOLLOWED
    assert readings == READINGS
    assert readings * (LIST + LONG_LIST) * 2.0**-TAG_BITS < 1e-9
