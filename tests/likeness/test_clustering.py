"""A track is judged look by look: grimaces are left out, the rest stays; who steps into another's place is nobody's."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from countenance.errors import PermissionRefused
from countenance.face.identity import ACCEPT, REFUSE, FaceTemplate
from countenance.likeness.clustering import Sorted, sort_people
from countenance.likeness.gathering import gather
from countenance.likeness.library.creation import refuse_useless
from countenance.likeness.material import FaceObservation, Track, look_at_all
from tests.likeness.material import picture_of, template_of
from tests.portraits import eileen_collins, grace_hopper

EVERY = 4


def _vector(**parts: float) -> NDArray[np.float32]:
    out = np.zeros(128, np.float32)
    for name, value in parts.items():
        out[int(name[1:])] = value
    return out


OWN = _vector(a0=1.4)


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> FaceObservation:
    """A look at a real face; what it is described by is made up by each test."""
    path = picture_of(tmp_path_factory.mktemp("seen") / "a.png", grace_hopper().pixels)
    (tracks,) = look_at_all([path])
    assert isinstance(tracks, list)
    return tracks[0].looks[0]


def _track(seen: FaceObservation, *descriptions: NDArray[np.float32]) -> Track:
    """A look in EVERY is described."""
    count = EVERY * (len(descriptions) - 1) + 1
    looks = [replace(seen, seconds=Fraction(k, 4)) for k in range(count)]
    return Track(looks, list(descriptions), [EVERY * k for k in range(len(descriptions))])


def _sorted(track: Track, *vectors: NDArray[np.float32]) -> Sorted:
    return sort_people([track], [FaceTemplate(vector, 5, False) for vector in vectors])


def test_an_expressive_clip_of_one_person_is_theirs(seen: FaceObservation) -> None:
    """Two looks lie 0.6 from each other, each 0.3 from the middle: no pair is asked."""
    a, b = OWN + _vector(a1=0.3), OWN - _vector(a1=0.3)
    assert np.linalg.norm(a - b) > REFUSE
    found = _sorted(_track(seen, OWN, a, OWN, b, OWN), OWN)
    assert len(found.own) == 17 and not found.strangers


def test_a_grimace_is_left_out_and_the_rest_stays(seen: FaceObservation) -> None:
    grimace = OWN + _vector(a1=0.52)
    found = _sorted(_track(seen, OWN, OWN, OWN, grimace), OWN)
    assert len(found.own) == 2 * EVERY + 1
    assert [one.sure for one in found.strangers] == [False, False], "left out, and not said to be somebody else"
    assert sum(one.looks for one in found.strangers) == EVERY


def test_who_steps_into_anothers_place_is_not_them(seen: FaceObservation) -> None:
    stranger = OWN + _vector(a1=0.75)
    found = _sorted(_track(seen, OWN, OWN, stranger, stranger, OWN), OWN)
    assert [float(look.seconds) for look in found.own] == [0, 0.25, 0.5, 0.75, 1.0, 4.0]
    assert [one.looks for one in found.strangers if one.sure] == [EVERY + 1]


def test_one_lucky_look_of_a_stranger_does_not_let_them_in(seen: FaceObservation) -> None:
    """Smaller groups of a track count beside its largest alone: else every look were a try of its own."""
    stranger = [OWN + _vector(a1=0.62, **{f"n{k}": 0.1}) for k in range(5)]
    lucky = OWN + _vector(a1=0.2)
    found = _sorted(_track(seen, *stranger, lucky, lucky), OWN)
    assert not found.own and found.strangers


def test_without_a_template_the_larger_part_of_a_track_counts(seen: FaceObservation) -> None:
    found = sort_people([_track(seen, OWN, OWN, OWN, OWN + _vector(a1=0.9))], [])
    assert len(found.own) == 2 * EVERY + 1 and [one.sure for one in found.strangers] == [True, False]


def test_what_is_refused_lies_farther_than_what_is_accepted(tmp_path: Path) -> None:
    """The reason that is given never contradicts itself."""
    path = picture_of(tmp_path / "b.png", eileen_collins().pixels)
    gathered = gather([path], [template_of(grace_hopper())])
    assert gathered.nearest is not None and gathered.nearest > ACCEPT
    with pytest.raises(PermissionRefused) as caught:
        refuse_useless(gathered, anchored=True)
    assert f"{gathered.nearest:.2f}" in caught.value.message
