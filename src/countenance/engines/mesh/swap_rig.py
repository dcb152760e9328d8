"""A likeness on a double: each frame of the double's clip keeps its light, hair and motion and gets another face.

The frame is first warped so that its face has the likeness's proportions; the likeness's skin is laid over it, in the
plate's light, sharpness and grain, with the double's folds. The eyes are the likeness's own and look where the double
looks; what the mouth shows inside stays the double's. Hair, glasses and hands before the face stay in front of it.
"""

from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.engines.mesh.area import area_mask
from countenance.engines.mesh.bare_skin import without_brows
from countenance.engines.mesh.double import FINE, Double, looked_at
from countenance.engines.mesh.grain import Finish
from countenance.engines.mesh.light import SIDE, Light
from countenance.engines.mesh.likeness_texture import CELL, Moment, Skin, fitting, lay
from countenance.engines.mesh.openings import openings_mask, tint_irises
from countenance.engines.mesh.own_eyes import OwnEyes
from countenance.engines.mesh.refining import Refiner
from countenance.engines.mesh.reshaping import Placed, reshaped
from countenance.engines.mesh.retarget import Retarget
from countenance.engines.protocol import PlateOptions
from countenance.face.head import Head
from countenance.face.head_lengths import mouth_and_eyes
from countenance.face.landmark_filter import Steady
from countenance.face.topology import FACE_OVAL
from countenance.face.types import Face
from countenance.likeness.irises import iris_places
from countenance.likeness.value import JAW, SMILE, Likeness
from countenance.media.frames import Pixels
from countenance.performance.take import Neutral

FloatArray = NDArray[np.float64]
Float32 = NDArray[np.float32]

OUTLINE = 0.75  # of the likeness's proportions that the oval takes: beyond it are the double's own hair and neck
INNER = 2.2  # cm inside the oval from where the likeness's proportions hold fully
IRIS_LIMIT = 0.6  # natural log: as far as an iris may be tinted


class SwapRig:
    """One likeness on one double, frame by frame. Remembers light and grain; give frames in order.

    Args:
        likeness: who is drawn.
        double: on whom.
        options: see PlateOptions.
    """

    def __init__(self, likeness: Likeness, double: Double, options: PlateOptions | None = None) -> None:
        options = options or PlateOptions()
        self._double = double
        self._head = double.head
        self._brows = options.area != "lower"
        self._skin = Skin(likeness)
        # It was trained on the face as it is: on an aged one it would undo the years.
        trained = None if likeness.years else likeness.network
        self._refiner = None if trained is None else Refiner(trained)
        mixed = self._head.shape + self._share(options.shape) * (likeness.shape - self._head.shape)
        self._retarget = Retarget(
            Head(self._head.pose, mixed, self._head.mesh),
            Neutral(*mouth_and_eyes(self._head.shape)),
            options.expression,
        )
        self._mask, _ = area_mask(options.area, FINE)
        reach, rim = area_mask(options.area, SIDE)
        self._light = Light(rim, (reach > 0).astype(np.float32))
        self._finish = Finish(options.seed)
        self._steady = Steady()
        self._place: FloatArray | None = None
        self._tint: Float32 | None = None
        self._eyes = OwnEyes.of(likeness)
        if self._eyes is None and likeness.iris is not None and double.iris is not None:
            self._tint = np.clip(likeness.iris - double.iris, -IRIS_LIMIT, IRIS_LIMIT).astype(np.float32)

    def _share(self, shape: float) -> FloatArray:
        """(478, 1): how far each landmark goes to the likeness's place."""
        at = self._head.shape
        oval = at[FACE_OVAL, :2]
        away = np.linalg.norm(at[:, None, :2] - oval[None], axis=2).min(1)
        t = np.clip(away / INNER, 0, 1)
        return np.asarray(shape * (OUTLINE + (1 - OUTLINE) * t * t * (3 - 2 * t)))[:, None]

    def draw(self, pixels: Pixels, face: Face, *, time: Fraction = Fraction(0), cut: bool = False) -> Pixels:
        """The frame with the likeness on the double's face.

        Args:
            pixels: (h, w, 3) uint8 RGB, the frame.
            face: the double's, as measured in it.
            time: makes no difference.
            cut: the frame before was of another shot, or showed no face.
        """
        del time
        face = self._steady(face, cut=cut)
        placed = Placed.of(self._head, face)
        if self._brows:
            pixels = without_brows(pixels, face.landmarks)
        moved = placed.pose.apply(self._retarget.shape(placed.shape - self._head.shape))
        under = reshaped(pixels, placed, self._head, moved)
        if under is None:
            return pixels.copy()
        motion = self._motion(moved, cut=cut)
        part = under.inner()
        if min(part.size) < CELL:
            return under.into(pixels)
        laid = lay(under.vertices, part.box)
        plate, seen = looked_at(pixels, placed.atlas_vertices)
        covering = self._double.occlusion.now(plate, seen)
        clear = seen * (1 - covering)
        moment = self._moment(face)
        texture = fitting(self._skin.texture(moment), float(np.ptp(placed.landmarks[:, 1])))
        drawn = laid.sample(texture)
        if self._refiner is not None:
            drawn = self._refiner.refine(drawn, texture, under.vertices, part.box, cut=cut)
        if self._eyes is not None:
            self._eyes.paint(drawn, part.flat, iris_places(face.landmarks), placed.pose)
        light = laid.sample(np.exp(self._lighting(plate, clear, texture, cut=cut)))
        lit = np.asarray(cv2.multiply(drawn, light, dtype=cv2.CV_32F), np.float32)
        lit = self._finish.apply(lit, part.pixels, laid.sample(self._mask * clear) * laid.cover, motion, cut=cut)
        if self._tint is not None:
            tint_irises(part.pixels, part.flat, self._tint)
        mask = laid.sample(self._mask * (1 - covering)) * laid.cover
        mask *= 1 - openings_mask(part.flat, part.size, eyes=self._eyes is None)
        # Outside the mask is the warped frame; it goes over into the frame itself where the outer rings stay still.
        part.lay_over(lit, mask)
        return under.into(pixels)

    def _lighting(self, plate: Float32, clear: Float32, texture: Pixels, *, cut: bool) -> Float32:
        """(SIDE, SIDE, 3) natural log of what the likeness is multiplied by: the plate's light, the double's folds."""
        coarse, seen = _light_sized(plate), _light_sized(clear)
        return self._light.gain(coarse, seen, texture, cut=cut)

    def _motion(self, moved: FloatArray, *, cut: bool) -> tuple[float, float]:
        """How far the face went since the last frame, pixels."""
        here = moved[FACE_OVAL, :2].mean(0)
        step = np.zeros(2) if self._place is None or cut else here - self._place
        self._place = here
        return float(step[0]), float(step[1])

    @staticmethod
    def _moment(face: Face) -> Moment:
        yaw, pitch, _ = face.angles
        return Moment(yaw, pitch, float(face.blendshapes[list(SMILE)].mean()), float(face.blendshapes[JAW]))


def _light_sized(atlas: Float32) -> Float32:
    return np.asarray(cv2.resize(atlas, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.float32)
