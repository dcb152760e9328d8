"""`python -m bench.likeness FOLDER`: the measures by which takes are dropped, on pictures and clips of one person each.

Prints how far one person's looks lie from each other, what damage does to them, and how often light is told rightly.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.face.head import Head
from countenance.likeness.atlas import skin_on_atlas
from countenance.likeness.detail import detail_of, height_of
from countenance.likeness.material import PATCH, FaceObservation, _look, look_again, look_at_all
from countenance.likeness.measuring import colours, coverings, deviations, light_from
from countenance.likeness.view_selection import choose
from countenance.likeness.views import normals_on_atlas
from countenance.media.frames import Pixels

Box = tuple[int, int, int, int]


def shaded(axis: int, turned: bool) -> Callable[[Pixels, Box], Pixels]:
    """Light from one side: 0.4 to 1.3 over the face."""

    def change(pixels: Pixels, box: Box) -> Pixels:
        low, high = (box[0], box[2]) if axis == 1 else (box[1], box[3])
        gain = np.interp(np.arange(pixels.shape[axis]), [low, high], [1.3, 0.4] if turned else [0.4, 1.3])
        return clipped(pixels * (gain[None, :, None] if axis == 1 else gain[:, None, None]))

    return change


def microphone(pixels: Pixels, box: Box) -> Pixels:
    x0, y0, x1, y1 = box
    middle, wide = (x0 + x1) // 2, (x1 - x0) // 8
    top = y0 + (y1 - y0) * 3 // 5
    return np.asarray(cv2.rectangle(pixels.copy(), (middle - wide, top), (middle + wide, y1), (40,) * 3, -1))


def glasses(pixels: Pixels, box: Box) -> Pixels:
    x0, y0, x1, y1 = box
    tall = y1 - y0
    return np.asarray(cv2.rectangle(pixels.copy(), (x0, y0 + tall * 3 // 10), (x1, y0 + tall // 2), (15,) * 3, -1))


def hand(pixels: Pixels, box: Box) -> Pixels:
    x0, y0, x1, y1 = box
    wide, tall = x1 - x0, y1 - y0
    at, size = (x0 + wide // 4, y0 + tall * 3 // 4), (wide // 5, tall // 4)
    return np.asarray(cv2.ellipse(pixels.copy(), at, size, 30, 0, 360, (190, 140, 120), -1))


def clipped(values: NDArray[np.floating]) -> Pixels:
    return np.clip(values, 0, 255).astype(np.uint8)


DAMAGE: dict[str, Callable[[Pixels, Box], Pixels]] = {
    "as it is": lambda pixels, _: pixels,
    "microphone": microphone,
    "dark glasses": glasses,
    "a hand": hand,
    "side light": shaded(1, False),
    "light of a lamp": lambda pixels, _: clipped(pixels * np.array([1.25, 1.0, 0.7])),
    "darker (gamma 1.8)": lambda pixels, _: clipped(255 * (pixels / 255.0) ** 1.8),
}
LIGHTS = {"left": shaded(1, False), "right": shaded(1, True), "below": shaded(0, False), "above": shaded(0, True)}


def changed(look: FaceObservation, pixels: Pixels) -> FaceObservation:
    return _look(look.path, look.source, look.seconds, pixels, look.face, still=look.still)


def spread(values: NDArray[np.floating]) -> str:
    low, middle, high = np.percentile(values, [0, 50, 100])
    return f"{low:.3f} {middle:.3f} {high:.3f}"


def main(folder: Path) -> None:
    per_file = [
        [look for track in tracks for look in track.looks]
        for tracks in look_at_all([folder])
        if isinstance(tracks, list)
    ]
    print("detail, pixels of a sharp face          face  as it is  blurred by 1 %, 2 %, 4 % of it   half the size")
    for looks in per_file:
        if looks:
            look, pixels = looks[0], look_again(looks[0])
            marks, tall = look.face.landmarks, height_of(look.face.landmarks)
            softer = [np.asarray(cv2.GaussianBlur(pixels, (0, 0), s * tall), np.uint8) for s in (0.01, 0.02, 0.04)]
            soft = "".join(f"{detail_of(one, marks):8.0f}" for one in softer)
            small = np.asarray(cv2.resize(pixels, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)
            half = detail_of(small, marks / 2)
            print(f"  {look.path.name:<34}{tall:8.0f}{look.detail:10.0f}   {soft}{half:16.0f}")
    clips = [looks for looks in per_file if len(looks) >= 8]
    print(
        "\none person in one clip                  looks   shape cm: least, median, most   hue                 covered"
    )
    for looks in clips:
        hues = colours(looks)
        apart = np.abs(hues - np.median(hues, axis=0)).max(1)
        shape, cover = spread(deviations(looks)), spread(coverings(looks))
        print(f"  {looks[0].path.name:<36}{len(looks):5}   {shape:<30}  {spread(apart):<18}  {cover}")
    print("\nwhat damage does, each clip's worst     hue     covered")
    for name, change in DAMAGE.items():
        hue, cover = [], []
        for looks in clips:
            for look in looks[:: max(1, len(looks) // 3)]:
                box = tuple(int(v) for v in look.face.box)
                with_it = [*looks, changed(look, change(look_again(look), box))]  # type: ignore[arg-type]
                hues = colours(with_it)
                hue.append(float(np.abs(hues[-1] - np.median(hues, axis=0)).max()))
                cover.append(float(coverings(with_it)[-1]))
        print(f"  {name:<36}{max(hue):7.3f}   {min(cover):.3f} to {max(cover):.3f}")
    right = total = 0
    for looks in clips:
        shape = np.median([Head.of(one.face.landmarks.astype(np.float64)).shape for one in looks], axis=0)
        normals, skin = normals_on_atlas(shape, PATCH), skin_on_atlas(PATCH)
        for look in looks[:: max(1, len(looks) // 3)]:
            pixels, box = look_again(look), tuple(int(v) for v in look.face.box)
            for name, change in LIGHTS.items():
                right += light_from(changed(look, change(pixels, box)), normals, skin) == name  # type: ignore[arg-type]
                total += 1
    print(f"\nlight from the side it was laid on: {right} of {total}")
    began = time.perf_counter()
    chosen = [choose(looks) for looks in clips]
    took = time.perf_counter() - began
    told = ", ".join(f"{len(one.views)} of {len(looks)}" for one, looks in zip(chosen, clips, strict=True))
    print(f"chosen: {told}; {took:.1f} s")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
