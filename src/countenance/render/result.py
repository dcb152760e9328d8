"""What a job gives back: one shape for every recipe, and the very thing that `--json` prints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from countenance.marking.render_receipt import Receipt
from countenance.permission.scripts import ScriptReview
from countenance.speech.script import Cue


@dataclass(frozen=True)
class RenderResult:
    """What was made.

    Attributes:
        use: animate, speak, dub, swap, re-age, try-on or kiosk.
        output: the file.
        receipt: what the exit wrote: hash, manifest, marks, label, signer.
        permit_id: of the permission it was made under.
        frames: how many; 1 for a picture, 0 for sound.
        size: width, height in pixels; (0, 0) for sound.
        duration: seconds; 0 for a picture.
        redrawn: of a plate, frames in which the person was surely seen and redrawn; all others are as they were.
        missing: of a driving clip, frames that showed no face and were bridged.
        voice, language: who spoke, where somebody did; empty otherwise.
        cues: what was said when.
        captions: the captions' own file, where one was asked for.
        warnings: in plain words.
        about: what else a recipe found out or did, JSON-serialisable: what was tried on, and how it fits.
        script: what was found in the words that are spoken; None where nothing is.
    """

    use: str
    output: Path
    receipt: Receipt
    permit_id: str
    frames: int
    size: tuple[int, int]
    duration: Fraction
    redrawn: int | None = None
    missing: int | None = None
    voice: str = ""
    language: str = ""
    cues: tuple[Cue, ...] = ()
    captions: Path | None = None
    warnings: tuple[str, ...] = ()
    about: Mapping[str, Any] = field(default_factory=dict)
    script: ScriptReview | None = None

    @property
    def render_id(self) -> str:
        """The mark's payload, 16 hex digits; look it up with `countenance verify`."""
        return self.receipt.payload

    def as_dict(self) -> dict[str, Any]:
        """JSON-serialisable, with the same keys for every recipe."""
        receipt = self.receipt
        return {
            "use": self.use,
            "output": str(self.output),
            "sha256": receipt.sha256,
            "frames": self.frames,
            "frames_redrawn": self.redrawn,
            "frames_without_face": self.missing,
            "seconds": float(self.duration),
            "size": list(self.size),
            "render_id": self.render_id,
            "permit": self.permit_id,
            "manifest_id": receipt.manifest_id,
            "signer": receipt.signer,
            "time_stamped": receipt.time_stamped,
            "marks": list(receipt.marks),
            "label": receipt.label,
            "sidecar": str(receipt.sidecar) if receipt.sidecar else None,
            "voice": self.voice or None,
            "language": self.language or None,
            "captions": str(self.captions) if self.captions else None,
            "script": self.script.as_dict() if self.script is not None else None,
            "warnings": list(self.warnings),
            "about": dict(self.about),
        }


MACROBLOCKS = 36_864
"""Of 16×16 pixels in a picture, that H.264 allows up to level 5.2 (ITU-T H.264, table A-1)."""


def playable(output: Path, size: tuple[int, int]) -> tuple[str, ...]:
    """A warning where many players will refuse a film for its size; else nothing.

    Example:
        >>> playable(Path("a.mp4"), (4000, 3000))[0][:9]
        '4000×3000'
        >>> playable(Path("a.webm"), (4000, 3000))
        ()
    """
    blocks = -(-size[0] // 16) * -(-size[1] // 16)
    if output.suffix.lower() == ".webm" or blocks <= MACROBLOCKS:
        return ()
    text = (
        f"{size[0]}×{size[1]} is more than H.264's level 5.2 allows, and many players refuse it; --size 3840 is safe."
    )
    return (text,)
