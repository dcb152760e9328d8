"""One clip read by us and by `ffmpeg`: frames, their times, their mean colours."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from countenance.errors import CountenanceError
from countenance.media.frames import VideoInfo
from countenance.media.video import open_video

SAME_TIME = 0.0021  # seconds: containers that count in milliseconds, and their first frame's own rounding
SAME_COLOUR = 2.0  # grey levels: two versions of swscale, and of the field filter
FILTERS = "bwdif=mode=send_frame:deint=interlaced"


@dataclass(frozen=True)
class Seen:
    """What a reader sees: seconds from the first frame, and (n, 3) mean colours."""

    times: list[float]
    colours: NDArray[np.float64]


@dataclass(frozen=True)
class Difference:
    """How we differ; empty words where we do not.

    Attributes:
        frames: ours and theirs.
        words: what differs.
    """

    frames: tuple[int, int]
    words: str


def ours(path: Path) -> tuple[VideoInfo, Seen]:
    """As `open_video` reads it. Raises InputError."""
    times, colours = [], []
    with open_video(path) as video:
        info = video.info
        for frame in video.frames():
            times.append(float(frame.time))
            colours.append(frame.pixels.mean((0, 1)))
    return info, Seen(times, np.array(colours).reshape(-1, 3))


def theirs(path: Path, info: VideoInfo) -> Seen:
    """As `ffmpeg` reads it, its frames scaled to our size."""
    size = f"scale={info.width}:{info.height}"
    ask = ["ffmpeg", "-v", "info", "-nostats", "-i", str(path), "-an", "-sn", "-fps_mode", "passthrough"]
    ask += ["-vf", f"{FILTERS},{size},showinfo", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    done = subprocess.run(ask, capture_output=True, check=False)
    count = len(done.stdout) // (info.width * info.height * 3)
    whole = np.frombuffer(done.stdout[: count * info.width * info.height * 3], np.uint8)
    means = whole.reshape(count, info.height * info.width, 3).mean(1) if count else np.zeros((0, 3))
    lines = [line for line in done.stderr.decode(errors="replace").splitlines() if "pts_time:" in line]
    stamps = [line.split("pts_time:")[1].split()[0] for line in lines]
    times = [float(stamp) for stamp in stamps if stamp not in ("NOPTS", "N/A")]
    return Seen([time - times[0] for time in times] if times else [], means)


def difference(path: Path, *, step: Fraction) -> Difference:
    """Between us and `ffmpeg`.

    Args:
        path: a clip.
        step: seconds from frame to frame, for what has no times of its own.
    """
    try:
        info, we = ours(path)
    except CountenanceError as error:
        return Difference((0, -1), f"{error.code}: {error}")
    they = theirs(path, info)
    counts = (len(we.times), len(they.colours))
    if counts[0] != counts[1]:
        return Difference(counts, f"{counts[0]} frames, not {counts[1]}")
    words = []
    known = they.times if len(they.times) == counts[1] else [float(step * k) for k in range(counts[1])]
    off = max((abs(a - b) for a, b in zip(we.times, known, strict=True)), default=0.0)
    if off > SAME_TIME:
        words.append(f"times off by {off:.4f} s")
    apart = float(np.abs(we.colours - they.colours).max(initial=0.0))
    if apart > SAME_COLOUR:
        words.append(f"colours off by {apart:.1f}")
    return Difference(counts, "; ".join(words))
