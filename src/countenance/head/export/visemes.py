"""What the 15 Oculus visemes and the VRM presets are made of: ARKit shapes and how much of each.

Visemes: Meta, "Viseme Reference" (Oculus LipSync); presets: the VRM consortium, "VRMC_vrm-1.0, expressions".
"""

from __future__ import annotations

Mix = dict[str, float]

VISEMES: dict[str, Mix] = {
    "sil": {},
    "PP": {"mouthPressLeft": 0.5, "mouthPressRight": 0.5, "mouthRollLower": 0.3, "mouthRollUpper": 0.3},
    "FF": {
        "jawOpen": 0.08, "mouthRollLower": 0.6, "mouthUpperUpLeft": 0.25, "mouthUpperUpRight": 0.25,
        "mouthLowerDownLeft": 0.1, "mouthLowerDownRight": 0.1,
    },
    "TH": {"jawOpen": 0.18, "tongueOut": 0.35, "mouthUpperUpLeft": 0.15, "mouthUpperUpRight": 0.15},
    "DD": {"jawOpen": 0.18, "mouthUpperUpLeft": 0.15, "mouthUpperUpRight": 0.15, "mouthStretchLeft": 0.1, "mouthStretchRight": 0.1},
    "kk": {"jawOpen": 0.22, "mouthStretchLeft": 0.15, "mouthStretchRight": 0.15},
    "CH": {"jawOpen": 0.12, "mouthFunnel": 0.5, "mouthPucker": 0.15, "mouthShrugUpper": 0.2},
    "SS": {
        "jawOpen": 0.06, "mouthStretchLeft": 0.3, "mouthStretchRight": 0.3, "mouthLowerDownLeft": 0.15,
        "mouthLowerDownRight": 0.15, "mouthUpperUpLeft": 0.1, "mouthUpperUpRight": 0.1,
    },
    "nn": {"jawOpen": 0.15, "mouthUpperUpLeft": 0.1, "mouthUpperUpRight": 0.1},
    "RR": {"jawOpen": 0.18, "mouthFunnel": 0.3, "mouthPucker": 0.15},
    "aa": {"jawOpen": 0.6, "mouthLowerDownLeft": 0.15, "mouthLowerDownRight": 0.15},
    "E": {"jawOpen": 0.32, "mouthStretchLeft": 0.25, "mouthStretchRight": 0.25, "mouthSmileLeft": 0.15, "mouthSmileRight": 0.15},
    "ih": {"jawOpen": 0.2, "mouthSmileLeft": 0.25, "mouthSmileRight": 0.25, "mouthStretchLeft": 0.15, "mouthStretchRight": 0.15},
    "oh": {"jawOpen": 0.42, "mouthFunnel": 0.55, "mouthPucker": 0.1},
    "ou": {"jawOpen": 0.2, "mouthFunnel": 0.3, "mouthPucker": 0.65},
}  # fmt: skip

PRESETS: dict[str, Mix] = {
    "happy": {"mouthSmileLeft": 0.75, "mouthSmileRight": 0.75, "cheekSquintLeft": 0.5, "cheekSquintRight": 0.5, "eyeSquintLeft": 0.2, "eyeSquintRight": 0.2},
    "angry": {"browDownLeft": 0.9, "browDownRight": 0.9, "noseSneerLeft": 0.3, "noseSneerRight": 0.3, "mouthFrownLeft": 0.4, "mouthFrownRight": 0.4, "eyeSquintLeft": 0.4, "eyeSquintRight": 0.4},
    "sad": {"browInnerUp": 0.9, "mouthFrownLeft": 0.6, "mouthFrownRight": 0.6, "mouthShrugLower": 0.3, "eyeLookDownLeft": 0.2, "eyeLookDownRight": 0.2},
    "relaxed": {"mouthSmileLeft": 0.25, "mouthSmileRight": 0.25, "eyeBlinkLeft": 0.25, "eyeBlinkRight": 0.25},
    "surprised": {"browInnerUp": 0.8, "browOuterUpLeft": 0.8, "browOuterUpRight": 0.8, "eyeWideLeft": 0.8, "eyeWideRight": 0.8, "jawOpen": 0.4},
    "neutral": {},
    "aa": VISEMES["aa"],
    "ih": VISEMES["ih"],
    "ou": VISEMES["ou"],
    "ee": VISEMES["E"],
    "oh": VISEMES["oh"],
    "blink": {"eyeBlinkLeft": 1.0, "eyeBlinkRight": 1.0},
    "blinkLeft": {"eyeBlinkLeft": 1.0},
    "blinkRight": {"eyeBlinkRight": 1.0},
    "lookUp": {"eyeLookUpLeft": 1.0, "eyeLookUpRight": 1.0},
    "lookDown": {"eyeLookDownLeft": 1.0, "eyeLookDownRight": 1.0},
    "lookLeft": {"eyeLookOutLeft": 1.0, "eyeLookInRight": 1.0},
    "lookRight": {"eyeLookInLeft": 1.0, "eyeLookOutRight": 1.0},
}  # fmt: skip
EMOTIONS = ("happy", "angry", "sad", "relaxed", "surprised")
