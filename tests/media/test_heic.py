"""HEIC and AVIF: whole, in tiles, turned, mirrored, with a profile; damaged ones are refused, never half read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from countenance.errors import InputError, TooLarge
from countenance.media.picture import read_picture
from tests.media.heic import write_heic


def scene(width: int = 200, height: int = 144) -> np.ndarray:
    """Smooth, and different in each corner."""
    y, x = np.mgrid[0:height, 0:width]
    return np.stack([60 + 150 * x / width, 40 + 180 * y / height, 90 + 0.3 * (x + y)], axis=2).astype(np.uint8)


@pytest.mark.parametrize("tile", [0, 96])
@pytest.mark.parametrize("size", [(200, 144), (199, 143)])
def test_a_heic_is_read_whole_or_in_tiles(tmp_path: Path, tile: int, size: tuple[int, int]) -> None:
    picture = read_picture(write_heic(tmp_path / "a.heic", scene(*size), tile=tile))
    assert picture.format == "HEIC" and picture.pixels.shape == (size[1], size[0], 3) and picture.alpha is None
    assert np.abs(picture.pixels.astype(int) - scene(*size)).mean() < 2


@pytest.mark.parametrize("turns", [1, 2, 3])
@pytest.mark.parametrize("mirror", [None, 0, 1])
def test_it_is_laid_upright(tmp_path: Path, turns: int, mirror: int | None) -> None:
    path = write_heic(tmp_path / "a.heic", scene(), quarter_turns=turns, mirror=mirror)
    wanted = np.rot90(scene(), turns)
    if mirror is not None:
        wanted = wanted[:, ::-1] if mirror else wanted[::-1]
    pixels = read_picture(path).pixels
    assert pixels.shape == wanted.shape and np.abs(pixels.astype(int) - wanted).mean() < 2


def test_its_colour_profile_is_applied(tmp_path: Path) -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    pixels = read_picture(write_heic(tmp_path / "a.heic", scene(), icc=srgb)).pixels
    assert np.abs(pixels.astype(int) - scene()).mean() < 2


def test_one_with_too_many_pixels_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    with pytest.raises(TooLarge):
        read_picture(write_heic(tmp_path / "a.heic", scene()), most_pixels=10_000)


def test_avif(tmp_path: Path) -> None:
    Image.fromarray(scene()).save(tmp_path / "a.avif", quality=95)
    picture = read_picture(tmp_path / "a.avif")
    assert picture.format == "AVIF" and np.abs(picture.pixels.astype(int) - scene()).mean() < 3


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes]:
    folder = tmp_path_factory.mktemp("heic")
    return folder, write_heic(folder / "a.heic", scene(160, 96), tile=96).read_bytes()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_damaged_ones_never_surprise(whole: tuple[Path, bytes], data: st.DataObject) -> None:
    folder, good = whole
    spoilt = bytearray(good)
    for _ in range(data.draw(st.integers(1, 8))):
        spoilt[data.draw(st.integers(12, len(spoilt) - 1))] = data.draw(st.integers(0, 255))
    (folder / "b.heic").write_bytes(bytes(spoilt[: data.draw(st.integers(20, len(spoilt)))]))
    try:
        assert read_picture(folder / "b.heic").pixels.dtype == np.uint8
    except InputError as error:
        assert error.remedy
