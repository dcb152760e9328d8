"""The report: one page of HTML that needs nothing else, with a picture of what was found. Light and dark.

Everything in it that came from the file is text, escaped; the page runs no script and loads nothing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Literal

import jinja2
from markupsafe import Markup

from countenance.verify import pages
from countenance.verify.details import placed, sections
from countenance.verify.drawing import drawing, drawn_signs, stretches
from countenance.verify.verdict import Verdict
from countenance.verify.words import words

Tone = Literal["good", "warn", "bad", "plain"]


def report_page(verdict: Verdict) -> str:
    """The page, in the verdict's language."""
    label = words(verdict.language)["label"]
    return template("report.html").render(
        language=verdict.language,
        name=verdict.file.name,
        label=label,
        css=Markup(page_text("look.css")),
        answer=Markup(answer_fragment(verdict)),
    )


def index_page(rows: Sequence[tuple[str, str]], language: str) -> str:
    """A page that leads to other reports.

    Args:
        rows: (address, sentence) of each.
        language: of the page.
    """
    return template("index.html").render(
        language=language, label=words(language)["label"], css=Markup(page_text("look.css")), rows=rows
    )


def answer_fragment(verdict: Verdict) -> str:
    """The answer, its picture and its details, as a piece of HTML; in the verdict's language."""
    label = words(verdict.language)["label"]
    best = verdict.picture.best or verdict.sound.best
    marks = verdict.picture if verdict.file.kind != "sound" else verdict.sound
    moment = verdict.checked_at.date().isoformat() if verdict.checked_at else ""
    return template("answer.html").render(
        name=verdict.file.name,
        summary=verdict.summary,
        tone=tone_of(verdict),
        label=label,
        drawing=drawing(verdict),
        placed=placed(best, label) if best else "",
        moving=verdict.file.kind == "video",
        stretches=stretches(marks, verdict.file.duration),
        signs=drawn_signs(verdict),
        sections=sections(verdict, verdict.language),
        json=json.dumps(verdict.as_dict(), ensure_ascii=False, indent=2),
        checked=label["checked"].format(date=moment, n=f"{verdict.seconds:.1f}"),
    )


def tone_of(verdict: Verdict) -> Tone:
    """The colour of the answer: red contradicts itself, amber no longer permitted, green a known render."""
    if verdict.exit_status == 10:
        return "bad"
    if verdict.exit_status == 11:
        return "warn"
    return "good" if verdict.outcome == "made" else "plain"


@cache
def page_text(name: str) -> str:
    """A file of `pages`."""
    return (files(pages) / name).read_text("utf-8")


@cache
def template(name: str) -> jinja2.Template:
    """A template of `pages`, escaping everything put into it."""
    return jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined).from_string(page_text(name))
