"""Catalogues: read row by row, held against what can be tried on, and pictured."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from countenance.errors import BadDocument, EmptyFile, FileMissing, OutputExists
from countenance.tryon import open_goods, read_look
from countenance.tryon.catalogue import Fault, Product, read_catalogue
from countenance.tryon.catalogue_check import check_catalogue
from countenance.tryon.demo_catalogue import write_demo_catalogue


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    write_demo_catalogue(folder)
    return folder


def test_our_own_is_good_and_every_product_is_pictured(demo: Path, tmp_path: Path) -> None:
    report = check_catalogue(demo, thumbnails=tmp_path)
    assert report.good and report.doubtful == 0 and report.kinds == {"glasses": 24, "lip": 12}
    pictures = sorted(tmp_path.glob("*.png"))
    assert len(pictures) == 36
    with Image.open(pictures[0]) as image:
        assert image.convert("L").getextrema()[0] < 40  # black acetate on light paper
    with pytest.raises(OutputExists):
        write_demo_catalogue(demo)


def test_looks_name_what_lies_beside_them(demo: Path, tmp_path: Path) -> None:
    goods = open_goods(look=demo / "office.json")
    assert goods.eyewear is not None and goods.eyewear[0].variant == "tortoise" and len(goods.cosmetics) == 1
    for glb in ("../alder.glb", "/etc/alder.glb", "https://example.org/a.glb"):
        look = tmp_path / "look.json"
        look.write_text(json.dumps({"schema": "countenance.look/1", "items": [{"kind": "glasses", "glb": glb}]}))
        with pytest.raises(BadDocument) as refused:
            read_look(look)
        assert refused.value.code == "tryon.look"
    twice = {"schema": "countenance.look/1", "items": [{"kind": "lip", "hex": "#aa0000"}] * 2}
    look.write_text(json.dumps(twice))
    with pytest.raises(BadDocument):
        read_look(look)


def test_a_product_feed_with_faults(demo: Path, tmp_path: Path) -> None:
    (tmp_path / "a.glb").write_bytes((demo / "dorn.glb").read_bytes())
    (tmp_path / "broken.glb").write_bytes(b"glTF nonsense")
    feed = tmp_path / "feed.csv"
    feed.write_text(
        "id;title;virtual_model_link;color;gtin;license\n"
        "1;Dorn;a.glb;gold;2000000000046;ours\n"
        "2;Dorn;a.glb;lilac;;ours\n"
        "3;Broken;broken.glb;;;ours\n"
        "4;Far;https://example.org/a.glb;;;ours\n"
        "5;Up;../a.glb;;;ours\n"
        "1;Again;a.glb;gold;;ours\n"
        ";Nobody;a.glb;;;\n"
        "8;Red;;#aa1020;123;\n"
        "9;Red;;#aa1020;;\n"
    )
    report = check_catalogue(feed)
    by_row = {fault.row: fault.code for fault in report.faults if not fault.doubt}
    assert by_row == {
        2: "tryon.variant", 3: "tryon.glb", 4: "tryon.catalogue_row", 5: "tryon.catalogue_place",
        6: "tryon.catalogue_twice", 7: "tryon.catalogue_row", 8: "tryon.catalogue_row",
    }  # fmt: skip
    assert not report.good and {f.code for f in report.faults if f.row == 9} == {"tryon.catalogue_licence"}


def test_links_that_lead_out_of_the_folder(demo: Path, tmp_path: Path) -> None:
    (tmp_path / "a.glb").symlink_to(demo / "dorn.glb")
    (tmp_path / "b.glb").symlink_to("c.glb")
    (tmp_path / "c.glb").write_bytes((demo / "dorn.glb").read_bytes())
    report = check_catalogue(tmp_path)
    assert {fault.id: fault.code for fault in report.faults if not fault.doubt} == {"a": "tryon.place"}
    look = tmp_path / "look.json"
    for name in ("a.glb", "c.glb"):
        look.write_text(json.dumps({"schema": "countenance.look/1", "items": [{"kind": "glasses", "glb": name}]}))
        if name == "c.glb":
            assert open_goods(look=look).eyewear is not None
            continue
        with pytest.raises(BadDocument) as refused:
            open_goods(look=look)
        assert refused.value.code == "tryon.place"
    (tmp_path / "catalogue.csv").symlink_to(demo / "catalogue.csv")
    with pytest.raises(BadDocument):
        list(read_catalogue(tmp_path))


def test_one_bad_product_does_not_end_the_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from countenance.tryon import catalogue_check

    feed = tmp_path / "feed.json"
    names = ["a\x00.glb", "b\n.glb", "c.glb"]
    products = [{"id": str(k), "glb": name, "licence": "x"} for k, name in enumerate(names)]
    feed.write_text(json.dumps({"products": [*products, {"id": "z", "hex": "#aa1020", "licence": "x"}]}))

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("whatever")

    monkeypatch.setattr(catalogue_check, "read_eyewear", broken)
    report = check_catalogue(feed)
    assert [fault.code for fault in report.faults] == ["input.name", "input.name", "tryon.glb"]
    assert report.kinds == {"glasses": 1, "lip": 1}


def test_a_catalogue_of_fifty_thousand(tmp_path: Path) -> None:
    feed = tmp_path / "large.csv"
    feed.write_text("id,hex,licence\n" + "".join(f"{k},#{k % 4096:03x}{k % 4096:03x},x\n" for k in range(50_000)))
    count = sum(isinstance(one, Product) for one in read_catalogue(feed))
    assert count == 50_000


def test_what_is_no_catalogue(tmp_path: Path) -> None:
    with pytest.raises(FileMissing):
        list(read_catalogue(tmp_path))
    (tmp_path / "x.csv").write_text("")
    with pytest.raises(EmptyFile):
        list(read_catalogue(tmp_path / "x.csv"))
    (tmp_path / "y.csv").write_text("name,colour\na,b\n")
    (tmp_path / "z.json").write_text("{")
    for name in ("y.csv", "z.json"):
        with pytest.raises(BadDocument):
            list(read_catalogue(tmp_path / name))
    (tmp_path / "w.json").write_text('{"products": [{"id": "a", "kind": "hat"}, 3]}')
    assert all(isinstance(one, Fault) for one in read_catalogue(tmp_path / "w.json"))


def test_on_the_command_line(demo: Path) -> None:
    from countenance.cli.try_on import app

    checked = CliRunner().invoke(app, ["catalogue", "check", str(demo), "--json"])
    assert checked.exit_code == 0 and json.loads(checked.stdout)["products"] == 36
