"""Compiled loops are kept where something can be kept, and work where nothing can."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

LOOPS = """
from countenance.kernels import kernel

@kernel(nogil=True)
def twice(x):
    return 2 * x

if __name__ == "__main__":
    assert twice(21) == 42
    print(len(twice.stats.cache_misses))
"""


@pytest.fixture
def install(tmp_path: Path) -> Path:
    """A module in a place where numba can keep nothing: neither beside it nor in the user's cache."""
    folder = tmp_path / "install"
    folder.mkdir()
    (folder / "loops.py").write_text(LOOPS)
    (folder / "__pycache__").touch()
    return folder


def misses(install: Path, home: Path) -> int:
    words = {k: v for k, v in os.environ.items() if not k.startswith(("XDG_", "NUMBA_"))}
    ran = subprocess.run(
        [sys.executable, str(install / "loops.py")],
        env=words | {"HOME": "/dev/null", "COUNTENANCE_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return int(ran.stdout)


def test_a_read_only_install_keeps_them_in_our_home(install: Path, tmp_path: Path) -> None:
    assert misses(install, tmp_path / "home") == 1
    assert list((tmp_path / "home" / "kernels").rglob("*.nbi"))
    assert misses(install, tmp_path / "home") == 0


def test_where_nothing_can_be_kept_they_are_compiled_each_time(install: Path) -> None:
    nowhere = Path("/dev/null/home")
    misses(install, nowhere)
    misses(install, nowhere)
