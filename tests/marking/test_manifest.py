"""What a file says of itself, read back from the signed file by c2pa."""

from __future__ import annotations

import base64
import datetime as dt
import json
from pathlib import Path
from typing import Any

import c2pa
import pytest

from countenance.files import sha256_file
from countenance.marking.bindings import PICTURE_ALGORITHM, SOUND_ALGORITHM, binding_value, payload_of
from countenance.marking.manifest_signing import describe
from countenance.marking.render_receipt import Receipt
from countenance.marking.render_registry import Registry
from countenance.marking.render_spec import TRAINED_ALGORITHMIC, Ingredient
from countenance.marking.video_exit import write_picture, write_sound
from countenance.media.source import pinned
from tests.exit_material import Clicks, making, permit, picture, picture_file, settings_in

pytestmark = pytest.mark.usefixtures("inputs_without_marks")


def store_of(path: Path, media_type: str) -> dict[str, Any]:
    with path.open("rb") as file, c2pa.Reader(media_type, file) as reader:
        read: dict[str, Any] = json.loads(reader.json())
        return read


def active(path: Path, media_type: str) -> dict[str, Any]:
    store = store_of(path, media_type)
    found: dict[str, Any] = store["manifests"][store["active_manifest"]]
    return found


def said(manifest: dict[str, Any], label: str) -> list[Any]:
    return [a["data"] for a in manifest["assertions"] if a["label"].partition("__")[0] == label]


def drawn(folder: Path, roles: dict[str, Path], *, name: str = "out.png", **more: Any) -> Receipt:
    """A picture made of the files in these roles."""
    ingredients = tuple(Ingredient(role, pinned(path)) for role, path in roles.items())
    leave = permit({role: sha256_file(path) for role, path in roles.items()})
    made = making(ingredients=ingredients, **more)
    organisation = more.pop("organisation", "")
    return write_picture(folder / name, picture(), leave, made, settings=settings_in(folder, organisation=organisation))


def test_created_then_labelled_then_marked(tmp_path: Path) -> None:
    source, driver = (picture_file(tmp_path / name) for name in ("source.png", "driver.png"))
    before = dt.datetime.now(dt.UTC).replace(microsecond=0)
    drawn(tmp_path, {"source": source, "driver": driver}, actions=(("c2pa.dubbed", "New words"),), seed=7)
    manifest = active(tmp_path / "out.png", "image/png")
    [actions] = said(manifest, "c2pa.actions.v2")
    assert [a["action"] for a in actions["actions"]] == [
        "c2pa.created", "c2pa.dubbed", "c2pa.edited", "c2pa.watermarked.bound",
    ]  # fmt: skip
    assert actions["allActionsIncluded"] is True
    first = actions["actions"][0]
    assert first["digitalSourceType"].endswith("/compositeSynthetic")
    assert first["softwareAgent"] == {"name": "mesh", "version": "1"}
    assert before <= dt.datetime.fromisoformat(first["when"]) <= dt.datetime.now(dt.UTC)
    assert len(first["parameters"]["ingredients"]) == 2
    assert {(i["title"], i["relationship"]) for i in manifest["ingredients"]} == {
        ("source", "componentOf"),
        ("driver", "inputTo"),
    }
    assert "AI GENERATED" in actions["actions"][2]["description"]
    [render] = said(manifest, "org.countenance.render")
    assert (render["engine"], render["seed"], render["soundIsSynthetic"]) == ("mesh", 7, False)


def test_a_plate_is_opened_and_its_label_says_modified(tmp_path: Path) -> None:
    plate, source = (picture_file(tmp_path / name) for name in ("plate.png", "source.png"))
    drawn(tmp_path, {"plate": plate, "source": source}, digital_source_type=TRAINED_ALGORITHMIC)
    manifest = active(tmp_path / "out.png", "image/png")
    [actions] = said(manifest, "c2pa.actions.v2")
    opened, placed, edited, label = actions["actions"][:4]
    assert (opened["action"], placed["action"], edited["action"]) == ("c2pa.opened", "c2pa.placed", "c2pa.edited")
    assert edited["digitalSourceType"] == TRAINED_ALGORITHMIC
    assert "digitalSourceType" not in opened, "C2PA 2.4 has none there"
    assert len(opened["parameters"]["ingredients"]) == len(placed["parameters"]["ingredients"]) == 1
    assert ("plate", "parentOf") in {(i["title"], i["relationship"]) for i in manifest["ingredients"]}
    assert "AI MODIFIED" in label["description"]


def test_the_soft_binding_names_the_mark(tmp_path: Path) -> None:
    receipt = drawn(tmp_path, {"source": picture_file(tmp_path / "source.png")})
    [binding] = said(active(tmp_path / "out.png", "image/png"), "c2pa.soft-binding")
    assert binding["alg"] == PICTURE_ALGORITHM
    [block] = binding["blocks"]
    assert base64.b64decode(block["value"]).hex() == receipt.payload
    assert binding_value(payload_of(block["value"])) == block["value"]


def test_made_sound_is_bound_too(tmp_path: Path) -> None:
    receipt = write_sound(
        tmp_path / "out.wav", Clicks(16000, 1, 3.0, (0.5,), noise=0.05), permit(), making(sound_is_synthetic=True),
        settings=settings_in(tmp_path),
    )  # fmt: skip
    manifest = active(tmp_path / "out.wav", "audio/wav")
    [binding] = said(manifest, "c2pa.soft-binding")
    assert (binding["alg"], payload_of(binding["blocks"][0]["value"])) == (SOUND_ALGORITHM, int(receipt.payload, 16))
    assert said(manifest, "org.countenance.render")[0]["soundIsSynthetic"] is True


def test_mining_is_not_allowed_unless_said(tmp_path: Path) -> None:
    source = picture_file(tmp_path / "source.png")
    for name, more, wanted in (("a.png", {}, "notAllowed"), ("b.png", {"training_allowed": True}, "allowed")):
        drawn(tmp_path, {"source": source}, name=name, **more)
        [mining] = said(active(tmp_path / name, "image/png"), "cawg.training-mining")
        assert {entry["use"] for entry in mining["entries"].values()} == {wanted}
    assert set(mining["entries"]) == {
        "cawg.ai_inference", "cawg.ai_training", "cawg.ai_generative_training", "cawg.data_mining",
    }  # fmt: skip


def test_the_permission_is_stated_without_a_person(tmp_path: Path) -> None:
    source = picture_file(tmp_path / "Jane Doe, 12 High Street.png")
    receipt = drawn(tmp_path, {"source": source})
    [permission] = said(active(tmp_path / "out.png", "image/png"), "org.countenance.permission")
    leave = permit()
    assert len(permission["permit"]) == 32
    assert {**permission, "permit": ""} == {
        "assurances": [],
        "permit": "",
        "use": "animate",
        "kind": "synthetic",
        "basis": leave.basis,
        "grantSha256": leave.grant_hash,
    }
    with Registry.open(settings_in(tmp_path)) as registry:
        render = registry.by_payload(int(receipt.payload, 16))
    assert render is not None
    assert render.permit_id == permission["permit"]
    for everything in ((tmp_path / "out.png").read_bytes(), render.manifest):
        for personal in (b"Jane", b"High Street", str(tmp_path).encode(), b"exif", b"thumbnail"):
            assert personal not in everything


def test_the_organisation_is_named_where_there_is_one(tmp_path: Path) -> None:
    source = picture_file(tmp_path / "source.png")
    for name, organisation in (("a.png", ""), ("b.png", "Example Pictures")):
        leave = permit({"source": sha256_file(source)})
        made = making(ingredients=(Ingredient("source", pinned(source)),))
        settings = settings_in(tmp_path, organisation=organisation)
        write_picture(tmp_path / name, picture(), leave, made, settings=settings)
        [metadata] = said(active(tmp_path / name, "image/png"), "cawg.metadata")
        assert metadata.get("dc:creator") == ([organisation] if organisation else None)
        assert metadata["dc:title"] == "A test"


def test_an_ingredients_own_manifest_is_kept(tmp_path: Path) -> None:
    first = drawn(tmp_path, {"source": picture_file(tmp_path / "source.png")}, name="first.png")
    second = drawn(tmp_path, {"source": first.path}, name="second.jpg")
    store = store_of(second.path, "image/jpeg")
    assert set(store["manifests"]) == {first.manifest_id, second.manifest_id}
    [ingredient] = store["manifests"][second.manifest_id]["ingredients"]
    assert ingredient["active_manifest"] == first.manifest_id
    kept = store["manifests"][first.manifest_id]
    assert payload_of(said(kept, "c2pa.soft-binding")[0]["blocks"][0]["value"]) == int(first.payload, 16)
    third = drawn(tmp_path, {"plate": second.path}, name="third.webp")
    assert len(store_of(third.path, "image/webp")["manifests"]) == 3


def test_a_broken_ingredient_is_named_all_the_same(tmp_path: Path) -> None:
    first = drawn(tmp_path, {"source": picture_file(tmp_path / "source.png")}, name="first.png")
    broken = bytearray(first.path.read_bytes())
    at = broken.index(b"c2pa.claim")
    broken[at + 200 : at + 260] = b"\xff" * 60
    (tmp_path / "broken.png").write_bytes(broken)
    second = drawn(tmp_path, {"source": tmp_path / "broken.png"}, name="second.png")
    assert second.state == "Trusted"
    [ingredient] = active(second.path, "image/png")["ingredients"]
    assert ingredient["title"] == "source"


def test_a_stored_manifest_reads_without_its_file(tmp_path: Path) -> None:
    receipt = drawn(tmp_path, {"source": picture_file(tmp_path / "source.png")})
    with Registry.open(settings_in(tmp_path)) as registry:
        render = registry.by_payload(int(receipt.payload, 16))
    assert render is not None
    assert describe(render.manifest)["active_manifest"] == receipt.manifest_id == render.manifest_id
    for bad in (b"", b"nothing", render.manifest[:100]):
        with pytest.raises(Exception, match="cannot be read") as refused:
            describe(bad)
        assert getattr(refused.value, "code", "") == "mark.manifest"
