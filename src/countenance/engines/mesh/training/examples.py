"""What a network learns from: the drawing of a likeness at a frame's geometry, and what the frame really shows there.

Light is taken out of the truth: the frame's coarse colours are exchanged for the drawing's. Arrays only, with their
packed form; knows nothing of torch, of clips or of people.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field, fields

import cv2
import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
FloatArray = NDArray[np.float32]

QUALITY = 94  # JPEG


@dataclass(frozen=True)
class Examples:
    """Frames of one person, in order, on squares of 256 (see `refining.Seat`).

    Attributes:
        drawn: (N, 256, 256, 3) uint8 RGB.
        truth: (N, 256, 256, 3) uint8 RGB, in the drawing's light.
        maps: (N, 128, 128, 3) uint8.
        mask: (N, 256, 256) uint8: where the network may speak.
        judged: (N, 256, 256) uint8: where the truth is the likeness's to give, without eyes and mouth inside.
        motion: (N, MOTION) float32.
        held: (N,) bool: held out, never trained on.
        rest: (KEYS, 3) float32.
    """

    drawn: Bytes = field(repr=False)
    truth: Bytes = field(repr=False)
    maps: Bytes = field(repr=False)
    mask: Bytes = field(repr=False)
    judged: Bytes = field(repr=False)
    motion: FloatArray = field(repr=False)
    held: NDArray[np.bool_] = field(repr=False)
    rest: FloatArray = field(repr=False)

    def __len__(self) -> int:
        return len(self.held)

    def packed(self) -> bytes:
        """Small enough to carry: JPEG for colours, lossless WebP for maps, in one npz."""
        blobs: list[bytes] = []
        for drawn, truth, maps, mask, judged in zip(
            self.drawn, self.truth, self.maps, self.mask, self.judged, strict=True
        ):
            blobs += [
                _coded(".jpg", drawn), _coded(".jpg", truth), _coded(".webp", maps), _coded(".webp", mask),
                _coded(".webp", judged),
            ]  # fmt: skip
        out = io.BytesIO()
        np.savez(
            out, blobs=np.frombuffer(b"".join(blobs), np.uint8), lengths=np.array([len(b) for b in blobs], np.int32),
            motion=self.motion, held=self.held, rest=self.rest,
        )  # fmt: skip
        return out.getvalue()

    @classmethod
    def unpacked(cls, data: bytes) -> Examples:
        """The inverse of `packed`, but for what JPEG loses."""
        with np.load(io.BytesIO(data), allow_pickle=False) as stored:
            blobs, ends = stored["blobs"].tobytes(), np.cumsum(stored["lengths"])
            starts = np.concatenate([[0], ends[:-1]])
            parts = [_decoded(blobs[a:b]) for a, b in zip(starts, ends, strict=True)]
            drawn, truth, maps = (np.stack(parts[k::5]) for k in range(3))
            # WebP knows no grey pictures
            mask, judged = (np.stack([p[..., 0] if p.ndim == 3 else p for p in parts[k::5]]) for k in (3, 4))
            return cls(drawn, truth, maps, mask, judged, stored["motion"], stored["held"], stored["rest"])


def together(sets: Sequence[Examples]) -> Examples:
    """Several clips of one person as one."""
    joined = {f.name: np.concatenate([getattr(s, f.name) for s in sets]) for f in fields(Examples) if f.name != "rest"}
    return Examples(**joined, rest=sets[0].rest)


def _coded(kind: str, pixels: Bytes) -> bytes:
    turned = pixels[..., ::-1] if pixels.ndim == 3 else pixels
    settings = [cv2.IMWRITE_JPEG_QUALITY, QUALITY] if kind == ".jpg" else [cv2.IMWRITE_WEBP_QUALITY, 101]  # lossless
    return bytes(cv2.imencode(kind, np.ascontiguousarray(turned), settings)[1].tobytes())


def _decoded(data: bytes) -> Bytes:
    pixels = np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED), np.uint8)
    return np.ascontiguousarray(pixels[..., ::-1]) if pixels.ndim == 3 else pixels
