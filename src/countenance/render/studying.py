"""A plate looked through before it is redrawn: whom it shows, how they look at rest, what they wear."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from countenance.engines.mesh.double import Double, know_double
from countenance.errors import NotAPicture
from countenance.face.identity import FaceTemplate
from countenance.face.person import looks_at_one
from countenance.media.frames import Pixels
from countenance.media.picture import read_picture
from countenance.media.video import VideoSource, open_video
from countenance.performance.capture import LOOKS as FRAMES_SPREAD
from countenance.performance.capture import restlessness, spread_frames

if TYPE_CHECKING:
    from countenance.render.swap import SwapOptions

LOOKS = 24  # frames by which the double is known


@dataclass(frozen=True)
class Studied:
    """The plate, looked through.

    Attributes:
        person: whom it shows, for following and for holding against a grant.
        double: what drawing needs to know of them.
        still: the picture, where the plate is one; None for a clip.
    """

    person: FaceTemplate
    double: Double
    still: Pixels | None


def study(plate: Path, options: SwapOptions) -> Studied:
    """Look through a plate: whom does it show, how do they look at rest, what do they wear.

    Raises:
        InputError; NoFace, FaceChoice, FaceInProfile, FaceTooSmall: nobody there can be redrawn. SetupError.
    """
    try:
        still = read_picture(plate).flattened()
    except NotAPicture:
        still = None
    if still is not None:
        looks, person = looks_at_one([still], options.face, name=plate.name)
    else:
        with open_video(plate) as video:
            looks, person = looks_at_one(_spread(video, options), options.face, name=plate.name)
    usual = np.median([look.face.blendshapes for look in looks], axis=0)
    rest = min(looks, key=lambda look: restlessness(look.face, usual))
    others = [(look.pixels, look.face) for look in looks if look is not rest]
    return Studied(person, know_double(rest.face, rest.pixels, others, rims=options.glasses), still)


def _spread(video: VideoSource, options: SwapOptions) -> Iterator[Pixels]:
    """Some LOOKS frames over the part that is to be redrawn."""
    every = max(1, round(FRAMES_SPREAD / LOOKS))
    length = None if options.end is None else options.end - options.start
    for k, (_, pixels) in enumerate(spread_frames(video, options.start, length)):
        if k % every == 0:
            yield pixels
