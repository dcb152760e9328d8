"""A folder with a plan, a portrait in the public domain, and the command."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.end_to_end.command import Command
from tests.portraits import grace_hopper_file

FREE = 'public_domain: "Grace Hopper (1906–1992), US Navy photograph, 1984", basis: us-government-work'

PLAN = f"""\
title: Museum night
languages:
  en: {{text: "Come in."}}
faces:
  grace: {{portrait: grace.jpg, {FREE}}}
formats: [{{shape: "9:16", size: 320}}, {{shape: "1:1", size: 256}}]
"""

needs_espeak = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")

Write = Callable[[str], Path]


@pytest.fixture
def countenance(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command, as its user types it."""
    return Command(capfd, monkeypatch)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a plan beside the portrait it names."""
    shutil.copy(grace_hopper_file(), tmp_path / "grace.jpg")

    def writer(text: str) -> Path:
        path = tmp_path / "plan.yaml"
        path.write_text(text, "utf-8")
        return path

    return writer
