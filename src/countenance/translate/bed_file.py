"""The bed of one film as a file for the job: the user's, none, or what is left of the film's sound without the voice.

What is separated lies in the installation's spool while it is used, and nowhere after.
"""

from __future__ import annotations

import contextlib
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import numpy as np

from countenance.media.audio import open_sound
from countenance.media.source import Source
from countenance.settings import Settings
from countenance.spool import spooled
from countenance.translate.bed import bed_of, speech_of

LONGEST = 420.0
"""Seconds; spectra of longer sound do not fit beside the rest."""


@contextlib.contextmanager
def clip_bed(
    clip: Source,
    wanted: Literal["keep", "none"] | Path,
    settings: Settings,
    warnings: list[str],
) -> Iterator[Path | None]:
    """A file of music and effects, or None.

    Args:
        clip: the film.
        wanted: what the user asked for.
        settings: whose spool.
        warnings: what is to be told is added.
    """
    if isinstance(wanted, Path):
        yield wanted
        return
    track = None if wanted == "none" else open_sound(clip)
    if track is None:
        yield None
        return
    parts, count = [], 0
    for block in track.blocks():
        parts.append(block[:, :2])
        count += len(block)
        if count > LONGEST * track.sample_rate:
            break
    if count > LONGEST * track.sample_rate:
        warnings.append("Music and effects are not kept of a film this long; give them with --bed.")
        yield None
        return
    if not parts:
        yield None
        return
    samples = np.concatenate(parts)
    bed = bed_of(samples, track.sample_rate, speech_of(samples, track.sample_rate))
    if bed is None or not bed.usable:
        why = "somebody speaks all the time" if bed is None else "the voice is still heard in what is left"
        warnings.append(f"Music and effects could not be kept, for {why}; give them with --bed.")
        yield None
        return
    with spooled(settings) as room:
        path = room / "bed.wav"
        with wave.open(str(path), "wb") as file:
            file.setnchannels(bed.samples.shape[1])
            file.setsampwidth(2)
            file.setframerate(bed.sample_rate)
            file.writeframes((np.clip(bed.samples, -1, 1) * 32767).astype("<i2").tobytes())
        yield path
