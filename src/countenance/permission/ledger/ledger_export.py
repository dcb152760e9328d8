"""A ledger as a file of JSON lines, for an auditor without the database; checked like the ledger itself.

The first line names the ledger, every other is an entry with its hash. Knows nothing of what entries mean.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from countenance.errors import BadDocument, FileMissing
from countenance.files import partial_beside
from countenance.permission.ledger.canonical import canonical
from countenance.permission.ledger.ledger_store import Ledger
from countenance.permission.ledger.verification import KnownRoot, LedgerReport, check_rows

SCHEMA = "countenance.ledger/1"
_LONGEST = 1 << 20  # bytes of a line


def export_lines(ledger: Ledger) -> Iterator[str]:
    """The lines, without their ends."""
    yield canonical({"schema": SCHEMA, "ledger": ledger.id})
    for entry in ledger.entries():
        yield canonical(entry.as_dict())


def export_ledger(ledger: Ledger, path: Path) -> int:
    """Write all entries to a file, whole or not at all; returns how many.

    Raises:
        OutputFull, OutputFolder.
    """
    count = -1
    with partial_beside(path) as partial, partial.open("w", encoding="utf-8", newline="\n") as file:
        for count, text in enumerate(export_lines(ledger)):  # noqa: B007 - the last one counts
            file.write(text + "\n")
    return count


def verify_export(path: Path, against: Iterable[KnownRoot] = ()) -> LedgerReport:
    """Check an exported file as a ledger is checked, against roots that were kept.

    Raises:
        FileMissing; BadDocument: it is no export of a ledger.
    """
    path = Path(path)
    if not path.is_file():
        raise FileMissing(f"There is no export {path}.")
    with path.open("rb") as file:
        head = _parsed(file.readline(_LONGEST))
        if not isinstance(head, dict) or head.get("schema") != SCHEMA or not isinstance(head.get("ledger"), str):
            raise BadDocument(f"{path.name} is no exported ledger.", "Write it with `countenance ledger export`.")
        return check_rows(
            head["ledger"], (_row(_parsed(text)) for text in iter(lambda: file.readline(_LONGEST), b"")), against
        )


def _parsed(text: bytes) -> Any:
    try:
        return json.loads(text.decode("utf-8"))
    except (ValueError, RecursionError):
        return None


def _row(said: Any) -> tuple[Any, ...]:
    """As the database would give it; what does not fit is left for the check to find."""
    fields = said if isinstance(said, dict) else {}
    body = fields.get("body")
    try:
        text = canonical(body)
    except BadDocument:
        text = ""
    grant, permit = (body.get("grant"), body.get("permit")) if isinstance(body, dict) else (None, None)
    names = ("seq", "kind", "at")
    return (*(fields.get(name) for name in names), text, fields.get("previous"), fields.get("hash"), grant, permit)
