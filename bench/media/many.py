"""Many kinds of clip, made by the encoders in PyAV: container × codec × rate × fields × pixels × turns × harm."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from tests.media.odd_clips import Clip

ONE = 1 << 16
RATES = (Fraction(24000, 1001), Fraction(25), Fraction(30000, 1001), Fraction(50), Fraction(60))
MATRICES = {
    "mirrored": (-ONE, 0, 0, 0, ONE, 0, 0, 0, 1 << 30),
    "half a turn": (-ONE, 0, 0, 0, -ONE, 0, 0, 0, 1 << 30),
    "a quarter": (0, ONE, 0, -ONE, 0, 0, 0, 0, 1 << 30),
    "transposed": (0, ONE, 0, ONE, 0, 0, 0, 0, 1 << 30),
}
B = {"bf": "2", "g": "10", "crf": "16", "preset": "veryfast"}
MPEG2 = {"bf": "2", "g": "10", "b": "6M"}
FIELDS = {"flags": "+ildct+ilme"}


@dataclass(frozen=True)
class Kind:
    """One file to be made: its name, its clip, and what it stands for."""

    name: str
    group: str
    clip: Clip


def paint(index: int) -> np.ndarray:
    """A picture with colours in each quarter, which changes from frame to frame."""
    pixels = np.zeros((64, 96, 3), np.uint8)
    pixels[:32, :48] = (200 - 6 * index % 150, 60, 60)
    pixels[:32, 48:] = (60, 40 + 7 * index % 180, 80)
    pixels[32:, :48] = (70, 70, 30 + 9 * index % 200)
    pixels[32:, 48:] = 30 + 8 * index % 200
    return pixels


X265 = {"x265-params": "log-level=none", "crf": "16", "preset": "ultrafast"}
BASES: dict[str, tuple[str, Clip]] = {
    "mp4": ("h264", Clip("libx264", options=B)),
    "mov": ("h264", Clip("libx264", options=B)),
    "mkv": ("h264", Clip("libx264", options=B)),
    "ts": ("h264", Clip("libx264", options=B)),
    "m2ts": ("h264", Clip("libx264", container="mpegts", muxing={"mpegts_m2ts_mode": "1"}, options=B)),
    "vob": ("mpeg2", Clip("mpeg2video", options=MPEG2)),
    "avi": ("h264", Clip("libx264", options=B)),
    "flv": ("flv1", Clip("flv", options={"b": "4M"})),
    "h264": ("h264", Clip("libx264", options=B)),
    "webm": ("vp8", Clip("libvpx", options={"crf": "10", "b": "2M"})),
}
MORE: dict[str, tuple[str, Clip]] = {
    "hevc.mp4": (
        "hevc",
        Clip("libx265", options=X265),
    ),
    "av1.mp4": ("av1", Clip("libsvtav1", options={"preset": "12", "crf": "20"})),
    "vp9.webm": ("vp9", Clip("libvpx-vp9", options={"crf": "16", "cpu-used": "8"})),
    "mpeg4.avi": ("mpeg4", Clip("mpeg4", options={"bf": "2", "b": "4M"})),
    "mjpeg.avi": ("mjpeg", Clip("mjpeg", pix_fmt="yuvj420p")),
    "prores.mov": ("prores", Clip("prores_ks", pix_fmt="yuv422p10le")),
    "ffv1.mkv": ("ffv1", Clip("ffv1", pix_fmt="yuv444p")),
    "wmv2.wmv": ("wmv2", Clip("wmv2", container="asf", options={"b": "4M"})),
    "mpeg1.mpg": ("mpeg1", Clip("mpeg1video", options={"b": "6M"})),
    "mpeg2.m2v": ("mpeg2", Clip("mpeg2video", container="mpeg2video", options=MPEG2)),
    "hevc.hevc": (
        "hevc",
        Clip("libx265", options=X265),
    ),
}
WITH_SOUND = ("mp4", "mov", "mkv", "ts", "vob", "avi")
FAST = {"mpeg2": (Fraction(25), Fraction(30000, 1001), Fraction(50)), "mpeg1": (Fraction(25), Fraction(30000, 1001))}


def kinds() -> Iterator[Kind]:
    """All of them."""
    for name, (codec, clip) in {**{f"plain.{ending}": base for ending, base in BASES.items()}, **MORE}.items():
        for rate in FAST.get(codec, RATES):
            ending = name.split(".")[-1]
            for sound in (0, 1) if rate == 25 and ending in WITH_SOUND else (0,):
                yield Kind(name, f"{name.split('.')[-1]} {codec}", replace(clip, rate=rate, tone=sound, paint=paint))
    for ending in ("mp4", "mkv", "ts", "vob", "mov"):
        base = BASES[ending][1]
        for top in ("1", "0"):
            fields = {**base.options, **FIELDS, "x264-params": "tff=1" if top == "1" else "bff=1"}
            if base.codec == "mpeg2video":
                del fields["x264-params"]
            yield Kind(f"fields.{ending}", "interlaced", replace(base, options=fields, paint=paint))
    for ending in ("mp4", "mkv", "ts", "vob", "mov", "h264"):
        for pixel in (Fraction(64, 45), Fraction(16, 15), Fraction(8, 9), Fraction(4, 3)):
            yield Kind(f"odd.{ending}", "odd pixels", replace(BASES[ending][1], pixel=pixel, paint=paint))
    for ending in ("mp4", "mov"):
        for name, matrix in MATRICES.items():
            yield Kind(
                f"{name.replace(' ', '-')}.{ending}",
                "turned, mirrored",
                replace(BASES[ending][1], matrix=matrix, paint=paint),
            )
    rng = np.random.default_rng(7)
    for ending in ("mp4", "mkv", "mov", "webm", "ts"):
        for _ in range(8):
            steps = rng.choice([1, 2, 3, 5], 20)
            times = [Fraction(int(k), 60) for k in np.cumsum(steps) - steps[0]]
            base = BASES[ending][1]
            yield Kind(f"varying.{ending}", "variable rate", replace(base, times=times, rate=Fraction(30), paint=paint))
    for ending in ("mp4", "mkv", "avi", "mov", "ts", "vob", "webm", "flv"):
        for number in (1, 3, 6, 9, 12, 14, 17):
            base = BASES[ending][1]
            yield Kind(f"harmed{number}.{ending}", "a damaged packet", replace(base, harmed=(number,), paint=paint))
    for ending in ("mp4", "mkv", "avi", "vob"):
        for several in ((2, 3), (5, 11), (1, 2, 16), (4, 8, 12)):
            base = BASES[ending][1]
            yield Kind(f"more.{ending}", "several damaged packets", replace(base, harmed=several, paint=paint))
    for ending, (_, base) in BASES.items():
        for size in ((64, 48), (98, 66), (160, 34), (48, 128)):
            yield Kind(f"size.{ending}", "sizes", replace(base, size=size))
