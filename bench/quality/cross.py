"""Cross-reenactment: a portrait moved by somebody's clip, measured again, and held against what the driver did.

Of each clip a few runs of consecutive frames are drawn, spread over it, so that jitter can be seen as well as motion;
the widest open mouth and the fullest blink are always among them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.quality.material import Clip, Still
from bench.quality.measures import OPEN, blink, gaze, mouth_opening, rotation_of
from bench.quality.reenact import samples_of
from countenance.engines import DrawOptions, Rig, load_engine
from countenance.face.identity import describe
from countenance.face.pose import rotation_angle
from countenance.face.topology import (
    LEFT_EYE_LOWER,
    LEFT_EYE_UPPER,
    LIPS_INNER_LOWER,
    LIPS_INNER_UPPER,
    RIGHT_EYE_LOWER,
    RIGHT_EYE_UPPER,
    load_face_mesh,
)
from countenance.face.tracker import FaceTracker
from countenance.face.types import Face
from countenance.media.frames import Pixels
from countenance.performance.relative_motion import RelativeMotion
from countenance.performance.take import Sample

Array = NDArray[np.float64]

RUN = 12  # consecutive frames
RUNS = 5
IDENTITY_FRAMES = 6
MOUTH_MOVES = 0.05  # eye distances: a mouth that opens less over the frames says nothing about following
BLINKS = 0.3  # and eyelids that move less
MARGIN = 6.0  # pixels beyond the largest motion in which the background may still be touched


@dataclass(frozen=True)
class CrossScore:
    """One portrait by one clip.

    Attributes:
        rotation: degrees between the driver's and the result's head rotations against their rests, mean.
        mouth, blink: correlation with the driver over the frames; NaN where the driver hardly moves them.
        gaze: degrees between the driver's and the result's gaze against their rests, open eyes, mean.
        identity: distance of single frames' face descriptions to the source's, mean.
        folded: triangles of skin that the motion turns over, in all frames together.
        jitter: RMS second difference of the landmarks read back, over the driver's own.
        flicker: largest change of a still background pixel, grey levels.
        lost: frames in which no face was found any more.
    """

    rotation: float
    mouth: float
    blink: float
    gaze: float
    identity: float
    folded: float
    jitter: float
    flicker: float
    lost: float

    def row(self) -> list[float]:
        """In order."""
        return list(astuple(self))


def runs_of(faces: Sequence[Face | None], runs: int = RUNS, length: int = RUN) -> list[list[int]]:
    """Runs of frames that all show a face: one at the widest mouth, one at the fullest blink, the others spread."""
    starts = [s for s in range(len(faces) - length + 1) if all(f is not None for f in faces[s : s + length])]
    if not starts:
        return []
    chosen: list[int] = []

    def add(wanted: float) -> None:
        free = [s for s in starts if all(abs(s - c) >= length for c in chosen)]
        if free:
            chosen.append(min(free, key=lambda s: abs(s - wanted)))

    for measure in (mouth_opening, blink):
        values = [-1.0 if f is None else measure(f) for f in faces]
        add(int(np.argmax(values)) - length / 2)
    for at in np.linspace(starts[0], starts[-1], runs):
        if len(chosen) < runs:
            add(float(at))
    return [list(range(s, s + length)) for s in sorted(chosen)]


def skin_triangles() -> NDArray[np.int32]:
    """(M, 3): the mesh's triangles without those inside eyes and mouth, which may close to nothing."""
    rings = ((LIPS_INNER_UPPER, LIPS_INNER_LOWER), (RIGHT_EYE_UPPER, RIGHT_EYE_LOWER), (LEFT_EYE_UPPER, LEFT_EYE_LOWER))
    openings = [set(map(int, np.concatenate(pair))) for pair in rings]
    kept = [t for t in load_face_mesh().triangles if not any(all(int(v) in o for v in t) for o in openings)]
    return np.array(kept, np.int32)


def _areas(points: NDArray[np.floating], triangles: NDArray[np.int32]) -> Array:
    a, b, c = (points[triangles[:, k], :2].astype(np.float64) for k in range(3))
    ab, ac = b - a, c - a
    return np.asarray(ab[:, 0] * ac[:, 1] - ab[:, 1] * ac[:, 0])


def folded(rig: Rig, sample: Sample, triangles: NDArray[np.int32]) -> int:
    """Triangles that face the viewer as the head is turned, and would not with what the face does."""
    stiff = _areas(rig.vertices(replace(sample, offsets=np.zeros_like(sample.offsets))), triangles)
    moved = _areas(rig.vertices(sample), triangles)
    front = np.sign(np.median(stiff))
    seen = stiff * front > 0.05 * float(np.median(np.abs(stiff)))
    return int((seen & (moved * front <= 0)).sum())


def jerk(runs: Sequence[Sequence[Face | None]]) -> float:
    """RMS second difference of all landmarks over time, in eye distances."""
    found = []
    for run in runs:
        for a, b, c in zip(run, run[1:], run[2:], strict=False):
            if a is not None and b is not None and c is not None:
                second = a.landmarks[:, :2] - 2 * b.landmarks[:, :2] + c.landmarks[:, :2]
                found.append(float((second**2).sum(1).mean()) / b.eye_distance**2)
    return float(np.sqrt(np.mean(found))) if found else math.nan


def followed(true: Sequence[float], drawn: Sequence[float], least: float) -> float:
    """Correlation, or NaN where the true one spans less than `least`."""
    if len(true) < 3 or float(np.ptp(true)) < least or float(np.std(drawn)) == 0:
        return math.nan
    return float(np.corrcoef(true, drawn)[0, 1])


def still_background(still: Still, motion: float) -> NDArray[np.bool_]:
    """(h, w): pixels that are surely background, farther from the person than anything moves."""
    matte = still.portrait.matte
    height, width = still.portrait.pixels.shape[:2]
    if matte is None:
        return np.zeros((height, width), bool)
    distance = cv2.distanceTransform((matte < 0.02).astype(np.uint8), cv2.DIST_L2, 5)
    return np.asarray(distance > motion + MARGIN)


@dataclass(frozen=True)
class Drawn:
    """What was drawn for one portrait by one clip: frame indexes, driver's frames, results and what was read back."""

    indexes: list[int]
    driver: list[Pixels]
    results: list[Pixels]
    faces: list[Face | None]


@dataclass(frozen=True)
class Drive:
    """A clip made ready: the frames to draw, their samples and faces."""

    clip: Clip
    runs: list[list[int]]
    samples: dict[int, tuple[Sample, Pixels]]
    faces: list[Face | None]


def drive_of(clip: Clip, runs: int = RUNS) -> Drive:
    """Track a clip, choose frames, measure their samples."""
    faces = clip.tracked()
    chosen = runs_of(faces, runs)
    return Drive(clip, chosen, samples_of(clip, faces, {k for run in chosen for k in run}), faces)


def cross_score(still: Still, drive: Drive) -> tuple[CrossScore, Drawn]:
    """Draw, measure, compare."""
    reference = drive.clip.reference[0]
    rig = load_engine("mesh").prepare(still.portrait, RelativeMotion(reference).neutral, DrawOptions())
    indexes = [k for run in drive.runs for k in run]
    triangles = skin_triangles()
    rest = still.portrait.face
    results, back = [], []
    folds = motion = 0.0
    with FaceTracker() as tracker:
        for index in indexes:
            sample = drive.samples[index][0]
            result = rig.draw(sample)
            results.append(result)
            back.append(tracker.track(result))
            folds += folded(rig, sample, triangles)
            moved = np.linalg.norm(rig.vertices(sample) - rest.landmarks[:, :2], axis=1)
            motion = max(motion, float(moved.max()) * 1.5)
    pairs = [(drive.faces[i], face) for i, face in zip(indexes, back, strict=True)]
    known = [(t, f) for t, f in pairs if t is not None and f is not None]
    turned, looked = [], []
    for true, face in known:
        ours = rotation_of(face) @ rotation_of(rest).T
        theirs = rotation_of(true) @ rotation_of(reference).T
        turned.append(rotation_angle(ours, theirs))
        if blink(true) < OPEN:
            looked.append(float(np.linalg.norm(gaze(face) - gaze(rest) - gaze(true) + gaze(reference))))
    of_source = describe(still.portrait.pixels, rest)
    some = [k for k in np.linspace(0, len(indexes) - 1, IDENTITY_FRAMES).astype(int) if back[k] is not None]
    apart = [float(np.linalg.norm(describe(results[k], face) - of_source)) for k in some if (face := back[k])]
    place = {index: k for k, index in enumerate(indexes)}
    quiet = still_background(still, motion)
    changes = [np.abs(b[quiet].astype(int) - a[quiet]).max() for a, b in pairwise(results) if quiet.any()]
    own = jerk([[drive.faces[i] for i in run] for run in drive.runs])
    ours_jerk = jerk([[back[place[i]] for i in run] for run in drive.runs])
    score = CrossScore(
        rotation=float(np.mean(turned)) if turned else math.nan,
        mouth=followed([mouth_opening(t) for t, _ in known], [mouth_opening(f) for _, f in known], MOUTH_MOVES),
        blink=followed([blink(t) for t, _ in known], [blink(f) for _, f in known], BLINKS),
        gaze=float(np.mean(looked)) if looked else math.nan,
        identity=float(np.mean(apart)) if apart else math.nan,
        folded=folds,
        jitter=ours_jerk / own if own else math.nan,
        flicker=float(max(changes)) if changes else math.nan,
        lost=float(sum(face is None for face in back)),
    )
    return score, Drawn(indexes, [drive.samples[i][1] for i in indexes], results, back)
