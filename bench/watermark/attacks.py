"""What happens to pictures on their way: codecs, sizes, crops, turns, colour, blur, noise, speed, frames in frames.

An attack takes a clip's frames and gives new ones. All but the codecs are followed by H.264 at CRF 23: nobody
hands on raw frames.
"""

from __future__ import annotations

import functools
import io
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bench.watermark.codecs import Frames, through

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Attack:
    """A named treatment.

    Attributes:
        name: row of the table.
        required: whether it counts towards the 98%; stretch goals do not.
        apply: frames → frames.
        still: whether it is for stills.
    """

    name: str
    apply: Callable[[Frames], Frames]
    required: bool = True
    still: bool = False


def each(change: Callable[[Pixels], Pixels], crf: int = 23) -> Callable[[Frames], Frames]:
    """One change for every frame, then H.264."""
    return lambda frames: through([change(pixels) for pixels in frames], crf=crf)


def codec(name: str, crf: int) -> Callable[[Frames], Frames]:
    return lambda frames: through(frames, name, crf)


def resized(wide: float, high: float | None = None) -> Callable[[Pixels], Pixels]:
    def change(pixels: Pixels) -> Pixels:
        height, width = pixels.shape[:2]
        size = max(16, round(width * wide)), max(16, round(height * (high or wide)))
        return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA if wide < 1 else cv2.INTER_CUBIC)

    return change


def to_short_side(side: int) -> Callable[[Pixels], Pixels]:
    return lambda pixels: resized(side / min(pixels.shape[:2]))(pixels)


def cropped(share: float, at: tuple[float, float] = (0.5, 0.5)) -> Callable[[Pixels], Pixels]:
    """`share` of each side is kept; `at`: 0 to 1, where what is kept lies."""

    def change(pixels: Pixels) -> Pixels:
        height, width = pixels.shape[:2]
        rows, columns = round(height * share), round(width * share)
        top, left = round((height - rows) * at[1]), round((width - columns) * at[0])
        return pixels[top : top + rows, left : left + columns]

    return change


def rotated(degrees: float) -> Callable[[Pixels], Pixels]:
    """Turned about the middle, same size, corners black."""

    def change(pixels: Pixels) -> Pixels:
        height, width = pixels.shape[:2]
        matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
        return cv2.warpAffine(pixels, matrix, (width, height), flags=cv2.INTER_CUBIC)

    return change


def curve(table: Callable[[NDArray[np.float64]], NDArray[np.float64]]) -> Callable[[Pixels], Pixels]:
    lut = np.clip(table(np.arange(256) / 255.0) * 255 + 0.5, 0, 255).astype(np.uint8)
    return lambda pixels: cv2.LUT(pixels, lut)


def hue(degrees: float, saturation: float) -> Callable[[Pixels], Pixels]:
    def change(pixels: Pixels) -> Pixels:
        hsv = cv2.cvtColor(pixels, cv2.COLOR_RGB2HSV).astype(np.int32)
        hsv[..., 0] = (hsv[..., 0] + round(degrees / 2)) % 180
        hsv[..., 1] = np.clip(hsv[..., 1] * saturation, 0, 255)
        return cv2.cvtColor(hsv.astype(np.uint8), cv2.COLOR_HSV2RGB)

    return change


def gray(pixels: Pixels) -> Pixels:
    return cv2.cvtColor(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)


def noisy(sigma: float) -> Callable[[Frames], Frames]:
    def apply(frames: Frames) -> Frames:
        rng = np.random.default_rng(7)
        out = []
        for pixels in frames:
            noise = rng.standard_normal(pixels.shape, dtype=np.float32) * sigma
            out.append(np.clip(pixels + noise + 0.5, 0, 255).astype(np.uint8))
        return through(out)

    return apply


def in_picture(share: float) -> Callable[[Frames], Frames]:
    """The clip in a window of `share` of the side, off the middle, over a moving, textured background."""

    def apply(frames: Frames) -> Frames:
        height, width = frames[0].shape[:2]
        rows, columns = round(height * share), round(width * share)
        rng = np.random.default_rng(3)
        field = cv2.GaussianBlur(rng.standard_normal((height + 200, width + 200, 3)).astype(np.float32), (0, 0), 6)
        field = np.clip(128 + field / field.std() * 40, 0, 255).astype(np.uint8)
        top, left = round((height - rows) * 0.7), round((width - columns) * 0.2)
        out = []
        for index, pixels in enumerate(frames):
            move = index % 200
            canvas = field[move : move + height, move // 2 : move // 2 + width].copy()
            canvas[top : top + rows, left : left + columns] = cv2.resize(
                pixels, (columns, rows), interpolation=cv2.INTER_AREA
            )
            out.append(canvas)
        return through(out)

    return apply


def moving(zoom: float, pan: float) -> Callable[[Frames], Frames]:
    """Zooms in by `zoom` and moves sideways by `pan` of the width, evenly over 4 s (100 frames)."""

    def apply(frames: Frames) -> Frames:
        height, width = frames[0].shape[:2]
        out = []
        for index, pixels in enumerate(frames):
            now = index / 100
            scale = 1.06 + (zoom - 1.0) * now
            matrix = np.float32(
                [
                    [scale, 0, width / 2 * (1 - scale) + (now - 0.5) * pan * width],
                    [0, scale, height / 2 * (1 - scale)],
                ]
            )
            out.append(
                cv2.warpAffine(pixels, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
            )
        return through(out)

    return apply


def stickers(pixels: Pixels) -> Pixels:
    """A subtitle bar and two stickers; about 20% of the picture is covered."""
    out = pixels.copy()
    height, width = out.shape[:2]
    out[round(height * 0.86) : round(height * 0.97), round(width * 0.08) : round(width * 0.92)] = 12
    size = min(height, width) / 512
    cv2.putText(
        out, "and that was the whole story", (round(width * 0.1), round(height * 0.94)), cv2.FONT_HERSHEY_SIMPLEX,
        0.8 * size, (255, 255, 255), max(1, round(2 * size)), cv2.LINE_AA,
    )  # fmt: skip
    radius = round(0.155 * np.sqrt(height * width))
    cv2.circle(out, (round(width * 0.16), round(height * 0.2)), radius, (250, 200, 40), -1, cv2.LINE_AA)
    left, top = round(width * 0.74), round(height * 0.05)
    out[top : top + round(height * 0.24), left : left + round(width * 0.24)] = (220, 40, 90)
    return out


def at_rate(step: float) -> Callable[[Frames], Frames]:
    """Frames picked at another pace: 2 halves the frame rate, 0.8 repeats frames."""

    def apply(frames: Frames) -> Frames:
        picked = np.arange(0, len(frames) - 0.5, step).astype(int)
        return through([frames[index] for index in picked])

    return apply


def social(frames: Frames) -> Frames:
    """Made 480p at CRF 28, then encoded once more, as on a second site."""
    return through(through([to_short_side(480)(pixels) for pixels in frames], crf=28), crf=28)


def combined(frames: Frames) -> Frames:
    """Crop to 80% of each side, resize ×0.75, brightness +12%, CRF 33."""
    brighter = curve(lambda x: x * 1.12)
    return through([brighter(resized(0.75)(cropped(0.8, (0.3, 0.4))(pixels))) for pixels in frames], crf=33)


def filmed(frames: Frames) -> Frames:
    """A phone before a screen: pixel grid, perspective, blur, moiré by resampling, gain, noise, 24 fps, CRF 26."""
    height, width = frames[0].shape[:2]
    rng = np.random.default_rng(11)
    wide, high = 2 * width, 2 * height
    grid = np.ones((high, wide, 3), np.float32)
    grid[::2] *= 0.86
    for column in range(3):
        grid[:, column::3, column] *= 1.12
        grid[:, column::3, (column + 1) % 3] *= 0.94
    corners = np.float32([[0, 0], [wide, 0], [wide, high], [0, high]])
    seen = np.float32(
        [
            [0.06 * width, 0.05 * height],
            [0.95 * width, 0.02 * height],
            [0.985 * width, 0.94 * height],
            [0.02 * width, 0.975 * height],
        ]
    )
    out = []
    for index in np.arange(0, len(frames) - 0.5, 25 / 24).astype(int):
        screen = cv2.resize(frames[index], (wide, high), interpolation=cv2.INTER_LINEAR).astype(np.float32) * grid
        shake = rng.standard_normal((4, 2)).astype(np.float32) * 0.0006 * width
        matrix = cv2.getPerspectiveTransform(corners, seen + shake.mean(axis=0, keepdims=True))
        view = cv2.warpPerspective(screen, matrix, (width, height), flags=cv2.INTER_LINEAR, borderValue=(18, 18, 20))
        view = cv2.GaussianBlur(view, (0, 0), 0.8)
        view = 255 * np.clip(view / 255, 0, None) ** 0.95 * 0.9 + 8
        view += rng.standard_normal(view.shape, dtype=np.float32) * 3.0
        out.append(np.clip(view, 0, 255).astype(np.uint8))
    return through(out, crf=26)


def pillow(kind: str, quality: int) -> Callable[[Frames], Frames]:
    """The first frame as a still, through Pillow."""

    def apply(frames: Frames) -> Frames:
        buffer = io.BytesIO()
        options = {} if kind == "PNG" else {"quality": quality}
        Image.fromarray(frames[0]).save(buffer, kind, **options)
        return [np.asarray(Image.open(io.BytesIO(buffer.getvalue())).convert("RGB"))]

    return apply


def still(change: Callable[[Pixels], Pixels]) -> Callable[[Frames], Frames]:
    return lambda frames: pillow("JPEG", 85)([change(frames[0])])


VIDEO: list[Attack] = [
    Attack("none", lambda frames: frames),
    *(Attack(f"H.264 CRF {crf}", codec("libx264", crf)) for crf in (18, 23, 28, 33)),
    Attack("HEVC CRF 28", codec("libx265", 28)),
    Attack("VP9 CRF 34", codec("libvpx-vp9", 34)),
    Attack("AV1 CRF 35", codec("libsvtav1", 35)),
    *(Attack(f"resize ×{scale}", each(resized(scale))) for scale in (0.5, 0.75, 1.5)),
    Attack("aspect +10%", each(resized(1.1, 1.0))),
    Attack("aspect −10%", each(resized(0.9, 1.0))),
    Attack("480p social, twice", social),
    Attack("crop to 50% of area", each(cropped(0.7071, (0.4, 0.3)))),
    Attack("crop to 50% of sides", each(cropped(0.5))),
    Attack("rotate 2°", each(rotated(2))),
    Attack("rotate −5°", each(rotated(-5))),
    Attack("rotate 10°", each(rotated(10))),
    Attack("rotate 90°", each(functools.partial(np.rot90, k=1))),
    Attack("rotate 180°", each(functools.partial(np.rot90, k=2))),
    Attack("flip left–right", each(lambda pixels: pixels[:, ::-1])),
    Attack("flip top–bottom", each(lambda pixels: pixels[::-1])),
    Attack("brightness +20%", each(curve(lambda x: x * 1.2))),
    Attack("contrast ×0.7", each(curve(lambda x: 0.5 + (x - 0.5) * 0.7))),
    Attack("gamma 1.4", each(curve(lambda x: x**1.4))),
    Attack("hue 40°, saturation ×1.3", each(hue(40, 1.3))),
    Attack("grey", each(gray)),
    Attack("blur σ 1.5", each(lambda pixels: cv2.GaussianBlur(pixels, (0, 0), 1.5))),
    Attack("noise σ 8", noisy(8)),
    Attack("half frame rate", at_rate(2)),
    Attack("speed ×1.25", at_rate(1.25)),
    Attack("speed ×0.8", at_rate(0.8)),
    Attack("picture in picture 60%", in_picture(0.6)),
    Attack("slow zoom 1.12", moving(1.12, 0.0)),
    Attack("slow pan 8%", moving(1.0, 0.08)),
    Attack("subtitle and stickers 20%", each(stickers)),
    Attack("crop, resize, CRF 33, brighter", combined, required=False),
    Attack("H.264 CRF 40", codec("libx264", 40), required=False),
    Attack("filmed off a screen", filmed, required=False),
]

STILL: list[Attack] = [
    Attack("still PNG", pillow("PNG", 0), still=True),
    *(Attack(f"still JPEG q{quality}", pillow("JPEG", quality), still=True) for quality in (90, 80, 70)),
    Attack("still WebP q80", pillow("WEBP", 80), still=True),
    Attack("still ×0.5, JPEG q85", still(resized(0.5)), still=True),
    Attack("still crop 70% of sides, JPEG q85", still(cropped(0.7)), still=True),
    Attack("still flip, JPEG q85", still(lambda pixels: pixels[:, ::-1]), still=True),
    Attack("still rotate 5°, JPEG q85", still(rotated(5)), still=True),
]
