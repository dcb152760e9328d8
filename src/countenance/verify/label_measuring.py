"""The visible label and the spoken notice, found in a file's own pixels and samples. Nothing is believed that the file
says of itself: the label is looked for in each corner, and its letters are measured. Knows nothing of markets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.signal import fftconvolve

from countenance.errors import BadOption
from countenance.marking.label import Patch, draw_label
from countenance.marking.label_words import WORDS, language_of
from countenance.marking.render_spec import CORNERS, LabelChoice
from countenance.marking.spoken_notice import spoken
from countenance.media.audio import open_sound
from countenance.media.frames import Pixels
from countenance.media.picture import read_picture
from countenance.media.video import open_video

STEP = Fraction(1, 2)
"""Seconds between the frames that are looked at."""
LIKE = 0.75
"""Correlation with the label from which it is taken as seen; over pictures of noise it stayed below 0.3."""
HEARD = 0.5
"""Correlation with the notice from which it is taken as heard."""
SHARES = (0.0, 0.05)
_RATE = 8000


@dataclass(frozen=True)
class SeenLabel:
    """What was seen of a label.

    Attributes:
        times: seconds at which frames were looked at; `seen`: whether it was there, for each.
        words: what it says; empty where it was never seen.
        corner: where.
        letters: height of its letters, pixels; `share`: over the picture's shorter side.
        size: width and height of the picture.
    """

    times: tuple[float, ...]
    seen: tuple[bool, ...]
    words: str
    corner: str
    letters: float
    size: tuple[int, int]

    @property
    def share(self) -> float:
        """Height of the letters over the shorter side."""
        return self.letters / min(self.size)

    @property
    def throughout(self) -> bool:
        """It was in every frame that was looked at."""
        return bool(self.seen) and all(self.seen)

    @property
    def from_start(self) -> float:
        """Seconds for which it stays from the first frame on."""
        gone = next((time for time, there in zip(self.times, self.seen, strict=True) if not there), None)
        return (self.times[-1] if self.times and self.throughout else 0.0) if gone is None else gone


@dataclass(frozen=True)
class HeardNotice:
    """Where the notice was heard: seconds from the beginning; and how long the sound is."""

    at: tuple[float, ...]
    duration: float


def see_label(path: Path, language: str, *, moving: bool) -> SeenLabel:
    """Look for the label in a picture or clip.

    Args:
        path: of the file.
        language: BCP 47 tag, of its words; English ones are looked for as well.
        moving: whether it is a clip.

    Raises:
        InputError: as `open_video`, `read_picture`.
    """
    times: list[float] = []
    seen: list[bool] = []
    best: tuple[float, str, str, float] = (0.0, "", "", 0.0)
    size = (0, 0)
    for time, pixels in _looks(path, moving):
        size = (pixels.shape[1], pixels.shape[0])
        found = max((_alike(pixels, *one) for one in _candidates(language_of(language), *size)), default=best)
        times.append(time)
        seen.append(found[0] >= LIKE)
        best = max(best, found)
    there = best[0] >= LIKE
    return SeenLabel(
        tuple(times), tuple(seen), best[1] if there else "", best[2] if there else "", best[3] if there else 0.0, size
    )


def hear_notice(path: Path, language: str) -> HeardNotice:
    """Listen for the spoken notice. Arguments and errors as `see_label`, `open_sound`."""
    track = open_sound(path)
    blocks = [] if track is None else [block.mean(axis=1) for block in track.blocks()]
    if track is None or not blocks:
        return HeardNotice((), 0.0)
    sound = np.concatenate(blocks)
    duration = len(sound) / track.sample_rate
    low = _resampled(sound, track.sample_rate)
    notice = _resampled(spoken(language_of(language), track.sample_rate), track.sample_rate)
    notice = notice - notice.mean()
    if len(low) < len(notice):
        return HeardNotice((), duration)
    product = fftconvolve(low, notice[::-1], "valid")
    energy = np.cumsum(np.concatenate([[0.0], np.square(low, dtype=np.float64)]))
    here = np.sqrt(np.maximum(energy[len(notice) :] - energy[: -len(notice)], 1e-9))
    like = product / here / np.linalg.norm(notice)
    at: list[float] = []
    while len(like) and like.max() >= HEARD:
        peak = int(like.argmax())
        at.append(peak / _RATE)
        like[max(0, peak - len(notice)) : peak + len(notice)] = 0.0
    return HeardNotice(tuple(sorted(at)), duration)


def _looks(path: Path, moving: bool) -> Iterator[tuple[float, Pixels]]:
    if not moving:
        yield 0.0, read_picture(path).flattened()
        return
    due = Fraction(0)
    last = None
    with open_video(path) as video:
        for frame in video.frames():
            last = frame
            if frame.time >= due:
                yield float(frame.time), frame.pixels
                due = frame.time + STEP
                last = None
    if last is not None:
        yield float(last.time), last.pixels


@lru_cache(maxsize=8)
def _candidates(language: str, width: int, height: int) -> tuple[tuple[str, str, Patch], ...]:
    """Every label there may be on such a picture, as (words, corner, patch)."""
    out = []
    for tongue in dict.fromkeys((language, "en")):
        words = WORDS[tongue]
        for text in (words.generated, words.modified, words.credit):
            for corner in CORNERS:
                for share in SHARES:
                    letters = int(np.ceil(share * min(width, height)))
                    try:
                        patch = draw_label(text, tongue, width, height, LabelChoice(corner=corner), letters)
                    except BadOption as error:  # the label of that size does not fit: then it is not there either
                        if error.code != "market.label_size":
                            raise
                        continue
                    out.append((text, corner, patch))
    return tuple(out)


def _alike(pixels: Pixels, words: str, corner: str, patch: Patch) -> tuple[float, str, str, float]:
    """How much a place looks like a label; what, where; and how high the letters are, pixels."""
    height, width = patch.through.shape[:2]
    there = pixels[patch.top : patch.top + height, patch.left : patch.left + width].astype(np.float32).mean(axis=2)
    if there.shape != (height, width):
        return 0.0, words, corner, 0.0
    wanted = patch.colour.mean(axis=2)
    a, b = there - there.mean(), wanted - wanted.mean()
    like = float((a * b).sum() / max(np.sqrt((a * a).sum() * (b * b).sum()), 1e-6))
    return like, words, corner, _letters(there) if like >= LIKE else 0.0


def _letters(luma: NDArray[np.float32]) -> float:
    """Height of the word's letters, pixels: the median of the bright shapes right of the tile."""
    bright = (luma > 140).astype(np.uint8)
    count, _, stats, _ = cv2.connectedComponentsWithStats(bright)
    shapes = stats[1:count]
    if not len(shapes):
        return 0.0
    tile = shapes[shapes[:, cv2.CC_STAT_HEIGHT].argmax()]
    right = tile[cv2.CC_STAT_LEFT] + tile[cv2.CC_STAT_WIDTH]
    letters = shapes[(shapes[:, cv2.CC_STAT_LEFT] >= right) & (shapes[:, cv2.CC_STAT_AREA] >= 4)]
    return float(np.median(letters[:, cv2.CC_STAT_HEIGHT])) if len(letters) else 0.0


def _resampled(sound: NDArray[np.float32], rate: int) -> NDArray[np.float64]:
    count = round(len(sound) * _RATE / rate)
    wide = max(1, rate // _RATE)
    smooth = np.convolve(sound, np.ones(wide) / wide, "same")
    return np.asarray(np.interp(np.arange(count) * rate / _RATE, np.arange(len(smooth)), smooth), np.float64)
