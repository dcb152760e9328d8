"""Attack: the process dies, by kill -9 or by a gentler signal, at every step of writing; or two run at once. What is
under the name is whole, with its own manifest; what is left is removed by the next one who writes there."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from fractions import Fraction
from pathlib import Path

import c2pa
import pytest

from countenance.errors import OutputBusy
from countenance.marking.sidecar import sidecar_of
from countenance.marking.video_exit import VideoOutput, write_picture
from countenance.partials import sweep
from tests.exit_material import frames, making, permit, picture, settings_in

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and locks of Unix")
ENVIRONMENT = {**os.environ, "PYTHONPATH": ":".join(sys.path), "OMP_NUM_THREADS": "1"}
KIND = {".webm": "video/webm", ".mp4": "video/mp4", ".png": "image/png"}


def state(path: Path) -> str:
    """What a reader says of a file and what lies beside it."""
    beside = sidecar_of(path)
    store = beside.read_bytes() if beside.is_file() else None
    with path.open("rb") as file, c2pa.Reader(KIND[path.suffix], file, store) as reader:
        return str(reader.get_validation_state())


@pytest.mark.parametrize("ending", [".webm", ".png"])
def test_killed_at_every_step(tmp_path: Path, ending: str) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    path, wanted = folder / f"out{ending}", {f"out{ending}", "out.c2pa"} if ending == ".webm" else {f"out{ending}"}
    maker = subprocess.Popen(
        [sys.executable, "-m", "tests.attacks.killing", str(folder), ending],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
        cwd=Path(__file__).parents[2],
    )
    assert maker.stdin is not None and maker.stdout is not None
    kills, versions, litter = 0, set(), 0
    for line in maker.stdout:
        said = json.loads(line)
        assert state(path) == "Valid", said
        versions.add(path.read_bytes())
        left = {each.name for each in folder.iterdir()} - wanted
        litter += bool(left)
        assert all(name.startswith(".") for name in left)
        sweep(folder)
        assert {each.name for each in folder.iterdir()} == wanted, said
        assert state(path) == "Valid", said
        if not said["killed"]:
            assert said["code"] == 0
            break
        kills += 1
        maker.stdin.write("on\n")
        maker.stdin.flush()
    maker.stdin.close()
    maker.wait(30)
    assert kills >= 5 and litter >= 3 and len(versions) > 1


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_signals_that_can_be_caught_leave_nothing(tmp_path: Path, name: str) -> None:
    """The command turns them into exceptions; whatever class those have, the exit cleans up."""
    (tmp_path / "home").mkdir()
    code = """
        import itertools, signal, sys, time
        from fractions import Fraction
        from pathlib import Path
        from countenance.marking.video_exit import VideoOutput
        from tests.exit_material import frames, making, permit, settings_in
        def stop(number, frame):
            raise KeyboardInterrupt if number == signal.SIGTERM else SystemExit(128 + number)
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, stop)
        folder = Path(sys.argv[1])
        with VideoOutput(
            folder / "out.webm", permit(), making(), width=160, height=128, rate=Fraction(25),
            settings=settings_in(folder),
        ) as out:
            for frame in frames(10_000, Fraction(25)):
                out.write(frame)
                if frame.index == 30:
                    print("there", flush=True)
                time.sleep(0.005)
    """
    run = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), str(tmp_path)],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=ENVIRONMENT, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert run.stdout is not None and run.stdout.readline() == "there\n"
    assert len(list(tmp_path.iterdir())) > 1
    run.send_signal(signal.Signals[name])
    assert run.wait(60) != 0
    assert [each.name for each in tmp_path.iterdir()] == ["home"]


def test_two_runs_never_make_one_file(tmp_path: Path) -> None:
    """The second is refused with its first breath, whatever way it names the file; the first one ends well."""
    (tmp_path / "link").symlink_to(tmp_path)
    (tmp_path / "other.webm").symlink_to(tmp_path / "out.webm")
    settings = settings_in(tmp_path)

    def output(path: Path) -> VideoOutput:
        return VideoOutput(
            path, permit(), making(), width=128, height=96, rate=Fraction(25), settings=settings, overwrite=True
        )

    with output(tmp_path / "out.webm") as first:
        for path in (tmp_path / "out.webm", tmp_path / "link" / "out.webm", tmp_path / "other.webm"):
            with pytest.raises(OutputBusy) as refused, output(path):
                pass
            assert refused.value.code == "output.busy" and refused.value.exit_status == 6
        for frame in frames(4, Fraction(25), picture(128, 96)):
            first.write(frame)
    assert state(tmp_path / "out.webm") == state(tmp_path / "other.webm") == "Valid"
    with output(tmp_path / "other.webm") as second:
        for frame in frames(4, Fraction(25), picture(128, 96, 1)):
            second.write(frame)
    assert (tmp_path / "other.webm").is_symlink() and state(tmp_path / "out.webm") == "Valid"
    assert not [each.name for each in tmp_path.iterdir() if each.name.startswith(".")]


def test_the_longest_names(tmp_path: Path) -> None:
    name = "n" * 250 + ".webm"
    with VideoOutput(
        tmp_path / name, permit(), making(), width=128, height=96, rate=Fraction(25), settings=settings_in(tmp_path)
    ) as out:
        for frame in frames(2, Fraction(25), picture(128, 96)):
            out.write(frame)
    assert state(out.receipt.path) == "Valid"
    left = write_picture(
        tmp_path / ("ü" * 125 + ".png"), picture(128, 96), permit(), making(), settings=settings_in(tmp_path)
    )
    assert left.path.is_file()
