"""A head fitted to faces whose shape is known: our own renders."""

from __future__ import annotations

import numpy as np
import pytest

from countenance.face.pose import fit_similarity
from countenance.face.topology import BLENDSHAPES, load_face_mesh
from countenance.face.tracker import find_faces
from countenance.face.types import Face
from countenance.head.fit import fit_head, pose_and_expression
from countenance.head.landmarks import load_landmarks
from countenance.head.paint import painter
from countenance.head.shapes import vertex_motion
from countenance.head.showing import framed
from countenance.head.solver import bounded_ridge
from countenance.head.template import load_template
from countenance.head.view import look_at, picture

SIDE = 320


def somebody() -> np.ndarray:
    """(V, 3) a head that is not the mean one: a broad jaw, a long nose."""
    template = load_template()
    out = template.vertices.copy()
    for name, much in (("nose-scale-vert-incr", 0.8), ("chin-width-incr", 0.8), ("head-scale-horiz-incr", 0.6)):
        out += much * template.identity[template.identity_names.index(name)]
    return out


def mixed(**weights: float) -> np.ndarray:
    """(52,): shapes by their names, both sides of those that have two."""
    out = np.zeros(52)
    for name, weight in weights.items():
        for k, own in enumerate(BLENDSHAPES):
            if own in (name, f"{name}Left", f"{name}Right"):
                out[k] = weight
    return out


def seen(vertices: np.ndarray, yaw: float = 0.0) -> Face:
    triangles = load_template().triangles.copy()
    lashes = load_template().of_part("lashes")
    triangles[lashes] = triangles[lashes][:, :1]
    return find_faces(picture(look_at(vertices, triangles, framed(yaw, 0, SIDE), (SIDE, SIDE)), painter()))[0]


def apart(a: np.ndarray, b: np.ndarray) -> float:
    """Mean distance of the face's landmarks in the picture's plane, in eye distances."""
    mesh = load_face_mesh()
    moved = fit_similarity(a[mesh.rigid], b[mesh.rigid], mesh.rigid_weights).apply(a)
    return float(np.linalg.norm((moved - b)[:468, :2], axis=1).mean() / np.linalg.norm(b[33] - b[263]))


@pytest.fixture(scope="module")
def calm() -> Face:
    return seen(somebody())


@pytest.fixture(scope="module")
def smiling() -> Face:
    return seen(somebody() + vertex_motion(mixed(mouthSmile=0.7, cheekSquint=0.3, jawOpen=0.15)))


def test_a_known_shape_is_found_again(calm: Face) -> None:
    truth = load_landmarks().on(somebody())
    fitted = fit_head([calm]).landmarks
    assert apart(fitted, truth) < 0.03
    assert apart(fitted, truth) < 0.8 * apart(load_landmarks().on(load_template().vertices), truth)


def test_the_neutral_of_a_smile_is_that_of_a_calm_face(calm: Face, smiling: Face) -> None:
    raw = apart(smiling.landmarks.astype(float), calm.landmarks.astype(float))
    neutral = apart(fit_head([smiling]).landmarks, fit_head([calm]).landmarks)
    assert neutral < 0.02
    assert neutral < 0.5 * raw


def test_what_was_drawn_is_read_back(calm: Face, smiling: Face) -> None:
    head = fit_head([calm])
    pose, shown = pose_and_expression(head, smiling)
    smile, jaw = BLENDSHAPES.index("mouthSmileLeft"), BLENDSHAPES.index("jawOpen")
    assert shown[smile] > 0.35
    assert head.expressions[0][smile] < 0.15 and head.expressions[0][jaw] < 0.1
    assert pose.scale == pytest.approx(framed(0, 0, SIDE).scale, rel=0.1)


def test_the_pose_is_found(calm: Face) -> None:
    head = fit_head([calm])
    pose, _ = pose_and_expression(head, seen(somebody(), 25.0))
    wanted = framed(25.0, 0, SIDE).rotation
    angle = np.degrees(np.arccos(np.clip((np.trace(pose.rotation @ wanted.T) - 1) / 2, -1, 1)))
    assert angle < 4


def test_bounded_ridge_finds_the_least_within_its_bounds() -> None:
    rng = np.random.default_rng(1)
    basis, truth = rng.normal(size=(8, 60)), np.array([0.2, 0.0, 0.9, 0.5, 0.0, 1.0, 0.3, 0.7])
    gram, pull = basis @ basis.T, basis @ (truth @ basis)
    low, high, zero = np.zeros(8), np.ones(8), np.zeros(8)
    assert np.allclose(bounded_ridge(gram, pull, zero, zero, low, high, zero), truth, atol=1e-3)
    held = bounded_ridge(gram, pull, np.full(8, 1e6), np.full(8, 0.25), low, high, zero)
    assert np.allclose(held, 0.25, atol=1e-2)
    beyond = bounded_ridge(gram, 3 * pull, zero, zero, low, high, zero)
    assert beyond.min() >= 0 and beyond.max() <= 1


def test_no_face_is_no_head() -> None:
    with pytest.raises(ValueError):
        fit_head([])
