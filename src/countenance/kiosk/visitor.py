"""A visitor's take: whether it is one, and the likeness in it, made in memory and never written."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path
from typing import final

import numpy as np

from countenance.errors import (
    BadOption,
    FaceError,
    FileMissing,
    NoFace,
    NotAPicture,
    OutputFolder,
    OutputIsInput,
    PermissionRefused,
)
from countenance.likeness import gather, made_from
from countenance.likeness.library import WornSubject, refuse_useless
from countenance.media import Source, open_video, read_picture
from countenance.permission import GrantClaim

LEAST, MOST = Fraction(1), Fraction(60)
"""Seconds of a take."""
DARK = 40  # grey levels: where 95 % of every frame is darker, nobody can be known
AGAIN = (
    "Record another: one person, from the front, in focus, in even light, turning the head a little, for three to ten "
    "seconds."
)


def take_file(take: Path, others: tuple[Path, ...], *, delete: bool) -> Path:
    """The take's own file, before it counts as one: nothing that is refused here is deleted.

    Args:
        take: as the user names it.
        others: files that it must not be: the template and what that names, the grant, the output.
        delete: whether it is to be deleted in the end, and must be deletable.

    Raises:
        FileMissing, BadOption, NotAVideo, NoVideoStream, OutputIsInput; OutputFolder: kiosk.not_deletable.
    """
    if not take.is_file():
        raise FileMissing(f"There is no take {take}.")
    file = take.resolve()
    if any(other.exists() and other.samefile(file) for other in others):
        raise OutputIsInput(f"{take.name} is given as the take and as something else.", "Name the visitor's own clip.")
    try:
        read_picture(file)
    except NotAPicture:
        pass
    else:
        raise BadOption(f"{take.name} is a picture; a take is a clip of a few seconds.", "It was not deleted. " + AGAIN)
    with open_video(file):  # no clip at all: not a take
        pass
    if delete and not (os.access(file, os.W_OK) and os.access(file.parent, os.W_OK)):
        raise OutputFolder(
            f"{take} could not be deleted after the showing: it is read-only.",
            "Make the file and its folder writable, or keep the take with --keep-take.",
            code="kiosk.not_deletable",
        )
    return file


@final
class VisitorSubject(WornSubject):
    """The visitor of a take: their likeness is made of it in memory, and never written.

    Args:
        take: the clip.
        claim: the visitor's grant, with the template it names.

    Raises:
        FaceError: kiosk.short, kiosk.long, kiosk.dark, kiosk.people, face.none, likeness.blurred, likeness.unusable;
        PermissionRefused: permission.face, permission.review, permission.face_unchecked; InputError, SetupError.
    """

    def __init__(self, take: Source, claim: GrantClaim) -> None:
        self.source = take
        grant, anchors = claim.grant.grant, claim.templates
        _length_and_light(take)
        if not anchors:
            raise PermissionRefused(
                "The visitor's grant names a face whose template is not here: the take cannot be held against it.",
                "Add the face template that came with the grant: --face-template FILE.",
                code="permission.face_unchecked",
            )
        try:
            gathered = gather([take], anchors, allowed=grant.likeness.pictures)
        except NoFace as error:
            raise NoFace("Nobody is seen in the take.", AGAIN) from error
        others = [one for one in gathered.strangers if one.sure and one.looks > 1]
        if others and gathered.coverage.looks:
            raise FaceError(
                f"The take shows somebody beside the visitor ({others[0].where.replace(take.name, 'the take')}), who "
                "has not agreed.",
                AGAIN,
                code="kiosk.people",
            )
        try:
            refuse_useless(gathered, anchored=True)
        except FaceError as error:
            error.remedy = AGAIN
            raise
        self.likeness = made_from(gathered, "visitor", grant_sha256=claim.hash, grant_id=grant.id)


def _length_and_light(take: Source) -> None:
    """Decoded, since a webcam's file often does not say how long it is."""
    with open_video(take) as video:
        seen, brightest = Fraction(0), 0.0
        for frame in video.frames(duration=MOST + 1):
            seen = frame.time
            brightest = max(brightest, float(np.percentile(frame.pixels[::16, ::16], 95)))
    if seen < LEAST - Fraction(1, 10):
        raise FaceError(f"The take has {float(seen):.1f} s; at least {LEAST} s is needed.", AGAIN, code="kiosk.short")
    if seen > MOST:
        raise FaceError(f"The take has more than {MOST} s.", AGAIN, code="kiosk.long")
    if brightest < DARK:
        raise FaceError("The take is too dark to know anybody in it.", AGAIN, code="kiosk.dark")
