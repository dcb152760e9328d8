"""Machine drafts say what they are until somebody has read them, and are not rendered before."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import pytest

from countenance.campaign.expansion import expand
from countenance.campaign.plan_file import read_plan
from countenance.campaign.version import Version
from countenance.errors import BadDocument, BadOption, LibraryMissing
from countenance.settings import default_settings
from countenance.speech.script import Cue
from countenance.translate.drafts import MARK, is_draft, is_outdated, read_lines, write_draft
from countenance.translate.translators import Apertium, Translator, load_translator, translator_names
from tests.campaign.conftest import PLAN, Write
from tests.end_to_end.command import Command

# Stands in for the free program of this name: says which pairs it knows, and turns words into capitals.
PROGRAM = '#!/bin/sh\nif [ "$1" = -l ]; then echo "  eng-spa"; exit 0; fi\n[ "$2" = eng-spa ] && tr a-z A-Z\n'

TRANSLATED = PLAN.replace("languages:", "original: en\nlanguages:").replace(
    "faces:", "  es: {translate: apertium, voices: [espeak]}\nfaces:"
)
TIMED = "1\n00:00:00,000 --> 00:00:02,000\nGood day.\n\n2\n00:00:03,000 --> 00:00:05,000\nCome\nagain.\n"


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    path = folder / "apertium"
    path.write_text(PROGRAM)
    path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return path


def spanish(path: Path, *, accept: bool = False) -> Version:
    return next(
        v for v in expand(read_plan(path), path.parent, default_settings(), accept_drafts=accept) if v.language == "es"
    )


def test_a_draft_waits_until_it_is_accepted_or_reviewed(write: Write, program: Path) -> None:
    path = write(TRANSLATED)
    version = spanish(path)
    assert version.draft and [problem.code for problem in version.problems] == ["campaign.draft"]
    draft = path.parent / "versions" / "drafts" / "museum-night.es.draft.txt"
    assert draft.read_text().startswith(f"# {MARK}: en to es by apertium") and "COME IN." in draft.read_text()
    accepted = spanish(path, accept=True)
    assert accepted.problems == () and accepted.draft and "draft translation" in accepted.title
    assert [cue.text for cue in accepted.cues] == ["COME IN."], "the head is not spoken"
    draft.write_text("Pase.\n")
    reviewed = spanish(path)
    assert not reviewed.draft and reviewed.problems == () and reviewed.cues[0].text == "Pase."
    assert reviewed.fingerprint != accepted.fingerprint
    program.unlink()
    assert spanish(path).cues == reviewed.cues, "what is there is not drafted again"


@pytest.mark.usefixtures("program")
def test_times_are_kept_and_the_note_is_not_spoken(write: Write, tmp_path: Path) -> None:
    (tmp_path / "en.srt").write_text(TIMED)
    version = spanish(write(TRANSLATED.replace('text: "Come in."', "script: en.srt")), accept=True)
    assert version.cues == (
        Cue("GOOD DAY.", Fraction(0), Fraction(2)),
        Cue("COME AGAIN.", Fraction(3), Fraction(5)),
    )
    draft = tmp_path / "versions" / "drafts" / "museum-night.es.draft.vtt"
    assert draft.read_text().startswith(f"WEBVTT\n\nNOTE {MARK}") and is_draft(draft)


def test_the_rule_holds_for_a_draft_that_a_plan_names_itself(write: Write, tmp_path: Path) -> None:
    (tmp_path / "es.txt").write_text(f"# {MARK.upper()}: from elsewhere\nHola.\n")
    path = write(PLAN.replace("faces:", "  es: {script: es.txt, voices: [espeak]}\nfaces:"))
    assert [problem.code for problem in spanish(path).problems] == ["campaign.draft"]
    assert read_lines(tmp_path / "es.txt") == [Cue("Hola.")]


@pytest.mark.usefixtures("program")
def test_a_draft_of_another_original_is_told(write: Write) -> None:
    path = write(TRANSLATED)
    spanish(path)
    write(TRANSLATED.replace("Come in.", "Go away."))
    problem = spanish(path, accept=True).problems[0]
    assert problem.code == "campaign.draft" and "another en script" in problem.message and "Delete" in problem.remedy
    assert is_outdated(path.parent / "versions" / "drafts" / "museum-night.es.draft.txt", [Cue("Go away.")])


@pytest.mark.usefixtures("program")
def test_a_dry_run_says_what_needs_review(write: Write, countenance: Command) -> None:
    ran = countenance("campaign", write(TRANSLATED), "--dry-run")
    assert ran.status == 3 and "campaign.draft" in ran.err and "--accept-draft" in ran.err
    assert countenance("campaign", write(TRANSLATED), "--dry-run", "--accept-draft").status == 0


@pytest.mark.usefixtures("program")
def test_translators_that_are_missing_or_unknown(write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "apertium" in translator_names() and isinstance(load_translator("apertium"), Translator)
    with pytest.raises(BadOption, match="no translator called"):
        load_translator("babel")
    with pytest.raises(BadOption, match="en to hi"):
        Apertium().translate(["x"], "en", "hi")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LibraryMissing, match="apertium"):
        Apertium().translate(["x"], "en", "es")
    assert "apertium" in spanish(write(TRANSLATED)).problems[0].message


class Careless:
    """Loses a line."""

    name = "careless"

    def translate(self, lines: Sequence[str], source: str, target: str) -> list[str]:
        del source, target
        return list(lines)[1:]


def test_a_translator_that_loses_lines_is_not_believed(tmp_path: Path) -> None:
    with pytest.raises(BadDocument) as caught:
        write_draft(tmp_path / "x.draft.txt", [Cue("One."), Cue("Two.")], Careless(), "en", "es")
    assert caught.value.code == "campaign.translator" and not list(tmp_path.iterdir())
