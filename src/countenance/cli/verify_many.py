"""`countenance verify` of several files or folders: one line each, or one JSON object a line. A file that cannot be
answered for stops nothing."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from countenance.errors import BadOption, CountenanceError, OutputExists
from countenance.files import write_atomically

if TYPE_CHECKING:
    from countenance.verify import Verdict

_GRAVEST = (10, 11, 3, 12, 0)


@dataclass
class Reports:
    """A folder of report pages, one a file, and a list of them.

    Attributes:
        folder: made where it is not there.
        overwrite: replace pages that are there.
    """

    folder: Path
    overwrite: bool
    _rows: list[tuple[str, str]] = field(default_factory=list)

    def check(self) -> None:
        """Raises OutputExists: the folder is there, and may not be written into."""
        if self.folder.exists() and not (self.overwrite and self.folder.is_dir()):
            raise OutputExists(f"{self.folder} is there.", "Choose another --report, or add --overwrite.")

    def write(self, name: str, verdict: Verdict) -> None:
        """A file's page. Raises what writing raises."""
        from countenance.verify.report_page import report_page

        stem = "".join(c if c.isalnum() or c in "-_." else "_" for c in Path(name).name)[:80] or "file"
        page = f"{len(self._rows) + 1:04d}-{stem}.html"
        self.folder.mkdir(parents=True, exist_ok=True)
        write_atomically(self.folder / page, report_page(verdict).encode())
        self._rows.append((page, verdict.summary))

    def finish(self, language: str) -> None:
        """The list of all pages: `index.html`."""
        from countenance.verify.report_page import index_page

        if self._rows:
            write_atomically(self.folder / "index.html", index_page(self._rows, language).encode())


def found_in(given: Sequence[str]) -> Iterator[str]:
    """The files that were named, and those in folders that were, in the order of their names; hidden ones are left out,
    and links to folders are not followed."""
    for one in given:
        path = Path(one)
        if not path.is_dir():
            yield one
            continue
        for folder, folders, names in os.walk(path):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            yield from (str(Path(folder) / name) for name in sorted(names) if not name.startswith("."))


def verify_many(
    given: Sequence[str], ask: Callable[[str], Verdict], *, as_json: bool, pages: Reports | None = None
) -> int:
    """Answer for each; the gravest exit status of all.

    Raises:
        BadOption: there is no file in the folders that were named.
    """
    if "-" in given:
        raise BadOption("A pipe is one file, and cannot be asked for beside others.", "Ask for it alone.")
    if pages is not None:
        pages.check()
    statuses: set[int] = set()
    language = "en"
    for name in found_in(given):
        try:
            verdict = ask(name)
        except CountenanceError as error:
            statuses.add(error.exit_status)
            said = {"file": {"path": name}, "error": error.as_dict()}
            typer.echo(json.dumps(said, ensure_ascii=False) if as_json else f"{name}: {error.message}")
            continue
        statuses.add(verdict.exit_status)
        language = verdict.language
        if as_json:
            document = verdict.as_dict()
            document["file"]["path"] = name
            typer.echo(json.dumps(document, ensure_ascii=False))
        else:
            typer.echo(f"{name}: {verdict.summary}")
        if pages is not None:
            pages.write(name, verdict)
    if not statuses:
        raise BadOption("There is no file in what was named.", "Name files, or a folder that holds some.")
    if pages is not None:
        pages.finish(language)
        typer.echo(f"Wrote {pages.folder / 'index.html'}.", err=True)
    return min(statuses, key=lambda one: _GRAVEST.index(one) if one in _GRAVEST else -1)
