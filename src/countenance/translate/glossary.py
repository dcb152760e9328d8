"""Words that have one translation in a project, and words that may not be said: a small CSV a client can write.

    es,garden lamp,lámpara de jardín
    es,barato,

An empty third column forbids the word in that language.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from pathlib import Path

from countenance.errors import BadDocument, FileMissing

LARGEST = 1 << 20  # bytes


@dataclass(frozen=True)
class Glossary:
    """By language tag: word → its translation; and words that may not be said."""

    fixed: dict[str, dict[str, str]] = field(default_factory=dict)
    forbidden: dict[str, list[str]] = field(default_factory=dict)


def read_glossary(path: Path) -> Glossary:
    """Read a glossary.

    Raises:
        FileMissing; BadDocument: it is no such CSV; the message names the line.
    """
    if not path.is_file():
        raise FileMissing(f"There is no glossary {path}.")
    if path.stat().st_size > LARGEST:
        raise BadDocument(f"{path.name} is too large for a glossary.", "Keep the words that matter.")
    found = Glossary()
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for number, row in enumerate(csv.reader(file), 1):
                cells = [" ".join(cell.split()) for cell in row]
                if not any(cells) or cells[0].startswith("#"):
                    continue
                if len(cells) not in (2, 3) or not cells[0] or not cells[1]:
                    raise BadDocument(
                        f"{path.name}, line {number} is no entry.", "Write: language,word,its translation."
                    )
                language, word, fixed = (*cells, "")[:3]
                if fixed:
                    found.fixed.setdefault(language, {})[word] = fixed
                else:
                    found.forbidden.setdefault(language, []).append(word)
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadDocument(f"{path.name} is no CSV in UTF-8.", "Save it as CSV, UTF-8.") from error
    return found
