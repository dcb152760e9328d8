"""What a figure may say, looked at for what impostors and swindlers say: each answer by itself, before it is served.

A curator who means the words of one puts its digest into figure.yaml: `confirm_script: [1a2b3c4d5e6f]`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from countenance.figure.knowledge import Knowledge
from countenance.figure.knowledge_file import Problem
from countenance.figure.manifest import FigureManifest
from countenance.permission.scripts import Script, review


def unconfirmed(says: FigureManifest, knowledge: Knowledge) -> list[Problem]:
    """Answers that have to be confirmed or written otherwise."""
    out = []
    for place, script in _scripts(says, knowledge):
        found = review(script)
        if found.topics and not found.confirmed:
            why = "; ".join(found.in_words)
            text = f"{why}. Where it is meant, put confirm_script: [{found.digest}] into figure.yaml"
            out.append(Problem(place, text, "script"))
    return out


def confirmed_script(says: FigureManifest, knowledge: Knowledge) -> Script | None:
    """All that a curator confirmed, as the session's own script; None where nothing had to be."""
    meant = [script for _, script in _scripts(says, knowledge) if review(script).confirmed]
    if not meant:
        return None
    whole = Script(tuple(text for script in meant for text in script.texts), meant[0].language)
    return replace(whole, confirmed=(whole.digest,))


def _scripts(says: FigureManifest, knowledge: Knowledge) -> Iterator[tuple[str, Script]]:
    digests = tuple(says.confirm_script)
    for tag, text in says.greeting.items():
        yield "greeting", Script((text,), tag, digests)
    for decline in says.declines:
        for tag, text in decline.say.items():
            yield decline.name, Script((text,), tag, digests)
    for entry in knowledge:
        yield entry.place, Script((entry.title, entry.answer), entry.language, digests)
