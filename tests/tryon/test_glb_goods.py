"""Models of products: what is read, and what is refused by name."""

from __future__ import annotations

import tracemalloc
from typing import Any

import cv2
import numpy as np
import pytest

from countenance.errors import BadDocument
from countenance.media.glb import GlbWriter, read_glb
from countenance.tryon.eyewear import FRONT, LENS, TEMPLE_LEFT, TEMPLE_RIGHT, frame_of
from countenance.tryon.glb_goods import read_model
from countenance.tryon.look import Eyewear
from tests.tryon.models import glb, rewritten


def asked(**more: Any) -> Eyewear:
    return Eyewear.model_validate({"kind": "glasses", "glb": "a.glb", **more})


def code(data: bytes) -> str:
    with pytest.raises(BadDocument) as refused:
        read_model(data, "a.glb")
    return refused.value.code


def test_variants_materials_and_parts() -> None:
    model = read_model(glb(0), "alder.glb")
    assert model.variants == ("black", "tortoise", "red", "sun") and "CC0" in model.licence
    black, sun = (frame_of(model, asked(variant=name), "alder.glb") for name in ("black", "sun"))
    assert 13 < black.width < 14.5 and set(black.part) == {FRONT, TEMPLE_RIGHT, TEMPLE_LEFT, LENS}
    clear = next(m for m in black.materials if m.clear)
    dark = next(m for m in sun.materials if m.clear)
    assert clear.base[0] > 0.9 and dark.base[0] < 0.2 and dark.transmission > 0.9
    tortoise = frame_of(model, asked(variant="tortoise"), "alder.glb")
    assert any(m.colour_map is not None for m in tortoise.materials)
    with pytest.raises(BadDocument) as refused:
        frame_of(model, asked(variant="lilac"), "alder.glb")
    assert refused.value.code == "tryon.variant" and "tortoise" in refused.value.remedy


def test_another_unit_or_axis_is_refused_unless_it_is_said() -> None:
    def scaled(factor: float, matrix: list[float] | None = None) -> bytes:
        def change(document: dict[str, Any]) -> None:
            for node in document["nodes"]:
                node["scale" if matrix is None else "matrix"] = [factor] * 3 if matrix is None else matrix

        return rewritten(glb(3), change)

    in_mm = read_model(scaled(1000), "mm.glb")
    with pytest.raises(BadDocument) as refused:
        frame_of(in_mm, asked(), "mm.glb")
    assert refused.value.code == "tryon.scale" and "--unit mm" in refused.value.remedy
    true = frame_of(read_model(glb(3), "m.glb"), asked(), "m.glb")
    assert frame_of(in_mm, asked(unit="mm"), "mm.glb").width == pytest.approx(true.width, rel=1e-4)
    # z up and the front towards −y, as some programs export it.
    lying = read_model(scaled(1, [1, 0, 0, 0, 0, 0, 1, 0, 0, -1, 0, 0, 0, 0, 0, 1]), "z-up.glb")
    with pytest.raises(BadDocument) as refused:
        frame_of(lying, asked(), "z-up.glb")
    assert refused.value.code == "tryon.axes"
    assert np.allclose(frame_of(lying, asked(front="-y"), "z-up.glb").points, true.points, atol=1e-3)
    with pytest.raises(BadDocument) as refused:
        frame_of(read_model(glb(3), "m.glb"), asked(front="-z"), "m.glb")
    assert refused.value.code == "tryon.axes"
    with pytest.raises(BadDocument):
        frame_of(read_model(glb(3), "m.glb"), asked(width_mm=150), "m.glb")


def test_what_is_broken_huge_cyclic_or_elsewhere_is_refused_by_name() -> None:
    whole = glb(0)
    assert code(b"") == code(whole[:2000]) == code(b"glTF" + bytes(40)) == "tryon.glb"

    def cyclic(document: dict[str, Any]) -> None:
        document["nodes"][0]["children"] = [1]
        document["nodes"][1]["children"] = [0]

    def remote(document: dict[str, Any]) -> None:
        document["buffers"][0]["uri"] = "https://example.org/frame.bin"

    def picture(document: dict[str, Any]) -> None:
        document["images"][0] = {"uri": "../../etc/passwd"}

    def needs(document: dict[str, Any]) -> None:
        document["extensionsRequired"] = ["KHR_texture_basisu"]

    def beyond(document: dict[str, Any]) -> None:
        document["accessors"][0]["count"] = 500_000

    def crowd(document: dict[str, Any]) -> None:
        document["nodes"] = [{}] * 5000

    assert code(rewritten(whole, cyclic)) == "tryon.glb_cycle"
    assert code(rewritten(whole, remote)) == code(rewritten(whole, picture)) == "tryon.glb_remote"
    assert code(rewritten(whole, needs)) == "tryon.glb_extension"
    assert code(rewritten(whole, beyond)) == "tryon.glb"
    assert code(rewritten(whole, crowd)) == "tryon.glb_large"


@pytest.mark.parametrize("attribute", ["NORMAL", "TEXCOORD_0", "POSITION"])
def test_what_is_no_number_is_refused(attribute: str) -> None:
    whole = glb(0)
    document, body = read_glb(whole)
    spoiled = bytearray(body)
    accessor = document["accessors"][document["meshes"][0]["primitives"][0]["attributes"][attribute]]
    at = document["bufferViews"][accessor["bufferView"]]["byteOffset"] + accessor.get("byteOffset", 0)
    spoiled[at : at + 4] = np.float32(np.nan).tobytes()
    assert code(rewritten(whole, lambda _: None, bytes(spoiled))) == "tryon.glb"


@pytest.mark.parametrize("said", [
    {"extensions": {"KHR_materials_ior": {"ior": float("nan")}}},
    {"pbrMetallicRoughness": {"roughnessFactor": float("nan")}},
    {"pbrMetallicRoughness": {"baseColorTexture": {
        "index": 0, "extensions": {"KHR_texture_transform": {"scale": [float("inf"), 1]}}
    }}},
])  # fmt: skip
def test_factors_that_are_no_numbers_are_refused(said: dict[str, Any]) -> None:
    assert code(rewritten(glb(0), lambda document: document["materials"].append(said))) == "tryon.glb"


def test_small_files_that_grow_large_are_refused() -> None:
    whole = glb(0)

    def repeated(document: dict[str, Any]) -> None:
        document["nodes"] = [{"mesh": 0}] * 4000
        document["scenes"] = []

    def parts(document: dict[str, Any]) -> None:
        document["meshes"][0]["primitives"] *= 5000

    def nowhere(document: dict[str, Any]) -> None:
        document["accessors"][document["meshes"][0]["primitives"][0]["attributes"]["POSITION"]] = {
            "componentType": 5126, "count": 500_000, "type": "VEC3",
        }  # fmt: skip

    assert code(rewritten(whole, parts)) == "tryon.glb_large"
    tracemalloc.start()
    assert code(rewritten(whole, repeated)) == "tryon.glb_large"
    assert code(rewritten(whole, nowhere)) == "tryon.glb"
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 200 << 20


def test_textures_have_one_budget_for_the_file() -> None:
    writer = GlbWriter()
    ok, png = cv2.imencode(".png", np.zeros((3000, 3000), np.uint8))
    assert ok
    writer.document |= {
        "images": [{"bufferView": writer.view(png.tobytes())} for _ in range(2)],
        "textures": [{"source": 0}, {"source": 1}],
        "materials": [{"pbrMetallicRoughness": {"baseColorTexture": {"index": k}}} for k in range(2)],
    }
    with pytest.raises(BadDocument, match="textures are too large"):
        read_model(writer.written(), "a.glb")


def test_mutated_files_never_show_a_traceback() -> None:
    chance = np.random.default_rng(3)
    whole = np.frombuffer(glb(0), np.uint8)
    for _ in range(60):
        spoiled = whole.copy()
        at = chance.integers(12, len(spoiled) if chance.random() < 0.3 else 7000, 24)
        spoiled[at] = chance.integers(0, 256, len(at))
        try:
            frame_of(read_model(spoiled.tobytes(), "a.glb"), asked(), "a.glb")
        except BadDocument as error:
            assert error.code.startswith("tryon.")


def test_draco_and_meshopt_are_decoded_or_refused_by_name() -> None:
    def triangle(extension: dict[str, Any], view: bytes) -> bytes:
        writer = GlbWriter()
        number = writer.view(view)
        primitive = {
            "attributes": {"POSITION": 0},
            "extensions": {"KHR_draco_mesh_compression": extension | {"bufferView": number}},
        }
        writer.document |= {
            "asset": {"version": "2.0"},
            "nodes": [{"mesh": 0}],
            "meshes": [{"primitives": [primitive]}],
            "extensionsRequired": ["KHR_draco_mesh_compression"],
        }
        return writer.written()

    points = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float32)
    faces = np.array([[0, 1, 2], [0, 2, 3]], np.uint32)
    try:
        import DracoPy
    except ImportError:
        assert code(triangle({}, b"DRACO")) == "tryon.glb_compressed"
    else:
        model = read_model(triangle({}, DracoPy.encode(points, faces)), "d.glb")
        assert len(model.meshes[0].positions) == 4 and len(model.meshes[0].triangles) == 2
        assert code(triangle({}, b"DRACO nonsense")) == "tryon.glb"

    def packed(data: bytes) -> bytes:
        said = {"buffer": 0, "byteLength": len(data), "byteStride": 12, "count": 4, "mode": "ATTRIBUTES"}
        writer = GlbWriter()
        number = writer.view(data)
        whole = rewritten(writer.written(), lambda document: document.update({
            "asset": {"version": "2.0"}, "extensionsRequired": ["EXT_meshopt_compression"],
            "bufferViews": [{"buffer": 0, "byteLength": 48, "extensions": {"EXT_meshopt_compression": said}}],
            "accessors": [{"bufferView": 0, "componentType": 5126, "count": 4, "type": "VEC3"}],
            "nodes": [{"mesh": 0}], "meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}],
        }))  # fmt: skip
        assert number == 0
        return whole

    try:
        import meshoptimizer
    except ImportError:
        assert code(packed(b"\xa0" + bytes(40))) == "tryon.glb_compressed"
    else:
        made = bytes(meshoptimizer.encode_vertex_buffer(points, 4, 12))
        assert np.allclose(read_model(packed(made), "m.glb").meshes[0].positions, points)
        assert code(packed(b"\xa0" + bytes(7))) == "tryon.glb"
