"""The grid of poses and expressions, what is said to be missing, and the sheet."""

from __future__ import annotations

import ast
import inspect
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from countenance.errors import OutputExists, OutputFormat
from countenance.likeness.coverage import EXPRESSIONS, POSES, Seen, coverage_of
from countenance.likeness.gathering import Gathered
from countenance.likeness.library import coverage_sheet as coverage_sheets
from countenance.likeness.library.coverage_sheet import coverage_sheet, outline, write_coverage_sheet


def seen(yaw: float = 0, pitch: float = 0, light: str = "front", **shown: float) -> Seen:
    values = {"smile": 0.0, "jaw": 0.0, "rounded": 0.0, "brows": 0.0} | shown
    return Seen(yaw, pitch, light=light, **values)


@pytest.mark.parametrize(
    ("yaw", "pitch", "pose"),
    [(0, 0, "front"), (20, 0, "left"), (-20, 20, "right"), (50, 0, "far left"), (-36, 0, "far right"),
     (3, 15, "down"), (-3, -15, "up")],
)  # fmt: skip
def test_poses(yaw: float, pitch: float, pose: str) -> None:
    assert seen(yaw, pitch).pose == pose


def test_expressions_are_told_by_the_strongest() -> None:
    assert seen().expression == "at rest"
    assert seen(smile=0.6, jaw=0.3).expression == "smiling"
    assert seen(smile=0.4, jaw=0.7).expression == "mouth open"
    assert seen(rounded=0.8).expression == "lips rounded" and seen(brows=0.9).expression == "brows raised"


def test_counts_and_quality() -> None:
    coverage = coverage_of([seen(), seen(), seen(40, smile=0.9)], files=(3, 2), looks=5, dropped=[("blurred", 2)])
    assert coverage.counts[0][POSES.index("front")] == 2
    assert coverage.counts[EXPRESSIONS.index("smiling")][POSES.index("far left")] == 1
    assert (coverage.takes, coverage.cells) == (3, 2)


def test_what_is_missing_is_said_in_words() -> None:
    said = " ".join(coverage_of([seen(), seen(20)]).missing)
    assert "No view turned to the right" in said and "to the left" not in said
    assert "Never smiles" in said and "Only one light" in said and "Never at rest" not in said
    said = " ".join(coverage_of([seen(smile=0.9), seen(jaw=0.8, light="left")]).missing)
    assert "Only seen from the front" in said and "Never at rest" in said and "Only one light" not in said
    poses = [seen(yaw, pitch, light) for yaw, pitch, light in
             ((0, 0, "front"), (20, 0, "left"), (-20, 0, "front"), (40, 0, "front"), (-40, 0, "front"),
              (0, 14, "front"), (0, -14, "front"))]  # fmt: skip
    whole = coverage_of([*poses, seen(smile=0.9), seen(jaw=0.9)])
    assert whole.missing == ()


def test_outlines_turn_and_smile_the_right_way() -> None:
    def middle(pose: str, line: int) -> float:
        return float(np.mean([x for x, _ in outline(pose, "at rest")[line]]))

    nose = 6  # after the hull, the oval, eyes and brows
    assert middle("far right", nose) < middle("right", nose) < middle("front", nose) < middle("far left", nose)
    corner = next(y for _, y in outline("front", "smiling")[8])
    assert corner < next(y for _, y in outline("front", "at rest")[8]), "corners rise in a smile"


def test_no_pixel_of_anybody_can_get_into_the_sheet(gathered: Gathered) -> None:
    """It is written unmarked: so it is drawn from counts and words alone, the same for everybody who has the same."""
    one = gathered.coverage
    same = coverage_of([], files=one.files, looks=one.looks, dropped=one.dropped)
    same = replace(same, counts=one.counts, quality=one.quality, lights=one.lights, missing=one.missing)
    assert np.array_equal(coverage_sheet(one, "Name"), coverage_sheet(same, "Name"))
    tree = ast.parse(inspect.getsource(coverage_sheets))
    rooms = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    allowed = ("face.topology", "likeness.coverage", "marking.lettering", "marking.unsynthesised_picture",
               "media.frames",
               "performance.expression")  # fmt: skip
    assert {room for room in rooms if room and room.startswith("countenance")} == {f"countenance.{a}" for a in allowed}


def test_the_sheet_shows_what_there_is(gathered: Gathered, tmp_path: Path) -> None:
    path = tmp_path / "sheet.png"
    write_coverage_sheet(path, gathered.coverage, "Grace", tmp_path / "grace.likeness")
    with Image.open(path) as image:
        assert image.width > 900 and image.height > 800
    empty = coverage_sheet(coverage_of([]), "Grace")
    full = coverage_sheet(gathered.coverage, "Grace")
    assert not np.array_equal(empty[:600], full[:600])
    with pytest.raises(OutputExists):
        write_coverage_sheet(path, gathered.coverage, "Grace", tmp_path / "grace.likeness")
    with pytest.raises(OutputFormat):
        write_coverage_sheet(tmp_path / "a.gif", gathered.coverage, "Grace", tmp_path / "grace.likeness")
