"""The measures of bench.quality, each on one frame. Face box: the landmarks' bounding box in the true frame."""

from __future__ import annotations

from dataclasses import astuple, dataclass, fields

import numpy as np
from skimage.metrics import structural_similarity

from countenance.face.head import Head
from countenance.face.pose import rotation_angle
from countenance.face.topology import LEFT_EYE_UPPER, LEFT_IRIS, LIPS, RIGHT_EYE_UPPER, RIGHT_IRIS
from countenance.face.types import Face
from countenance.media.frames import Pixels


@dataclass(frozen=True)
class FrameScore:
    """One drawn frame against the true one.

    Attributes:
        psnr: dB, in the face box, RGB.
        ssim: in the face box, RGB, skimage's default window.
        nme: mean landmark distance over the outer-eye-corner distance, landmarks read back from the drawn frame.
        lip_nme: the same over the lips.
        blendshape_mae: over the 52 blendshapes read back.
        pose_error: degrees between MediaPipe's head rotations.
    """

    psnr: float
    ssim: float
    nme: float = float("nan")
    lip_nme: float = float("nan")
    blendshape_mae: float = float("nan")
    pose_error: float = float("nan")


def rotation_of(face: Face) -> np.ndarray:
    """MediaPipe's head rotation, without scale."""
    r = face.pose[:3, :3].astype(np.float64)
    return r / np.cbrt(np.linalg.det(r))


def score(drawn: Pixels, true: Pixels, truth: Face, read_back: Face | None) -> FrameScore:
    """Compare in the face box of `truth`."""
    x0, y0, x1, y1 = truth.box
    height, width = true.shape[:2]
    rows = slice(max(0, int(y0)), min(height, int(y1) + 1))
    columns = slice(max(0, int(x0)), min(width, int(x1) + 1))
    a, b = drawn[rows, columns], true[rows, columns]
    error = float(np.mean((a.astype(np.float64) - b) ** 2))
    psnr = 10 * np.log10(255**2 / max(error, 1e-3))
    ssim = float(structural_similarity(b, a, channel_axis=2, data_range=255))
    if read_back is None:
        return FrameScore(float(psnr), ssim)
    eye = float(np.linalg.norm(truth.landmarks[33, :2] - truth.landmarks[263, :2]))
    distance = np.linalg.norm(read_back.landmarks[:, :2] - truth.landmarks[:, :2], axis=1) / eye
    return FrameScore(
        float(psnr),
        ssim,
        float(distance.mean()),
        float(distance[LIPS].mean()),
        float(np.abs(read_back.blendshapes - truth.blendshapes).mean()),
        rotation_angle(rotation_of(read_back), rotation_of(truth)),
    )


def mean(scores: list[FrameScore]) -> FrameScore:
    """The mean of each measure, frames without a reading left out."""
    table = np.array([astuple(s) for s in scores], np.float64)
    known = [column[~np.isnan(column)] for column in table.T]
    return FrameScore(*(float(column.mean()) if len(column) else float("nan") for column in known))


EYEBALL = 1.2 / 3.0  # the eyeball's radius in eye widths (12 mm, 30 mm between the corners)
BLINK = 0.5  # eyeBlink, mean of both eyes, from which on the eyes count as shut
OPEN = 0.35  # and below which gaze can be read


def blink(face: Face) -> float:
    """How far the eyes are shut: the mean of both eyeBlink blendshapes."""
    return (face.blendshape("eyeBlinkLeft") + face.blendshape("eyeBlinkRight")) / 2


def mouth_opening(face: Face) -> float:
    """Between the middles of the inner lips, in eye distances."""
    return float(np.linalg.norm(face.landmarks[13] - face.landmarks[14])) / face.eye_distance


def gaze(face: Face) -> np.ndarray:
    """(2,) degrees across and down against the head: the irises between the eyes' corners, both eyes' mean."""
    shape = Head.of(face.landmarks.astype(np.float64)).shape
    found = []
    for upper, iris in ((RIGHT_EYE_UPPER, RIGHT_IRIS), (LEFT_EYE_UPPER, LEFT_IRIS)):
        a, b = shape[upper[0]], shape[upper[-1]]
        away = (shape[iris[0]] - (a + b) / 2)[:2] / np.linalg.norm(a - b)
        found.append(np.degrees(np.arcsin(np.clip(away / EYEBALL, -1, 1))))
    return np.asarray(np.mean(found, axis=0))


def blink_peaks(faces: list[Face | None]) -> list[int]:
    """The frame in which each blink is at its fullest."""
    shut = [0.0 if face is None else blink(face) for face in faces]
    peaks: list[int] = []
    start: int | None = None
    for k, value in enumerate([*shut, 0.0]):
        if value > BLINK and start is None:
            start = k
        elif value <= BLINK and start is not None:
            peaks.append(max(range(start, k), key=lambda i: shut[i]))
            start = None
    return peaks


def names() -> list[str]:
    """Column names, in order."""
    return [f.name for f in fields(FrameScore)]
