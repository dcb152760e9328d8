"""Consent that a stranger can check: what of a grant may stand in a public file. Pure but for the file beside a grant.

Two small signed documents, without names, faces or contents of the grant:

    consent         by the signer's key, made together with the grant: this grant (by hash), for these uses, until then,
                    to that key. Lies beside the grant as `grant.consent`.
    presentation    by the grantee's key, made for each render: that consent, this permit and use, and the certificate
                    (by hash) that signs the file's manifest.

Everything in a public file can be copied out of it, a consent too. The presentation is what cannot be made use of
elsewhere: it holds for one certificate alone, and whoever copies it cannot sign with that. Fingerprints of faces are
left out: they would tie a person's files together for anybody, and nobody without the face could check them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from countenance.errors import PermissionRefused
from countenance.permission.credential import SignedCredential, credential_beside, names
from countenance.permission.grant import Did, Hex32, Instant, Kind, Sha256, Use, first_fault
from countenance.permission.jws import LONGEST, SignedDocument, open_document, sign_document
from countenance.permission.keyring import Signer
from countenance.permission.signed_grant import SKEW, SignedGrant

CONSENT = "countenance-consent+jwt"
PRESENTATION = "countenance-presentation+jwt"
SUFFIX = ".consent"
Word = Annotated[str, StringConstraints(pattern=r"^[a-z-]{1,32}\z")]


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)


class Consent(_Part):
    """What the signer of a grant signs for others to see; times are seconds since 1970, UTC."""

    issuer: Annotated[Did, Field(alias="iss")]
    audience: Annotated[Did, Field(alias="aud")]
    issued: Annotated[Instant, Field(alias="iat")]
    begins: Annotated[Instant, Field(alias="nbf")]
    ends: Annotated[Instant, Field(alias="exp")]
    grant_sha256: Sha256
    kind: Kind
    uses: Annotated[tuple[Use, ...], Field(min_length=1)]
    voice: bool


class Presentation(_Part):
    """What the grantee signs for one render."""

    issuer: Annotated[Did, Field(alias="iss")]
    issued: Annotated[Instant, Field(alias="iat")]
    consent_sha256: Sha256
    permit: Hex32
    use: Word
    certificate: Annotated[Sha256, Field(alias="x5t#S256")]


_Model = TypeVar("_Model", Consent, Presentation)


@dataclass(frozen=True)
class SignedConsent:
    """A consent whose form and signature hold."""

    consent: Consent
    document: SignedDocument


@dataclass(frozen=True)
class Proofs:
    """What came beside a grant for others to check; None where it did not."""

    consent: SignedConsent | None = None
    credential: SignedCredential | None = None


def sign_consent(signed: SignedGrant, signer: Signer) -> SignedConsent:
    """The consent that goes with a grant. Raises PermissionRefused: permission.issuer, where another key signed it."""
    grant = signed.grant
    if signer.identity.did != grant.issuer:
        raise _not_its_own()
    said = {
        "iss": grant.issuer,
        "aud": grant.audience,
        "iat": grant.issued,
        "nbf": grant.begins,
        "exp": grant.ends,
        "grant_sha256": signed.sha256,
        "kind": grant.kind,
        "uses": list(grant.scope.uses),
        "voice": grant.likeness.voice,
    }
    return read_consent(sign_document(said, signer, CONSENT).text)


def read_consent(text: str | bytes) -> SignedConsent:
    """Open a consent. Raises PermissionRefused: as `signing.open_document`; permission.schema, permission.issuer."""
    document = open_document(text, CONSENT)
    consent = _parsed(Consent, document)
    if consent.issuer != document.issuer:
        raise _not_its_own()
    return SignedConsent(consent, document)


def belongs(one: SignedConsent, signed: SignedGrant) -> bool:
    """Whether a consent says what its grant says."""
    grant, said = signed.grant, one.consent
    stated = (said.issuer, said.audience, said.grant_sha256, said.kind, said.begins, said.ends)
    return stated == (grant.issuer, grant.audience, signed.sha256, grant.kind, grant.begins, grant.ends) and (
        (said.uses, said.voice) == (grant.scope.uses, grant.likeness.voice)
    )


def proofs_beside(grant: Path, signed: SignedGrant) -> Proofs:
    """What lies beside a grant under the same name, each held against the grant.

    Raises:
        PermissionRefused: as `read_consent` and `read_credential`; permission.proof, where one is of another grant, or
            the credential is of another key or name.
    """
    path = grant.with_suffix(SUFFIX)
    consent = None
    if path.is_file():
        with path.open("rb") as file:
            consent = read_consent(file.read(LONGEST + 1))
    credential = credential_beside(grant)
    if consent is not None and not belongs(consent, signed):
        raise _other(path.name)
    if credential is not None and (
        credential.credential.subject != signed.grant.issuer or not names(credential, signed.grant.signer.name)
    ):
        raise _other(grant.with_suffix(".credential").name)
    return Proofs(consent, credential)


def sign_presentation(
    consent: SignedConsent,
    signer: Signer,
    *,
    permit: str,
    use: str,
    certificate_sha256: str,
    now: datetime | None = None,
) -> SignedDocument:
    """Take a render under a consent. Raises PermissionRefused: permission.issuer, where the signer is no grantee."""
    if signer.identity.did != consent.consent.audience:
        raise _not_its_own()
    said = {
        "iss": signer.identity.did,
        "iat": int((now or datetime.now(UTC)).timestamp()),
        "consent_sha256": consent.document.sha256,
        "permit": permit,
        "use": use,
        "x5t#S256": certificate_sha256,
    }
    return sign_document(said, signer, PRESENTATION)


def why_not_shown(
    consent_text: str,
    presentation_text: str,
    *,
    grant_sha256: str,
    kind: str,
    allowed_as: str,
    voice: bool,
    permit: str,
    use: str,
    certificate_sha256: str,
    when: datetime,
) -> tuple[str, Consent | None]:
    """Hold a consent and its presentation, both from a stranger's file, against what the file's manifest states.

    Args:
        grant_sha256, kind: of the grant the entry rests on.
        allowed_as: the use that the consent must name: the render's own, or `double`.
        voice: whether it must allow the voice.
        permit, use: as the manifest states them.
        certificate_sha256: of the certificate that signed the manifest.
        when: at which it must hold, aware.

    Returns:
        Why it is no consent to this file, and None; or an empty text and the consent.
    """
    if not consent_text:
        return "it carries no consent that others could check", None
    try:
        consent = read_consent(consent_text)
    except PermissionRefused as error:
        return f"its consent does not hold ({error.code})", None
    said = consent.consent
    if said.grant_sha256 != grant_sha256 or said.kind != kind:
        return "its consent belongs to another grant", None
    if allowed_as not in said.uses:
        return f"its consent does not allow {allowed_as}", None
    if voice and not said.voice:
        return "its consent does not allow the voice", None
    if not said.begins <= when.timestamp() < said.ends:
        return "its consent did not hold at that time", None
    try:
        document = open_document(presentation_text, PRESENTATION)
        shown = _parsed(Presentation, document)
    except PermissionRefused:
        return "nothing ties its consent to this file: it may have been copied from another", None
    right = (
        document.issuer == shown.issuer == said.audience
        and shown.consent_sha256 == consent.document.sha256
        and (shown.permit, shown.use) == (permit, use)
        and bool(certificate_sha256)
        and shown.certificate == certificate_sha256
        and shown.issued <= (when + SKEW).timestamp()
    )
    return ("", said) if right else ("its consent was given for another file: it was copied from there", None)


def _parsed(model: type[_Model], document: SignedDocument) -> _Model:
    try:
        return model.model_validate_json(document.payload, strict=True)
    except ValidationError as error:
        raise PermissionRefused(
            f"The proof is not of the form that is taken: {first_fault(error)}.",
            "Ask the signer for the files that `countenance permission sign` wrote.",
            code="permission.schema",
        ) from error


def _not_its_own() -> PermissionRefused:
    return PermissionRefused(
        "The proof of consent is signed by another key than the one it names.",
        "Ask the signer for the files that `countenance permission sign` wrote.",
        code="permission.issuer",
    )


def _other(name: str) -> PermissionRefused:
    return PermissionRefused(
        f"{name}, beside the grant, does not belong to it.",
        "Put the files that came with the grant beside it, under its name, or move the wrong one away.",
        code="permission.proof",
    )
