"""The live take as a whole: is the person of the clip alive, there, and reading the phrase? Brings the parts together.

Nothing is written, and nothing seen or heard is logged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import gcd
from pathlib import Path
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from countenance.files import sha256_file
from countenance.media.audio import open_sound
from countenance.permission.liveness_check import liveness, sync
from countenance.permission.liveness_check.liveness import Lack
from countenance.permission.liveness_check.origin import signs_of_making
from countenance.permission.liveness_check.phrase_recognition import RATE, Heard, Recogniser, recogniser_for
from countenance.permission.liveness_check.phrases import turns_of
from countenance.permission.liveness_check.video_measures import LONGEST, TakeSeries, measure_take
from countenance.permission.protocols import TakeVerdict

_SILENT = 1e-3  # loudest sample of a recording without sound


@dataclass(frozen=True)
class TakeReport:
    """What was seen and heard of a take.

    Attributes:
        sha256: of the file.
        phrase: that was asked for.
        turns: that were asked for.
        lacks: why it is not accepted; empty where it is.
        heard: what was understood; None without sound.
        measures: numbers behind the judgement, for whoever tunes or doubts it.
    """

    sha256: str
    phrase: str
    turns: tuple[str, ...]
    lacks: tuple[Lack, ...]
    heard: Heard | None = None
    measures: dict[str, Any] = field(default_factory=dict)

    @property
    def alive(self) -> bool:
        """Whether it is accepted."""
        return not self.lacks

    @property
    def verdict(self) -> TakeVerdict:
        """For the policy."""
        reasons = tuple(f"{lack.sentence} {lack.remedy}" for lack in self.lacks)
        return TakeVerdict(self.alive, self.sha256, reasons, self.phrase)

    def as_dict(self) -> dict[str, Any]:
        """For machines."""
        return {
            "alive": self.alive,
            "sha256": self.sha256,
            "phrase": self.phrase,
            "turns": list(self.turns),
            "heard": list(self.heard.words) if self.heard else None,
            "lacks": [{"code": one.code, "sentence": one.sentence, "remedy": one.remedy} for one in self.lacks],
            "measures": self.measures,
        }


def check_take(
    clip: Path,
    phrase: str,
    prompts: Sequence[str] | None = None,
    *,
    language: str = "en",
    recogniser: Recogniser | None = None,
) -> TakeReport:
    """Judge a recorded take.

    Args:
        clip: video with sound.
        phrase: the one-time phrase that was asked for; see `phrases.challenge_for`.
        prompts: turns of the head that were asked for, in order; default: those that belong to the phrase.
        language: that the phrase is in (BCP 47).
        recogniser: instead of the installed one of that language.

    Raises:
        InputError, FaceError: the clip cannot be read, is too short or long, or shows nobody.
        LibraryMissing: no recogniser for the language is installed.
    """
    clip = Path(clip)
    listener = recogniser or recogniser_for(language)
    asked = tuple(turns_of(phrase) if prompts is None else prompts)
    series = measure_take(clip)
    sound = _sound_of(clip)
    lacks = [*signs_of_making(clip, sound), *liveness.lacking(series, asked)]
    heard, together = None, None
    if sound is None or float(np.abs(sound[0]).max(initial=0.0)) < _SILENT:
        lacks.append(Lack("silent", "The clip has no sound.", "Switch the microphone on, and read the phrase aloud."))
    else:
        heard = listener.hear(_at(sound[0].mean(axis=1), sound[1], RATE), phrase)
        level = sync.loudness(sound[0].mean(axis=1), sound[1])
        together = sync.agreement(series.times, series.mouth, level, heard.start, heard.end, heard.phones)
        lacks += _spoken(heard, together, phrase)
    return TakeReport(sha256_file(clip), phrase, asked, tuple(lacks), heard, _numbers(series, heard, together))


class TakeChecker:
    """Implements `permission.protocols.TakeCheck`.

    Args:
        language: that phrases are in.
    """

    def __init__(self, language: str = "en") -> None:
        self.language = language

    def judge(self, clip: Path, phrase: str) -> TakeVerdict:
        """See `check_take`."""
        return check_take(clip, phrase, language=self.language).verdict


def _spoken(heard: Heard, together: sync.Agreement, phrase: str) -> list[Lack]:
    if not heard.said:
        other = f"something else was understood: “{' '.join(heard.words)}”" if heard.words else "nothing was understood"
        remedy = f"Read “{phrase}” aloud, clearly, in a quiet room."
        return [Lack("phrase", f"The phrase was not heard; {other}.", remedy)]
    if not together.together:
        sentence = "The mouth does not move with the sound."
        return [Lack("mouth", sentence, "Read it yourself, facing the camera; do not dub the clip.")]
    return []


def _sound_of(clip: Path) -> tuple[NDArray[np.float32], int] | None:
    """(n, channels) samples of at most a minute, and their rate."""
    track = open_sound(clip)
    if track is None:
        return None
    blocks, count = [], 0
    for block in track.blocks():
        blocks.append(block)
        count += len(block)
        if count > LONGEST * track.sample_rate:
            break
    return (np.concatenate(blocks), track.sample_rate) if blocks else None


def _at(samples: NDArray[np.float32], rate: int, wanted: int) -> NDArray[np.float32]:
    common = gcd(rate, wanted)
    return np.asarray(scipy.signal.resample_poly(samples, wanted // common, rate // common), np.float32)


def _numbers(series: TakeSeries, heard: Heard | None, together: sync.Agreement | None) -> dict[str, Any]:
    flat = liveness.flatness(series)
    numbers: dict[str, Any] = {
        "seconds": round(float(series.times[-1]), 2),
        "rate": round(series.rate, 2),
        "eye_distance": round(float(np.median(series.eyes)), 1),
        "blinks": len(liveness.blinks(series)),
        "turns": liveness.turns(series),
        "flatness": None if flat is None else round(flat, 4),
        "unchanged_background": None if series.still is None else round(series.still, 4),
    }
    if heard is not None and together is not None:
        numbers |= {
            "words_right": heard.right,
            "mouth_near": round(together.near, 3),
            "mouth_far": round(together.far, 3),
            "mouth_moves": round(together.moves, 4),
        }
    return numbers
