"""Whatever is done to a file that left, reading it gives the code that C2PA names for it. `python -m bench.provenance`
runs the same over every kind of file and asks two other validators."""

from __future__ import annotations

from pathlib import Path

import pytest
from bench.provenance.cases import cases_of
from bench.provenance.validators import NAMES, ours

from countenance.marking.signers import open_signer
from tests.exit_material import settings_in

pytestmark = pytest.mark.usefixtures("inputs_without_marks")


@pytest.mark.parametrize("kind", [".png", ".mp4", ".webm"])
def test_every_tamper_is_told_by_its_name(tmp_path: Path, kind: str) -> None:
    settings = settings_in(tmp_path)
    anchors = open_signer(settings).anchors
    (tmp_path / "tampered").mkdir()
    cases = cases_of(kind, tmp_path, settings, seconds=1.0)
    answers = {case.name: (case.wanted_of(NAMES[0]), ours(case.path, anchors)) for case in cases}
    assert len(answers) >= 9 and "nothing done" in answers and "signed by a stranger" in answers
    for name, (wanted, answer) in answers.items():
        assert answer.agrees(wanted), f"{name}: {answer}, not {wanted[0]}"
