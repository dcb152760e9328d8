"""Faces exchanged in a render, and honest copies of it: which of them `verify` tells to be the render as a whole.

    python -m bench.exchanged FOLDER --seconds 8

Each clip in the folder leaves through the exit as if it had been drawn. Honest copies of it are re-encoded, shrunk,
cropped, mirrored, cut and given captions; in dishonest ones the face of each other clip lies exactly over its own, or
its second half is another clip.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from fractions import Fraction
from itertools import islice
from pathlib import Path

import av
import cv2
import numpy as np
from tests.exit_material import face_boxes, making, permit

from countenance.marking.video_exit import VideoOutput
from countenance.media.frames import Pixels, VideoFrame
from countenance.media.video import open_video
from countenance.settings import Settings
from countenance.verify import Inquiry, verify_file

Film = list[Pixels]
RATE = Fraction(25)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seconds", type=int, default=8)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as kept:
        place = Path(kept)
        settings = Settings(home=place / "home", video_preset="veryfast")
        films: dict[str, Film] = {}
        for path in sorted(asked.folder.glob("*.mp4")):
            with open_video(path) as video:
                films[path.stem] = [frame.pixels for frame in islice(video.frames(), asked.seconds * int(RATE))]
        told: dict[str, Counter[str]] = {}
        for name, film in films.items():
            left = place / f"{name}.mp4"
            height, width = film[0].shape[:2]
            made = making(inspect=face_boxes)
            with VideoOutput(left, permit(), made, width=width, height=height, rate=RATE, settings=settings) as out:
                for index, pixels in enumerate(film):
                    out.write(VideoFrame(pixels, index / RATE, index))
            with open_video(left) as video:
                marked = [frame.pixels for frame in video.frames()]
            for harm, copy in (*_honest(marked), *_dishonest(name, marked, films)):
                path = _written(place / "copy.mp4", copy)
                found = verify_file(path, settings, Inquiry(seconds=10))
                told.setdefault(harm, Counter())[found.scope if found.outcome == "made" else found.outcome] += 1
    print("| copy | " + " | ".join(kinds := sorted({kind for one in told.values() for kind in one})) + " |")
    print("|---|" + "---:|" * len(kinds))
    for harm, counts in told.items():
        print(f"| {harm} | " + " | ".join(str(counts[kind]) for kind in kinds) + " |")


def _written(path: Path, frames: Iterable[Pixels], quality: int = 32) -> Path:
    """As a chat application would send it: H.264 at CRF 32."""
    with av.open(str(path), "w") as out:
        stream = None
        for pixels in frames:
            even = np.ascontiguousarray(pixels[: pixels.shape[0] // 2 * 2, : pixels.shape[1] // 2 * 2])
            if stream is None:
                stream = out.add_stream("libx264", rate=RATE, options={"crf": str(quality), "preset": "veryfast"})
                stream.height, stream.width, stream.pix_fmt = *even.shape[:2], "yuv420p"
            out.mux(stream.encode(av.VideoFrame.from_ndarray(even, format="rgb24")))
        assert stream is not None
        out.mux(stream.encode())
    return path


def _honest(film: Film) -> list[tuple[str, Film]]:
    height, width = film[0].shape[:2]

    def each(change: Callable[[Pixels], Pixels]) -> Film:
        return [np.ascontiguousarray(change(pixels)) for pixels in film]

    def captioned(pixels: Pixels) -> Pixels:
        with_words = pixels.copy()
        cv2.putText(with_words, "Look at this!", (width // 10, height - 30), 0, height / 400, (255, 255, 255), 3)
        return with_words

    return [
        ("honest: re-encoded", film),
        ("honest: 0.6 of its size", each(lambda p: cv2.resize(p, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA))),
        ("honest: cropped", each(lambda p: p[height // 12 :, width // 14 : -width // 12])),
        ("honest: mirrored", each(lambda p: p[:, ::-1])),
        ("honest: its middle third", film[len(film) // 3 : 2 * len(film) // 3]),
        ("honest: captioned", each(captioned)),
    ]


def _dishonest(name: str, film: Film, films: dict[str, Film]) -> list[tuple[str, Film]]:
    made = []
    for other, frames in films.items():
        if other == name or not (donors := [pixels for pixels in frames[:60:20] if face_boxes(pixels)]):
            continue
        face = _face(donors[0])
        box = (0.0, 0.0, 0.0, 0.0)
        copy = []
        for index, pixels in enumerate(film):
            if index % 5 == 0 and (boxes := face_boxes(pixels)):
                box = boxes[0]
            copy.append(_onto(pixels, face, box))
        made.append(("another's face over it", copy))
        in_its_light = [_in_light_of(under, over) for under, over in zip(film, copy, strict=True)]
        made.append(("another's face in its light", in_its_light))
        height, width = film[0].shape[:2]
        tail = [cv2.resize(pixels, (width, height)) for pixels in frames[: len(film) - len(film) // 2]]
        made.append(("its second half another film", [*film[: len(film) // 2], *tail]))
    return made


def _in_light_of(under: Pixels, over: Pixels) -> Pixels:
    """What is coarser than 3 % of the short side from one picture, what is finer from the other."""
    sigma = 0.03 * min(under.shape[:2])
    coarse, taken = (cv2.GaussianBlur(each.astype(np.float32), (0, 0), sigma) for each in (under, over))
    return np.asarray(np.clip(coarse + over - taken, 0, 255), np.uint8)


def _face(pixels: Pixels) -> Pixels:
    left, top, right, bottom = face_boxes(pixels)[0]
    height, width = pixels.shape[:2]
    return pixels[int(top * height) : int(bottom * height), int(left * width) : int(right * width)]


def _onto(pixels: Pixels, face: Pixels, box: tuple[float, float, float, float]) -> Pixels:
    height, width = pixels.shape[:2]
    left, top, right, bottom = (round(v * s) for v, s in zip(box, (width, height, width, height), strict=True))
    if min(right - left, bottom - top) < 8:
        return pixels
    copy = pixels.copy()
    under = copy[max(0, top) : bottom, max(0, left) : right]
    laid = cv2.resize(face, (under.shape[1], under.shape[0]), interpolation=cv2.INTER_AREA).astype(np.float32)
    yy, xx = np.mgrid[-1 : 1 : under.shape[0] * 1j, -1 : 1 : under.shape[1] * 1j]
    soft = np.clip((1 - np.hypot(xx, yy)) * 6, 0, 1)[..., None]
    under[:] = (under * (1 - soft) + laid * soft).astype(np.uint8)
    return copy


if __name__ == "__main__":
    main()
