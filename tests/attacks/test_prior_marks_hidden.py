"""Marked inputs under another name: their marks are found by content, and an input that cannot be searched is told."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from countenance.errors import InputChanged
from countenance.marking.prior_marks import prior_marks
from countenance.marking.render_spec import Ingredient
from countenance.marking.video_exit import write_picture
from countenance.media.picture import read_picture
from countenance.media.source import pinned
from tests.exit_material import making, permit, picture, settings_in
from tests.media.heic import write_heic


@pytest.mark.parametrize(
    ("name", "role"),
    [("a.mp4", "source"), ("a.txt", "plate"), ("a", "source"),
     *(pytest.param(name, role, marks=pytest.mark.soak)
       for name in ("a.wav", "a.jpeg", "a.c2pa") for role in ("source", "plate"))],
)  # fmt: skip
def test_a_marked_picture_under_any_name(name: str, role: str, tmp_path: Path) -> None:
    made = write_picture(tmp_path / "m.png", picture(320, 256), permit(), making(), settings=settings_in(tmp_path))
    renamed = Path(shutil.copy(made.path, tmp_path / name))
    found = prior_marks([Ingredient(role, pinned(renamed))])
    assert [f"{payload:016x}" for payload in found.payloads] == [made.payload] and found.slot != 0


@pytest.mark.parametrize("ending", ["avif", "heic"])
def test_a_marked_picture_in_a_telephones_format(ending: str, tmp_path: Path) -> None:
    made = write_picture(tmp_path / "m.png", picture(320, 256), permit(), making(), settings=settings_in(tmp_path))
    pixels = np.array(Image.open(made.path).convert("RGB"))
    path = tmp_path / f"copy.{ending}"
    write_heic(path, pixels) if ending == "heic" else Image.fromarray(pixels).save(path, quality=80)
    found = prior_marks([Ingredient("source", pinned(path))])
    assert [f"{payload:016x}" for payload in found.payloads] == [made.payload] and not found.unsearched


def test_a_marked_picture_whose_colours_lie_in_its_transparency(tmp_path: Path) -> None:
    """Black all over, and as transparent as the picture is light: on white it is the marked picture to the bit."""
    made = write_picture(tmp_path / "m.png", picture(320, 256), permit(), making(), settings=settings_in(tmp_path))
    marked = np.array(Image.open(made.path).convert("L"))
    hidden = np.dstack([np.zeros((*marked.shape, 3), np.uint8), 255 - marked])
    path = tmp_path / "hidden.png"
    Image.fromarray(hidden).save(path)
    assert np.array_equal(read_picture(path).flattened()[..., 0], marked), "what would be drawn"
    found = prior_marks([Ingredient("source", pinned(path))])
    assert [f"{payload:016x}" for payload in found.payloads] == [made.payload] and found.slot != 0


def test_a_marked_driver_that_is_shown_beside_what_it_drives(tmp_path: Path) -> None:
    made = write_picture(tmp_path / "m.png", picture(320, 256), permit(), making(), settings=settings_in(tmp_path))
    driver = [Ingredient("driver", pinned(made.path))]
    assert [f"{payload:016x}" for payload in prior_marks(driver, beside=True).payloads] == [made.payload]
    assert not prior_marks(driver).payloads, "of a driver that is not shown only the motion goes in"


def test_what_cannot_be_searched_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"neither picture nor sound" * 50)
    found = prior_marks([Ingredient("source", pinned(path))])
    assert found.unsearched == ("source",) and "whether it bears marks is not known" in caplog.text


def test_an_input_exchanged_after_it_was_pinned(tmp_path: Path) -> None:
    made = write_picture(tmp_path / "m.png", picture(320, 256), permit(), making(), settings=settings_in(tmp_path))
    source = pinned(made.path)
    data = bytearray(made.path.read_bytes())
    data[len(data) // 2] ^= 1
    made.path.write_bytes(data)
    with pytest.raises(InputChanged):
        prior_marks([Ingredient("plate", source)])
