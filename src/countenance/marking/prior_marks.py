"""Marks that the inputs bear already: found before anything is drawn, so that the new mark goes where none is and
the old ones are named in the record. Manifests on inputs are kept as ingredients by `claim`.
"""

from __future__ import annotations

import itertools
import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeVar

import numpy as np

from countenance.errors import BadOption, CountenanceError, InputChanged
from countenance.marking.render_spec import Ingredient
from countenance.marks import audiomark
from countenance.marks.watermark import MIN_SIDE, SLOTS, Detection, detect_all
from countenance.media.audio import open_sound
from countenance.media.frames import Pixels
from countenance.media.picture import read_picture
from countenance.media.source import Source
from countenance.media.video import open_video
from countenance.permission.rules import LENDS, plain_role

log = logging.getLogger(__name__)
T = TypeVar("T")

_SHOWN = {role for lends in LENDS.values() for role, lent in lends.items() if lent in ("face", "double")}
"""Roles whose pixels come out again; a driver or a voice lends only its motion or sound."""
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
        unsearched: roles of ingredients that are shown and could be neither looked at nor listened to; a warning tells.
        gain: how much stronger it must be: 1, or `_OVER_ANOTHER` where every slot is taken.
    """

    payloads: tuple[int, ...] = ()
    sounds: tuple[int, ...] = ()
    slot: int = 0
    gain: float = 1.0
    roles: tuple[tuple[str, int], ...] = ()
    unsearched: tuple[str, ...] = ()


def prior_marks(ingredients: Sequence[Ingredient], *, beside: bool = False) -> PriorMarks:
    """Look at the ingredients whose pixels will be seen again, and listen to all.

    Takes about a second for each of them. What an ingredient holds is told by its content: its name may say anything.

    Args:
        ingredients: of a render.
        beside: whether a driver's pictures are seen too, beside what is drawn, as in a preview.

    Raises:
        InputChanged: an ingredient was changed since it was pinned.
    """
    found: list[Detection] = []
    roles: list[tuple[str, int]] = []
    heard: list[tuple[str, int]] = []
    unsearched: list[str] = []
    for ingredient in ingredients:
        if ingredient.source is None:
            continue
        shown = plain_role(ingredient.role) in _SHOWN
        looked_at = not shown
        if shown or beside:
            here = _once(_seen, ingredient.source)
            looked_at = here is not None or not shown
            found += here or []
            roles += [(ingredient.role, one.payload) for one in here or []]
        payload, listened_to = _once(_heard, ingredient.source)
        if payload is not None:
            heard.append((ingredient.role, payload))
        if not (looked_at or listened_to):  # told, not passed over in silence
            unsearched.append(ingredient.role)
            log.warning(
                "%s (%s) can be read as neither picture, video nor sound: whether it bears marks is not known.",
                ingredient.source.name,
                ingredient.role,
            )
    roles += heard
    sounds = tuple(dict.fromkeys(payload for _, payload in heard))
    payloads = tuple(dict.fromkeys((*(one.payload for one in found), *sounds)))
    taken = {one.slot for one in found}
    free = [slot for slot in range(SLOTS) if slot not in taken]
    if not free:
        log.warning("The inputs bear %d marks: the newest one is replaced, the record names all.", len(taken))
        return PriorMarks(payloads, sounds, SLOTS - 1, _OVER_ANOTHER, tuple(roles), tuple(unsearched))
    return PriorMarks(payloads, sounds, free[0], roles=tuple(roles), unsearched=tuple(unsearched))


class PriorSearch:
    """`prior_marks` on a thread of its own, begun at once: the caller loads models and draws meanwhile."""

    def __init__(self, ingredients: Sequence[Ingredient], *, beside: bool = False) -> None:
        self._found = PriorMarks()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(
            target=self._run, args=(ingredients, beside), name="countenance-prior-marks", daemon=True
        )
        self._thread.start()

    def result(self) -> PriorMarks:
        """What was found; waits for it."""
        self._thread.join()
        if self._failure is not None:
            raise self._failure
        return self._found

    def _run(self, ingredients: Sequence[Ingredient], beside: bool) -> None:
        try:
            self._found = prior_marks(ingredients, beside=beside)
        except BaseException as error:
            self._failure = error


_KNOWN: OrderedDict[tuple[str, ...], Any] = OrderedDict()
_MOST_KNOWN = 64
_GUARD = threading.Lock()


def _once(look: Callable[[Source], T], source: Source) -> T:
    """What a look at a source found, remembered by the hash that it is pinned by: the same bytes bear the same marks.
    Whoever makes many things of one portrait waits for it once."""
    key = (look.__name__, source.sha256, str(source.video_track), str(source.audio_track))
    with _GUARD:
        if key in _KNOWN:
            _KNOWN.move_to_end(key)
            known: T = _KNOWN[key]
            return known
    found = look(source)
    with _GUARD:
        _KNOWN[key] = found
        while len(_KNOWN) > _MOST_KNOWN:
            _KNOWN.popitem(last=False)
    return found


def _heard(source: Source) -> tuple[int | None, bool]:
    """The payload of the mark in the beginning of its sound, if any; and whether there was sound to listen to."""
    try:
        sound = open_sound(source, duration=_LISTEN)
        blocks = list(sound.blocks()) if sound is not None else []
    except InputChanged:
        raise
    except CountenanceError as error:
        log.debug("No mark was listened for in %s: %s", source.name, error)
        return None, False
    if sound is None or not blocks:
        return None, False
    try:
        found = audiomark.detect(np.concatenate(blocks), sound.sample_rate)
    except BadOption:  # a rate at which no mark was ever laid
        return None, True
    return (None if found is None else found.payload), True


def _seen(source: Source) -> list[Detection] | None:
    """Marks in a still, or in a clip's first frames; None where it is neither."""
    try:
        still = read_picture(source).flattened()  # as it is drawn
    except InputChanged:
        raise
    except CountenanceError as error:
        log.debug("%s is no picture: %s", source.name, error)
    else:
        return detect_all(_large_enough([still]))
    try:
        with open_video(source) as clip:
            first = itertools.islice(clip.frames(), _FRAMES)
            return detect_all(_large_enough(frame.pixels for frame in first))
    except InputChanged:
        raise
    except CountenanceError as error:
        log.debug("%s is no video: %s", source.name, error)
        return None


def _large_enough(frames: Iterable[Pixels]) -> Iterator[Pixels]:
    return itertools.takewhile(lambda pixels: min(pixels.shape[:2]) >= MIN_SIDE, frames)
