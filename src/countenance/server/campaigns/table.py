"""Rows of a campaign out of a table that somebody sends: CSV as spreadsheets write it, or JSON. Pure.

A row says what one version is about: `picture`, `language`, `voice` and `format` choose, every other column fills the
words `{{column}}`.
"""

from __future__ import annotations

import csv
import io
import json
import re

from countenance.errors import BadDocument

MOST_ROWS = 2000
MOST_COLUMNS = 40
MOST_BYTES = 2 << 20
LONGEST = 500
"""Characters of a cell."""
_COLUMN = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]")  # also what turns the direction of writing

Row = dict[str, str]


def read_table(data: bytes) -> tuple[Row, ...]:
    """The rows of a table.

    Args:
        data: UTF-8; JSON where it begins with `[`, otherwise CSV with commas, semicolons or tabs, and a line of names.

    Returns:
        A dictionary a row, with the same columns each; empty lines are left out.

    Raises:
        BadDocument: campaign.table, with the row and what is wrong in it.
    """
    if len(data) > MOST_BYTES:
        raise _bad(f"it has more than {MOST_BYTES >> 20} MiB", "Split it into several campaigns.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _bad("it is not UTF-8", "Save it as CSV UTF-8, or as JSON.") from error
    rows = _json(text) if text.lstrip().startswith(("[", "{")) else _csv(text)
    return checked_rows(rows)


def checked_rows(rows: list[Row] | tuple[Row, ...]) -> tuple[Row, ...]:
    """Rows whose columns and cells can be used. Raises BadDocument: campaign.table."""
    if not rows:
        raise _bad("it holds no row", "Write one line for each version under the names of the columns.")
    if len(rows) > MOST_ROWS:
        raise _bad(f"it holds {len(rows):,} rows; {MOST_ROWS:,} are taken", "Split it into several campaigns.")
    columns = list(rows[0])
    if len(columns) > MOST_COLUMNS:
        raise _bad(f"it has {len(columns)} columns; {MOST_COLUMNS} are taken", "Leave out what no text names.")
    for name in columns:
        if not _COLUMN.fullmatch(name):
            raise _bad(
                f"the column {name[:40]!r} has no name that a text can use",
                "Name columns with letters, digits and _, as in {{first_name}}.",
            )
    for number, row in enumerate(rows, 1):
        if list(row) != columns and set(row) != set(columns):
            raise _bad(f"row {number} has other columns than row 1", "Give every row the same columns.")
        for name, cell in row.items():
            if len(cell) > LONGEST:
                raise _bad(f"row {number}, {name}: it has more than {LONGEST} characters", "Shorten it.")
            if _CONTROL.search(cell):
                raise _bad(f"row {number}, {name}: it holds characters that cannot be said", "Write plain text.")
    return tuple({name: row[name].strip() for name in columns} for row in rows)


def _csv(text: str) -> list[Row]:
    head = text.lstrip("\r\n").split("\n", 1)[0]
    mark = max(",;\t", key=head.count)  # as spreadsheets write it in different countries
    try:
        lines = [
            cells for cells in csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True) if any(cells)
        ]
    except csv.Error as error:
        raise _bad(f"it is no CSV ({error})", "Save it as CSV UTF-8, or as JSON.") from error
    if not lines:
        return []
    names = [name.strip() for name in lines[0]]
    if len(set(names)) < len(names):
        raise _bad("two columns have one name", "Name each column once.")
    rows = []
    for number, cells in enumerate(lines[1:], 1):
        if len(cells) > len(names):
            raise _bad(
                f"row {number} has {len(cells)} cells for {len(names)} columns",
                "Put cells with a comma in quotation marks.",
            )
        rows.append(dict(zip(names, [*cells, *[""] * (len(names) - len(cells))], strict=True)))
    return rows


def _json(text: str) -> list[Row]:
    try:
        said = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _bad(f"it is no JSON ({str(error)[:80]})", "Write a list of objects.") from error
    if not isinstance(said, list) or not all(isinstance(row, dict) for row in said):
        raise _bad("its JSON is no list of objects", 'Write it as [{"name": "Ada"}, {"name": "Bea"}].')
    rows = []
    for number, row in enumerate(said, 1):
        cells = {}
        for name, cell in row.items():
            if isinstance(cell, (dict, list)):
                raise _bad(f"row {number}, {name[:40]}: a cell is a text or a number", "Write it flat.")
            cells[name] = "" if cell is None else cell if isinstance(cell, str) else json.dumps(cell)
        rows.append(cells)
    return rows


def _bad(why: str, remedy: str) -> BadDocument:
    return BadDocument(f"The table cannot be used: {why}.", remedy, code="campaign.table")
