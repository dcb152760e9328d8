"""Faces the tests may use: photographs of NASA and the US Navy that registry packages carry, in the public domain."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np

from countenance.engines import Portrait
from countenance.face.matte import person_matte
from countenance.face.tracker import choose_face, find_faces
from countenance.media.picture import read_picture


def grace_hopper_file() -> Path:
    """Commodore Grace M. Hopper, official US Navy photograph; in matplotlib's sample data."""
    import matplotlib

    return Path(matplotlib.__file__).parent / "mpl-data" / "sample_data" / "grace_hopper.jpg"


@lru_cache(maxsize=1)
def grace_hopper() -> Portrait:
    """The photograph with its face and matte."""
    pixels = read_picture(grace_hopper_file()).pixels
    face = choose_face(find_faces(pixels))
    return Portrait(pixels, face, person_matte(pixels, face))


@lru_cache(maxsize=1)
def eileen_collins() -> Portrait:
    """Astronaut Eileen Collins, NASA photograph; in scikit-image's data."""
    from skimage import data

    pixels = np.asarray(data.astronaut(), np.uint8)
    face = choose_face(find_faces(pixels))
    return Portrait(pixels, face, person_matte(pixels, face))
