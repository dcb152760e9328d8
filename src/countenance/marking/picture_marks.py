"""What every frame goes through on its way out, in this order: the visible label, the invisible mark; key frames are
fingerprinted as they will be seen. Keeps no frames.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from countenance.marking.fingerprint import Fingerprint, KeyFrames
from countenance.marking.label import Label
from countenance.marking.prior_marks import PriorMarks
from countenance.marking.render_spec import Making
from countenance.marks.watermark import STILL_STRENGTH, VIDEO_STRENGTH, Watermark
from countenance.media.frames import Pixels


class PictureMarks:
    """The marks of one render's pictures.

    Args:
        making: for the label.
        payload: for the invisible mark.
        prior: gives the marks that the inputs bear, so that this one leaves them; asked when the first frame comes.
        width, height: of the frames, pixels; both at least 64.
        still: one picture rather than a clip.
        gain: of the invisible mark, beyond its usual strength.
    """

    def __init__(
        self,
        making: Making,
        payload: int,
        prior: Callable[[], PriorMarks],
        width: int,
        height: int,
        *,
        still: bool,
        gain: float = 1.0,
    ) -> None:
        self.label = Label(making, width, height)
        self._payload, self._prior = payload, prior
        self._gain, self._usual = gain, STILL_STRENGTH if still else VIDEO_STRENGTH
        self._watermark: Watermark | None = None
        self._key_frames = KeyFrames(making.inspect)

    def draw(self, pixels: Pixels, time: Fraction, *, untouched: bool = False) -> Pixels:
        """The marked frame; (h, w, 3) uint8 in and out, the argument unchanged. Arguments as `Label.draw`."""
        if self._watermark is None:
            prior = self._prior()
            self._watermark = Watermark(self._payload, slot=prior.slot, strength=self._gain * self._usual * prior.gain)
        labelled = self.label.draw(pixels, time, untouched=untouched)
        self._key_frames.see(labelled, time)
        return self._watermark.embed(labelled)

    def taken_fingerprints(self) -> tuple[Fingerprint, ...]:
        """Those of the key frames since the last call, which are then forgotten."""
        return self._key_frames.taken()

    def strengthen(self, gain: float) -> None:
        """Lay the mark so much stronger from the next frame on, beyond its usual strength."""
        self._gain, self._watermark = gain, None

    @property
    def fingerprints(self) -> tuple[Fingerprint, ...]:
        """Of the key frames so far."""
        return self._key_frames.fingerprints
