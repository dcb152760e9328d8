"""MP4, M4V and MOV hold their manifest; WebM, into which C2PA has no way, gets it beside: no file is without one."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import av
import c2pa
import numpy as np
import pytest

from countenance.errors import OutputExists, OutputFormat
from countenance.files import sha256_file
from countenance.marking.bindings import PICTURE_ALGORITHM, SOUND_ALGORITHM, payload_of
from countenance.marking.containers import PICTURE, SOUND, VIDEO, picture_type, sound_type, video_container
from countenance.marking.manifest_signing import describe
from countenance.marking.render_receipt import Receipt
from countenance.marking.render_registry import Registry
from countenance.marking.render_spec import Ingredient
from countenance.marking.video_exit import VideoOutput, write_picture
from countenance.marks import audiomark, watermark
from countenance.media.audio import open_sound
from countenance.media.source import pinned
from countenance.media.video import open_video
from tests.exit_material import Clicks, frames, making, permit, picture, settings_in
from tests.marking.test_manifest import active, said, store_of
from tests.marking.test_sounds import Hum

pytestmark = pytest.mark.usefixtures("inputs_without_marks")
RATE = Fraction(10)


def made(path: Path, *, overwrite: bool = False) -> Receipt:
    with VideoOutput(
        path, permit(), making(), width=160, height=128, rate=RATE, audio=Clicks(48000, 1, 1.0, (0.3,)),
        settings=settings_in(path.parent), overwrite=overwrite,
    ) as out:  # fmt: skip
        for frame in frames(10, RATE):
            out.write(frame)
    return out.receipt


@pytest.mark.parametrize("ending", [".mp4", ".m4v", ".mov", ".MOV"])
def test_the_manifest_is_inside(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"out{ending}"
    receipt = made(path)
    media_type = video_container(path).media_type
    assert receipt.sidecar is None and receipt.state == "Trusted"
    with path.open("rb") as file, c2pa.Reader(media_type, file) as reader:
        read = json.loads(reader.json())
    assert read["active_manifest"] == receipt.manifest_id and read["validation_state"] == "Valid"
    with av.open(str(path)) as container:
        assert [s.type for s in container.streams] == ["video", "audio"]
        assert sum(1 for _ in container.decode(video=0)) == 10
    flipped = bytearray(path.read_bytes())
    flipped[flipped.index(b"mdat") + 100] ^= 1
    (tmp_path / "flipped").write_bytes(flipped)
    with (tmp_path / "flipped").open("rb") as file, c2pa.Reader(media_type, file) as reader:
        assert reader.get_validation_state() == "Invalid"


def test_webm_gets_it_beside_and_it_holds_for_that_file_alone(tmp_path: Path) -> None:
    receipt = made(tmp_path / "out.webm")
    assert receipt.sidecar == tmp_path / "out.c2pa"
    store = receipt.sidecar.read_bytes()
    with Registry.open(settings_in(tmp_path)) as registry:
        record = registry.by_payload(int(receipt.payload, 16))
    assert record is not None and record.manifest == store and record.file_sha256 == receipt.sha256
    whole = (tmp_path / "out.webm").read_bytes()
    for content, wanted in ((whole, "Valid"), (whole[:-3] + b"abc", "Invalid")):
        (tmp_path / "copy.webm").write_bytes(content)
        with (tmp_path / "copy.webm").open("rb") as file, c2pa.Reader("video/webm", file, store) as reader:
            assert reader.get_validation_state() == wanted


def test_neither_file_nor_manifest_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "out.c2pa").write_bytes(b"mine")
    with pytest.raises(OutputExists):
        made(tmp_path / "out.webm")
    assert (tmp_path / "out.c2pa").read_bytes() == b"mine" and not (tmp_path / "out.webm").exists()
    receipt = made(tmp_path / "out.webm", overwrite=True)
    assert receipt.sidecar is not None and receipt.sidecar.stat().st_size > 4000


def test_endings() -> None:
    for name in VIDEO:
        assert video_container(Path(f"a{name.upper()}")) is VIDEO[name]
    for name in PICTURE:
        assert picture_type(Path(f"a{name}")) == PICTURE[name]
    assert sound_type(Path("a.WAV")) == SOUND[".wav"]
    for ask in (video_container, picture_type, sound_type):
        for bad in ("a", "a.avi", "a.mp4.exe", ".mp4"):
            with pytest.raises(OutputFormat, match=r"not written") as refused:
                ask(Path(bad))
            assert "." in refused.value.remedy


@pytest.mark.parametrize("ending", [".mp4", ".webm"])
def test_pictures_and_made_sound_bear_one_payload(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"out{ending}"
    with VideoOutput(
        path, permit(), making(sound_is_synthetic=True), width=256, height=192, rate=RATE,
        audio=Hum(48000, 1, 8.0), settings=settings_in(tmp_path),
    ) as out:  # fmt: skip
        for frame in frames(80, RATE, picture(256, 192)):
            out.write(frame)
    assert out.receipt.marks == ("picture", "sound")
    seen = watermark.detect(frame.pixels for frame in open_video(path).frames())
    sound = open_sound(path)
    assert sound is not None
    heard = audiomark.detect(np.concatenate(list(sound.blocks())), sound.sample_rate)
    assert seen is not None and heard is not None
    assert f"{seen.payload:016x}" == f"{heard.payload:016x}" == out.receipt.payload
    store = describe(out.receipt.sidecar.read_bytes()) if out.receipt.sidecar else store_of(path, "video/mp4")
    named = said(store["manifests"][store["active_manifest"]], "c2pa.soft-binding")
    assert [binding["alg"] for binding in named] == [PICTURE_ALGORITHM, SOUND_ALGORITHM]
    assert {payload_of(binding["blocks"][0]["value"]) for binding in named} == {seen.payload}


def test_a_manifest_beside_an_input_is_kept_too(tmp_path: Path) -> None:
    first = made(tmp_path / "one.webm")
    assert first.sidecar is not None
    (tmp_path / "other.webm").write_bytes(first.path.read_bytes() + b"more")
    (tmp_path / "other.c2pa").write_bytes(first.sidecar.read_bytes())
    for plate, wanted in (("one.webm", 2), ("other.webm", 1)):
        out = tmp_path / f"of-{plate}.png"
        source = tmp_path / plate
        leave = permit({"plate": sha256_file(source)})
        what = making(ingredients=(Ingredient("plate", pinned(source)),))
        receipt = write_picture(out, picture(), leave, what, settings=settings_in(tmp_path))
        assert receipt.state == "Trusted"
        store = store_of(out, "image/png")
        assert len(store["manifests"]) == wanted, plate
    [ingredient] = active(tmp_path / "of-one.webm.png", "image/png")["ingredients"]
    assert (ingredient["active_manifest"], ingredient["relationship"]) == (first.manifest_id, "parentOf")
