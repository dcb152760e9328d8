"""Absolute motion: a portrait that is turned and smiles comes to be held and to look as the performer is."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from countenance.engines import DrawOptions, Portrait, load_engine
from countenance.errors import BadOption
from countenance.face.tracker import choose_face, find_faces
from countenance.performance.absolute_motion import absolute, stance_of
from countenance.performance.authored import authored_performance
from countenance.performance.relative_motion import RelativeMotion
from countenance.performance.take import Performance, rest
from tests.likeness.material import drawn
from tests.portraits import grace_hopper

SMILING = {"mouthSmileLeft": 0.8, "mouthSmileRight": 0.8}


@pytest.fixture(scope="module")
def turned() -> Portrait:
    """Somebody who looks aside and smiles."""
    (pixels,) = drawn(grace_hopper(), [(12.0, SMILING)])
    return Portrait(pixels, choose_face(find_faces(pixels), name="turned"))


def test_a_turned_smiling_portrait_comes_to_rest(turned: Portrait) -> None:
    take = authored_performance("nod")
    for name, wanted in (("relative", False), ("absolute", True)):
        chosen = absolute(take, turned.face) if wanted else take
        first = next(iter(chosen))
        pixels = load_engine("mesh").prepare(turned, chosen.neutral, DrawOptions()).draw(first)
        face = choose_face(find_faces(pixels), name=name)
        straight = abs(face.angles[0]) < 0.5 * abs(turned.face.angles[0])
        calm = face.blendshape("mouthSmileLeft") < 0.6 * turned.face.blendshape("mouthSmileLeft")
        assert (straight, calm) == (wanted, wanted), (name, face.angles, face.blendshape("mouthSmileLeft"))


def test_a_frame_moved_by_its_own_clip_stays_as_it_is(turned: Portrait) -> None:
    """The performer is the portrait, and the reference another frame of theirs."""
    calm = grace_hopper().face
    motion = RelativeMotion(calm)
    sample = motion.sample(turned.face, Fraction(0))
    take = replace(
        Performance.of([sample], Fraction(25), neutral=motion.neutral), stance=stance_of(calm, [turned.face])
    )
    moved = next(iter(absolute(take, turned.face)))
    assert np.degrees(np.linalg.norm(moved.rotation)) < 3 < np.degrees(np.linalg.norm(sample.rotation))
    still, before = (float(np.linalg.norm(one.offsets[:, :2], axis=1).mean()) for one in (moved, sample))
    assert still < 0.65 * before
    assert np.allclose(moved.translation, 0) and moved.zoom == 0


def test_a_take_that_does_not_tell_its_rest_is_refused(turned: Portrait) -> None:
    take = Performance.of([rest()], Fraction(25), source="live-link")
    with pytest.raises(BadOption, match="rest"):
        absolute(take, turned.face)
