"""How well the invisible mark holds and hides: `python -m bench.watermark [--media FOLDER] [--minutes N]`.

Every clip is marked, attacked and looked at: is the whole payload read? Tables: recovery per attack with Wilson
intervals (95%), invisibility, false positives, speed. Trials come in a shuffled order and are kept in bench/out, so
that a run may be cut after any number of minutes and gone on with; the tables say how many trials they rest on.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import cv2
import numpy as np
from skimage.metrics import structural_similarity

from bench.watermark.attacks import VIDEO
from bench.watermark.codecs import encode
from bench.watermark.material import Clip, clips, save
from bench.watermark.recovery import Shelf, print_recovery, recover
from bench.watermark.results import KEPT, Kept
from bench.watermark.unmarked import print_unmarked, unmarked
from bench.watermark.vmaf import vmaf
from countenance.marks.watermark import Watermark, detect


def invisibility(every: list[Clip], kept: Kept, until: float) -> None:
    shelf = Shelf()
    done = {row["clip"] for row in kept.rows}
    for clip in every:
        if clip.name in done or time.monotonic() > until:
            continue
        plain, marked = shelf.get(clip)
        picked = range(0, len(plain), 20)
        error = np.mean([np.mean((plain[k].astype(float) - marked[k]) ** 2) for k in picked])
        likeness = np.mean([structural_similarity(plain[k], marked[k], channel_axis=2) for k in picked])
        before, after = len(encode(plain)), len(encode(marked))
        some = slice(0, 50)
        kept.add(
            {
                "clip": clip.name,
                "psnr": float(10 * np.log10(255**2 / error)),
                "ssim": float(likeness),
                "bitrate": after / before - 1,
                "vmaf": vmaf(plain[some], marked[some]),
                "itself": vmaf(plain[some], plain[some]),
            }
        )
    print("\nInvisibility (aims: PSNR ≥ 46 dB, SSIM ≥ 0.990, VMAF ≥ 93, bitrate at CRF 23 ≤ +15%)")
    print("VMAF of the first 2 s; `itself`: of the plain clip beside itself, which is the scale's upper end")
    print(f"{'clip':<30} {'PSNR dB':>8} {'SSIM':>7} {'VMAF':>6} {'itself':>6} {'bitrate':>8}")
    for row in kept.rows:
        seen, scale = (f"{row[name]:6.1f}" if row[name] is not None else "     –" for name in ("vmaf", "itself"))
        print(f"{row['clip']:<30} {row['psnr']:>8.2f} {row['ssim']:>7.4f} {seen} {scale} {row['bitrate']:>+8.1%}")
    for name, worst in (("psnr", min), ("ssim", min), ("vmaf", min), ("bitrate", max)):
        values = [float(row[name]) for row in kept.rows if row[name] is not None]
        if values:
            print(f"{name}: mean {np.mean(values):.4g}, worst {worst(values):.4g}")


def speed() -> None:
    """On one core; numba and FFT warmed up first."""
    cv2.setNumThreads(1)
    print(f"\nSpeed on one core, ms\n{'':<38} {'clock':>8} {'CPU':>8}")
    for height, width, aim in ((512, 512, 2.5), (1080, 1920, 12.0)):
        pixels = np.random.default_rng(2).integers(0, 256, (height, width, 3), dtype=np.uint8)
        pixels = cv2.GaussianBlur(pixels, (0, 0), 3)
        mark = Watermark(1)
        for _ in range(3):
            mark.embed(pixels)
        times = []
        for _ in range(30):
            begin, used = time.perf_counter(), time.process_time()
            mark.embed(pixels)
            times.append((time.perf_counter() - begin, time.process_time() - used))
        clock, cpu = 1000 * np.median(times, axis=0)
        print(f"{f'embed {width}×{height} (aim {aim:g})':<38} {clock:>8.2f} {cpu:>8.2f}")
    mark = Watermark(2)
    clip = [mark.embed(np.roll(cv2.resize(pixels, (512, 512)), k, 1)) for k in range(250)]
    begin, used = time.perf_counter(), time.process_time()
    found = detect(clip)
    clock, cpu = 1000 * (time.perf_counter() - begin), 1000 * (time.process_time() - used)
    print(f"{'detect in 10 s of 512×512 (aim 1500)':<38} {clock:>8.0f} {cpu:>8.0f}  found: {found is not None}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--media", type=Path, default=Path("../shared/media"))
    parser.add_argument("--clips", type=Path, help="the drawn faces' frames, from --save-clips: needs no models then")
    parser.add_argument("--save-clips", type=Path, help="write them into this folder, and do nothing else")
    parser.add_argument("--kept", type=Path, default=KEPT, help="folder of results, gone on with")
    parser.add_argument("--workers", type=int, default=1, help="processes")
    parser.add_argument("--minutes", type=float, default=60.0, help="how long trials may run")
    parser.add_argument("--seconds", type=float, default=4.0, help="length of the clips looked at")
    parser.add_argument("--unmarked", type=int, default=10_000)
    parser.add_argument("--only", choices=("recovery", "invisibility", "unmarked", "speed"), default=None)
    asked = parser.parse_args()
    every = list(clips(asked.media, asked.clips))
    if asked.save_clips:
        save(every, asked.save_clips)
        return
    until = time.monotonic() + 60 * asked.minutes
    print(f"{len(every)} clips, {len(VIDEO)} attacks")
    if asked.only in (None, "speed"):
        speed()
    if asked.only in (None, "invisibility"):
        invisibility(every, Kept("invisibility", asked.kept), until)
    if asked.only in (None, "recovery"):
        kept = Kept(f"recovery-{asked.seconds:g}s", asked.kept)
        recover(every, kept, asked.seconds, asked.workers, until)
        print_recovery(kept, VIDEO, asked.seconds)
    if asked.only in (None, "unmarked"):
        kept = Kept("unmarked", asked.kept)
        unmarked(every, kept, asked.unmarked, asked.workers, until)
        print_unmarked(kept)


if __name__ == "__main__":
    main()
