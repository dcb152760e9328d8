"""A mark of which the second layer alone is left: it says whose render, never which, and nothing about consent."""

from __future__ import annotations

from pathlib import Path

import pytest

from countenance.marks.watermark import Watermark
from countenance.settings import Settings
from countenance.verify import Inquiry, Verdict, verify_file
from countenance.verify.details import sections
from countenance.verify.findings import FileFinding, ManifestFinding, MarkFinding
from countenance.verify.sentence import sentence
from countenance.verify.words import LANGUAGES
from tests.exit_material import frames, picture
from tests.verify.conftest import RATE
from tests.verify.copies import encoded

ISSUER = 0x0A1B2C


def verdict(outcome: str, prefix: int) -> Verdict:
    file = FileFinding("a.png", "picture", 9, "", True, width=200, height=100)
    found = MarkFinding(complete=True, prefix=prefix, prefix_confidence=8.2)
    return Verdict(outcome, file, ManifestFinding(), found, MarkFinding())  # type: ignore[arg-type]


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_said_in_every_language(language: str) -> None:
    named, nameless = (sentence(verdict("worn-mark", prefix), language) for prefix in (ISSUER, 0))
    assert "0a1b2c" in named and "000000" not in nameless and named != nameless
    assert "0a1b2c" in sentence(verdict("alike", ISSUER), language)
    assert "0a1b2c" in sentence(verdict("signed", ISSUER), language)
    table = {section.key: section for section in sections(verdict("worn-mark", ISSUER), language)}
    assert any("0a1b2c" in value for _, value in table["picture"].rows)


def test_it_neither_accuses_nor_vouches() -> None:
    found = verdict("worn-mark", ISSUER)
    said = sentence(found)
    assert "which render is not known" in said and "a mark can be copied" in said
    assert "consent" not in said and "authentic" not in said and "Made with AI by" not in said
    assert found.exit_status == 0
    assert (
        found.as_dict()["marks"]["picture"]["prefix"] == "0a1b2c" and not found.as_dict()["marks"]["picture"]["found"]
    )


def test_laid_onto_something_innocent_it_says_no_more(tmp_path: Path) -> None:
    """Many renders of one issuer cut together: no number is left, the issuer is. Anybody can lay that onto anything."""
    shown = [frame.pixels for frame in frames(96, RATE, picture(320, 256, seed=3))]
    marks = [Watermark(ISSUER << 40 | 977 * k) for k in range(12)]
    path = encoded(tmp_path / "cut.mp4", (marks[k // 8].embed(pixels) for k, pixels in enumerate(shown)))
    home = Settings(home=tmp_path / "home", issuer=ISSUER)
    found = verify_file(path, home, Inquiry(seconds=1))
    assert found.outcome == "worn-mark" and found.picture.prefix == ISSUER and not found.picture.sightings
    assert found.exit_status == 0 and not found.conflicts
    assert found.record is None and found.permission is None and not found.vouching and not found.strangers
