"""Real speakers: is the mouth that is heard the mouth that the camera saw? On clips with sound and a face.

The phones of such speech are not known, so there is no viseme accuracy here. A camera's lips are a rougher measure than
known phones: frames lie 33 to 40 ms apart, lips rest closed where nothing is said, and a smile parts them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.lipsync.measures import FINE, LIPS, jaw_of, runs, viseme_frames
from bench.lipsync.methods import loud_mouth
from bench.lipsync.rendered import SHUT, gaps_of
from countenance.errors import InputError
from countenance.face.tracker import FaceTracker
from countenance.media.video import open_video
from countenance.speech.listening.network import log_likelihoods
from countenance.speech.listening.placing import heard_phones
from countenance.speech.listening.sound import read_recording
from countenance.speech.listening.sphinx import guessed_phones
from countenance.speech.recorded import listen
from countenance.speech.utterance import Phone, Utterance

NEAR = 0.06  # seconds by which a closure seen may miss one heard: a frame and a half
MOST_LAG = 0.2  # seconds either way within which the best correlation is looked for


@dataclass(frozen=True)
class Filmed:
    """Lips as filmed.

    Attributes:
        times: (n,) seconds.
        gaps: (n,) between the lips, in widths between the eyes; NaN: no face.
    """

    times: NDArray[np.float64]
    gaps: NDArray[np.float64]


def filmed_lips(path: Path) -> Filmed:
    """The lips of the face in a clip."""
    times, gaps = [], []
    with FaceTracker() as tracker:
        for frame in open_video(path).frames():
            face = tracker.track(frame.pixels)
            times.append(float(frame.time))
            gaps.append(np.nan if face is None else gaps_of(face.landmarks))
    return Filmed(np.array(times), np.array(gaps))


def against_film(film: Filmed, jaw: NDArray[np.float64], closed: NDArray[np.bool_]) -> dict[str, float]:
    """How a heard mouth fits the filmed one.

    Args:
        film: lips seen.
        jaw: (m,) how far the mouth opens, 100 a second, in any unit.
        closed: (m,) whether lips are together for p, b or m.

    Returns:
        `jaw r`: correlation of jaw and gap at the same times; `best r` and `lag ms`: at the best shift (film later is
        positive). `heard`: p, b, m heard; `seen`: share of them at which the filmed lips meet; `by chance`: the share
        if their times were shifted by whole parts of the clip, which is what a closure anywhere would get.
    """
    fine = ~np.isnan(film.gaps)
    at, gaps = film.times[fine], film.gaps[fine]
    ticks = np.arange(len(jaw)) / FINE
    fits = {
        lag: float(np.corrcoef(np.interp(at - lag, ticks, jaw), gaps)[0, 1])
        for lag in np.arange(-MOST_LAG, MOST_LAG + 0.001, 0.02).round(2).tolist()
    }
    best = max(fits, key=fits.__getitem__)
    shut = gaps < SHUT * np.percentile(gaps, 99)
    spans = [(a, b) for kind, a, b in runs(closed.astype(np.int64)) if kind]
    length = len(jaw) / FINE

    def met(shift: float) -> float:
        hits = 0
        for a, b in spans:
            start = (a + shift) % length
            hits += bool(shut[(at > start - NEAR) & (at < start + b - a + NEAR)].any())
        return hits / max(1, len(spans))

    chance = float(np.mean([met(length * part) for part in np.arange(1, 20) / 20]))
    return {"jaw r": fits[0.0], "best r": fits[best], "lag ms": 1000 * best, "heard": len(spans),
            "seen": met(0.0), "by chance": chance}  # fmt: skip


def by_phones(film: Filmed, utterance: Utterance, phones: tuple[Phone, ...]) -> dict[str, float]:
    """The figures of heard phones."""
    count = int(float(utterance.duration) * FINE)
    return against_film(film, jaw_of(replace(utterance, phones=phones)), viseme_frames(phones, count)[:count] == LIPS)


def filmed_table(folder: Path) -> str:
    """A table over the clips of a folder that hold speech; the others are named, with the reason."""
    lines = [f"{'clip':20} {'method':22}" + "".join(f"{c:>11}" for c in COLUMNS)]
    for path in sorted(folder.glob("*.mp4")):
        try:
            utterance = listen(path).utterance
        except InputError as error:
            lines.append(f"{path.name:20} left out: {error}")
            continue
        film, sound = filmed_lips(path), read_recording(path).heard()
        if np.isnan(film.gaps).mean() > 0.2:
            lines.append(f"{path.name:20} left out: its face is seen in {1 - np.isnan(film.gaps).mean():.0%} of it.")
            continue
        _, level, closed = loud_mouth(utterance)
        rows = {
            "by ear": by_phones(film, utterance, utterance.phones),
            "the network alone": by_phones(film, utterance, heard_phones(log_likelihoods(sound))),
            "pocketsphinx allphone": by_phones(film, utterance, guessed_phones(sound)),
            "loudness": against_film(film, level, closed),
        }
        for name, row in rows.items():
            lines.append(f"{path.name:20} {name:22}" + "".join(
                f"{row[c]:11.0f}" if c in ("lag ms", "heard") else f"{row[c]:11.3f}" for c in COLUMNS))  # fmt: skip
    return "\n".join(lines)


COLUMNS = ("jaw r", "best r", "lag ms", "heard", "seen", "by chance")
