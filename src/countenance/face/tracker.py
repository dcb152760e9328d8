"""Finding faces in stills and following one through frames, with MediaPipe's face landmarker.

Stills are measured again on a crop of each face, so that a small face in a large picture is measured as well as a large
one. Frames are measured on a crop round the face's last place. The landmarker runs in IMAGE mode: no lag.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.errors import FaceChoice, FaceInProfile, FaceTooSmall, LibraryMissing, NoFace
from countenance.face.types import Face
from countenance.media.frames import Pixels
from countenance.models import model_path

CROP_FACES = 2.0  # side of the crop a face is measured on, in face sizes
CROP_PIXELS = 512  # and what that crop is scaled to
MAX_FACES = 16
ONE_PLACE = 0.4  # of the smaller face, where two overlap: from there on they are one face
LEAST_EYES = 48.0  # pixels between the outer eye corners
MAX_YAW = 62.0  # degrees; beyond, the far eye is hidden and landmarks are guesses


@contextlib.contextmanager
def _quiet_native_logs() -> Iterator[None]:
    """Native code writes set-up chatter straight to descriptor 2; nobody who runs a command wants it."""
    if os.environ.get("COUNTENANCE_DEBUG"):
        yield
        return
    try:
        sys.stderr.flush()
        saved = os.dup(2)
    except (OSError, ValueError):
        yield
        return
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123
        os.dup2(nowhere.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(saved, 2)
            os.close(saved)


class _Landmarker:
    """MediaPipe's landmarker, opened once and closed explicitly (its own finaliser fails at exit)."""

    def __init__(self, faces: int) -> None:
        try:
            with _quiet_native_logs():
                import mediapipe as mp
                from mediapipe.tasks.python import BaseOptions, vision

                options = vision.FaceLandmarkerOptions(
                    base_options=BaseOptions(model_asset_path=str(model_path("face_landmarker"))),
                    running_mode=vision.RunningMode.IMAGE,
                    num_faces=faces,
                    output_face_blendshapes=True,
                    output_facial_transformation_matrixes=True,
                )
                self._task: Any = vision.FaceLandmarker.create_from_options(options)
                self._mp = mp
                self.measure(np.zeros((64, 64, 3), np.uint8))
        except (ImportError, OSError) as error:
            raise LibraryMissing(
                f"The face landmarker could not be started: {error}.",
                "Install the system libraries it needs: apt-get install libegl1 libgles2 libgl1 libglib2.0-0",
            ) from error

    def measure(self, pixels: Pixels) -> list[Face]:
        height, width = pixels.shape[:2]
        image = self._mp.Image(
            image_format=self._mp.ImageFormat.SRGB, data=np.ascontiguousarray(pixels, dtype=np.uint8)
        )
        result = self._task.detect(image)
        scale = np.array([width, height, width], np.float32)
        faces = []
        for marks, shapes, pose in zip(
            result.face_landmarks,
            result.face_blendshapes,
            result.facial_transformation_matrixes,
            strict=False,
        ):
            points = np.array([(p.x, p.y, p.z) for p in marks], np.float32) * scale
            faces.append(
                Face(
                    landmarks=points,
                    blendshapes=np.array([c.score for c in shapes], np.float32),
                    pose=np.asarray(pose, np.float32),
                )
            )
        return faces

    def close(self) -> None:
        if self._task is not None:
            self._task.close()
            self._task = None


def _measure_crop(landmarker: _Landmarker, pixels: Pixels, centre: NDArray[np.floating], side: float) -> list[Face]:
    """Measure on a square crop, scaled to CROP_PIXELS; landmarks come back in the picture's pixels."""
    scale = CROP_PIXELS / side
    to_crop = np.array(
        [
            [scale, 0, CROP_PIXELS / 2 - scale * float(centre[0])],
            [0, scale, CROP_PIXELS / 2 - scale * float(centre[1])],
        ]
    )
    # INTER_AREA does not exist for warps: shrink large crops by whole factors first.
    shrink = max(1, int(1 / scale))
    if shrink > 1:
        x0, y0 = (max(0, int(c - side / 2) - 2) for c in centre[:2])
        x1, y1 = (int(c + side / 2) + 3 for c in centre[:2])
        part = pixels[y0:y1, x0:x1]
        if part.size == 0:
            return []
        small = cv2.resize(
            part,
            (max(1, part.shape[1] // shrink), max(1, part.shape[0] // shrink)),
            interpolation=cv2.INTER_AREA,
        )
        fx, fy = part.shape[1] / small.shape[1], part.shape[0] / small.shape[0]
        # pixel centres: part = (small + 0.5) · f − 0.5
        inner = np.array([[fx, 0, x0 + 0.5 * fx - 0.5], [0, fy, y0 + 0.5 * fy - 0.5], [0, 0, 1]])
        crop = cv2.warpAffine(small, to_crop @ inner, (CROP_PIXELS, CROP_PIXELS), flags=cv2.INTER_LINEAR)
    else:
        crop = cv2.warpAffine(pixels, to_crop, (CROP_PIXELS, CROP_PIXELS), flags=cv2.INTER_LINEAR)
    faces = []
    for face in landmarker.measure(np.asarray(crop, np.uint8)):
        points = face.landmarks.copy()
        points[:, 0] = (points[:, 0] - to_crop[0, 2]) / scale
        points[:, 1] = (points[:, 1] - to_crop[1, 2]) / scale
        points[:, 2] /= scale
        faces.append(Face(points, face.blendshapes, face.pose))
    return faces


def overlap(a: Face, b: Face) -> float:
    """Intersection over the smaller of two boxes."""
    ax0, ay0, ax1, ay1 = a.box
    bx0, by0, bx1, by1 = b.box
    wide = max(0.0, min(ax1, bx1) - max(ax0, bx0))
    high = max(0.0, min(ay1, by1) - max(ay0, by0))
    return wide * high / max(1e-6, min((ax1 - ax0) * (ay1 - ay0), (bx1 - bx0) * (by1 - by0)))


def _tiles(width: int, height: int) -> Iterator[tuple[float, float, float]]:
    """Centres and sides of overlapping squares that cover a picture, from coarse to fine."""
    longest, shortest = max(width, height), min(width, height)
    for side in (longest, shortest, longest / 2, longest / 3, longest / 5):
        if side < 160:
            return
        columns = max(1, round(2 * width / side) - 1)
        rows = max(1, round(2 * height / side) - 1)
        for y in np.linspace(min(side, height) / 2, height - min(side, height) / 2, rows):
            for x in np.linspace(min(side, width) / 2, width - min(side, width) / 2, columns):
                yield float(x), float(y), side


def find_faces(pixels: Pixels, *, thorough: bool = False) -> list[Face]:
    """Every face in a still, largest first, each measured twice on a crop of itself.

    Args:
        pixels: (h, w, 3) uint8 RGB.
        thorough: look at every scale even when a coarser one has found a face (for listing faces).
    """
    with contextlib.closing(_Landmarker(MAX_FACES)) as many, contextlib.closing(_Landmarker(1)) as one:
        return _every_face(many, one, pixels, thorough=thorough)


def _every_face(many: _Landmarker, one: _Landmarker, pixels: Pixels, *, thorough: bool) -> list[Face]:
    height, width = pixels.shape[:2]
    found: list[Face] = []
    last_side = 0.0
    for x, y, side in _tiles(width, height):
        if found and side != last_side and not thorough:
            break
        last_side = side
        for rough in _measure_crop(many, pixels, np.array([x, y]), side):
            if all(overlap(rough, other) < ONE_PLACE for other in found):
                found.append(rough)
    exact: list[Face] = []
    for face in found:
        measured: Face | None = face
        for _ in range(2):
            again = _measure_crop(one, pixels, face.centre, face.size * CROP_FACES)
            if not again:
                measured = None
                break
            measured = face = again[0]
        if measured is not None and all(overlap(measured, other) < ONE_PLACE for other in exact):
            exact.append(measured)
    return sorted(exact, key=lambda f: -f.size)


def choose_face(
    faces: Sequence[Face], choice: str = "largest", *, name: str = "the picture", least_eyes: float = LEAST_EYES
) -> Face:
    """The face a user means.

    Args:
        faces: as `find_faces` lists them.
        choice: `largest`, `left`, `right`, `top`, `bottom`, or a number from 1 (largest first).
        name: of the picture, for the error.
        least_eyes: pixels between the outer eye corners below which a face is too small.

    Raises:
        NoFace, FaceChoice, FaceTooSmall, FaceInProfile.
    """
    if not faces:
        raise NoFace(f"No face was found in {name}.")
    sides = {"left": (0, 1), "right": (0, -1), "top": (1, 1), "bottom": (1, -1)}
    if choice == "largest":
        face = max(faces, key=lambda f: f.size)
    elif choice in sides:
        axis, sign = sides[choice]
        face = min(faces, key=lambda f: sign * float(f.centre[axis]))
    elif choice.isdecimal() and 1 <= int(choice) <= len(faces):
        face = faces[int(choice) - 1]
    else:
        raise FaceChoice(
            f"{name} has {len(faces)} face{'s' if len(faces) > 1 else ''}; --face {choice} names none of them.",
            "Use a number from `countenance faces PICTURE`, or largest, left, right, top or bottom.",
        )
    across = face.landmarks[[33, 263]]
    if abs(face.angles[0]) > MAX_YAW:
        raise FaceInProfile(f"The face in {name} is turned {abs(face.angles[0]):.0f}° away.")
    if float(np.linalg.norm(across[0] - across[1])) < least_eyes:
        raise FaceTooSmall(
            f"The face in {name} has {np.linalg.norm(across[0] - across[1]):.0f} px between the eye corners; "
            f"{least_eyes:.0f} are needed."
        )
    return face


class FaceTracker:
    """Follows one face through frames; a context manager.

    The face is looked for on a crop round its last place, and in the whole frame when it is not there. One tracker
    serves one clip and one thread.
    """

    def __init__(self, choice: str = "largest") -> None:
        self._one = _Landmarker(1)
        self._many: _Landmarker | None = None
        self._choice = choice
        self._last: Face | None = None
        self._met = False  # whether the face was ever there: the first look takes its time

    def track(self, pixels: Pixels) -> Face | None:
        """The face in this frame, or None. `pixels`: (h, w, 3) uint8 RGB."""
        if self._last is not None:
            near = _measure_crop(self._one, pixels, self._last.centre, self._last.size * CROP_FACES)
            if near:
                self._last = near[0]
                return self._last
        self._last = self._find(pixels)
        return self._last

    def _find(self, pixels: Pixels) -> Face | None:
        if self._choice == "largest" and self._met:
            height, width = pixels.shape[:2]
            side = float(max(height, width))
            faces = _measure_crop(self._one, pixels, np.array([width / 2, height / 2]), side)
            for x, y, side in _tiles(width, height) if not faces else ():
                if side < max(width, height) / 2:
                    break
                faces = _measure_crop(self._one, pixels, np.array([x, y]), side)
                if faces:
                    break
        else:
            self._many = self._many or _Landmarker(MAX_FACES)
            everyone = _every_face(self._many, self._one, pixels, thorough=self._choice != "largest")
            if not everyone:
                return None
            if self._choice == "largest":
                faces = everyone[:1]
            elif self._choice.isdecimal():
                number = int(self._choice)
                faces = everyone[number - 1 : number]
            else:
                axis = 0 if self._choice in ("left", "right") else 1
                sign = 1 if self._choice in ("left", "top") else -1
                faces = [min(everyone, key=lambda f: sign * float(f.centre[axis]))]
        if not faces:
            return None
        again = _measure_crop(self._one, pixels, faces[0].centre, faces[0].size * CROP_FACES)
        self._met = self._met or bool(again)
        return again[0] if again else None

    def close(self) -> None:
        """Release the landmarkers; safe to call twice."""
        self._one.close()
        if self._many is not None:
            self._many.close()
            self._many = None

    def __enter__(self) -> FaceTracker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
