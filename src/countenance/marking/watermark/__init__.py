"""The invisible mark: 64 bits in every frame, found again by anyone who has the key.

A library of its own: give it frames, get frames. The specification is docs/watermark.md.
"""

from countenance.marking.watermark.affine import PictureGeometry
from countenance.marking.watermark.detection import Detection, detect, detect_all, free_slot
from countenance.marking.watermark.embedding import MIN_SIDE, STILL_STRENGTH, VIDEO_STRENGTH, Watermark
from countenance.marking.watermark.lattice import SLOTS
from countenance.marking.watermark.mark_keys import PUBLIC_KEY, WatermarkKey
from countenance.marking.watermark.reading_back import read_back

__all__ = [
    "MIN_SIDE",
    "PUBLIC_KEY",
    "SLOTS",
    "STILL_STRENGTH",
    "VIDEO_STRENGTH",
    "Detection",
    "PictureGeometry",
    "Watermark",
    "WatermarkKey",
    "detect",
    "detect_all",
    "free_slot",
    "read_back",
]
