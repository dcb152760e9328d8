"""Self-reenactment: a clip's frame at rest, moved by the whole clip, held against the clip itself.

Every sixth of the first 250 frames is scored inside the face box; samples are filtered as `animate` filters them.
"""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass

import numpy as np

from bench.quality.material import Clip
from bench.quality.measures import BLINK, OPEN, FrameScore, blink, blink_peaks, gaze, mean, score
from countenance.engines import DrawOptions, load_engine
from countenance.face.tracker import FaceTracker
from countenance.face.types import Face
from countenance.media.frames import Pixels
from countenance.performance.filters import smoothed
from countenance.performance.relative_motion import RelativeMotion
from countenance.performance.take import Sample
from countenance.render.animation import make_portrait
from countenance.render.options import AnimateOptions

EVERY = 6


@dataclass(frozen=True)
class SelfScore:
    """One clip.

    Attributes:
        static: the picture at rest left as it is; PSNR and SSIM only.
        drawn: as `animate` draws by default, with the driver's own mouth.
        own_mouth: with the mouth drawn instead of borrowed.
        blinks: how many the clip has.
        recalled: how many of them the drawn face blinks too.
        gaze_error: degrees, frames with open eyes.
    """

    static: FrameScore
    drawn: FrameScore
    own_mouth: FrameScore
    blinks: int
    recalled: int
    gaze_error: float

    @property
    def recall(self) -> float:
        """Share of blinks; NaN where there are none."""
        return self.recalled / self.blinks if self.blinks else math.nan

    def row(self) -> list[float]:
        """In the order of the first table."""
        return [self.drawn.psnr, self.static.psnr, *astuple(self.drawn)[1:], self.recall, self.gaze_error]


def samples_of(clip: Clip, faces: list[Face | None], wanted: set[int]) -> dict[int, tuple[Sample, Pixels]]:
    """The filtered samples of the wanted frames, with appearance, and the frames."""
    face, pixels = clip.reference
    measure = RelativeMotion(face, pixels, clip.skins)
    kept: dict[int, Pixels] = {}

    def raw() -> list[Sample]:
        out: list[Sample] = []
        for index, (seen, frame) in enumerate(zip(faces, clip.pictures(), strict=True)):
            if index in wanted:
                kept[index] = frame
            last = out[-1] if out else None
            out.append(measure.sample(seen, index / clip.rate, frame if index in wanted else None, last))
        return out

    look_ahead = AnimateOptions().smooth
    filtered = list(smoothed(raw(), look_ahead=look_ahead))
    return {index: (filtered[index], kept[index]) for index in sorted(wanted)}


def measured(tracker: FaceTracker, picture: Pixels) -> Face | None:
    """The face in a picture by itself: looked at twice, so that the crop does not depend on the picture before."""
    tracker.track(picture)
    return tracker.track(picture)


def self_score(clip: Clip, *, every: int = EVERY) -> SelfScore:
    """Draw and compare. `every`: of the frames, how many to step over."""
    faces = clip.tracked()
    source, pixels = clip.reference
    peaks = blink_peaks(faces)
    scored = [k for k in range(0, len(faces), every) if faces[k] is not None]
    samples = samples_of(clip, faces, set(scored) | set(peaks))
    portrait = make_portrait(pixels, source, AnimateOptions())
    neutral = RelativeMotion(source).neutral
    rig = load_engine("mesh").prepare(portrait, neutral, DrawOptions())
    other = load_engine("mesh").prepare(portrait, neutral, DrawOptions(mouth="drawn"))
    static, drawn, own_mouth, apart = [], [], [], []
    with FaceTracker() as tracker:

        def read(picture: Pixels) -> Face | None:
            return measured(tracker, picture)

        for index in scored:
            truth, (sample, frame) = faces[index], samples[index]
            assert truth is not None
            if np.array_equal(frame, pixels):
                continue  # the source itself
            result = rig.draw(sample)
            back = read(result)
            static.append(score(pixels, frame, truth, None))
            drawn.append(score(result, frame, truth, back))
            if back is not None and blink(truth) < OPEN:
                apart.append(float(np.linalg.norm(gaze(back) - gaze(truth))))
            result = other.draw(sample)
            own_mouth.append(score(result, frame, truth, read(result)))
        shut = [read(rig.draw(samples[index][0])) for index in peaks]
    recalled = sum(face is not None and blink(face) > BLINK for face in shut)
    return SelfScore(
        mean(static), mean(drawn), mean(own_mouth), len(peaks), recalled, float(np.mean(apart)) if apart else math.nan
    )
