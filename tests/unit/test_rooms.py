"""The architecture's one rule: lower rooms never import upper ones, and only the exit opens media outputs."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import countenance

ROOT = Path(countenance.__file__).parent

# Which rooms a room may import from, itself apart.
GROUND = {"errors", "settings", "files", "documents"}
ALLOWED: dict[str, set[str]] = {
    "errors": set(),
    "settings": set(),
    "files": {"errors"},
    "documents": {"errors"},
    "media": GROUND,
    "models": GROUND,
    "face": GROUND | {"media", "models"},
    "performance": GROUND | {"media", "models", "face"},
    "speech": GROUND | {"media", "models", "face", "performance"},
    "likeness": GROUND | {"media", "models", "face", "performance"},
    "engines": GROUND | {"media", "models", "face", "performance", "likeness"},
    # The marks are libraries of their own: a live take asks them whether a clip was made here.
    "permission": GROUND | {"media", "models", "face", "marking.watermark", "marking.audiomark"},
    "marking": GROUND | {"media", "models", "permission"},
    "verify": GROUND | {"media", "models", "face", "permission", "marking"},
    "render": GROUND
    | {"media", "models", "face", "performance", "speech", "likeness", "engines", "permission", "marking"},
    "kiosk": GROUND
    | {"media", "models", "face", "performance", "likeness", "engines", "permission", "marking", "render"},
    "campaign": GROUND
    | {"media", "models", "face", "performance", "speech", "engines", "permission", "marking", "render"},
}
TOP = {"cli", "__init__", "__main__"}

# Lines that may open a media file for writing live in these places alone.
EXIT = "marking"
WRITING = ('mode="w"', "cv2.imwrite", "VideoWriter", "soundfile.write", "wavfile.write")


def modules() -> list[Path]:
    return sorted(p for p in ROOT.rglob("*.py") if "__pycache__" not in p.parts)


def room(path: Path) -> str:
    return path.relative_to(ROOT).with_suffix("").parts[0]


def imported(source: str) -> set[str]:
    """Dotted names below `countenance` that this source imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            here = node.module == "countenance"
            found |= {f"countenance.{alias.name}" for alias in node.names} if here else {node.module}
    return {name.removeprefix("countenance.") for name in found if name.startswith("countenance.")}


def strangers(source: str, here: str) -> list[str]:
    """What this source of the room `here` imports and may not."""
    allowed = ALLOWED[here] | {here, "__version__"}
    return sorted(n for n in imported(source) if not any(n == a or n.startswith(f"{a}.") for a in allowed))


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(ROOT)))
def test_a_room_imports_only_what_lies_below(path: Path) -> None:
    here = room(path)
    if here in TOP:
        return
    assert here in ALLOWED, f"{here} is a new room: say here what it may import"
    assert not strangers(path.read_text(), here), path.relative_to(ROOT)


def test_only_the_exit_opens_media_for_writing() -> None:
    offenders = [
        f"{path.relative_to(ROOT)}: {word}"
        for path in modules()
        if room(path) != EXIT
        for word in WRITING
        if word in path.read_text()
    ]
    assert not offenders


def test_the_walk_would_notice() -> None:
    assert strangers("from countenance.cli import main\nfrom countenance import render\n", "media") == ["cli", "render"]
    assert strangers("def late():\n    import countenance.marking.writer\n", "permission") == ["marking.writer"]
    assert strangers("from countenance.marking.watermark import detect\n", "permission") == []


def test_modules_are_of_a_readable_length() -> None:
    long = {str(p.relative_to(ROOT)): n for p in modules() if (n := len(p.read_text().splitlines())) > 330}
    assert not long
