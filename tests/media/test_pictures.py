"""Pictures in: upright, sRGB, eight bits, whatever the file; and a clear error for what is not one."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from countenance.errors import Damaged, EmptyFile, FileMissing, InputError, NotAPicture, TooLarge
from countenance.media.picture import read_picture


def corner_marked(width: int = 48, height: int = 32) -> Image.Image:
    """Grey with a red patch at the top left."""
    pixels = np.full((height, width, 3), 128, np.uint8)
    pixels[:12, :12] = (220, 30, 30)
    return Image.fromarray(pixels)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_obeyed(tmp_path: Path, orientation: int) -> None:
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = corner_marked()
    if orientation in undo:
        stored = stored.transpose(undo[orientation])
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored.save(tmp_path / "a.jpg", exif=exif, quality=95)
    picture = read_picture(tmp_path / "a.jpg")
    assert picture.pixels.shape == (32, 48, 3)
    assert picture.pixels[4, 4, 0] > 190 and picture.pixels[4, 4, 1] < 70


@pytest.mark.parametrize(
    ("mode", "name"),
    [
        *[("RGB", "a.jpg"), ("CMYK", "a.jpg"), ("L", "a.jpg"), ("L", "a.png"), ("P", "a.png"), ("RGB", "a.webp")],
        *[("1", "a.png"), ("RGB", "a.tiff"), ("CMYK", "a.tiff"), ("RGB", "a.bmp"), ("P", "a.gif")],
    ],
)
def test_modes_and_formats(tmp_path: Path, mode: str, name: str) -> None:
    corner_marked().convert(mode).save(tmp_path / name)
    picture = read_picture(tmp_path / name)
    assert picture.pixels.shape == (32, 48, 3) and picture.pixels.dtype == np.uint8
    if mode not in ("L", "1"):
        red, green, _ = (int(v) for v in picture.pixels[4, 4])
        assert red - green > 110


def test_sixteen_bits_are_scaled_not_clipped(tmp_path: Path) -> None:
    ramp = np.linspace(0, 65535, 64, dtype=np.uint16)[None].repeat(16, 0)
    Image.fromarray(ramp).save(tmp_path / "a.png")
    grey = read_picture(tmp_path / "a.png").pixels[0, :, 0].astype(int)
    assert grey[0] == 0 and grey[-1] == 255 and np.all(np.diff(grey) >= 0) and 120 < grey[32] < 136


def test_alpha_is_kept_beside_and_flattened(tmp_path: Path) -> None:
    image = corner_marked().convert("RGBA")
    image.putalpha(Image.fromarray(np.tile(np.linspace(0, 255, 48, dtype=np.uint8), (32, 1))))
    image.save(tmp_path / "a.png")
    picture = read_picture(tmp_path / "a.png")
    assert picture.alpha is not None and picture.alpha.shape == (32, 48)
    assert picture.flattened()[20, 0].tolist() == [255, 255, 255]
    assert picture.flattened()[20, -1].tolist() == [128, 128, 128]


def test_opaque_alpha_is_no_alpha(tmp_path: Path) -> None:
    corner_marked().convert("RGBA").save(tmp_path / "a.png")
    assert read_picture(tmp_path / "a.png").alpha is None


def test_a_colour_profile_is_applied(tmp_path: Path) -> None:
    swapped = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    plain = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    corner_marked().save(tmp_path / "a.png", icc_profile=plain.tobytes())
    assert read_picture(tmp_path / "a.png").pixels[20, 20].tolist() == [128, 128, 128]
    corner_marked().save(tmp_path / "b.png", icc_profile=swapped.tobytes())  # does not fit RGB: taken as it is
    assert read_picture(tmp_path / "b.png").pixels[20, 20].tolist() == [128, 128, 128]


def bomb(path: Path, side: int) -> None:
    """A PNG whose header claims side × side pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + body)


@pytest.mark.parametrize("side", [10_000, 100_000])
def test_bombs_are_refused_unread(tmp_path: Path, side: int) -> None:
    bomb(tmp_path / "a.png", side)
    with pytest.raises(TooLarge):
        read_picture(tmp_path / "a.png")


def test_what_is_no_picture(tmp_path: Path) -> None:
    with pytest.raises(FileMissing):
        read_picture(tmp_path / "none.jpg")
    (tmp_path / "empty.jpg").touch()
    with pytest.raises(EmptyFile):
        read_picture(tmp_path / "empty.jpg")
    (tmp_path / "text.jpg").write_text("not a picture")
    with pytest.raises(NotAPicture):
        read_picture(tmp_path / "text.jpg")
    with pytest.raises(InputError):
        read_picture(tmp_path)


def test_a_truncated_picture_is_damaged(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "a.jpg")
    whole = (tmp_path / "a.jpg").read_bytes()
    (tmp_path / "a.jpg").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(Damaged):
        read_picture(tmp_path / "a.jpg")


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, bytes]]:
    folder = tmp_path_factory.mktemp("damaged")
    out = {}
    for name in ("a.jpg", "a.png", "a.webp", "a.tiff", "a.gif"):
        corner_marked().save(folder / name)
        out[name] = (folder / name).read_bytes()
    return folder, out


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_damaged_pictures_never_surprise(samples: tuple[Path, dict[str, bytes]], data: st.DataObject) -> None:
    """Whatever is cut, flipped or put in: a picture, or an InputError with code and remedy."""
    folder, files = samples
    whole = bytearray(files[data.draw(st.sampled_from(sorted(files)))])
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(whole) - 1))
        whole[at] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(whole)))
    put = data.draw(st.binary(max_size=24))
    path = folder / "damaged"
    path.write_bytes(bytes(whole[:cut]) + put + (bytes(whole[cut:]) if data.draw(st.booleans()) else b""))
    try:
        picture = read_picture(path)
    except InputError as error:
        assert error.code.startswith("input.") and error.remedy and len(error.message.splitlines()) == 1
    else:
        assert picture.pixels.ndim == 3 and picture.pixels.dtype == np.uint8
