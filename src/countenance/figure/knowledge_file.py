"""Reads knowledge from a spreadsheet (CSV, XLSX) or YAML, strictly; every mistake is told with its line.

Columns or keys: `name`, `language`, `questions` (in a cell: one a line, or between bars `|`), `answer`, `source`, `by`
(`said` or `written`). Knows nothing of how questions are answered.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from countenance.errors import BadDocument, EmptyFile, FileMissing, LibraryMissing, TooLarge
from countenance.figure.identity import untrue
from countenance.figure.knowledge import By, Entry, Knowledge, plain

GUIDE = "docs/figure.md"
LARGEST = 64 << 20
"""Bytes of a file."""
MOST = 20_000
"""Entries."""
LONGEST = {"name": 60, "question": 300, "answer": 1200, "source": 400}
"""Characters."""
COLUMNS = ("name", "language", "questions", "answer", "source", "by")
KINDS = (".csv", ".tsv", ".xlsx", ".yaml", ".yml")


@dataclass(frozen=True)
class Problem:
    """Something that is wrong in a file.

    Attributes:
        place: file and line, for people.
        text: what is wrong.
        code: stable: `source`, `twice`, `contradiction`, ….
    """

    place: str
    text: str
    code: str

    def __str__(self) -> str:
        return f"{self.place}: {self.text}"


@dataclass(frozen=True)
class _Row:
    line: int
    said: dict[str, Any]


def read_knowledge(paths: Iterable[Path], languages: Iterable[str], name: str = "") -> Knowledge:
    """The knowledge in some files, all of it right.

    Args:
        paths: of the files.
        languages: that the figure speaks; an entry in another one is a mistake.
        name: of the figure, which no entry may be asked about.

    Raises:
        FileMissing, EmptyFile, TooLarge; LibraryMissing: .xlsx without its reader; BadDocument: figure.knowledge. The
        message has the first mistake, `details["problems"]` all of them.
    """
    knowledge, problems = look_through(paths, languages, name)
    if problems:
        more = f" ({len(problems) - 1} more)" if len(problems) > 1 else ""
        raise BadDocument(
            f"{problems[0]}{more}",
            "Mend it there; `countenance figure check FOLDER` lists all of them.",
            code="figure.knowledge",
            details={"problems": [{"place": p.place, "problem": p.text, "code": p.code} for p in problems]},
        )
    return knowledge


def look_through(paths: Iterable[Path], languages: Iterable[str], name: str = "") -> tuple[Knowledge, list[Problem]]:
    """The entries that are right, and what is wrong with the others. Raises as `read_knowledge`, but for the last."""
    allowed = tuple(languages)
    entries: list[Entry] = []
    problems: list[Problem] = []
    for path in paths:
        for row in _rows(Path(path)):
            entry = _entry(row, Path(path).name, allowed, problems)
            why = untrue(entry, name) if entry is not None else None
            if entry is not None and why is not None:
                problems.append(Problem(entry.place, why, "identity"))
            elif entry is not None:
                entries.append(entry)
            if len(entries) > MOST:
                raise TooLarge(f"More than {MOST:,} entries are too many for one figure.", "Make two figures of them.")
    problems += _between(entries)
    return Knowledge(tuple(entries)), problems


def _rows(path: Path) -> Iterator[_Row]:
    if not path.is_file():
        raise FileMissing(f"There is no knowledge file {path}.", "Paths are relative to the figure's folder.")
    size = path.stat().st_size
    if size > LARGEST:
        raise TooLarge(f"{path.name} has {size / 1e6:.0f} MB; {LARGEST >> 20} are read.")
    if size == 0:
        raise EmptyFile(f"{path.name} is empty.", f"{GUIDE} shows what stands in it.")
    kind = path.suffix.lower()
    if kind in (".csv", ".tsv"):
        return _table(path.name, _csv(path))
    if kind == ".xlsx":
        return _table(path.name, _xlsx(path))
    if kind in (".yaml", ".yml"):
        return _yaml(path)
    raise BadDocument(f"{path.name} is no knowledge file.", f"Give {', '.join(KINDS)}.", code="figure.knowledge")


def _csv(path: Path) -> Iterator[tuple[int, list[str]]]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise BadDocument(
            f"{path.name}, line {line}: this is not UTF-8 text.",
            "Save it as CSV UTF-8, or give the .xlsx itself.",
            code="figure.knowledge",
        ) from error
    head = text.splitlines()[0] if text.strip() else ""
    delimiter = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    at = 1
    try:
        for cells in reader:
            yield at, cells
            at = reader.line_num + 1
    except csv.Error as error:
        raise BadDocument(
            f"{path.name}, line {reader.line_num}: {error}.", "A quotation mark is open or doubled wrongly there.",
            code="figure.knowledge",
        ) from error  # fmt: skip


def _xlsx(path: Path) -> Iterator[tuple[int, list[str]]]:
    try:
        from python_calamine import CalamineError, load_workbook
    except ImportError as error:
        raise LibraryMissing(
            f"Reading {path.name} needs the Python package 'python-calamine'.",
            "Install it: pip install 'countenance[figure]', or save the sheet as CSV.",
        ) from error
    try:
        sheet = load_workbook(str(path)).get_sheet_by_index(0)
        rows = sheet.to_python(skip_empty_area=False)
    except (CalamineError, OSError, ValueError) as error:
        raise BadDocument(f"{path.name} is no sheet that can be read.", "Save it anew as .xlsx or CSV.") from error
    return ((k, [_cell(c) for c in row]) for k, row in enumerate(rows, 1))


def _cell(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _table(name: str, rows: Iterator[tuple[int, list[str]]]) -> Iterator[_Row]:
    line, head = next(rows, (1, []))
    columns = [plain(cell) for cell in head]
    lacking = [column for column in COLUMNS if column not in columns]
    if lacking:
        raise BadDocument(
            f"{name}, line {line}: the first row lacks the column{'s' if len(lacking) > 1 else ''} "
            f"{', '.join(lacking)}.",
            f"The first row names the columns: {', '.join(COLUMNS)}.",
            code="figure.knowledge",
        )
    for line, cells in rows:
        if any(cell.strip() for cell in cells):
            yield _Row(line, dict(zip(columns, cells, strict=False)))


def _yaml(path: Path) -> Iterator[_Row]:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        data = YAML(typ="rt", pure=True).load(path.read_bytes().decode("utf-8-sig"))
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark is not None else 1
        raise BadDocument(
            f"{path.name}, line {line}: {error.problem or 'no YAML'}.", "Mend the YAML there.", code="figure.knowledge"
        ) from error
    except (YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise BadDocument(f"{path.name} is no YAML in UTF-8.", "Mend the YAML.", code="figure.knowledge") from error
    if not isinstance(data, list):
        raise BadDocument(f"{path.name} is no list of entries.", f"{GUIDE} shows one.", code="figure.knowledge")
    for k, said in enumerate(data):
        line = data.lc.item(k)[0] + 1  # type: ignore[attr-defined]
        if not isinstance(said, dict):
            raise BadDocument(
                f"{path.name}, line {line}: this is no entry.", f"{GUIDE} shows one.", code="figure.knowledge"
            )
        yield _Row(line, dict(said))


def _entry(row: _Row, file: str, languages: tuple[str, ...], problems: list[Problem]) -> Entry | None:
    place, before = f"{file}, line {row.line}", len(problems)

    def wrong(text: str, code: str) -> None:
        problems.append(Problem(place, text, code))

    unknown = sorted(str(key) for key in row.said if key not in COLUMNS and str(key).strip() and key != "note")
    if unknown and file.lower().endswith((".yaml", ".yml")):
        wrong(f"the key {unknown[0]!r} is not known; keys are {', '.join(COLUMNS)}, note", "key")
    text = {key: _clean(row.said.get(key)) for key in ("name", "language", "answer", "source", "by")}
    questions = tuple(_questions(row.said.get("questions")))
    if not text["name"]:
        wrong("the entry has no name", "name")
    if text["language"] not in languages:
        said = repr(text["language"]) if text["language"] else "none is given"
        wrong(f"the language must be one of the figure's ({', '.join(languages)}); {said}", "language")
    if not questions:
        wrong(f"{text['name'] or 'the entry'} has no question", "questions")
    if not text["answer"]:
        wrong(f"{text['name'] or 'the entry'} has no answer", "answer")
    if not text["source"]:
        wrong(f"{text['name'] or 'the entry'} has an answer without a source", "source")
    if text["by"] not in get_args(By):
        wrong(f"`by` is `said` (the person's own words) or `written` (the museum's), not {text['by']!r}", "by")
    for key, longest in LONGEST.items():
        for one in questions if key == "question" else (text[key],):
            if len(one) > longest:
                wrong(f"the {key} has {len(one)} characters; {longest} are taken", "long")
    if len(problems) > before:
        return None
    return Entry(
        text["name"], text["language"], questions, text["answer"], text["source"], text["by"],  # type: ignore[arg-type]
        row.line, file,
    )  # fmt: skip


def _clean(value: Any) -> str:
    """Text without control and invisible characters, in one line."""
    text = unicodedata.normalize("NFC", "" if value is None else str(value))
    return " ".join("".join(c for c in text if unicodedata.category(c) not in ("Cc", "Cf") or c in "\n\t\r ").split())


def _questions(value: Any) -> Iterator[str]:
    parts: Iterable[Any] = value if isinstance(value, list) else str(value or "").replace("|", "\n").split("\n")
    seen = set()
    for part in parts:
        text = _clean(part)
        if text and plain(text) not in seen:
            seen.add(plain(text))
            yield text


def _between(entries: list[Entry]) -> list[Problem]:
    """What is wrong between entries: names given twice, and one question with two answers."""
    problems = []
    named: dict[tuple[str, str], Entry] = {}
    asked: dict[tuple[str, str], Entry] = {}
    for entry in entries:
        first = named.setdefault((entry.name, entry.language), entry)
        if first is not entry:
            problems.append(
                Problem(entry.place, f"the name {entry.name} is given to {first.place} already", "twice")
            )  # fmt: skip
        for question in entry.questions:
            other = asked.setdefault((plain(question), entry.language), entry)
            if other is entry:
                continue
            same = plain(other.answer) == plain(entry.answer)
            text = (
                f"{question!r} stands in {other.place} ({other.name}) too"
                if same
                else f"{question!r} has another answer in {other.place} ({other.name}): they contradict each other"
            )
            problems.append(Problem(entry.place, text, "twice" if same else "contradiction"))
    return problems
