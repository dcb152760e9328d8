"""False positives: pictures and short clips that bear no mark, of many kinds, each looked at by the real detector.

Material: frames of the clips at any moment, drawn textures, gratings and letters (what a search for a lattice
could take for one), noise of several spectra; cropped, turned, scaled and mirrored by chance, some through JPEG or
H.264. Trial n is the same wherever and whenever it is run.
"""

from __future__ import annotations

import io
import time
from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bench.watermark.codecs import Frames, through
from bench.watermark.material import Clip
from bench.watermark.results import Kept, Row, spread
from countenance.marks.watermark import detect

Pixels = NDArray[np.uint8]
AT_ONCE = 20
"""Trials that are one task: they share a clip, for reading one takes a while."""
DRAWN_SHARE, SMALL_SHARE = 0.4, 0.85


def unmarked(every: list[Clip], kept: Kept, trials: int, workers: int, until: float) -> None:
    """Run trials that are missing until the time is up."""
    held: dict[int, Frames] = {}

    def looked(first: int, until: float) -> Iterator[Row]:
        place = (first // AT_ONCE) % len(every)
        if place not in held:
            if len(held) > 3:
                held.pop(next(iter(held)))
            held[place] = every[place].read()
        for number in range(first, min(first + AT_ONCE, trials)):
            if time.monotonic() > until:
                return
            if number not in done:
                kind, again, frames = _picture(number, held[place])
                found = detect(frames)
                yield {"trial": number, "kind": kind, "again": again, "found": found is not None}

    done = {row["trial"] for row in kept.rows}
    tasks = [n for n in range(0, trials, AT_ONCE) if any(k not in done for k in range(n, min(n + AT_ONCE, trials)))]
    for row in spread(looked, tasks, workers, until):
        kept.add(row)


def print_unmarked(kept: Kept) -> None:
    found = sum(bool(row["found"]) for row in kept.rows)
    print(f"\nFalse positives: {found} in {len(kept.rows)} unmarked looks")
    for kind in sorted({row["kind"] for row in kept.rows}):
        rows = [row for row in kept.rows if row["kind"] == kind]
        again = sum(bool(row["again"]) for row in rows)
        print(f"  {kind:<12} {sum(bool(row['found']) for row in rows)} of {len(rows)}, {again} of them re-encoded")
    if kept.rows and not found:
        print(
            f"95% upper bound by these trials alone: {3 / len(kept.rows):.1e} a look; by analysis see docs/watermark.md"
        )


def _picture(number: int, clip: Frames) -> tuple[str, bool, Frames]:
    """What kind of material, whether it was encoded again, and one to three frames of it."""
    rng = np.random.default_rng([2026, number])
    if rng.random() < DRAWN_SHARE:
        names = list(DRAWN)
        kind = names[int(rng.integers(len(names)))]
        high, wide = (int(rng.integers(96, 300)) for _ in range(2))
        base = DRAWN[kind](rng, high, wide)
        frames = [np.ascontiguousarray(np.clip(base, 0, 255).astype(np.uint8))]
    else:
        kind = "clip"
        count = 3 if rng.random() < 0.15 else 1
        start = int(rng.integers(max(1, len(clip) - count)))
        frames = clip[start : start + count]
    frames = _shaken(rng, frames)
    if rng.random() < 0.3:
        return kind, True, _again(rng, frames)
    return kind, False, frames


def _shaken(rng: np.random.Generator, frames: Frames) -> Frames:
    """The same crop, turn, scale and mirroring for every frame; at least 64 pixels each way."""
    height, width = frames[0].shape[:2]
    # Mostly small: a look at them costs half, and what is looked for is the same.
    short = int(rng.integers(64, 200)) if rng.random() < SMALL_SHARE else int(rng.integers(200, 560))
    scale = max(float(rng.uniform(0.7, 1.5)), short / min(height, width))
    wide = rng.uniform(1.0, 1.8)
    rows, columns = min(height, round(short / scale)), min(width, round(short * wide / scale))
    top, left = int(rng.integers(height - rows + 1)), int(rng.integers(width - columns + 1))
    size = max(64, round(columns * scale)), max(64, round(rows * scale))
    turn = float(rng.normal(0, 4)) if rng.random() < 0.4 else 0.0
    matrix = cv2.getRotationMatrix2D((size[0] / 2, size[1] / 2), turn, 1.0)
    mirror, quarter = rng.random() < 0.5, int(rng.integers(4))
    out = []
    for pixels in frames:
        part = cv2.resize(pixels[top : top + rows, left : left + columns], size, interpolation=cv2.INTER_AREA)
        if turn:
            part = cv2.warpAffine(part, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        part = np.rot90(part[:, ::-1] if mirror else part, quarter)
        out.append(np.ascontiguousarray(part))
    return out


def _again(rng: np.random.Generator, frames: Frames) -> Frames:
    if rng.random() < 0.5:
        crf = int(rng.integers(20, 40))
        again = through(frames, crf=crf)
        return again if min(again[0].shape[:2]) >= 64 else frames
    quality = int(rng.integers(30, 95))
    out = []
    for pixels in frames:
        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, "JPEG", quality=quality)
        out.append(np.asarray(Image.open(buffer).convert("RGB")))
    return out


def _noise(rng: np.random.Generator, high: int, wide: int) -> NDArray[np.float64]:
    """1/f^a noise, a from white to cloud, in three channels that go together or not."""
    falls = rng.uniform(0, 2)
    fy, fx = np.fft.fftfreq(high)[:, None], np.fft.rfftfreq(wide)[None]
    weight = 1 / np.maximum(np.hypot(fy, fx), 1 / max(high, wide)) ** falls
    alike = rng.uniform(0, 1)
    one = np.fft.rfft2(rng.standard_normal((high, wide)))
    other = [np.fft.rfft2(rng.standard_normal((high, wide))) for _ in range(3)]
    layers = [np.fft.irfft2((alike * one + (1 - alike) * each) * weight, (high, wide)) for each in other]
    return np.dstack([rng.uniform(60, 190) + rng.uniform(5, 50) * layer / layer.std() for layer in layers])


def _waves(rng: np.random.Generator, high: int, wide: int) -> NDArray[np.float64]:
    """A few gratings, as a lattice of tones is: cloth, fences, screens."""
    y, x = np.mgrid[0:high, 0:wide]
    out = np.full((high, wide), 120.0)
    for _ in range(int(rng.integers(2, 40))):
        fx, fy = rng.uniform(-0.12, 0.12, 2)
        out += rng.uniform(0.5, 12) * np.cos(2 * np.pi * (fx * x + fy * y + rng.random()))
    return np.dstack([out * rng.uniform(0.7, 1.1) for _ in range(3)])


def _tiles(rng: np.random.Generator, high: int, wide: int) -> NDArray[np.float64]:
    """One small picture over and over, as wallpaper."""
    rows, columns = (int(rng.integers(16, 140)) for _ in range(2))
    one = cv2.GaussianBlur(rng.standard_normal((rows, columns, 3)), (0, 0), rng.uniform(0.6, 3))
    tiled = np.tile(one, (-(-high // rows), -(-wide // columns), 1))[:high, :wide]
    return np.asarray(128 + 40 * tiled / (tiled.std() + 1e-6))


def _checks(rng: np.random.Generator, high: int, wide: int) -> NDArray[np.float64]:
    """Squares and stripes with hard edges."""
    y, x = np.mgrid[0:high, 0:wide]
    a, b = (int(rng.integers(3, 40)) for _ in range(2))
    field = ((x // a) + (y // b)) % 2 if rng.random() < 0.6 else ((x + y) // a) % 2
    dark, light = rng.uniform(0, 120, 3), rng.uniform(120, 255, 3)
    return np.asarray(np.where(field[..., None] > 0, light, dark))


def _letters(rng: np.random.Generator, high: int, wide: int) -> NDArray[np.float64]:
    """A page of text."""
    page = np.full((high, wide, 3), rng.uniform(200, 255), np.uint8)
    size = float(rng.uniform(0.3, 0.9))
    for line in range(int(18 * size), high, int(28 * size) + 1):
        words = "".join(rng.choice(list("abcdefghijklmnop qrstuvwxyz  .,"), 60))
        cv2.putText(page, words, (4, line), cv2.FONT_HERSHEY_SIMPLEX, size, (20, 20, 30), 1, cv2.LINE_AA)
    return page.astype(np.float64)


def _shapes(rng: np.random.Generator, high: int, wide: int) -> NDArray[np.float64]:
    """Flat patches, gradients, and a little grain."""
    y, x = np.mgrid[0:high, 0:wide].astype(np.float32)
    angle, length = rng.uniform(0, 2 * np.pi), rng.uniform(30, 150)
    ground = 128 + length * ((x / wide - 0.5) * np.cos(angle) + (y / high - 0.5) * np.sin(angle))
    out = np.dstack([ground] * 3).astype(np.float32)
    for _ in range(int(rng.integers(1, 12))):
        at = int(rng.integers(wide)), int(rng.integers(high))
        cv2.circle(out, at, int(rng.integers(4, 90)), tuple(map(float, rng.uniform(0, 255, 3))), -1, cv2.LINE_AA)
    return np.asarray(out + rng.normal(0, rng.uniform(0, 4), out.shape))


DRAWN = {
    "noise": _noise, "gratings": _waves, "wallpaper": _tiles, "checks": _checks, "letters": _letters, "shapes": _shapes,
}  # fmt: skip
