"""Questions that were asked in vain, kept as text where the museum wants that; read back as rows to fill in.

Kept are the words, the language, the day and how often; nothing of who asked, no time of day, no sound.
"""

from __future__ import annotations

import contextlib
import csv
import datetime as dates
import io
import threading
from dataclasses import dataclass
from pathlib import Path

from countenance.errors import BadDocument
from countenance.figure.knowledge import plain
from countenance.files import partial_beside

COLUMNS = ("question", "language", "category", "times", "first", "last")
MOST = 5000
"""Different questions that are kept."""
_CELL = "=+-@\t\r"  # with which a spreadsheet takes a cell for a formula


@dataclass
class AskedInVain:
    """One question.

    Attributes:
        question, language, category: as it was asked, and why there was no answer.
        times: how often.
        first, last: days, ISO.
    """

    question: str
    language: str
    category: str
    times: int
    first: str
    last: str


class AskedFile:
    """The file of what was asked in vain. Safe to use from several threads.

    Args:
        path: of the CSV.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()

    def add(self, question: str, language: str, category: str, today: dates.date | None = None) -> None:
        """Keep a question; the same one is counted."""
        day = (today or dates.date.today()).isoformat()
        with self._lock:
            rows = self.rows()
            for row in rows:
                if plain(row.question) == plain(question) and row.language == language:
                    row.times += 1
                    row.last = day
                    break
            else:
                if len(rows) >= MOST:
                    rows.remove(min(rows, key=lambda row: (row.times, row.last)))
                rows.append(AskedInVain(question, language, category, 1, day, day))
            self._write(rows)

    def rows(self) -> list[AskedInVain]:
        """What is there, the most asked first.

        Raises:
            BadDocument: the file is not what was written.
        """
        try:
            text = self.path.read_text(encoding="utf-8-sig")
        except FileNotFoundError:
            return []
        except (OSError, UnicodeDecodeError) as error:
            raise BadDocument(f"{self.path} cannot be read.", "Move it away; a new one is begun.") from error
        out = []
        for row in csv.DictReader(io.StringIO(text, newline="")):
            with contextlib.suppress(KeyError, ValueError, TypeError):
                out.append(
                    AskedInVain(
                        row["question"].removeprefix("'"), row["language"], row["category"], int(row["times"]),
                        row["first"], row["last"],
                    )
                )  # fmt: skip
        return sorted(out, key=lambda row: (-row.times, row.question))

    def _write(self, rows: list[AskedInVain]) -> None:
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow(COLUMNS)
        for row in rows:
            question = f"'{row.question}" if row.question[:1] in _CELL else row.question
            writer.writerow([question, row.language, row.category, row.times, row.first, row.last])
        with partial_beside(self.path) as partial:
            partial.write_text("\ufeff" + out.getvalue(), encoding="utf-8", newline="")
