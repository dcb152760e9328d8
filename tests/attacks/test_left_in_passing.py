"""Killed in the midst of somebody's file: by the next start nothing of it is left, in no folder for temporary files."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from countenance.errors import OutputFolder
from countenance.settings import Settings
from countenance.spool import spooled, sweep
from tests.attacks.serving import environment, kept, served

SECRET = b"somebody's face " * 4096


def bearing(folder: Path) -> list[Path]:
    """Files in which the secret is found."""
    return [path for path in folder.rglob("*") if path.is_file() and SECRET[:64] in path.read_bytes()]


def command(*words: str, home: Path, temporary: Path) -> None:
    """The next start, of anything."""
    subprocess.run(
        [sys.executable, "-m", "countenance", *words],
        env=environment(home, temporary),
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, Path]:
    """A home, and a folder for temporary files."""
    home, temporary = tmp_path / "home", tmp_path / "temporary"
    home.mkdir()
    temporary.mkdir()
    return home, temporary


def test_a_service_that_is_killed_and_one_that_is_told_to_stop(places: tuple[Path, Path]) -> None:
    home, temporary = places
    with served(home, temporary) as (here, run):
        half = here.half_sent(10 * len(SECRET), SECRET)
        here.until(present=1)
        while not bearing(home):
            time.sleep(0.1)
        run.send_signal(signal.SIGKILL)
        run.wait()
        half.close()
    assert bearing(home) and not bearing(temporary), "it was killed in the midst of it"
    with served(home, temporary) as (here, run):
        assert not bearing(home) and not bearing(temporary), "the next start wiped it"
        half = here.half_sent(10 * len(SECRET), SECRET)
        here.until(present=1)
        run.send_signal(signal.SIGTERM)
        assert run.wait(120) == 0
        half.close()
    assert not kept(home / "spool") and not bearing(home) and not list((home / "spool").iterdir())
    assert not [path for path in temporary.rglob("*") if path.is_file()]


def test_a_pipe_that_is_killed(places: tuple[Path, Path]) -> None:
    home, temporary = places
    words = [sys.executable, "-m", "countenance", "verify", "-"]
    run = subprocess.Popen(words, env=environment(home, temporary), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    assert run.stdin is not None
    run.stdin.write(SECRET * 4)
    run.stdin.flush()
    while not bearing(home):
        assert run.poll() is None
        time.sleep(0.1)
    run.kill()
    run.wait()
    run.stdin.close()
    command("models", "list", home=home, temporary=temporary)
    assert not bearing(home) and not list(temporary.rglob("*")) and not list((home / "spool").iterdir())


def test_onnxruntime_tells_nobody_anything(places: tuple[Path, Path]) -> None:
    home, temporary = places
    program = (
        "from countenance.speech.listening.phone_network import WEIGHTS; from countenance.models.inference import "
    )
    program += "session_of; session_of(WEIGHTS); from hibari import Hibari"
    subprocess.run([sys.executable, "-c", program], env=environment(home, temporary), check=True)
    assert not list(temporary.rglob("*")) and not list(home.rglob("*.db")) and not list(home.rglob("*deviceid*"))


def test_a_room_is_wiped_however_its_use_ends_and_left_alone_while_it_lasts(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_bytes(b"kept")
    with pytest.raises(ValueError, match="midst"), spooled(settings) as room:
        assert room.stat().st_mode & 0o077 == 0 and not list(room.iterdir())
        (room / "link").symlink_to(outside)
        (room / "closed").mkdir()
        (room / "closed" / "file").write_bytes(SECRET)
        (room / "closed").chmod(0o500)
        with spooled(settings) as other:
            assert other != room and sweep(settings) == [] and room.is_dir()
        raise ValueError("in the midst of it")
    assert list((tmp_path / "spool").iterdir()) == [] and (outside / "kept").is_file()


def test_a_room_of_a_container_that_is_no_more(tmp_path: Path) -> None:
    """Its computer had another name; nobody holds it."""
    room = tmp_path / "spool" / "room.cnt-abcdef-01234567-89abcdef"
    room.mkdir(parents=True)
    (tmp_path / "spool").chmod(0o700)
    (room / "upload").write_bytes(SECRET)
    (room.parent / f".{room.name}.part").touch()
    assert sweep(Settings(home=tmp_path)) == [room] and list(room.parent.iterdir()) == []


def test_a_home_that_cannot_be_written_and_a_trap_in_the_common_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a folder that everybody may write to somebody else may have been there before."""
    import tempfile

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (tmp_path / "no-folder").write_bytes(b"")
    settings = Settings(home=tmp_path / "no-folder")
    mine = tmp_path / f"countenance-{os.getuid()}"
    with spooled(settings) as room:
        assert room.parent == mine and mine.stat().st_mode & 0o777 == 0o700
    mine.rmdir()
    theirs = tmp_path / "theirs"
    theirs.mkdir(mode=0o700)
    mine.symlink_to(theirs)
    with pytest.raises(OutputFolder, match="somebody else's"), spooled(settings):
        pass
    mine.unlink()
    mine.mkdir()
    mine.chmod(0o777)
    with pytest.raises(OutputFolder, match="others can look"), spooled(settings):
        pass
