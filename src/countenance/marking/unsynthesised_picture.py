"""Pictures in which nothing was synthesised: an input with boxes drawn on it, for choosing a face; a table of what a
likeness was made of. They carry no mark, because a mark would say that they were made with AI.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from countenance.files import check_output, partial_beside
from countenance.marking.containers import picture_type
from countenance.media.frames import Pixels


def write_unaltered_picture(path: Path, pixels: Pixels, source: Path, *, overwrite: bool = False) -> None:
    """Write a copy of an input, or a table about one.

    Args:
        path: .png, .jpg or .webp.
        pixels: (h, w, 3) uint8 RGB.
        source: the input; never overwritten.

    Raises:
        OutputFormat, OutputFolder, OutputIsInput, OutputExists, OutputFull.
    """
    path = Path(path)
    picture_type(path)
    check_output(path, [source], overwrite=overwrite)
    with partial_beside(path) as partial:
        Image.fromarray(np.asarray(pixels, np.uint8), "RGB").save(partial, quality=92)
