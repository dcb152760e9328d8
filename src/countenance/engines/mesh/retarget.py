"""From one face's motion to another's: scale lips, lids and gaze to the portrait's own measures, and keep it sound.

Knows nothing of pixels; works in the head frame (cm).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from countenance.face.head import Head
from countenance.face.head_lengths import mouth_and_eyes
from countenance.face.pose import Similarity, rotation_from_vector
from countenance.face.topology import (
    BLENDSHAPES,
    LANDMARKS,
    LEFT_EYE_LOWER,
    LEFT_EYE_UPPER,
    LEFT_IRIS,
    LEFT_LID_LOWER_OUTER,
    LEFT_LID_UPPER_OUTER,
    LIPS,
    LIPS_INNER_LOWER,
    LIPS_INNER_UPPER,
    RIGHT_EYE_LOWER,
    RIGHT_EYE_UPPER,
    RIGHT_IRIS,
    RIGHT_LID_LOWER_OUTER,
    RIGHT_LID_UPPER_OUTER,
)
from countenance.performance.take import Neutral, Sample

FloatArray = NDArray[np.float64]

MOUTH_RATIO = (0.72, 1.2)  # the portrait's mouth may take this much less or more motion than the driver's
LID_RATIO = (0.35, 2.6)  # and its lids
GAZE_LIMIT = 0.34  # of the eye's width
MIN_AREA = 0.12  # of its resting area, before a triangle is eased
EASE_ROUNDS, VIEW_ROUNDS = 14, 40
SEEN, EDGE = 0.04, 0.05  # of the median area of triangles: less is seen edge-on; of its resting area: less is folded
CALM = 0.7  # how far corners go towards moving alike, a round
YIELDS = (0.2, 0.05)  # cm that a point of the face, and one of the lips, gives up for that: more would bend the mouth

BLINKS = (BLENDSHAPES.index("eyeBlinkRight"), BLENDSHAPES.index("eyeBlinkLeft"))
BLINK = (0.3, 0.5)  # eyeBlink: the landmarker's lids stay apart in shut eyes, by a third of the gap at 0.5
CLOSED = (0.3, 0.5)  # and of the resting gap that must have gone
CREASE = 0.3  # share of the closing that the skin above the lid takes

EYES = (
    (RIGHT_EYE_UPPER, RIGHT_EYE_LOWER, RIGHT_LID_UPPER_OUTER, RIGHT_LID_LOWER_OUTER, RIGHT_IRIS),
    (LEFT_EYE_UPPER, LEFT_EYE_LOWER, LEFT_LID_UPPER_OUTER, LEFT_LID_LOWER_OUTER, LEFT_IRIS),
)


class Retarget:
    """What a performer's motion means for one portrait.

    Args:
        head: the portrait's.
        performer: the performer's measures; the portrait's own when None (the motion is taken as it is).
        expression, head_strength: strengths; 1 as performed.
    """

    def __init__(
        self, head: Head, performer: Neutral | None, expression: float = 1.0, head_strength: float = 1.0
    ) -> None:
        self.head = head
        own = Neutral(*mouth_and_eyes(head.shape))
        performer = performer or own
        self._expression = expression
        self._head_strength = head_strength
        scale = np.ones(LANDMARKS)
        ratio = float(np.clip(own.mouth_width / max(performer.mouth_width, 1e-3), *MOUTH_RATIO))
        lips = head.shape[LIPS, :2]
        distance = np.linalg.norm(head.shape[:, None, :2] - lips[None], axis=2).min(1)
        near_mouth = 1 / (1 + np.exp((distance - 1.6) / 0.4))
        scale += (ratio - 1) * near_mouth
        self._gaze = np.ones(2)
        for k, (upper, lower, upper_out, lower_out, iris) in enumerate(EYES):
            lid = float(np.clip(own.eye_height[k] / max(performer.eye_height[k], 1e-3), *LID_RATIO))
            scale[upper] = scale[lower] = lid
            scale[upper_out] = scale[lower_out] = 1 + 0.55 * (lid - 1)
            scale[upper[[0, -1]]] = 1.0
            scale[iris] = float(np.clip(own.eye_width[k] / max(performer.eye_width[k], 1e-3), 0.6, 1.5))
        self._scale = scale[:, None]
        self._own = own
        self._triangles = self._checked_triangles()
        self._rest_area = self._areas(head.shape)
        # The portrait's own mesh may hold turned-over triangles on the far side: those are not ours to mend.
        self._sound = np.abs(self._rest_area) > 1e-4
        self._neighbours, self._nearby = self._adjacency()
        self._yields = np.full((LANDMARKS, 1), YIELDS[0])
        self._yields[LIPS] = YIELDS[1]

    def pose_and_shape(self, sample: Sample) -> tuple[Similarity, FloatArray]:
        """Where the portrait's head is at this moment, and its face in the head frame, (478, 3) cm."""
        strength = self._head_strength
        rotation = rotation_from_vector(sample.rotation.astype(np.float64) * strength)
        path = sample.translation.astype(np.float64) * strength
        path[2] = 0.0
        pose = self.head.moved(rotation, path, sample.zoom * strength)
        shape = self._shut(self.shape(sample.offsets), sample.blendshapes)
        return pose, self._eased_in_view(shape, pose)

    def shape(self, offsets: NDArray[np.floating]) -> FloatArray:
        """The portrait's face with a performer's offsets, (478, 3) cm."""
        rest = self.head.shape
        moved = offsets.astype(np.float64) * self._scale * self._expression
        for k, (*_, iris) in enumerate(EYES):
            limit = GAZE_LIMIT * self._own.eye_width[k]
            length = float(np.linalg.norm(moved[iris[0], :2]))
            if length > limit:
                moved[iris] *= limit / length
        shape = rest + moved
        self._close(shape, LIPS_INNER_UPPER, LIPS_INNER_LOWER, weight=0.5)
        for upper, lower, *_ in EYES:
            self._close(shape, upper, lower, weight=0.85)
        return self._eased(shape)

    def _shut(self, shape: FloatArray, blendshapes: NDArray[np.floating]) -> FloatArray:
        """Close what is left open of eyes that are said to be shut; in place."""
        for (upper, lower, crease, *_), blink in zip(EYES, BLINKS, strict=True):
            shut = float(np.clip((float(blendshapes[blink]) - BLINK[0]) / (BLINK[1] - BLINK[0]), 0, 1))
            gap = shape[lower[1:-1]] - shape[upper[1:-1]]
            resting = self.head.shape[lower[1:-1], 1] - self.head.shape[upper[1:-1], 1]
            closed = 1 - float(gap[:, 1].mean()) / max(float(resting.mean()), 1e-3)
            # Some eyes read as half shut at rest: the lids themselves must have come down as well.
            shut *= float(np.clip((closed - CLOSED[0]) / (CLOSED[1] - CLOSED[0]), 0, 1)) * min(self._expression, 1.0)
            gap = gap * shut**2 * (3 - 2 * shut)
            shape[upper[1:-1]] += 0.85 * gap
            shape[lower[1:-1]] -= 0.15 * gap
            shape[crease[1:-1]] += CREASE * gap
        return shape

    @staticmethod
    def _close(shape: FloatArray, upper: NDArray[np.int64], lower: NDArray[np.int64], weight: float) -> None:
        """Lips and lids may meet but not cross; `weight` is the upper one's share of the mending."""
        crossed = np.minimum(shape[lower[1:-1], 1] - shape[upper[1:-1], 1], 0.0)
        shape[upper[1:-1], 1] += weight * crossed
        shape[lower[1:-1], 1] -= (1 - weight) * crossed

    def _checked_triangles(self) -> NDArray[np.int32]:
        """Triangles of skin: those inside eyes and mouth may close to nothing."""
        inside: set[int] = set()
        keep = []
        openings = [set(map(int, np.concatenate([LIPS_INNER_UPPER, LIPS_INNER_LOWER])))]
        openings += [set(map(int, np.concatenate([upper, lower]))) for upper, lower, *_ in EYES]
        for index, triangle in enumerate(self.head.mesh.triangles):
            if any(all(int(v) in opening for v in triangle) for opening in openings):
                inside.add(index)
            else:
                keep.append(triangle)
        return np.array(keep, np.int32)

    def _areas(self, shape: FloatArray) -> FloatArray:
        a, b, c = (shape[self._triangles[:, k], :2] for k in range(3))
        ab, ac = b - a, c - a
        return np.asarray(ab[:, 0] * ac[:, 1] - ab[:, 1] * ac[:, 0])

    def _adjacency(self) -> tuple[NDArray[np.int64], FloatArray]:
        """(V, most) neighbours of each vertex, and (V, most) the weight of each in the mean; 0 where none is."""
        near: list[set[int]] = [set() for _ in range(LANDMARKS)]
        for triangle in self._triangles:
            for v in triangle:
                near[v].update(int(u) for u in triangle if u != v)
        found = np.zeros((LANDMARKS, max(map(len, near))), np.int64)
        weight = np.zeros(found.shape)
        for v, its in enumerate(near):
            found[v, : len(its)] = sorted(its)
            weight[v, : len(its)] = 1 / max(len(its), 1)
        return found, weight

    def folded(self, shape: FloatArray) -> NDArray[np.bool_]:
        """(M,) which skin triangles have shrunk below MIN_AREA of their resting area, or turned over."""
        ratio = self._areas(shape) / np.where(self._sound, self._rest_area, 1.0)
        return np.asarray(self._sound & (ratio < MIN_AREA))

    def _eased(self, shape: FloatArray) -> FloatArray:
        """Spread motion to neighbours (Laplacian) where a triangle folds."""
        for _ in range(EASE_ROUNDS):
            bad = self.folded(shape)
            if not bad.any():
                break
            vertices = np.unique(self._triangles[bad])
            delta = shape - self.head.shape
            near = (self._nearby[vertices][:, :, None] * delta[self._neighbours[vertices]]).sum(1)
            shape[vertices] = self.head.shape[vertices] + 0.5 * delta[vertices] + 0.5 * near
        return shape

    def _eased_in_view(self, shape: FloatArray, pose: Similarity) -> FloatArray:
        """Calm the motion where a triangle that the turned head shows would fold over; in place.

        Seen from the side, the underside of the nose and the far cheek are slivers: little motion turns them over.
        """
        wanted = shape.copy()
        stiff = self._areas(pose.apply(self.head.shape))
        front = np.sign(np.median(stiff))
        seen = stiff * front > SEEN * float(np.median(np.abs(stiff)))
        for _ in range(VIEW_ROUNDS):
            moved = self._areas(pose.apply(shape))
            bad = seen & (moved * front <= EDGE * stiff * front)
            if not bad.any():
                break
            corners = self._triangles[bad]
            delta = shape - self.head.shape
            together = delta[corners].mean(1, keepdims=True)
            # A triangle whose corners move alike keeps its side; several rounds, for neighbours share corners.
            total, count = np.zeros_like(delta), np.zeros(len(delta))
            np.add.at(total, corners, np.broadcast_to(together, (*corners.shape, 3)))
            np.add.at(count, corners, 1)
            touched = count > 0
            calm = total[touched] / count[touched, None]
            shape[touched] = self.head.shape[touched] + CALM * calm + (1 - CALM) * delta[touched]
            given_up = shape[touched] - wanted[touched]
            length = np.linalg.norm(given_up, axis=1, keepdims=True)
            limit = self._yields[touched]
            shape[touched] = wanted[touched] + given_up * np.minimum(1.0, limit / np.maximum(length, 1e-9))
        return shape
