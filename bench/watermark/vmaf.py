"""VMAF by an FFmpeg program that has it: one on the path, or the one that the package imageio-ffmpeg brings."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from functools import lru_cache
from pathlib import Path

from bench.watermark.codecs import Frames


@lru_cache(maxsize=1)
def program() -> str | None:
    """Where it is; None where there is none."""
    found = [shutil.which("ffmpeg")]
    try:
        from imageio_ffmpeg import get_ffmpeg_exe  # type: ignore[import-not-found, import-untyped, unused-ignore]

        found.append(get_ffmpeg_exe())
    except ImportError:
        pass
    for path in found:
        if path:
            listed = subprocess.run([path, "-hide_banner", "-filters"], capture_output=True, text=True, check=False)
            if "libvmaf" in listed.stdout:
                return path
    return None


def vmaf(plain: Frames, marked: Frames) -> float | None:
    """VMAF (v0.6.1, 0 to 100) of `marked` beside `plain`; the scale is what `plain` beside itself gives."""
    path = program()
    if path is None:
        return None
    height, width = (side // 2 * 2 for side in plain[0].shape[:2])
    with tempfile.TemporaryDirectory() as folder:
        words = [path, "-hide_banner"]
        for name, frames in (("marked", marked), ("plain", plain)):
            file = Path(folder) / name
            file.write_bytes(b"".join(pixels[:height, :width].tobytes() for pixels in frames))
            words += ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", "25", "-i", str(file)]
        words += [
            "-lavfi",
            "[0:v]format=yuv420p[a];[1:v]format=yuv420p[b];[a][b]libvmaf=n_threads=1",
            "-f",
            "null",
            "-",
        ]
        ran = subprocess.run(words, capture_output=True, text=True, check=False)
    told = re.search(r"VMAF score: ([\d.]+)", ran.stderr)
    return float(told.group(1)) if told else None
