"""The command line on machines as they are: closed streams, terminals without our letters, slips, signals."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import countenance
from tests.portraits import grace_hopper_file

ROOT = Path(countenance.__file__).parent
COMMAND = (sys.executable, "-m", "countenance")
RIGHT = ("--public-domain", "Grace Hopper (1906–1992), US Navy photograph, 1984", "--basis", "us-government-work")


def run(*words: object, shell: str = "", **environment: str) -> subprocess.CompletedProcess[bytes]:
    """A command in a process of its own; `shell` is what a shell would write after it."""
    line = ["sh", "-c", f'exec "$@" {shell}', "sh"] if shell else []
    return subprocess.run(
        [*line, *COMMAND, *map(str, words)],
        env=os.environ | environment,
        capture_output=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def test_closed_streams_are_no_trouble(tmp_path: Path) -> None:
    assert run("--version", shell="2>&-").stdout.startswith(b"countenance ")
    assert run("--version", shell="<&- >&- 2>&-").returncode == 0
    refused = run("animate", "-s", "none.jpg", "-d", "authored:nod", "-o", tmp_path / "o.mp4", *RIGHT, shell="2>&-")
    assert refused.returncode == 3 and refused.stdout == b""


def test_nothing_is_written_into_a_file_that_took_a_closed_streams_number(tmp_path: Path) -> None:
    output = tmp_path / "key.pem"
    assert run("keys", "init", shell="2>&-").returncode == 0
    assert run("keys", "export-certificate", "-o", output, shell=">&- 2>&-").returncode == 0
    text = output.read_text()
    assert text.startswith("-----BEGIN CERTIFICATE") and text.rstrip().endswith("END CERTIFICATE-----")


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_terminals_without_our_letters(encoding: str) -> None:
    for words in (("models", "list"), ("voices",), ("verify", "none.jpg", "--language", "hi")):
        ran = run(*words, PYTHONIOENCODING=encoding)
        assert b"Traceback" not in ran.stderr and b"[internal]" not in ran.stderr, ran.stderr


def test_a_verdict_in_letters_that_a_terminal_lacks() -> None:
    picture = grace_hopper_file()
    told = run("verify", picture, "--language", "hi", PYTHONIOENCODING="cp1252")
    assert told.returncode in (0, 1, 9, 10) and b"Traceback" not in told.stderr, told.stderr
    told = run("verify", picture, "--language", "hi", "--json", PYTHONIOENCODING="cp1252")
    assert any("\u0900" <= letter <= "\u097f" for letter in json.loads(told.stdout.decode("cp1252"))["summary"])


def test_json_says_every_letter_where_a_terminal_lacks_it() -> None:
    program = "import sys, json; from countenance.cli.standard_streams import make_whole; make_whole(as_json=True)\n"
    program += "print(json.dumps({'a': 'é ✓ हि 😀'}, ensure_ascii=False))"
    ran = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONIOENCODING": "cp1252"},
        capture_output=True,
        check=True,
    )
    assert json.loads(ran.stdout.decode("cp1252")) == {"a": "é ✓ हि 😀"}


@pytest.mark.parametrize(
    "words",
    [
        ("animate",),
        ("animate", "--nope"),
        ("animate", "-s", "a.jpg", "-d", "authored:nod", "-o", "o.mp4", "--size", "0"),
        ("animate", "-s", "a.jpg", "-d", "authored:nod", "-o", "o.mp4", "--size", "x"),
        ("keys", "nope"),
        ("keys",),
        ("nope",),
        ("verify",),
        ("serve", "verify", "--port", "0"),
        ("permission", "request"),
        ("ledger", "show", "--nope"),
    ],
    ids=" ".join,
)
def test_a_slip_is_told_as_every_error_is(words: tuple[str, ...]) -> None:
    told = json.loads(run(*words, "--json").stdout)["error"]
    assert told["code"] == "usage" and told["exit_status"] == 2
    assert told["message"] and re.fullmatch(r"See `countenance[a-z -]* --help`\.", told["remedy"])
    ran = run(*words)
    assert ran.returncode == 2 and b"Traceback" not in ran.stderr


def test_no_digit_is_taken_that_is_no_number() -> None:
    """`'²'.isdigit()` is true, and `int('²')` fails."""
    assert not [str(p) for p in ROOT.rglob("*.py") if ".isdigit()" in p.read_text() or ".isnumeric()" in p.read_text()]


def end(program: list[str], folder: Path, name: str) -> tuple[int, bytes]:
    """Exit status and standard output of a program that met a signal once something lay in the folder."""
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as running:
        limit = time.monotonic() + 120
        while not any(folder.iterdir()) and running.poll() is None and time.monotonic() < limit:
            time.sleep(0.02)
        running.send_signal(getattr(signal, name))
        out, _ = running.communicate(timeout=60)
    return running.returncode, out


def test_a_render_that_is_ended_leaves_nothing(tmp_path: Path) -> None:
    words = ("animate", "-s", grace_hopper_file(), "-d", "authored:demo", "-o", tmp_path / "o.mp4", *RIGHT, "--json")
    status, out = end([*COMMAND, *map(str, words)], tmp_path, "SIGTERM")
    assert status == 128 + signal.SIGTERM and json.loads(out)["error"]["code"] == "interrupted"
    assert list(tmp_path.iterdir()) == []


WRITING = """
import sys, time
from pathlib import Path
import typer
from countenance.cli import app, commands, main
from countenance.files import partial_beside

def register(parent):
    @parent.command()
    def demo():
        with partial_beside(Path(OUTPUT)) as partial:
            partial.write_bytes(b"half")
            time.sleep(60)

import countenance.cli.demo
countenance.cli.demo.register = register
sys.argv = ["countenance", "demo"]
main()
"""


@pytest.mark.parametrize(
    "name", ["SIGINT", "SIGTERM", *(pytest.param(name, marks=pytest.mark.soak) for name in ("SIGHUP", "SIGQUIT"))]
)
def test_each_signal_that_ends_it_lets_it_tidy_up(name: str, tmp_path: Path) -> None:
    program = WRITING.replace("OUTPUT", repr(str(tmp_path / "o.mp4")))
    status, _ = end([sys.executable, "-c", program], tmp_path, name)
    assert status == 128 + getattr(signal, name)
    assert list(tmp_path.iterdir()) == []


def test_signals_that_the_caller_switched_off_stay_off() -> None:
    program = "import os, signal; from countenance.cli.termination import heed_signals; heed_signals()\n"
    program += "os.kill(os.getpid(), signal.SIGHUP); print('alive')"
    ran = subprocess.run(["nohup", sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "alive" in ran.stdout


def test_a_system_library_that_is_missing_is_named_with_its_package() -> None:
    from countenance.cli.diagnosis import explained

    error = explained(ImportError("libGL.so.1: cannot open shared object file: No such file or directory"))
    assert error is not None and error.code == "setup.library" and "libgl1" in error.remedy
    error = explained(ModuleNotFoundError("No module named 'cv2'", name="cv2"))
    assert error is not None and "opencv-contrib-python" in error.remedy


def test_a_home_that_cannot_be_written_is_told_as_that(tmp_path: Path) -> None:
    words = ("animate", "-s", grace_hopper_file(), "-d", "authored:nod", "-o", tmp_path / "o.mp4", *RIGHT)
    ran = run(*words, "--json", COUNTENANCE_HOME="/dev/null/home", COUNTENANCE_MODELS="/dev/null/models")
    error = json.loads(ran.stdout)["error"]
    assert error["code"] == "output.folder" and "COUNTENANCE_" in error["remedy"]
