"""What is said about a verdict, in the languages spoken here. One JSON file a language, all with the same keys."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

LANGUAGES = ("en", "de", "fr", "es", "hi")


@cache
def words(language: str) -> dict[str, Any]:
    """The words of a language; English where it is not spoken here."""
    name = language if language in LANGUAGES else "en"
    found: dict[str, Any] = json.loads((files(__name__) / f"{name}.json").read_text("utf-8"))
    return found


def chosen(*wanted: str) -> str:
    """The first of these BCP 47 tags or Accept-Language headers whose language is spoken here; else English."""
    for header in wanted:
        for part in header.split(","):
            language = part.partition(";")[0].strip().partition("-")[0].lower()
            if language in LANGUAGES:
                return language
    return "en"
