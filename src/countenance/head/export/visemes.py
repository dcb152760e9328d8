"""What the 15 Oculus visemes and the VRM presets are made of: ARKit shapes and how much of each.

Visemes: Meta, "Viseme Reference" (Oculus LipSync); presets: the VRM consortium, "VRMC_vrm-1.0, expressions".
"""

from __future__ import annotations

Mix = dict[str, float]


def both(stem: str, weight: float) -> Mix:
    """A shape of both sides."""
    return {f"{stem}Left": weight, f"{stem}Right": weight}


VISEMES: dict[str, Mix] = {
    "sil": {},
    "PP": {**both("mouthPress", 0.5), "mouthRollLower": 0.3, "mouthRollUpper": 0.3},
    "FF": {"jawOpen": 0.08, "mouthRollLower": 0.6, **both("mouthUpperUp", 0.25), **both("mouthLowerDown", 0.1)},
    "TH": {"jawOpen": 0.18, "tongueOut": 0.35, **both("mouthUpperUp", 0.15)},
    "DD": {"jawOpen": 0.18, **both("mouthUpperUp", 0.15), **both("mouthStretch", 0.1)},
    "kk": {"jawOpen": 0.22, **both("mouthStretch", 0.15)},
    "CH": {"jawOpen": 0.12, "mouthFunnel": 0.5, "mouthPucker": 0.15, "mouthShrugUpper": 0.2},
    "SS": {"jawOpen": 0.06, **both("mouthStretch", 0.3), **both("mouthLowerDown", 0.15), **both("mouthUpperUp", 0.1)},
    "nn": {"jawOpen": 0.15, **both("mouthUpperUp", 0.1)},
    "RR": {"jawOpen": 0.18, "mouthFunnel": 0.3, "mouthPucker": 0.15},
    "aa": {"jawOpen": 0.6, **both("mouthLowerDown", 0.15)},
    "E": {"jawOpen": 0.32, **both("mouthStretch", 0.25), **both("mouthSmile", 0.15)},
    "ih": {"jawOpen": 0.2, **both("mouthSmile", 0.25), **both("mouthStretch", 0.15)},
    "oh": {"jawOpen": 0.42, "mouthFunnel": 0.55, "mouthPucker": 0.1},
    "ou": {"jawOpen": 0.2, "mouthFunnel": 0.3, "mouthPucker": 0.65},
}

PRESETS: dict[str, Mix] = {
    "happy": {**both("mouthSmile", 0.75), **both("cheekSquint", 0.5), **both("eyeSquint", 0.2)},
    "angry": {**both("browDown", 0.9), **both("noseSneer", 0.3), **both("mouthFrown", 0.4), **both("eyeSquint", 0.4)},
    "sad": {"browInnerUp": 0.9, **both("mouthFrown", 0.6), "mouthShrugLower": 0.3, **both("eyeLookDown", 0.2)},
    "relaxed": {**both("mouthSmile", 0.25), **both("eyeBlink", 0.25)},
    "surprised": {"browInnerUp": 0.8, **both("browOuterUp", 0.8), **both("eyeWide", 0.8), "jawOpen": 0.4},
    "neutral": {},
    "aa": VISEMES["aa"],
    "ih": VISEMES["ih"],
    "ou": VISEMES["ou"],
    "ee": VISEMES["E"],
    "oh": VISEMES["oh"],
    "blink": {**both("eyeBlink", 1.0)},
    "blinkLeft": {"eyeBlinkLeft": 1.0},
    "blinkRight": {"eyeBlinkRight": 1.0},
    "lookUp": {**both("eyeLookUp", 1.0)},
    "lookDown": {**both("eyeLookDown", 1.0)},
    "lookLeft": {"eyeLookOutLeft": 1.0, "eyeLookInRight": 1.0},
    "lookRight": {"eyeLookInLeft": 1.0, "eyeLookOutRight": 1.0},
}
EMOTIONS = ("happy", "angry", "sad", "relaxed", "surprised")
