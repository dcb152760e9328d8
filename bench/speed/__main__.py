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
    gemms = [{n: part(n, "gemm") for n in (1, 2)}]
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
    gemms.append({n: part(n, "gemm") for n in (1, 2)})
    rate = {n: sum(g[n]["median"] for g in gemms) / 2 for n in (1, 2)}
    work = sum(g[1]["work"] for g in gemms) / 2
    theirs = LIVEPORTRAIT / work
    each = ", ".join(f"{g[1]['median']:.0f} and {g[2]['median']:.0f}" for g in gemms)
    print(
        f"float32 GEMM: {rate[1]:.0f} GFLOP/s on one core, {rate[2]:.0f} on two by the clock ({each} before and after);"
    )
    print(
        f"{work:.0f} GFLOP in a second of one core's CPU time: LivePortrait would take {theirs:.1f} s of it a frame\n"
    )
    print(f"{'drawing, one core':26}{'by the clock':>14}{'CPU time':>11}   {'aim':16}{'× LivePortrait':>15}")
    for title, told, aim in draws:
        ratio = theirs / (told["cpu"] / 1e3)
        print(
            f"{title:26}{told['median']:>11.1f} ms{told['cpu']:>8.1f} ms   "
            f"{verdict(told['cpu'], aim):16}{ratio:>15.0f}   {verdict(ratio, 400, least=True)}"
        )
    print(f"\n{'whole job, two cores':26}{'by the clock':>14}{'CPU time':>11}   {'aim':16}{'× LivePortrait':>15}")
    for title, told, aim in jobs:
        ratio = theirs / told["cpu"]
        print(
            f"{title:26}{told['fps']:>10.1f} fps{1e3 * told['cpu']:>8.1f} ms   "
            f"{verdict(told['fps'], aim, least=True):16}{ratio:>15.0f}   {verdict(ratio, 400, least=True)}"
            f"   (all told {told['all_told']:.1f} fps; {2 / told['cpu']:.0f} with two cores to itself)"
        )
    print(
        "\nCPU time: a frame, of the process, all its threads. Drawing, one thread, is held to its aim in CPU time,\n"
        "which other work on the machine disturbs least; the whole job is held to its aim by the clock, once it runs.\n"
        "All told: with start-up, reading the portrait, signing. Ratios are of CPU time."
    )
    print(f"load {os.getloadavg()[0]:.1f} after the run")


if __name__ == "__main__":
    main()
