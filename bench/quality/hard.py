"""Clips that are hard to follow: rendered heads that turn to 25°, fast, and grimace, in light from one side.

What a rendered head does is known exactly. Its turns, its mouth and its brows each go at a rate of their own, so that
over a whole clip none goes together with another, and what follows the turn follows nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.quality.material import Clip
from countenance.engines import Portrait
from countenance.face.pose import Similarity, rotation_from_vector
from countenance.face.topology import BLENDSHAPES, load_face_mesh
from countenance.face.tracker import FaceTracker, choose_face, find_faces
from countenance.head.layout import head_layout
from countenance.head.model import HeadModel, make_head
from countenance.head.showing import framed
from countenance.head.view import look_at, picture, to_linear
from countenance.media.frames import Pixels
from countenance.performance.skin_square import SkinSquare
from countenance.performance.take import SHADING_SIDE

SIDE = 480
FRAMES = 96
RATE = Fraction(30)
LIGHT, AMBIENT = (-0.9, -0.25, -0.45), 0.2
TURNS = ((25.0, 2), (11.0, 3), (6.0, 5))  # degrees and periods a clip: about the head's height, breadth and depth
GRIMACES = (
    (4, {"mouthSmileLeft": 0.9, "mouthSmileRight": 0.9, "cheekSquintLeft": 0.6, "cheekSquintRight": 0.6}),
    (7, {"jawOpen": 0.6, "mouthStretchLeft": 0.4, "mouthStretchRight": 0.4}),
    (5, {"browDownLeft": 0.9, "browDownRight": 0.9, "noseSneerLeft": 0.5, "noseSneerRight": 0.5}),
    (9, {"eyeBlinkLeft": 1.0, "eyeBlinkRight": 1.0}),
)  # periods a clip; what is done during the first half of each


@dataclass(frozen=True)
class Moment:
    """What a rendered head does in one frame: degrees of yaw, pitch and roll, and (52,) blendshapes."""

    angles: tuple[float, float, float]
    expression: NDArray[np.float64]


def moments(*, grimaces: bool = True) -> list[Moment]:
    """FRAMES moments; the first is at rest."""
    out = []
    for k in range(FRAMES):
        t = 2 * np.pi * k / FRAMES
        expression = np.zeros(len(BLENDSHAPES))
        for periods, shapes in GRIMACES if grimaces else ():
            amount = max(0.0, float(np.sin(periods * t)))
            for name, most in shapes.items():
                expression[BLENDSHAPES.index(name)] = most * amount
        yaw, pitch, roll = (most * float(np.sin(periods * t)) for most, periods in TURNS)
        out.append(Moment((yaw, pitch, roll), expression))
    return out


def rendered(model: HeadModel, at: Moment) -> Pixels:
    """(SIDE, SIDE, 3): the head, in light from its right."""
    layout = head_layout()
    yaw, pitch, roll = at.angles
    straight = framed(yaw, pitch, SIDE)
    turn = rotation_from_vector(np.radians([0.0, 0.0, roll]))
    middle = np.array([SIDE / 2, SIDE / 2, 0.0])
    pose = Similarity(straight.scale, turn @ straight.rotation, turn @ (straight.translation - middle) + middle)
    surface = look_at(model.placed(at.expression)[layout.vertex], layout.triangles, pose, (SIDE, SIDE))
    texture = to_linear(model.texture.pixels)
    places = surface.interpolated(layout.uv, layout.triangles) * texture.shape[0] - 0.5
    skin = np.asarray(cv2.remap(texture, places, None, cv2.INTER_LINEAR), np.float32)
    return picture(surface, lambda _: skin, light=np.array(LIGHT), ambient=AMBIENT)


def hard_clip(name: str, model: HeadModel, *, grimaces: bool = True) -> Clip:
    """A head as a clip, whose first frame is its rest. Drawn once: half a second a frame."""
    frames = [rendered(model, at) for at in moments(grimaces=grimaces)]

    def pictures() -> Iterator[Pixels]:
        return iter(frames)

    reference = choose_face(find_faces(frames[0]), name=name)
    square = SkinSquare(load_face_mesh(), SHADING_SIDE)
    with FaceTracker() as tracker:
        seen = [(tracker.track(frame), frame) for frame in frames[::2]]
    skins = tuple((face.landmarks, square.read(frame, face.landmarks)) for face, frame in seen if face is not None)
    return Clip(name, pictures, (reference, frames[0]), RATE, skins=skins)


def head_of(portrait: Portrait) -> HeadModel:
    """The head of a portrait."""
    return make_head([(portrait.pixels, portrait.face, portrait.matte)])
