"""Everybody in a picture, and one of them again in the next: for material with several people. Models stay open."""

from __future__ import annotations

from types import TracebackType

import numpy as np

from countenance.face.tracker import CROP_FACES, MAX_FACES, _every_face, _Landmarker, _measure_crop
from countenance.face.types import Face
from countenance.media.frames import Pixels

Box = tuple[float, float, float, float]
AROUND = 3.2  # face sizes: side of the square round a face in which others may reach into it


class FaceFinder:
    """Finds faces in any number of pictures; a context manager, for one thread."""

    def __init__(self) -> None:
        self._many = _Landmarker(MAX_FACES)
        self._one = _Landmarker(1)

    def find(self, pixels: Pixels, *, thorough: bool = False) -> list[Face]:
        """Every face, largest first; as `tracker.find_faces`. `pixels`: (h, w, 3) uint8 RGB."""
        return _every_face(self._many, self._one, pixels, thorough=thorough)

    def again(self, pixels: Pixels, last: Face) -> Face | None:
        """The face that is where this one was, or None."""
        near = _measure_crop(self._one, pixels, last.centre, last.size * CROP_FACES)
        return near[0] if near else None

    def boxes(self, pixels: Pixels) -> list[Box]:
        """Left, top, right, bottom of every face in a still, as shares of its width and height."""
        height, width = pixels.shape[:2]
        size = np.array([width, height])
        found = [face.landmarks[:, :2] / size for face in self.find(pixels)]
        return [(*map(float, points.min(0)), *map(float, points.max(0))) for points in found]  # type: ignore[misc]

    def around(self, pixels: Pixels, face: Face) -> list[Face]:
        """The faces about this one, itself among them, and the large ones of the frame; measured once, roughly."""
        height, width = pixels.shape[:2]
        near = _measure_crop(self._many, pixels, face.centre, face.size * AROUND)
        middle = np.array([width / 2, height / 2])
        return near + _measure_crop(self._many, pixels, middle, float(max(width, height)))

    def close(self) -> None:
        """Release the models; safe to call twice."""
        self._many.close()
        self._one.close()

    def __enter__(self) -> FaceFinder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
