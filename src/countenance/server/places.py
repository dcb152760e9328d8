"""Where the studio's files lie in its home: uploads by number, results by job. Names that callers give are never paths.

    HOME/studio/uploads/<upload>/file        what was uploaded, as it came
    HOME/studio/results/<job>/<job>.mp4      what was made

Knows nothing of jobs and HTTP.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from countenance.errors import FileMissing
from countenance.server.database import studio_folder
from countenance.settings import Settings
from countenance.spool import wipe

_NUMBER = re.compile(r"(upl|job)_[0-9a-f]{32}")
SAMPLES = {"sample:grace-hopper": "grace_hopper.jpg"}
SAMPLE_CLAIM = "Commodore Grace M. Hopper (1906–1992), US Navy photograph by James S. Davis, 1984"
SAMPLE_BASIS = "us-government-work"


@dataclass(frozen=True)
class Places:
    """The studio's folders."""

    folder: Path

    @classmethod
    def at_home(cls, settings: Settings) -> Places:
        """Those of the settings' home; made where they are not there. Raises OutputFolder."""
        return cls(studio_folder(settings))

    def upload(self, number: str) -> Path:
        """The file of an upload."""
        return self._in("uploads", number) / "file"

    def result_folder(self, job: str) -> Path:
        """The folder of a job's result."""
        return self._in("results", job)

    def result(self, job: str) -> Path | None:
        """The result itself, where it is there."""
        folder = self.result_folder(job)
        found = [path for path in folder.glob(f"{job}.*") if path.suffix in (".mp4", ".mov", ".webm", ".png", ".wav")]
        return found[0] if found else None

    def wipe_upload(self, number: str) -> None:
        """Delete an upload for good."""
        wipe(self._in("uploads", number))

    def wipe_result(self, job: str) -> None:
        """Delete a result for good."""
        wipe(self._in("results", job))

    def _in(self, kind: str, number: str) -> Path:
        if not _NUMBER.fullmatch(number):
            raise FileMissing("There is no such file here.", "Check the number.")
        return self.folder / kind / number


def sample(name: str) -> Path:
    """A portrait that is on every machine: Grace Hopper's, which matplotlib carries in its sample data.

    Raises:
        FileMissing: it is not there.
    """
    from importlib.util import find_spec

    spec = find_spec("matplotlib")
    if spec is not None and spec.origin is not None and name in SAMPLES:
        path = Path(spec.origin).parent / "mpl-data" / "sample_data" / SAMPLES[name]
        if path.is_file():
            return path
    raise FileMissing("matplotlib's sample portrait is not installed.", "pip install matplotlib")
