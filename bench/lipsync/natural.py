"""Real people: the gap between the lips that a clip's sound asks for, beside the one that its picture shows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.lipsync.rendered import asked_gaps, gaps_of
from countenance.errors import CountenanceError
from countenance.face.tracker import FaceTracker
from countenance.media.video import open_video
from countenance.speech.listening.sound import read_recording
from countenance.speech.mouthing import loudness
from countenance.speech.performance import speech_performance
from countenance.speech.recorded import listen

REACH = 0.2  # seconds of lag within which the best agreement is looked for


def of_clip(clip: Path) -> str:
    """One row: correlation of what is heard with what is seen, and of mere loudness with it."""
    try:
        utterance = listen(clip).utterance
    except CountenanceError as error:
        return f"{clip.stem:14} {error.message}"
    source = open_video(clip)
    seen, times = [], []
    with FaceTracker() as tracker:
        for frame in source.frames():
            face = tracker.track(frame.pixels)
            seen.append(np.nan if face is None else gaps_of(face.landmarks))
            times.append(float(frame.time))
    at = np.array(times)
    performance = speech_performance(utterance)
    asked = asked_gaps(performance)
    clock = np.arange(len(asked)) / float(performance.rate)
    level = loudness(utterance, clock)
    rows = []
    for signal in (asked, level):
        r, lag = best(np.array(seen), at, signal, clock)
        rows.append(f"{r:7.3f} at {1000 * lag:4.0f} ms")
    return f"{clip.stem:14} by ear {rows[0]}   loudness {rows[1]}   ({float(read_recording(clip).duration):.1f} s)"


def best(
    seen: NDArray[np.float64], at: NDArray[np.float64], signal: NDArray[np.float64], clock: NDArray[np.float64]
) -> tuple[float, float]:
    """(correlation, seconds by which the picture comes later) at the best lag."""
    fine = ~np.isnan(seen)
    fits = {}
    for lag in np.arange(-REACH, REACH + 0.001, 0.02):
        moved = np.interp(at - lag, clock, signal)
        fits[float(lag)] = float(np.corrcoef(seen[fine], moved[fine])[0, 1])
    lag = max(fits, key=fits.__getitem__)
    return fits[lag], lag
