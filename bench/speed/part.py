"""One timed piece of work in a process of its own, on so many cores; prints JSON. Run by `python -m bench.speed`."""

from __future__ import annotations

import json
import os
import sys
import time
from itertools import islice
from pathlib import Path

import cv2
import numpy as np

from bench.speed.material import RATE, driving_file, portrait_file, portrait_in

GEMM = 1536  # side of the square matrices
GEMM_SECONDS = 3.0
WARM = 12  # frames drawn or written before the clock starts


def gemm() -> dict[str, float]:
    """GFLOP/s of float32 matrix products: the median by the clock, and what a second of CPU time does."""
    a, b = np.random.default_rng(0).random((2, GEMM, GEMM), np.float32)
    out = a @ b
    rates = []
    until, begin_work = time.monotonic() + GEMM_SECONDS, time.process_time()
    while time.monotonic() < until:
        begin = time.perf_counter()
        np.matmul(a, b, out=out)
        rates.append(2 * GEMM**3 / (time.perf_counter() - begin) / 1e9)
    work = time.process_time() - begin_work
    return {"median": float(np.median(rates)), "work": 2 * GEMM**3 / 1e9 * len(rates) / work}


def draw(folder: Path, width: int, height: int, face: float) -> dict[str, float]:
    """Milliseconds a frame: from a sample with the driver's folds and mouth to pixels."""
    from countenance.engines import DrawOptions, load_engine
    from countenance.face.tracker import choose_face, find_faces
    from countenance.performance.capture import capture_performance
    from countenance.performance.filters import smoothed
    from countenance.render.animation import make_portrait
    from countenance.render.options import AnimateOptions

    take = capture_performance(folder / "driving.mp4")
    samples = list(islice(smoothed(take), 75))
    pixels = portrait_in(width, height, face)
    portrait = make_portrait(pixels, choose_face(find_faces(pixels)), AnimateOptions())
    rig = load_engine("mesh").prepare(portrait, take.neutral, DrawOptions())
    for sample in samples[:WARM]:
        rig.draw(sample)
    wall, work = [], []
    for _ in range(2):
        for sample in samples:
            begin, begin_work = time.perf_counter(), time.process_time()
            rig.draw(sample)
            wall.append(time.perf_counter() - begin)
            work.append(time.process_time() - begin_work)
    return {
        "median": 1e3 * float(np.median(wall)),
        "cpu": 1e3 * float(np.mean(work)),
        "face": portrait.face.size,
    }


def job(folder: Path) -> dict[str, float]:
    """The whole of `animate`: frames a second once it runs, all told, and CPU seconds a frame."""
    from countenance.permission.authorisation import public_domain
    from countenance.render.options import AnimateOptions
    from countenance.studio import Studio

    at: list[float] = []
    cpu: list[float] = []

    def progress(count: int, _total: int | None) -> None:
        if not count:
            return
        at.append(time.perf_counter())
        cpu.append(time.process_time())

    begin = time.perf_counter()
    right = public_domain("Grace Hopper (1906–1992), US Navy photograph, 1984", "us-government-work")
    done = Studio().animate(
        folder / "portrait.png",
        folder / "driving.mp4",
        folder / "out.mp4",
        permission=right,
        options=AnimateOptions(overwrite=True),
        progress=progress,
    )
    total = time.perf_counter() - begin
    return {
        "fps": (len(at) - WARM) / (at[-1] - at[WARM - 1]),
        "all_told": done.frames / total,
        "cpu": (cpu[-1] - cpu[WARM - 1]) / (len(at) - WARM),
        "frames": done.frames,
    }


def prepare(folder: Path, media: Path, width: int, height: int, face: float, frames: int) -> dict[str, float]:
    """Write a portrait and a driving clip."""
    portrait_file(folder / "portrait.png", width, height, face)
    driving_file(folder / "driving.mp4", media, width, height, frames)
    return {"seconds": float(frames / RATE)}


def main() -> None:
    """`part CORES WHAT …`."""
    cores, what, *rest = sys.argv[1:]
    available = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, available[: int(cores)])
    cv2.setNumThreads(int(cores))
    if what == "gemm":
        told = gemm()
    elif what == "draw":
        told = draw(Path(rest[0]), int(rest[1]), int(rest[2]), float(rest[3]))
    elif what == "job":
        told = job(Path(rest[0]))
    else:
        told = prepare(Path(rest[0]), Path(rest[1]), int(rest[2]), int(rest[3]), float(rest[4]), int(rest[5]))
    print(json.dumps(told))


if __name__ == "__main__":
    main()
