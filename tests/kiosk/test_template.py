"""What a template may say, and how its mistakes are told."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from countenance.errors import CountenanceError
from countenance.kiosk.showing import check_template
from countenance.kiosk.template import Template
from countenance.kiosk.template_file import open_template
from countenance.settings import default_settings
from tests.end_to_end.command import Command
from tests.kiosk.conftest import TEMPLATE, Kiosk


def test_what_it_says_reaches_the_swap(kiosk: Kiosk) -> None:
    text = TEMPLATE.replace("from: 0.5", "from: 0:00.5").replace(
        "face: largest", "face: 1\n  area: lower\n  shape: 0.4"
    )
    opened = open_template(kiosk.write(text.replace("look: {", "look: {glasses: false, seed: 7, ")))
    options = opened.options()
    assert (options.face, options.area, options.shape, options.glasses) == ("1", "lower", 0.4, False)
    assert (options.start, options.end, options.seed, options.language) == (Fraction(1, 2), Fraction(3, 2), 7, "de")
    said = opened.circumstances()
    assert (said.purpose, said.territories, said.languages) == ("film", ("DE",), ("de",))
    assert opened.circumstances("museum", ("FR",)).purpose == "museum"


@pytest.mark.parametrize(
    ("old", "new", "code", "told"),
    [
        ("kiosk/1", "kiosk/2", "kiosk.template", "line 1: schema"),
        ("clip: advert", "clipp: advert", "kiosk.template", "clip"),
        ("face: largest", "face: biggest", "kiosk.template", "line 5: slot.face"),
        ("from: 0.5", "from: soon", "kiosk.template", "line 6: slot.from"),
        ("to: 1.5", "to: 0.25", "kiosk.template", "line 7: slot.to"),
        ("to: 1.5", "area: hat", "kiosk.template", "line 7: slot.area"),
        ("to: 1.5", "to: 9", "kiosk.slot", "line 7, slot.to"),
        ("from: 0.5\n  to: 1.5", "from: 5", "kiosk.slot", "line 6, slot.from"),
        ("style: burn", "style: none", "kiosk.template", "line 8: look.label"),
        ("purpose: film", "purpose: exhibition", "kiosk.template", "line 10: purpose"),
        ("purpose: film", "purpose: election", "permission.political", "election"),
        ("[DE]", "[DE, Mars]", "kiosk.template", "line 11: territories[1]"),
        ("advert.mp4", "gone.mp4", "input.missing", "line 3, clip"),
        ("advert.mp4", "template.yaml", "input.not_a_video", "line 3, clip"),
        ("title:", "poster: gone.png\ntitle:", "input.missing", "line 2, poster"),
        ("double.jwt", "gone.jwt", "permission.no_grant", "line 9, double.permission"),
        ("double: {permission: double.jwt}\n", "", "permission.double", "template.yaml"),
        ("title: Museum advert", "title: [", "input.document", "line"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_by_key_and_line(kiosk: Kiosk, old: str, new: str, code: str, told: str) -> None:
    assert old in TEMPLATE
    with pytest.raises(CountenanceError) as caught:
        open_template(kiosk.write(TEMPLATE.replace(old, new)))
    assert caught.value.code == code and told in caught.value.message and caught.value.remedy


def test_check_finds_what_needs_looking(kiosk: Kiosk, countenance: Command) -> None:
    ran = countenance("kiosk", "check", kiosk.template)
    assert ran.status == 0 and "largest face, from 0.50 s to 1.50 s" in ran.out and "signed by the person" in ran.out
    (kiosk.folder / "advert.mp4").write_bytes((kiosk.clips / "nobody.mp4").read_bytes())
    with pytest.raises(CountenanceError) as caught:
        check_template(kiosk.template, default_settings())
    assert caught.value.code == "face.none" and "advert.mp4" in caught.value.message
    (kiosk.folder / "advert.mp4").write_bytes((kiosk.clips / "take.mp4").read_bytes())
    with pytest.raises(CountenanceError) as caught:
        check_template(kiosk.template, default_settings())
    assert caught.value.code == "permission.face"


def test_the_template_in_the_documentation_is_one() -> None:
    text = (Path(__file__).parents[2] / "docs" / "kiosk.md").read_text("utf-8")
    said = YAML(typ="safe", pure=True).load(text.split("```yaml\n")[1].split("```")[0])
    assert Template.model_validate(said).slot.ends == Fraction(9, 2)
