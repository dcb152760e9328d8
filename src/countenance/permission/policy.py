"""The only place a Permit is minted. Knows nothing of pictures' contents, of engines or of marks."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NoReturn

from countenance.errors import PermissionRefused
from countenance.face.identity import judge
from countenance.files import sha256_file
from countenance.permission import rules
from countenance.permission.claim import GrantClaim, LikenessMatch, Records
from countenance.permission.grant import Grant
from countenance.permission.handover import read_handover, users_of
from countenance.permission.permit import Permit, seal_of
from countenance.permission.public_domain import BASES, PublicDomainClaim
from countenance.permission.reviews import Question
from countenance.permission.signed_grant import SignedGrant, read_grant

PERMIT_LIFE = timedelta(hours=24)
PUBLIC_DOMAIN_USES = rules.OF_ART

Claim = PublicDomainClaim | GrantClaim

_BASES = {
    "self": "the person shown uses their own face",
    "subject": "signed by the person shown",
    "guardian": "signed by the guardian of the person shown",
    "estate": "signed by the estate of the person shown",
    "public-domain": "public-domain work",
    "synthetic": "a person who does not exist",
}


def authorise(
    *,
    use: str,
    inputs: Mapping[str, Path],
    claim: Claim | None,
    double: Claim | None = None,
    records: Records | None = None,
    now: datetime | None = None,
) -> Permit:
    """A permit for this use of these inputs, or a refusal.

    Args:
        use: animate, dub, swap, …
        inputs: role (source, driver, plate, voice) → file.
        claim: on what the use of the likeness rests.
        double: on what the use of the body rests, where the plate shows one person and the face is another's.
        records: what grants are held against; needed for a GrantClaim.
        now: aware, UTC; the clock by default.

    Raises:
        PermissionRefused: with a code for each reason; see `rules`, `circumstances` and docs/permission.md.
    """
    now = now or datetime.now(UTC)
    if claim is None:
        raise PermissionRefused(
            "Nobody has permitted this likeness to be used.",
            'Say why it may be: --public-domain "Work, author, year", or --permission grant.jwt.',
            code="permission.missing",
        )
    rules.check_roles(use, inputs.keys())
    lends = {role: rules.LENDS[use][role] for role in inputs}
    digests = {role: sha256_file(path) for role, path in inputs.items()}
    likeness = {role: digest for role, digest in digests.items() if lends[role] in ("face", "voice")}
    bodies = {role: digest for role, digest in digests.items() if lends[role] == "double"}
    basis, ends = _allowed(claim, use, likeness, lends, records, now)
    if bodies:
        if double is None:
            raise PermissionRefused(
                "The plate shows a person who has not permitted another face to be put on them.",
                "Add the double's own grant with --double-permission grant.jwt; it must allow the use `double`.",
                code="permission.double",
            )
        body_basis, body_ends = _allowed(double, "double", bodies, dict.fromkeys(bodies, "face"), records, now)
        basis, ends = f"{basis}; the double: {body_basis}", min(ends, body_ends)
    signed = claim.grant if isinstance(claim, GrantClaim) else None
    scope = signed.grant.scope if signed else None
    permit = Permit(
        id=secrets.token_hex(16),
        use=use,
        kind=signed.grant.kind if signed else "public-domain",
        basis=basis,
        grant_hash=claim.hash,
        inputs=digests,
        issued_at=now,
        expires_at=min(now + PERMIT_LIFE, ends),
        purposes=scope.purposes if scope else (),
        grant_id=signed.grant.id if signed else "",
        rests_on=tuple(
            (one.grant.grant.id, one.grant.grant.issuer, one.grant.grant.revocation)
            for one in (claim, double if bodies else None)
            if isinstance(one, GrantClaim)
        ),
        times=scope.times if scope else None,
        counted_since=scope.counted_since(now) if scope else None,
    )
    return replace(permit, seal=seal_of(permit))


def _allowed(
    claim: Claim,
    use: str,
    inputs: Mapping[str, str],
    lends: Mapping[str, str],
    records: Records | None,
    now: datetime,
) -> tuple[str, datetime]:
    """The basis in a sentence, and when it ends."""
    if isinstance(claim, PublicDomainClaim):
        claim.check()
        if use not in PUBLIC_DOMAIN_USES:
            raise PermissionRefused(
                f"Public-domain likenesses may not be used to {use}.",
                "Animate it, or use a grant of the person shown or of their estate.",
                code="permission.use",
            )
        return f"public-domain work: {BASES[claim.basis]}", now + PERMIT_LIFE
    if records is None:
        raise PermissionRefused(
            "There is nothing to hold the grant against.", "Hand `records` to the policy.", code="permission.records"
        )
    check_grant(claim, use, records, now)
    signed, grant = claim.grant, claim.grant.grant
    notes = [_BASES[grant.kind], *_likeness(claim, inputs, lends, records), *check_standing(signed, records, now)]
    return "; ".join(notes), grant.ends_at


def check_grant(claim: GrantClaim, use: str, records: Records, now: datetime) -> None:
    """All that can be said without the inputs and without asking others.

    Raises:
        PermissionRefused: see `rules` and `circumstances`.
    """
    # Read again from its text: what is believed is what was signed, not what a caller put into the value.
    grant = read_grant(claim.grant.document.text, now).grant
    if grant != claim.grant.grant:
        _refuse("tampered", "The grant is not what was signed.", "Read it from its file.")
    rules.check_time(grant, now)
    rules.check_kind(grant, use, now)
    rules.check_use(grant, use)
    handed = None if claim.handover is None else read_handover(claim.handover.document.text)
    rules.check_grantee(grant, users_of(claim.grant, handed, now), records.own)
    rules.check_issuer(grant, records.own, records.issuers.find(grant.issuer))
    claim.circumstances.within(grant.scope)
    rules.check_documents(grant, claim.documents)


def _likeness(claim: GrantClaim, inputs: Mapping[str, str], lends: Mapping[str, str], records: Records) -> list[str]:
    """Whether each input shows the person of the grant; what the permit should note."""
    grant = claim.grant.grant
    notes = []
    for role, digest in inputs.items():
        if lends[role] == "voice":
            if not grant.likeness.voice:
                _refuse("voice", "The grant does not allow the voice to be used.", "Ask for one that does.")
            continue
        match = claim.matches.get(role)
        made_of = match.made_of if match is not None and match.input_sha256 == digest else ()
        if grant.likeness.pictures and not set(made_of or (digest,)) <= set(grant.likeness.pictures):
            _refuse(
                "picture", f"The {role} is not one of the pictures that the grant names.", "Use a picture it names."
            )
        if grant.likeness.faces:  # without: a work of art, a picture named by hash, or nobody; see rules.check_kind
            notes += _face(claim, role, digest, records)
    return notes


def _face(claim: GrantClaim, role: str, digest: str, records: Records) -> list[str]:
    match = claim.matches.get(role)
    if match is None or match.input_sha256 != digest or match.template not in claim.grant.grant.likeness.faces:
        _refuse(
            "face_unchecked",
            f"The face in the {role} was not held against the grant's.",
            "Add the face template that came with the grant: --face-template FILE.",
        )
    verdict = judge(match.distance)
    if claim.grant.grant.likeness.depicts == "child":
        verdict = "review"  # a child's face is not measured against the grown one's: a person must look
    if verdict == "refuse":
        _refuse(
            "face",
            f"The face in the {role} is not the one the grant is for (distance {match.distance:.2f}).",
            "Use a picture of the person who signed, or ask the person in this picture for a grant.",
        )
    return [] if verdict == "accept" else [_reviewed(claim, match, role, digest, records)]


def _reviewed(claim: GrantClaim, match: LikenessMatch, role: str, digest: str, records: Records) -> str:
    """Who confirmed the likeness."""
    review = records.reviews.find(Question(claim.grant.sha256, digest, match.template))
    if review is None:
        _refuse(
            "review",
            f"The face in the {role} may be the grant's or not (distance {match.distance:.2f}).",
            "A person must look and answer with their key: countenance permission review --help.",
        )
    known = records.issuers.find(review.reviewer)
    if review.reviewer not in records.own and (known is None or "reviewer" not in known.kinds):
        _refuse("review", "The picture was reviewed by somebody who is no reviewer here.", "Review it again.")
    if not review.same_person:
        _refuse("face", f"A reviewer saw somebody else in the {role}.", "Use a picture of the person who signed.")
    return f"likeness confirmed by reviewer {review.reviewer[-12:]}"


def check_standing(signed: SignedGrant, records: Records, now: datetime) -> list[str]:
    """Whether the grant still stands and is not used up; what of it could not be learnt. May ask the network.

    Raises:
        PermissionRefused: permission.revoked, permission.revocation_unknown, permission.count.
    """
    grant = signed.grant
    notes = []
    if records.revocation is not None:
        status = records.revocation.status(grant.id, grant.revocation, now, issuer=grant.issuer)
        if status.state == "revoked":
            since = f" on {status.revoked_at:%Y-%m-%d}" if status.revoked_at else ""
            _refuse("revoked", f"The grant was revoked{since}.", "It cannot be used again; ask for a new one.")
        if status.state != "good":
            notes += _unknown(records, status.reason)
    elif grant.revocation:
        notes += _unknown(records, "no way to ask is set up")
    if grant.scope.times is not None:
        _count(grant, records, now)
    return notes


def _unknown(records: Records, why: str) -> list[str]:
    if records.offline != "allow":
        _refuse(
            "revocation_unknown",
            f"Whether the grant was revoked cannot be learnt: {why or 'its list could not be fetched'}.",
            "Go online and try again; COUNTENANCE_REVOCATION_OFFLINE=allow takes the risk, and the file will say so.",
        )
    return ["revocation could not be checked"]


def _count(grant: Grant, records: Records, now: datetime) -> None:
    if records.usage is None:
        _refuse("count", "How often the grant was used is not known.", "Check: countenance ledger verify.")
    period, times = grant.scope.period, grant.scope.times or 0
    if records.usage.uses(grant.id, grant.scope.counted_since(now)) >= times:
        span = "" if period == "ever" else f" in this {period}"
        _refuse("count", f"The grant allows {times} renders{span}, and they are used up.", "Ask for more.")


def _refuse(code: str, why: str, remedy: str) -> NoReturn:
    raise PermissionRefused(why, remedy, code=f"permission.{code}")
