"""How far heard phones are from those that were spoken, as the mouth shows them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from countenance.face.topology import BLENDSHAPES
from countenance.speech.listening.phone_classes import classes_of
from countenance.speech.listening.viseme_table import VISEME_OF
from countenance.speech.mouthing import mouth_blendshapes
from countenance.speech.utterance import Phone, Utterance

FINE = 100  # frames a second
LIPS = VISEME_OF[classes_of("p")[0]]
NEAR = 0.03  # seconds by which a heard closure may miss the spoken one and still touch it
REACH = 0.12  # seconds within which the onset of a sound is looked for


@dataclass(frozen=True)
class Figures:
    """Of one recording; sums, so that recordings add up.

    Attributes:
        frames, right: 10 ms frames, and those whose viseme is the spoken one.
        closures, met: p, b, m spoken, and those at which lips meet.
        shown, false: closures shown, and those of them at which lips should be apart.
        jaw: correlation of jawOpen with that of the true phones.
        offsets: seconds, of the onsets that were found: heard minus spoken.
    """

    frames: int
    right: int
    closures: int
    met: int
    shown: int
    false: int
    jaw: float
    offsets: tuple[float, ...]


def viseme_frames(phones: tuple[Phone, ...], count: int) -> NDArray[np.int64]:
    """(count,) the viseme of each 10 ms; silence where there is no phone."""
    out = np.zeros(count, np.int64)
    for phone, kind, start, end in pieces(phones):
        del phone
        out[max(0, round(start * FINE)) : max(0, round(end * FINE))] = VISEME_OF[kind]
    return out


def pieces(phones: tuple[Phone, ...]) -> list[tuple[Phone, int, float, float]]:
    """Phones with diphthongs in two: (phone, class, start, end)."""
    out = []
    for phone in phones:
        kinds = classes_of(phone.symbol)
        edges = np.linspace(float(phone.start), float(phone.end), len(kinds) + 1)
        out += [(phone, k, float(edges[i]), float(edges[i + 1])) for i, k in enumerate(kinds)]
    return out


def runs(visemes: NDArray[np.int64]) -> list[tuple[int, float, float]]:
    """(viseme, start, end) of each stretch."""
    edges = [0, *(np.flatnonzero(np.diff(visemes)) + 1).tolist(), len(visemes)]
    return [(int(visemes[a]), a / FINE, b / FINE) for a, b in pairwise(edges)]


def jaw_of(utterance: Utterance) -> NDArray[np.float64]:
    """(n,) jawOpen, 100 a second."""
    times = np.arange(max(2, int(float(utterance.duration) * FINE))) / FINE
    return mouth_blendshapes(utterance, times)[:, BLENDSHAPES.index("jawOpen")]


def compared(
    truth: Utterance, visemes: NDArray[np.int64], jaw: NDArray[np.float64], *, closed: NDArray[np.bool_] | None = None
) -> Figures:
    """Heard against spoken.

    Args:
        truth: with the phones that were spoken.
        visemes: (n,) heard, 100 a second.
        jaw: (n,) how far the mouth opens, in any unit.
        closed: (n,) whether lips are together; None: where the viseme says so.
    """
    count = int(float(truth.duration) * FINE)
    want, got = viseme_frames(truth.phones, count)[:count], np.resize(visemes, count)
    got[len(visemes) :] = 0
    shut = (got == LIPS) if closed is None else closed[:count]
    spoken = [r for r in runs(want) if r[0] == LIPS]
    shown = [r for r in runs(shut.astype(np.int64)) if r[0] == 1]
    met = sum(any(b > s - NEAR and a < e + NEAR for _, a, b in shown) for _, s, e in spoken)
    false = sum(not any(b > s - NEAR and a < e + NEAR for _, s, e in spoken) for _, a, b in shown)
    onsets: dict[int, list[float]] = {}
    for kind, start, _ in runs(got):
        onsets.setdefault(kind, []).append(start)
    offsets = []
    for kind, start, _ in runs(want):
        near = [t - start for t in onsets.get(kind, []) if abs(t - start) <= REACH]
        if near and kind:
            offsets.append(min(near, key=abs))
    true_jaw = jaw_of(truth)
    size = min(len(true_jaw), len(jaw))
    r = float(np.corrcoef(true_jaw[:size], jaw[:size])[0, 1]) if jaw[:size].std() > 0 else 0.0
    return Figures(count, int((want == got).sum()), len(spoken), met, len(shown), false, r, tuple(offsets))


def summed(all_of: list[Figures]) -> dict[str, float]:
    """Figures of many recordings as one row of a table."""
    frames, offsets = sum(f.frames for f in all_of), np.concatenate([f.offsets for f in all_of] + [[]])
    return {
        "accuracy": sum(f.right for f in all_of) / frames,
        "jaw r": sum(f.jaw * f.frames for f in all_of) / frames,
        "recall": sum(f.met for f in all_of) / max(1, sum(f.closures for f in all_of)),
        "false": sum(f.false for f in all_of) / max(1, sum(f.shown for f in all_of)),
        "offset ms": 1000 * float(np.median(np.abs(offsets))) if len(offsets) else float("nan"),
        "bias ms": 1000 * float(np.median(offsets)) if len(offsets) else float("nan"),
    }
