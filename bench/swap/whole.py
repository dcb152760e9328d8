"""The whole of `swap`, with permits, marks, encoding and signing, timed. Needs a home folder of its own."""

from __future__ import annotations

import time
from pathlib import Path

from tests.likeness.material import BEN, Studio
from tests.permission.people import ADA

from bench.swap.material import Plate
from countenance.likeness.library.likeness_store import save_likeness
from countenance.likeness.value import Likeness
from countenance.settings import default_settings

WARM = 12


def whole_job(plate: Plate, likeness: Likeness, studio: Studio, folder: Path) -> tuple[float, float]:
    """Frames a second by the clock once it runs, and seconds of CPU time a frame.

    The grants are made up for the bench, in a home folder that ends with it: what is written is deleted with it.
    """
    at: list[float] = []
    cpu: list[float] = []

    def progress(count: int, _total: int | None) -> None:
        if not count:
            return
        at.append(time.perf_counter())
        cpu.append(time.process_time())

    studio.job.swap(
        plate.path,
        save_likeness(likeness, folder / "one.likeness", default_settings()),
        folder / "out.mp4",
        permission=studio.grant(ADA, likeness.template, "swap"),
        double_permission=studio.grant(BEN, plate.person, "double"),
        progress=progress,
    )
    count = len(at) - WARM
    return count / (at[-1] - at[WARM - 1]), (cpu[-1] - cpu[WARM - 1]) / count
