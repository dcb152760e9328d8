"""One whole job in a process of its own; prints its peak of resident memory. Run by `python -m bench.memory`."""

from __future__ import annotations

import json
import resource
import sys
import time
from fractions import Fraction
from itertools import cycle, islice
from pathlib import Path

import av
import cv2
import numpy as np

from bench.speed.material import driving_pictures, placed, portrait_file
from countenance.cli.malloc_arenas import share_heaps

WIDTH, HEIGHT, FACE = 320, 400, 190
SOUND_RATE = 48_000
LOOP = 10  # seconds of the clip that are repeated
MARKS = 8  # times at which memory is noted on the way


def write_clip(path: Path, media: Path, seconds: int, rate: int) -> None:
    """A clip of this length with sound: the same ten seconds over and over."""
    loop = []
    for pixels in islice(driving_pictures(media), LOOP * rate):
        scale = HEIGHT / pixels.shape[0]
        small = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        loop.append(placed(small, WIDTH, HEIGHT))
    base = Fraction(1, SOUND_RATE)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=rate)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.options = {"crf": "20", "preset": "ultrafast"}
        sound = container.add_stream("aac", rate=SOUND_RATE, layout="mono")
        block = (0.2 * np.sin(np.arange(1024) * 0.05)).astype(np.float32)[None]
        said = 0
        for index, pixels in enumerate(islice(cycle(loop), seconds * rate)):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
            while said < (index + 1) * SOUND_RATE / rate:
                frame = av.AudioFrame.from_ndarray(block, "fltp", "mono")
                frame.sample_rate, frame.pts, frame.time_base = SOUND_RATE, said, base
                container.mux(sound.encode(frame))
                said += block.shape[1]
        container.mux(stream.encode())
        container.mux(sound.encode())


def peak() -> float:
    """MB this process has held at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def animate_clip(folder: Path) -> dict[str, object]:
    """The whole job, and the peak on the way."""
    from countenance.permission.authorisation import public_domain
    from countenance.render.options import AnimateOptions
    from countenance.studio import Studio

    seen: list[float] = []

    def progress(count: int, total: int | None) -> None:
        if total and count % max(1, total // MARKS) == 0:
            seen.append(round(peak(), 1))

    begin = time.perf_counter()
    done = Studio().animate(
        folder / "portrait.png",
        folder / "driving.mp4",
        folder / "out.mp4",
        permission=public_domain("Grace Hopper (1906–1992), US Navy photograph, 1984", "us-government-work"),
        options=AnimateOptions(overwrite=True),
        progress=progress,
    )
    return {
        "peak": peak(),
        "seen": seen,
        "frames": done.frames,
        "duration": float(done.duration),
        "took": time.perf_counter() - begin,
        "bytes": done.output.stat().st_size,
    }


def main() -> None:
    """`part prepare FOLDER MEDIA SECONDS RATE` or `part animate FOLDER`."""
    what, folder, *rest = sys.argv[1:]
    cv2.setNumThreads(1)
    if what == "prepare":
        portrait_file(Path(folder) / "portrait.png", WIDTH, HEIGHT, FACE)
        write_clip(Path(folder) / "driving.mp4", Path(rest[0]), int(rest[1]), int(rest[2]))
        print(json.dumps({}))
    else:
        share_heaps()  # as the command does
        print(json.dumps(animate_clip(Path(folder))))


if __name__ == "__main__":
    main()
