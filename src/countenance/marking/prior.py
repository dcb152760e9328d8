"""Marks that the inputs bear already: found before anything is drawn, so that the new mark goes where none is and
the old ones are named in the record. Manifests on inputs are kept as ingredients by `claim`.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from countenance.errors import CountenanceError
from countenance.marking import audiomark
from countenance.marking.making import Ingredient
from countenance.marking.watermark import MIN_SIDE, SLOTS, Detection, detect_all
from countenance.media.audio import open_sound
from countenance.media.frames import Pixels
from countenance.media.picture import read_picture
from countenance.media.video import open_video

log = logging.getLogger(__name__)

_SHOWN = ("source", "plate")
"""Roles whose pixels come out again; a driver or a voice lends only its motion."""
_STILLS = frozenset({".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp", ".gif"})
_OVER_ANOTHER = 1.75
"""The last slot's mark is drowned by one so much stronger: at 1 the old one is still read and the new one is not; from
2.5 on the other slots suffer."""
_LISTEN = Fraction(20)  # seconds
_FRAMES = 48  # every second one is examined


@dataclass(frozen=True, slots=True)
class PriorMarks:
    """What the inputs bear.

    Attributes:
        payloads: of the marks found in pictures and sound, in no order.
        sounds: of those found in sound.
        roles: which ingredient bears which, as (role, payload).
        slot: where the new mark goes without touching them.
        gain: how much stronger it must be: 1, or `_OVER_ANOTHER` where every slot is taken.
    """

    payloads: tuple[int, ...] = ()
    sounds: tuple[int, ...] = ()
    slot: int = 0
    gain: float = 1.0
    roles: tuple[tuple[str, int], ...] = ()


def prior_marks(ingredients: Sequence[Ingredient]) -> PriorMarks:
    """Look at the ingredients whose pixels will be seen again, and listen to all.

    Takes about a second for each of them. What cannot be read here is left to whoever reads it in earnest.
    """
    found: list[Detection] = []
    roles: list[tuple[str, int]] = []
    for ingredient in ingredients:
        if ingredient.path is not None and ingredient.role in _SHOWN:
            try:
                here = detect_all(_pixels(ingredient.path))
            except CountenanceError as error:
                log.debug("No marks were looked for in the %s: %s", ingredient.role, error)
                continue
            found += here
            roles += [(ingredient.role, one.payload) for one in here]
    heard = list(_heard(ingredients))
    roles += heard
    sounds = tuple(dict.fromkeys(payload for _, payload in heard))
    payloads = tuple(dict.fromkeys((*(one.payload for one in found), *sounds)))
    taken = {one.slot for one in found}
    free = [slot for slot in range(SLOTS) if slot not in taken]
    if not free:
        log.warning("The inputs bear %d marks: the newest one is replaced, the record names all.", len(taken))
        return PriorMarks(payloads, sounds, SLOTS - 1, _OVER_ANOTHER, tuple(roles))
    return PriorMarks(payloads, sounds, free[0], roles=tuple(roles))


class PriorSearch:
    """`prior_marks` on a thread of its own, begun at once: the caller loads models and draws meanwhile."""

    def __init__(self, ingredients: Sequence[Ingredient]) -> None:
        self._found = PriorMarks()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(
            target=self._run, args=(ingredients,), name="countenance-prior-marks", daemon=True
        )
        self._thread.start()

    def result(self) -> PriorMarks:
        """What was found; waits for it."""
        self._thread.join()
        if self._failure is not None:
            raise self._failure
        return self._found

    def _run(self, ingredients: Sequence[Ingredient]) -> None:
        try:
            self._found = prior_marks(ingredients)
        except BaseException as error:
            self._failure = error


def _heard(ingredients: Sequence[Ingredient]) -> Iterator[tuple[str, int]]:
    """Roles and payloads of marks in the beginning of the ingredients' sound."""
    for ingredient in ingredients:
        if ingredient.path is None or ingredient.path.suffix.lower() in _STILLS:
            continue
        try:
            sound = open_sound(ingredient.path, duration=_LISTEN)
            blocks = list(sound.blocks()) if sound is not None else []
            found = (
                audiomark.detect(np.concatenate(blocks), sound.sample_rate) if sound is not None and blocks else None
            )
        except CountenanceError as error:
            log.debug("No mark was listened for in the %s: %s", ingredient.role, error)
            continue
        if found is not None:
            yield ingredient.role, found.payload


def _pixels(path: Path) -> Iterator[Pixels]:
    if path.suffix.lower() in _STILLS:
        pixels = read_picture(path).pixels
        if min(pixels.shape[:2]) >= MIN_SIDE:
            yield pixels
        return
    clip = open_video(path)
    for frame in clip.frames():
        if frame.index >= _FRAMES or min(frame.pixels.shape[:2]) < MIN_SIDE:
            return
        yield frame.pixels
