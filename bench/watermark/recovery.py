"""Is the whole payload read after an attack? Every clip × every attack, in a shuffled order."""

from __future__ import annotations

import random
import time
from collections import defaultdict
from collections.abc import Iterator

import numpy as np

from bench.watermark.attacks import VIDEO, Attack
from bench.watermark.codecs import Frames
from bench.watermark.material import Clip
from bench.watermark.results import Kept, Row, spread
from countenance.marks.watermark import Watermark, detect

PAYLOAD = 0x5EED_C0DE_2026_1123
AT_ONCE = 6
"""Attacks on one clip that are one task: reading and marking a clip takes as long as one or two."""


def wilson(hits: int, trials: int, z: float = 1.96) -> tuple[float, float]:
    """The 95% interval of a share (Wilson 1927)."""
    if not trials:
        return 0.0, 1.0
    share = hits / trials
    middle = (share + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z * np.sqrt(share * (1 - share) / trials + z * z / (4 * trials**2)) / (1 + z * z / trials)
    return max(0.0, middle - half), min(1.0, middle + half)


class Shelf:
    """The last few clips, plain and marked: reading one takes longer than most attacks."""

    def __init__(self) -> None:
        self._held: dict[str, tuple[Frames, Frames]] = {}

    def get(self, clip: Clip) -> tuple[Frames, Frames]:
        if clip.name not in self._held:
            if len(self._held) > 2:
                self._held.pop(next(iter(self._held)))
            plain = clip.read()
            mark = Watermark(PAYLOAD)
            self._held[clip.name] = (plain, [mark.embed(pixels) for pixels in plain])
        return self._held[clip.name]


def recover(every: list[Clip], kept: Kept, seconds: float, workers: int, until: float) -> None:
    """Run trials that are missing until the time is up."""
    shelf = Shelf()

    def tried(task: tuple[int, list[int]], until: float) -> Iterator[Row]:
        clip, attacks = every[task[0]], [VIDEO[index] for index in task[1]]
        _, marked = shelf.get(clip)
        for attack in attacks:
            if time.monotonic() > until:
                return
            begin = time.monotonic()
            found = detect(attack.apply(marked[: int(25 * seconds)]))
            yield {
                "clip": clip.name,
                "attack": attack.name,
                "read": found is not None and found.payload == PAYLOAD,
                "wrong": found is not None and found.payload != PAYLOAD,
                "seconds": round(time.monotonic() - begin, 2),
            }

    done = {(row["clip"], row["attack"]) for row in kept.rows}
    tasks = []
    for place, clip in enumerate(every):
        wanted = [index for index, attack in enumerate(VIDEO) if (clip.name, attack.name) not in done]
        random.Random(clip.name).shuffle(wanted)
        tasks += [(place, wanted[k : k + AT_ONCE]) for k in range(0, len(wanted), AT_ONCE)]
    if workers > 1:  # one process goes clip by clip, for the shelf's sake
        random.Random(4).shuffle(tasks)
    for row in spread(tried, tasks, workers, until):
        kept.add(row)


def print_recovery(kept: Kept, attacks: list[Attack], seconds: float) -> None:
    by: dict[str, list[bool]] = defaultdict(list)
    for row in kept.rows:
        by[str(row["attack"])].append(bool(row["read"]))
    print(f"\nRecovery of the full payload from {seconds:g} s")
    print(f"{'attack':<30} {'read':>9} {'share':>7}  95% interval")
    total = [0, 0]
    for attack in attacks:
        hits, trials = sum(by[attack.name]), len(by[attack.name])
        if not trials:
            continue
        low, high = wilson(hits, trials)
        star = "" if attack.required else "  (stretch)"
        print(f"{attack.name:<30} {hits:>4}/{trials:<4} {hits / trials:>6.1%}  {low:.0%}–{high:.0%}{star}")
        if attack.required:
            total[0] += hits
            total[1] += trials
    names = {attack.name for attack in attacks if attack.required}
    missed: dict[str, list[str]] = defaultdict(list)
    for row in kept.rows:
        if not row["read"] and row["attack"] in names:
            missed[str(row["clip"])].append(str(row["attack"]))
    if total[1]:
        low, high = wilson(*total)
        print(f"{'all but stretch':<30} {total[0]:>4}/{total[1]:<4} {total[0] / total[1]:>6.1%}  {low:.1%}–{high:.1%}")
        for clip in sorted(missed):
            print(f"missed in {clip}: {', '.join(sorted(missed[clip]))}")
        whole = len({row["clip"] for row in kept.rows}) - len(missed)
        print(f"clips read after every attack but the stretch ones: {whole}")
    wrong = sum(bool(row.get("wrong")) for row in kept.rows)
    print(f"read, but wrongly: {wrong} of {len(kept.rows)}")
