"""A person of a clip or picture as engines take them: how they look at rest, and otherwise."""

from __future__ import annotations

import numpy as np

from countenance.engines import Plate
from countenance.face.subject import SeenSubject
from countenance.performance.capture import restlessness


def plate_of(subject: SeenSubject) -> Plate:
    """The looks at a subject, the calmest first."""
    looks = subject.looks
    usual = np.median([look.face.blendshapes for look in looks], axis=0)
    rest = min(looks, key=lambda look: restlessness(look.face, usual))
    return Plate(rest, tuple(look for look in looks if look is not rest))


def missed(passed: int, total: int | None) -> list[str]:
    """In plain words, how many frames were left as they were."""
    if not passed:
        return []
    of = f" of {total}" if total else ""
    return [f"{passed}{of} frames do not surely show the person and were left as they are."]
