"""A calendar of posts as CSV (RFC 4180) and iCalendar (RFC 5545). Knows nothing of how posts are made."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

MINUTES = 15  # an entry's length
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Post:
    """One.

    Attributes:
        at: aware.
        file: name within the folder.
        text: as posted, with its disclosure.
        alt_text: for who does not see it.
        advert: whether it is one.
        sha256: of the file, hex.
    """

    at: datetime
    file: str
    text: str
    alt_text: str
    advert: bool
    sha256: str


def calendar_csv(posts: Sequence[Post]) -> bytes:
    """UTF-8 with a mark, so that spreadsheets read it; what would be a formula there begins with an apostrophe."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(["date", "time_utc", "file", "text", "alt_text", "ai_generated", "synthetic_performer",
                     "advertisement", "sha256"])  # fmt: skip
    for one in posts:
        at = one.at.astimezone(UTC)
        words = [f"'{value}" if value.startswith(_FORMULA) else value for value in (one.file, one.text, one.alt_text)]
        writer.writerow([f"{at:%Y-%m-%d}", f"{at:%H:%M}", *words, "true", "true", str(one.advert).lower(), one.sha256])
    return text.getvalue().encode("utf-8-sig")


def calendar_ics(posts: Sequence[Post], name: str) -> bytes:
    """One entry a post; its number is the file's hash, so that a calendar read twice has each of them once."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Countenance//Persona//EN", "CALSCALE:GREGORIAN"]
    for one in posts:
        at = one.at.astimezone(UTC)
        lines += [
            "BEGIN:VEVENT",
            f"UID:{one.sha256[:32]}-{at:%Y%m%dT%H%M%SZ}@countenance",
            f"DTSTAMP:{at:%Y%m%dT%H%M%SZ}",
            f"DTSTART:{at:%Y%m%dT%H%M%SZ}",
            f"DTEND:{at + timedelta(minutes=MINUTES):%Y%m%dT%H%M%SZ}",
            f"SUMMARY:{_escaped(f'{name}: {one.file}')}",
            f"DESCRIPTION:{_escaped(one.text)}",
            f"CATEGORIES:{'AI-GENERATED,ADVERTISEMENT' if one.advert else 'AI-GENERATED'}",
            f"ATTACH:{one.file}",
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for part in _folded(lines)).encode()


def _escaped(text: str) -> str:
    for sign, written in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\r\n", "\\n"), ("\n", "\\n"), ("\r", "\\n")):
        text = text.replace(sign, written)
    return text


def _folded(lines: Iterable[str]) -> Iterator[str]:
    """Lines of 75 bytes at most; a continuation begins with a blank, and no letter is cut in two."""
    for line in lines:
        part, length = "", 0
        for letter in line:
            size = len(letter.encode())
            if length + size > 75:
                yield part
                part, length = " ", 1
            part, length = part + letter, length + size
        yield part
