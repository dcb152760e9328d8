"""A likeness from files, under a grant: what the grant allows is asked before any face is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from countenance.errors import BadOption, FaceError, PermissionRefused
from countenance.face.identity import ACCEPT
from countenance.likeness.gathering import SIDES, Gathered, Update, gather, made_from
from countenance.likeness.library.likeness_store import check_likeness_output, save_likeness
from countenance.likeness.value import Likeness
from countenance.likeness.view_selection import LEAST_DETAIL
from countenance.permission.authorisation import Authorisation, GrantFile, Right
from countenance.permission.grant_claim import GrantClaim
from countenance.permission.ledger import Ledger
from countenance.permission.ledger_entries import note_grant
from countenance.settings import Settings

USES = ("swap", "kiosk", "re-age", "train")
"""What a likeness is for; a grant must allow one of them."""


@dataclass(frozen=True)
class MadeLikeness:
    """What came of it.

    Attributes:
        path: of the file.
        likeness: as it was saved.
        gathered: what it was made of, and what was left out.
    """

    path: Path
    likeness: Likeness
    gathered: Gathered


def create_likeness(
    name: str,
    paths: Sequence[Path],
    output: Path,
    permission: Right,
    settings: Settings,
    *,
    side: int | None = None,
    overwrite: bool = False,
    progress: Update | None = None,
) -> MadeLikeness:
    """Make a likeness of one person out of their pictures and clips, and save it sealed.

    Args:
        name: as the user calls it.
        paths: files, and folders of them.
        output: a .likeness file.
        permission: a grant of the person, for one of USES.
        settings: of the installation.
        side: of the atlas, one of SIDES; None to choose by the material.
        overwrite: replace what is there.
        progress: told of files done, and of how many.

    Raises:
        PermissionRefused: permission.use, permission.face, … ; FaceError: nobody is seen, likeness.blurred,
        likeness.nothing; InputError, OutputError, SetupError, ProvenanceError.
    """
    if side is not None and side not in SIDES:
        raise BadOption(f"--size {side} is none of {', '.join(map(str, SIDES))}.")
    if not name.strip():
        raise BadOption("The likeness has no name.", "Give the person's name, or what you call them.")
    output = Path(output)
    check_likeness_output(output, [p for p in paths if p.is_file()], overwrite=overwrite)
    claim = allowed_by(permission, settings)
    signed, anchors = claim.grant, claim.templates
    if signed.grant.likeness.faces and not anchors:
        raise PermissionRefused(
            "The grant names a face whose template is not here: nobody can be told from strangers.",
            "Add the face template that came with the grant: --face-template FILE.",
            code="permission.face_unchecked",
        )
    gathered = gather(paths, anchors, allowed=signed.grant.likeness.pictures, side=side, progress=progress)
    refuse_useless(gathered, bool(anchors))
    likeness = made_from(gathered, name.strip(), grant_sha256=signed.sha256, grant_id=signed.grant.id)
    with Ledger.open(settings) as ledger:
        note_grant(signed, ledger)
    save_likeness(likeness, output, settings, overwrite=overwrite)
    return MadeLikeness(output, likeness, gathered)


def allowed_by(permission: Right, settings: Settings) -> GrantClaim:
    """What the grant says, if it allows a likeness to be made, as far as can be said before looking at anything.

    Raises:
        PermissionRefused: permission.use, where it is for none of USES; and as `policy.check_grant`.
    """
    if not isinstance(permission, GrantFile):
        raise PermissionRefused(
            "A likeness is made under a grant of the person shown; the public domain does not allow one.",
            "Ask the person, or their estate: countenance permission request --use swap",
            code="permission.use",
        )
    with Authorisation("train", {"source": permission}, settings) as asking:
        claim = asking.claim("source")
        assert isinstance(claim, GrantClaim)
        asking.check(claim, next((use for use in USES if use in claim.grant.grant.scope.uses), USES[0]))
    return claim


def refuse_useless(gathered: Gathered, anchored: bool) -> None:
    """Where nothing is left, say why.

    Raises:
        PermissionRefused: permission.face, permission.review. FaceError: likeness.blurred, likeness.unusable.
    """
    if gathered.takes:
        return
    if not gathered.coverage.looks:
        if gathered.sharpest < LEAST_DETAIL:
            raise _blurred(f"All {gathered.faces} faces in the material are too blurred to be known.", {})
        if not anchored:
            raise FaceError(
                "No face in the material is large and frontal enough to be known.", code="likeness.unusable"
            )
        unsure = [one for one in gathered.strangers if not one.sure]
        if gathered.nearest is not None and unsure and not any(one.sure for one in gathered.strangers):
            raise PermissionRefused(
                f"The material may show the person of the grant, or not (nearest distance {gathered.nearest:.2f}).",
                f"Add material in which the face is larger and from the front; under {ACCEPT} it is accepted.",
                code="permission.review",
            )
        distance = "" if gathered.nearest is None else f" (nearest distance {gathered.nearest:.2f})"
        raise PermissionRefused(
            f"Nobody in the material is the person of the grant{distance}.",
            "Use material of the person who signed, or ask the person in it for a grant.",
            code="permission.face",
        )
    dropped = dict(gathered.coverage.dropped)
    total = sum(dropped.values())
    if dropped.get("blurred", 0) >= total / 2:
        raise _blurred(f"All {total} looks at the person are too blurred to draw from.", dropped)
    said = ", ".join(f"{count} {reason}" for reason, count in dropped.items())
    raise FaceError(
        f"None of {total} looks at the person can be used: {said}.",
        "Use pictures from the front, with the whole face, open eyes and even light.",
        code="likeness.unusable",
        details={"dropped": dropped},
    )


def _blurred(why: str, dropped: dict[str, int]) -> FaceError:
    return FaceError(
        why,
        "Use pictures in focus, straight from the camera, in which the face is at least 100 pixels high.",
        code="likeness.blurred",
        details={"dropped": dropped},
    )
