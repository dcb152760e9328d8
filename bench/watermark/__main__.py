"""How well the invisible mark holds and hides: `python -m bench.watermark [--media FOLDER] [--minutes N]`.

Every clip is marked, attacked and looked at: is the whole payload read? Tables: recovery per attack with Wilson
intervals (95%), invisibility, false positives, speed. Trials come in a shuffled order and are kept in bench/out, so
that a run may be cut after any number of minutes and gone on with; the tables say how many trials they rest on.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections import defaultdict
from pathlib import Path

import cv2
import numpy as np
from skimage.metrics import structural_similarity

from bench.watermark.attacks import VIDEO, Attack
from bench.watermark.codecs import Frames, encode
from bench.watermark.material import Clip, clips
from bench.watermark.vmaf import vmaf
from countenance.marking.watermark import Watermark, detect

KEPT = Path("bench/out/watermark")
PAYLOAD = 0x5EED_C0DE_2026_1123


def wilson(hits: int, trials: int, z: float = 1.96) -> tuple[float, float]:
    """The 95% interval of a share (Wilson 1927)."""
    if not trials:
        return 0.0, 1.0
    share = hits / trials
    middle = (share + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z * np.sqrt(share * (1 - share) / trials + z * z / (4 * trials**2)) / (1 + z * z / trials)
    return max(0.0, middle - half), min(1.0, middle + half)


class Kept:
    """Results so far, a line of JSON each."""

    def __init__(self, name: str) -> None:
        KEPT.mkdir(parents=True, exist_ok=True)
        self.path = KEPT / f"{name}.jsonl"
        lines = self.path.read_text().splitlines() if self.path.exists() else []
        self.rows = [json.loads(line) for line in lines]

    def add(self, row: dict[str, object]) -> None:
        self.rows.append(row)
        with self.path.open("a") as file:
            file.write(json.dumps(row) + "\n")


class Shelf:
    """The last few clips, plain and marked: reading one takes longer than most attacks."""

    def __init__(self) -> None:
        self._held: dict[str, tuple[Frames, Frames]] = {}

    def get(self, clip: Clip) -> tuple[Frames, Frames]:
        if clip.name not in self._held:
            if len(self._held) > 2:
                self._held.pop(next(iter(self._held)))
            plain = clip.read()
            mark = Watermark(PAYLOAD)
            self._held[clip.name] = (plain, [mark.embed(pixels) for pixels in plain])
        return self._held[clip.name]


def recover(every: list[Clip], attacks: list[Attack], seconds: float, until: float, shelf: Shelf) -> Kept:
    """Run trials that are missing, in a shuffled order, until the time is up."""
    kept = Kept(f"recovery-{seconds:g}s")
    done = {(row["clip"], row["attack"]) for row in kept.rows}
    order = list(every)
    random.Random(4).shuffle(order)
    for clip in order:
        wanted = [attack for attack in attacks if (clip.name, attack.name) not in done]
        random.Random(clip.name).shuffle(wanted)
        for attack in wanted:
            if time.monotonic() > until:
                return kept
            _, marked = shelf.get(clip)
            begin = time.monotonic()
            found = detect(attack.apply(marked[: int(25 * seconds)]))
            kept.add(
                {
                    "clip": clip.name,
                    "attack": attack.name,
                    "read": found is not None and found.payload == PAYLOAD,
                    "seconds": round(time.monotonic() - begin, 2),
                }
            )
    return kept


def print_recovery(kept: Kept, attacks: list[Attack], seconds: float) -> None:
    by: dict[str, list[bool]] = defaultdict(list)
    for row in kept.rows:
        by[str(row["attack"])].append(bool(row["read"]))
    print(f"\nRecovery of the full payload from {seconds:g} s")
    print(f"{'attack':<30} {'read':>9} {'share':>7}  95% interval")
    total = [0, 0]
    for attack in attacks:
        hits, trials = sum(by[attack.name]), len(by[attack.name])
        if not trials:
            continue
        low, high = wilson(hits, trials)
        star = "" if attack.required else "  (stretch)"
        print(f"{attack.name:<30} {hits:>4}/{trials:<4} {hits / trials:>6.1%}  {low:.0%}–{high:.0%}{star}")
        if attack.required:
            total[0] += hits
            total[1] += trials
    names = {attack.name for attack in attacks if attack.required}
    missed: dict[str, list[str]] = defaultdict(list)
    for row in kept.rows:
        if not row["read"] and row["attack"] in names:
            missed[str(row["clip"])].append(str(row["attack"]))
    if total[1]:
        low, high = wilson(*total)
        print(f"{'all but stretch':<30} {total[0]:>4}/{total[1]:<4} {total[0] / total[1]:>6.1%}  {low:.1%}–{high:.1%}")
        for clip in sorted(missed):
            print(f"missed in {clip}: {', '.join(sorted(missed[clip]))}")
        whole = len({row["clip"] for row in kept.rows}) - len(missed)
        print(f"clips read after every attack but the stretch ones: {whole}")


def invisibility(every: list[Clip], until: float, shelf: Shelf) -> None:
    kept = Kept("invisibility")
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


def unmarked(every: list[Clip], trials: int, until: float) -> None:
    """Frames that bear no mark, each a trial of its own."""
    kept = Kept("unmarked")
    count = len(kept.rows)
    rng = np.random.default_rng(1000 + count)
    clip_frames: Frames = []
    while count < trials and time.monotonic() < until:
        if count % 100 == 0 or not clip_frames:
            clip_frames = every[(count // 100) % len(every)].read()
        pixels = clip_frames[int(rng.integers(len(clip_frames)))]
        side = int(rng.integers(96, 200))
        top, left = (int(rng.integers(0, max(1, n - side))) for n in pixels.shape[:2])
        part = pixels[top : top + side, left : left + side]
        part = cv2.resize(part, None, fx=float(rng.uniform(0.7, 1.6)), fy=float(rng.uniform(0.7, 1.6)))
        if min(part.shape[:2]) < 64:
            continue
        kept.add({"found": detect([np.ascontiguousarray(part)]) is not None})
        count += 1
    found = sum(bool(row["found"]) for row in kept.rows)
    print(f"\nFalse positives: {found} of {len(kept.rows)} unmarked pictures")
    print("by analysis: at most 4 slots · 32 list entries · 39 readings · 2⁻⁴⁸ = 1.8·10⁻¹¹ a look")


def speed() -> None:
    """On one core; numba and FFT warmed up first."""
    cv2.setNumThreads(1)
    print(f"\nSpeed on one core\n{'':<30} {'ms':>8}")
    for height, width, aim in ((512, 512, 2.5), (1080, 1920, 12.0)):
        pixels = np.random.default_rng(2).integers(0, 256, (height, width, 3), dtype=np.uint8)
        pixels = cv2.GaussianBlur(pixels, (0, 0), 3)
        mark = Watermark(1)
        for _ in range(3):
            mark.embed(pixels)
        times = []
        for _ in range(30):
            begin = time.perf_counter()
            mark.embed(pixels)
            times.append(time.perf_counter() - begin)
        print(f"embed {width}×{height} (aim {aim:g}){'':<9} {1000 * float(np.median(times)):>8.2f}")
    mark = Watermark(2)
    clip = [mark.embed(np.roll(cv2.resize(pixels, (512, 512)), k, 1)) for k in range(250)]
    begin = time.perf_counter()
    found = detect(clip)
    print(
        f"detect in 10 s of 512×512 (aim 1500) {1000 * (time.perf_counter() - begin):>8.0f}  found: {found is not None}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--media", type=Path, default=Path("../shared/media"))
    parser.add_argument("--minutes", type=float, default=60.0, help="how long trials may run")
    parser.add_argument("--seconds", type=float, default=4.0, help="length of the clips looked at")
    parser.add_argument("--unmarked", type=int, default=10_000)
    parser.add_argument("--only", choices=("recovery", "invisibility", "unmarked", "speed"), default=None)
    asked = parser.parse_args()
    every = list(clips(asked.media))
    shelf, begin = Shelf(), time.monotonic()
    print(f"{len(every)} clips, {len(VIDEO)} attacks")
    if asked.only in (None, "speed"):
        speed()
    if asked.only in (None, "invisibility"):
        invisibility(every, begin + 60 * asked.minutes, shelf)
    if asked.only in (None, "recovery"):
        kept = recover(every, VIDEO, asked.seconds, begin + 60 * asked.minutes, shelf)
        print_recovery(kept, VIDEO, asked.seconds)
    if asked.only in (None, "unmarked"):
        unmarked(every, asked.unmarked, begin + 60 * asked.minutes * 1.2)


if __name__ == "__main__":
    main()
