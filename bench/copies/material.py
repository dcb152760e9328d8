"""Innocent pictures and sounds: what installed packages ship, and what a seed draws. Knows nothing of marks."""

from __future__ import annotations

import importlib.util
import itertools
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]
Samples = NDArray[np.float32]
_PACKAGES = (("skimage", "data"), ("matplotlib", "mpl-data/sample_data"), ("scipy", "datasets"))
SIDE = 360


def pictures() -> Iterator[tuple[str, Pixels]]:
    """Photographs first, whole and in parts, then drawn ones without end: of which work each is, and (h, w, 3) uint8,
    short side `SIDE`."""
    photographs = list(_shipped())
    for seed in range(4):
        for name, whole in photographs:
            yield name, _part(whole, seed)
    for seed in itertools.count():
        yield f"drawn {seed}", _drawn(seed)


def _shipped() -> Iterator[tuple[str, Pixels]]:
    for package, folder in _PACKAGES:
        found = importlib.util.find_spec(package)
        if found is None or not found.submodule_search_locations:
            continue
        for path in sorted((Path(found.submodule_search_locations[0]) / folder).glob("*")):
            if path.suffix not in (".png", ".jpg"):
                continue
            with Image.open(path) as image:
                pixels = np.asarray(image.convert("RGB"), np.uint8)
            if min(pixels.shape[:2]) >= 200 and float(pixels.std()) > 8:
                yield path.name, pixels


def _part(whole: Pixels, seed: int) -> Pixels:
    """The whole, or a part of it."""
    if seed:
        random = np.random.default_rng(seed)
        height, width = (round(side * 0.6) for side in whole.shape[:2])
        top, left = (
            int(random.integers(0, max(1, a - b))) for a, b in zip(whole.shape[:2], (height, width), strict=True)
        )
        whole = whole[top : top + height, left : left + width]
    scale = SIDE / min(whole.shape[:2])
    size = (max(SIDE, round(whole.shape[1] * scale)), max(SIDE, round(whole.shape[0] * scale)))
    return np.asarray(cv2.resize(whole, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC), np.uint8)


def _drawn(seed: int) -> Pixels:
    """A head before a wall, or grain: light from one side, as portraits have it."""
    random = np.random.default_rng(seed + 10_000)
    height, width = SIDE, int(random.integers(SIDE, 600))
    noise = random.normal(0, 1, (height, width, 3))
    soft = sum(cv2.GaussianBlur(noise, (0, 0), s) * s * random.uniform(8, 40) for s in (1.2, 5.0, 18.0))
    x = np.linspace(-1, 1, width)[None, :, None]
    base = np.full((height, width, 3), random.uniform(60, 190, 3)) + x * random.uniform(-60, 60)
    if seed % 2:
        head = np.zeros((height, width), np.float32)
        middle = (int(width * random.uniform(0.35, 0.65)), int(height * 0.45))
        cv2.ellipse(head, middle, (height // 5, height // 4), random.uniform(-15, 15), 0, 360, 1.0, -1)
        head = cv2.GaussianBlur(head, (0, 0), 5)[..., None]
        base = base * (1 - head) + head * random.uniform(120, 220, 3)
    return np.clip(base + soft, 0, 255).astype(np.uint8)


def sounds(count: int, sentences: tuple[str, ...], rate: int = 16000, seconds: float = 9.0) -> Iterator[Samples]:
    """Speech by an installed voice where there is one, and speech-like and music-like sound; (n, 1) float32.

    The same sentence by the same voice is the same sound: renders and innocent recordings say different ones.
    """
    spoken = list(itertools.islice(_spoken(sentences, rate), count // 2))
    yield from spoken
    for seed in range(len(sentences) * 1000, len(sentences) * 1000 + count - len(spoken)):
        yield _musical(seed, rate, seconds) if seed % 2 else _speechlike(seed, rate, seconds)


SAID_BY_RENDERS = (
    "Good morning, and welcome to the museum, where three new rooms have opened since you were last here.",
    "The bridge was closed for repairs in March, and the ferry has carried everybody across the river since then.",
    "I have kept the letters in a wooden box under the stairs, and nobody has asked to read them in forty years.",
)
SAID_BY_INNOCENTS = (
    "The library opens at nine on weekdays, and the reading room stays quiet until the schools let out at four.",
    "After the storm the fishermen walked along the harbour wall, counting the boats and saying very little.",
    "Please bring two photographs, a copy of the lease, and the receipt for the deposit that you paid in spring.",
    "Our train was late, so we drank tea from paper cups and talked about the summer house beside the lake.",
    "Nobody in the village could remember who had planted the old chestnut trees in front of the town hall.",
)


def _spoken(sentences: tuple[str, ...], rate: int) -> Iterator[Samples]:
    from scipy.signal import resample_poly

    from countenance.errors import CountenanceError
    from countenance.speech.voice import load_voice

    try:
        voice = load_voice("hibari")
    except CountenanceError:
        return
    for first, second in itertools.permutations(sentences, 2):
        said = voice.say(f"{first} {second}", language="en-US", seed=len(first))
        yield resample_poly(said.samples, rate, said.sample_rate).astype(np.float32)[:, None]


def _speechlike(seed: int, rate: int, seconds: float) -> Samples:
    random = np.random.default_rng(seed)
    pieces: list[NDArray[np.float64]] = []
    while sum(map(len, pieces)) < seconds * rate:
        n = int(random.uniform(0.08, 0.3) * rate)
        pitch = random.uniform(90, 240)
        tones = sum(
            np.sin(2 * np.pi * pitch * k * np.arange(n) / rate + random.uniform(0, 6)) * random.uniform(0, 1) / k
            for k in range(1, 14)
        )
        pieces += [np.asarray(tones) * np.hanning(n), np.zeros(int(random.uniform(0, 0.12) * rate))]
    whole = np.concatenate(pieces)[: int(seconds * rate)]
    return (whole / np.abs(whole).max() * 0.5).astype(np.float32)[:, None]


def _musical(seed: int, rate: int, seconds: float) -> Samples:
    random = np.random.default_rng(seed)
    t = np.arange(int(seconds * rate)) / rate
    whole = random.normal(0, 0.01, len(t))
    for beat in np.arange(0, seconds, random.uniform(0.2, 0.5)):
        note = 220 * 2 ** (int(random.integers(0, 25)) / 12)
        env = np.where(t >= beat, np.exp(-(t - beat) * 3), 0)
        whole += env * sum(np.sin(2 * np.pi * note * k * t) / k**1.5 for k in range(1, 6))
    return (whole / np.abs(whole).max() * 0.5).astype(np.float32)[:, None]
