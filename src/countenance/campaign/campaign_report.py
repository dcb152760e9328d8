"""What a campaign has come to: one row a version, as CSV for people and JSON for machines."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from countenance import __version__
from countenance.campaign.dry_run import Prospect
from countenance.campaign.journal import Journal, JournalEntry
from countenance.campaign.version import Problem
from countenance.files import write_atomically

SCHEMA = "countenance.campaign-report/1"
COLUMNS = (
    "version", "state", "use", "face", "language", "voice", "format", "draft", "output", "captions", "sha256", "bytes",
    "width", "height", "frames", "duration", "seconds", "made_at", "permit", "permission", "basis", "grant_sha256",
    "render_id", "manifest", "signer", "warnings", "code", "message", "remedy",
)  # fmt: skip


def rows(prospects: Sequence[Prospect], journal: Journal) -> list[dict[str, Any]]:
    """One row a version in the plan's order, with what the journal knows of it now."""
    made, last = journal.last("made"), journal.last()
    return [_row(one, made.get(one.version.name), last.get(one.version.name), journal) for one in prospects]


def _row(prospect: Prospect, made: JournalEntry | None, last: JournalEntry | None, journal: Journal) -> dict[str, Any]:
    version = prospect.version
    row: dict[str, Any] = dict.fromkeys(COLUMNS)
    row |= {
        "version": version.name,
        "use": version.use,
        "face": version.face,
        "language": version.language,
        "voice": version.voice,
        "format": version.shape.name,
        "draft": version.draft,
        "warnings": [],
    }
    if made is not None and journal.holds(made, version.fingerprint):
        known = {key: value for key, value in made.facts.items() if key in COLUMNS}
        return row | known | {"state": "made", "made_at": made.at}
    problems = prospect.problems
    if prospect.state == "to make" and last is not None and last.event == "failed":
        problems = (Problem(*(str(last.facts.get(key, "")) for key in ("code", "message", "remedy"))),)
        row["state"] = "failed"
    else:
        row["state"] = "not made" if prospect.state == "to make" else prospect.state
    if problems:
        row |= vars(problems[0])
    return row


def write_report(folder: Path, title: str, found: Sequence[Mapping[str, Any]], sheets: Sequence[Path] = ()) -> None:
    """Write report.csv and report.json. Raises OutputFolder, OutputFull."""
    counts: dict[str, int] = {}
    for row in found:
        counts[row["state"]] = counts.get(row["state"], 0) + 1
    whole = {
        "schema": SCHEMA,
        "title": title,
        "written_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "program": f"countenance {__version__}",
        "counts": counts,
        "sheets": [path.name for path in sheets],
        "versions": list(found),
    }
    write_atomically(folder / "report.json", (json.dumps(whole, ensure_ascii=False, indent=1) + "\n").encode())
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\r\n")  # RFC 4180
    writer.writeheader()
    writer.writerows({**row, "warnings": " | ".join(row["warnings"] or ())} for row in found)
    write_atomically(folder / "report.csv", text.getvalue().encode("utf-8-sig"))
