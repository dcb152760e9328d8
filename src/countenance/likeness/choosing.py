"""Which looks become takes: what is blurred, twice there or contradicts the rest is dropped; views are spread. Pure.

Every look that is dropped is counted under one reason, the first that applies, in the order of REASONS.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.face.head import Head
from countenance.face.topology import BLENDSHAPES, MESH_VERTICES, OUTER_EYE_CORNERS
from countenance.face.tracker import MAX_YAW
from countenance.likeness.atlas import MESH_SHARE, skin_on_atlas
from countenance.likeness.coverage import Seen
from countenance.likeness.looking import PATCH, Look
from countenance.likeness.views import GAMMA, RELAX, normals_on_atlas
from countenance.performance.capture import unrest
from countenance.performance.expression import landmark_motion

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
SHUT = 0.55  # of eyeBlink, both eyes
OUTSIDE = 0.06  # share of the oval beyond the picture's edge
FEW = 4  # looks: fewer tell nothing of what is usual
SHAPE = 0.36  # cm, root mean square; and
SHAPE_TIMES = 3.0  # … times the person's own median deviation
COLOUR = 0.38  # natural log: of one channel against the others
COVERED = 0.07  # share of the skin that is another skin than usual; measured 0.05 at most, a microphone 0.07 to 0.11
HABIT = 0.8  # of a blendshape that may be a habit
LEVEL = 0.3  # of the mean light: less to one side is light from the front
UNLIKE = 0.45  # natural log: a texel that is so much darker or lighter than usual, light apart
SAME_POSE, SAME_FACE, SAME_PICTURE = 2.5, 0.12, 7.0  # degrees; of blendshapes; grey levels
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

    usable: tuple[Look, ...]
    views: tuple[int, ...]
    seen: tuple[Seen, ...]
    dropped: tuple[tuple[str, int], ...]
    usual_pitch: float


def named(blendshapes: NDArray[np.floating], *names: str) -> float:
    """The mean of some blendshapes."""
    return float(np.mean([blendshapes[BLENDSHAPES.index(name)] for name in names]))


def features(look: Look, usual_pitch: float, habit: NDArray[np.floating]) -> FloatArray:
    """(7,): pose and expression; a distance of 1 is 15 degrees, or two thirds of a smile."""
    yaw, pitch, _ = look.face.angles
    return np.array([yaw / 15, (pitch - usual_pitch) / 15, *(1.5 * shown(look.face.blendshapes, habit))])


def choose(looks: Sequence[Look], *, most: int = MOST_VIEWS, least_eyes: float = 48.0) -> Chosen:
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
    shut = [_blink(one) > SHUT for one in left]
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


def _without(looks: list[Look], reason: str, bad: Sequence[bool], dropped: Counter[str]) -> list[Look]:
    dropped[reason] += sum(bad)
    return [one for one, is_bad in zip(looks, bad, strict=True) if not is_bad]


def _eyes(look: Look) -> float:
    across = look.face.landmarks[list(OUTER_EYE_CORNERS)]
    return float(np.linalg.norm(across[0] - across[1]))


def _blink(look: Look) -> float:
    return named(look.face.blendshapes, "eyeBlinkLeft", "eyeBlinkRight")


def shown(blendshapes: NDArray[np.floating], habit: NDArray[np.floating]) -> FloatArray:
    """(5,) smile, jaw, rounded lips, brows up, brows down, 0 to 1.

    Args:
        blendshapes: (52,).
        habit: (52,) what of brows and lips the person always shows, or the landmarker always reads; see `habit_of`.
    """
    less = np.clip(blendshapes - habit, 0, 1) / np.clip(1 - habit, 0.2, 1)
    return np.array(
        [
            named(blendshapes, "mouthSmileLeft", "mouthSmileRight"),
            named(blendshapes, "jawOpen"),
            max(named(less, "mouthFunnel"), 0.7 * named(less, "mouthPucker")),
            max(named(less, "browInnerUp"), named(less, "browOuterUpLeft", "browOuterUpRight")),
            0.5 * named(less, "browDownLeft", "browDownRight"),
        ]
    )


def habit_of(looks: Sequence[Look]) -> NDArray[np.float32]:
    """(52,): the lower third of brows and lips over some looks, HABIT at most; 0 for what is no habit, or of few."""
    habit = np.zeros(len(BLENDSHAPES), np.float32)
    if len(looks) >= 2 * FEW:
        low = np.percentile([one.face.blendshapes for one in looks], 33, axis=0)
        for k, name in enumerate(BLENDSHAPES):
            if name.startswith(("brow", "mouthFunnel", "mouthPucker")):
                habit[k] = min(float(low[k]), HABIT)
    return habit


def _soft(looks: Sequence[Look]) -> list[bool]:
    if not looks:
        return []
    best = float(np.percentile([one.detail for one in looks], 90))
    return [one.detail < AS_BEST * best for one in looks]


def deviations(looks: Sequence[Look]) -> FloatArray:
    """(N,) cm: how far each face's shape, expression taken out, is from the person's median."""
    shapes = [Head.of(one.face.landmarks.astype(np.float64)).shape[:MESH_VERTICES, :2] for one in looks]
    rest = [
        s - RELAX * landmark_motion(one.face.blendshapes)[:MESH_VERTICES, :2]
        for s, one in zip(shapes, looks, strict=True)
    ]
    stack = np.stack(rest)
    return np.asarray(np.sqrt(((stack - np.median(stack, axis=0)) ** 2).sum(2).mean(1)))


def _misshapen(looks: Sequence[Look]) -> list[bool]:
    if len(looks) < FEW:
        return [False] * len(looks)
    far = deviations(looks)
    # A turned head is measured worse: what is usual is asked of heads turned about as far.
    yaw = np.abs([one.face.angles[0] for one in looks])
    return [bool(d > max(SHAPE, SHAPE_TIMES * np.median(far)) * (1 + y / 60)) for d, y in zip(far, yaw, strict=True)]


def colours(looks: Sequence[Look]) -> FloatArray:
    """(N, 3): log of the median skin colour of each, its mean taken out: the hue of skin and light."""
    skin = skin_on_atlas(PATCH) > 0.5
    rows = []
    for one in looks:
        there = one.patch[skin & (one.seen > 127)]
        middle = np.log(np.maximum(np.median(there, axis=0) if len(there) else np.full(3, 128.0), 4.0))
        rows.append(middle - middle.mean())
    return np.asarray(rows).reshape(-1, 3)


def _discoloured(looks: Sequence[Look]) -> list[bool]:
    if len(looks) < FEW:
        return [False] * len(looks)
    hues = colours(looks)
    far = np.abs(hues - np.median(hues, axis=0)).max(1)
    return [bool(one > COLOUR) for one in far]


def coverings(looks: Sequence[Look]) -> FloatArray:
    """(N,) share of each face's skin that differs from the person's usual, once light is taken out."""
    skin = skin_on_atlas(PATCH) > 0.5
    logs = np.stack([np.log(np.maximum(one.patch.astype(np.float32), 6)) for one in looks])
    seen = np.stack([(one.seen > 127) & skin for one in looks])
    logs -= np.stack(
        [np.median(log[at], axis=0) if at.any() else np.zeros(3) for log, at in zip(logs, seen, strict=True)]
    )[:, None, None]
    masked = np.ma.masked_array(logs, ~np.broadcast_to(seen[..., None], logs.shape))
    usual = np.ma.median(masked, axis=0).filled(0.0)  # type: ignore[no-untyped-call]
    usual = np.asarray(usual, np.float32)
    out = []
    for log, at in zip(logs, seen, strict=True):
        weight = at.astype(np.float32)
        apart = (log - usual) * weight[..., None]
        sigma = PATCH / 5
        light = cv2.GaussianBlur(apart.mean(-1), (0, 0), sigma) / (cv2.GaussianBlur(weight, (0, 0), sigma) + 1e-3)
        rest = np.abs(apart - light[..., None] * weight[..., None]).max(-1)
        out.append(float((rest[at] > UNLIKE).mean()) if at.any() else 1.0)
    return np.array(out)


def _covered(looks: Sequence[Look]) -> list[bool]:
    if len(looks) < FEW:
        return [False] * len(looks)
    return [bool(one > COVERED) for one in coverings(looks)]


def _distinct(looks: Sequence[Look], dropped: Counter[str]) -> list[Look]:
    """Of looks that show the same, the one with the most detail."""
    kept: list[Look] = []
    for one in sorted(looks, key=lambda look: -look.detail):
        if any(_alike(one, other) for other in kept):
            dropped["seen twice"] += 1
        else:
            kept.append(one)
    order = {id(one): k for k, one in enumerate(looks)}
    return sorted(kept, key=lambda look: order[id(look)])


def _alike(a: Look, b: Look) -> bool:
    if any(abs(x - y) > SAME_POSE for x, y in zip(a.face.angles, b.face.angles, strict=True)):
        return False
    if float(np.abs(a.face.blendshapes - b.face.blendshapes).max()) > SAME_FACE:
        return False
    both = (a.seen > 127) & (b.seen > 127)
    return bool(both.any()) and float(np.abs(a.patch[both].astype(np.int16) - b.patch[both]).mean()) < SAME_PICTURE


def _spread(looks: Sequence[Look], quality: Sequence[float], usual_pitch: float, most: int) -> list[int]:
    """Farthest-point sampling (Gonzalez 1985), distances weighted by quality."""
    usual = np.median([one.face.blendshapes for one in looks], axis=0)

    def calm(k: int) -> float:
        yaw, pitch, roll = looks[k].face.angles
        turned = (abs(yaw) + abs(pitch - usual_pitch)) / 20 + abs(roll) / 60
        return unrest(looks[k].face.blendshapes, usual) + turned - 1.5 * quality[k]

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


def _told(looks: Sequence[Look], usual_pitch: float) -> tuple[Seen, ...]:
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


def light_from(look: Look, normals: NDArray[np.float32], skin: NDArray[np.float32]) -> str:
    """Where the light comes from, of the person before the camera: `front`, `left`, `right`, `above` or `below`.

    Skin is taken to be matt and of one colour: light = a + b · normal (Lambert), solved three times, each with less
    weight on what does not fit: hair, beards, shine.

    Args:
        look: with its patch.
        normals: (PATCH, PATCH, 3), head frame. skin: (PATCH, PATCH) in [0, 1].
    """
    at = (skin > 0.5) & (look.seen > 127)
    if at.sum() < 60:
        return "front"
    linear = (look.patch[at].astype(np.float64).mean(1) / 255) ** GAMMA
    a = np.column_stack([np.ones(len(linear)), normals[at].astype(np.float64)])
    weight = np.ones(len(linear))
    for _ in range(3):
        ridge = np.diag([0.0, 1.0, 1.0, 1.0]) * 0.01 * weight.sum()
        found = np.linalg.solve(a.T @ (a * weight[:, None]) + ridge, a.T @ (linear * weight))
        error = np.abs(linear - a @ found)
        weight = 1 / (1 + (error / (np.median(error) + 1e-6)) ** 2)
    direction = Head.of(look.face.landmarks.astype(np.float64)).pose.rotation @ found[1:]
    x, y = direction[:2] / max(float(linear.mean()), 1e-6)
    if max(abs(x), abs(y)) < LEVEL:
        return "front"
    if abs(x) >= abs(y):
        return "left" if x > 0 else "right"
    return "above" if y < 0 else "below"
