"""What ARKit's blendshapes do to the 478 landmarks: an authored basis on the canonical face, from nobody's face.

Each blendshape moves a few regions of the face, each region by one vector. The regions are smooth weights on the
canonical mesh; the vectors follow Apple's description of each blendshape location (ARFaceAnchor.BlendShapeLocation),
and their lengths were set by hand beside what the landmarker measures when people move so (`bench/expression`).
Knows nothing of files.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import scipy
from numpy.typing import NDArray

from countenance.face.head import canonical_shape
from countenance.face.head_lengths import mouth_and_eyes
from countenance.face.topology import (
    BLENDSHAPES,
    LANDMARKS,
    LEFT_EYE_LOWER,
    LEFT_EYE_UPPER,
    LEFT_IRIS,
    LEFT_LID_LOWER_OUTER,
    LEFT_LID_UPPER_OUTER,
    LIPS_INNER_LOWER,
    LIPS_INNER_UPPER,
    LIPS_OUTER_LOWER,
    LIPS_OUTER_UPPER,
    RIGHT_EYE_LOWER,
    RIGHT_EYE_UPPER,
    RIGHT_IRIS,
    RIGHT_LID_LOWER_OUTER,
    RIGHT_LID_UPPER_OUTER,
)
from countenance.performance.take import Neutral

FloatArray = NDArray[np.float64]
Vector = tuple[float, float, float]

JAW_AXIS = np.array([-1.2, 3.0])  # y, z of the jaw's hinge, head frame, cm
JAW_ANGLE = 19.0  # degrees, of jawOpen at 1
JAW_DEPTH = 0.35  # of the hinge's motion in depth that the landmarker's own depth shows
THRIFT = 0.02  # cm²: motion too small to claim a blendshape for
BLINK_DROP = 0.4  # cm that the outer corner goes down in a blink
LIDS_MEET = 0.94  # of the gap that the upper lid crosses; the lower one comes to meet it

# What moves, and how far at a value of 1: cm outwards (away from the face's middle; towards the person's left for
# what has no side), down, and back into the head. A region without a side moves on both.
SIDED: dict[str, dict[str, Vector]] = {
    "browDown": {"brow_in": (-0.25, 0.65, 0.05), "brow_mid": (-0.12, 0.6, 0.0), "brow_out": (0.0, 0.3, 0.0)},
    "browOuterUp": {"brow_out": (0.0, -0.6, 0.05), "brow_mid": (0.0, -0.6, 0.06), "brow_in": (0.0, -0.15, 0.0)},
    "cheekSquint": {"cheekbone": (0.0, -0.32, -0.08), "lid_lower": (0.0, -0.12, 0.0)},
    "eyeLookDown": {"iris": (0.0, 0.48, 0.08), "lid_upper": (0.0, 0.26, 0.0), "lid_lower": (0.0, 0.09, 0.0)},
    "eyeLookIn": {"iris": (-0.62, 0.0, 0.05)},
    "eyeLookOut": {"iris": (0.62, 0.0, 0.05)},
    "eyeLookUp": {"iris": (0.0, -0.4, 0.06), "lid_upper": (0.0, -0.2, 0.0), "lid_lower": (0.0, -0.07, 0.0)},
    "eyeSquint": {"lid_lower": (0.0, -0.17, 0.0), "lid_upper": (0.0, 0.09, 0.0)},
    "eyeWide": {"lid_upper": (0.0, -0.2, 0.0), "brow_mid": (0.0, -0.06, 0.0)},
    "mouthDimple": {"corner": (0.26, 0.0, 0.24)},
    "mouthFrown": {"corner": (0.02, 0.5, 0.05), "lower": (0.0, 0.08, 0.0), "chin": (0.0, -0.08, 0.0)},
    "mouthLowerDown": {"lower": (0.03, 1.3, 0.22), "corner": (0.03, 0.2, 0.04), "chin": (0.0, 0.25, 0.15)},
    "mouthPress": {"upper": (0.0, 0.06, 0.08), "lower": (0.0, -0.36, 0.02), "corner": (0.1, -0.16, 0.06)},
    "mouthSmile": {
        "corner": (0.64, -0.7, 0.54),
        "cheek": (0.14, -0.18, 0.0),
        "cheekbone": (0.0, -0.12, 0.0),
        "upper": (0.06, -0.14, 0.12),
        "lower": (0.06, -0.02, 0.12),
        "lid_lower": (0.0, -0.05, 0.0),
    },
    "mouthStretch": {"corner": (0.5, 0.16, 0.22), "lower": (0.08, 0.08, 0.0)},
    "mouthUpperUp": {"upper": (0.03, -0.55, 0.04), "corner": (0.1, -0.1, 0.1), "nostril": (0.0, -0.12, 0.0)},
    "noseSneer": {"nostril": (0.05, -0.32, 0.0), "upper": (0.0, -0.14, 0.0), "brow_in": (0.0, 0.08, 0.0)},
}
WHOLE: dict[str, dict[str, Vector]] = {
    "browInnerUp": {"brow_in": (0.0, -0.85, 0.1), "brow_mid": (0.0, -0.5, 0.07)},
    "cheekPuff": {"cheek": (0.3, 0.0, -0.5), "corner": (0.05, 0.0, -0.1)},
    "jawOpen": {"corner": (-0.28, 0.7, 0.24), "lower": (0.0, 0.55, 0.0)},  # and the jaw itself, see `_jaw`
    "mouthClose": {"upper": (0.0, 0.55, 0.0), "lower": (0.0, -1.6, -0.15), "corner": (0.0, -0.5, -0.1)},
    "mouthFunnel": {"corner": (-0.46, 0.0, 0.0), "upper": (0.0, -0.2, -0.16), "lower": (0.0, 0.38, -0.1)},
    "mouthPucker": {"corner": (-0.5, 0.12, 0.0), "upper": (0.0, 0.2, -0.14), "lower": (0.0, 0.06, -0.14)},
    "mouthRollLower": {"lower": (0.0, -0.7, 0.08), "chin": (0.0, -0.15, -0.12)},
    "mouthRollUpper": {"upper": (0.0, 0.36, 0.08)},
    "mouthShrugLower": {"lower": (0.0, -0.5, -0.08), "chin": (0.0, -0.28, -0.1)},
    "mouthShrugUpper": {"upper": (0.0, -0.2, -0.1)},
}
SIDEWAYS = {
    "mouthLeft": ("mouth", 1.1),
    "mouthRight": ("mouth", -1.1),
    "jawLeft": ("jaw", 0.6),
    "jawRight": ("jaw", -0.6),
}
JAW_FORWARD = 0.6  # cm


@lru_cache(maxsize=1)
def canonical_landmarks() -> FloatArray:
    """(478, 3) float64: the canonical face with its irises, head frame, cm."""
    shape = np.zeros((LANDMARKS, 3))
    shape[:468] = canonical_shape()
    for iris, corners in ((RIGHT_IRIS, [33, 133]), (LEFT_IRIS, [263, 362])):
        shape[iris] = shape[corners].mean(0) - np.array([0.0, 0.0, 0.1])
        shape[iris[1:]] += np.array([[0.6, 0, 0], [0, -0.6, 0], [-0.6, 0, 0], [0, 0.6, 0]])
    return shape


@lru_cache(maxsize=1)
def canonical_neutral() -> Neutral:
    """The measures of the canonical face, which this motion is made on."""
    return Neutral(*mouth_and_eyes(canonical_landmarks()))


def _near(points: FloatArray, centres: list[int], reach: Vector) -> FloatArray:
    """Weights that fall off from the nearest of `centres`, by a Gaussian of its own reach along each axis."""
    step = (points[:, None] - points[centres][None]) / np.asarray(reach)
    return np.asarray(np.exp(-(step**2).sum(2)).max(1))


def _sigmoid(x: NDArray[np.floating]) -> FloatArray:
    return np.asarray(1 / (1 + np.exp(-np.clip(x, -40, 40))))


@lru_cache(maxsize=1)
def _below() -> FloatArray:
    """(478,): 0 above the line between the lips, 1 below it."""
    points = canonical_landmarks()
    below = _sigmoid((points[:, 1] - points[[78, 308], 1].mean()) / 0.14)
    below[np.concatenate([LIPS_INNER_UPPER[1:-1], LIPS_OUTER_UPPER[1:-1]])] = 0.0
    below[np.concatenate([LIPS_INNER_LOWER[1:-1], LIPS_OUTER_LOWER[1:-1]])] = 1.0
    below[[61, 78, 291, 308]] = 0.5
    return below


@lru_cache(maxsize=1)
def _regions() -> dict[tuple[str, int], FloatArray]:
    """(478,) weights of each region and side: 1 the person's left, −1 their right."""
    points = canonical_landmarks()
    lips = np.concatenate([LIPS_INNER_UPPER, LIPS_OUTER_UPPER, LIPS_INNER_LOWER, LIPS_OUTER_LOWER])
    below = _below()
    round_mouth = _near(points, [int(v) for v in lips], (1.1, 1.0, 3.0))
    # Lips are moved most at their middle and little at the corners, which have a region of their own.
    middle = np.exp(-((np.abs(points[:, 0]) / 2.0) ** 4))
    eyes = _near(points, [159, 145, 386, 374], (2.2, 0.75, 9.0))
    regions: dict[tuple[str, int], FloatArray] = {}
    for side, at in ((-1, _RIGHT), (1, _LEFT)):
        own = _sigmoid(side * points[:, 0] / 0.45)
        regions["upper", side] = own * (1 - below) * round_mouth * middle
        regions["lower", side] = own * below * round_mouth * middle
        regions["corner", side] = _near(points, at["corner"], (1.5, 1.25, 3.5)) * own
        regions["chin", side] = _near(points, [152, 199], (2.6, 1.6, 4.0)) * own * (1 - round_mouth)
        regions["cheek", side] = _near(points, at["cheek"], (1.9, 1.8, 4.0)) * own * (1 - eyes)
        regions["cheekbone", side] = _near(points, at["cheekbone"], (2.1, 1.3, 4.0)) * own * (1 - eyes)
        regions["nostril", side] = _near(points, at["nostril"], (1.0, 1.1, 3.0)) * own
        for name, reach in (("brow_in", 1.35), ("brow_mid", 1.35), ("brow_out", 1.3)):
            regions[name, side] = _near(points, at[name], (reach, 1.7, 6.0)) * own * (1 - eyes)
        for name in ("lid_upper", "lid_lower", "iris"):
            regions[name, side] = np.zeros(LANDMARKS)
        regions["lid_upper", side][at["upper"][1:-1]] = np.sin(np.linspace(0, np.pi, 9))[1:-1] ** 0.5
        regions["lid_upper", side][at["upper_out"][1:-1]] = 0.45
        regions["lid_lower", side][at["lower"][1:-1]] = np.sin(np.linspace(0, np.pi, 9))[1:-1] ** 0.5
        regions["lid_lower", side][at["lower_out"][1:-1]] = 0.6
        regions["iris", side][at["iris"]] = 1.0
    return regions


_RIGHT: dict[str, list[int]] = {
    "corner": [61, 78], "cheek": [205], "cheekbone": [50, 118], "nostril": [64, 48], "brow_in": [55, 107],
    "brow_mid": [105, 52], "brow_out": [46, 70], "upper": [int(v) for v in RIGHT_EYE_UPPER],
    "lower": [int(v) for v in RIGHT_EYE_LOWER], "upper_out": [int(v) for v in RIGHT_LID_UPPER_OUTER],
    "lower_out": [int(v) for v in RIGHT_LID_LOWER_OUTER], "iris": [int(v) for v in RIGHT_IRIS],
}  # fmt: skip
_LEFT: dict[str, list[int]] = {
    "corner": [291, 308], "cheek": [425], "cheekbone": [280, 347], "nostril": [294, 278], "brow_in": [285, 336],
    "brow_mid": [334, 282], "brow_out": [276, 300], "upper": [int(v) for v in LEFT_EYE_UPPER],
    "lower": [int(v) for v in LEFT_EYE_LOWER], "upper_out": [int(v) for v in LEFT_LID_UPPER_OUTER],
    "lower_out": [int(v) for v in LEFT_LID_LOWER_OUTER], "iris": [int(v) for v in LEFT_IRIS],
}  # fmt: skip


def _jaw_weight() -> FloatArray:
    """(478,): how far a landmark goes with the jaw."""
    points, below = canonical_landmarks(), _below()
    line = float(points[[78, 308], 1].mean())
    weight = _sigmoid((points[:, 1] - line - 0.55) / 0.28) * below
    # The lower lip goes as one piece, most at its middle and least at the corners.
    lips = [int(v) for v in np.concatenate([LIPS_INNER_LOWER, LIPS_OUTER_LOWER])]
    lip = _near(points, lips, (0.5, 0.7, 2.0)) * below
    arc = 0.3 + 0.6 * np.maximum(1 - (points[:, 0] / 2.3) ** 2, 0)
    weight = weight * (1 - lip) + arc * lip
    return np.asarray(weight * np.clip(1.15 - np.abs(points[:, 0]) / 9.0, 0, 1))


def _jaw() -> FloatArray:
    """(478, 3): jawOpen at 1, a turn about the jaw's hinge."""
    points, weight = canonical_landmarks(), _jaw_weight()
    angle = np.radians(JAW_ANGLE)
    y, z = points[:, 1] - JAW_AXIS[0], points[:, 2] - JAW_AXIS[1]
    field = np.zeros((LANDMARKS, 3))
    field[:, 1] = (y * np.cos(angle) - z * np.sin(angle) - y) * weight
    field[:, 2] = (y * np.sin(angle) + z * np.cos(angle) - z) * weight * JAW_DEPTH
    return field


@lru_cache(maxsize=1)
def expression_basis() -> FloatArray:
    """(52, 478, 3) float64: what each of `BLENDSHAPES` does at 1, cm on the canonical face. `_neutral` does nothing."""
    basis = np.zeros((len(BLENDSHAPES), LANDMARKS, 3))
    regions = _regions()

    def add(name: str, moves: dict[str, Vector], sides: tuple[int, ...]) -> None:
        for region, (out, down, back) in moves.items():
            for side in sides:
                basis[BLENDSHAPES.index(name)] += regions[region, side][:, None] * np.array([side * out, down, back])

    for stem, moves in SIDED.items():
        add(f"{stem}Left", moves, (1,))
        add(f"{stem}Right", moves, (-1,))
    for name, moves in WHOLE.items():
        add(name, moves, (1, -1))
    mouth = _near(canonical_landmarks(), [0, 17, 61, 291], (1.8, 1.4, 4.0))
    jaw = _jaw_weight()
    for name, (what, distance) in SIDEWAYS.items():
        basis[BLENDSHAPES.index(name), :, 0] += distance * (mouth if what == "mouth" else jaw)
    basis[BLENDSHAPES.index("jawForward"), :, 2] -= JAW_FORWARD * jaw
    basis[BLENDSHAPES.index("jawOpen")] += _jaw()
    points = canonical_landmarks()
    for name, at in (("eyeBlinkRight", _RIGHT), ("eyeBlinkLeft", _LEFT)):
        blink = basis[BLENDSHAPES.index(name)]
        gap = points[at["lower"][1:-1]] - points[at["upper"][1:-1]]
        gap[:, 2] = 0.0
        blink[at["upper"][1:-1]] = LIDS_MEET * gap
        blink[at["lower"][1:-1]] = (LIDS_MEET - 1) * gap
        blink[at["upper_out"][1:-1]] = 0.36 * gap
        # A shut eye lies lower at its outer end.
        drop = np.zeros(LANDMARKS)
        for ring in ("upper", "lower", "upper_out", "lower_out"):
            drop[at[ring]] = BLINK_DROP * np.linspace(1, 0, 9)
        blink[:, 1] += drop
    return basis


def landmark_motion(blendshapes: NDArray[np.floating], neutral: NDArray[np.floating] | None = None) -> FloatArray:
    """(478, 3) float64: where blendshapes take each landmark, cm on the canonical face, head frame.

    Args:
        blendshapes: (52,) in [0, 1], in the order of `BLENDSHAPES`.
        neutral: (52,) those of the performer at rest, which move nothing.
    """
    shown = np.asarray(blendshapes, np.float64).copy()
    if neutral is not None:
        shown -= neutral
    shown[0] = 0.0
    return np.asarray(np.tensordot(shown, expression_basis(), axes=1))


def blendshapes_of(offsets: NDArray[np.floating]) -> FloatArray:
    """(52,) float64 in [0, 1]: the blendshapes that explain a motion best; the inverse of `landmark_motion`.

    Non-negative least squares (Lawson and Hanson 1974), with a small weight against using many shapes for one motion.

    Args:
        offsets: (478, 3) cm, head frame, of a face of the canonical one's measures.
    """
    basis = expression_basis()[1:].reshape(len(BLENDSHAPES) - 1, -1)
    gram = basis @ basis.T + THRIFT * np.eye(len(basis))
    root = np.linalg.cholesky(gram)
    found, _ = scipy.optimize.nnls(root.T, np.linalg.solve(root, basis @ offsets.ravel().astype(np.float64)))
    return np.concatenate([[0.0], np.clip(found, 0, 1)])
