"""From phones to the mouth: visemes that pull at each other, as ARKit blendshapes.

Coarticulation is by dominance functions (Cohen and Massaro, "Modeling coarticulation in synthetic visual speech",
1993) as openfacefx computes them, over the fifteen visemes of the Oculus set.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from openfacefx import CoartParams, PhonemeSegment, build_viseme_curves
from openfacefx.ipa import IPA_MAPPING
from openfacefx.mapping import Mapping
from openfacefx.visemes import VISEMES

from countenance.face.topology import BLENDSHAPES
from countenance.speech.utterance import SILENCE, Utterance

FloatArray = NDArray[np.float64]

FINE = 100  # curves are computed at this many frames a second: a closure lasts 60 ms
CLOSURES = ("PP", "FF")
SEALED = 0.6  # weight of a closure above which the frame that shows it is the one kept

# Sounds that lie between openfacefx's visemes: it shows a schwa as wide as an open vowel.
BETWEEN: dict[str, dict[str, float]] = {
    "ə": {"nn": 0.55, "E": 0.45},
    "ɐ": {"aa": 0.6, "E": 0.4},
    "ʌ": {"aa": 0.7, "E": 0.3},
    "ɪ": {"E": 0.5, "I": 0.5},
    "ʊ": {"U": 0.65, "O": 0.35},
    "h": {"nn": 0.6, "E": 0.4},
    "ɦ": {"nn": 0.6, "E": 0.4},
    "ʔ": {"nn": 1.0},
}
OPENING, CLOSING = 0.12, 0.16  # seconds in which lips part before speech and meet after it

# What each viseme looks like, on ARKit's blendshapes; names without a side count on both. After Apple's descriptions
# and openfacefx's table; amounts set by eye on rendered portraits (`bench/lipsync --sheet`).
LOOKS: dict[str, dict[str, float]] = {
    "sil": {},
    "PP": {"mouthPress": 0.45, "mouthRollLower": 0.18, "mouthRollUpper": 0.18, "mouthClose": 0.02},
    "FF": {"mouthRollLower": 0.42, "mouthUpperUp": 0.22, "mouthShrugLower": 0.12, "jawOpen": 0.05},
    "TH": {"jawOpen": 0.16, "mouthUpperUp": 0.14, "mouthLowerDown": 0.2},
    "DD": {"jawOpen": 0.17, "mouthUpperUp": 0.12, "mouthLowerDown": 0.16},
    "kk": {"jawOpen": 0.24, "mouthLowerDown": 0.12},
    "CH": {"mouthFunnel": 0.55, "mouthPucker": 0.25, "jawOpen": 0.12},
    "SS": {"jawOpen": 0.07, "mouthStretch": 0.25, "mouthUpperUp": 0.2, "mouthLowerDown": 0.28, "mouthSmile": 0.08},
    "nn": {"jawOpen": 0.15, "mouthLowerDown": 0.12, "mouthUpperUp": 0.06},
    "RR": {"mouthPucker": 0.32, "mouthFunnel": 0.28, "jawOpen": 0.14},
    "aa": {"jawOpen": 0.5, "mouthLowerDown": 0.12, "mouthUpperUp": 0.14},
    "E": {"jawOpen": 0.32, "mouthStretch": 0.25, "mouthSmile": 0.12, "mouthLowerDown": 0.12, "mouthUpperUp": 0.08},
    "I": {"jawOpen": 0.14, "mouthStretch": 0.35, "mouthSmile": 0.22, "mouthUpperUp": 0.14, "mouthLowerDown": 0.2},
    "O": {"mouthFunnel": 0.5, "mouthPucker": 0.3, "jawOpen": 0.36},
    "U": {"mouthPucker": 0.7, "mouthFunnel": 0.35, "jawOpen": 0.1},
}


@lru_cache(maxsize=1)
def _mapping() -> Mapping:
    """Phones to visemes."""
    return Mapping(
        IPA_MAPPING.targets, {**IPA_MAPPING.rows, **BETWEEN}, allow_custom_symbols=True, normalize=IPA_MAPPING.normalize
    )


@lru_cache(maxsize=1)
def viseme_looks() -> FloatArray:
    """(15, 52): each viseme's blendshapes."""
    table = np.zeros((len(VISEMES), len(BLENDSHAPES)))
    for viseme, look in LOOKS.items():
        for name, value in look.items():
            for side in ("", "Left", "Right"):
                if name + side in BLENDSHAPES:
                    table[VISEMES.index(viseme), BLENDSHAPES.index(name + side)] = value
    return table


def viseme_curves(utterance: Utterance, times: NDArray[np.floating]) -> FloatArray:
    """(n, 15) in [0, 1]: how strongly each viseme shows at each time, rows summing to at most 1.

    A closure that falls between two frames is moved to the nearer one: lips that never meet on p, b and m are what
    viewers notice first.

    Args:
        utterance: what is said.
        times: (n,) seconds, even.
    """
    end = float(utterance.duration)
    segments = [PhonemeSegment(p.symbol, float(p.start), float(p.end)) for p in utterance.phones]
    if not segments:
        segments = [PhonemeSegment(SILENCE, 0.0, end)]
    if segments[0].start > 0:
        segments.insert(0, PhonemeSegment(SILENCE, 0.0, segments[0].start))
    if segments[-1].end < end:
        segments.append(PhonemeSegment(SILENCE, segments[-1].end, end))
    mapping = _mapping()
    segments = [s if mapping.normalize(s.phoneme) in mapping.rows else _near(s) for s in segments]
    fine_times, fine = build_viseme_curves(segments, FINE, mapping, CoartParams(short_silence=0.1))
    fine = fine * (1 - _shut(utterance, fine_times))[:, None]
    out = np.stack([np.interp(times, fine_times, fine[:, k]) for k in range(fine.shape[1])], axis=1)
    half = (times[1] - times[0]) / 2 if len(times) > 1 else 0.02
    for viseme in CLOSURES:
        column = fine[:, VISEMES.index(viseme)]
        for k, time in enumerate(times):
            inside = np.flatnonzero((fine_times >= time - half) & (fine_times < time + half))
            if len(inside):
                peak = inside[column[inside].argmax()]
                if column[peak] >= SEALED > out[k, VISEMES.index(viseme)]:
                    out[k] = fine[peak]
    return np.asarray(out, np.float64)


def _near(segment: PhonemeSegment) -> PhonemeSegment:
    """A sound the table does not know is shown as a neutral vowel rather than as a shut mouth."""
    return PhonemeSegment("ə", segment.start, segment.end)


def _shut(utterance: Utterance, times: NDArray[np.floating]) -> FloatArray:
    """(n,) in [0, 1]: how far the mouth is shut because nothing is said; it opens shortly before speech."""
    shut = np.zeros(len(times))
    spans: list[list[float]] = []
    for phone in utterance.phones:
        if phone.symbol == SILENCE and spans and spans[-1][1] >= float(phone.start):
            spans[-1][1] = float(phone.end)
        elif phone.symbol == SILENCE:
            spans.append([float(phone.start), float(phone.end)])
    for start, end in spans:
        rise = (times - start) / CLOSING if start > 0 else np.ones(len(times))
        fall = (end - times) / OPENING if end < float(utterance.duration) - 1e-3 else np.ones(len(times))
        x = np.clip(np.minimum(rise, fall), 0, 1) * ((times >= start) & (times <= end))
        shut = np.maximum(shut, x * x * (3 - 2 * x))
    return np.asarray(shut)


def loudness(utterance: Utterance, times: NDArray[np.floating]) -> FloatArray:
    """(n,) in [0, 1]: root mean square round each time, against the utterance's own 95th percentile."""
    rate, half = utterance.sample_rate, round(0.03 * utterance.sample_rate)
    power = np.concatenate([[0.0], np.cumsum(utterance.samples.astype(np.float64) ** 2)])
    middle = np.round(np.asarray(times) * rate).astype(int)
    low, high = np.clip(middle - half, 0, len(power) - 1), np.clip(middle + half, 0, len(power) - 1)
    level = np.sqrt((power[high] - power[low]) / np.maximum(high - low, 1))
    top = np.percentile(level[level > 0], 95) if (level > 0).any() else 1.0
    return np.asarray(np.clip(level / max(top, 1e-9), 0, 1))


def mouth_blendshapes(utterance: Utterance, times: NDArray[np.floating], strength: float = 1.0) -> FloatArray:
    """(n, 52) in [0, 1]: the mouth and jaw at each time. Loud vowels open further than soft ones.

    Args:
        utterance: what is said.
        times: (n,) seconds, even.
        strength: 1 is plain speech.
    """
    shapes = viseme_curves(utterance, times) @ viseme_looks()
    jaw = BLENDSHAPES.index("jawOpen")
    shapes[:, jaw] *= 0.5 + 0.5 * loudness(utterance, times)
    return np.asarray(np.clip(shapes * strength, 0, 1))
