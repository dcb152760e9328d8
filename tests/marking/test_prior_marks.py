"""Outputs as inputs: the marks that were there stay, their manifests are kept, and the record names them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from countenance.files import sha256_file
from countenance.marking.prior_marks import prior_marks
from countenance.marking.render_receipt import Receipt
from countenance.marking.render_registry import Registry
from countenance.marking.render_spec import Ingredient
from countenance.marking.video_exit import VideoOutput, write_picture
from countenance.marks.watermark import SLOTS, STILL_STRENGTH, Watermark, detect_all
from countenance.media.frames import Pixels
from countenance.media.picture import read_picture
from countenance.media.source import pinned
from countenance.media.video import open_video
from tests.exit_material import frames, making, permit, picture, picture_file, settings_in
from tests.marking.test_manifest import store_of


def again(folder: Path, source: Path, name: str, *, role: str = "plate") -> Receipt:
    """A picture made of a picture, its pixels as they are."""
    made = making(ingredients=(Ingredient(role, pinned(source)),))
    pixels = read_picture(source).pixels
    leave = permit({role: sha256_file(source)})
    return write_picture(folder / name, pixels, leave, made, settings=settings_in(folder))


def payloads(pixels: Pixels) -> set[str]:
    return {f"{found.payload:016x}" for found in detect_all([pixels])}


@pytest.mark.parametrize("role", ["plate", "source"])
def test_the_first_mark_outlives_the_second(tmp_path: Path, role: str) -> None:
    first = write_picture(tmp_path / "one.png", picture(640, 512), permit(), making(), settings=settings_in(tmp_path))
    second = again(tmp_path, first.path, "two.png", role=role)
    assert payloads(read_picture(second.path).pixels) == {first.payload, second.payload}
    with Registry.open(settings_in(tmp_path)) as registry:
        record = registry.by_payload(int(second.payload, 16))
    assert record is not None and record.parents == (first.payload,)
    store = store_of(second.path, "image/png")
    assert set(store["manifests"]) == {first.manifest_id, second.manifest_id}


def test_one_mark_too_many_never_costs_the_first(tmp_path: Path) -> None:
    """As many marks as there are slots lie side by side; one more replaces the newest."""
    pixels = picture(640, 512)
    for slot in range(SLOTS):
        pixels = Watermark(1000 + slot, slot=slot, strength=STILL_STRENGTH).embed(pixels)
    receipt = again(tmp_path, picture_file(tmp_path / "full.png", pixels), "more.png")
    seen = payloads(read_picture(receipt.path).pixels)
    assert seen == {*(f"{1000 + slot:016x}" for slot in range(SLOTS - 1)), receipt.payload}
    with Registry.open(settings_in(tmp_path)) as registry:
        record = registry.by_payload(int(receipt.payload, 16))
    assert record is not None and set(record.parents) == {f"{1000 + slot:016x}" for slot in range(SLOTS)}


def test_a_marked_video_as_a_plate(tmp_path: Path) -> None:
    rate, settings = Fraction(10), settings_in(tmp_path)

    def made(path: Path, source: Any, permitted: Any, what: Any) -> Receipt:
        with VideoOutput(path, permitted, what, width=512, height=384, rate=rate, settings=settings) as out:
            for frame in source:
                out.write(frame)
        return out.receipt

    first = made(tmp_path / "one.mp4", frames(16, rate, picture(512, 384)), permit(), making())
    second = made(
        tmp_path / "two.mp4",
        open_video(first.path).frames(),
        permit({"plate": first.sha256}),
        making(ingredients=(Ingredient("plate", pinned(first.path)),)),
    )
    found = {f"{d.payload:016x}" for d in detect_all(f.pixels for f in open_video(second.path).frames())}
    assert found == {first.payload, second.payload}
    assert "MODIFIED" in second.label and "GENERATED" in first.label


def test_only_pixels_that_come_out_again_are_looked_at(tmp_path: Path) -> None:
    first = write_picture(tmp_path / "one.png", picture(512, 384), permit(), making(), settings=settings_in(tmp_path))
    found = prior_marks([Ingredient("plate", pinned(first.path))])
    assert (found.payloads, found.slot) == ((int(first.payload, 16),), 1)
    for role in ("driver", "voice"):
        assert prior_marks([Ingredient(role, pinned(first.path))]).payloads == ()
    bare = picture_file(tmp_path / "bare.png")
    assert prior_marks([]).slot == prior_marks([Ingredient("source", pinned(bare))]).slot == 0


def test_inputs_that_cannot_be_looked_at_stop_nothing(tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("no video")
    (tmp_path / "cut.png").write_bytes(picture_file(tmp_path / "whole.png").read_bytes()[:200])
    Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(tmp_path / "tiny.png")
    for name in ("text.mp4", "cut.png", "tiny.png"):
        assert prior_marks([Ingredient("source", pinned(tmp_path / name))]).payloads == ()


def test_a_manifest_that_a_copy_lost_is_found_again(tmp_path: Path) -> None:
    """A copy without its manifest, re-encoded: the mark leads to the record, and the record's manifest is kept."""
    first = write_picture(tmp_path / "one.png", picture(640, 512), permit(), making(), settings=settings_in(tmp_path))
    Image.fromarray(read_picture(first.path).pixels).save(tmp_path / "copy.jpg", quality=85)
    second = again(tmp_path, tmp_path / "copy.jpg", "two.png")
    store = store_of(second.path, "image/png")
    assert second.state == "Trusted" and set(store["manifests"]) == {first.manifest_id, second.manifest_id}
    [ingredient] = store["manifests"][second.manifest_id]["ingredients"]
    assert ingredient["active_manifest"] == first.manifest_id
    failed = [found["code"] for found in ingredient["validation_results"]["activeManifest"]["failure"]]
    assert failed == ["assertion.dataHash.mismatch"], "it says that the copy was changed since"
