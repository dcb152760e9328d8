"""`python -m bench.expression [folder of clips]`: two tables.

The first: how much of the landmarks' motion in each clip the clip's own blendshapes explain through
`performance.expression` (1 − squared error over squared motion, across and down; 1 is all of it, 0 as good as a face
that does not move). The second: a portrait is driven by the clip, and by the clip's Live Link Face export; both are
measured, and what is read back is set beside what the clip said.
"""

from __future__ import annotations

import sys
import tempfile
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tests.portraits import eileen_collins, grace_hopper

from countenance.engines import DrawOptions, Portrait, load_engine
from countenance.face.topology import (
    BLENDSHAPES,
    LEFT_BROW,
    LEFT_EYE_UPPER,
    LEFT_IRIS,
    LIPS,
    LIPS_INNER_LOWER,
    RIGHT_BROW,
    RIGHT_EYE_UPPER,
    RIGHT_IRIS,
)
from countenance.face.tracker import FaceTracker
from countenance.performance.authored import authored_performance
from countenance.performance.capture import capture_performance
from countenance.performance.edit import retime
from countenance.performance.expression import canonical_neutral, landmark_motion
from countenance.performance.live_link import read_live_link, write_live_link
from countenance.performance.relative_motion import RelativeMotion
from countenance.performance.take import Performance, Sample

Array = NDArray[np.float64]
REGIONS = {
    "lips": LIPS,
    "lower lip": LIPS_INNER_LOWER[3:-3],
    "corners": np.array([61, 291]),
    "chin": np.array([148, 152, 377]),
    "lids": np.concatenate([RIGHT_EYE_UPPER[2:-2], LEFT_EYE_UPPER[2:-2]]),
    "brows": np.concatenate([RIGHT_BROW, LEFT_BROW]),
    "gaze": np.concatenate([RIGHT_IRIS, LEFT_IRIS]),
}
FOLLOWED = ("jawOpen", "mouthSmileLeft", "mouthPucker", "eyeBlinkLeft", "browInnerUp", "eyeLookInLeft")
LONGEST = Fraction(10)  # seconds of a clip
MOVES = 0.3  # blendshapes that move less than this over a clip say nothing about following


def explained(take: Performance) -> dict[str, tuple[float, float]]:
    """For each region, how much of the motion across and down the blendshapes explain, at canonical measures."""
    samples = [s for s in take if s.present]
    offsets = np.array([s.offsets for s in samples], np.float64)
    shapes = np.array([s.blendshapes for s in samples], np.float64)
    calm = int(np.abs(offsets).sum((1, 2)).argmin())
    said = np.array([landmark_motion(row, shapes[calm]) for row in shapes])
    done = offsets - offsets[calm]
    canonical = canonical_neutral()
    for k, (lids, iris) in enumerate(((RIGHT_EYE_UPPER, RIGHT_IRIS), (LEFT_EYE_UPPER, LEFT_IRIS))):
        done[:, lids] *= canonical.eye_height[k] / take.neutral.eye_height[k]
        done[:, iris] *= canonical.eye_width[k] / take.neutral.eye_width[k]

    def part(rows: NDArray[np.int64], axis: int) -> float:
        true, model = done[:, rows, axis], said[:, rows, axis]
        return float(1 - ((true - model) ** 2).sum() / max(float((true**2).sum()), 1e-9))

    return {name: (part(rows, 0), part(rows, 1)) for name, rows in REGIONS.items()}


def read_back(portrait: Portrait, take: Performance) -> Array:
    """(frames, 52): blendshapes measured on the portrait driven by a take."""
    rig = load_engine("mesh").prepare(portrait, take.neutral, DrawOptions())
    rows = []
    with FaceTracker() as tracker:
        for sample in take:
            face = tracker.track(rig.draw(sample))
            rows.append(np.full(len(BLENDSHAPES), np.nan) if face is None else face.blendshapes.astype(np.float64))
    return np.array(rows)


def following(portrait: Portrait, take: Performance) -> tuple[dict[str, tuple[float, float]], float]:
    """Correlation with the clip, driven by the clip and by its export; and the mean error between the two."""
    held = Performance.of(take, take.rate, neutral=take.neutral, source=take.source)
    truth = np.array([s.blendshapes for s in held], np.float64)
    with tempfile.TemporaryDirectory() as folder:
        write_live_link(held, Path(folder) / "take.csv")
        back = retime(read_live_link(Path(folder) / "take.csv"), rate=take.rate)
        samples: list[Sample] = list(back)[: len(truth)]
    ours = read_back(portrait, held)
    theirs = read_back(portrait, Performance.of(samples, take.rate, neutral=back.neutral))
    count = min(len(ours), len(theirs))
    fine = ~np.isnan(ours[:count]).any(1) & ~np.isnan(theirs[:count]).any(1)

    def agreement(rows: Array, k: int) -> float:
        return float(np.corrcoef(rows[:count][fine, k], truth[:count][fine, k])[0, 1])

    places = [(name, BLENDSHAPES.index(name)) for name in FOLLOWED]
    moving = [(name, k) for name, k in places if np.ptp(truth[:, k]) > MOVES]
    found = {name: (agreement(ours, k), agreement(theirs, k)) for name, k in moving}
    return found, float(np.abs(ours[:count][fine] - theirs[:count][fine]).mean())


def synthetic() -> Performance:
    """The demo take, drawn on Grace Hopper and measured there: for machines without clips."""
    take = authored_performance("demo")
    portrait = grace_hopper()
    rig = load_engine("mesh").prepare(portrait, take.neutral, DrawOptions())
    measure = RelativeMotion(portrait.face)
    with FaceTracker() as tracker:
        samples = [measure.sample(tracker.track(rig.draw(s)), s.time) for s in take]
    return Performance.of(samples, take.rate, neutral=measure.neutral, source="video")


def main() -> None:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/media")
    clips = sorted(folder.glob("driving*.mp4"))
    takes = {c.stem: capture_performance(c, appearance=False, duration=LONGEST) for c in clips} or {
        "demo on a portrait": synthetic()
    }
    takes = {n: Performance.of(t, t.rate, neutral=t.neutral, source=t.source) for n, t in takes.items()}
    print("motion explained by blendshapes, across | down")
    print(f"{'':20s}" + "".join(f"{name:>14s}" for name in REGIONS))
    for name, take in takes.items():
        parts = explained(take)
        print(f"{name:20s}" + "".join(f"{across:7.2f}|{down:5.2f} " for across, down in parts.values()))
    print("\nread back from a portrait: correlation with the clip, driven by the clip | by its Live Link Face export")
    print(f"{'':20s}" + "".join(f"{name:>16s}" for name in FOLLOWED) + "   difference")
    for name, take in takes.items():
        found, apart = following(eileen_collins(), take)
        cells = (f"{found[n][0]:9.2f}|{found[n][1]:5.2f} " if n in found else f"{'–':>15s} " for n in FOLLOWED)
        print(f"{name:20s}" + "".join(cells) + f"{apart:12.4f}")


if __name__ == "__main__":
    main()
