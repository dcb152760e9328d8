"""The names under which our invisible marks are known to C2PA's soft bindings, and how a payload is written there.

The value is base64 of the payload as eight bytes, most significant first: what `/matches/byBinding` of the Soft
Binding Resolution API takes.
"""

from __future__ import annotations

import base64
import binascii

from countenance.errors import ProvenanceError

PICTURE_ALGORITHM = "org.countenance.watermark.1"
SOUND_ALGORITHM = "org.countenance.audiomark.1"
ALGORITHMS = (PICTURE_ALGORITHM, SOUND_ALGORITHM)


def binding_value(payload: int) -> str:
    """A payload as a soft binding's value."""
    return base64.b64encode(payload.to_bytes(8, "big")).decode("ascii")


def payload_of(value: str) -> int:
    """The payload that a soft binding's value names.

    Raises:
        ProvenanceError: mark.binding, for anything but base64 of eight bytes.
    """
    try:
        raw = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise _unreadable(value) from error
    if len(raw) != 8:
        raise _unreadable(value)
    return int.from_bytes(raw, "big")


def _unreadable(value: str) -> ProvenanceError:
    return ProvenanceError(
        f"'{value[:40]}' is no value of our soft bindings.",
        "Give base64 of the payload's eight bytes.",
        code="mark.binding",
    )
