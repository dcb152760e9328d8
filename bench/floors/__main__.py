"""`python -m bench.floors FOLDER`: sizes × CRFs → in how many of the folder's clips the mark is read back from 2 s.

Frames go through the exit's own stages (`Watermark`, `PictureTrack`) into a container in memory, are decoded and read
where they lie. FOLDER holds videos; drawn cards and flat frames of our own are told apart.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from countenance.marking.picture_track import Codec, PictureTrack
from countenance.marks.watermark import VIDEO_STRENGTH, Watermark
from countenance.marks.watermark.reading_back import read_back
from countenance.media.frames import Pixels
from countenance.media.video import open_video

RATE, FRAMES = Fraction(25), 50
PAYLOAD = 0x0123456789ABCDEF


def clips(folder: Path) -> Iterator[tuple[str, list[Pixels]]]:
    for path in sorted(folder.glob("*.mp4")):
        with open_video(path) as video:
            yield path.stem, [f.pixels for f in video.frames(duration=Fraction(FRAMES, 25), rate=RATE)][:FRAMES]


def own() -> Iterator[tuple[str, list[Pixels]]]:
    for name, level in (("black", 0), ("near black", 20), ("grey", 128), ("white", 255)):
        yield f"flat {name}", [np.full((720, 1280, 3), level, np.uint8)] * FRAMES
    card = np.full((720, 1280, 3), 24, np.uint8)
    cv2.putText(card, "A title card", (240, 380), cv2.FONT_HERSHEY_SIMPLEX, 4, (230, 230, 230), 8)
    yield "card", [card] * FRAMES


def scaled(frames: list[Pixels], side: int) -> list[Pixels]:
    height, width = frames[0].shape[:2]
    scale = side / min(height, width)
    size = (round(width * scale / 2) * 2, round(height * scale / 2) * 2)
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return [cv2.resize(f, size, interpolation=how) for f in frames]


def read_from(frames: list[Pixels], codec: Codec) -> bool:
    buffer = io.BytesIO()
    height, width = frames[0].shape[:2]
    with av.open(buffer, "w", format="matroska") as out:
        track = PictureTrack(out, codec, width, height, RATE, 1 / RATE)
        for index, pixels in enumerate(frames):
            for packet in track.encode(pixels, index / RATE):
                out.mux(packet)
        for packet in track.finish():
            out.mux(packet)
    with av.open(io.BytesIO(buffer.getvalue())) as source:
        back = [f.to_ndarray(format="rgb24") for f in source.decode(video=0)]
    return read_back(back[::2], first_look=3) == PAYLOAD


def main() -> None:
    """Print the table."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("folder", type=Path)
    words.add_argument("--sides", default="64,72,90,108,128,144,180,240,360,480,720,1080")
    words.add_argument("--crfs", default="18,23,26,28,30,32,34,36,40,44")
    words.add_argument("--presets", default="veryfast")
    words.add_argument("--codec", default="libx264")
    words.add_argument("--strength", type=float, default=VIDEO_STRENGTH)
    words.add_argument("--own", action="store_true")
    said = words.parse_args()
    crfs = [int(x) for x in said.crfs.split(",")]
    every = list(own() if said.own else clips(said.folder))
    for preset in said.presets.split(","):
        print(f"{said.codec} {preset}, strength {said.strength}, of {len(every)}: {', '.join(n for n, _ in every)}")
        print("side  " + " ".join(f"{crf:>5}" for crf in crfs))
        for side in map(int, said.sides.split(",")):
            marked = []
            for _, frames in every:
                mark = Watermark(PAYLOAD, strength=said.strength)
                marked.append([mark.embed(f) for f in scaled(frames, side)])
            print(f"{side:>4}  ", end="")
            for crf in crfs:
                got = [read_from(m, Codec(said.codec, crf, preset)) for m in marked]
                print(f"{''.join('x' if g else '-' for g in got):>5} ", end="")
                sys.stdout.flush()
            print()


if __name__ == "__main__":
    main()
