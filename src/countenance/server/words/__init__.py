"""What the studio's pages say, in the languages spoken there. One JSON file a language, all with the same keys."""

from __future__ import annotations

LANGUAGES = ("en", "de", "fr", "es", "hi", "ar")
