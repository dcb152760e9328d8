"""A catalogue of our own to play and test with: six frames, twelve lip colours, four looks. Written, never shipped."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

from countenance.files import check_output, write_atomically
from countenance.tryon.demo_frames import DESIGNS, finishes_of, frame_glb
from countenance.tryon.look import Cosmetic, Eyewear, written_look

LICENCE = "CC0 1.0: Countenance's demo catalogue"
LIPS = (
    ("Poppy", "#c81e2c", "satin"), ("Brick", "#9c3a2c", "matte"), ("Rosewood", "#8f3d4c", "matte"),
    ("Nude Sand", "#b9806a", "satin"), ("Peony", "#d4567e", "gloss"), ("Fig", "#5e2338", "matte"),
    ("Coral", "#e4604e", "sheer"), ("Mauve", "#95627a", "satin"), ("Cherry", "#8d0f2e", "gloss"),
    ("Cocoa", "#5d3a30", "satin"), ("Copper", "#a85a3e", "metallic"), ("Berry", "#7d1f4f", "sheer"),
)  # fmt: skip
_COLUMNS = ("id", "title", "gtin", "item_group_id", "kind", "glb", "variant", "width_mm", "hex", "finish", "licence")


def _looks() -> dict[str, tuple[Cosmetic | Eyewear, ...]]:
    def cosmetic(kind: str, colour: str, **more: Any) -> Cosmetic:
        return Cosmetic.model_validate({"kind": kind, "hex": colour, **more})

    def glasses(name: str, variant: str) -> Eyewear:
        return Eyewear.model_validate({"kind": "glasses", "glb": f"{name}.glb", "variant": variant})

    return {
        "day": (
            cosmetic("lip", "#b9806a", product="Nude Sand"), cosmetic("blush", "#d98a7a", coverage=0.5),
            cosmetic("brows", "#4a3628", coverage=0.5),
        ),
        "evening": (
            cosmetic("lip", "#8d0f2e", finish="gloss", product="Cherry"), cosmetic("shadow", "#5b3a4a"),
            cosmetic("eyeliner", "#101012", wing=0.7), cosmetic("lashes", "#0a0a0a"),
            cosmetic("contour", "#8a6248", coverage=0.5),
        ),
        "office": (glasses("alder", "tortoise"), cosmetic("lip", "#8f3d4c", finish="matte", product="Rosewood")),
        "sunny": (glasses("elm", "sun"), cosmetic("lip", "#e4604e", finish="sheer", product="Coral")),
    }  # fmt: skip


def write_demo_catalogue(folder: Path, *, overwrite: bool = False) -> list[Path]:
    """Write the catalogue: `catalogue.csv`, the frames as .glb, the looks as .json.

    Args:
        folder: made where it is missing.
        overwrite: whether files that are there may be replaced.

    Raises:
        OutputExists, OutputFolder, OutputFull.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    files: dict[Path, bytes] = {}
    text = io.StringIO()
    writer = csv.DictWriter(text, _COLUMNS, lineterminator="\n")
    writer.writeheader()
    for design in DESIGNS:
        name = design.name.lower()
        files[folder / f"{name}.glb"] = frame_glb(design)
        for variant in finishes_of(design):
            writer.writerow({
                "id": f"{name}-{variant}", "title": design.name, "gtin": design.gtin, "item_group_id": name,
                "kind": "glasses", "glb": f"{name}.glb", "variant": variant, "width_mm": f"{design.width:.0f}",
                "licence": LICENCE,
            })  # fmt: skip
    for title, colour, finish in LIPS:
        writer.writerow({
            "id": f"lip-{title.lower().replace(' ', '-')}", "title": title, "item_group_id": "lips", "kind": "lip",
            "hex": colour, "finish": finish, "licence": LICENCE,
        })  # fmt: skip
    files[folder / "catalogue.csv"] = text.getvalue().encode()
    for name, items in _looks().items():
        look = written_look(name.title(), items)
        files[folder / f"{name}.json"] = (json.dumps(look, indent=1) + "\n").encode()
    for path in files:
        check_output(path, overwrite=overwrite)
    for path, data in files.items():
        write_atomically(path, data)
    return list(files)
