"""Pictures out: every kind marked, signed, in colour, with transparency where it can be had."""

from __future__ import annotations

import errno
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

import countenance
from countenance.errors import BadOption, OutputExists, OutputFormat, OutputFull, PermissionRefused
from countenance.files import sha256_file
from countenance.marking.manifest_signing import _RecordingFile
from countenance.marking.unsynthesised_picture import write_unaltered_picture
from countenance.marking.video_exit import write_picture
from countenance.marks.watermark import detect
from countenance.media.frames import Pixels
from tests.exit_material import making, permit, picture, settings_in

KINDS = [("out.png", "image/png"), ("out.jpg", "image/jpeg"), ("out.JPEG", "image/jpeg"), ("out.webp", "image/webp")]


def read(path: Path) -> Pixels:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"), np.uint8)


@pytest.mark.parametrize(("name", "media_type"), KINDS)
def test_marked_signed_and_the_same_picture(tmp_path: Path, name: str, media_type: str) -> None:
    pixels = picture(512, 384)
    receipt = write_picture(tmp_path / name, pixels, permit(), making(), settings=settings_in(tmp_path))
    assert (receipt.state, receipt.frames, receipt.marks, receipt.sidecar) == ("Trusted", 1, ("picture",), None)
    with Image.open(tmp_path / name) as image:
        assert Image.MIME[image.format or ""] == media_type and image.size == (512, 384)
        assert image.info["icc_profile"]
    shown = read(tmp_path / name)
    found = detect([shown])
    assert found is not None and f"{found.payload:016x}" == receipt.payload
    above_the_label = np.s_[:300]
    error = np.mean((shown[above_the_label].astype(float) - pixels[above_the_label]) ** 2)
    assert 10 * np.log10(255**2 / error) > 38
    assert receipt.sha256 == sha256_file(tmp_path / name)


def test_a_busy_picture_is_marked_so_that_its_middle_leads_back(tmp_path: Path) -> None:
    noise = np.random.default_rng(5).normal(128, 1, (90, 90, 3)).astype(np.float32)
    busy = cv2.resize(noise, (360, 360), interpolation=cv2.INTER_CUBIC) - 128
    pixels = np.clip(128 + 23 * busy, 0, 255).astype(np.uint8)
    receipt = write_picture(tmp_path / "out.png", pixels, permit(), making(), settings=settings_in(tmp_path))
    Image.fromarray(read(tmp_path / "out.png")[45:-45, 45:-45]).save(tmp_path / "sent.jpg", quality=80)
    found = detect([read(tmp_path / "sent.jpg")])
    assert found is not None and f"{found.payload:016x}" == receipt.payload


@pytest.mark.parametrize("name", ["out.png", "out.webp"])
def test_transparency_is_kept_but_not_under_the_label(tmp_path: Path, name: str) -> None:
    alpha = np.zeros((384, 512), np.uint8)
    alpha[:, :256] = 255
    write_picture(tmp_path / name, picture(512, 384), permit(), making(), alpha=alpha, settings=settings_in(tmp_path))
    with Image.open(tmp_path / name) as image:
        kept = np.asarray(image)[..., 3]
    assert np.array_equal(kept[:340], alpha[:340]) and kept[350:380, 420:].max() > 210


def test_pictures_that_cannot_be_written(tmp_path: Path) -> None:
    settings, pixels = settings_in(tmp_path), picture()
    for name, bad, more in (
        ("out.gif", pixels, {}),
        ("out.tiff", pixels, {}),
        ("out", pixels, {}),
        ("out.png", pixels.astype(np.float32), {}),
        ("out.png", pixels[..., 0], {}),
        ("out.png", pixels[:0], {}),
        ("out.png", pixels, {"alpha": np.zeros((3, 3), np.uint8)}),
        ("out.jpg", pixels, {"alpha": np.zeros(pixels.shape[:2], np.uint8)}),
        ("out.png", picture(32, 32), {}),
        ("out.webp", np.zeros((64, 16384, 3), np.uint8), {}),
    ):
        with pytest.raises((OutputFormat, BadOption)):
            write_picture(tmp_path / name, bad, permit(), making(), settings=settings, **more)  # type: ignore[arg-type]
    with pytest.raises(PermissionRefused):
        write_picture(tmp_path / "out.png", pixels, permit(use="swap"), making(), settings=settings)
    (tmp_path / "out.png").write_bytes(b"before")
    with pytest.raises(OutputExists):
        write_picture(tmp_path / "out.png", pixels, permit(), making(), settings=settings)
    assert (tmp_path / "out.png").read_bytes() == b"before" and not list(tmp_path.glob(".*part*"))
    write_picture(tmp_path / "out.png", pixels, permit(), making(), settings=settings, overwrite=True)


def test_a_full_disk_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    (tmp_path / "out.png").write_bytes(b"before")
    monkeypatch.setattr(_RecordingFile, "__init__", full)
    with pytest.raises(OutputFull):
        write_picture(
            tmp_path / "out.png", picture(), permit(), making(), settings=settings_in(tmp_path), overwrite=True
        )
    assert (tmp_path / "out.png").read_bytes() == b"before"
    assert {p.name for p in tmp_path.iterdir()} == {"out.png", "home"}


def test_a_picture_in_which_nothing_was_made_bears_no_mark(tmp_path: Path) -> None:
    source = tmp_path / "source.png"
    Image.fromarray(picture(512, 384)).save(source)
    write_unaltered_picture(tmp_path / "boxes.png", picture(512, 384), source)
    assert detect([read(tmp_path / "boxes.png")]) is None and b"c2pa" not in (tmp_path / "boxes.png").read_bytes()


def test_only_the_choice_of_a_face_and_a_table_are_written_unmarked() -> None:
    """Whoever writes unmarked pictures is named here: none of it was drawn by an engine. The sheet of a likeness is a
    table of counts, drawn without a single pixel of anybody: see tests/likeness/test_coverage.py."""
    root = Path(countenance.__file__).parent
    users = {
        str(path.relative_to(root))
        for path in root.rglob("*.py")
        if "write_unaltered_picture(" in path.read_text() and "def write_unaltered_picture" not in path.read_text()
    }
    assert users == {"cli/faces.py", "likeness/library/coverage_sheet.py"}
