"""Live Link Face CSV: motion capture from a telephone, in and out.

In: ARKit's blendshapes become landmark motion through `performance.expression`, measured against the performer at
rest, which is taken from the calmest rows. Out: a Performance's blendshapes, head and gaze, on a 60 Hz grid.

Angles are Euler angles in radians about ARKit's axes of the face (x towards the person's left, y up, z out of the
face): R = R_y(yaw) · R_x(pitch) · R_z(roll), so that yaw is positive towards the person's left, pitch down, and roll
towards their right shoulder. (`face.types.Face.angles` counts roll the other way.)
"""

from __future__ import annotations

import heapq
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from countenance.errors import BadDocument, BadOption
from countenance.face.pose import rotation_from_vector, vector_from_rotation
from countenance.face.topology import BLENDSHAPES, LEFT_IRIS, RIGHT_IRIS
from countenance.files import partial_beside
from countenance.media.source import Source, pinned
from countenance.performance.angles import head_angles, head_rotation
from countenance.performance.capture import unrest
from countenance.performance.edit import retime
from countenance.performance.expression import blendshapes_of, canonical_neutral, landmark_motion
from countenance.performance.live_link_rows import ARKIT, HEADER, PLACES, TURNS, Row, read_rows
from countenance.performance.take import Neutral, Performance, Sample, quantised
from countenance.performance.timecode import DAY, written_timecode

FloatArray = NDArray[np.float64]
Centring = Literal["auto", "recorded", "calm"]

EYEBALL = 1.2  # cm, its radius: gaze angle → how far the iris moves
LEVELS = 129  # that medians are told apart by
CALM_ROWS = 8  # averaged to know the performer at rest
ASKEW = 5.0  # degrees: a head that never comes closer to straight ahead was filmed at an angle
JAW = BLENDSHAPES.index("jawOpen")
RATES = (24, 25, 30, 60)  # frames a second that time codes without drop-frame are read at


@dataclass(frozen=True)
class _Recording:
    """What one pass over a file finds out.

    Attributes:
        rate: that the time codes count at.
        average: rows a second.
        begin, end: time codes of the first and last row, seconds.
        calm: (52,) blendshapes of the performer at rest; the jaw is as shut there as it ever is.
        turns: (9,) radians, at rest.
        nearest: (3,) degrees: how close head, left and right eye ever come to straight ahead.
        gaze: (2,) for yaw and pitch of the eyes: 1; −1 where they run against the `eyeLook` blendshapes, as some
            recorders have it; 0 where the file does not say where the eyes look apart from blendshapes.
    """

    rate: Fraction
    average: Fraction
    begin: Fraction
    end: Fraction
    calm: FloatArray
    turns: FloatArray
    nearest: FloatArray
    gaze: FloatArray


def read_live_link(
    given: Source | Path | str, *, rate: Fraction | None = None, centre: Centring = "auto"
) -> Performance:
    """A recording of Live Link Face as a Performance. The file is checked whole now, and read again when it is played.

    Args:
        given: the CSV.
        rate: frames a second that its time codes count; None finds out.
        centre: `calm` takes the pose of head and eyes in the calmest rows as straight ahead, `recorded` leaves them
            as they are, `auto` does the former where they never come within 5° of it: a telephone held at an angle.

    Raises:
        FileMissing, EmptyFile, BadDocument: with the line that is wrong.
    """
    path = pinned(given)
    found = _looked_over(path, rate)
    askew = np.full(3, centre == "calm") if centre != "auto" else found.nearest > ASKEW
    rest = found.turns * np.repeat(askew, 3)
    head = rotation_from_vector(_head_vector(rest))
    duration = found.end - found.begin + 1 / found.average

    def read() -> Iterator[Sample]:
        last: Sample | None = None
        for row, time in _timed(path, found.rate):
            last = _sample(row, time - found.begin, found, head, rest[3:], last)
            yield last

    return Performance(canonical_neutral(), found.average, read, duration, False, "live-link")


def _timed(path: Source, rate: Fraction) -> Iterator[tuple[Row, Fraction]]:
    """Rows with rising times: past midnight they go on, and a time that comes twice counts once."""
    last: Fraction | None = None
    days = 0
    for row in read_rows(path):
        time = row.time(rate) + days * DAY
        if last is not None and time < last - DAY // 2:
            days += 1
            time += DAY
        if last is not None and time < last:
            raise BadDocument(
                f"{path.name}, line {row.line}: its time code lies before the one above.",
                "Export the take again, or sort its lines.",
                details={"line": row.line},
            )
        if time != last:
            yield row, time
        last = time


def _looked_over(path: Source, rate: Fraction | None) -> _Recording:
    counted, usual = _counted(path)
    rate = rate or counted
    calmest: list[tuple[float, int, FloatArray]] = []
    count, turned, agreed = 0, False, np.zeros(2)
    nearest, lowest = np.full(3, 180.0), np.ones(len(BLENDSHAPES))
    begin = end = Fraction(0)
    for row, time in _timed(path, rate):
        begin, end = (time if count == 0 else begin), time
        count += 1
        if row.blendshapes is not None:
            lowest = np.minimum(lowest, row.blendshapes)
            turned = turned or bool(row.turns[3:].any())
            agreed += row.turns[3:].reshape(2, 3)[:, :2].mean(0) * (LOOKS @ (row.blendshapes - usual))
            nearest = np.minimum(nearest, np.degrees(np.linalg.norm(row.turns.reshape(3, 3), axis=1)))
            entry = (-unrest(row.blendshapes, usual), -count, np.concatenate([row.blendshapes, row.turns]))
            if len(calmest) < CALM_ROWS:
                heapq.heappush(calmest, entry)
            else:
                heapq.heappushpop(calmest, entry)
    shapes = len(BLENDSHAPES)
    calm = np.mean([entry[2] for entry in calmest], axis=0)
    calm[JAW] = lowest[JAW]
    average = rate
    if count > 1:
        measured = (count - 1) / (end - begin)
        if abs(measured - rate) > rate / 50:
            average = min(max(measured.limit_denominator(1001), Fraction(1)), Fraction(480))
    return _Recording(
        rate, average, begin, end, calm[:shapes], calm[shapes:], nearest, turned * np.where(agreed < 0, -1.0, 1.0)
    )


def _counted(path: Source) -> tuple[Fraction, FloatArray]:
    """What the time codes count at, and each blendshape's median (52,).

    The rate follows from the highest frame number, where the recording is longer than a second; else it is 60.
    """
    most, drop, held = 0, False, 0
    seconds: set[int] = set()
    tally = np.zeros((len(BLENDSHAPES), LEVELS), np.int64)
    for row in read_rows(path):
        if row.blendshapes is not None:
            tally[np.arange(len(BLENDSHAPES)), (row.blendshapes * (LEVELS - 1)).astype(int)] += 1
            held += 1
        if row.timecode is not None:
            most, drop = max(most, row.timecode.frames), drop or row.timecode.drop
            if len(seconds) < 3:
                seconds.add(row.timecode.seconds)
    if not held:
        raise BadDocument(f"{path.name} holds no row with a face.", "Record it again, with the face in view.")
    usual = (tally.cumsum(axis=1) * 2 < held).sum(axis=1) / (LEVELS - 1)
    if most >= RATES[-1]:
        return Fraction(240 if most >= 120 else 120), usual
    if drop:
        return Fraction(60000 if most >= 30 or len(seconds) < 3 else 30000, 1001), usual
    return Fraction(RATES[-1] if len(seconds) < 3 else next(r for r in RATES if most < r)), usual


def _looks() -> FloatArray:
    """(2, 52): how blendshapes say that both eyes look towards the person's left, and down."""
    ways = (
        ("eyeLookOutLeft", "eyeLookInRight", "eyeLookInLeft", "eyeLookOutRight"),
        ("eyeLookDownLeft", "eyeLookDownRight", "eyeLookUpLeft", "eyeLookUpRight"),
    )
    rows = np.zeros((2, len(BLENDSHAPES)))
    for row, names in zip(rows, ways, strict=True):
        row[[BLENDSHAPES.index(name) for name in names]] = (1, 1, -1, -1)
    return rows


LOOKS = _looks()


def _head_vector(turns: FloatArray) -> FloatArray:
    """HeadYaw, HeadPitch, HeadRoll in radians → a rotation vector on our axes."""
    yaw, pitch, roll = np.degrees(turns[:3])
    return head_rotation(float(yaw), float(pitch), -float(roll))


def _sample(
    row: Row, time: Fraction, found: _Recording, head: FloatArray, eyes: FloatArray, last: Sample | None
) -> Sample:
    zero = np.zeros(3, np.float32)
    if row.blendshapes is None:
        if last is None:
            return Sample(time, False, zero, zero, 0.0, found.calm.astype(np.float32), np.zeros((478, 3), np.float32))
        return Sample(time, False, last.rotation, last.translation, last.zoom, last.blendshapes, last.offsets)
    offsets = landmark_motion(row.blendshapes, found.calm)
    if found.gaze.any():
        for iris, turn, rest in ((LEFT_IRIS, row.turns[3:5], eyes[:2]), (RIGHT_IRIS, row.turns[6:8], eyes[3:5])):
            offsets[iris] = _iris(*(found.gaze * (turn - rest)))
    rotation = vector_from_rotation(rotation_from_vector(_head_vector(row.turns)) @ head.T)
    return Sample(
        time=time,
        present=True,
        rotation=rotation.astype(np.float32),
        translation=zero,
        zoom=0.0,
        blendshapes=row.blendshapes.astype(np.float32),
        offsets=quantised(offsets),
    )


def _iris(yaw: float, pitch: float) -> FloatArray:
    """Where the iris goes when the eye turns, cm."""
    return EYEBALL * np.array([np.sin(yaw), np.sin(pitch), 1 - np.cos(yaw) * np.cos(pitch)])


def write_live_link(
    take: Performance,
    path: Path | str,
    *,
    rate: Fraction | None = None,
    progress: Callable[[int, int | None], None] | None = None,
) -> int:
    """Write a Performance as Live Link Face writes its recordings.

    Args:
        take: read once.
        path: the CSV; replaced if it is there.
        rate: rows and time-code frames a second; None: 60, or 59.94 (drop-frame) for a take at an NTSC rate.
        progress: called with the rows written so far and the total, where it is known.

    Returns:
        How many rows were written.

    Raises:
        BadOption: the rate. OutputFull, OutputFolder; whatever reading the take raises.
    """
    path = Path(path)
    if rate is None:
        rate = Fraction(60000, 1001) if take.rate.denominator == 1001 else Fraction(60)
    if not 1 <= rate <= 240:
        raise BadOption(f"{float(rate):g} rows a second are out of range: 1 to 240.")
    even = retime(take, rate=rate)
    total = None if even.duration is None else max(1, round(even.duration * rate))
    count = 0
    with partial_beside(path) as partial, partial.open("wb") as raw, io.TextIOWrapper(raw, "utf-8", newline="") as out:
        out.write(",".join(HEADER) + "\n")
        for sample in even:
            cells = [written_timecode(sample.time, rate), str(len(ARKIT) + len(TURNS))]
            cells += [f"{value:.8f}" for value in _values(sample, take.neutral)]
            out.write(",".join(cells) + "\n")
            count += 1
            if progress is not None:
                progress(count, total)
    return count


def _values(sample: Sample, neutral: Neutral) -> list[float]:
    """The 61 numbers of a row."""
    shapes = sample.blendshapes.astype(np.float64)
    if not shapes[1:].any() and sample.offsets.any():
        shapes = blendshapes_of(sample.offsets)  # a take that was not measured may have motion only
    values = [float(shapes[place]) if place else 0.0 for place in PLACES]
    yaw, pitch, roll = np.radians(head_angles(sample.rotation))
    values += [float(yaw), float(pitch), -float(roll)]
    canonical = canonical_neutral()
    for iris, k in ((LEFT_IRIS, 1), (RIGHT_IRIS, 0)):
        wide = canonical.eye_width[k] / max(neutral.eye_width[k], 1e-3)
        across, down = np.clip(sample.offsets[iris].mean(0)[:2] * wide / EYEBALL, -1, 1)
        values += [float(np.arcsin(across)), float(np.arcsin(down)), 0.0]
    return values
