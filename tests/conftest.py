"""Every test has a home of its own; model files are kept where the user keeps them, so that they are fetched once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from countenance.settings import Settings, default_settings

MODELS = Settings().models_folder

# A shell ignores Ctrl-C for what runs in its background, and programs inherit that: then it could not be tested.
if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """COUNTENANCE_HOME in a temporary folder."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("COUNTENANCE_HOME", str(home))
    monkeypatch.setenv("COUNTENANCE_MODELS", str(MODELS))
    default_settings.cache_clear()
    yield home
    default_settings.cache_clear()
