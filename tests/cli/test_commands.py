"""Commands are loaded when they are asked for, and what the list says of them is what they say themselves."""

from __future__ import annotations

import subprocess
import sys

import pytest

from countenance.cli.commands import COMMANDS, load

HEAVY = {"cv2", "mediapipe", "numba", "scipy", "av", "onnxruntime", "matplotlib", "c2pa", "alembic", "sqlalchemy"}
HEAVY |= {"numpy", "pydantic_settings", "httpx", "cryptography"}


def loaded(*words: str) -> set[str]:
    """Packages that a command has imported by its end."""
    program = "import sys; from countenance.cli import main\ntry:\n    main()\nexcept SystemExit:\n    pass\n"
    program += "print('\\n' + ' '.join({name.partition('.')[0] for name in sys.modules}))"
    ran = subprocess.run([sys.executable, "-c", program, *words], capture_output=True, text=True, check=True)
    return set(ran.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_says_what_the_command_says(name: str) -> None:
    assert load(name).get_short_help_str(200) == COMMANDS[name][1]


@pytest.mark.parametrize("words", [("--version",), ("--help",), ("animate",), ("swap", "--nope"), ("nope",)])
def test_nothing_heavy_is_imported_before_it_is_needed(words: tuple[str, ...]) -> None:
    # Whatever is asked for, what killed runs left goes first: that asks the settings where.
    swept = {"pydantic", "pydantic_settings"} if words[0] in ("animate", "swap") else set()
    assert loaded(*words).isdisjoint(HEAVY - swept)


def test_a_refusal_by_purpose_needs_no_picture() -> None:
    words = ("-s", "a.jpg", "-d", "authored:nod", "-o", "o.mp4", "--public-domain", "x", "--purpose", "nope")
    drawing = {"cv2", "mediapipe", "numba", "scipy", "av", "onnxruntime", "matplotlib", "c2pa", "sqlalchemy"}
    assert loaded("animate", *words).isdisjoint(drawing)
    assert (
        not loaded("swap", "-i", "a.mp4", "-l", "b", "-o", "o.mp4", "--permission", "g", "--purpose", "porn") & drawing
    )


def test_permission_is_asked_without_anything_that_draws() -> None:
    """Personas are drawn again to be believed; no other permission waits for what draws them."""
    program = "import sys; import countenance.permission.authorisation as _; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not {"numba", "mediapipe", "scipy", "countenance.head.model"} & set(ran.stdout.split())
