"""Bad input is a feature: one line, a remedy, a stable code, an exit status by kind, nothing written."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import wave
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.end_to_end.command import Command
from tests.media.clips import even, write_clip
from tests.media.test_pictures import bomb
from tests.portraits import grace_hopper_file

CLAIM = ("--public-domain", "Grace Hopper (1906–1992), US Navy photograph, 1984", "--basis", "us-government-work")


@pytest.fixture(scope="module")
def pile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of files nobody should have to fear."""
    from fractions import Fraction

    folder = tmp_path_factory.mktemp("pile")
    (folder / "empty.jpg").touch()
    (folder / "empty.mp4").touch()
    (folder / "text.jpg").write_text("not a picture")
    (folder / "text.mp4").write_text("not a video at all")
    whole = grace_hopper_file().read_bytes()
    (folder / "hopper.jpg").write_bytes(whole)
    (folder / "cut.jpg").write_bytes(whole[: len(whole) // 3])
    bomb(folder / "bomb.png", 100_000)
    grey = np.random.default_rng(1).normal(128, 20, (400, 400, 3)).clip(0, 255).astype(np.uint8)
    Image.fromarray(grey).save(folder / "nobody.png")
    Image.open(grace_hopper_file()).resize((160, 187)).save(folder / "small.png")
    with wave.open(str(folder / "sound.wav"), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(bytes(16000))
    write_clip(folder / "nobody.mp4", even(12, Fraction(25)))
    (folder / "cut.mp4").write_bytes((folder / "nobody.mp4").read_bytes()[:400])
    (folder / "text.perf").write_text("no take")
    (folder / "text.csv").write_text("no,take\n1,2\n")
    return folder


CASES = [
    ("none.jpg", "authored:nod", "input.missing", 3),
    ("empty.jpg", "authored:nod", "input.empty", 3),
    ("text.jpg", "authored:nod", "input.not_a_picture", 3),
    ("cut.jpg", "authored:nod", "input.damaged", 3),
    ("bomb.png", "authored:nod", "input.too_large", 3),
    ("nobody.png", "authored:nod", "face.none", 4),
    ("small.png", "authored:nod", "face.too_small", 4),
    ("hopper.jpg", "none.mp4", "input.missing", 3),
    ("hopper.jpg", "empty.mp4", "input.empty", 3),
    ("hopper.jpg", "text.mp4", "input.not_a_video", 3),
    ("hopper.jpg", "cut.mp4", "input.not_a_video", 3),
    ("hopper.jpg", "nobody.png", "input.not_a_video", 3),
    ("hopper.jpg", "sound.wav", "input.no_video_stream", 3),
    ("hopper.jpg", "nobody.mp4", "face.none", 4),
    ("hopper.jpg", "text.perf", "input.document", 3),
    ("hopper.jpg", "authored:none", "input.option", 3),
]


@pytest.mark.parametrize(("source", "driving", "code", "status"), CASES, ids=lambda v: str(v))
def test_each_is_told_in_a_line(
    countenance: Command, pile: Path, tmp_path: Path, source: str, driving: str, code: str, status: int
) -> None:
    drive = driving if driving.startswith("authored:") else pile / driving
    words = ("animate", "-s", pile / source, "-d", drive, "-o", tmp_path / "out.mp4", *CLAIM)
    ran = countenance(*words)
    assert ran.status == status and f"[{code}]" in ran.err and "Traceback" not in ran.err, ran.err
    error, remedy = [line for line in ran.err.splitlines() if line.startswith(("error:", "  → "))]
    assert error.startswith("error: ") and len(remedy) > 8
    told = json.loads(countenance(*words, "--json").out)["error"]
    assert told["code"] == code and told["exit_status"] == status and told["remedy"]
    assert list(tmp_path.iterdir()) == []


def test_where_the_output_may_not_go(countenance: Command, pile: Path, tmp_path: Path) -> None:
    def code(output: Path, *more: object) -> str:
        ran = countenance(
            "animate", "-s", pile / "hopper.jpg", "-d", "authored:nod", "-o", output, *CLAIM, "--json", *more
        )
        assert ran.status in (3, 6), ran.err
        return str(json.loads(ran.out)["error"]["code"])

    assert code(tmp_path / "none" / "out.mp4") == "output.folder"
    assert code(tmp_path) == "output.folder"
    assert code(tmp_path / "out.xyz") == "output.format"
    assert code(pile / "hopper.jpg", "--overwrite") in ("output.is_input", "output.format")
    kept = tmp_path / "kept.mp4"
    kept.write_text("kept")
    assert code(kept) == "output.exists" and kept.read_text() == "kept"
    assert [p.name for p in tmp_path.iterdir()] == ["kept.mp4"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder(countenance: Command, pile: Path, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    ran = countenance("animate", "-s", pile / "hopper.jpg", "-d", "authored:nod", "-o", tmp_path / "a.mp4", *CLAIM)
    tmp_path.chmod(0o700)
    assert ran.status == 6 and "[output.folder]" in ran.err


@pytest.mark.parametrize(
    "words",
    [
        *[("--crop", "banana"), ("--fps", "zero"), ("--fps", "0"), ("--start", "x"), ("--on-missing-face", "shrug")],
        *[("--size", "7"), ("--label", "no"), ("--mouth", "gold"), ("--duration", "-1"), ("--start", "99")],
    ],
    ids=" ".join,
)
def test_options_out_of_range(countenance: Command, pile: Path, tmp_path: Path, words: tuple[str, str]) -> None:
    out = tmp_path / "out.mp4"
    ran = countenance("animate", "-s", pile / "hopper.jpg", "-d", "authored:nod", "-o", out, *CLAIM, *words)
    assert ran.status in (2, 3) and "Traceback" not in ran.err, ran.err
    if ran.status == 3:
        assert "[input.option]" in ran.err and "→" in ran.err
    assert not list(tmp_path.iterdir())


def test_ctrl_c_leaves_nothing_and_says_so(pile: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    words = [sys.executable, "-m", "countenance", "animate", "-s", str(pile / "hopper.jpg"), "-d", "authored:demo"]
    running = subprocess.Popen([*words, "-o", str(out), *CLAIM], stderr=subprocess.PIPE, text=True)
    until = time.monotonic() + 60
    while not any(tmp_path.glob(".*.part*")) and running.poll() is None and time.monotonic() < until:
        time.sleep(0.02)
    assert running.poll() is None, "it must have been at work"
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=60)
    assert running.returncode == 130 and "[interrupted]" in err and "Traceback" not in err, err
    assert list(tmp_path.iterdir()) == []
