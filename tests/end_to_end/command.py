"""Running the command as its user does, in this process: `main` parses, runs, prints and exits."""

from __future__ import annotations

import sys
from dataclasses import dataclass

import pytest

from countenance.cli import main


@dataclass(frozen=True)
class Ran:
    """What a run answered."""

    status: int
    out: str
    err: str


class Command:
    """`countenance …`"""

    def __init__(self, capfd: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch) -> None:
        self._capfd, self._patch = capfd, patch

    def __call__(self, *words: object) -> Ran:
        self._patch.setattr(sys, "argv", ["countenance", *map(str, words)])
        self._capfd.readouterr()
        try:
            main()
            status = 0
        except SystemExit as stop:
            status = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
        out, err = self._capfd.readouterr()
        return Ran(status, out, err)
