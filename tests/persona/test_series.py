"""Plans, captions with their disclosure, and calendars."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from pathlib import Path

import pytest

from countenance.errors import BadOption, FileMissing
from countenance.persona.library.disclosure import WORDS, post_text, profile_line
from countenance.persona.library.post_calendar import Post, calendar_csv, calendar_ics
from countenance.persona.library.series import read_plan

AT = datetime(2026, 12, 1, 8, 30, tzinfo=UTC)


def plan(folder: Path, text: str) -> Path:
    path = folder / "plan.csv"
    path.write_text(text, "utf-8")
    return path


def test_a_plan_is_read_earliest_first(tmp_path: Path) -> None:
    (tmp_path / "cup.png").write_bytes(b"")
    rows = read_plan(
        plan(
            tmp_path,
            "at,scene,product,say,caption,advert\n2026-12-02T09:00+01:00,desk,cup.png,,Second,yes\n"
            '2026-12-01T09:00+01:00,,,"Hello, you.",First,\n',
        )
    )
    assert [one.caption for one in rows] == ["First", "Second"]
    assert rows[0].say == "Hello, you." and rows[0].shot.place == "studio" and not rows[0].advert
    assert rows[1].product == tmp_path / "cup.png" and rows[1].advert and rows[1].at.hour == 9


@pytest.mark.parametrize(
    "text",
    ["at,caption\n", "at,caption\nsoon,x\n", "at,caption\n2026-12-01T09:00,x\n",
     "at,colour\n2026-12-01T09:00+01:00,x\n", "at,scene\n2026-12-01T09:00+01:00,moon\n",
     "at,advert\n2026-12-01T09:00+01:00,maybe\n"],
)  # fmt: skip
def test_what_is_no_plan(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadOption) as refused:
        read_plan(plan(tmp_path, text))
    assert refused.value.code == "persona.plan"


def test_a_product_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileMissing):
        read_plan(plan(tmp_path, "at,product\n2026-12-01T09:00+01:00,cup.png\n"))


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("advert", [False, True])
def test_every_post_tells_first_that_it_is_generated(language: str, advert: bool) -> None:
    text = post_text("A caption.", "Nova", language, advert=advert)
    told, rest = text.split("\n\n")
    assert "Nova" in told and rest == "A caption." and "Nova" in profile_line("Nova", f"{language}-XX")


def test_an_advert_names_the_synthetic_performer() -> None:
    assert "synthetic performer" in post_text("", "Nova", "en-US", advert=True)
    with pytest.raises(BadOption) as refused:
        post_text("", "Nova", "tlh", advert=False)
    assert refused.value.code == "persona.language"


def test_calendars_are_read_back() -> None:
    text = "AI-generated: Növa; not a person,\n\nüber " + "long " * 30
    posts = [Post(AT, "001.png", text, "=cmd()", True, "ab" * 32)]
    (row,) = csv.DictReader(io.StringIO(calendar_csv(posts).decode("utf-8-sig"), newline=""))
    assert (row["date"], row["time_utc"], row["text"]) == ("2026-12-01", "08:30", text)
    assert row["alt_text"] == "'=cmd()" and row["ai_generated"] == row["synthetic_performer"] == "true"
    raw = calendar_ics(posts, "Nova")
    assert all(len(line) <= 75 for line in raw.split(b"\r\n"))
    lines = raw.decode().replace("\r\n ", "").split("\r\n")
    (told,) = (line for line in lines if line.startswith("DESCRIPTION:"))
    assert told == "DESCRIPTION:" + text.replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")
    assert "DTSTART:20261201T083000Z" in lines and lines[-2:] == ["END:VCALENDAR", ""]
