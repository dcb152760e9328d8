"""Files that left by the exit: one of every kind, of moving colours and a hum, with one ingredient."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from tests.exit_material import Clicks, making, permit, picture, picture_file

from countenance.files import sha256_file
from countenance.marking.containers import PICTURE, SOUND, VIDEO
from countenance.marking.render_receipt import Receipt
from countenance.marking.render_spec import Ingredient, Making
from countenance.marking.video_exit import VideoOutput, write_picture, write_sound
from countenance.media.frames import VideoFrame
from countenance.media.source import pinned
from countenance.media.video import open_video
from countenance.permission.permit import Permit
from countenance.settings import Settings

KINDS = (".mp4", ".mov", ".webm", ".png", ".jpg", ".webp", ".wav")
RATE = Fraction(25)


@dataclass(frozen=True)
class Left:
    """A file that left by the exit.

    Attributes:
        path: the file.
        media_type: as C2PA names it.
        receipt: what the exit said.
        store: its manifest store's bytes, where that lies beside.
    """

    path: Path
    media_type: str
    receipt: Receipt
    store: bytes | None


def media_type(path: Path) -> str:
    """Of an output, by its ending."""
    ending = path.suffix.lower()
    return VIDEO[ending].media_type if ending in VIDEO else (PICTURE | SOUND)[ending]


def leave(path: Path, settings: Settings, *, size: tuple[int, int], seconds: float, clip: Path | None = None) -> Left:
    """Make one file.

    Args:
        path: its ending says which kind.
        settings: for keys and the registry.
        size: of pictures, pixels.
        seconds: of videos and sound.
        clip: a video whose frames are used; moving colours without.
    """
    source = path.parent / "source.png"
    if not source.exists():
        picture_file(source)
    what = making(ingredients=(Ingredient("source", pinned(source)),), sound_is_synthetic=True)
    leave_granted = permit({"source": sha256_file(source)})
    hum = Clicks(48_000, 1, max(seconds, 1.0), (0.5,), noise=0.05)
    ending = path.suffix.lower()
    if ending in PICTURE:
        receipt = write_picture(path, picture(*size), leave_granted, what, settings=settings)
    elif ending in SOUND:
        receipt = write_sound(path, hum, leave_granted, what, settings=settings)
    else:
        receipt = _video(path, settings, leave_granted, what, size, seconds, clip, hum)
    store = receipt.sidecar.read_bytes() if receipt.sidecar else None
    return Left(path, media_type(path), receipt, store)


def _video(
    path: Path,
    settings: Settings,
    granted: Permit,
    what: Making,
    size: tuple[int, int],
    seconds: float,
    clip: Path | None,
    hum: Clicks,
) -> Receipt:
    shown = open_video(clip).frames(duration=Fraction(seconds)) if clip else _colours(size, seconds)
    first = next(shown)
    height, width = first.pixels.shape[:2]
    rate = open_video(clip).info.average_rate if clip else RATE
    with VideoOutput(path, granted, what, width=width, height=height, rate=rate, audio=hum, settings=settings) as out:
        out.write(first)
        for frame in shown:
            out.write(frame)
    return out.receipt


def _colours(size: tuple[int, int], seconds: float) -> Iterator[VideoFrame]:
    whole = picture(*size)
    for index in range(round(seconds * RATE)):
        yield VideoFrame(np.roll(whole, 2 * index, axis=1), index / RATE, index)
