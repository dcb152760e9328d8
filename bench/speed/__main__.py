"""How fast: `python -m bench.speed [--media FOLDER] [--frames N]`.

Drawing alone on one core; the whole job (decode, track, measure, draw, mark, encode, sign) on two; and both against
what one frame costs LivePortrait, 1,245 GFLOP (its published architecture at 512×512, counted), at the float32
matrix-product rate that the same cores reach in the same run. Each piece runs in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

LIVEPORTRAIT = 1245.0  # GFLOP a frame


def part(cores: int, what: str, *rest: object) -> dict[str, float]:
    """Run one piece of work on so many cores."""
    threads = {name: str(cores) for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
    command = [sys.executable, "-m", "bench.speed.part", str(cores), what, *(str(r) for r in rest)]
    ran = subprocess.run(command, env=os.environ | threads, capture_output=True, text=True, check=False)
    if ran.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{ran.stderr}")
    told: dict[str, float] = json.loads(ran.stdout.splitlines()[-1])
    return told


def verdict(value: float, aim: float, *, least: bool = False) -> str:
    """The aim and whether it was met."""
    met = value >= aim if least else value <= aim
    return f"{'≥' if least else '≤'} {aim:g}  {'ok' if met else 'short'}"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--media", type=Path, default=Path("../shared/media"), help="folder of driving clips")
    parser.add_argument("--frames", type=int, default=200, help="of the whole job's clips")
    asked = parser.parse_args()
    cores = len(os.sched_getaffinity(0))
    print(f"cores {cores}, load {os.getloadavg()[0]:.1f} before the run")
    before = {n: part(n, "gemm")["median"] for n in (1, 2)}
    draws: list[tuple[str, dict[str, float], float]] = []
    jobs: list[tuple[str, dict[str, float], float]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for title, width, height, face, aim in (
            ("512×512", 512, 512, 260, 8.0),
            ("1920×1080, 360 px face", 1920, 1080, 360, 16.0),
        ):
            part(2, "prepare", folder, asked.media, 512, 512, 260, 90)
            draws.append((title, part(1, "draw", folder, width, height, face), aim))
        for title, width, height, face, aim in (
            ("1280×720, 300 px face", 1280, 720, 300, 25.0),
            ("1920×1080, 360 px face", 1920, 1080, 360, 18.0),
        ):
            part(2, "prepare", folder, asked.media, width, height, face, asked.frames)
            jobs.append((title, part(2, "job", folder), aim))
    after = {n: part(n, "gemm")["median"] for n in (1, 2)}
    rate = {n: (before[n] + after[n]) / 2 for n in (1, 2)}
    theirs = {n: LIVEPORTRAIT / rate[n] for n in (1, 2)}
    print(f"float32 GEMM: {rate[1]:.0f} GFLOP/s on one core ({before[1]:.0f} before, {after[1]:.0f} after), ", end="")
    print(f"{rate[2]:.0f} on two ({before[2]:.0f}, {after[2]:.0f})")
    print(f"LivePortrait at that rate: {theirs[1]:.1f} s a frame on one core, {theirs[2]:.1f} s on two\n")
    print(f"{'drawing, one core':28}{'median ms':>10}{'10th %':>9}{'CPU ms':>9}   {'aim':14}{'× LivePortrait':>15}")
    for title, told, aim in draws:
        ratio = theirs[1] / (told["median"] / 1e3)
        print(
            f"{title:28}{told['median']:>10.1f}{told['tenth']:>9.1f}{told['cpu']:>9.1f}   "
            f"{verdict(told['median'], aim):14}{ratio:>12.0f}  {verdict(ratio, 400, least=True)}"
        )
    print(f"\n{'whole job, two cores':28}{'fps':>10}{'all told':>9}{'CPU ms':>9}   {'aim':14}{'× LivePortrait':>15}")
    for title, told, aim in jobs:
        ratio = theirs[2] * told["fps"]
        print(
            f"{title:28}{told['fps']:>10.1f}{told['all_told']:>9.1f}{1e3 * told['cpu']:>9.1f}   "
            f"{verdict(told['fps'], aim, least=True):14}{ratio:>12.0f}  {verdict(ratio, 400, least=True)}"
        )
    print("fps: once it runs; all told: with start-up, reading the portrait, signing. CPU: of the process, a frame.")
    print(f"load {os.getloadavg()[0]:.1f} after the run")


if __name__ == "__main__":
    main()
