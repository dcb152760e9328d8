"""What a plan may say, how its mistakes are told, and what a dry run lists."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from countenance.campaign.expansion import expand
from countenance.campaign.plan_file import read_plan
from countenance.errors import BadDocument, CountenanceError, PermissionRefused
from countenance.settings import default_settings
from tests.campaign.conftest import FREE, PLAN, Write, needs_espeak
from tests.end_to_end.command import Command

COMBINED = f"""\
title: Spring sale
original: en
territories: [DE]
languages:
  sv: {{text: "Hej."}}
  en: {{text: "Hi.", voices: [hibari, espeak]}}
faces:
  grace: {{portrait: grace.jpg, {FREE}}}
  stranger: {{portrait: grace.jpg}}
  lost: {{portrait: gone.jpg, permission: gone.jwt}}
formats: [own, 16:9, 9:16]
leave_out:
  - {{face: grace, language: sv, format: "9:16"}}
"""


@needs_espeak
def test_every_combination_is_a_version_but_those_left_out(write: Write) -> None:
    path = write(COMBINED)
    versions = expand(read_plan(path), path.parent, default_settings())
    names = [version.name for version in versions]
    assert len(set(names)) == len(names) == 3 * (1 + 2) * 3 - 1
    assert "grace.sv.espeak.16x9" in names
    assert "grace.sv.espeak.9x16" not in names and "stranger.sv.espeak.9x16" in names
    assert len({version.output for version in versions}) == len(versions)
    assert len({version.fingerprint for version in versions if version.face == "grace"}) == 8


def test_no_is_norwegian_and_16_9_a_shape(write: Write) -> None:
    plan = read_plan(write(PLAN.replace("  en:", "  no:").replace('"9:16"', "16:9")))
    assert list(plan.languages) == ["no"] and plan.formats[0].shape == "16:9"


def test_what_decides_the_result_decides_the_fingerprint(write: Write) -> None:
    def prints(text: str) -> dict[str, str]:
        path = write(text)
        return {
            version.name: version.fingerprint for version in expand(read_plan(path), path.parent, default_settings())
        }

    first = prints(PLAN)
    assert prints(PLAN) == first
    for old, new in (("Come in.", "Come out."), ("night", "day"), ("size: 320", "size: 322")):
        changed = prints(PLAN.replace(old, new))
        assert set(changed.values()) != set(first.values())
    (write(PLAN).parent / "grace.jpg").write_bytes(b"another picture")
    assert not set(prints(PLAN).values()) & set(first.values())


@pytest.mark.parametrize(
    ("old", "new", "key", "line"),
    [
        ("portrait: grace", "portriat: grace", "faces.grace.portriat", 5),
        ("title: Museum night\n", "", "title", None),
        ('"9:16"', '"9x16"', "formats[0].shape", 6),
        ('text: "Come in."', 'text: "x", pace: 9', "languages.en.pace", 3),
        ('text: "Come in."', 'translate: apertium', "original", None),
        ("portrait: grace.jpg", "portrait: grace.jpg, swap: ad.mp4", "swap", 5),
        ("  en:", "  english language:", "languages.english language", 3),
        ("  en:", "  any:", "languages.any", 3),
        ("title: Museum night", "title: x\npurpose: exhibition", "purpose", 2),
        ("title: Museum night", "title: x\nterritories: [DE, Mars]", "territories[1]", 2),
    ],
)  # fmt: skip
def test_a_mistake_is_told_by_key_and_line(write: Write, old: str, new: str, key: str, line: int | None) -> None:
    with pytest.raises(BadDocument) as caught:
        read_plan(write(PLAN.replace(old, new)))
    assert caught.value.code == "campaign.plan" and key in caught.value.message and caught.value.remedy
    assert line is None or f"line {line}:" in caught.value.message


@pytest.mark.parametrize(
    "text", ["", "just words", "- a\n- b", "a: [1,", "a: &a [*a, *a]", "\x00", "title: x\ntitle: y"]
)
def test_what_is_no_plan_is_told(write: Write, text: str) -> None:
    with pytest.raises(CountenanceError) as caught:
        read_plan(write(text))
    assert caught.value.exit_status == 3


def test_what_no_grant_allows_is_refused_before_anything_else(write: Write) -> None:
    with pytest.raises(PermissionRefused) as caught:
        read_plan(write(PLAN.replace("title: Museum night", "title: x\npurpose: election")))
    assert caught.value.code == "permission.political"


def test_a_swap_is_refused_by_name(write: Write, countenance: Command) -> None:
    ran = countenance("campaign", write(PLAN + "swap: {clip: ad.mp4}\n"), "--dry-run")
    assert ran.status == 3 and "swap: this is not available" in ran.err and "likeness: ada.likeness" in ran.err


@needs_espeak
def test_a_dry_run_lists_versions_and_missing_permissions(write: Write, countenance: Command) -> None:
    path = write(COMBINED)
    before = sorted(path.parent.iterdir())
    ran = countenance("campaign", path, "--dry-run", "--json")
    told = json.loads(ran.out)
    assert ran.status == 5 and told["counts"] == {"made": 0, "to make": 8, "refused": 18, "blocked": 0}
    codes = {one["face"]: {p["code"] for p in one["problems"]} for one in told["versions"]}
    assert codes == {
        "grace": set(),
        "stranger": {"permission.missing"},
        "lost": {"input.missing", "permission.no_grant"},
    }
    assert {one["permission"] for one in told["versions"] if one["face"] == "grace"} == {"public-domain"}
    assert sorted(path.parent.iterdir()) == before, "a dry run writes nothing"


@needs_espeak
def test_unreadable_scripts_and_unknown_voices_block_their_versions_alone(write: Write, tmp_path: Path) -> None:
    (tmp_path / "en.srt").write_text("no cues here")
    text = PLAN.replace('text: "Come in."', "script: en.srt") + "  # the end\n"
    text = text.replace("faces:", '  de: {text: "Hallo.", voices: [hibari]}\n  fr: {text: "Oui."}\nfaces:')
    found = {v.language: v.problems for v in expand(read_plan(write(text)), tmp_path, default_settings())}
    assert "languages.en" in found["en"][0].message
    assert "languages.de.voices" in found["de"][0].message and "espeak" in found["de"][0].remedy
    assert found["fr"] == ()


def test_the_plan_in_the_documentation_is_one(write: Write) -> None:
    page = Path(__file__).parents[2] / "docs" / "campaign.md"
    text = page.read_text("utf-8").split("```yaml\n")[1].split("```")[0]
    plan = read_plan(write(text))
    assert [one.shape for one in plan.formats] == ["own", "16:9", "9:16", "1:1"]
    assert {face.use for face in plan.faces.values()} == {"dub", "speak", "swap"}


def test_a_recording_takes_no_voice_and_needs_a_grant_that_names_it(write: Write, tmp_path: Path) -> None:
    with pytest.raises(BadDocument, match="a recording is heard as it is"):
        read_plan(write(PLAN.replace('text: "Come in."', "audio: said.wav, voices: [hibari]")))
    path = write(PLAN.replace('text: "Come in."', "audio: said.wav"))
    version = expand(read_plan(path), tmp_path, default_settings())[0]
    assert (
        version.voice == "recorded" and version.captions is None and "languages.en.audio" in version.problems[0].message
    )
    (tmp_path / "said.wav").write_bytes(b"RIFF")
    version = expand(read_plan(path), tmp_path, default_settings())[0]
    assert version.inputs == {"source": tmp_path / "grace.jpg", "voice": tmp_path / "said.wav"} and not version.problems


def test_a_tilde_is_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "plan.yaml").write_text(
        "title: Short\noutput: ~/versions\npurpose: advertising\nterritories: [DE]\noriginal: en\n"
        'languages:\n  en: {text: "Hi."}\n'
        'faces:\n  lisa: {portrait: ~/lisa.jpg, public_domain: "Mona Lisa, Leonardo da Vinci, c. 1503"}\n'
        'formats: [{shape: "1:1", size: 240}]\n',
        encoding="utf-8",
    )
    plan = read_plan(tmp_path / "plan.yaml")
    assert plan.output == tmp_path / "versions" and plan.faces["lisa"].portrait == tmp_path / "lisa.jpg"
