"""What a recipe hands to the exit where it made a head: its texture, and how the file is put together round it."""

from __future__ import annotations

from dataclasses import dataclass

from countenance.marking.head_exit import Assemble
from countenance.marking.render_spec import Making
from countenance.media.frames import Pixels


@dataclass(frozen=True)
class HeadFile:
    """A head for other people's engines.

    Attributes:
        making: as for Film.
        texture: (h, w, 3) uint8 sRGB, what it looks like; the exit marks it.
        assemble: the file, of the marked texture; see `marking.head_exit`.
        warnings: in plain words.
    """

    making: Making
    texture: Pixels
    assemble: Assemble
    warnings: tuple[str, ...] = ()
