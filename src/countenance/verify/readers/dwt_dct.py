"""The invisible mark of Stable Diffusion, SDXL, FLUX and InvokeAI: `dwtDct` of invisible-watermark (ShieldMnt, MIT).

The tool takes the blue-difference plane, halves it by a Haar wavelet, cuts it into blocks of 4 × 4, and sets the
largest value of each to a quarter or three quarters of a step of 36, one bit a block, row by row, the message over and
over. The message is fixed by who uses the tool, so a whole picture is held against the messages known here; a cut one
against every place at which the message may begin, which wants far more evidence. Scaling destroys the mark.
Pure: takes a frame, and knows nothing of files.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import special

from countenance.media.frames import Pixels
from countenance.verify.findings import Kind
from countenance.verify.readers.findings import OthersMark
from countenance.verify.readers.protocol import Material

STEP = 36.0
CELL = 8  # pixels a block takes in the picture: 4 of the halved plane
MOST_SIDE = 4096
"""Pixels of the longer side that are looked at; what lies beyond says the same again."""


@dataclass(frozen=True)
class Message:
    """A message that a tool is known to lay.

    Attributes:
        maker: whose.
        bits: (n,) uint8, 0 or 1.
    """

    maker: str
    bits: NDArray[np.uint8]


def _of_text(maker: str, text: bytes) -> Message:
    return Message(maker, np.unpackbits(np.frombuffer(text, np.uint8)))


def _of_number(maker: str, number: int) -> Message:
    return Message(maker, np.array([int(bit) for bit in bin(number)[2:]], np.uint8))


MESSAGES = (
    _of_text("Stable Diffusion 1", b"StableDiffusionV1"),  # CompVis/stable-diffusion, scripts/txt2img.py
    _of_text("Stable Diffusion 2", b"SDV2"),  # Stability-AI/stablediffusion, scripts/txt2img.py
    # Stability-AI/generative-models, sgm/inference/helpers.py; huggingface/diffusers, its SDXL pipelines' watermark
    _of_number("Stable Diffusion XL", 0b101100111110110010010000011110111011000110011110),
    # black-forest-labs/flux, src/flux/util.py
    _of_number("FLUX.1", 0b001010101111111010000111100111001111010100101110),
    _of_text("InvokeAI", b"InvokeAI"),  # invoke-ai/InvokeAI, invokeai/backend/image_util/invisible_watermark.py
)

SURE = 7.0
"""−log₁₀ of the chance of agreeing so well anywhere by chance, from which a picture counts as marked."""
_MOST = 30.0


@dataclass(frozen=True, slots=True)
class Agreement:
    """How well a picture agrees with a message.

    Attributes:
        maker: whose message.
        correlation: of what was read at each of the message's places with the message, up to 1.
        bits: the message's length.
        confidence: −log₁₀ of the chance that unmarked media would agree as well anywhere that was looked, at most 30.
        cut: whether the message begins elsewhere than at the picture's corner.
    """

    maker: str
    correlation: float
    bits: int
    confidence: float
    cut: bool = False


def planes_of(pixels: Pixels) -> NDArray[np.float32]:
    """The blue-difference plane as the tool sees it, (h, w) float32."""
    cut = pixels[:MOST_SIDE, :MOST_SIDE]
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(cut), cv2.COLOR_RGB2YUV)[..., 1], np.float32)


def blocks_of(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    """The largest value of each block, in steps: (rows, columns) float32."""
    height, width = plane.shape[0] // CELL * CELL, plane.shape[1] // CELL * CELL
    whole = plane[:height, :width]
    low = (whole[0::2, 0::2] + whole[0::2, 1::2] + whole[1::2, 0::2] + whole[1::2, 1::2]) / 2
    rows, columns = height // CELL, width // CELL
    blocks = low.reshape(rows, 4, columns, 4).transpose(0, 2, 1, 3).reshape(rows, columns, 16)
    return np.asarray(np.abs(blocks[..., 1:]).max(axis=2) / STEP, np.float32)


def votes_of(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    """What each block says: −1 a nought at a quarter of a step, 1 a one at three quarters, less between them."""
    return np.asarray(-np.sin(2 * np.pi * blocks_of(plane)), np.float32)


def agreement(pixels: Pixels, *, cut: bool = True, messages: Sequence[Message] = MESSAGES) -> Agreement | None:
    """The message that a picture agrees with, or None.

    Args:
        pixels: (h, w, 3) uint8 sRGB, at least 256 × 256 pixels in area, below which the tool lays no mark.
        cut: look for messages that begin elsewhere than in the corner, which takes a second or two.
        messages: to hold it against.
    """
    if pixels.shape[0] * pixels.shape[1] < 256 * 256:
        return None
    plane = planes_of(pixels)
    whole = max((_whole(votes_of(plane), one) for one in messages), key=lambda one: one.confidence)
    if whole.confidence >= SURE or not cut:
        return whole if whole.confidence >= SURE else None
    parts = [_anywhere(votes_of(plane[top:, left:]), one) for top, left in _likely_grids(plane) for one in messages]
    best = max((one for one in parts if one is not None), key=lambda one: one.confidence, default=None)
    return best if best is not None and best.confidence >= SURE else None


def _whole(votes: NDArray[np.float32], message: Message) -> Agreement:
    flat, count = votes.reshape(-1), len(message.bits)
    at = np.arange(len(flat)) % count
    read = np.bincount(at, weights=flat, minlength=count) / np.maximum(np.bincount(at, minlength=count), 1)
    wanted = message.bits - message.bits.mean()
    read = read - read.mean()
    size = float(np.sqrt((read**2).sum() * (wanted**2).sum()))
    correlation = float((read * wanted).sum()) / size if size > 0 else 0.0
    return Agreement(message.maker, correlation, count, _rarity(correlation, count, len(MESSAGES)))


def _rarity(correlation: float, count: int, ways: int) -> float:
    """−log₁₀ of the chance that `count` random numbers correlate so well with a message in one of many ways."""
    if correlation <= 0:
        return 0.0
    chance = 0.5 * float(special.betainc((count - 2) / 2, 0.5, max(0.0, 1 - correlation**2)))
    return min(_MOST, max(0.0, -math.log10(max(chance, 1e-99)) - math.log10(ways)))


def _likely_grids(plane: NDArray[np.float32], most: int = 3) -> list[tuple[int, int]]:
    """Places of the grid at which the largest values crowd at quarters of a step, as marked ones do."""
    scored = []
    for top in range(CELL):
        for left in range(CELL):
            phase = blocks_of(plane[top:, left:]) % 0.5
            scored.append((float(np.abs(phase - 0.25).mean()), (top, left)))
    return [place for _, place in sorted(scored)[:most]]


def _anywhere(votes: NDArray[np.float32], message: Message) -> Agreement | None:
    """The message in a picture that was cut: every width in blocks that the whole may have had, every begin."""
    rows, columns = votes.shape
    count = len(message.bits)
    if rows * columns < 8 * count:
        return None
    # Votes of each row, folded by their place in the message, and turned by what each row's begin would be.
    folded = np.zeros((rows, count), np.float32)
    for column in range(columns):
        folded[:, column % count] += votes[:, column]
    spectrum = np.fft.rfft(folded, axis=1)
    wanted = np.fft.rfft(message.bits - message.bits.mean())
    norm = float(np.sqrt(((message.bits - message.bits.mean()) ** 2).sum()))
    turn = np.exp(-2j * np.pi * np.outer(np.arange(rows), np.arange(spectrum.shape[1])) / count)
    turned, best = np.ones_like(turn), 0.0
    for _width in range(count):  # beyond, it is the same again
        read = (spectrum * turned).sum(axis=0)
        read[0] = 0
        values = np.fft.irfft(read, count)
        size = float(np.sqrt((values**2).sum())) * norm
        if size > 0:
            best = max(best, float(np.fft.irfft(wanted * np.conj(read), count).max()) / size)
        turned = turned * turn
    ways = count * count * CELL * CELL * len(MESSAGES)
    return Agreement(message.maker, best, count, _rarity(best, count, ways), cut=True)


class DwtDctReader:
    """Known messages of invisible-watermark."""

    name: ClassVar[str] = "dwtdct"
    title: ClassVar[str] = "invisible-watermark (Stable Diffusion, FLUX, InvokeAI)"
    kinds: ClassVar[frozenset[Kind]] = frozenset({"picture", "video"})

    def read(self, material: Material) -> Sequence[OthersMark]:
        frame = material.frame
        found = None if frame is None else agreement(frame, cut=material.kind == "picture")
        if found is None:
            return []
        where = f"dwtDct, {found.bits} bits, correlation {found.correlation:.2f}"
        return [OthersMark(self.name, "mark", "ai", found.maker, where, confidence=round(found.confidence, 1))]
