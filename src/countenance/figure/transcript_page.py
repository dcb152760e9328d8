"""What was said in a talk, with the source of each answer, as a page to print or to keep. Knows no HTTP."""

from __future__ import annotations

from html import escape

from countenance.figure.phrases import phrasebook
from countenance.figure.talk import Transcript


def transcript_page(transcript: Transcript | None, name: str, language: str) -> str:
    """The page; one that says so where there is no transcript (any longer)."""
    tag = transcript.language if transcript is not None else language
    words = {key: text.replace("{name}", name) for key, text in phrasebook(tag).page.items()}
    body = f"<h1>{escape(words['transcript'])}</h1><p class='sign'>{escape(words['sign'])}</p>"
    if transcript is None:
        body += "<p>—</p>"
    for turn in transcript.turns if transcript is not None else ():
        reply = turn.reply
        if turn.question:
            body += f"<p class='question'>{escape(turn.question)}</p>"
        body += f"<p class='answer' lang='{escape(reply.language)}'>{escape(reply.text)}</p>"
        for entry in reply.cites or ((reply.entry,) if reply.entry else ()):
            by = words["said"] if entry.by == "said" else words["written"]
            body += f"<p class='source'>{escape(words['source'])}: {escape(entry.source)} · {escape(by)}</p>"
    return (
        f"<!doctype html><html lang='{escape(tag)}'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<title>{escape(name)} · {escape(words['badge'])}</title>"
        "<link rel='stylesheet' href='/figure/assets/transcript.css'></head>"
        f"<body><main>{body}</main></body></html>"
    )
