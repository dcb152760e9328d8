"""Attack: the label is put where nothing was made, so that what was made bears none: on the photograph of a preview."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from countenance.errors import BadOption
from countenance.marking.label import Label
from countenance.marking.render_spec import CORNERS, Corner, LabelChoice, Region
from countenance.marking.video_exit import write_picture
from countenance.render.face_swap import SwapOptions
from countenance.render.framing import last_panel, side_by_side
from tests.attacks.conftest import frames_of, square
from tests.exit_material import making, permit, picture, settings_in
from tests.likeness.material import BEN, Studio, clip_of, template_of
from tests.marking.test_manifest import active
from tests.portraits import eileen_collins


@pytest.mark.parametrize("corner", CORNERS)
@pytest.mark.parametrize("width", [160, 161])
def test_the_label_stands_on_the_drawn_panel(corner: Corner, width: int) -> None:
    panels = [picture(220, 300, 1), picture(90, 60, 2), picture(width, 128, 3)]
    shown = side_by_side(panels)
    region = last_panel(shown, panels[-1])
    assert region.left + region.width == shown.shape[1]
    label = Label(replace(making(region=region), label=LabelChoice(corner=corner)), shown.shape[1], 128)
    changed = np.flatnonzero((label.draw(shown, Fraction(0)) != shown).any(axis=(0, 2)))
    assert changed.size and region.left <= changed.min()


def test_the_manifest_tells_which_part_was_made(tmp_path: Path) -> None:
    made = making(region=Region(160, 0, 160, 128), label="burn")
    write_picture(tmp_path / "a.png", picture(320, 128), permit(), made, settings=settings_in(tmp_path))
    assertions = active(tmp_path / "a.png", "image/png")["assertions"]
    actions = next(each["data"]["actions"] for each in assertions if "actions" in each["label"])
    [changes] = [action["changes"] for action in actions if "changes" in action]
    shape = changes[0]["region"][0]["shape"]
    assert (shape["origin"], shape["width"], shape["height"]) == ({"x": 160.0, "y": 0.0}, 160.0, 128.0)


@pytest.mark.parametrize("region", [(0, 0, 0, 10), (-1, 0, 10, 10), (200, 0, 121, 10), (0, 100, 10, 29)])
def test_a_region_lies_in_the_frame(region: tuple[int, int, int, int]) -> None:
    with pytest.raises(BadOption):
        Label(making(region=Region(*region)), 320, 128)


def labelled(untouched: list[bool], choice: str) -> list[bool]:
    """Which of these frames, four a second, bear the label."""
    label, plain = Label(making(label=choice), 160, 128), picture(160, 128)
    return [
        bool((label.draw(plain, Fraction(index, 4), untouched=passes) != plain).any())
        for index, passes in enumerate(untouched)
    ]


def test_a_label_for_some_seconds_begins_with_what_was_drawn() -> None:
    shown = labelled([True] * 16 + [False] * 16, "first:3")
    assert shown == [False] * 16 + [True] * 12 + [False] * 4


def test_what_passes_untouched_does_not_use_the_label_up() -> None:
    """One drawn frame first, then the film as it was, then all that was drawn."""
    shown = labelled([False] + [True] * 20 + [False] * 16, "first:3")
    assert shown[21:32] == [True] * 11 and not any(shown[33:])


def test_a_film_that_is_redrawn_from_its_middle_is_labelled_there(studio: Studio, tmp_path: Path) -> None:
    pixels = square("eileen")
    clip = clip_of(tmp_path / "eileen.mp4", [pixels] * 24)
    made = studio.job.reage(
        clip,
        tmp_path / "aged.mp4",
        permission=studio.grant(BEN, template_of(eileen_collins()), "re-age"),
        options=SwapOptions(years=20, start=Fraction(3), label=LabelChoice.parse("first:3")),
    )
    assert made.redrawn == 12
    corner = [
        np.abs(each[-48:, -130:].astype(int) - pixels[-48:, -130:].astype(int)).mean()
        for each in frames_of(tmp_path / "aged.mp4")
    ]
    assert max(corner[:12]) + 5 < min(corner[12:])
