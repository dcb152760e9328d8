"""What the tests of the exit are made of: permits, frames, sound, a home folder of their own."""

from __future__ import annotations

import dataclasses
import datetime as dt
import secrets
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from countenance.face.people import Box, FaceFinder
from countenance.files import sha256_file
from countenance.marking.render_spec import Ingredient, LabelChoice, Making
from countenance.media.frames import Pixels, VideoFrame
from countenance.media.source import pinned
from countenance.permission.permit import Permit, seal_of
from countenance.settings import Settings

NOBODY = "ab" * 32
"""The hash of a source that never was a file."""


def settings_in(folder: Path, **more: object) -> Settings:
    return Settings(home=folder / "home", video_preset="ultrafast", **more)  # type: ignore[arg-type]


def face_boxes(pixels: Pixels) -> list[Box]:
    """Where faces are in a key frame, as a job looks for them."""
    with FaceFinder() as finder:
        return finder.boxes(pixels)


def permit(inputs: Mapping[str, str] | None = None, *, use: str = "animate", minutes: float = 60) -> Permit:
    """A genuine permit, as the policy would mint it."""
    now = dt.datetime.now(dt.UTC)
    plain = Permit(
        id=secrets.token_hex(16),
        use=use,
        kind="synthetic",
        basis="A person who does not exist.",
        grant_hash="cd" * 32,
        inputs=inputs or {"source": NOBODY},
        issued_at=now,
        expires_at=now + dt.timedelta(minutes=minutes),
    )
    return dataclasses.replace(plain, seal=seal_of(plain))


def making(*, label: str = "burn", **more: object) -> Making:
    values: dict[str, object] = {
        "title": "A test",
        "use": "animate",
        "engine": "mesh",
        "engine_version": "1",
        "ingredients": (Ingredient("source", None, NOBODY),),
        "label": LabelChoice.parse(label),
    }
    return Making(**(values | more))  # type: ignore[arg-type]


def plate(path: Path) -> tuple[tuple[Ingredient, ...], Permit]:
    """Ingredients and permit for changing a file."""
    return (Ingredient("plate", pinned(path)),), permit({"plate": sha256_file(path)})


def picture(width: int = 160, height: int = 128, seed: int = 0) -> Pixels:
    """Something with structure: smooth colours and soft grain."""
    noise = np.random.default_rng(seed).normal(0, 1, (height, width, 3))
    soft = cv2.GaussianBlur(noise, (0, 0), 6) * 320 + cv2.GaussianBlur(noise, (0, 0), 1.2) * 14
    ramp = np.linspace(-50, 50, width)[None, :, None]
    return np.clip(128 + soft + ramp, 0, 255).astype(np.uint8)


def frames(count: int, rate: Fraction, pixels: Pixels | None = None) -> Iterator[VideoFrame]:
    """A picture that moves one pixel a frame."""
    whole = picture() if pixels is None else pixels
    for index in range(count):
        yield VideoFrame(np.roll(whole, index, axis=1), index / rate, index)


class Clicks:
    """Sound: silence with a short tone burst at each of the given seconds, and soft noise if asked."""

    def __init__(self, rate: int, channels: int, seconds: float, at: tuple[float, ...], noise: float = 0.0) -> None:
        self.sample_rate, self.channels = rate, channels
        count = round(seconds * rate)
        self.samples: NDArray[np.float32] = np.zeros((count, channels), np.float32)
        self.samples += np.random.default_rng(1).normal(0, noise or 1e-9, self.samples.shape).astype(np.float32)
        burst = (np.hanning(400) * np.sin(np.arange(400) * 0.35) * 0.8).astype(np.float32)
        for second in at:
            begin = round(second * rate)
            self.samples[begin : begin + 400] += burst[:, None]

    def blocks(self) -> Iterator[NDArray[np.float32]]:
        for begin in range(0, len(self.samples), 1777):
            yield self.samples[begin : begin + 1777]


def picture_file(path: Path, pixels: Pixels | None = None) -> Path:
    """A picture as a file."""
    Image.fromarray(picture() if pixels is None else pixels).save(path)
    return path
