"""Holds the face in an input against a grant's templates. The policy judges what comes out. Logs nothing of faces."""

from __future__ import annotations

from pathlib import Path

from countenance.errors import FileMissing, NotAPicture, PermissionRefused
from countenance.face.identity import Embedding, FaceTemplate, describe_still, nearest, template_of_clip
from countenance.face.tracker import choose_face, find_faces
from countenance.files import sha256_file
from countenance.media.picture import read_picture
from countenance.permission.claim import LikenessMatch
from countenance.permission.keyring import Keyring
from countenance.permission.signed_grant import SignedGrant
from countenance.permission.templates import TemplateStore, sealed_for, unseal
from countenance.settings import Settings, default_settings

SEALED = ".face"
_LONGEST = 64 * 1024


def compare(path: Path, templates: tuple[FaceTemplate, ...], face: str = "largest") -> LikenessMatch | None:
    """The nearest template to the face in a picture or clip; None where there are no templates.

    Args:
        path: a picture or a video.
        templates: of one person.
        face: which face, as `choose_face` takes it.

    Raises:
        InputError, FaceError, SetupError.
    """
    if not templates:
        return None
    digest = sha256_file(path) if path.is_file() else ""
    found = nearest(templates, described(path, face))
    return None if found is None else LikenessMatch(digest, found[0].hash, found[1])


def compare_known(
    path: Path, templates: tuple[FaceTemplate, ...], known: FaceTemplate, made_of: tuple[str, ...] = ()
) -> LikenessMatch | None:
    """As `compare`, for a likeness, whose face is known by a template.

    Args:
        path: the file.
        templates: of the grant.
        known: the likeness's own.
        made_of: SHA-256 of the files that it was made of.
    """
    found = nearest(templates, [known.vector])
    return None if found is None else LikenessMatch(sha256_file(path), found[0].hash, found[1], made_of)


def described(path: Path, face: str = "largest") -> list[Embedding]:
    """Descriptions of the face in a picture or clip. Raises InputError, FaceError, SetupError."""
    path = Path(path)
    try:
        pixels = read_picture(path).flattened()
    except NotAPicture:
        return [template_of_clip(path, choice=face).vector]
    return describe_still(pixels, choose_face(find_faces(pixels), face, name=path.name))


def templates_of(
    signed: SignedGrant, *, sealed: Path | None = None, settings: Settings | None = None
) -> tuple[FaceTemplate, ...]:
    """The templates that a grant names and that are kept here, after taking in the sealed one that came with it.

    Args:
        signed: the grant.
        sealed: a `.face` file from the subject; None for none.
        settings: this process's by default.

    Raises:
        FileMissing; PermissionRefused: permission.face_sealed, permission.face_other; ProvenanceError: mark.passphrase.
    """
    settings = settings or default_settings()
    store = TemplateStore.at_home(settings)
    faces = signed.grant.likeness.faces
    if sealed is not None:
        template = opened(sealed, signed, settings)
        if template.hash not in store.fingerprints():
            store.keep(template)
    return tuple(found for fingerprint in faces if (found := store.find(fingerprint)) is not None)


def opened(sealed: Path, signed: SignedGrant, settings: Settings | None = None) -> FaceTemplate:
    """The template in a `.face` file, which must be one that the grant names.

    Raises:
        FileMissing; PermissionRefused: permission.face_sealed, permission.face_other.
    """
    if not sealed.is_file():
        raise FileMissing(f"There is no face template {sealed}.")
    with sealed.open("rb") as file:
        text = file.read(_LONGEST).decode("ascii", "replace")
    ring = Keyring.at_home(settings)
    own = {identity.did for identity in ring.identities()}
    wanted = sealed_for(text)
    template = unseal(text, ring.signer(wanted if wanted in own else signed.grant.audience))
    if template.hash not in signed.grant.likeness.faces:
        raise PermissionRefused(
            f"{sealed.name} holds a face that the grant does not name.",
            "Use the .face file that came with this grant.",
            code="permission.face_other",
        )
    return template


def sealed_beside(grant: Path) -> Path | None:
    """The `.face` file that lies beside a grant under the same name, if there is one."""
    beside = grant.with_suffix(SEALED)
    return beside if beside.is_file() else None
