"""What commands cost before they do anything: `python -m bench.startup [--times 5]`.

Each command runs in processes of its own, on a machine that ran it once before; the least of the CPU seconds (user and
system, children included) is told, and the aim where there is one.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from countenance.cli.demo import sample_portrait

RIGHT = ("--public-domain", "Grace Hopper (1906–1992), US Navy photograph, 1984", "--basis", "us-government-work")


def rows(folder: str) -> list[tuple[str, tuple[str, ...], int, float | None]]:
    """What is run: its name, the words, the exit status it must have, the aim in seconds."""
    portrait = str(sample_portrait())
    animate = ("animate", "-s", portrait, "-d", "authored:nod", "-o", f"{folder}/o.mp4")
    swap = ("swap", "-i", "a.mp4", "-l", "a.likeness", "-o", f"{folder}/o.mp4", "--permission", "g.jwt")
    return [
        ("--version", ("--version",), 0, 0.6),
        ("--help", ("--help",), 0, 0.6),
        ("animate --help", ("animate", "--help"), 0, None),
        ("a usage error", ("animate", "--nope"), 2, 1.5),
        ("no permission named", animate, 5, 1.5),
        ("a purpose that is refused", (*animate, *RIGHT, "--purpose", "intimate"), 5, 1.5),
        ("the same, swap", (*swap, "--purpose", "intimate"), 5, 1.5),
        ("a grant that is not there", (*animate, "--permission", "none.jwt"), 3, 1.5),
        ("a portrait that is not there", ("animate", "-s", "no.jpg", *animate[3:], *RIGHT), 3, None),
        ("doctor", ("doctor",), 0, None),
    ]


def seconds(words: tuple[str, ...], status: int, home: str) -> float:
    """CPU seconds of one run."""
    before = os.times()
    ran = subprocess.run(
        [sys.executable, "-m", "countenance", *words],
        env=os.environ | {"COUNTENANCE_HOME": home},
        capture_output=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    after = os.times()
    if ran.returncode != status:
        sys.exit(f"{words}: status {ran.returncode}, not {status}:\n{ran.stderr.decode()}{ran.stdout.decode()}")
    return after.children_user + after.children_system - before.children_user - before.children_system


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--times", type=int, default=5, help="runs of each")
    asked = parser.parse_args()
    print(f"{'command':<32}{'CPU s':>8}{'aim':>8}")
    with tempfile.TemporaryDirectory() as folder:
        home = str(Path(folder) / "home")
        for name, words, status, aim in rows(folder):
            seconds(words, status, home)
            least = min(seconds(words, status, home) for _ in range(asked.times))
            told = "" if aim is None else f"{aim:>8.1f}  {'ok' if least <= aim else 'short'}"
            print(f"{name:<32}{least:>8.2f}{told}", flush=True)


if __name__ == "__main__":
    main()
