"""Which looks become takes: what is blurred, twice there or contradicts the rest is dropped; views are spread. Pure.

Every look that is dropped is counted under one reason, the first that applies, in the order of REASONS.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from countenance.face.head import Head
from countenance.face.topology import OUTER_EYE_CORNERS
from countenance.face.tracker import MAX_YAW
from countenance.likeness.atlas import MESH_SHARE, skin_on_atlas
from countenance.likeness.coverage import Seen
from countenance.likeness.material import PATCH, FaceObservation
from countenance.likeness.measuring import (
    FEW,
    colours,
    coverings,
    deviations,
    habit_of,
    light_from,
    named,
    parted,
    shown,
)
from countenance.likeness.views import normals_on_atlas
from countenance.performance.capture import unrest

FloatArray = NDArray[np.float64]

REASONS = (
    "too small", "in profile", "cut off by the edge", "blurred", "too dark or too bright", "eyes shut",
    "another shape than the rest", "another colour than the rest", "something before the face", "seen twice",
)  # fmt: skip
MOST_VIEWS = 12
FULL = 512  # texels: the atlas that a take of quality 1 fills
LEAST_DETAIL = 42.0  # pixels of a sharp face: measured, a blur of 2 % of the face's height leaves 23 to 40
AS_BEST = 0.4  # of the detail of the person's best tenth
CLIPPED = 0.3  # share of the skin without any tone
SHUT, WINK = 0.55, 0.7  # of eyeBlink, of both eyes and of one
OUTSIDE = 0.06  # share of the oval beyond the picture's edge
SHAPE = 0.45  # cm, root mean square, of a face from the front: one person's takes lie within 0.34; and
SHAPE_TIMES = 3.0  # … times the person's own median deviation
COLOUR = 0.38  # natural log: of one channel against the others
COVERED = 0.07  # share of the skin that is another skin than usual; measured 0.05 at most, a microphone 0.07 to 0.11
SAME_POSE, SAME_FACE, SAME_PICTURE = 2.5, 0.12, 7.0  # degrees; of blendshapes; grey levels
STILL = 1.15  # a photo is worth more than a frame of a clip as fine, which was compressed harder
FROWN, PARTED = 2.0, 4.0  # how much these tell against a face being at rest
NEXT = 0.45  # of `features`: nearer views add nothing


@dataclass(frozen=True)
class Chosen:
    """What is left.

    Attributes:
        usable: looks that were not dropped.
        views: indices into it, of the looks that become views; the first is the most frontal and most at rest.
        seen: what the coverage is told of each.
        dropped: reason → how many.
        usual_pitch: degrees.
    """

    usable: tuple[FaceObservation, ...]
    views: tuple[int, ...]
    seen: tuple[Seen, ...]
    dropped: tuple[tuple[str, int], ...]
    usual_pitch: float


def features(look: FaceObservation, usual_pitch: float, habit: NDArray[np.floating]) -> FloatArray:
    """(7,): pose and expression; a distance of 1 is 15 degrees, or two thirds of a smile."""
    yaw, pitch, _ = look.face.angles
    return np.array([yaw / 15, (pitch - usual_pitch) / 15, *(1.5 * shown(look.face.blendshapes, habit))])


def choose(looks: Sequence[FaceObservation], *, most: int = MOST_VIEWS, least_eyes: float = 48.0) -> Chosen:
    """Drop, and spread views over pose and expression.

    Args:
        looks: of one person.
        most: views.
        least_eyes: pixels between the outer eye corners.
    """
    dropped: Counter[str] = Counter()
    left = list(looks)
    for reason, bad in (
        ("too small", lambda one: _eyes(one) < least_eyes),
        ("in profile", lambda one: abs(one.face.angles[0]) > MAX_YAW),
        ("cut off by the edge", lambda one: one.outside > OUTSIDE),
        ("blurred", lambda one: one.detail < LEAST_DETAIL),
        ("too dark or too bright", lambda one: one.clipped > CLIPPED),
    ):
        keep = [one for one in left if not bad(one)]
        dropped[reason] += len(left) - len(keep)
        left = keep
    left = _without(left, "blurred", _soft(left), dropped)
    shut = [_shut(one) for one in left]
    if not all(shut):
        left = _without(left, "eyes shut", shut, dropped)
    left = _without(left, "another shape than the rest", _misshapen(left), dropped)
    left = _without(left, "another colour than the rest", _discoloured(left), dropped)
    left = _without(left, "something before the face", _covered(left), dropped)
    left = _distinct(left, dropped)
    if not left:
        return Chosen((), (), (), _counted(dropped), 0.0)
    pitches = [one.face.angles[1] for one in left if abs(one.face.angles[0]) < 25] or [
        one.face.angles[1] for one in left
    ]
    usual = float(np.median(pitches))
    best = float(np.percentile([one.detail for one in left], 90))
    quality = [float(np.clip(one.detail / best, 0, 1) * (1 - one.clipped)) for one in left]
    return Chosen(tuple(left), tuple(_spread(left, quality, usual, most)), _told(left, usual), _counted(dropped), usual)


def _counted(dropped: Counter[str]) -> tuple[tuple[str, int], ...]:
    return tuple((reason, dropped[reason]) for reason in REASONS if dropped[reason])


def _without(
    looks: list[FaceObservation], reason: str, bad: Sequence[bool], dropped: Counter[str]
) -> list[FaceObservation]:
    dropped[reason] += sum(bad)
    return [one for one, is_bad in zip(looks, bad, strict=True) if not is_bad]


def _eyes(look: FaceObservation) -> float:
    across = look.face.landmarks[list(OUTER_EYE_CORNERS)]
    return float(np.linalg.norm(across[0] - across[1]))


def _shut(look: FaceObservation) -> bool:
    """Both eyes, or a wink."""
    eyes = [named(look.face.blendshapes, f"eyeBlink{side}") for side in ("Left", "Right")]
    return sum(eyes) / 2 > SHUT or max(eyes) > WINK


def _soft(looks: Sequence[FaceObservation]) -> list[bool]:
    if not looks:
        return []
    best = float(np.percentile([one.detail for one in looks], 90))
    return [one.detail < AS_BEST * best for one in looks]


def _misshapen(looks: Sequence[FaceObservation]) -> list[bool]:
    if len(looks) < FEW:
        return [False] * len(looks)
    far = deviations(looks)
    # A turned head is measured worse: what is usual is asked of heads turned about as far.
    yaw = np.abs([one.face.angles[0] for one in looks])
    return [bool(d > max(SHAPE, SHAPE_TIMES * np.median(far)) * (1 + y / 60)) for d, y in zip(far, yaw, strict=True)]


def _discoloured(looks: Sequence[FaceObservation]) -> list[bool]:
    if len(looks) < FEW:
        return [False] * len(looks)
    hues = colours(looks)
    far = np.abs(hues - np.median(hues, axis=0)).max(1)
    return [bool(one > COLOUR) for one in far]


def _covered(looks: Sequence[FaceObservation]) -> list[bool]:
    if len(looks) < FEW:
        return [False] * len(looks)
    # A turned cheek is seen at a slant, and its shading differs more.
    yaw = np.abs([one.face.angles[0] for one in looks])
    return [bool(c > COVERED * (1 + y / 45)) for c, y in zip(coverings(looks), yaw, strict=True)]


def _distinct(looks: Sequence[FaceObservation], dropped: Counter[str]) -> list[FaceObservation]:
    """Of looks that show the same, the one with the most detail."""
    kept: list[FaceObservation] = []
    for one in sorted(looks, key=lambda look: -look.detail * (STILL if look.still else 1)):
        if any(_alike(one, other) for other in kept):
            dropped["seen twice"] += 1
        else:
            kept.append(one)
    order = {id(one): k for k, one in enumerate(looks)}
    return sorted(kept, key=lambda look: order[id(look)])


def _alike(a: FaceObservation, b: FaceObservation) -> bool:
    if any(abs(x - y) > SAME_POSE for x, y in zip(a.face.angles, b.face.angles, strict=True)):
        return False
    if float(np.abs(a.face.blendshapes - b.face.blendshapes).max()) > SAME_FACE:
        return False
    both = (a.seen > 127) & (b.seen > 127)
    return bool(both.any()) and float(np.abs(a.patch[both].astype(np.int16) - b.patch[both]).mean()) < SAME_PICTURE


def _spread(looks: Sequence[FaceObservation], quality: Sequence[float], usual_pitch: float, most: int) -> list[int]:
    """Farthest-point sampling (Gonzalez 1985), distances weighted by quality."""
    usual = np.median([one.face.blendshapes for one in looks], axis=0)

    def calm(k: int) -> float:
        yaw, pitch, _ = looks[k].face.angles
        turned = (abs(yaw) + abs(pitch - usual_pitch)) / 40
        shapes = looks[k].face.blendshapes
        # What is usual in a recording full of grimaces is no rest: frowns and wide eyes count whatever is usual.
        frown = named(shapes, "browDownLeft", "browDownRight") + named(shapes, "noseSneerLeft", "noseSneerRight")
        wide = named(shapes, "eyeWideLeft", "eyeWideRight")
        return unrest(shapes, usual) + FROWN * frown + wide + parted(looks[k]) * PARTED + turned - 1.5 * quality[k]

    habit = habit_of(looks)
    points = np.stack([features(one, usual_pitch, habit) for one in looks])
    picked = [min(range(len(looks)), key=calm)]
    far = np.linalg.norm(points - points[picked[0]], axis=1)
    worth = np.array(quality) ** 0.7
    while len(picked) < min(most, len(looks)):
        k = int((far * worth).argmax())
        if far[k] < NEXT:
            break
        picked.append(k)
        far = np.minimum(far, np.linalg.norm(points - points[k], axis=1))
    return picked


def _told(looks: Sequence[FaceObservation], usual_pitch: float) -> tuple[Seen, ...]:
    habit = habit_of(looks)
    median = np.median([Head.of(one.face.landmarks.astype(np.float64)).shape for one in looks], axis=0)
    normals = normals_on_atlas(median, PATCH)
    skin = skin_on_atlas(PATCH)
    told = []
    for one in looks:
        yaw, pitch, _ = one.face.angles
        smile, jaw, rounded, brows, _ = map(float, shown(one.face.blendshapes, habit))
        good = min(1.0, one.detail / (MESH_SHARE * FULL)) * (1 - one.clipped)
        light = light_from(one, normals, skin)
        told.append(Seen(yaw, pitch - usual_pitch, smile, jaw, rounded, brows, light, good))
    return tuple(told)
