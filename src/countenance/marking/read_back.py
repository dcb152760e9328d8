"""Nothing gets its name before its marks were read from the very bytes that were written: videos, pictures, sound.

Moving pictures are tried before the work is done: the first two frames, at need the first sixteen, are encoded on
their own and read back, with more strength and a finer quality until the mark is heard; what can't bear a mark is
refused within the first second, and not after hours. The finished file is then read again, a few frames of it.
Knows nothing of permits, manifests or names.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO

import av
import numpy as np
from av.audio.resampler import AudioResampler
from numpy.typing import NDArray
from PIL import Image

from countenance.errors import BadOption, ProvenanceError
from countenance.marking.picture_marks import PictureMarks
from countenance.marking.picture_track import Codec, PictureTrack
from countenance.marking.sound_encoding import Samples
from countenance.marks import audiomark
from countenance.marks.watermark import detect, read_back
from countenance.media.frames import Pixels, VideoFrame

log = logging.getLogger(__name__)

SMALLEST_SIDE = 96
"""Pixels. Measured (`python -m bench.floors`): at 96 every clip's mark was read from one frame at the finer steps, at
88 half of them, at 80 none: the mark's fine half lies beyond what so few pixels can show."""
SMALL_SIDE = 160
HELD_AT_MOST, HELD_BYTES = 16, 256 << 20
_TRY_AT = (2, 4, 8, 16)
_FIRST_LOOK, _WINDOW = 8, 64  # frames that are examined in one place of a finished file, every second one
_PLACES = tuple(Fraction(eighth, 8) for eighth in (0, 4, 2, 6, 1, 3, 5, 7))  # of its duration
_LISTEN = 30  # seconds of sound at a time
_LOUD = 1e-3
ENOUGH_SOUND = 5.0
"""Seconds that can be heard; from so much a mark is always read. Of 8 pieces of speech 0 were read from 1.5 s, 7 from
2 s, 8 from 3 s on, as PCM, AAC and Opus alike."""


@dataclass(frozen=True, slots=True)
class Step:
    """How hard the exit tries.

    Attributes:
        gain: of the mark, beyond its usual strength.
        quality: x264's CRF at most.
    """

    gain: float
    quality: int

    def codec(self, wanted: Codec) -> Codec:
        """The codec that was asked for, or a finer one."""
        return Codec(wanted.name, min(wanted.quality, self.quality), wanted.preset)


def room_for(frame: VideoFrame) -> int:
    """How many frames like this one are held at most."""
    return max(2 * _TRY_AT[0], min(HELD_AT_MOST, HELD_BYTES // max(1, frame.pixels.nbytes)))


STEPS = (Step(1.0, 51), Step(1.25, 18), Step(1.6, 14), Step(2.2, 10))
PART, PART_QUALITY, PART_GAIN = 0.74, 75, 1.6
"""Pictures get cropped and sent on: up to this gain a still's mark is laid so strongly that it is read from that part
of each side, as a JPEG of that quality."""


def check_size(width: int, height: int, largest: int, what: str) -> None:
    """Whether frames of this size can bear a mark and be written. Raises BadOption."""
    if min(width, height) >= SMALLEST_SIDE and max(width, height) <= largest:
        return
    raise BadOption(
        f"A {what} of {width}×{height} pixels cannot be marked and written.",
        f"Use {SMALLEST_SIDE} to {largest} pixels each way.",
    )


class Rehearsal:
    """The first frames of a video, tried until their mark is read.

    Args:
        codec: what is asked for.
        rate, time_base: of the video.
        marking: gives what marks frames with a gain: the label and the mark, as they will be.
        slot: gives the mark's slot.
        payload: what must be read.
    """

    def __init__(
        self,
        codec: Codec,
        rate: Fraction,
        time_base: Fraction,
        marking: Callable[[float], PictureMarks],
        slot: Callable[[], int],
        payload: int,
    ) -> None:
        self._codec, self._rate, self._time_base = codec, rate, time_base
        self._marking, self._slot, self._payload = marking, slot, payload
        self.held: list[VideoFrame] = []
        """The frames so far; they are still to be written."""

    def add(self, frame: VideoFrame) -> Step | None:
        """Take the next frame; the step to write with, once it is known.

        Raises:
            ProvenanceError: mark.unreadable.
        """
        self.held.append(frame)
        if len(self.held) in _TRY_AT and self._reads(first := self._steps()[0]):
            return first
        return self.decide() if len(self.held) >= room_for(frame) else None

    def decide(self) -> Step:
        """The gentlest step at which the frames so far are read. Raises ProvenanceError: mark.unreadable."""
        tried = [(step, True) for step in self._steps()]
        if self._small:
            tried.append((STEPS[-1], False))  # few frames and small: what the exit itself can read has to do
        for step, searched in tried:
            if self._reads(step, searched=searched):
                if step is not STEPS[0]:
                    log.info("The mark is laid %g times as strongly, at CRF %d or finer.", step.gain, step.quality)
                return step
        raise unreadable("pictures")

    def _steps(self) -> tuple[Step, ...]:
        """Small frames leave no margin: others, who do not know where to look, must read the mark too."""
        return STEPS[1:] if self._small else STEPS

    @property
    def _small(self) -> bool:
        return bool(min(self.held[0].pixels.shape[:2]) < SMALL_SIDE)

    def _reads(self, step: Step, *, searched: bool = True) -> bool:
        height, width = self.held[0].pixels.shape[:2]
        marks, buffer = self._marking(step.gain), io.BytesIO()
        with av.open(buffer, "w", format="matroska") as out:
            track = PictureTrack(out, step.codec(self._codec), width, height, self._rate, self._time_base)
            for frame in self.held:
                out.mux(list(track.encode(marks.draw(frame.pixels, frame.time, untouched=frame.untouched), frame.time)))
            out.mux(list(track.finish()))
        buffer.seek(0)
        with av.open(buffer, "r") as written:
            shown = list(_pixels(written.decode(video=0), width, height))
        read: bool = read_back(shown, slot=self._slot(), first_look=len(shown)) == self._payload
        if not (read and self._small and searched):
            return read
        found = detect(shown)
        return found is not None and found.payload == self._payload


def check_video(path: Path, width: int, height: int, slot: int, payload: int) -> bool:
    """Whether the mark is read from a video that was written, in one of the places that are looked at.

    Args:
        width, height: of the frames that were marked, pixels.
        slot, payload: of the mark.
    """
    with av.open(str(path)) as written:
        for part in _PLACES:
            if part:
                written.seek(int((written.duration or 0) * part))
            decoded = written.decode(video=0)
            first = list(islice(decoded, _TRY_AT[-1]))
            if len(first) == _TRY_AT[-1]:
                frames = chain(first[::2], islice(decoded, 0, 2 * (_WINDOW - _FIRST_LOOK), 2))
                if read_back(_pixels(frames, width, height), slot=slot, first_look=_FIRST_LOOK) == payload:
                    return True
            # a short clip, its end, or later frames that are coarser than the first ones: as in rehearsal
            if first and read_back(_pixels(first, width, height), slot=slot, first_look=_TRY_AT[0]) == payload:
                return True
    return False


def check_picture(encoded: BinaryIO, slot: int, payload: int, *, part: bool = False) -> bool:
    """Whether the mark is read from a picture that was encoded.

    Args:
        encoded: its file.
        slot, payload: of the mark.
        part: whether it must also be read from its middle alone, sent on as a JPEG.
    """
    with Image.open(encoded) as image:
        pixels = np.asarray(image.convert("RGBA" if "A" in image.mode else "RGB"))[..., :3]
    pixels = np.ascontiguousarray(pixels)
    shown = [_middle(pixels), pixels] if part else [pixels]
    return all(read_back([one], slot=slot) == payload for one in shown)


def _middle(pixels: Pixels) -> Pixels:
    """The middle of a picture after a JPEG, the rest of it blank: where the mark lies need not be searched for then."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=PART_QUALITY)
    sent = np.asarray(Image.open(buffer).convert("RGB"))
    down, across = (round(side * (1 - PART) / 2) for side in pixels.shape[:2])
    middle = (slice(down, -down), slice(across, -across))
    left = np.full_like(sent, sent[middle].mean(axis=(0, 1)).astype(np.uint8))
    left[middle] = sent[middle]
    return left


def hear(path: Path, payload: int) -> bool:
    """Whether the audio mark is read from a file that was written, some stretch of it.

    Returns:
        False where there is too little to be heard for a mark.

    Raises:
        ProvenanceError: mark.unreadable.
    """
    heard = 0.0
    for samples, rate in _stretches(path):
        found = audiomark.detect(samples, rate, thorough=False)
        if found is not None and found.payload == payload:
            return True
        heard += _audible(samples, rate)
    if heard < ENOUGH_SOUND:
        return False
    raise unreadable("sound")


def unreadable(what: str) -> ProvenanceError:
    """The refusal of what does not bear its mark."""
    return ProvenanceError(
        f"The invisible mark could not be read back from the {what} that were encoded, so nothing was written."
        if what == "pictures"
        else "The inaudible mark could not be read back from the sound that was encoded, so nothing was written.",
        "Write it larger (--size 256 or more) or finer (COUNTENANCE_VIDEO_QUALITY=18 or less)."
        if what == "pictures"
        else f"Let it be longer: {ENOUGH_SOUND:g} seconds that can be heard bear a mark.",
        code="mark.unreadable",
    )


def _pixels(frames: Iterable[av.VideoFrame], width: int, height: int) -> Iterator[Pixels]:
    """Frames as pixels, without the row or column that an odd side grew by."""
    for frame in frames:
        yield np.ascontiguousarray(frame.to_ndarray(format="rgb24")[:height, :width])


def _stretches(path: Path) -> Iterator[tuple[Samples, int]]:
    with av.open(str(path)) as written:
        rate = written.streams.audio[0].rate
        resampler = AudioResampler(format="fltp", layout="mono", rate=rate)
        kept: list[NDArray[np.float32]] = []
        length = 0
        for frame in written.decode(audio=0):
            for piece in resampler.resample(frame):
                kept.append(np.asarray(piece.to_ndarray()[0], np.float32))
                length += len(kept[-1])
            if length >= _LISTEN * rate:
                yield np.concatenate(kept)[:, None], rate
                kept, length = [], 0
        if length:
            yield np.concatenate(kept)[:, None], rate


def _audible(samples: Samples, rate: int) -> float:
    block = max(1, rate // 10)
    levels: Sequence[float] = [
        float(np.sqrt(np.mean(np.square(samples[i : i + block])))) for i in range(0, len(samples), block)
    ]
    return sum(level > _LOUD for level in levels) / 10
