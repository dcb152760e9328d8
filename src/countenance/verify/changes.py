"""What became of a copy since it left, as far as its marks' geometry and the record tell. Pure.

A mark's geometry is relative to the frame: its scale is the marked picture's short side over the frame's, so that
plain resizing leaves it at 1, cropping raises it and showing the picture inside a larger one lowers it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from countenance.marking.acoustic import ENOUGH, ROW
from countenance.marks.watermark import PictureGeometry
from countenance.verify.findings import FileFinding, MarkFinding, MarkReading
from countenance.verify.record import RecordFinding

SCALE_SLACK = 0.025
ASPECT_SLACK = 0.02
TURN_SLACK = 0.75
SPEED_SLACK = 0.01
TIME_SLACK = Fraction(1, 2)
BOX_SLACK = 0.12
_WRITTEN = {"video/mp4": "h264", "video/quicktime": "h264", "video/webm": "vp9"}


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that was done to a copy.

    Attributes:
        what: still, cropped, inset, flipped, rotated, stretched, reshaped, resized, speed, shortened, lengthened,
            mixed, other-sound, muted, re-encoded, saved-again, unsigned.
        amount: degrees, per cent of a side, factor or seconds, as the word needs.
    """

    what: str
    amount: float = 0.0


def changes(
    file: FileFinding,
    picture: MarkFinding,
    sound: MarkFinding,
    record: RecordFinding | None,
    *,
    intact: bool,
    other_sound: bool = False,
) -> tuple[Change, ...]:
    """What was done to the file since it was marked, the most striking first.

    Args:
        intact: the file's content is what was signed; at most its manifest is gone.
        other_sound: its sound is surely not that of the render.
    """
    if record is not None and record.exact:
        return ()
    if intact:
        return (Change("unsigned"),)
    found = list(_changes(file, picture, sound, record))
    if record is not None and file.kind == "video" and len(record.sound_fingerprint) >= ENOUGH * ROW:
        if other_sound:
            found.insert(0, Change("other-sound"))
        elif not file.has_sound:
            found.append(Change("muted"))
    if record is not None and file.whole and not any(change.what == "still" for change in found):
        found.append(Change("re-encoded" if _surely_encoded(found, file, record) else "saved-again"))
    return tuple(found)


def _surely_encoded(found: list[Change], file: FileFinding, record: RecordFinding) -> bool:
    """Other pixels or another codec; else the same pictures may only lie in another container."""
    if any(change.what not in ("shortened", "lengthened", "mixed", "other-sound", "muted") for change in found):
        return True
    written = _WRITTEN.get(record.media_type, "")
    return bool(file.codec and written and file.codec != written)


def _changes(
    file: FileFinding, picture: MarkFinding, sound: MarkFinding, record: RecordFinding | None
) -> Iterator[Change]:
    moving = record is not None and record.frames > 1
    if moving and file.kind in ("picture", "head"):
        yield Change("still")
    seen = _for_record(picture, record)
    if seen is not None and seen.geometry is not None:
        yield from _of_geometry(seen.geometry, file, record)
    elif record is not None and record.width and file.width:
        yield from _of_size(file, record)
    heard = _for_record(sound, record)
    if heard is not None and heard.speed is not None and abs(heard.speed - 1) > SPEED_SLACK:
        yield Change("speed", round(heard.speed, 3))
    if (
        record is not None
        and record.duration
        and file.duration is not None
        and file.kind not in ("picture", "head")
        and file.whole
    ):
        difference = record.duration - file.duration
        if difference > TIME_SLACK:
            yield Change("shortened", float(difference))
        elif difference < -TIME_SLACK:
            yield Change("lengthened", float(-difference))
    ancestors = set() if record is None else {int(parent, 16) for parent in record.parents}
    if len((set(picture.payloads) | set(sound.payloads)) - ancestors) > 1:
        yield Change("mixed")


def _for_record(marks: MarkFinding, record: RecordFinding | None) -> MarkReading | None:
    fitting = [one for one in marks.sightings if record is None or record.payload in (None, one.payload)]
    return max(fitting, key=lambda one: one.confidence, default=None)


def _of_geometry(geometry: PictureGeometry, file: FileFinding, record: RecordFinding | None) -> Iterator[Change]:
    turned = abs(geometry.rotation) > TURN_SLACK
    quarter = turned and abs(abs(geometry.rotation) % 180 - 90) < TURN_SLACK
    if geometry.scale > 1 + SCALE_SLACK:
        yield Change("cropped", round(100 / geometry.scale))
    elif geometry.scale < 1 - SCALE_SLACK or _small_box(geometry):
        yield Change("inset", round(100 * geometry.scale))
    elif record is not None and record.width and not turned and _cut(geometry, file, record):
        longer = max(file.width, file.height) / min(file.width, file.height)
        before = max(record.width, record.height) / min(record.width, record.height)
        yield Change("cropped" if longer < before else "inset", 100)  # a whole short side beside more than there was
    if geometry.flipped:
        yield Change("flipped")
    if turned:
        yield Change("rotated", round(geometry.rotation / 90) * 90 if quarter else round(geometry.rotation, 1))
    if abs(geometry.aspect - 1) > ASPECT_SLACK:
        yield Change("stretched", round(geometry.aspect, 3))
    if record is not None and record.width and file.width:
        before = min(record.width, record.height)
        now = min(file.width, file.height) * geometry.scale
        if abs(now / before - 1) > SCALE_SLACK:
            yield Change("resized", round(now / before, 3))


def _small_box(geometry: PictureGeometry) -> bool:
    left, top, right, bottom = geometry.box
    return right - left < 1 - 2 * BOX_SLACK or bottom - top < 1 - 2 * BOX_SLACK


def _cut(geometry: PictureGeometry, file: FileFinding, record: RecordFinding) -> bool:
    """The short side is whole and the long side is not: another aspect ratio that no stretching explains."""
    before, now = record.width / record.height, file.width / file.height / geometry.aspect
    return abs(now / before - 1) > ASPECT_SLACK


def _of_size(file: FileFinding, record: RecordFinding) -> Iterator[Change]:
    if abs((file.width * record.height) / (file.height * record.width) - 1) > ASPECT_SLACK:
        yield Change("reshaped")
    elif abs(file.width / record.width - 1) > SCALE_SLACK:
        yield Change("resized", round(file.width / record.width, 3))
