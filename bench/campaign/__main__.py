"""24 versions on one worker, on two and on Ray: time a version, what house-keeping costs, and a worker killed midway.

    python -m bench.campaign [--versions 24] [--no-ray]

3 shapes × 4 texts × 2 faces: a portrait that speaks and a clip that is dubbed, both Commodore Hopper's. Prints a table.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from bench.campaign.studio import done, set_up

TEXTS = ("Come in.", "See you.", "Good day.", "It is on.")
PLAN = """\
title: Bench
purpose: advertising
territories: [DE]
languages:
{languages}
voices: [hibari]
faces:
  portrait: {{portrait: grace.jpg, permission: grace.jwt}}
  clip: {{clip: ad.mp4, permission: grace.jwt}}
formats: [own, {{shape: "9:16", size: 480}}, {{shape: "1:1", size: 480}}]
output: {output}
"""
TAGS = ("en", "en-GB", "en-US", "en-AU")


@dataclass(frozen=True)
class Row:
    """One way of making all versions: seconds in all and in the makers' own hands, what came out."""

    name: str
    workers: int
    seconds: float
    own: float
    made: int
    starts: int
    files: int
    note: str = ""

    @property
    def overhead(self) -> float:
        """Share of the workers' time in which no version was being made."""
        return 1 - self.own / (self.seconds * self.workers)


def measure(folder: Path, name: str, count: int, *options: str, workers: int, kill: bool = False) -> Row:
    """Run the command on a fresh output folder and read its journal."""
    output = f"out-{name.replace(' ', '-')}"
    languages = "\n".join(
        f'  {tag}: {{text: "{text}"}}' for tag, text in list(zip(TAGS, TEXTS, strict=True))[: count // 6]
    )
    plan = folder / f"{output}.yaml"
    plan.write_text(PLAN.format(languages=languages, output=output))
    words = [sys.executable, "-m", "countenance", "campaign", str(plan), "--no-sheet", "--json", *options]
    env = os.environ | {"COUNTENANCE_HOME": str(folder / "home"), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    begin = time.monotonic()
    process = subprocess.Popen(words, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    killed: list[int] = []
    if kill:
        threading.Thread(target=_kill_midway, args=(process.pid, folder / output, count, killed), daemon=True).start()
    out, err = process.communicate()
    seconds = time.monotonic() - begin
    if process.returncode:
        raise SystemExit(err or out)
    entries = [json.loads(line) for line in (folder / output / "campaign.jsonl").read_text().splitlines()]
    made = [entry for entry in entries if entry["event"] == "made"]
    own = sum(entry["facts"]["seconds"] for entry in made)
    starts = sum(entry["event"] == "started" for entry in entries)
    files = len(list((folder / output).glob("*.mp4")))
    twice = len(made) - len({entry["version"] for entry in made})
    parts = len(list((folder / output).glob(".*part*")))
    note = f"{len(killed)} killed, {count - files} lost, {twice} twice, {parts} half files" if kill else ""
    return Row(name, workers, seconds, own, len(made), starts, files, note)


def _kill_midway(first: int, output: Path, count: int, killed: list[int]) -> None:
    """SIGKILL one worker while it writes a file, about halfway."""
    while len(list(output.glob("[!.]*.mp4"))) < count // 2 or not list(output.glob(".*part*")):
        time.sleep(0.02)
    for task in Path(f"/proc/{first}/task").iterdir():
        for child in (task / "children").read_text().split():
            if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
                os.kill(int(child), signal.SIGKILL)
                killed.append(int(child))
                return


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--versions", type=int, default=24, choices=(6, 12, 18, 24))
    parser.add_argument("--no-ray", action="store_true")
    count = parser.parse_args().versions
    ray = not parser.parse_args().no_ray
    with tempfile.TemporaryDirectory(prefix="campaign-") as name:
        folder = Path(name)
        set_up(folder)
        # Once beforehand, so that no way pays for compiled kernels and keys.
        done(folder / "home", "speak", "-s", folder / "grace.jpg", "-o", folder / "warm.mp4", "-t", "Hm.",
             "--permission", folder / "grace.jwt", "--purpose", "advertising", "--territory", "DE")  # fmt: skip
        rows = [
            measure(folder, "1 worker", count, workers=1),
            measure(folder, "2 workers", count, "--workers", "2", workers=2),
            measure(folder, "2 workers one killed", count, "--workers", "2", workers=2, kill=True),
        ]
        if ray:
            rows.append(measure(folder, "Ray 2 cores", count, "--on", "ray", "--workers", "2", workers=2))
        again = time.monotonic()
        done(folder / "home", "campaign", folder / "out-1-worker.yaml", "--no-sheet")
        again = time.monotonic() - again
    print(f"{count} versions, {os.cpu_count()} cores\n")
    print(f"{'':<22}{'all, s':>8}{'a version':>11}{'to the first':>14}{'not making':>12}  made  starts")
    for row in rows:
        share = rows[0].seconds / row.seconds
        print(
            f"{row.name:<22}{row.seconds:>8.1f}{row.seconds / count:>9.2f} s{share:>12.2f} ×{row.overhead:>11.0%}"
            f"{row.made:>6}{row.starts:>8}  {row.note}"
        )
    print(f"\nall of it again, nothing to make: {again:.1f} s")


if __name__ == "__main__":
    main()
