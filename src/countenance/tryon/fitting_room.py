"""One person with what they try on: prepared once from looks at them, then drawn frame by frame.

Knows frames and faces; where they come from, and whether they may be drawn on, `recipe` knows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.engines.mesh.double import FINE, looked_at
from countenance.engines.mesh.likeness_texture import CELL, lay
from countenance.engines.mesh.occlusion import Occlusion
from countenance.errors import FaceError, FaceInProfile
from countenance.face.landmark_filter import Steady
from countenance.face.types import Face
from countenance.likeness.atlas import with_rings
from countenance.media.frames import Pixels
from countenance.tryon.bystanders import barred
from countenance.tryon.canvas import Canvas
from countenance.tryon.face_light import FaceLight, find_light
from countenance.tryon.glasses import Glasses
from countenance.tryon.goods import Goods
from countenance.tryon.makeup import MakeUp
from countenance.tryon.worn_glasses import refuse_worn

Float32 = NDArray[np.float32]

MOST_YAW = 50.0  # degrees beyond which the far half of the face is a guess
COARSE = 128  # texels a side of the atlas on which clips are asked what stands before the face
ROOM = 0.10  # face sizes round the landmarks that make-up may reach
SHARP = 0.034  # of the face's contrast that is fine detail, below which it is blurred


@dataclass(frozen=True)
class Worn:
    """A frame with what was tried on.

    Attributes:
        pixels: (h, w, 3) uint8.
        where: (h, w) bool: which pixels may differ from the input.
        counts: kind of item → pixels of its mask.
        drawn: whether anything was.
    """

    pixels: Pixels
    where: NDArray[np.bool_]
    counts: Mapping[str, float]
    drawn: bool


class FittingRoom:
    """A person ready to try things on; takes frames in order.

    Args:
        looks: at them, spread over the clip; one of a picture. The first is the calmest.
        goods: what is tried on.
        white: (3,) linear sRGB of a white reference, where one was pointed at.
        name: of the file, for errors.

    Attributes:
        light: of the face.
        glasses: on it; None without.

    Raises:
        FaceError: tryon.dark, tryon.blurred, tryon.glasses_worn; FaceInProfile: tryon.profile.
    """

    def __init__(
        self,
        looks: Sequence[tuple[Pixels, Face]],
        goods: Goods,
        *,
        white: Float32 | None = None,
        pd: float | None = None,
        name: str = "The picture",
    ) -> None:
        self._still = len(looks) == 1
        check_pose(looks, name)
        check_sharp(looks, name)
        self.light: FaceLight = find_light(looks, white=white, name=name)
        self._side = FINE if self._still else COARSE
        seen = [looked_at(pixels, with_rings(face.landmarks), self._side) for pixels, face in looks]
        self._occlusion = Occlusion([log for log, _ in seen], [s for _, s in seen])
        self._steady = Steady()
        self._makeup = MakeUp(goods.cosmetics, self.light)
        self.glasses: Glasses | None = None
        if goods.eyewear is not None:
            item, frame = goods.eyewear
            refuse_worn(looks, name)
            known = None if pd is None else pd / 10
            self.glasses = Glasses(frame, looks, self.light, pd=known, power=item.power)

    def draw(self, pixels: Pixels, face: Face, *, others: Sequence[Face] = (), cut: bool = False) -> Worn:
        """The frame with everything on; pixels outside of the items' masks are the frame's own.

        Args:
            pixels: (h, w, 3) uint8 RGB.
            face: the person's, as measured in it.
            others: everybody else's in it; on them nothing is laid.
            cut: the frame before was of another shot, or did not show them.

        Raises:
            ProvenanceError: tryon.untouched.
        """
        if abs(face.angles[0]) > MOST_YAW:
            return Worn(pixels, np.zeros(pixels.shape[:2], np.bool_), {}, False)
        steady = self._steady(face, cut=cut)
        vertices = with_rings(steady.landmarks)
        put = None if self.glasses is None else self.glasses.place(face, cut=cut)
        box = _box(steady, pixels.shape, None if put is None else put[1])
        if box is None:
            return Worn(pixels, np.zeros(pixels.shape[:2], np.bool_), {}, False)
        canvas = Canvas.of(pixels, box, barred(others, face, box))
        laid = lay(vertices, box)
        hidden = self._occlusion.worn if self._still else self._occlusion.now(*looked_at(pixels, vertices, self._side))
        keep = np.asarray(1 - laid.sample(hidden) * (laid.cover > 0), np.float32)
        light, counts = self._makeup.draw(canvas, steady, laid, keep, cut=cut)
        if self.glasses is not None and put is not None:
            counts |= self.glasses.draw(canvas, steady, laid, hidden, light, *put)
        out, where = canvas.settled()
        return Worn(out, where, counts, bool(where.any()))

    def warnings(self) -> list[str]:
        """In plain words, what is doubtful."""
        if self.light.doubt > 10:
            return [
                "The skin is bright or the picture high-key: colours hold to about ΔE 12. "
                "A white card in the picture (--white x,y) makes them truer."
            ]
        return []

    def about(self) -> dict[str, Any]:
        """What was found out about the person and their light, JSON-serialisable."""
        fit = {} if self.glasses is None else {"fit": self.glasses.about()}
        return {"light": self.light.as_dict(), **fit}


def check_pose(looks: Sequence[tuple[Pixels, Face]], name: str) -> None:
    """Raises FaceInProfile: tryon.profile, where no look is frontal enough."""
    yaw = min(abs(face.angles[0]) for _, face in looks)
    if yaw > MOST_YAW:
        raise FaceInProfile(
            f"{name} shows the face turned {yaw:.0f}° away; things are tried on up to {MOST_YAW:.0f}°.",
            "Take a picture that looks into the camera.",
            code="tryon.profile",
        )


def check_sharp(looks: Sequence[tuple[Pixels, Face]], name: str) -> None:
    """Raises FaceError: tryon.blurred, where every look is."""
    if max(sharpness(pixels, face) for pixels, face in looks) < SHARP:
        raise FaceError(
            f"{name} shows the face too blurred to lay anything onto it.",
            "Take another, in focus and in better light.",
            code="tryon.blurred",
        )


def sharpness(pixels: Pixels, face: Face) -> float:
    """The fine band's deviation over the whole face's, on a face of 256 pixels; 0 where it lies outside."""
    x0, y0, x1, y1 = (round(v) for v in face.box)
    part = pixels[max(0, y0) : max(0, y1), max(0, x0) : max(0, x1)]
    if min(part.shape[:2], default=0) < 16:
        return 0.0
    grey = cv2.cvtColor(np.ascontiguousarray(part), cv2.COLOR_RGB2GRAY)
    scale = 256 / max(grey.shape)
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    band = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=how).astype(np.float32)
    fine = band - cv2.GaussianBlur(band, (0, 0), 2.0)
    return float(fine.std() / (band.std() + 1.0))


def _box(face: Face, shape: tuple[int, ...], points: NDArray[np.float64] | None) -> tuple[int, int, int, int] | None:
    """The region that is worked on, of whole cells; None where the face lies outside."""
    margin = ROOM * face.size
    low, high = np.array(face.box[:2]) - margin, np.array(face.box[2:]) + margin
    if points is not None:
        low, high = np.minimum(low, points[:, :2].min(0) - 4), np.maximum(high, points[:, :2].max(0) + 4)
    x0, y0 = (max(0, int(v)) for v in low)
    x1, y1 = (min(side, int(v) + 1) for v, side in zip(high, shape[1::-1], strict=True))
    x1 -= (x1 - x0) % CELL
    y1 -= (y1 - y0) % CELL
    return (x0, y0, x1, y1) if x1 - x0 >= 16 and y1 - y0 >= 16 else None
