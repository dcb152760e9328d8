"""A shop's catalogue: a CSV or JSON feed, or a folder with one, product by product. Reads rows one at a time.

Columns are those of product feeds (id, title, gtin, item_group_id, virtual_model_link, color) and our own (kind, glb,
variant, unit, front, width_mm, hex, lab, finish, coverage, licence). Files lie beside the feed; nothing is fetched.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import ValidationError

from countenance.errors import BadDocument, EmptyFile, FileMissing, TooLarge
from countenance.tryon.look import Cosmetic, Eyewear

NAMES = ("catalogue.csv", "catalogue.json")
MOST_ROWS, MOST_BYTES = 100_000, 256 << 20
_OURS = ("variant", "unit", "front", "width_mm", "hex", "finish", "coverage", "illuminant", "wing", "power", "gtin")


@dataclass(frozen=True)
class Product:
    """One row.

    Attributes:
        row: from 1.
        id, title, licence: as stated.
        item: what is tried on.
        folder: where its files lie.
    """

    row: int
    id: str
    title: str
    licence: str
    item: Cosmetic | Eyewear
    folder: Path


@dataclass(frozen=True)
class Fault:
    """What is wrong with a row, or doubtful.

    Attributes:
        row: from 1; 0 for the whole.
        id: the product's.
        code: stable.
        message: in plain words.
        doubt: whether it can be sold as it is.
    """

    row: int
    id: str
    code: str
    message: str
    doubt: bool = False


def read_catalogue(path: Path) -> Iterator[Product | Fault]:
    """The products of a catalogue in order, and a fault for each row that is none.

    Args:
        path: a .csv or .json feed, or a folder with `catalogue.csv` or `catalogue.json`, or with .glb files alone.

    Raises:
        FileMissing, EmptyFile, TooLarge; BadDocument: tryon.catalogue: no feed.
    """
    path = Path(path)
    if path.is_dir():
        feed = next((path / name for name in NAMES if (path / name).is_file()), None)
        rows: Iterator[Mapping[str, Any]]
        if feed is None:
            models = sorted(path.glob("*.glb"))
            if not models:
                raise FileMissing(f"{path} holds neither {' nor '.join(NAMES)}, nor a .glb.")
            rows = ({"id": one.stem, "title": one.stem, "glb": one.name} for one in models)
        else:
            if not feed.resolve().is_relative_to(path.resolve()):
                raise BadDocument(
                    f"{feed.name} leads out of {path}.", "Put the feed itself into the folder.", code="tryon.catalogue"
                )
            rows = _rows(feed)
        folder = path
    else:
        rows, folder = _rows(path), path.parent
    seen: set[str] = set()
    for number, row in enumerate(rows, 1):
        if number > MOST_ROWS:
            raise TooLarge(f"{path.name} has more than {MOST_ROWS:,} rows.", "Split the feed.")
        made = _product(number, row, folder)
        if isinstance(made, Product):
            if made.id in seen:
                yield Fault(number, made.id, "tryon.catalogue_twice", f"There is another product {made.id!r}.")
                continue
            seen.add(made.id)
        yield made


def _rows(feed: Path) -> Iterator[Mapping[str, Any]]:
    if not feed.is_file():
        raise FileMissing(f"There is no catalogue {feed}.")
    size = feed.stat().st_size
    if size == 0:
        raise EmptyFile(f"{feed.name} is empty.")
    if size > MOST_BYTES:
        raise TooLarge(f"{feed.name} has {size:,} bytes.", "Split the feed.")
    if feed.suffix.lower() == ".json":
        yield from _json_rows(feed)
        return
    try:
        with feed.open(encoding="utf-8-sig", newline="") as file:
            head = file.readline()
            file.seek(0)
            reader = csv.DictReader(file, delimiter=max(",;\t", key=head.count))
            if not reader.fieldnames or "id" not in [_key(name) for name in reader.fieldnames]:
                raise BadDocument(
                    f"{feed.name} has no column id.", "Its first line names the columns.", code="tryon.catalogue"
                )
            for row in reader:
                yield {_key(name): value or "" for name, value in row.items() if name is not None}
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadDocument(
            f"{feed.name} cannot be read: {error}.", "Save it as UTF-8.", code="tryon.catalogue"
        ) from error


def _json_rows(feed: Path) -> Iterator[Mapping[str, Any]]:
    try:
        said = json.loads(feed.read_bytes().decode("utf-8-sig"))
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise BadDocument(f"{feed.name} is no JSON.", "Save it as UTF-8 JSON.", code="tryon.catalogue") from error
    products = said.get("products") if isinstance(said, dict) else said
    if not isinstance(products, list):
        raise BadDocument(f"{feed.name} has no list of products.", 'Write {"products": […]}.', code="tryon.catalogue")
    for one in products:
        yield {_key(str(name)): value for name, value in one.items()} if isinstance(one, dict) else {}


def _key(name: str) -> str:
    return name.strip().lower().replace(" ", "_")


def _product(number: int, row: Mapping[str, Any], folder: Path) -> Product | Fault:
    name = str(row.get("id") or "").strip()[:120]
    if not name:
        return Fault(number, "", "tryon.catalogue_row", "The row has no id.")
    model = str(row.get("glb") or row.get("virtual_model_link") or "").strip()
    title = str(row.get("title") or name).strip()[:120]
    said: dict[str, Any] = {key: row[key] for key in _OURS if row.get(key) not in (None, "")}
    lab = row.get("lab")
    if isinstance(lab, str) and lab.strip():
        lab = lab.replace(";", " ").replace(",", " ").split()
    if lab:
        said["lab"] = lab
    said["product"] = title
    said["kind"] = str(row.get("kind") or ("glasses" if model else "lip"))
    try:
        item: Cosmetic | Eyewear
        if said["kind"] == "glasses":
            if any(ord(c) < 32 or ord(c) == 127 for c in model):
                return Fault(number, name, "input.name", f"{model!r} has control characters; no file is named so.")
            place = PurePosixPath(model.replace("\\", "/"))
            if "://" not in model and (place.is_absolute() or ".." in place.parts):
                return Fault(number, name, "tryon.catalogue_place", f"{model} does not lie beside the catalogue.")
            if "variant" not in said and row.get("color"):
                said["variant"] = row["color"]
            item = Eyewear.model_validate({**said, "glb": model})
        else:
            if "hex" not in said and "lab" not in said and str(row.get("color") or "").startswith("#"):
                said["hex"] = row["color"]
            item = Cosmetic.model_validate(said)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        return Fault(number, name, "tryon.catalogue_row", f"{where}: {first['msg']}." if where else f"{first['msg']}.")
    return Product(number, name, title, str(row.get("licence") or row.get("license") or "")[:200], item, folder)
