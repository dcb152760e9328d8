"""From files to one person's takes: looked through, sorted, dropped, spread; then read again, cut to the face.

Reads files; writes none. Knows nothing of grants: whose face it is comes as templates.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from countenance.errors import InputError, NoFace, PermissionRefused
from countenance.face.identity import ACCEPT, FaceTemplate, describe_still, template_from
from countenance.face.tracker import LEAST_EYES
from countenance.face.types import Face
from countenance.likeness.atlas import MESH_SHARE
from countenance.likeness.clustering import Stranger, sort_people
from countenance.likeness.coverage import Coverage, coverage_of
from countenance.likeness.irises import iris_from, iris_places
from countenance.likeness.material import FaceObservation, Track, Unread, files_in, look_again, look_at_all
from countenance.likeness.value import Likeness, LikenessView, resealed, seal_over
from countenance.likeness.view_selection import MOST_VIEWS, Chosen, choose
from countenance.likeness.views import shape_from, views_from
from countenance.media.frames import Pixels
from countenance.media.source import Source

SIDES = (512, 768, 1024)
REACH = 1.0  # face sizes from its middle that a take keeps
MOST_DESCRIPTIONS = 60
Update = Callable[[int, int | None], None]


@dataclass(frozen=True)
class Gathered:
    """One person's takes, and what was made of the rest.

    Attributes:
        takes: the first is the most frontal and most at rest; empty where none could be used.
        template: whose face; None where nobody's was found.
        coverage: of all that could be used.
        side: of the atlas that the material is good for.
        unread: files that could not be used.
        strangers: who else was seen.
        nearest: the smallest distance to the templates that were given.
        faces: how many looks there were of anybody.
        sharpest: the most detail in any of them, see `detail`; 0 without any.
        warnings: in plain words.
    """

    takes: tuple[LikenessView, ...]
    template: FaceTemplate | None
    coverage: Coverage
    side: int
    unread: tuple[Unread, ...]
    strangers: tuple[Stranger, ...]
    nearest: float | None
    faces: int
    sharpest: float
    warnings: tuple[str, ...] = ()


def gather(
    paths: Sequence[Path | Source],
    anchors: Sequence[FaceTemplate] = (),
    *,
    allowed: Sequence[str] = (),
    most: int = MOST_VIEWS,
    side: int | None = None,
    progress: Update | None = None,
) -> Gathered:
    """Look through files and folders for one person.

    Args:
        paths: files and folders.
        anchors: templates of the person; empty to take whoever is seen most.
        allowed: SHA-256 of the only files that may be used; empty for any.
        most: takes.
        side: of the atlas; None to choose by the material.
        progress: told of files done, and of how many.

    Raises:
        FileMissing; NoFace: nobody is seen; InputError: no file could be read; SetupError.
    """
    total = sum(1 for _ in files_in(paths))
    tracks: list[Track] = []
    unread: list[Unread] = []
    read = 0
    for count, found in enumerate(look_at_all(paths, allowed=allowed), 1):
        if isinstance(found, Unread):
            unread.append(found)
        else:
            read += 1
            tracks += found
        if progress is not None:
            progress(count, total)
    _refuse_nothing(read, unread, tracks)
    people = sort_people(tracks, anchors)
    chosen = choose(people.own, most=most, least_eyes=LEAST_EYES)
    used = {look.source.sha256 for look in chosen.usable}
    coverage = coverage_of(
        chosen.seen, files=(total, len(used)), looks=len(people.own), dropped=chosen.dropped
    )  # fmt: skip
    faces = sum(len(track.looks) for track in tracks)
    sharpest = max((look.detail for track in tracks for look in track.looks), default=0.0)
    if not chosen.views:
        return Gathered((), None, coverage, SIDES[0], tuple(unread), people.strangers, people.nearest, faces, sharpest)
    picked = [chosen.usable[k] for k in chosen.views]
    side = side or side_for(picked)
    takes = tuple(take_of(look, side) for look in picked)
    template = _template(people.descriptions, picked, takes)
    takes = tuple(replace(take, seal=seal_over(take, template)) for take in takes)
    return Gathered(
        takes, template, coverage, side, tuple(unread), people.strangers, people.nearest, faces, sharpest,
        tuple(_warnings(chosen, coverage)),
    )  # fmt: skip


def made_from(gathered: Gathered, name: str, *, grant_sha256: str, grant_id: str = "") -> Likeness:
    """The likeness of gathered takes, with a fresh number.

    Raises:
        NoFace: nothing was gathered. PermissionRefused: likeness.forged: takes not of this person.
    """
    template = gathered.template
    if not gathered.takes or template is None:
        raise NoFace("Nothing of the person could be used.")
    if not all(take.is_of(template) for take in gathered.takes):
        raise PermissionRefused(
            "The takes are not those in which this person was found.",
            "Gather them anew out of the files: `gather(paths)`.",
            code="likeness.forged",
        )
    shape = shape_from(gathered.takes)
    views, light = views_from(gathered.takes, shape, gathered.side)
    made = Likeness(
        id=secrets.token_hex(16),
        name=name,
        made_at=datetime.now(UTC).replace(microsecond=0),
        grant_sha256=grant_sha256,
        template=template,
        shape=shape,
        views=views,
        light=light,
        takes=gathered.coverage.takes,
        warnings=gathered.warnings,
        grant_id=grant_id,
        material=tuple(sorted({take.source for take in gathered.takes})),
        coverage=gathered.coverage,
        iris=iris_from(gathered.takes),
        irises=iris_places(gathered.takes[0].landmarks),
    )
    return resealed(made)


def take_of(look: FaceObservation, side: int) -> LikenessView:
    """Read a look's picture again and cut it to the face. Raises InputError."""
    pixels = look_again(look)
    part, landmarks = cut(pixels, look.face)
    sharpness = look.detail / (MESH_SHARE * side)
    return LikenessView(
        part, landmarks, look.face.blendshapes, look.face.angles, sharpness, look.source.sha256, float(look.seconds)
    )  # fmt: skip


def cut(pixels: Pixels, face: Face) -> tuple[Pixels, NDArray[np.float32]]:
    """The picture round a face, and the landmarks in it."""
    height, width = pixels.shape[:2]
    (x, y), reach = face.centre, REACH * face.size
    x0, y0 = max(0, int(x - reach)), max(0, int(y - reach))
    x1, y1 = min(width, int(x + reach) + 1), min(height, int(y + reach) + 1)
    return pixels[y0:y1, x0:x1].copy(), face.landmarks - np.array([x0, y0, 0], np.float32)


def side_for(looks: Sequence[FaceObservation]) -> int:
    """The smallest atlas that loses nothing of the better half of these."""
    detail = float(np.percentile([look.detail for look in looks], 75))
    return next((side for side in SIDES if MESH_SHARE * side >= 1.1 * detail), SIDES[-1])


def _template(
    descriptions: Sequence[NDArray[np.float32]],
    looks: Sequence[FaceObservation],
    takes: Sequence[LikenessView],
) -> FaceTemplate:
    middle = np.median(np.stack(descriptions), axis=0)
    near = sorted(descriptions, key=lambda one: float(np.linalg.norm(one - middle)))
    near = [one for one in near if float(np.linalg.norm(one - middle)) < ACCEPT][:MOST_DESCRIPTIONS]
    if len(near) >= 5:
        return template_from(near)
    face = Face(takes[0].landmarks, looks[0].face.blendshapes, looks[0].face.pose)
    return template_from([*near, *describe_still(takes[0].pixels, face)], still=len(near) < 2)


def _warnings(chosen: Chosen, coverage: Coverage) -> list[str]:
    said = []
    best = max(chosen.usable[k].detail for k in chosen.views)
    if coverage.takes == 1:
        said.append(
            "Made from one picture: only what it shows is known. Turned heads, smiles and open mouths are guesses; "
            "add pictures from both sides, and some that smile."
        )
    share = best / (MESH_SHARE * SIDES[0])
    if share < SOFT:
        said.append(
            f"The sharpest take holds {100 * share:.0f} % of what the smallest atlas could: close-ups will look soft."
        )
    return said + ([] if coverage.takes == 1 else list(coverage.missing))


SOFT = 0.4  # of the smallest atlas's detail


def _refuse_nothing(read: int, unread: Sequence[Unread], tracks: Sequence[Track]) -> None:
    if not read:
        real = [one for one in unread if one.code != "likeness.twice"]
        if not real:
            raise InputError("There is no file to look at.", "Give pictures and clips, or folders of them.",
                             code="likeness.nothing")  # fmt: skip
        first = real[0]
        more = "" if len(real) == 1 else f" ({len(real) - 1} more)"
        raise InputError(
            f"None of the files can be used. {first.path.name}: {first.why}{more}",
            "Give JPEG, PNG, WebP, TIFF or BMP pictures, or clips that FFmpeg can read.",
            code="likeness.nothing",
        )
    if not tracks:
        raise NoFace("Nobody was found in the material.")
