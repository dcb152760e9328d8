"""From a request to a grant: what the subject, or who may sign for them, allows. Pure; files are the caller's."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal, get_args

from pydantic import ValidationError

from countenance.errors import BadOption
from countenance.face.identity import FaceTemplate
from countenance.permission.grant import (
    SCHEMA,
    Grant,
    GrantEvidence,
    Kind,
    Party,
    Purpose,
    Scope,
    SigningParty,
    Subject,
    Work,
    first_fault,
)
from countenance.permission.keyring import Identity, Signer
from countenance.permission.request import SignedRequest
from countenance.permission.signed_grant import SignedGrant, sign_grant

SELF_USES = ("animate", "dub", "live", "speak", "re-age", "try-on", "kiosk", "persona", "game")
NOBODYS_DAYS = 365 * 10
PURPOSES = get_args(Purpose)
Standing = Literal["adult", "minor", "deceased", "fictional"]


@dataclass(frozen=True)
class Person:
    """Whose likeness is granted, where it is not the signer's own.

    Attributes:
        name, standing, born, died: as in `grant.Subject`.
    """

    name: str
    standing: Standing
    born: date | None = None
    died: date | None = None


@dataclass(frozen=True)
class Terms:
    """What the signer decides beside what was asked for.

    Attributes:
        days: how long; None for as long as was asked for.
        limits: in their own words, added to those asked for.
        revocation: https address where they will publish revocations; empty for none.
        times, period: how often at most.
        receipts, receipts_key: a use-receipt service that counts, and its did:key; empty for none.
        pictures: SHA-256 of the only files that may be used.
        child: the pictures show them, or the person they sign for, as a child.
        evidence: what accompanies the grant.
        born: the signer's own date of birth, if they want it in.
        uses, purposes, territories, languages: of those asked for, what is allowed; empty for all of them.
        voice: whether the voice is allowed, where it was asked for.
    """

    days: int | None = None
    limits: tuple[str, ...] = ()
    revocation: str = ""
    times: int | None = None
    period: Literal["ever", "day", "month", "year"] = "ever"
    pictures: tuple[str, ...] = ()
    child: bool = False
    evidence: tuple[GrantEvidence, ...] = ()
    work: Work | None = None
    born: date | None = None
    uses: tuple[str, ...] = field(default=())
    purposes: tuple[str, ...] = ()
    territories: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    voice: bool = True
    receipts: str = ""
    receipts_key: str = ""


def answer(
    signed: SignedRequest, signer: Signer, templates: Sequence[FaceTemplate], terms: Terms, person: Person | None = None
) -> SignedGrant:
    """The grant that answers a request.

    Args:
        signed: the request.
        signer: who allows.
        templates: of the subject's face.
        terms: what they decide; uses may only become fewer than was asked for.
        person: whose likeness it is, for guardians and estates.

    Raises:
        BadOption: terms that may not stand in a grant. PermissionRefused: as `sign_grant`.
    """
    return sign_grant(proposed(signed, signer.identity, templates, terms, person), signer)


def proposed(
    signed: SignedRequest,
    signer: Identity,
    templates: Sequence[FaceTemplate],
    terms: Terms,
    person: Person | None = None,
) -> Grant:
    """The grant that answers a request, not signed yet: for those whose key is not here. Arguments as for `answer`.

    Raises:
        BadOption: terms that may not stand in a grant, or go beyond what was asked for.
    """
    request = signed.request
    scope = request.scope.model_dump()
    for name in ("uses", "purposes", "territories", "languages"):
        asked, allowed = getattr(request.scope, name), getattr(terms, name) or getattr(request.scope, name)
        if set(allowed) - set(asked):
            raise BadOption(f"Only {', '.join(asked)} was asked for.", "Allow those, or fewer.")
        scope[name] = allowed
    own = request.kind in ("self", "subject")
    if own == (person is not None):
        raise BadOption(
            "Whoever signs for themselves names nobody else."
            if own
            else f"A grant of the kind {request.kind} must name the person shown.",
            "Leave --for out." if own else "Add --for NAME and --standing.",
        )
    me = Subject(name=signer.shown_as, did=signer.did, standing="adult", born=terms.born)
    scope["limits"] = (*request.scope.limits, *terms.limits)
    if terms.times is not None:
        scope |= {"times": terms.times, "period": terms.period}
    return _grant(
        signer,
        request.kind,
        me if person is None else Subject(**vars(person)),
        request.grantee,
        scope,
        [template.hash for template in templates],
        request.voice and terms.voice,
        terms,
        min(terms.days or request.days, request.days),
        signed.document.sha256,
    )


def own_face(signer: Signer, template: FaceTemplate, terms: Terms, *, purposes: tuple[str, ...]) -> SignedGrant:
    """A grant to oneself: one's own face, anywhere, in any language.

    Args:
        signer: oneself.
        template: of one's own face.
        terms: `evidence` must hold the live take.
        purposes: what one wants to use it for.

    Raises:
        BadOption, PermissionRefused.
    """
    me = Party(name=signer.identity.shown_as, did=signer.identity.did)
    subject = Subject(name=me.name, did=me.did, standing="adult", born=terms.born)
    scope = {
        "uses": terms.uses or SELF_USES,
        "purposes": purposes,
        "territories": ("worldwide",),
        "languages": ("any",),
        "limits": terms.limits,
    }
    grant = _grant(signer.identity, "self", subject, me, scope, [template.hash], True, terms, terms.days or 365, None)
    return sign_grant(grant, signer)


def nobodys_face(
    signer: Signer,
    name: str,
    template: FaceTemplate,
    picture: str,
    recipe: GrantEvidence,
    *,
    uses: tuple[str, ...],
    purposes: tuple[str, ...] = PURPOSES,
) -> SignedGrant:
    """A grant to oneself for a person who is nobody. It holds where the picture is what the recipe draws.

    Args:
        signer: oneself.
        name: what the persona is called.
        template: of its face.
        picture: SHA-256 hex of the only picture of it.
        recipe: what it was drawn from.
        uses, purposes: what for.

    Raises:
        BadOption, PermissionRefused.
    """
    me = Party(name=signer.identity.shown_as, did=signer.identity.did)
    scope = {"uses": uses, "purposes": purposes, "territories": ("worldwide",), "languages": ("any",), "limits": ()}
    terms = Terms(pictures=(picture,), evidence=(recipe,))
    nobody = Subject(name=name, standing="fictional")
    grant = _grant(signer.identity, "synthetic", nobody, me, scope, [template.hash], False, terms, NOBODYS_DAYS, None)
    return sign_grant(grant, signer)


def _grant(
    signer: Identity,
    kind: Kind,
    subject: Subject,
    grantee: Party,
    scope: dict[str, Any],
    faces: list[str],
    voice: bool,
    terms: Terms,
    days: int,
    request: str | None,
) -> Grant:
    now = datetime.now(UTC)
    likeness = {
        "faces": tuple(faces),
        "voice": voice,
        "depicts": "child" if terms.child else "adult",
        "pictures": terms.pictures,
    }
    try:
        return Grant.model_validate(
            {
                "schema": SCHEMA,
                "jti": secrets.token_hex(16),
                "iss": signer.did,
                "aud": grantee.did,
                "iat": int(now.timestamp()),
                "nbf": int(now.timestamp()),
                "exp": int((now + timedelta(days=days)).timestamp()),
                "kind": kind,
                "subject": subject,
                "signer": SigningParty(name=signer.shown_as, did=signer.did),
                "grantee": grantee,
                "likeness": likeness,
                "scope": Scope.model_validate(scope),
                "revocation": terms.revocation,
                "receipts": terms.receipts,
                "receipts_key": terms.receipts_key or None,
                "evidence": terms.evidence,
                "work": terms.work,
                "request": request,
            }
        )
    except ValidationError as error:
        raise BadOption(f"This cannot stand in a grant: {first_fault(error)}.", "Write it differently.") from error
