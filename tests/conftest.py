"""Every test has a home of its own; model files are kept where the user keeps them, so that they are fetched once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from countenance.settings import Settings, default_settings

MODELS = Settings().models_folder

# Folders and files whose tests draw faces, start servers or hold whole commands: `make test-fast` leaves them out. A
# single slow test says so itself: `@pytest.mark.slow`.
SLOW = (
    "attacks/",
    "campaign/",
    "contract/",
    "end_to_end/",
    "head/test_game_head.py",
    "kiosk/",
    "ledger/test_writers.py",
    "likeness/",
    "listening/",
    "marking/test_containers.py",
    "marking/test_keys_command.py",
    "marking/test_manifest.py",
    "marking/test_prior_marks.py",
    "marking/test_prior_sound.py",
    "marking/test_sounds.py",
    "marking/test_stills.py",
    "marking/test_video.py",
    "performance/test_perform_command.py",
    "permission/test_cli_permission.py",
    "permission/test_grant_handover.py",
    "permission/test_grant_takes.py",
    "permission/test_matching.py",
    "refining/",
    "server/",
    "speech/",
    "swap/",
    "take/",
    "unit/test_command_line.py",
    "verify/",
    "watermark/",
)
QUICK = (
    "campaign/test_plan.py",
    "server/test_queue.py",
    "server/test_retention.py",
    "verify/test_parsers.py",
    "verify/test_sentences.py",
)

# A shell ignores Ctrl-C for what runs in its background, and programs inherit that: then it could not be tested.
if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what SLOW names."""
    here = Path(__file__).parent
    for item in items:
        place = item.path.relative_to(here).as_posix()
        if place.startswith(SLOW) and place not in QUICK:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """COUNTENANCE_HOME in a temporary folder."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("COUNTENANCE_HOME", str(home))
    monkeypatch.setenv("COUNTENANCE_MODELS", str(MODELS))
    default_settings.cache_clear()
    yield home
    default_settings.cache_clear()
