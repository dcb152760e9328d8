"""The rows of a Live Link Face CSV: names, numbers, and complaints with the line they are about. Knows no motion.

Layout as Epic's Live Link Face app writes it (ARKit mode): `Timecode, BlendShapeCount`, ARKit's 52 blendshapes, then
the turns of the head and of both eyes, nine Euler angles in radians. Recorders differ in the capitals of names; some
leave out TongueOut or the angles; the app writes a row with a count of 0, and no values, where it lost the face.
"""

from __future__ import annotations

import codecs
import csv
import io
import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TextIO

import numpy as np
from numpy.typing import NDArray

from countenance.errors import BadDocument
from countenance.face.topology import BLENDSHAPES
from countenance.media.source import Source
from countenance.performance.timecode import Timecode, read_timecode

FloatArray = NDArray[np.float64]

ARKIT = (
    "EyeBlinkLeft EyeLookDownLeft EyeLookInLeft EyeLookOutLeft EyeLookUpLeft EyeSquintLeft EyeWideLeft EyeBlinkRight "
    "EyeLookDownRight EyeLookInRight EyeLookOutRight EyeLookUpRight EyeSquintRight EyeWideRight JawForward JawRight "
    "JawLeft JawOpen MouthClose MouthFunnel MouthPucker MouthRight MouthLeft MouthSmileLeft MouthSmileRight "
    "MouthFrownLeft MouthFrownRight MouthDimpleLeft MouthDimpleRight MouthStretchLeft MouthStretchRight "
    "MouthRollLower MouthRollUpper MouthShrugLower MouthShrugUpper MouthPressLeft MouthPressRight MouthLowerDownLeft "
    "MouthLowerDownRight MouthUpperUpLeft MouthUpperUpRight BrowDownLeft BrowDownRight BrowInnerUp BrowOuterUpLeft "
    "BrowOuterUpRight CheekPuff CheekSquintLeft CheekSquintRight NoseSneerLeft NoseSneerRight TongueOut"
).split()
TURNS = (
    "HeadYaw HeadPitch HeadRoll LeftEyeYaw LeftEyePitch LeftEyeRoll RightEyeYaw RightEyePitch RightEyeRoll"
).split()
HEADER = ["Timecode", "BlendShapeCount", *ARKIT, *TURNS]
PLACES = np.array([0 if n == "TongueOut" else BLENDSHAPES.index(n[0].lower() + n[1:]) for n in ARKIT])
"""Where each of ARKIT stands in BLENDSHAPES; TongueOut, which the landmarker does not know, points at `_neutral`."""
SHAPES = len(BLENDSHAPES)
OPTIONAL = {"tongueout", *(name.lower() for name in TURNS)}
RANGE = (-1.0, 2.0)  # calibrated recordings leave 0 to 1; what lies beyond this is in another unit
MOST_TURN = 2 * math.pi
MOST_LINE = 1 << 14  # characters; a full row has about 700


@dataclass(frozen=True)
class Row:
    """One line of the file.

    Attributes:
        line: its number, from 1.
        timecode: as written; None where the recorder numbers its frames instead.
        frame: that number.
        blendshapes: (52,) in the order of `BLENDSHAPES`, clipped to 0–1; None where the face was lost.
        turns: (9,) radians in the order of TURNS; zero where the file has none.
    """

    line: int
    timecode: Timecode | None
    frame: Fraction
    blendshapes: FloatArray | None
    turns: FloatArray

    def time(self, rate: Fraction) -> Fraction:
        """Seconds since midnight's time code."""
        return self.frame / rate if self.timecode is None else self.timecode.seconds_at(rate)


def read_rows(path: Source) -> Iterator[Row]:
    """The rows of a file, one at a time.

    Raises:
        InputChanged; BadDocument: with the number of the line it is about.
    """
    line = 0
    try:
        with path.open() as raw:
            wide = raw.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
        with io.TextIOWrapper(path.open(), "utf-16" if wide else "utf-8-sig", newline="") as file:
            columns: _Columns | None = None
            for line, text in enumerate(_lines(file, path.name), 1):
                if "\0" in text:
                    raise _bad(path.name, line, "it is not text")
                cells = next(csv.reader([text]), []) if '"' in text else text.rstrip("\r\n").split(",")
                if not any(cell.strip() for cell in cells):
                    continue
                if columns is None:
                    columns = _columns(cells, path.name)
                    continue
                try:
                    yield _row(cells, columns, line)
                except ValueError as error:
                    raise _bad(path.name, line, str(error)) from error
    except (UnicodeError, csv.Error) as error:
        raise _bad(path.name, line + 1, "it is not text") from error
    if columns is None:
        raise BadDocument(f"{path.name} holds no header.", _EXPORT)


_EXPORT = "Export the take again from Live Link Face as CSV (ARKit mode)."


def _lines(file: TextIO, name: str) -> Iterator[str]:
    """Lines of bearable length."""
    number = 0
    while text := file.readline(MOST_LINE + 1):
        number += 1
        if len(text) > MOST_LINE:
            raise _bad(name, number, "it is too long")
        yield text


def _bad(name: str, line: int, what: str) -> BadDocument:
    return BadDocument(f"{name}, line {line}: {what}.", _EXPORT, details={"line": line})


@dataclass(frozen=True)
class _Columns:
    """Where the values of a row stand.

    Attributes:
        width: of the header.
        timecode, count: of Timecode and BlendShapeCount; the latter None where there is none.
        names, cells: of each value that is read, and its column.
        places: where it goes: a blendshape's place in BLENDSHAPES, or beyond them a turn's.
    """

    width: int
    timecode: int
    count: int | None
    names: list[str]
    cells: list[int]
    places: NDArray[np.int64]


def _columns(cells: list[str], name: str) -> _Columns:
    """Raises BadDocument."""
    names = [cell.strip().lower() for cell in cells]
    if "timecode" not in names:
        raise BadDocument(f"{name} is no Live Link Face file: its first line names no Timecode.", _EXPORT)
    missing = [wanted for wanted in ARKIT if wanted.lower() not in names and wanted.lower() not in OPTIONAL]
    if missing:
        some = ", ".join(missing[:3]) + (f" and {len(missing) - 3} more" if len(missing) > 3 else "")
        raise BadDocument(f"{name} lacks columns of ARKit's blendshapes: {some}.", _EXPORT)
    twice = [wanted for wanted in HEADER if names.count(wanted.lower()) > 1]
    if twice:
        raise BadDocument(f"{name} has two columns called {twice[0]}.", _EXPORT)
    goals = [*zip(ARKIT, PLACES, strict=True), *zip(TURNS, range(SHAPES, SHAPES + len(TURNS)), strict=True)]
    read = [
        (wanted, names.index(wanted.lower()), place) for wanted, place in goals if wanted.lower() in names and place
    ]
    return _Columns(
        width=len(names),
        timecode=names.index("timecode"),
        count=names.index("blendshapecount") if "blendshapecount" in names else None,
        names=[wanted for wanted, _, _ in read],
        cells=[cell for _, cell, _ in read],
        places=np.array([place for _, _, place in read]),
    )


def _row(cells: list[str], columns: _Columns, line: int) -> Row:
    text = cells[columns.timecode].strip() if columns.timecode < len(cells) else ""
    timecode = None if text.isascii() and text.isdecimal() and len(text) < 12 else read_timecode(text)
    frame = Fraction(int(text)) if timecode is None else Fraction(0)
    said = columns.count is not None and columns.count < len(cells)
    if len(cells) <= 2 or (said and cells[columns.count or 0].strip() in ("0", "")):
        return Row(line, timecode, frame, None, np.zeros(len(TURNS)))
    if len(cells) < columns.width:
        raise ValueError(f"it has {len(cells)} values for {columns.width} columns")
    texts = [cells[k] for k in columns.cells]
    try:
        read = np.array([float(text) for text in texts])
    except ValueError:
        read = np.array([_number(text, name) for text, name in zip(texts, columns.names, strict=True)])
    values = np.zeros(SHAPES + len(TURNS))
    values[columns.places] = read
    shapes, turns = values[:SHAPES], values[SHAPES:]
    # Written so that what is not a number fails too.
    if not (shapes.min() >= RANGE[0] and shapes.max() <= RANGE[1] and np.abs(turns).max() <= MOST_TURN):
        raise ValueError(_complaint(texts, columns))
    return Row(line, timecode, frame, np.clip(shapes, 0, 1), turns)


def _complaint(texts: list[str], columns: _Columns) -> str:
    """Which value of a row is out of range."""
    for text, name, place in zip(texts, columns.names, columns.places, strict=True):
        value = _number(text, name)
        if place >= SHAPES and abs(value) > MOST_TURN:
            return f"{name} is {value:g}; angles are in radians"
        if place < SHAPES and not RANGE[0] <= value <= RANGE[1]:
            return f"{name} is {value:g}; blendshapes lie between 0 and 1"
    return "a value is out of range"


def _number(text: str, name: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"{name} is {text.strip()[:20]!r}, not a number") from None
    if not math.isfinite(value):
        raise ValueError(f"{name} is {text.strip()[:20]!r}, not a number")
    return value
