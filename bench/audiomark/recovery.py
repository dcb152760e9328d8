"""How often the whole payload comes back: every attack × every clip × cuts from anywhere, with confidence intervals."""

from __future__ import annotations

import time
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.audiomark.attacks import ATTACKS, Attack, cut
from bench.audiomark.material import Clip
from countenance.marks.audiomark import AudioMark, detect

Samples = NDArray[np.float32]


@dataclass(frozen=True)
class Trial:
    """One attack on one cut: whether exactly the payload came back, and the detector's seconds."""

    attack: Attack
    clip: Clip
    seconds: float
    right: bool
    wrong: bool
    took: float


def payload_of(clip: Clip) -> int:
    """A 64-bit payload of each clip's own, the same in every run."""
    rng = np.random.default_rng(zlib.crc32(clip.name.encode()))
    return int(rng.integers(0, 1 << 64, dtype=np.uint64))


def mark(clip: Clip) -> Samples:
    """The clip with its payload, fed in blocks of 20 ms as a live stream would be."""
    embedder = AudioMark(payload_of(clip), clip.sample_rate, clip.samples.shape[1])
    step = clip.sample_rate // 50
    blocks = [embedder.embed(clip.samples[i : i + step]) for i in range(0, len(clip.samples), step)]
    return np.concatenate([*blocks, embedder.flush()])


def attempt(attack: Attack, clip: Clip, marked: Samples, seconds: float, seed: int) -> Trial:
    """Cut, then attacked, then read."""
    piece, rate = attack.apply(cut(marked, clip.sample_rate, seconds, seed), clip.sample_rate)
    begun = time.perf_counter()
    found = detect(piece, rate)
    took = time.perf_counter() - begun
    right = found is not None and found.payload == payload_of(clip)
    return Trial(attack, clip, seconds, right, found is not None and not right, took)


def run(
    clips: Iterable[Clip],
    *,
    lengths: tuple[float, ...] = (5.0, 10.0),
    cuts: int = 3,
    attacks: tuple[Attack, ...] = ATTACKS,
    said: Callable[[str], None] = lambda _: None,
) -> list[Trial]:
    """Every combination."""
    trials: list[Trial] = []
    for clip in clips:
        marked = mark(clip)
        for attack in attacks:
            for seconds in lengths:
                if len(marked) < seconds * clip.sample_rate:
                    continue
                for seed in range(cuts):
                    trials.append(attempt(attack, clip, marked, seconds, 100 * seed + int(seconds)))
        mine = [t for t in trials if t.clip is clip]
        said(f"{clip.name}: {sum(t.right for t in mine)} of {len(mine)}")
    return trials


def wilson(right: int, count: int) -> tuple[float, float]:
    """The 95 % interval of a proportion: Wilson, J. Am. Stat. Assoc. 22 (1927)."""
    if count == 0:
        return 0.0, 1.0
    z, p = 1.959964, right / count
    centre = (p + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * float(np.sqrt(p * (1 - p) / count + z * z / (4 * count * count)))
    return max(0.0, centre - half), min(1.0, centre + half)


def _share(trials: list[Trial]) -> str:
    if not trials:
        return "–"
    right = sum(t.right for t in trials)
    low, high = wilson(right, len(trials))
    return f"{right}/{len(trials)} = {100 * right / len(trials):.1f} % ({100 * low:.0f}–{100 * high:.0f})"


def table(trials: list[Trial]) -> str:
    """Markdown: a row an attack, a column a length; then the clips; 95 % intervals in brackets."""
    lengths = sorted({t.seconds for t in trials})
    lines = ["| attack | " + " | ".join(f"from {s:g} s" for s in lengths) + " | detection, s (median) |"]
    lines.append("|---" * (len(lengths) + 2) + "|")
    by_attack: dict[str, list[Trial]] = defaultdict(list)
    for trial in trials:
        by_attack[trial.attack.name].append(trial)
    for name, mine in [*by_attack.items(), ("**all**", trials)]:
        shares = " | ".join(_share([t for t in mine if t.seconds == s]) for s in lengths)
        lines.append(f"| {name} | {shares} | {np.median([t.took for t in mine]):.2f} |")
    lines += ["", "| clip | kind | " + " | ".join(f"from {s:g} s" for s in lengths) + " |"]
    lines.append("|---" * (len(lengths) + 2) + "|")
    by_clip: dict[str, list[Trial]] = defaultdict(list)
    for trial in trials:
        by_clip[trial.clip.name].append(trial)
    for name, mine in by_clip.items():
        shares = " | ".join(_share([t for t in mine if t.seconds == s]) for s in lengths)
        lines.append(f"| {name} | {mine[0].clip.kind} | {shares} |")
    wrong = sum(t.wrong for t in trials)
    lines += ["", f"Wrong payloads: {wrong} of {len(trials)}."]
    return "\n".join(lines)
