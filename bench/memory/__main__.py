"""Whether memory grows with length: `python -m bench.memory [--minutes 10] [--rate 12] [--media FOLDER]`.

The whole job (decode, track, draw, mark, encode, sign, with sound) on ten seconds and on ten minutes of the same clip
at 320×400, each in a process of its own; the peaks of resident memory are compared.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

AIM = 50.0  # MB
SHORT = 10  # seconds


def part(*words: object) -> dict[str, Any]:
    """Run one piece of work."""
    command = [sys.executable, "-m", "bench.memory.part", *(str(w) for w in words)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    if ran.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{ran.stderr}")
    told: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return told


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--media", type=Path, default=Path("../shared/media"), help="folder of driving clips")
    parser.add_argument("--minutes", type=float, default=10.0, help="of the long clip")
    parser.add_argument("--rate", type=int, default=12, help="frames a second of both clips")
    asked = parser.parse_args()
    found = []
    print(f"{'length':>10}{'frames':>9}{'peak MB':>10}{'took s':>9}{'output MB':>11}   peak on the way, MB")
    for seconds in (SHORT, round(asked.minutes * 60)):
        with tempfile.TemporaryDirectory() as folder:
            part("prepare", folder, asked.media, seconds, asked.rate)
            told = part("animate", folder)
        found.append(told["peak"])
        way = " ".join(f"{v:.0f}" for v in told["seen"])
        print(
            f"{told['duration']:>8.1f} s{told['frames']:>9}{told['peak']:>10.1f}{told['took']:>9.0f}"
            f"{told['bytes'] / 1e6:>11.1f}   {way}",
            flush=True,
        )
    more = found[1] - found[0]
    print(f"difference {more:.1f} MB   < {AIM:g}  {'ok' if more < AIM else 'short'}")


if __name__ == "__main__":
    main()
