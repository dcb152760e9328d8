"""Proof of what was not touched: keyed hashes of the blocks of the input in which nothing was drawn.

Marking and encoding change every pixel a little, so the claim is about the picture before them: whoever has the input
and the receipt's key can recompute what the manifest's digest stands for. Knows no files.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from countenance.media.frames import Pixels

BLOCK = 32  # pixels a side
HASH = 8  # bytes of each block's hash


@dataclass(frozen=True)
class FrameProof:
    """The untouched blocks of one frame.

    Attributes:
        frame: its number, from 0.
        touched: (rows, columns) bool.
        hashes: HASH bytes of each untouched block, row by row.
    """

    frame: int
    touched: NDArray[np.bool_]
    hashes: bytes

    def as_dict(self) -> dict[str, Any]:
        """For the receipt."""
        return {
            "frame": self.frame,
            "rows": int(self.touched.shape[0]),
            "columns": int(self.touched.shape[1]),
            "touched": base64.b64encode(np.packbits(self.touched).tobytes()).decode(),
            "hashes": base64.b64encode(self.hashes).decode(),
        }


@dataclass
class UntouchedProof:
    """Collects the proofs of a picture's or clip's frames.

    Attributes:
        key: random; without it the hashes say nothing of the picture.
        frames: so far.
    """

    key: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    frames: list[FrameProof] = field(default_factory=list)

    def add(self, number: int, pixels: Pixels, where: NDArray[np.bool_]) -> None:
        """Hash a frame's untouched blocks.

        Args:
            number: of the frame, from 0.
            pixels: (h, w, 3) uint8, the input.
            where: (h, w) bool, which pixels may differ from it.
        """
        self.frames.append(prove(self.key, number, pixels, where))

    def statement(self) -> dict[str, Any]:
        """For the manifest: how many blocks, and one digest over all hashes."""
        total = sum(one.touched.size for one in self.frames)
        touched = sum(int(one.touched.sum()) for one in self.frames)
        return {
            "block": BLOCK,
            "algorithm": "blake2b-64, keyed",
            "frames": len(self.frames),
            "blocks": total,
            "untouched": total - touched,
            "sha256": digest(self.frames),
        }

    def as_dict(self) -> dict[str, Any]:
        """For the receipt, with the key."""
        key = base64.b64encode(self.key).decode()
        return {**self.statement(), "key": key, "proofs": [one.as_dict() for one in self.frames]}


def prove(key: bytes, number: int, pixels: Pixels, where: NDArray[np.bool_]) -> FrameProof:
    """The proof of one frame; arguments as `UntouchedProof.add`."""
    height, width = where.shape
    rows, columns = -(-height // BLOCK), -(-width // BLOCK)
    touched = np.zeros((rows, columns), np.bool_)
    hashes = bytearray()
    for row in range(rows):
        for column in range(columns):
            at = np.s_[row * BLOCK : (row + 1) * BLOCK, column * BLOCK : (column + 1) * BLOCK]
            if where[at].any():
                touched[row, column] = True
            else:
                place = number.to_bytes(8, "big") + row.to_bytes(4, "big") + column.to_bytes(4, "big")
                block = np.ascontiguousarray(pixels[at]).tobytes()
                hashes += hashlib.blake2b(place + block, key=key, digest_size=HASH).digest()
    return FrameProof(number, touched, bytes(hashes))


def digest(frames: list[FrameProof]) -> str:
    """SHA-256 hex over all frames' touched blocks and hashes."""
    whole = hashlib.sha256()
    for one in frames:
        whole.update(one.frame.to_bytes(8, "big") + np.packbits(one.touched).tobytes() + one.hashes)
    return whole.hexdigest()


def held_against(receipt: dict[str, Any], number: int, pixels: Pixels) -> bool:
    """Whether a frame of somebody's original is, in its untouched blocks, what a receipt says.

    Args:
        receipt: the part `untouched` of a receipt.
        number: of the frame; one that the receipt has a proof of.
        pixels: (h, w, 3) uint8.

    Raises:
        KeyError: the receipt has no proof of this frame.
    """
    stated = next((one for one in receipt["proofs"] if one["frame"] == number), None)
    if stated is None:
        raise KeyError(number)
    rows, columns = stated["rows"], stated["columns"]
    height, width = pixels.shape[:2]
    if (rows, columns) != (-(-height // BLOCK), -(-width // BLOCK)):
        return False
    bits = np.unpackbits(np.frombuffer(base64.b64decode(stated["touched"]), np.uint8))[: rows * columns]
    blocks = bits.reshape(rows, columns).astype(bool)
    where = np.kron(blocks, np.ones((BLOCK, BLOCK), np.bool_))[:height, :width]
    return prove(base64.b64decode(receipt["key"]), number, pixels, where).hashes == base64.b64decode(stated["hashes"])
