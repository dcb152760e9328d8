"""A trained network at drawing: where it speaks, where it must not, and what is no such network."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from countenance.engines.mesh.area import area_mask
from countenance.engines.mesh.likeness_texture import lay
from countenance.engines.mesh.refiner_config import FULL, MOTION
from countenance.engines.mesh.refining import Refiner, motion_of, seat, square_of
from countenance.errors import BadDocument
from countenance.face.topology import FACE_OVAL, OUTER_EYE_CORNERS
from tests.likeness.training.faces import rest, saying, vertices

TEXTURE = np.full((256, 256, 3), 100, np.uint8)


def refined(
    refiner: Refiner, points: NDArray[np.float64], box: tuple[int, int, int, int], *, cut: bool = False
) -> NDArray[np.float32]:
    """What it adds to grey in a region."""
    grey = np.full((box[3] - box[1], box[2] - box[0], 3), 100, np.uint8)
    return refiner.refine(grey, TEXTURE, points, box, cut=cut).astype(np.float32) - 100


@pytest.mark.parametrize("roll", [0.0, 25.0, -40.0])
@pytest.mark.parametrize("scale", [6.0, 25.0])
def test_the_square_holds_the_face_upright_and_in_its_middle(roll: float, scale: float) -> None:
    points = vertices(scale, (310.0, 90.0), roll)
    matrix = square_of(points)
    placed = points[:, :2] @ matrix[:, :2].T + matrix[:, 2]
    right, left = placed[list(OUTER_EYE_CORNERS)]
    assert abs(right[1] - left[1]) < 0.01
    assert right[0] < left[0]
    low, high = placed[FACE_OVAL].min(0), placed[FACE_OVAL].max(0)
    assert np.allclose((low + high) / 2, (FULL - 1) / 2)
    assert (high - low).max() == pytest.approx(0.75 * FULL)


def test_motion_is_nothing_at_rest_whatever_the_pose() -> None:
    for points in (vertices(), vertices(31.0, (5.0, 400.0), 30.0)):
        assert np.abs(motion_of(points, rest())).max() < 0.02
    open_ = vertices()
    open_[[17, 152]] += (0, 24, 0)
    assert np.abs(motion_of(open_, rest())).max() > 1.0


def test_it_speaks_inside_the_face_and_nowhere_else() -> None:
    points, box = vertices(), (20, 30, 280, 310)
    added = refined(Refiner(saying()), points, box)
    assert added.shape == (280, 260, 3)
    laid = lay(points, box)
    inside = np.asarray(laid.sample(area_mask("face", FULL)[0])) * laid.cover
    deep = cv2.erode((inside > 0.99).astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    assert deep.sum() > 5000
    assert np.allclose(added[deep], (25.5, 0, -25.5), atol=1)
    beyond = cv2.dilate((inside > 0).astype(np.uint8), np.ones((25, 25), np.uint8)) == 0
    assert np.array_equal(added[beyond], np.zeros_like(added[beyond]))


def test_regions_of_a_picture_agree() -> None:
    points = vertices()
    whole = refined(Refiner(saying()), points, (0, 0, 320, 320))
    part = refined(Refiner(saying()), points, (90, 110, 210, 250))
    assert np.allclose(whole[110:250, 90:210], part, atol=1)


@pytest.mark.parametrize("scale", [5.0, 14.0, 40.0])
def test_a_face_may_be_of_any_size(scale: float) -> None:
    side = round(30 * scale)
    points = vertices(scale, (side / 2, side / 2))
    added = refined(Refiner(saying()), points, (0, 0, side, side))
    middle = added[round(side / 2 - scale) : round(side / 2 + scale), round(side / 2 - scale) : round(side / 2 + scale)]
    assert np.allclose(middle, (25.5, 0, -25.5), atol=1)


def test_what_it_says_goes_over_smoothly_unless_there_is_a_cut() -> None:
    def nodding(degrees: float) -> NDArray[np.float64]:
        points = vertices()
        centre = points.mean(0)
        c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
        turn = np.array([[1, 0, 0], [0, c, -s], [0, s, c]])
        return np.asarray((points - centre) @ turn.T + centre)

    box = (130, 140, 170, 180)
    fresh = float(refined(Refiner(saying()), nodding(2), box).mean())
    refiner = Refiner(saying())
    before = float(refined(refiner, nodding(0), box).mean())
    held = float(refined(refiner, nodding(2), box).mean())
    assert abs(fresh - before) > 1
    assert min(before, fresh) < held < max(before, fresh)
    assert float(refined(refiner, nodding(0), box, cut=True).mean()) == pytest.approx(before, abs=0.1)


def test_past_what_it_was_trained_on_it_falls_silent() -> None:
    refiner = Refiner(saying())
    inside, turned, gaping = (np.zeros(MOTION, np.float32) for _ in range(3))
    inside[:] = 0.3
    turned[-2] = 0.35 + np.radians(20)
    gaping[:-2] = 0.35 + 0.2
    assert refiner.trust(inside) == 1
    assert refiner.trust(turned) < 0.05
    assert refiner.trust(gaping) < 0.05
    near = turned.copy()
    near[-2] = 0.35 + np.radians(3)
    assert 0.7 < refiner.trust(near) < 1


def test_the_seat_is_black_and_dumb_outside_the_face() -> None:
    place = seat(TEXTURE, vertices(), rest())
    assert place.drawn.shape == (FULL, FULL, 3)
    assert place.motion.shape == (MOTION,)
    outside = place.laid.cover == 0
    assert place.drawn[outside].max() == 0
    assert place.mask[outside].max() == 0
    assert place.drawn[FULL // 2, FULL // 2].tolist() == [100, 100, 100]


@pytest.mark.parametrize(
    "data", [b"", b"no network, but bytes", saying(form="another"), saying()[:-40], saying(side=512)]
)
def test_what_is_no_network_is_refused(data: bytes) -> None:
    with pytest.raises(BadDocument) as caught:
        Refiner(data)
    assert caught.value.code == "likeness.network"
    assert "train" in caught.value.remedy
