"""What was tried on, as manifest, record and the shopper's receipt tell it: items, shares, and what was not touched."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

from countenance.files import write_atomically
from countenance.media.frames import Pixels
from countenance.render.result import RenderResult
from countenance.tryon.fitting_room import Worn
from countenance.tryon.goods import Goods
from countenance.tryon.untouched import UntouchedProof

EVERY = Fraction(1)  # seconds of a clip between two frames whose blocks are hashed


class Account:
    """Counts what was drawn, frame by frame.

    Args:
        goods: what was tried on.

    Attributes:
        proof: of what was not touched.
    """

    def __init__(self, goods: Goods) -> None:
        self._goods = goods
        self.proof = UntouchedProof()
        self._counts: dict[str, float] = {}
        self._pixels = self._touched = 0.0
        self._frames = 0
        self._next = Fraction(0)

    def add(self, number: int, pixels: Pixels, worn: Worn, *, time: Fraction = Fraction(0)) -> None:
        """Count a frame: its number, the input, and what came of it."""
        if not worn.drawn:
            return
        self._frames += 1
        self._pixels += worn.where.size
        self._touched += float(worn.where.sum())
        for kind, count in worn.counts.items():
            self._counts[kind] = self._counts.get(kind, 0.0) + count
        if time >= self._next:
            self.proof.add(number, pixels, worn.where)
            self._next = time + EVERY

    def items(self) -> list[dict[str, Any]]:
        """Each item with the share of the drawn frames' pixels that its masks took."""
        total = max(self._pixels, 1.0)
        return [
            {**told, "share": round(sum(self._counts.get(kind, 0.0) for kind in parts) / total, 5)}
            for told, parts in self._goods.told()
        ]

    def statement(self) -> dict[str, Any]:
        """For the manifest; holds nothing of the person."""
        return {
            "items": self.items(),
            "frames": self._frames,
            "touched": round(self._touched / max(self._pixels, 1.0), 5),
            "before": "marking and encoding",
            "untouched": self.proof.statement(),
        }


def receipt_of(made: RenderResult, account: Account) -> dict[str, Any]:
    """The shopper's receipt: what they tried on, in which file, and the key to what was not touched."""
    return {
        "schema": "countenance.tryon-receipt/1",
        "render_id": made.render_id,
        "manifest_id": made.receipt.manifest_id,
        "output_sha256": made.receipt.sha256,
        "items": made.about.get("items", []),
        "fit": made.about.get("fit"),
        "light": made.about.get("light"),
        "untouched": account.proof.as_dict(),
        "sizes": "Widths are estimates from a picture, never a measurement for lenses.",
    }


def write_receipt(path: Path, made: RenderResult, account: Account) -> None:
    """Write the shopper's receipt. Raises OutputFolder, OutputFull."""
    write_atomically(
        path, (json.dumps(receipt_of(made, account), indent=1, ensure_ascii=False) + "\n").encode(), mode=0o600
    )
