"""Pictures out: PNG, JPEG and WebP, marked and signed like the moving ones."""

from __future__ import annotations

import contextlib
import io
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from countenance.errors import BadOption
from countenance.marking.containers import picture_type
from countenance.marking.market_terms import file_metadata, in_markets, xmp
from countenance.marking.picture_marks import PictureMarks
from countenance.marking.read_back import PART_GAIN, STEPS, check_picture, check_size, unreadable
from countenance.marking.render_receipt import Receipt
from countenance.marking.render_spec import Making
from countenance.marking.sealing import Encoded, Seal
from countenance.media.frames import Pixels
from countenance.permission.ledger import Ledger
from countenance.permission.permit import Permit
from countenance.settings import Settings, default_settings

_MAX_SIDE = 16383  # WebP's
_SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
_ENCODING: dict[str, tuple[str, dict[str, Any]]] = {
    "image/png": ("PNG", {"compress_level": 6}),
    "image/jpeg": ("JPEG", {"quality": 95, "subsampling": 0}),
    "image/webp": ("WEBP", {"quality": 95, "method": 4}),
}


def write_picture(
    path: Path,
    pixels: Pixels,
    permit: Permit,
    making: Making,
    *,
    alpha: NDArray[np.uint8] | None = None,
    settings: Settings | None = None,
    overwrite: bool = False,
    ledger: Ledger | None = None,
) -> Receipt:
    """Mark, encode, sign and record one picture.

    Args:
        path: .png, .jpg, .jpeg or .webp.
        pixels: (h, w, 3) uint8 sRGB.
        permit, making, settings, overwrite, ledger: as for `VideoOutput`.
        alpha: (h, w) uint8; JPEG has none and refuses it.

    Raises:
        PermissionRefused, OutputFormat, OutputFolder, OutputIsInput, OutputExists, OutputBusy, OutputFull, BadOption;
        ProvenanceError: mark.unreadable, if the picture can't bear a mark.
    """
    path = Path(path)
    settings = settings or default_settings()
    media_type = picture_type(path)
    making = in_markets(making, settings)
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8:
        raise BadOption(f"Pixels of shape {pixels.shape} and type {pixels.dtype} are no picture.")
    check_size(pixels.shape[1], pixels.shape[0], _MAX_SIDE, "picture")
    if alpha is not None and alpha.shape != pixels.shape[:2]:
        raise BadOption(f"An alpha of shape {alpha.shape} does not fit pixels of shape {pixels.shape}.")
    if alpha is not None and media_type == "image/jpeg":
        raise BadOption("JPEG has no transparency.", "Write PNG or WebP, or lay the picture on a background first.")
    height, width = pixels.shape[:2]
    seal = Seal(path, permit, making, settings, overwrite=overwrite, embeds=True, ledger=ledger)
    with contextlib.closing(seal), seal.partial() as (raw, signed):
        packet = xmp(making, file_metadata(making, settings, seal.payload))
        in_part = [(step, True) for step in STEPS if step.gain <= PART_GAIN]
        # Strongly enough for a part of it; where that takes too much, as gently as it can be read as a whole.
        for step, part in [*in_part, *((step, False) for step in STEPS)]:
            marks = PictureMarks(making, seal.payload, lambda: seal.prior, width, height, still=True, gain=step.gain)
            marked = marks.draw(pixels, Fraction(0))
            encoded = _encoded(marked, None if alpha is None else marks.label.seen_in(alpha), media_type, packet)
            if check_picture(io.BytesIO(encoded), seal.prior.slot, seal.payload, part=part):
                break
        else:
            raise unreadable("pictures")
        seal.spend()
        raw.write_bytes(encoded)
        made = Encoded(media_type, width, height, 1, Fraction(0), ("picture",), marks.label.text, marks.fingerprints)
        return seal.apply(raw, signed, made)


def _encoded(pixels: Pixels, alpha: NDArray[np.uint8] | None, media_type: str, packet: bytes) -> bytes:
    whole = pixels if alpha is None else np.dstack([pixels, alpha])
    kind, options = _ENCODING[media_type]
    more: dict[str, Any] = {"xmp": packet} if packet else {}
    if packet and kind == "PNG":
        text = PngInfo()
        text.add_itxt("XML:com.adobe.xmp", packet.decode())
        more = {"pnginfo": text}
    file = io.BytesIO()
    Image.fromarray(whole).save(file, kind, icc_profile=_SRGB, **options, **more)
    return file.getvalue()
