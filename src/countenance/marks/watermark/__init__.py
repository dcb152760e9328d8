"""The invisible mark: 64 bits in every frame, found again by anyone who has the key.

A library of its own: give it frames, get frames. The specification is docs/watermark.md.
"""

from countenance.marks.watermark.affine import PictureGeometry
from countenance.marks.watermark.detection import Detection, detect, detect_all, free_slot
from countenance.marks.watermark.embedding import MIN_SIDE, STILL_STRENGTH, VIDEO_STRENGTH, Watermark
from countenance.marks.watermark.lattice import SLOTS
from countenance.marks.watermark.mark_keys import PUBLIC_KEY, WatermarkKey
from countenance.marks.watermark.reading_back import read_back

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
