"""What leaves, held against C2PA's Asset Conformance Rubric: made from nothing, and changed from a file."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import c2pa
import pytest

from countenance.marking.bindings import ALGORITHMS
from countenance.marking.video_exit import VideoOutput, write_picture, write_sound
from tests.exit_material import Clicks, frames, making, permit, picture, picture_file, plate, settings_in
from tests.marking.asset_rubric import failed
from tests.verify.voice import Voice


def crjson(path: Path) -> dict[str, Any]:
    with path.open("rb") as file, c2pa.Reader.try_create(None, file) as reader:
        found: dict[str, Any] = json.loads(reader.crjson())
    return found


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One of each kind of file; `changed` and `changed again` were made from files, the second from one of ours."""
    folder = tmp_path_factory.mktemp("rubric")
    settings = settings_in(folder)
    made = {name: folder / f"{name}.{kind}" for name, kind in (("png", "png"), ("jpeg", "jpg"), ("webp", "webp"))}
    for path in made.values():
        write_picture(path, picture(), permit(), making(), settings=settings)
    made["sound"] = folder / "sound.wav"
    speech = making(use="speak", sound_is_synthetic=True)
    write_sound(made["sound"], Voice(24000, 4.0), permit(use="speak"), speech, settings=settings)
    made["video"] = folder / "clip.mp4"
    with VideoOutput(
        made["video"], permit(), making(), width=160, height=128, rate=Fraction(10),
        audio=Clicks(48000, 1, 2.0, (1.0,), noise=0.01), settings=settings,
    ) as output:  # fmt: skip
        for frame in frames(20, Fraction(10)):
            output.write(frame)
    original = picture_file(folder / "plate.png")
    for name, source in (("changed", original), ("changed again", made["png"])):
        ingredients, allowed = plate(source)
        ingredients = tuple(replace(one, relationship="parentOf") for one in ingredients)
        made[name] = folder / f"{name}.png"
        done = making(ingredients=ingredients, actions=(("c2pa.edited", "The face was redrawn."),))
        write_picture(made[name], picture(seed=3), allowed, done, settings=settings)
    return made


KINDS = ("png", "jpeg", "webp", "sound", "video", "changed", "changed again")


@pytest.mark.parametrize("kind", KINDS)
def test_the_rubric_passes(files: dict[str, Path], kind: str) -> None:
    assert list(failed(crjson(files[kind]))) == []


def test_a_manifest_of_before_would_not_pass(files: dict[str, Path]) -> None:
    """Each of these was so once; the checks see it."""
    document = crjson(files["changed"])
    manifest = document["manifests"][0]
    actions = manifest["assertions"]["c2pa.actions.v2"]
    del manifest["claim.v2"]["claim_generator_info"]["specVersion"], actions["actions"][1]["digitalSourceType"]
    actions["actions"][0]["digitalSourceType"] = "x"
    del actions["allActionsIncluded"]
    manifest["claim.v2"]["created_assertions"] = manifest["claim.v2"]["created_assertions"][:0]
    assert {name for name, _ in failed(document)} == {
        "mandatory_spec_version",
        "mandatory_dst_for_perceptible_transformations",
        "no_dst_for_opened_action",
        "mandatory_all_actions_included",
        "inception_action_position",
    }


def test_the_entries_for_the_soft_binding_list_name_our_marks() -> None:
    text = (Path(__file__).parents[2] / "docs" / "conformance.md").read_text()
    entries = json.loads(text.partition("```json\n")[2].partition("```")[0])
    assert [one["alg"] for one in entries] == list(ALGORITHMS)
    assert all(one["type"] == "watermark" and one["decodedMediaTypes"] for one in entries)
