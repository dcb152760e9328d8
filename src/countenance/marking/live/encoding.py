"""Live frames and sound into packets, each at once: VP8 or H.264 at a constant bit rate, Opus, JPEG.

Knows nothing of marks, networks or permission. What is encoded here can be decoded here, for reading marks back.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import TYPE_CHECKING, Any, cast

import av
import cv2
import numpy as np
from av.packet import Packet as AnyPacket
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType
from numpy.typing import NDArray

from countenance.marking.live.floors import JPEG_QUALITY, PictureCodec
from countenance.marking.sound_encoding import Samples
from countenance.media.frames import Pixels

if TYPE_CHECKING:
    Packet = AnyPacket[Any]
else:
    Packet = AnyPacket
PICTURE_TICKS = 90_000
"""Ticks a second of pictures' times, as RTP counts them."""
SOUND_RATE = 48_000
SOUND_PIECE = SOUND_RATE // 50
"""Samples of one Opus packet: 20 ms."""
KEY_EVERY = 10
"""Seconds between key frames that nobody asked for: a viewer who lost one is not left without for longer."""
_SOUND_BITS = 64_000
_ENCODERS = {"vp8": "libvpx", "h264": "libx264"}
_DECODERS = {"vp8": "vp8", "h264": "h264"}


def even(width: int, height: int) -> tuple[int, int]:
    """The size that is sent: 4:2:0 needs even sides, and a live picture loses a row rather than invents one."""
    return width - width % 2, height - height % 2


class PictureEncoder:
    """One picture stream.

    Args:
        codec: vp8 or h264.
        width, height: of the frames, pixels, even.
        rate: frames a second.
        bitrate: bits a second, constant.
    """

    def __init__(self, codec: PictureCodec, width: int, height: int, rate: Fraction, bitrate: int) -> None:
        self.codec: PictureCodec = codec
        self._width, self._height = width, height
        context = cast(VideoCodecContext, av.CodecContext.create(_ENCODERS[codec], "w"))
        context.width, context.height, context.pix_fmt = width, height, "yuv420p"
        context.time_base, context.framerate = Fraction(1, PICTURE_TICKS), rate
        context.bit_rate = bitrate
        context.gop_size = round(KEY_EVERY * rate)
        context.thread_count = 1
        limits = {"minrate": str(bitrate), "maxrate": str(bitrate), "bufsize": str(bitrate)}
        if codec == "vp8":
            context.qmin, context.qmax = 2, 56
            context.options = limits | {
                "cpu-used": "-6",
                "deadline": "realtime",
                "lag-in-frames": "0",
                "static-thresh": "0",
                "overshoot-pct": "15",
                "undershoot-pct": "100",
            }
        else:
            context.profile = "Baseline"
            context.options = limits | {
                "preset": "veryfast",
                "tune": "zerolatency",
                "level": "31",
                "forced-idr": "1",
                "x264-params": "repeat-headers=1:threads=1",
            }
        self._context = context
        self._last = -1

    def encode(self, pixels: Pixels, time: Fraction, *, key: bool = False) -> Packet | None:
        """The packet of one frame; None where the encoder dropped it.

        Args:
            pixels: (h, w, 3) uint8 RGB.
            time: seconds; where it does not come after the last one, a tick is added.
            key: whether it is to be decodable alone.
        """
        planes = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2YUV_I420), np.uint8)
        frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
        frame.pts = self._last = max(round(time * PICTURE_TICKS), self._last + 1)
        frame.time_base = Fraction(1, PICTURE_TICKS)
        frame.pict_type = PictureType.I if key else PictureType.NONE
        packets = list(self._context.encode(frame))
        if not packets:
            return None
        packet = packets[0]
        packet.pts = packet.dts = frame.pts
        packet.time_base = Fraction(1, PICTURE_TICKS)
        return packet


class SoundEncoder:
    """Opus in packets of 20 ms.

    Args:
        channels: 1 or 2.
    """

    def __init__(self, channels: int) -> None:
        context = av.CodecContext.create("libopus", "w")
        context.bit_rate = _SOUND_BITS * channels
        context.format, context.sample_rate = "s16", SOUND_RATE
        self._layout = "mono" if channels == 1 else "stereo"
        context.layout = self._layout
        context.time_base = Fraction(1, SOUND_RATE)
        self._context = context
        self._at: int | None = None

    def encode(self, piece: Samples, at: int) -> list[Packet]:
        """Packets for (SOUND_PIECE, channels) float32 in [-1, 1] that begin at sample `at`."""
        whole = np.ascontiguousarray(np.rint(np.clip(piece, -1, 1) * 32767).astype(np.int16).reshape(1, -1))
        frame = av.AudioFrame.from_ndarray(whole, format="s16", layout=self._layout)
        frame.sample_rate, frame.time_base, frame.pts = SOUND_RATE, Fraction(1, SOUND_RATE), at
        packets = list(self._context.encode(frame))
        for packet in packets:  # Opus counts from its own delay; viewers count from the session's beginning
            self._at = at if self._at is None else self._at + SOUND_PIECE
            packet.pts = packet.dts = self._at
            packet.time_base = Fraction(1, SOUND_RATE)
        return packets


def jpeg(pixels: Pixels) -> bytes:
    """One frame as JPEG; (h, w, 3) uint8 RGB."""
    made, data = cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    if not made:
        raise ValueError("OpenCV made no JPEG of a frame")
    return bytes(data)


def decoded_pictures(codec: PictureCodec, packets: Iterable[Packet]) -> list[Pixels]:
    """Frames out of packets, of which the first is a key frame; (h, w, 3) uint8 RGB each."""
    context = cast(VideoCodecContext, av.CodecContext.create(_DECODERS[codec], "r"))
    context.thread_count = 1
    frames = [frame for packet in packets for frame in context.decode(_copied(packet))]
    frames += context.decode(None)
    return [np.ascontiguousarray(_pixels(frame)) for frame in frames]


def decoded_jpeg(data: bytes) -> Pixels:
    """(h, w, 3) uint8 RGB."""
    return np.asarray(cv2.cvtColor(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB))


def decoded_sound(packets: Iterable[Packet]) -> NDArray[np.float32]:
    """(n, 1) float32 at SOUND_RATE out of Opus packets."""
    context = av.CodecContext.create("opus", "r")
    context.sample_rate = SOUND_RATE
    frames = [frame.to_ndarray() for packet in packets for frame in context.decode(_copied(packet))]
    if not frames:
        return np.zeros((0, 1), np.float32)
    parts = [part if part.ndim == 2 and part.shape[0] <= 2 else part.reshape(1, -1) for part in frames]
    return np.concatenate([np.asarray(part, np.float32).mean(axis=0) for part in parts])[:, None]


def _pixels(frame: av.VideoFrame) -> Pixels:
    planes = frame.to_ndarray(format="yuv420p")
    return np.asarray(cv2.cvtColor(planes, cv2.COLOR_YUV2RGB_I420), np.uint8)


def _copied(packet: Packet) -> Packet:
    """Another packet of the same bytes: a decoder must not touch one that is on its way."""
    other = AnyPacket(bytes(packet))
    other.pts, other.time_base = packet.pts, packet.time_base
    return other
