"""How many sessions a server takes, and how their processes begin."""

from __future__ import annotations

import multiprocessing
import os
from dataclasses import dataclass
from typing import Any

from countenance.errors import SetupError

LOAD = 0.9
"""Of all cores, that sessions may take."""


class SessionsFull(SetupError):
    """No room: `details["retry_after"]` says for how many seconds."""

    code = "live.full"


@dataclass(frozen=True)
class Limits:
    """What a server allows.

    Attributes:
        cores: that there are; None takes those this process may use.
        longest: seconds that a session lasts at most.
        sessions: at the same time, at most.
    """

    cores: float | None = None
    longest: float = 3600.0
    sessions: int = 16

    @property
    def room(self) -> float:
        """Cores that sessions may take."""
        there = (
            self.cores
            if self.cores is not None
            else float(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
        )
        return there * LOAD


def process_context() -> Any:
    """Processes come from one that has loaded the libraries already and done nothing else: a session begins sooner."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["countenance.live.process", "countenance.live.peers", "mediapipe", "scipy.signal"])
    return context
