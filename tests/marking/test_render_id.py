"""A render's name is its mark's payload: what `animate` answers is what the registry and the manifest know."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from countenance.marking.render_registry import Registry
from countenance.settings import default_settings
from tests.end_to_end.command import Command
from tests.portraits import grace_hopper_file


def test_animate_names_what_it_made(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = Command(capfd, monkeypatch)(
        "animate", "-s", grace_hopper_file(), "-d", "authored:demo", "-o", tmp_path / "out.mp4", "--duration", 0.3,
        "--size", 160, "--public-domain", "Grace Hopper (1906–1992), US Navy photograph, 1984",
        "--basis", "us-government-work", "--json",
    )  # fmt: skip
    assert ran.status == 0, ran.err
    told = json.loads(ran.out)
    with Registry.open(default_settings()) as registry:
        render = registry.by_payload(int(told["render_id"], 16))
    assert render is not None and len(told["render_id"]) == 16
    assert (render.manifest_id, render.signer) == (told["manifest_id"], told["signer"])
    assert render.permit_id == told["permit"] and not render.permit_id.startswith(told["render_id"])
    assert told["marks"] == ["picture"] and told["label"].startswith("AI GENERATED") and told["sidecar"] is None
