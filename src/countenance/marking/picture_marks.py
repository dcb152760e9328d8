"""What every frame goes through on its way out, in this order: the visible label, the invisible mark; key frames are
fingerprinted as they will be seen. Keeps no frames.
"""

from __future__ import annotations

from fractions import Fraction

from countenance.marking.fingerprint import Fingerprint, KeyFrames
from countenance.marking.label import Label
from countenance.marking.making import Making
from countenance.marking.watermark import STILL_STRENGTH, VIDEO_STRENGTH, Watermark
from countenance.media.frames import Pixels


class PictureMarks:
    """The marks of one render's pictures.

    Args:
        making: for the label.
        payload: for the invisible mark.
        slot: of the invisible mark, one that the inputs leave free.
        width, height: of the frames, pixels; both at least 64.
        still: one picture rather than a clip.
    """

    def __init__(self, making: Making, payload: int, slot: int, width: int, height: int, *, still: bool) -> None:
        self.label = Label(making, width, height)
        self._watermark = Watermark(payload, slot=slot, strength=STILL_STRENGTH if still else VIDEO_STRENGTH)
        self._key_frames = KeyFrames()

    def draw(self, pixels: Pixels, time: Fraction) -> Pixels:
        """The marked frame; (h, w, 3) uint8 in and out, the argument unchanged."""
        labelled = self.label.draw(pixels, time)
        self._key_frames.see(labelled, time)
        return self._watermark.embed(labelled)

    @property
    def fingerprints(self) -> tuple[Fingerprint, ...]:
        """Of the key frames so far."""
        return self._key_frames.fingerprints
