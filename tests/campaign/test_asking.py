"""What the policy is asked before anything is drawn, and how its answers are told in the plan's words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from countenance.campaign import preflight
from countenance.campaign.expansion import expand
from countenance.campaign.plan_file import read_plan
from countenance.campaign.preflight import ask
from countenance.campaign.version import Problem, Version
from countenance.errors import BadDocument, PermissionRefused
from countenance.files import sha256_file
from countenance.render.job import Recipe
from countenance.settings import default_settings
from tests.campaign.conftest import PLAN, Write
from tests.exit_material import permit


def versions_of(path: Path) -> tuple[Version, ...]:
    return expand(read_plan(path), path.parent, default_settings())


def test_a_grants_count_is_not_used_up_by_what_cannot_be_made(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = versions_of(write(PLAN))
    inputs = {first.role: sha256_file(first.source)}
    once = replace(permit(inputs, use="speak"), grant_id="0123456789abcdef" * 2, times=1)
    monkeypatch.setattr(preflight, "_asked", lambda _version, _seen, _settings: once)
    answers = ask([first, second], default_settings())
    assert answers[first.name].problem is None
    spent = answers[second.name].problem
    assert spent is not None and spent.code == "permission.count" and "1 render" in spent.message
    blocked = replace(first, problems=(Problem("campaign.draft", "A draft.", "Review it."),))
    assert all(answer.problem is None for answer in ask([blocked, second], default_settings()).values())


def test_a_refusal_names_the_face_and_the_plans_keys(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_version: Version) -> Recipe:
        raise PermissionRefused(
            "The grant does not allow the territory 'US', only EU.",
            "Say what it is for with --territory EU, or ask for a wider grant.",
            code="permission.territory",
        )

    monkeypatch.setattr(preflight, "recipe_of", refuse)
    version = versions_of(write(PLAN))[0]
    problem = ask([version], default_settings())[version.name].problem
    assert problem is not None and problem.code == "permission.territory"
    assert problem.message.startswith("faces.grace: The grant does not allow")
    assert problem.remedy == "Say what it is for with territories: [EU], or ask for a wider grant."


def test_a_voice_of_ones_own_lies_beside_the_plan_and_is_asked_about(write: Write, tmp_path: Path) -> None:
    """No voice's file is here to load: only that one is blocked, and what would be asked is told by role."""
    path = write(PLAN.replace('"Come in."', '"Come in.", voices: [hibari, voices/maria.onnx#calm]'))
    found = {version.voice: version for version in versions_of(path)}
    assert found["hibari"].problems == () and found["hibari"].inputs.keys() == {"source"}
    own = found["voices/maria.onnx#calm"]
    assert own.inputs["voice"] == tmp_path / "voices/maria.onnx"
    assert own.speaker == f"{tmp_path}/voices/maria.onnx#calm"
    assert "languages.en.voices" in own.problems[0].message and "maria.onnx" in own.problems[0].message
    assert own.output.name == "museum-night.grace.en.maria-calm.1x1-256.mp4"
    (tmp_path / "voices").mkdir()
    (tmp_path / "voices" / "maria.onnx").write_bytes(b"one")
    prints = {version.fingerprint for version in versions_of(path)}
    (tmp_path / "voices" / "maria.onnx").write_bytes(b"two")
    assert len(prints & {version.fingerprint for version in versions_of(path)}) == 2, "only hibari's stay"


def test_a_voice_that_is_not_there_blocks_itself_alone(write: Write) -> None:
    versions = versions_of(write(PLAN.replace("faces:", "voices: [nobody, hibari, hibari]\nfaces:")))
    assert [(v.voice, bool(v.problems)) for v in versions[::2]] == [("nobody", True), ("hibari", False)]
    assert "nobody" in versions[0].problems[0].message


def test_versions_of_one_name_are_refused(write: Write) -> None:
    with pytest.raises(BadDocument, match=r"2 versions would all be called museum-night\.grace\.en\.v\.1x1"):
        versions_of(write(PLAN.replace('"Come in."', '"Hi.", voices: [a/v.onnx, b/v.onnx]').replace(
            '{shape: "9:16", size: 320}, ', "")))  # fmt: skip
