"""Whether a face is known again, and only that one: `python -m bench.matching [FOLDER]` (default ../shared/media).

Every probe is described as `animate` describes a source, and held against every person's template. A probe of the
person counts as falsely rejected from a threshold on, one of anybody else as falsely accepted below it. Each person is
seen in one clip or picture only, so what years, make-up or another camera do is not measured here.
Ends with status 1 where a stranger is accepted under the threshold in use.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from bench.matching.material import Person, Probe, drawn, people, takes_of
from countenance.face.identity import ACCEPT, REFUSE

THRESHOLDS = (0.25, 0.30, 0.34, ACCEPT, 0.42, 0.46, REFUSE, 0.55, 0.60)


def main() -> int:
    """Print the tables."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/media")
    print(f"material: {folder if folder.is_dir() else 'two portraits from packages'}\n")
    everyone: list[Person] = []
    probes: list[Probe] = []
    for person, found in people(folder):
        everyone.append(person)
        probes += found
    takes = takes_of(everyone)
    for person in everyone:
        probes += drawn(person, takes)
    sorts = {
        "clip, later frame": [one for one in probes if one.sort.startswith("clip")],
        "picture, damaged": [one for one in probes if one.sort.startswith("picture")],
        "drawn by the engine": [one for one in probes if one.sort == "drawn"],
    }
    print(f"{'same person':22}{'probes':>7}{'mean':>8}{'max':>8}   refused / to be reviewed")
    for name, some in sorts.items():
        if some:
            own = np.array([_own(one, everyone) for one in some])
            told = f"{(own > REFUSE).sum()} / {((own >= ACCEPT) & (own <= REFUSE)).sum()}"
            print(f"{name:22}{len(own):>7}{own.mean():>8.3f}{own.max():>8.3f}   {told}")
    genuine = np.array([_own(one, everyone) for one in probes])
    strange = [(distance, one, other) for one in probes for distance, other in _others(one, everyone)]
    others = np.array([distance for distance, _, _ in strange])
    print(f"\n{'other people':22}{len(others):>7}{others.mean():>8.3f}{others.min():>8.3f} (least)")
    for distance, one, other in sorted(strange, key=lambda row: row[0])[:5]:
        how = f" moved by {one.driver}" if one.driver else ""
        print(f"  {distance:.3f}  {one.person} ({one.sort}{how}) against {other}")
    moved = [(one, other) for one in probes if one.driver for other in everyone if other.name == one.driver]
    if moved := [(one, other) for one, other in moved if one.person != other.name]:
        lent = np.array([other.template.distance(one.vector) for one, other in moved])
        print(f"\ndrawn faces against who moved them: {len(lent)}, mean {lent.mean():.3f}, least {lent.min():.3f}")
    print(f"\n{'threshold':>10}{'false reject':>14}{'false accept':>14}")
    for threshold in THRESHOLDS:
        word = {ACCEPT: "  accepted below", REFUSE: "  refused above"}.get(threshold, "")
        print(f"{threshold:>10.2f}{(genuine >= threshold).mean():>14.2%}{(others < threshold).mean():>14.2%}{word}")
    return int(bool((others < ACCEPT).any()))


def _own(probe: Probe, everyone: list[Person]) -> float:
    return next(one.template.distance(probe.vector) for one in everyone if one.name == probe.person)


def _others(probe: Probe, everyone: list[Person]) -> list[tuple[float, str]]:
    return [(one.template.distance(probe.vector), one.name) for one in everyone if one.name != probe.person]


if __name__ == "__main__":
    sys.exit(main())
