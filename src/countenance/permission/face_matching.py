"""The face templates that a grant names, as far as they are here. Logs nothing of faces."""

from __future__ import annotations

from pathlib import Path

from countenance.errors import FileMissing, PermissionRefused
from countenance.face.identity import FaceTemplate
from countenance.permission.keyring import Keyring
from countenance.permission.signed_grant import SignedGrant
from countenance.permission.templates import TemplateStore, sealed_for, unseal
from countenance.settings import Settings

SEALED = ".face"
_LONGEST = 64 * 1024


def templates_of(signed: SignedGrant, settings: Settings, *, sealed: Path | None = None) -> tuple[FaceTemplate, ...]:
    """The templates that a grant names and that are kept here, after taking in the sealed one that came with it.

    Args:
        signed: the grant.
        settings: whose home folder.
        sealed: a `.face` file from the subject; None for none.

    Raises:
        FileMissing; PermissionRefused: permission.face_sealed, permission.face_other; ProvenanceError: mark.passphrase.
    """
    store = TemplateStore.at_home(settings)
    faces = signed.grant.likeness.faces
    if sealed is not None:
        template = opened(sealed, signed, settings)
        if template.hash not in store.fingerprints():
            store.keep(template)
    return tuple(found for fingerprint in faces if (found := store.find(fingerprint)) is not None)


def opened(sealed: Path, signed: SignedGrant, settings: Settings) -> FaceTemplate:
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
