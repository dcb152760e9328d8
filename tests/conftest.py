"""Every test has a home of its own; model files are kept where the user keeps them, so that they are fetched once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from countenance.settings import Settings, default_settings

MODELS = Settings().models_folder


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """COUNTENANCE_HOME in a temporary folder."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("COUNTENANCE_HOME", str(home))
    monkeypatch.setenv("COUNTENANCE_MODELS", str(MODELS))
    default_settings.cache_clear()
    yield home
    default_settings.cache_clear()
