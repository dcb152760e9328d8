"""Files under way: held while their writer lives, removed when it does not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from countenance.errors import OutputBusy, OutputFolder
from countenance.files import check_output, partial_beside, settled, sha256_file, write_atomically
from countenance.partials import begun, claimed, companion, companion_of, partials_of, sweep

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="locks of Unix")


def killed(folder: Path, inside: str) -> None:
    """Run lines in a process of its own until it prints a word, then kill it."""
    code = """
        import sys, time
        from pathlib import Path
        from countenance.partials import begun, claimed, companion
        from countenance.files import partial_beside
        folder = Path(sys.argv[1])
        def wait():
            print("there", flush=True)
            time.sleep(60)
    """
    run = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code) + textwrap.dedent(inside), str(folder)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": ":".join(sys.path)},
    )
    assert run.stdout is not None and run.stdout.readline() == "there\n"
    os.kill(run.pid, signal.SIGKILL)
    run.wait()


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def test_what_the_dead_left_goes_and_what_the_living_hold_stays(tmp_path: Path) -> None:
    (tmp_path / ".a.1234abcd.part.mp4").write_bytes(b"not ours")
    with begun(tmp_path / "mine.mp4") as mine, claimed(tmp_path / "mine.mp4"):
        killed(
            tmp_path,
            """
            with claimed(folder / "a.mp4"), begun(folder / "a.mp4") as one, partial_beside(folder / "b.txt") as two:
                one.write_bytes(b"half")
                wait()
            """,
        )
        assert len(names(tmp_path)) == 6 and partials_of(tmp_path / "a.mp4")
        write_atomically(tmp_path / "any.txt", b"what comes next")
        assert len(names(tmp_path)) == 4 and mine.is_file()
        with pytest.raises(OutputBusy):
            check_output(tmp_path / "mine.mp4")
    assert names(tmp_path) == [".a.1234abcd.part.mp4", "any.txt"]


def test_one_run_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    with claimed(path):
        with pytest.raises(OutputBusy) as refused, claimed(path):
            pass
        assert refused.value.code == "output.busy" and str(os.getpid()) in refused.value.message
        with claimed(tmp_path / "b.mp4"):
            pass
    with claimed(path):
        pass
    assert not names(tmp_path)


@pytest.mark.parametrize("moved", [False, True])
def test_a_pair_is_whole_wherever_its_writer_is_killed(tmp_path: Path, moved: bool) -> None:
    path, beside = tmp_path / "a.webm", tmp_path / "a.c2pa"
    path.write_bytes(b"old")
    beside.write_bytes(b"of old")
    killed(
        tmp_path,
        f"""
        import hashlib
        digest = hashlib.sha256(b"new").hexdigest()
        with companion(folder / "a.webm", folder / "a.c2pa", b"of new", digest):
            if {moved}:
                (folder / "a.webm").write_bytes(b"new")
            wait()
        """,
    )
    wanted = (b"new", b"of new") if moved else (b"old", b"of old")
    assert (path.read_bytes(), companion_of(path, beside).read_bytes()) == wanted
    sweep(tmp_path)
    assert (path.read_bytes(), beside.read_bytes()) == wanted and names(tmp_path) == ["a.c2pa", "a.webm"]


@pytest.mark.parametrize("moved", [False, True])
def test_a_pair_is_whole_after_ctrl_c(tmp_path: Path, moved: bool) -> None:
    path, beside, new = tmp_path / "a.webm", tmp_path / "a.c2pa", tmp_path / "new"
    path.write_bytes(b"old")
    beside.write_bytes(b"of old")
    new.write_bytes(b"new")
    with pytest.raises(KeyboardInterrupt), companion(path, beside, b"of new", sha256_file(new)):
        if moved:
            new.replace(path)
        raise KeyboardInterrupt
    assert beside.read_bytes() == (b"of new" if moved else b"of old")


def test_links_are_followed_to_regular_places(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    link = tmp_path / "link.txt"
    link.symlink_to(tmp_path / "far" / "real.txt")
    write_atomically(link, b"through the link")
    assert link.is_symlink() and (tmp_path / "far" / "real.txt").read_bytes() == b"through the link"
    assert names(tmp_path / "far") == ["real.txt"]
    (tmp_path / "round").symlink_to(tmp_path / "round")
    (tmp_path / "null").symlink_to("/dev/null")
    (tmp_path / "nowhere").symlink_to(tmp_path / "none" / "a")
    os.mkfifo(tmp_path / "pipe")
    for name in ("round", "null", "nowhere", "pipe"):
        with pytest.raises(OutputFolder):
            check_output(tmp_path / name, overwrite=True)
    with pytest.raises(OutputFolder):
        check_output(Path("/dev/null"), overwrite=True)
    assert settled(tmp_path / "far" / "new.txt") == tmp_path / "far" / "new.txt"


def test_long_names(tmp_path: Path) -> None:
    longest = "ü" * 125 + ".mp4"
    check_output(tmp_path / longest)
    with partial_beside(tmp_path / longest) as partial:
        assert len(os.fsencode(partial.name)) < 150
        partial.write_bytes(b"x")
    assert names(tmp_path) == [longest]
    for name in ("x" * 300 + ".mp4", "ü" * 130, "x" * 5000):
        with pytest.raises(OutputFolder) as refused:
            check_output(tmp_path / name)
        assert refused.value.code == "output.name"
    with pytest.raises(OutputFolder):
        check_output(tmp_path / "/".join(["x" * 200] * 30) / "a.mp4")
