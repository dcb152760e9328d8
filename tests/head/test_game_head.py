"""A head as it leaves: permitted, marked, signed, and found again."""

from __future__ import annotations

import io
import json
import shutil
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from countenance.errors import BadOption, OutputFormat, PermissionRefused
from countenance.head.export.visemes import PRESETS, VISEMES
from countenance.marking.head_exit import texture_of
from countenance.media.glb import image_bytes, read_glb
from countenance.permission.authorisation import public_domain
from countenance.render.game_head import GameHead, HeadOptions
from countenance.verify import verify_file
from tests.head.conftest import ADA, Made
from tests.likeness.material import Studio, template_of
from tests.portraits import eileen_collins


def test_verify_says_whose_head_it_is(made: Made) -> None:
    verdict = verify_file(made.path, made.settings)
    assert verdict.outcome == "made"
    assert verdict.file.kind == "head" and verdict.file.format == "vrm"
    assert verdict.manifest.good and verdict.manifest.where == "beside"
    assert verdict.picture.payloads == (int(made.result.render_id, 16),)
    assert "the person shown agreed" in verdict.summary


def test_a_head_that_lost_its_manifest_is_found_by_its_mark(made: Made, tmp_path: Path) -> None:
    alone = tmp_path / "other.glb"
    shutil.copy(made.path, alone)
    verdict = verify_file(alone, made.settings)
    assert verdict.outcome == "made" and verdict.record is not None
    assert verdict.record.payload == int(made.result.render_id, 16)


def test_its_texture_taken_out_leads_back(made: Made, tmp_path: Path) -> None:
    document, body = read_glb(made.path.read_bytes())
    with Image.open(io.BytesIO(image_bytes(document, body))) as image:
        image.save(tmp_path / "skin.jpg", quality=80)
    verdict = verify_file(tmp_path / "skin.jpg", made.settings)
    assert verdict.outcome == "made" and verdict.picture.payloads == (int(made.result.render_id, 16),)


def test_a_changed_head_does_not_pass_for_the_signed_one(made: Made, tmp_path: Path) -> None:
    data = bytearray(made.path.read_bytes())
    data[-2000] ^= 0xFF  # in the geometry or hair, behind the texture
    (tmp_path / "ada.vrm").write_bytes(data)
    shutil.copy(made.path.with_suffix(".c2pa"), tmp_path / "ada.c2pa")
    assert not verify_file(tmp_path / "ada.vrm", made.settings).manifest.good


def test_the_file_says_what_its_grant_allows(made: Made) -> None:
    document, _ = read_glb(made.path.read_bytes())
    meta = document["extensions"]["VRMC_vrm"]["meta"]
    assert meta["avatarPermission"] == "onlySeparatelyLicensedPerson" and meta["modification"] == "prohibited"
    extras = document["asset"]["extras"]
    assert extras["render"] == made.result.render_id and extras["label"].startswith("AI ")
    assert extras["grant"] in meta["copyrightInformation"]


def test_shapes_presets_and_size(made: Made) -> None:
    data = made.path.read_bytes()
    assert len(data) < 3_000_000
    document, _ = read_glb(data)
    names = document["meshes"][0]["extras"]["targetNames"]
    assert len(names) == 52 + 15 and "viseme_PP" in names and "tongueOut" in names
    expressions = document["extensions"]["VRMC_vrm"]["expressions"]
    assert set(expressions["preset"]) == set(PRESETS) and len(PRESETS) == 18
    assert len(expressions["custom"]) == 52 and len(VISEMES) == 15
    indices = [document["accessors"][mesh["primitives"][0]["indices"]]["count"] for mesh in document["meshes"]]
    assert sum(indices) / 3 <= 15_000


def test_every_accessor_lies_in_the_file(made: Made) -> None:
    document, body = read_glb(made.path.read_bytes())
    for view in document["bufferViews"]:
        assert view["byteOffset"] >= 0 and view["byteOffset"] + view["byteLength"] <= len(body)
    weights = next(a for a in document["accessors"] if a["type"] == "VEC4" and a["componentType"] == 5126)
    view = document["bufferViews"][weights["bufferView"]]
    read = np.frombuffer(body, np.float32, 4 * weights["count"], view["byteOffset"]).reshape(-1, 4)
    assert np.allclose(read.sum(1), 1, atol=1e-5)


def test_without_the_use_nothing_is_looked_at(studio: Studio, tmp_path: Path) -> None:
    """The input is no picture at all: who reads it is told so, and it must not come to that."""
    junk = tmp_path / "junk.png"
    junk.write_bytes(b"no picture")
    right = studio.grant(ADA, template_of(eileen_collins()), "animate", "swap")
    with pytest.raises(PermissionRefused) as refused:
        studio.job.create_head([junk], tmp_path / "ada.vrm", permission=right)
    assert refused.value.code == "permission.use"
    art = public_domain("Mona Lisa, Leonardo da Vinci, c. 1503")
    with pytest.raises(PermissionRefused):
        studio.job.create_head([junk], tmp_path / "ada.vrm", permission=art)
    assert not (tmp_path / "ada.vrm").exists()


def test_somebody_elses_picture_is_refused(
    studio: Studio, tmp_path: Path, eileen_picture: Path, grace_picture: Path
) -> None:
    right = studio.grant(ADA, template_of(eileen_collins()), "game")
    for sources in ([grace_picture], [eileen_picture, grace_picture]):
        with pytest.raises(PermissionRefused) as refused:
            studio.job.create_head(sources, tmp_path / "ada.glb", permission=right)
        assert refused.value.code.startswith("permission.")
    assert not list(tmp_path.glob("ada.*"))


def test_refusals_before_anything(studio: Studio, tmp_path: Path, eileen_picture: Path) -> None:
    right = studio.grant(ADA, template_of(eileen_collins()), "game")
    with pytest.raises(OutputFormat):
        studio.job.create_head([eileen_picture], tmp_path / "ada.fbx", permission=right)
    with pytest.raises(BadOption):
        studio.job.create_head([], tmp_path / "ada.vrm", permission=right)
    with pytest.raises(BadOption):
        HeadOptions(hair="mohawk")  # type: ignore[arg-type]
    assert GameHead([eileen_picture], tmp_path / "a.vrm", right).roles == ("source",)


@pytest.mark.parametrize(
    "harm",
    [
        lambda d: d["images"][0].pop("bufferView"),
        lambda d: d["images"][0].update(uri="http://127.0.0.1:9/skin.jpg"),
        lambda d: d["bufferViews"].__setitem__(
            d["images"][0]["bufferView"], {"buffer": 0, "byteOffset": 0, "byteLength": 1 << 40}
        ),
        lambda d: d["bufferViews"].__setitem__(
            d["images"][0]["bufferView"], {"buffer": 0, "byteOffset": -8, "byteLength": 64}
        ),
        lambda d: d.update(images="none"),
        lambda d: d["images"][0].update(bufferView=True),
    ],
)
def test_hostile_files_are_told_and_nothing_is_fetched(made: Made, tmp_path: Path, harm) -> None:  # type: ignore[no-untyped-def]
    document, body = read_glb(made.path.read_bytes())
    harm(document)
    if isinstance(document["images"], list) and "uri" in document["images"][0]:
        document["images"][0].pop("bufferView")
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    bad = tmp_path / "bad.vrm"
    bad.write_bytes(
        struct.pack("<IIIII", 0x46546C67, 2, 28 + len(text) + len(body), len(text), 0x4E4F534A)
        + text + struct.pack("<II", len(body), 0x004E4942) + body
    )  # fmt: skip
    with pytest.raises(ValueError):
        texture_of(bad)
    assert verify_file(bad, made.settings).file.kind == "unreadable"


@pytest.mark.parametrize("cut", [4, 11, 19, 40, 5000])
def test_cut_short(made: Made, tmp_path: Path, cut: int) -> None:
    short = tmp_path / "short.vrm"
    short.write_bytes(made.path.read_bytes()[:cut])
    assert verify_file(short, made.settings).file.kind == "unreadable"
