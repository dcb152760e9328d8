"""The architecture's one rule: lower rooms never import upper ones, and only the exit opens media outputs."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import countenance

ROOT = Path(countenance.__file__).parent

# Which rooms a room may import from, itself apart.
GROUND = {
    "errors", "settings", "files", "partials", "spool", "documents", "kernels", "_version", "addresses", "home",
    "sqlite",
}  # fmt: skip
ALLOWED: dict[str, set[str]] = {
    "_version": set(),
    "errors": set(),
    "settings": {"errors"},
    "files": {"errors", "partials"},
    "partials": {"errors"},
    "spool": {"errors", "partials", "settings"},
    "documents": {"errors"},
    "addresses": {"errors", "settings"},
    "home": {"errors", "settings", "files", "partials", "addresses"},
    "kernels": set(),
    "sqlite": set(),
    "media": GROUND,
    "models": GROUND,
    "face": GROUND | {"media", "models"},
    "head": GROUND | {"media", "models", "face"},
    "performance": GROUND | {"media", "models", "face", "head"},
    # A recipe and its drawing; permission draws a persona again to see whether a picture is it.
    "persona": GROUND | {"face", "head"},
    "persona.library": GROUND
    | {"media", "models", "face", "head", "persona", "permission", "marking", "render", "speech"},
    "speech": GROUND | {"media", "models", "face", "performance"},
    "likeness": GROUND | {"media", "models", "face", "head", "performance"},
    "engines": GROUND | {"media", "models", "face", "head", "performance", "likeness"},
    "marks": {"errors", "kernels", "media.frames"},
    # A live take asks the marks whether a clip was made here.
    "permission": GROUND | {"media", "models", "face", "marks", "persona"},
    "market": {"errors", "permission.territories", "permission.after_death", "permission.scripts"},
    "marking": GROUND | {"media", "models", "marks", "permission", "market"},
    "likeness.library": GROUND
    | {"media", "models", "face", "performance", "likeness", "engines", "permission", "marking"},
    "verify": GROUND | {"media", "models", "face", "permission", "marks", "marking", "market"},
    "render": GROUND
    | {"media", "models", "face", "head", "performance", "speech", "likeness", "engines", "permission", "marking"},
    "tryon": GROUND
    | {"media", "models", "face", "performance", "likeness", "engines", "permission", "marking", "render"},
    "translate": GROUND
    | {"media", "models", "face", "performance", "speech", "engines", "permission", "marking", "render"}
    | {"studio"},
    "kiosk": GROUND
    | {"media", "models", "face", "performance", "likeness", "engines", "permission", "marking", "render", "studio"},
    "campaign": GROUND
    | {"media", "models", "face", "performance", "speech", "engines", "permission", "marking", "render", "studio"}
    | {"translate"},
    "server": GROUND
    | {
        "media",
        "models",
        "face",
        "performance",
        "speech",
        "likeness",
        "engines",
        "permission",
        "marking",
        "verify",
        "render",
        "studio",
        "likeness.library",
        "translate",
    },
    "studio": GROUND
    | {"media", "models", "face", "performance", "speech", "likeness", "engines", "permission", "marking", "render"}
    | {"tryon", "persona"},
    # The bounds of the verify service stand around every server.
    "live": GROUND
    | {"media", "models", "face", "performance", "speech", "likeness", "engines", "permission", "marking", "render"}
    | {"verify.service.bounds"},
    "figure": GROUND
    | {"media", "models", "face", "performance", "speech", "permission", "render", "live"}
    | {"verify.service.bounds"},
}
TOP = {"cli", "__init__", "__main__"}

# Lines that may open a media file for writing live in these places alone.
EXIT = "marking"
WRITING = ('mode="w"', "cv2.imwrite", "VideoWriter", "soundfile.write", "wavfile.write")


def modules() -> list[Path]:
    return sorted(p for p in ROOT.rglob("*.py") if "__pycache__" not in p.parts)


def room(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:2]) if ".".join(parts[:2]) in ALLOWED else parts[0]


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
    allowed = ALLOWED[here] | {here, "__version__", "_version"}
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
    assert strangers("def late():\n    import countenance.marking.video_exit\n", "permission") == ["marking.video_exit"]
    assert strangers("from countenance.marks.watermark import detect\n", "permission") == []


def test_modules_are_of_a_readable_length() -> None:
    long = {str(p.relative_to(ROOT)): n for p in modules() if (n := len(p.read_text().splitlines())) > 330}
    assert not long


# Settings are passed down from the command line. These still fetch them themselves, so often: a number may fall and
# never rises; the test prints what it counts, for lowering them.
FETCHES_SETTINGS: dict[str, int] = {
    "marking/picture_exit.py": 1,  # the exits, where a caller hands in none; the one job always does
    "marking/sound_exit.py": 1,
    "marking/video_exit.py": 1,
    "models/model_store.py": 1,  # models, whose SHA-256 is pinned wherever they lie
    "verify/inquiry.py": 2,  # whose records a stranger's file is held against
    "verify/live.py": 1,
    "verify/service/app.py": 1,
}

# Kiosk, campaign and command line are written on what other rooms call public. So many names of inner modules does each
# still take: a number may fall and never rises; the test prints what it counts.
INNER_NAMES = {"kiosk": 0, "campaign": 0, "cli": 190}


def fetches(path: Path) -> int:
    """How often a module calls `default_settings()`."""
    return sum(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "default_settings"
        for node in ast.walk(ast.parse(path.read_text()))
    )


def inner_names(folder: str) -> set[str]:
    """Names that a room takes from other rooms' inner modules: what their `__init__` does not list."""
    found: set[str] = set()
    for path in modules():
        if room(path) != folder:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.ImportFrom) or not node.module or node.level:
                continue
            parts = node.module.split(".")
            if parts[0] != "countenance" or len(parts) == 1 or parts[1] == folder:
                continue
            public = _public(".".join(parts[1:3]) if ".".join(parts[1:3]) in ALLOWED else parts[1])
            found |= {
                f"{node.module}.{alias.name}"
                for alias in node.names
                if alias.name.startswith("_") or (public is not None and alias.name not in public)
            }
    return found


def _public(name: str) -> set[str] | None:
    """What a room's door lists, its stub or else its `__init__`; None for a room that is one module."""
    folder = ROOT / name.replace(".", "/")
    if not folder.is_dir():
        return None
    if (stub := folder / "__init__.pyi").is_file():
        nodes = [node for node in ast.parse(stub.read_text()).body if isinstance(node, ast.ImportFrom)]
        return {alias.asname or alias.name for node in nodes for alias in node.names}
    for node in ast.parse((folder / "__init__.py").read_text()).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "__all__":
            return set(ast.literal_eval(node.value))
    return set()


def test_settings_are_passed_down() -> None:
    counts = {str(p.relative_to(ROOT)): n for p in modules() if room(p) not in TOP and (n := fetches(p))}
    print(f"default_settings() below the command line: {sum(counts.values())} in {len(counts)} modules")
    more = {path: n for path, n in counts.items() if n > FETCHES_SETTINGS.get(path, 0)}
    assert not more, "pass a Settings down instead"


@pytest.mark.parametrize("folder", INNER_NAMES)
def test_upper_rooms_take_public_names(folder: str) -> None:
    found = inner_names(folder)
    print(f"{folder}: {len(found)} names of inner modules")
    assert len(found) <= INNER_NAMES[folder], f"take what the room's __init__ lists, or list it there: {sorted(found)}"
