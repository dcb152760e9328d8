"""What is looked at of a file: a few seconds in a few places, decoded one frame at a time, whatever the file's length.

A `Source` hands out frames and sound from a place; there is one for clips, stills, sound and live streams. Judges files
by their first bytes, as a viewer does, and never by their names. Knows nothing of marks.
"""

from __future__ import annotations

import io
import itertools
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Protocol

import av
import av.error
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from countenance.errors import BadOption, EmptyFile, FileMissing, InputError, NoVideoStream
from countenance.media.audio import open_sound
from countenance.media.frames import VideoFrame
from countenance.media.glb import MOST_BYTES, image_bytes, read_glb
from countenance.media.picture import FORMATS, read_picture
from countenance.media.video import open_video
from countenance.verify.findings import Kind

WINDOW_FRAMES = 96
"""The picture mark's detector examines every second one."""
MAX_RATE = Fraction(31)
"""Frames a second that are looked at; more of the same instant say nothing new."""
SOUND_SECONDS = Fraction(12)
WINDOW_PIXELS = 800_000_000
"""Of all frames looked at in one place: 96 of 4K, fewer of larger ones."""
PASSED_PIXELS = 4_000_000_000
"""That are decoded on the way to a place: 60 s of full HD between two key frames. Beyond it, it is not gone to: a few
kilobytes hold frames for minutes of decoding, and the file's beginning is looked at instead."""
TEXTURE_PIXELS = 4096 * 4096
PLACES = (Fraction(1, 2), Fraction(0), Fraction(1), Fraction(1, 4), Fraction(3, 4))


@dataclass(frozen=True)
class SoundSample:
    """A piece of sound: `(n, channels) float32` in [-1, 1], at `rate` hertz."""

    samples: NDArray[np.float32]
    rate: int


class SampledFile(Protocol):
    """Hands out frames and sound.

    Attributes:
        kind, format, codec, width, height, duration, has_sound, further: as in `FileFinding`.
        reason: why it is unreadable.
    """

    kind: Kind
    format: str
    codec: str
    width: int
    height: int
    duration: Fraction | None
    has_sound: bool
    further: int
    reason: str

    def places(self) -> list[Fraction]:
        """Where to look, the most telling place first; seconds."""
        ...

    def frames(self, start: Fraction) -> Iterator[VideoFrame]:
        """At most WINDOW_FRAMES frames; times count from `start`. Raises InputError."""
        ...

    def sound(self, start: Fraction) -> SoundSample | None:
        """At most SOUND_SECONDS of sound. Raises InputError."""
        ...

    def close(self) -> None:
        """Let the file go."""
        ...


@dataclass
class Nothing:
    """A file that cannot be decoded: it may still bear a manifest."""

    reason: str = ""
    kind: Kind = "unreadable"
    format: str = ""
    codec: str = ""
    width: int = 0
    height: int = 0
    duration: Fraction | None = None
    has_sound: bool = False
    further: int = 0

    def places(self) -> list[Fraction]:
        return []

    def frames(self, start: Fraction) -> Iterator[VideoFrame]:  # noqa: ARG002
        return iter(())

    def sound(self, start: Fraction) -> SoundSample | None:  # noqa: ARG002
        return None

    def close(self) -> None:
        return None


class Still(Nothing):
    """A picture: one frame."""

    def __init__(self, path: Path) -> None:
        picture = read_picture(path)
        self._pixels = picture.flattened()
        super().__init__(kind="picture", format=picture.format.lower(), further=_pages(path) - 1)
        self.height, self.width = self._pixels.shape[:2]

    def places(self) -> list[Fraction]:
        return [Fraction(0)]

    def frames(self, start: Fraction) -> Iterator[VideoFrame]:  # noqa: ARG002
        yield VideoFrame(self._pixels, Fraction(0), 0)


class HeadModel(Nothing):
    """A head for games: its texture is one frame. Only what lies in the file is read; no address in it is followed."""

    def __init__(self, path: Path) -> None:
        document, body = read_glb(path.read_bytes())
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(image_bytes(document, body)), formats=("JPEG", "PNG")) as image:
                if image.width * image.height > TEXTURE_PIXELS:
                    raise ValueError("its texture is larger than any that is looked at")
                self._pixels = np.ascontiguousarray(np.asarray(image.convert("RGB"), np.uint8))
        extensions = document.get("extensionsUsed")
        vrm = isinstance(extensions, list) and any(one in ("VRMC_vrm", "VRM") for one in extensions)
        super().__init__(kind="head", format="vrm" if vrm else "glb")
        self.height, self.width = self._pixels.shape[:2]

    def places(self) -> list[Fraction]:
        return [Fraction(0)]

    def frames(self, start: Fraction) -> Iterator[VideoFrame]:  # noqa: ARG002
        yield VideoFrame(self._pixels, Fraction(0), 0)


class Clip(Nothing):
    """A video, or sound alone.

    What is costly to get to is left out; the verdict tells where was looked.

    Args:
        path: the file.
        start, duration: seconds; look no further than there.
        whole: False where the file is only the beginning of something: it is then looked at from there.
    """

    def __init__(self, path: Path, start: Fraction, duration: Fraction | None, whole: bool = True) -> None:
        super().__init__(kind="video")
        self._path, self._start, self._wanted, self._whole = path, start, duration, whole
        self._video = None
        try:
            self._video = open_video(path)
        except NoVideoStream:
            self.kind = "sound"
        with av.open(str(path)) as container:
            self.format = container.format.name.partition(",")[0]
            tracks = [*container.streams.video, *container.streams.audio]
            self.further = sum(max(0, [one.type for one in tracks].count(kind) - 1) for kind in ("video", "audio"))
            if container.duration:
                self.duration = Fraction(container.duration, av.time_base)
        if self._video is not None:
            info = self._video.info
            self.width, self.height, self.codec = info.width, info.height, info.codec
            self.duration, self.has_sound = info.duration or self.duration, info.has_audio
            self._step = max(1, int(info.average_rate / MAX_RATE) if info.average_rate > MAX_RATE else 1)
            self._window = Fraction(WINDOW_FRAMES * self._step) / max(info.average_rate, Fraction(1))
        else:
            self.has_sound, self._window = True, SOUND_SECONDS
        if duration is None and self.duration is not None and start >= self.duration > 0:
            raise BadOption(f"{path.name} ends at {float(self.duration):.1f} s.", "Choose an earlier --start.")

    def places(self) -> list[Fraction]:
        end = self._end()
        if end is None or not self._whole:
            return [self._start]
        span, window = end - self._start, self._window
        if span <= 3 * window:
            count = max(1, -(-span // window))
            wanted = [self._start + index * window for index in range(int(count))]
        else:
            wanted = [self._start + share * (span - window) for share in PLACES]
        return [place for place in wanted if self._is_near(place)] or [self._start]

    def frames(self, start: Fraction) -> Iterator[VideoFrame]:
        if self._video is None:
            return
        end = self._end()
        left = None if self._wanted is None or end is None else max(end - start, Fraction(1, 1000))
        every = itertools.islice(self._video.frames(start=start, duration=left), 0, None, self._step)
        most = max(1, min(WINDOW_FRAMES, WINDOW_PIXELS // max(1, self.width * self.height)))
        yield from itertools.islice(every, most)

    def sound(self, start: Fraction) -> SoundSample | None:
        if not self.has_sound:
            return None
        seconds = SOUND_SECONDS if self._wanted is None else min(SOUND_SECONDS, self._wanted)
        track = open_sound(self._path, start=start, duration=seconds)
        if track is None:
            return None
        blocks = list(track.blocks())
        return SoundSample(np.concatenate(blocks), track.sample_rate) if blocks else None

    def close(self) -> None:
        if self._video is not None:
            self._video.close()

    def _is_near(self, place: Fraction) -> bool:
        """Whether a key frame lies near enough before a place; asked of the file's packets, none is decoded."""
        if self._video is None or place <= 0:
            return True
        rate = self._video.info.average_rate
        near = Fraction(PASSED_PIXELS, max(1, self.width * self.height)) / max(rate, Fraction(1))
        if place <= near:
            return True
        try:
            with av.open(str(self._path)) as container:
                stream = container.streams.video[0]
                base = Fraction(stream.time_base or Fraction(1, av.time_base))
                begin = stream.start_time or 0
                container.seek(begin + int(place / base), stream=stream, backward=True)
                packet = next(container.demux(stream), None)
        except (av.error.FFmpegError, OSError, ValueError, IndexError):
            return False
        if packet is None or (at := packet.pts if packet.pts is not None else packet.dts) is None:
            return False
        return place - (at - begin) * base <= near

    def _end(self) -> Fraction | None:
        if self._wanted is not None:
            return self._start + self._wanted
        return self.duration


def open_source(
    path: Path, *, start: Fraction = Fraction(0), duration: Fraction | None = None, whole: bool = True
) -> SampledFile:
    """What a file holds, ready to be looked at. What no decoder takes is a `Nothing` with its reason.

    Raises:
        FileMissing, EmptyFile: there is nothing to look at. BadOption: `start` lies beyond the end.
    """
    path = Path(path)
    if not path.is_file():
        raise FileMissing(f"There is no file {path}.")
    if path.stat().st_size == 0:
        raise EmptyFile(f"{path.name} is empty.")
    if _is_glb(path):
        try:
            return HeadModel(path)
        except (
            ValueError,
            OSError,
            MemoryError,
            Image.DecompressionBombError,
            Image.DecompressionBombWarning,
        ) as error:
            return Nothing(reason=f"{path.name} cannot be read as a head: {error}.", format="glb")
    still = _still_format(path)
    try:
        if still:
            return Still(path)
        return Clip(path, start, duration, whole)
    except BadOption:
        raise
    except InputError as error:
        return Nothing(reason=error.message, format=still)
    except (av.error.FFmpegError, OSError, ValueError, MemoryError) as error:
        return Nothing(reason=f"{path.name} cannot be decoded ({type(error).__name__}).", format=still)


def _pages(path: Path) -> int:
    """Pages, or pictures one after another, in a still; a phone's second picture, which viewers pass over, is none."""
    try:
        with Image.open(path, formats=FORMATS) as image:
            return 1 if image.format == "MPO" else int(getattr(image, "n_frames", 1))
    except Exception:  # it was read, by another decoder; Pillow's plug-ins raise anything at all
        return 1


def _is_glb(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"glTF" and path.stat().st_size <= MOST_BYTES


def _still_format(path: Path) -> str:
    """The picture format that the first bytes tell, or nothing; moving pictures count as clips."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path, formats=FORMATS) as image:
                moving = bool(getattr(image, "is_animated", False)) and image.format in ("GIF", "PNG")
                return "" if moving else (image.format or "").lower()
    except Image.DecompressionBombError:
        return "picture"
    except Exception:  # Pillow's plug-ins raise anything at all on broken files; then it is no picture
        return ""
