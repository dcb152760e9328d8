"""What must not happen when a portrait moves: gaps, lips that stay apart, smeared lids, shed hair."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from countenance.engines.mesh.far_side import _completed
from countenance.engines.mesh.layers import split
from countenance.engines.mesh.lid_edges import true_lids
from countenance.engines.mesh.mouth import MouthPainter, Opening, lip_gap
from countenance.engines.mesh.retarget import EYES
from countenance.face.head import Head
from countenance.performance.appearance import LIP_RING
from countenance.performance.skin_square import TurnLight, folding
from tests.portraits import eileen_collins


def test_an_unseen_side_is_the_other_one_in_its_own_light() -> None:
    side = 256
    skin = 4.5 + 0.2 * np.sin(np.linspace(0, 12, side // 2))
    row = np.concatenate([skin, skin[::-1]]) - np.repeat([0.0, 0.5], side // 2)  # the right half is darker
    seen = np.broadcast_to(row[None, :, None], (side, side, 3)).astype(np.float32).copy()
    trust = np.ones((side, side), np.float32)
    trust[:, 220:] = 0
    spoilt = seen.copy()
    spoilt[:, 220:] = 1.0
    found = _completed(spoilt, trust)[:, 220:250]
    assert np.abs(found - (np.exp(seen[:, 220:250]) - 4)).max() < 6


def test_turn_light_is_what_follows_the_turn_at_rest_and_nothing_of_a_fold() -> None:
    rng = np.random.default_rng(3)
    turns = [rng.normal(size=6).astype(np.float32) for _ in range(40)]
    light = np.zeros((128, 128), np.float32)
    light[40:60] = 0.3
    still = np.zeros((128, 128), np.float32)
    still[:, 64:] = 2.0  # this half is always stretched: nothing is learnt there
    learnt = TurnLight(turns, [turn[0] * light for turn in turns], [still] * len(turns))
    found = learnt.at(np.array([1, 0, 0, 0, 0, 0], np.float32))
    assert np.abs(found - light)[:, :60].max() < 0.02
    assert np.abs(found[:, 68:]).max() < 0.01
    assert folding(np.array([0.0, 1.0], np.float32)).tolist() == [0.0, 1.0]


def test_usual_eyes_keep_their_landmarks_and_magnified_ones_do_not() -> None:
    portrait = eileen_collins()
    assert np.array_equal(true_lids(portrait.pixels, portrait.face.landmarks), portrait.face.landmarks)
    picture = np.full((400, 600, 3), (190, 140, 110), np.uint8)
    landmarks = np.zeros((478, 3), np.float32)
    for middle, (upper, lower, above, below, iris) in zip((180, 420), EYES, strict=True):
        cv2.ellipse(picture, (middle, 200), (70, 55), 0, 0, 360, (250, 250, 250), -1, cv2.LINE_AA)
        cv2.circle(picture, (middle, 200), 25, (60, 40, 30), -1, cv2.LINE_AA)
        for ring, high in ((upper, -30), (lower, 30), (above, -38), (below, 38)):
            t = np.linspace(0, np.pi, 9)
            landmarks[ring, 0], landmarks[ring, 1] = middle - 60 * np.cos(t), 200 + high * np.sin(t)
        landmarks[iris, :2] = middle, 200
    moved = true_lids(picture, landmarks)
    for upper, lower, *_ in EYES:
        assert abs(moved[upper[4], 1] - 145) < 8 and abs(moved[lower[4], 1] - 255) < 8


def test_strands_beyond_the_matte_are_no_background() -> None:
    picture = np.full((400, 400, 3), 160, np.uint8)
    cv2.circle(picture, (200, 200), 80, (60, 40, 30), -1)
    matte = np.zeros((400, 400), np.float32)
    cv2.circle(matte, (200, 200), 80, 1.0, -1)
    cv2.line(picture, (260, 140), (270, 130), (60, 40, 30), 2)  # a strand that the matte has missed
    background = split(picture, matte)[1]
    assert np.abs(background[128:138, 262:272].astype(int) - 160).max() < 12


def test_parted_lips_open_on_the_mouth_that_is_asked_for() -> None:
    portrait = eileen_collins()
    landmarks = portrait.face.landmarks.astype(np.float64)
    scale = Head.of(landmarks).pose.scale
    ring = landmarks[LIP_RING, :2].copy()
    ring[11:, 1] += 0.12 * portrait.face.eye_distance  # Eileen Collins smiles: her lips are parted
    to_head = np.array([[1 / scale, 0, -ring[:, 0].mean() / scale], [0, 1 / scale, -ring[:, 1].mean() / scale]])
    rest = Opening(ring, to_head, 0.0)
    painter = MouthPainter(portrait.pixels, landmarks, rest, portrait.face.eye_distance, "drawn")
    wide = ring.copy()
    wide[11:, 1] += 0.25 * portrait.face.eye_distance
    drawn = portrait.pixels.copy()
    painter.paint(drawn, (0, 0), Opening(wide, to_head, 2.0), None)
    x = int(wide[[0, 10], 0].mean())
    y0, y1 = int(wide[5, 1]), int(wide[15, 1])
    column = drawn[y0 + 2 : y1 - 2, x - 8 : x + 8].astype(float).mean((1, 2))
    assert np.ptp(column) > 40, "teeth and dark, no flat plane"
    assert lip_gap(replace(rest, ring=wide).ring) > lip_gap(ring)
