"""Makers that workers can be given in place of the renderer: they write one line for each job that they finish."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

from countenance.errors import NoFace
from countenance.server.jobs.job import Job
from countenance.server.places import Places
from countenance.settings import Settings


def _note(settings: Settings, what: str, job: Job) -> None:
    handle = os.open(settings.home / "made.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.write(handle, f"{what} {job.id} {job.attempts}\n".encode())
    os.close(handle)


def noted(home: Path, what: str) -> list[str]:
    """The jobs of which something was noted, in order."""
    lines = (home / "made.log").read_text().splitlines() if (home / "made.log").is_file() else []
    return [line.split()[1] for line in lines if line.split()[0] == what]


def slow(job: Job, settings: Settings, progress: Any, cancel: Any) -> dict[str, Any]:
    """Draws as many frames as the title says, 20 ms each."""
    _note(settings, "began", job)
    total = int(job.title)
    for frame in range(total + 1):
        cancel.check()
        progress(frame, total)
        time.sleep(0.02)
    _note(settings, "made", job)
    return {"frames": total}


def filed(job: Job, settings: Settings, _progress: Any, _cancel: Any) -> dict[str, Any]:
    """Leaves a result that can be downloaded."""
    folder = Places.at_home(settings).result_folder(job.id)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{job.id}.mp4").write_bytes(b"film")
    return {"frames": 1, "output": f"{job.id}.mp4", "seconds": 1.0, "size": [2, 2], "render_id": "0" * 16}


def dying(job: Job, settings: Settings, progress: Any, cancel: Any) -> dict[str, Any]:
    """Kills the process it is in; the number in the title says in how many attempts."""
    del progress, cancel
    _note(settings, "began", job)
    if job.attempts <= int(job.title):
        os.kill(os.getpid(), signal.SIGKILL)
    _note(settings, "made", job)
    return {}


def refusing(job: Job, settings: Settings, progress: Any, cancel: Any) -> dict[str, Any]:
    """Finds no face."""
    del settings, progress, cancel
    raise NoFace(f"There is no face in {job.title}.")


def broken(job: Job, settings: Settings, progress: Any, cancel: Any) -> dict[str, Any]:
    """Is wrong in a way that nobody foresaw."""
    del job, settings, progress, cancel
    raise RuntimeError("secret path /home/ada")
