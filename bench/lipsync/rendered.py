"""Lips read back from a video that `speak` made: is the gap seen the gap that was asked for?"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from countenance.face.tracker import FaceTracker
from countenance.media.video import open_video
from countenance.performance.take import Performance
from countenance.permission import PublicDomain
from countenance.permission.works import PublicDomainClaim
from countenance.render.options import AnimateOptions
from countenance.render.speaking import spoken_driving
from countenance.render.speech_source import SpeechOptions
from countenance.settings import Settings
from countenance.speech.hibari import HibariVoice
from countenance.studio import Studio

UPPER, LOWER = 13, 14  # inner lips, in the middle
EYES = (33, 263)  # outer corners: the measure of a face
TEXT = "My mother bought a purple umbrella for Bob's birthday party in May. We hope you have time to come!"
SHUT = 0.12  # of the widest gap: lips that look closed


def gaps_of(landmarks: NDArray[np.floating]) -> float:
    """Gap between the lips, in widths between the eyes' outer corners."""
    width = float(np.linalg.norm(landmarks[EYES[0], :2] - landmarks[EYES[1], :2]))
    return float(np.linalg.norm(landmarks[LOWER, :2] - landmarks[UPPER, :2])) / width


def asked_gaps(performance: Performance) -> NDArray[np.float64]:
    """(n,) the distance of the inner lips that each frame asks for, canonical centimetres from rest."""
    return np.array([s.offsets[LOWER, 1] - s.offsets[UPPER, 1] for s in performance], np.float64)


def read_back(portrait: Path, claim: str, basis: str | None) -> str:
    """Correlation of the gap asked for with that seen in the encoded, marked video; and what closures look like."""
    utterance = HibariVoice().say(TEXT)
    options = AnimateOptions()
    asked = asked_gaps(spoken_driving(utterance, options).performance)
    with tempfile.TemporaryDirectory() as folder:
        settings, output = Settings(home=Path(folder) / "home"), Path(folder) / "spoken.mp4"
        right = PublicDomain(PublicDomainClaim.parse(claim, basis))
        Studio(settings).speak(
            portrait, TEXT, output, permission=right, speech=SpeechOptions("hibari"), options=options
        )
        seen = []
        with FaceTracker() as tracker:
            for frame in open_video(output).frames():
                face = tracker.track(frame.pixels)
                seen.append(np.nan if face is None else gaps_of(face.landmarks))
    count = min(len(asked), len(seen))
    there = np.array(seen[:count])
    fine = ~np.isnan(there)
    r = float(np.corrcoef(asked[:count][fine], there[fine])[0, 1])
    lag = _lag(asked[:count][fine], there[fine])
    shut = [
        float(np.nanmin(there[max(0, int(float(p.start) * 25) - 1) : int(np.ceil(float(p.end) * 25)) + 1]))
        for p in utterance.phones
        if p.symbol in "pbm" and float(p.end) * 25 < count
    ]
    widest = float(np.nanpercentile(there, 99))
    closed = float(np.mean([gap < SHUT * widest for gap in shut]))
    return (
        f"rendered on {portrait.name}: {count} frames, face found in {fine.mean():.1%}; gap asked and seen "
        f"r = {r:.3f}, best at a lag of {lag} frames; lips seen shut on {closed:.0%} of {len(shut)} p, b, m"
    )


def _lag(asked: NDArray[np.float64], seen: NDArray[np.float64], most: int = 4) -> int:
    """Frames by which what is seen comes later, at the best correlation."""
    fits = {}
    for lag in range(-most, most + 1):
        a = asked[max(0, -lag) : len(asked) - max(0, lag)]
        b = seen[max(0, lag) : len(seen) - max(0, -lag)]
        fits[lag] = float(np.corrcoef(a, b)[0, 1])
    return max(fits, key=fits.__getitem__)
