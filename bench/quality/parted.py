"""A portrait whose lips are parted, moved by its own clip: is the mouth that opens wider or shuts the true one?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from skimage.metrics import structural_similarity

from bench.quality.material import Clip
from bench.quality.measures import mouth_opening
from bench.quality.reenact import samples_of
from countenance.engines import DrawOptions, load_engine
from countenance.engines.protocol import MouthChoice
from countenance.face.topology import LIPS
from countenance.face.types import Face
from countenance.media.frames import Pixels
from countenance.performance.relative_motion import RelativeMotion
from countenance.render.animation import make_portrait
from countenance.render.options import AnimateOptions

PARTED = (0.05, 0.11)  # eye distances between the lips of the portrait
APART = 0.05  # that the scored frames' gap differs from it
FRAMES = 16
RIM = 4  # pixels round the lips that are scored with them
MOUTHS: tuple[MouthChoice, ...] = ("auto", "drawn")


def parted_row(clip: Clip) -> list[float] | None:
    """PSNR and SSIM round the lips with the driver's mouth, then with the drawn one; None: no frame parts its lips."""
    faces = clip.tracked()
    seen = {k: face for k, face in enumerate(faces) if face is not None}
    some = [k for k, face in seen.items() if PARTED[0] < mouth_opening(face) < PARTED[1]]
    if not some:
        return None
    middle = sum(PARTED) / 2
    source = max(some, key=lambda k: seen[k].blendshape("mouthSmileLeft") - 5 * abs(mouth_opening(seen[k]) - middle))
    gap = mouth_opening(seen[source])
    scored = [k for k, face in seen.items() if k % 3 == 0 and abs(mouth_opening(face) - gap) > APART]
    scored = scored[:: max(1, len(scored) // FRAMES)][:FRAMES]
    if len(scored) < 4:
        return None
    pixels = next(frame.copy() for k, frame in enumerate(clip.pictures()) if k == source)
    samples = samples_of(replace(clip, reference=(seen[source], pixels)), faces, set(scored))
    portrait = make_portrait(pixels, seen[source], AnimateOptions())
    neutral = RelativeMotion(seen[source]).neutral
    row: list[float] = []
    for mouth in MOUTHS:
        rig = load_engine("mesh").prepare(portrait, neutral, DrawOptions(mouth=mouth))
        scores = [_round_lips(rig.draw(samples[k][0]), samples[k][1], seen[k]) for k in scored]
        row += [float(v) for v in np.mean(scores, axis=0)]
    return row


def _round_lips(drawn: Pixels, true: Pixels, face: Face) -> tuple[float, float]:
    lips = face.landmarks[LIPS, :2]
    x0, y0 = lips.min(0).astype(int) - RIM
    x1, y1 = lips.max(0).astype(int) + RIM + 1
    a, b = drawn[y0:y1, x0:x1], true[y0:y1, x0:x1]
    error = float(np.mean((a.astype(np.float64) - b) ** 2))
    return 10 * float(np.log10(255**2 / max(error, 1e-3))), float(structural_similarity(b, a, channel_axis=2))
