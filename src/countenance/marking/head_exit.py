"""Heads for other people's engines out: the texture marked, the file signed beside itself, and its mark read back.

What is drawn on a head is a picture; it bears the mark as every picture does, under the very encoding that leaves. The
manifest lies beside (`.c2pa`), for C2PA has no way into glTF. There is no room for a label on somebody's skin: it
stands in the file's metadata, which engines and people read. Knows nothing of how a head is shaped.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
from PIL import Image

from countenance.errors import BadOption
from countenance.marking.containers import head_type
from countenance.marking.fingerprint import KeyFrames
from countenance.marking.label import Label
from countenance.marking.market_terms import in_markets, refuse_without_fields
from countenance.marking.read_back import STEPS, check_size, unreadable
from countenance.marking.render_receipt import Receipt
from countenance.marking.render_spec import Making
from countenance.marking.sealing import Encoded, Seal
from countenance.marks.watermark import STILL_STRENGTH, Watermark, read_back
from countenance.media.frames import Pixels
from countenance.media.glb import image_bytes, read_glb
from countenance.permission.ledger import Ledger
from countenance.permission.permit import Permit
from countenance.settings import Settings

_LARGEST = 4096
_QUALITY = 90
IN_METADATA = "in the file's metadata"

Assemble = Callable[[bytes, str, str], bytes]
"""(texture as JPEG, label, render number of 16 hex digits) → the whole file, the texture as its first picture."""


def write_head(
    path: Path,
    texture: Pixels,
    assemble: Assemble,
    permit: Permit,
    making: Making,
    *,
    settings: Settings,
    overwrite: bool = False,
    ledger: Ledger | None = None,
) -> Receipt:
    """Mark, assemble, sign and record one head.

    Args:
        path: .vrm or .glb.
        texture: (h, w, 3) uint8 sRGB, what the head looks like.
        assemble: makes the file of the marked texture.
        permit, making, settings, overwrite, ledger: as for `VideoOutput`.

    Raises:
        PermissionRefused, OutputFormat, OutputFolder, OutputIsInput, OutputExists, OutputBusy, OutputFull, BadOption;
        ProvenanceError: mark.unreadable, if the texture can't bear a mark.
    """
    path = Path(path)
    media_type = head_type(path)
    making = in_markets(making, settings)
    refuse_without_fields(making, "Heads")
    if texture.ndim != 3 or texture.shape[2] != 3 or texture.dtype != np.uint8:
        raise BadOption(f"Pixels of shape {texture.shape} and type {texture.dtype} are no texture.")
    height, width = texture.shape[:2]
    check_size(width, height, _LARGEST, "texture")
    said = f"AI {Label(making, 256, 256).word} ({IN_METADATA})"
    seen = KeyFrames(making.inspect)
    seen.see(texture, Fraction(0))
    seal = Seal(path, permit, making, settings, overwrite=overwrite, embeds=False, ledger=ledger)
    with contextlib.closing(seal), seal.partial() as (raw, signed):
        prior = seal.prior
        for step in STEPS:
            mark = Watermark(seal.payload, slot=prior.slot, strength=step.gain * STILL_STRENGTH * prior.gain)
            encoded = assemble(_jpeg(mark.embed(texture)), said, f"{seal.payload:016x}")
            if read_back([texture_in(encoded)], slot=prior.slot) == seal.payload:
                break
        else:
            raise unreadable("pictures")
        seal.spend()
        raw.write_bytes(encoded)
        made = Encoded(media_type, width, height, 1, Fraction(0), ("picture",), said, seen.fingerprints)
        return seal.apply(raw, signed, made)


def texture_of(path: Path) -> Pixels:
    """(h, w, 3) uint8: the first picture in a head's file, as engines decode it. Raises ValueError."""
    return texture_in(path.read_bytes())


def texture_in(file: bytes) -> Pixels:
    """As `texture_of`, of a file's bytes."""
    document, body = read_glb(file)
    with Image.open(io.BytesIO(image_bytes(document, body))) as image:
        return np.ascontiguousarray(np.asarray(image.convert("RGB"), np.uint8))


def _jpeg(pixels: Pixels) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", quality=_QUALITY, subsampling=0)
    return out.getvalue()
