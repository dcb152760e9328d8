"""A person of a clip or picture as engines take them: how they look at rest, and otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np

from countenance.engines import Plate
from countenance.face.subject import SeenSubject
from countenance.performance.capture import restlessness
from countenance.render.job import Drawn, Film


def plate_of(subject: SeenSubject) -> Plate:
    """The looks at a subject, the calmest first."""
    looks = subject.looks
    usual = np.median([look.face.blendshapes for look in looks], axis=0)
    rest = min(looks, key=lambda look: restlessness(look.face, usual))
    return Plate(rest, tuple(look for look in looks if look is not rest))


def sized(film: Film, size: int | None) -> Film:
    """The film with a longer side of so many pixels; None leaves it."""
    width, height = film.size
    if size is None or size == max(width, height):
        return film
    scale = size / max(width, height)
    wide, high = (max(2, round(side * scale / 2) * 2) for side in (width, height))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LANCZOS4

    def frames() -> Iterator[Drawn]:
        for one in film.frames:
            pixels = np.asarray(cv2.resize(one.frame.pixels, (wide, high), interpolation=how), np.uint8)
            yield replace(one, frame=replace(one.frame, pixels=pixels))

    return replace(film, size=(wide, high), frames=frames())


def missed(passed: int, total: int | None) -> list[str]:
    """In plain words, how many frames were left as they were."""
    if not passed:
        return []
    of = f" of {total}" if total else ""
    return [f"{passed}{of} frames do not surely show the person and were left as they are."]
