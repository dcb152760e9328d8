"""The page's files."""

from __future__ import annotations

from importlib.resources import files

ASSETS = {
    "live.css": "text/css; charset=utf-8",
    "live.js": "text/javascript; charset=utf-8",
    "look.css": "text/css; charset=utf-8",
}
_VERIFY = ("look.css",)
"""Shared with the page on which anybody may ask what a file is."""


def asset_text(name: str) -> str:
    """The text of a file of the page."""
    room = "countenance.verify.pages" if name in _VERIFY else "countenance.live.pages"
    return (files(room) / name).read_text(encoding="utf-8")
