"""From a person's clips to examples: the face followed, the likeness drawn at each frame, its light taken out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.engines.mesh.area import area_mask
from countenance.engines.mesh.light import SIDE, Light
from countenance.engines.mesh.likeness_texture import NEAR, Moment, Skin
from countenance.engines.mesh.openings import openings_mask
from countenance.engines.mesh.refiner_config import FULL, KEYS
from countenance.engines.mesh.refining import Seat, seat
from countenance.engines.mesh.training.background import without_room
from countenance.engines.mesh.training.examples import Examples
from countenance.face.subject import ClipSubject
from countenance.face.types import Face
from countenance.likeness.atlas import unwrap, with_rings
from countenance.likeness.texel_confidence import reliable
from countenance.likeness.value import JAW, SMILE, Likeness
from countenance.likeness.views import log_colour
from countenance.media.frames import Pixels

HELD = 5  # one block in so many is held out: the last fifth of each clip
GAP = 0.25  # seconds left out between what is trained on and what is held out
MOST = 1500  # frames; more would say little that is new, and fill memory
SAME = 0.12  # (distance / NEAR)² below which a view may be this very frame, or its neighbour
SMALLEST = 0.35  # of the square's pixels that the face must have had in the frame

Say = Callable[[int, int], None]


def examples_of(
    likeness: Likeness,
    subject: ClipSubject,
    *,
    most: int = MOST,
    say: Say | None = None,
    leave_out: bool = True,
    seed: int = 1,
) -> Examples | None:
    """Examples of one clip; None where it shows no face that is large enough.

    Args:
        likeness: the person.
        subject: that person in a clip.
        most: frames to take at most, evenly spread.
        say: called with frames done and in all.
        leave_out: draw a frame without the views that may be of this very frame, so that copying is not learnt.
        seed: of which other views are left out now and then.

    Raises:
        InputError, ModelMissing, ModelCorrupt, LibraryMissing.
    """
    random = np.random.default_rng(seed)
    skins = _Skins(likeness)
    reach, rim = area_mask("face", SIDE)
    light = Light(rim, (reach > 0).astype(np.float32))
    rest = likeness.shape[KEYS].astype(np.float32)
    rows: list[tuple[float, Seat, Pixels, NDArray[np.uint8]]] = []
    cut = True
    total = max(1, subject.info.frame_count or 1)
    step = max(1, round(total / most))
    for seen in subject.follow():
        frame, face = seen.frame, seen.face
        if frame.index % step:
            continue
        if say is not None:
            say(frame.index, total)
        if face is None or face.size < SMALLEST * FULL:
            cut = True
            continue
        texture = skins.texture(face, random if leave_out else None)
        place, truth, judged = _example(frame.pixels, face, texture, rest, light, cut=cut)
        rows.append((float(frame.time), place, truth, judged))
        cut = False
    if not rows:
        return None
    return without_room(_stacked(rows, rest))


def held_out(times: NDArray[np.float64]) -> NDArray[np.int8]:
    """Per frame 1 where it is held out, −1 where it is in the gap before and dropped, 0 where it is trained on."""
    first, last = float(times.min()), float(times.max())
    border = first + (last - first) * (1 - 1 / HELD)
    return np.where(times >= border, 1, np.where(times >= border - GAP, -1, 0)).astype(np.int8)


class _Skins:
    """The likeness with some of its views left out."""

    def __init__(self, likeness: Likeness) -> None:
        self._likeness = likeness
        self._at = np.array([(v.yaw, v.pitch, v.smile, v.jaw) for v in likeness.views])
        self._skins: dict[tuple[int, ...], Skin] = {}

    def texture(self, face: Face, random: np.random.Generator | None) -> Pixels:
        moment = moment_of(face)
        kept = np.ones(len(self._at), bool)
        if random is not None:
            here = np.array([moment.yaw, moment.pitch, moment.smile, moment.jaw])
            away = (((self._at - here) / NEAR) ** 2).sum(1)
            kept = (away > SAME) & (random.random(len(away)) > 0.15)
            if not kept.any():
                kept[int(away.argmax())] = True
        chosen = tuple(int(k) for k in np.flatnonzero(kept))
        if chosen not in self._skins:
            views = tuple(self._likeness.views[k] for k in chosen)
            self._skins[chosen] = Skin(replace(self._likeness, views=views))
        return self._skins[chosen].texture(moment)


def moment_of(face: Face) -> Moment:
    """How a measured face is held and what it does."""
    yaw, pitch, _ = face.angles
    return Moment(yaw, pitch, float(face.blendshapes[list(SMILE)].mean()), float(face.blendshapes[JAW]))


def _example(
    pixels: Pixels, face: Face, texture: Pixels, rest: NDArray[np.float32], light: Light, *, cut: bool
) -> tuple[Seat, Pixels, NDArray[np.uint8]]:
    landmarks = face.landmarks.astype(np.float64)
    place = seat(texture, with_rings(landmarks), rest)
    real = on_square(pixels, place.matrix)
    x0, y0 = np.maximum((face.centre - face.size).astype(int), 0)
    x1, y1 = (face.centre + face.size).astype(int)
    part = np.ascontiguousarray(pixels[y0:y1, x0:x1])
    plate, seen = unwrap(part, landmarks - (x0, y0, 0), SIDE)
    log = log_colour(plate)
    gain = light.gain(log, seen, texture, cut=cut)
    even = real.astype(np.float32) / np.asarray(place.laid.sample(np.exp(gain)))
    truth = np.clip(even + 0.5, 0, 255).astype(np.uint8)
    # Hair, collars and deep shadow are no skin: the drawing leaves them to the plate, and so must the network.
    sure = np.asarray(place.laid.sample(_trusted(log, seen)), np.float32)
    flat = landmarks[:, :2] @ place.matrix[:, :2].T + place.matrix[:, 2]
    inside = ~(real == 0).all(-1)
    judged = place.mask * np.clip(2 * sure, 0, 1) * inside * (1 - openings_mask(flat, (FULL, FULL)))
    return place, truth, np.asarray(judged + 0.5, np.uint8)


def _trusted(log: NDArray[np.float32], seen: NDArray[np.float32]) -> NDArray[np.float32]:
    """(SIDE, SIDE): where the frame shows this person's skin; a crease that turns away between is part of it."""
    closed = cv2.morphologyEx(seen, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    return np.asarray(reliable(log, closed), np.float32)


def on_square(pixels: Pixels, matrix: NDArray[np.float64]) -> Pixels:
    """The frame on the square, without aliasing; black beyond it."""
    scale = float(np.hypot(*matrix[0, :2]))
    source, to_square = pixels, matrix
    if scale < 0.75:
        inverse = cv2.invertAffineTransform(matrix)
        corners = np.array([[0, 0], [FULL, 0], [0, FULL], [FULL, FULL]]) @ inverse[:, :2].T + inverse[:, 2]
        x0, y0 = np.clip(corners.min(0).astype(int) - 4, 0, None)
        x1, y1 = corners.max(0).astype(int) + 5
        part = pixels[y0:y1, x0:x1]
        source = cv2.GaussianBlur(part, (0, 0), 0.42 / scale)
        to_square = matrix.copy()
        to_square[:, 2] += matrix[:, :2] @ (x0, y0)
    return np.asarray(cv2.warpAffine(source, to_square, (FULL, FULL), flags=cv2.INTER_CUBIC), np.uint8)


def _stacked(rows: list[tuple[float, Seat, Pixels, NDArray[np.uint8]]], rest: NDArray[np.float32]) -> Examples:
    kind = held_out(np.array([time for time, *_ in rows]))
    rows = [row for row, k in zip(rows, kind, strict=True) if k >= 0]
    return Examples(
        drawn=np.stack([place.drawn for _, place, _, _ in rows]),
        truth=np.stack([truth for _, _, truth, _ in rows]),
        maps=np.stack([place.maps for _, place, _, _ in rows]),
        mask=np.stack([place.mask for _, place, _, _ in rows]),
        judged=np.stack([judged for _, _, _, judged in rows]),
        motion=np.stack([place.motion for _, place, _, _ in rows]),
        held=kind[kind >= 0] == 1,
        rest=rest,
    )
