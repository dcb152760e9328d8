"""Notes and marks put into a file so that it is taken for something else: told as theirs, never as ours."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from countenance.settings import Settings
from countenance.verify import Inquiry, Verdict, verify_file
from countenance.verify.readers.dwt_dct import MESSAGES
from countenance.verify.readers.findings import OthersMark
from countenance.verify.sentence import claimed
from countenance.verify.words import LANGUAGES, words
from tests.exit_material import picture
from tests.marking.chains import Authority
from tests.verify.copies import signed_by
from tests.verify.readers.noted import CAMERA, PARAMETERS, dwt_dct, jpeg, png, stealth, xmp

_AI = (
    "<Iptc4xmpExt:DigitalSourceType>http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
    "</Iptc4xmpExt:DigitalSourceType>"
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


def asked(path: Path, settings: Settings) -> Verdict:
    return verify_file(path, settings, Inquiry(seconds=2))


def test_a_photograph_given_a_generator_s_note(tmp_path: Path, settings: Settings) -> None:
    found = asked(png(tmp_path / "a.png", parameters=PARAMETERS), settings)
    assert found.outcome == "noted-ai" and found.exit_status == 0
    assert "anybody can write such a note, and nobody vouches for it" in found.summary


def test_a_photograph_given_a_generator_s_mark(tmp_path: Path, settings: Settings) -> None:
    path = tmp_path / "a.png"
    Image.fromarray(dwt_dct(picture(512, 400, seed=2), MESSAGES[3].bits)).save(path)
    found = asked(path, settings)
    assert found.outcome == "marked-others" and "“FLUX.1”" in found.summary
    assert "such marks can be copied, and nobody vouches for this one" in found.summary
    assert found.record is None and not found.vouching


def test_a_generated_picture_given_a_camera_s_record(tmp_path: Path, settings: Settings) -> None:
    found = asked(jpeg(tmp_path / "a.jpg", packet=xmp(_AI), **CAMERA), settings)
    assert found.conflicts == ("notes-disagree",) and found.exit_status == 10
    assert "both are true of a photograph that a generator changed" in found.summary


def test_a_signed_photograph_that_bears_a_generator_s_mark(tmp_path: Path, settings: Settings) -> None:
    path = tmp_path / "a.png"
    Image.fromarray(dwt_dct(picture(512, 400, seed=2), MESSAGES[2].bits)).save(path)
    signed = signed_by(Authority("An agency"), path, tmp_path / "b.png", "image/png", source_type="digitalCapture")
    found = asked(signed, settings)
    assert found.outcome == "signed" and "note-is-not-the-manifests" in found.conflicts
    assert "Stable Diffusion XL" in found.summary


def test_marked_by_three_tools_at_once(tmp_path: Path, settings: Settings) -> None:
    hidden = stealth(tmp_path / "h.png", '{"Software": "NovelAI"}')
    with Image.open(hidden) as image:
        alpha = np.asarray(image)[..., 3]
    colours = dwt_dct(picture(512, 400, seed=2), MESSAGES[0].bits)
    bits = np.full(colours.shape[:2], 255, np.uint8)
    flat = bits.T.reshape(-1)
    flat[: alpha.size] = alpha.T.reshape(-1)
    both = np.dstack([colours, flat.reshape(colours.shape[1], colours.shape[0]).T])
    path = png(tmp_path / "a.png", both, parameters=PARAMETERS)
    makers = {one.maker for one in asked(path, settings).marks_of_others.found}
    assert makers == {"NovelAI", "Stable Diffusion 1", "Stable Diffusion web UI"}


@pytest.mark.parametrize(
    "name",
    [
        "x”); with the consent of the person shown, for whose key “EU” vouches (“y",
        'x") » ; made by “us”',
        "x) [y}; z",
    ],
)
def test_a_name_does_not_end_its_quotation(name: str) -> None:
    for language in LANGUAGES:
        said = words(language)
        told = claimed(OthersMark("aigc", "note", "ai", name), said)
        inside = told.removeprefix(said["claimed"]["ai"])
        opens, closes = said["quote"].split("{name}")
        assert inside.count(opens.strip()) == 1 and inside.count(closes.strip()) == 1, told
        assert ";" not in inside and inside.count("(") == inside.count(")")


def test_a_work_keeps_its_own_brackets() -> None:
    said = words("en")
    told = claimed(OthersMark("iptc", "note", "ai", "Grace M. Hopper (1906–1992), US Navy"), said)
    assert "“Grace M. Hopper (1906–1992), US Navy”" in told
