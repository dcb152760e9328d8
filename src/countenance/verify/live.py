"""A live stream: some seconds of it, decoded as they come. Nothing is kept on disk, and no more than is looked at in
memory. Addresses are opened by FFmpeg, so only a person at their own computer may give them; the service does not.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import av
import av.error
import numpy as np
from av.audio.resampler import AudioResampler
from numpy.typing import NDArray

from countenance.errors import Damaged, NotAVideo, TooLarge
from countenance.media.frames import VideoFrame
from countenance.settings import default_settings
from countenance.verify.sampling import MAX_RATE, SOUND_SECONDS, WINDOW_FRAMES, Nothing, SoundSample

SCHEMES = frozenset({"rtsp", "rtsps", "rtmp", "rtmps", "srt", "udp", "rtp", "tcp"})
_PLAYLISTS = frozenset({".m3u8", ".mpd"})
_PROTOCOLS = "http,https,tcp,tls,udp,rtp,rtsp,rtsps,rtmp,rtmps,srt,crypto,hls"
"""A playlist must not lead to files of this computer."""
_SOUND_RATE = 44_100


def is_live(address: str) -> bool:
    """Whether an address is of a stream rather than of a file."""
    try:
        parts = urlsplit(address)
    except ValueError:  # no address at all: whoever opens it says so
        return False
    if parts.scheme in SCHEMES:
        return True
    return parts.scheme in ("http", "https") and PurePosixPath(parts.path).suffix.lower() in _PLAYLISTS


class Live(Nothing):
    """A stream, read once: pictures as they are asked for, then the sound that came with them and a little more.

    Args:
        address: of the stream.
        patience: seconds to wait for anything.

    Raises:
        NotAVideo: it cannot be reached, or holds neither picture nor sound.
    """

    def __init__(self, address: str, *, patience: float = 15.0) -> None:
        super().__init__(kind="video")
        self._address = address
        self._heard: list[NDArray[np.float32]] = []
        self._samples = 0
        self._resampler = AudioResampler(format="fltp", layout="mono", rate=_SOUND_RATE)
        try:
            self._stream = av.open(address, timeout=(patience, patience), options={"protocol_whitelist": _PROTOCOLS})
        except (av.error.FFmpegError, OSError, ValueError) as error:
            raise NotAVideo(
                f"The stream at {address} cannot be read ({type(error).__name__}).",
                "Check the address and the network.",
            ) from error
        video, audio = self._stream.streams.video[:1], self._stream.streams.audio[:1]
        if not video and not audio:
            self._stream.close()
            raise NotAVideo(f"The stream at {address} has neither picture nor sound.")
        self.format = self._stream.format.name.partition(",")[0]
        self.kind, self.has_sound = ("video" if video else "sound"), bool(audio)
        if video:
            context = video[0].codec_context
            self.codec, self.width, self.height = context.name, context.width, context.height
        self._decoder = self._stream.decode([*video, *audio])
        self._until = time.monotonic() + patience + float(SOUND_SECONDS)

    def places(self) -> list[Fraction]:
        return [Fraction(0)]

    def frames(self, start: Fraction) -> Iterator[VideoFrame]:  # noqa: ARG002 - a stream has one place only
        limit, begin, last, count = default_settings().max_video_pixels, None, Fraction(-1), 0
        for frame in self._decoded():
            if not isinstance(frame, av.VideoFrame):
                continue
            if frame.width * frame.height > limit:
                raise TooLarge(f"The stream's frames have {frame.width}×{frame.height} pixels.")
            at = Fraction(frame.pts or 0) * Fraction(frame.time_base or 1)
            begin = at if begin is None else begin
            if at - begin - last < 1 / MAX_RATE:
                continue
            last = at - begin
            yield VideoFrame(np.asarray(frame.to_ndarray(format="rgb24"), np.uint8), last, count)
            count += 1
            if count >= WINDOW_FRAMES:
                return

    def sound(self, start: Fraction) -> SoundSample | None:  # noqa: ARG002
        if self._samples < SOUND_SECONDS * _SOUND_RATE:
            for _ in self._decoded():
                if self._samples >= SOUND_SECONDS * _SOUND_RATE:
                    break
        return SoundSample(np.concatenate(self._heard), _SOUND_RATE) if self._heard else None

    def close(self) -> None:
        self._stream.close()

    def _decoded(self) -> Iterator[Any]:
        """What comes next, sound put aside on the way."""
        try:
            for frame in self._decoder:
                if isinstance(frame, av.AudioFrame) and self._samples < SOUND_SECONDS * _SOUND_RATE:
                    for piece in self._resampler.resample(frame):
                        self._heard.append(piece.to_ndarray().T.astype(np.float32))
                        self._samples += piece.samples
                yield frame
                if time.monotonic() > self._until:
                    return
        except (av.error.FFmpegError, ValueError) as error:
            raise Damaged(f"The stream at {self._address} broke off: {error}.") from error
