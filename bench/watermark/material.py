"""Clips to mark: the folder's, cut into pieces, and pictures of our own that are hard in different ways."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.watermark.codecs import decode, encode
from countenance.media.picture import read_picture
from countenance.media.video import open_video

Pixels = NDArray[np.uint8]
RATE = Fraction(25)
SECONDS = 4
DRAWN = ("grace hopper", "eileen collins")


@dataclass(frozen=True)
class Clip:
    """A named clip, read when asked.

    Attributes:
        name: row of the tables.
        read: its frames, (h, w, 3) uint8 each, 25 a second.
    """

    name: str
    read: Callable[[], list[Pixels]]


def clips(folder: Path, saved: Path | None = None) -> Iterator[Clip]:
    """Pieces of 4 s of every video of the folder, its pictures slowly panned, drawn faces, and synthetic ones.

    Args:
        folder: with videos and pictures.
        saved: where `save` put the drawn faces, for a machine that cannot draw them.
    """
    for path in sorted(folder.glob("*.mp4")):
        with open_video(path) as video:
            length = float(video.info.duration or 0)
        for k in range(min(3, max(1, int(length // SECONDS)))):
            yield Clip(f"{path.stem} {k * SECONDS}–{(k + 1) * SECONDS} s", _piece(path, Fraction(k * SECONDS)))
    for path in sorted(folder.glob("*.jpg")):
        yield Clip(f"{path.stem} panned", _panned(path))
    for name in DRAWN:
        for take in ("demo", "look-around", "smile", "nod"):
            title = f"{name}, {take}"
            yield Clip(title, _again(saved / _file_name(title)) if saved else _drawn(name, take))
    for name, draw in SYNTHETIC.items():
        yield Clip(name, _synthetic(draw))


def save(every: list[Clip], folder: Path) -> None:
    """Write the drawn faces' frames, which take models to make, as videos at CRF 4 in full colour."""
    folder.mkdir(parents=True, exist_ok=True)
    for clip in every:
        if clip.name.startswith(DRAWN):
            (folder / _file_name(clip.name)).write_bytes(encode(clip.read(), crf=4, pixels="yuv444p"))


def _file_name(name: str) -> str:
    return name.replace(", ", "-").replace(" ", "-") + ".mkv"


def _again(path: Path) -> Callable[[], list[Pixels]]:
    return lambda: decode(path.read_bytes())


def _piece(path: Path, start: Fraction) -> Callable[[], list[Pixels]]:
    def read() -> list[Pixels]:
        with open_video(path) as video:
            return [f.pixels for f in video.frames(start=start, duration=Fraction(SECONDS), rate=RATE)]

    return read


def _panned(path: Path) -> Callable[[], list[Pixels]]:
    def read() -> list[Pixels]:
        pixels = read_picture(path).flattened()
        height, width = (round(side * 0.88) // 2 * 2 for side in pixels.shape[:2])
        out = []
        for k in range(int(SECONDS * RATE)):
            at = 0.5 - 0.5 * np.cos(k / 50)
            left, top = at * (pixels.shape[1] - width), 0.5 * at * (pixels.shape[0] - height)
            matrix = np.float32([[1, 0, -left], [0, 1, -top]])
            out.append(cv2.warpAffine(pixels, matrix, (width, height), flags=cv2.INTER_LINEAR))
        return out

    return read


def _drawn(name: str, take: str) -> Callable[[], list[Pixels]]:
    def read() -> list[Pixels]:
        from tests import portraits

        from countenance.engines import DrawOptions, load_engine
        from countenance.performance.authored import authored_performance

        portrait = portraits.grace_hopper() if name.startswith("grace") else portraits.eileen_collins()
        performance = authored_performance(take)
        rig = load_engine("mesh").prepare(portrait, performance.neutral, DrawOptions())
        frames = []
        for sample in performance:
            frames.append(rig.draw(sample))
            if len(frames) == int(SECONDS * RATE):
                break
        while len(frames) < int(SECONDS * RATE):
            frames.append(frames[-1])
        return frames

    return read


def _synthetic(draw: Callable[[int, np.random.Generator], Pixels]) -> Callable[[], list[Pixels]]:
    return lambda: [draw(k, np.random.default_rng(9)) for k in range(int(SECONDS * RATE))]


def _gradient(k: int, random: np.random.Generator) -> Pixels:
    """A sky: the hardest place to hide anything."""
    del random
    y, x = np.mgrid[0:540, 0:960].astype(np.float32)
    blue = 150 + 70 * y / 540 + 8 * np.sin(x / 300 + k / 40)
    return np.dstack([blue * 0.72, blue * 0.86, blue]).clip(0, 255).astype(np.uint8)


def _flat(k: int, random: np.random.Generator) -> Pixels:
    """A title card."""
    del random
    out = np.full((480, 640, 3), (240, 238, 232), np.uint8)
    cv2.putText(out, "A CARD", (130, 260), cv2.FONT_HERSHEY_DUPLEX, 3, (30, 30, 40), 6, cv2.LINE_AA)
    cv2.line(out, (100, 330), (100 + 4 * k, 330), (180, 40, 40), 6)
    return out


def _grain(k: int, random: np.random.Generator) -> Pixels:
    """Film grain, new in every frame."""
    del random
    noise = np.random.default_rng(k).normal(0, 14, (480, 720, 1))
    return (np.full((480, 720, 3), (110, 100, 96)) + noise).clip(0, 255).astype(np.uint8)


def _night(k: int, random: np.random.Generator) -> Pixels:
    """Dark, with lights that move."""
    del random
    out = np.full((540, 960, 3), 14, np.uint8)
    for n in range(14):
        at = (int((n * 137 + 5 * k) % 960), 80 + (n * 71) % 400)
        cv2.circle(out, at, 8 + n % 5 * 4, (255, 200 - 9 * n, 90 + 9 * n), -1, cv2.LINE_AA)
    return cv2.GaussianBlur(out, (0, 0), 3)


def _texture(k: int, random: np.random.Generator) -> Pixels:
    """Leaves: busy everywhere, moving."""
    field = random.normal(0, 1, (700, 1100)).astype(np.float32)
    leaves = cv2.GaussianBlur(field, (0, 0), 3)
    leaves = 110 + 60 * leaves / leaves.std()
    part = leaves[k // 2 : k // 2 + 540, k : k + 960]
    return np.dstack([part * 0.6, part, part * 0.5]).clip(0, 255).astype(np.uint8)


def _drawing(k: int, random: np.random.Generator) -> Pixels:
    """A cartoon: flat patches and hard edges."""
    del random
    out = np.full((512, 512, 3), (120, 190, 240), np.uint8)
    cv2.circle(out, (256, 300), 130, (250, 210, 60), -1, cv2.LINE_AA)
    for side in (-1, 1):
        cv2.circle(out, (256 + side * 50, 270), 18, (20, 20, 20), -1, cv2.LINE_AA)
    cv2.ellipse(out, (256, 340), (60, 20 + k % 30), 0, 0, 180, (150, 30, 30), -1, cv2.LINE_AA)
    return out


def _credits(k: int, random: np.random.Generator) -> Pixels:
    """Rolling credits."""
    del random
    out = np.full((480, 854, 3), 8, np.uint8)
    for n in range(12):
        cv2.putText(
            out, f"A NAME AND ANOTHER {n}", (180, 60 * n + 480 - 4 * k), cv2.FONT_HERSHEY_SIMPLEX, 1, (235,) * 3, 2,
            cv2.LINE_AA,
        )  # fmt: skip
    return out


SYNTHETIC: dict[str, Callable[[int, np.random.Generator], Pixels]] = {
    "sky": _gradient,
    "title card": _flat,
    "film grain": _grain,
    "night": _night,
    "leaves": _texture,
    "cartoon": _drawing,
    "credits": _credits,
}
