"""How long marking and finding take, in seconds of one core per second of sound."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from bench.audiomark import attacks
from bench.audiomark.material import Clip, Samples
from bench.audiomark.recovery import mark
from countenance.marks.audiomark import detect


def _seconds(work: Callable[[], object], times: int = 3) -> float:
    """CPU time of the fastest run: other programs' load does not count."""
    taken = []
    for _ in range(times):
        begun = time.process_time()
        work()
        taken.append(time.process_time() - begun)
    return min(taken)


def _ten(samples: Samples, rate: int) -> Samples:
    return np.ascontiguousarray(samples[: 10 * rate])


def table(clips: list[Clip]) -> str:
    """Markdown, a row a clip."""
    lines = [
        "| clip | embed, real-time factor | detect 10 s, marked | detect 10 s, speed 1.07 | detect 10 s, unmarked |",
        "|---|---|---|---|---|",
    ]
    for clip in clips:
        rate, length = clip.sample_rate, len(clip.samples) / clip.sample_rate
        marked = mark(clip)
        moved, moved_rate = attacks.speed(1.07)(marked, rate)
        factor = _seconds(lambda clip=clip: mark(clip)) / length  # type: ignore[misc]
        still = _seconds(lambda s=_ten(marked, rate), r=rate: detect(s, r))  # type: ignore[misc]
        fast = _seconds(lambda s=_ten(moved, moved_rate), r=moved_rate: detect(s, r))  # type: ignore[misc]
        none = _seconds(lambda s=_ten(clip.samples, rate), r=rate: detect(s, r))  # type: ignore[misc]
        what = f"{clip.name} ({rate / 1000:g} kHz, {clip.samples.shape[1]} ch)"
        lines.append(f"| {what} | {factor:.4f} (1/{1 / factor:.0f}) | {still:.3f} s | {fast:.2f} s | {none:.2f} s |")
    return "\n".join(lines)
