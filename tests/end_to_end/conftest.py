from __future__ import annotations

import pytest

from tests.end_to_end.command import Command


@pytest.fixture
def countenance(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command, as its user types it."""
    return Command(capfd, monkeypatch)
