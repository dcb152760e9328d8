"""What a speaker does beside speaking: blinks, brows, gaze, a head that moves with the stress, breath. Seeded.

The layers are openfacefx's: published rates of blinks and saccades, nods and brow flashes on stressed syllables.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from openfacefx import GestureParams, PhonemeSegment, generate_gestures

from countenance.face.topology import BLENDSHAPES
from countenance.speech.mouthing import loudness
from countenance.speech.utterance import SILENCE, Utterance

FloatArray = NDArray[np.float64]

EYE_DEGREES = 30.0  # of gaze that a blendshape of 1 stands for
QUIET = 0.35  # of its motion that a head keeps while silent
SETTLE = 0.5  # seconds in which it comes to rest
BREATH_RATE = 0.25  # a second
BREATH = (0.3, 0.03)  # degrees of nod and cm of rise, half a breath's swing


@dataclass(frozen=True)
class Bearing:
    """Motion beside the mouth, at each time.

    Attributes:
        blendshapes: (n, 52) in [0, 1]: lids, brows, gaze.
        turn: (n, 3) degrees: yaw to the person's left, pitch down, roll to their left shoulder.
        rise: (n,) cm, down, of the head with the breath.
    """

    blendshapes: FloatArray
    turn: FloatArray
    rise: FloatArray


def speaker_bearing(
    utterance: Utterance, times: NDArray[np.floating], *, seed: int = 0, liveliness: float = 1.0
) -> Bearing:
    """How a speaker bears themself.

    Args:
        utterance: what is said.
        times: (n,) seconds, even.
        seed: the same one gives the same motion.
        liveliness: 0 keeps head, brows and gaze still; 1 is plain speech. Blinks stay.
    """
    times = np.asarray(times, np.float64)
    end = float(times[-1]) + 0.1
    level = loudness(utterance, times)
    rate = 1 / (times[1] - times[0]) if len(times) > 1 else 25.0
    # Stress is told the way openfacefx reads it: by a digit after a vowel of its own alphabet.
    segments = [
        PhonemeSegment("AA1" if p.stressed and p.symbol != SILENCE else p.symbol, float(p.start), float(p.end))
        for p in utterance.phones
    ]
    params = GestureParams(seed=seed, head_pitch_deg=2.5, head_ambient_deg=1.6, gaze_yaw_deg=5.0, gaze_pitch_deg=3.0)
    params.gaze_mean_interval, params.brow_amp_max = 2.6, 0.6
    found = {
        channel.name: np.interp(times, [k.time for k in channel.keys], [k.value for k in channel.keys])
        for channel in generate_gestures(end, rate, times, level, segments, params)
        if channel.keys
    }

    def at(name: str) -> FloatArray:
        return np.asarray(found.get(name, np.zeros(len(times))), np.float64)

    speaking = _slow((level > 0.08).astype(np.float64), rate)
    moving = liveliness * (QUIET + (1 - QUIET) * speaking)
    shapes = np.zeros((len(times), len(BLENDSHAPES)))
    _put(shapes, "eyeBlinkLeft", at("blink_L"))
    _put(shapes, "eyeBlinkRight", at("blink_R"))
    brows = at("browUp") * moving
    _put(shapes, "browInnerUp", 0.6 * brows)
    for side in ("Left", "Right"):
        _put(shapes, f"browOuterUp{side}", 0.5 * brows)
    yaw, pitch = at("eyeYaw") * moving / EYE_DEGREES, at("eyePitch") * moving / EYE_DEGREES
    _put(shapes, "eyeLookOutLeft", np.maximum(yaw, 0))
    _put(shapes, "eyeLookInRight", np.maximum(yaw, 0))
    _put(shapes, "eyeLookInLeft", np.maximum(-yaw, 0))
    _put(shapes, "eyeLookOutRight", np.maximum(-yaw, 0))
    for side in ("Left", "Right"):
        _put(shapes, f"eyeLookUp{side}", np.maximum(pitch, 0))
        _put(shapes, f"eyeLookDown{side}", np.maximum(-pitch, 0))
    breath = np.sin(2 * np.pi * BREATH_RATE * times)
    turn = np.stack([at("headYaw"), at("headPitch"), at("headRoll")], axis=1) * moving[:, None]
    turn[:, 1] += BREATH[0] * breath
    return Bearing(shapes, turn, BREATH[1] * breath)


def _put(shapes: FloatArray, name: str, values: FloatArray) -> None:
    shapes[:, BLENDSHAPES.index(name)] = np.clip(values, 0, 1)


def _slow(values: FloatArray, rate: float) -> FloatArray:
    """Smoothed over SETTLE seconds by a raised cosine."""
    half = max(1, round(SETTLE * rate))
    window = np.hanning(2 * half + 3)[1:-1]
    padded = np.pad(values, half, mode="edge")
    return np.asarray(np.convolve(padded, window / window.sum(), mode="valid"))
