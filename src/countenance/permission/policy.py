"""The only place a Permit is minted: for subjects, each on its own claim. Knows nothing of engines or of marks."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import NoReturn

from countenance.errors import PermissionRefused
from countenance.face.subject import Subject
from countenance.media.source import Source
from countenance.permission import rules
from countenance.permission.grant_claim import GrantClaim, Records
from countenance.permission.handover import read_handover, users_of
from countenance.permission.matching import check_declared, check_likeness, check_several
from countenance.permission.permit import GrantUse, Permit, seal_of
from countenance.permission.scripts import ScriptReview
from countenance.permission.signed_grant import read_grant
from countenance.permission.standing import check_standing
from countenance.permission.vouching import assurance_of
from countenance.permission.works import BASES, PublicDomainClaim

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
    subjects: Mapping[str, Subject],
    claims: Mapping[str, Claim],
    others: Mapping[str, Source] = MappingProxyType({}),
    records: Records | None = None,
    script: ScriptReview | None = None,
    now: datetime | None = None,
) -> Permit:
    """A permit for this use of these people in these files, or a refusal.

    Args:
        use: animate, dub, swap, …
        subjects: role (source, plate, voice) → the person who lends their face or voice there.
        claims: role → on what the use of that person's likeness rests.
        others: role (driver, bed) → files that lend no likeness.
        records: what grants are held against; needed for a GrantClaim.
        script: what was found in the words that are spoken; it has been allowed before.
        now: aware, UTC; the clock by default.

    Raises:
        PermissionRefused: with a code for each reason; see `rules`, `circumstances` and docs/permission.md.
    """
    now = now or datetime.now(UTC)
    rules.check_roles(use, [*subjects, *others])
    check_stated(use, [*subjects, *others], claims)
    lends = {role: rules.lent_in(use, role) for role in (*subjects, *others)}
    for role, lent in lends.items():
        if (lent in rules.UNASKED) != (role in others) or (
            role in subjects and (lent == "voice") != _is_voice(subjects[role])
        ):
            _refuse("role", f"The {role} was not looked at for what it lends in {use}: {lent}.", "Report this.")
    given: list[tuple[str, Source | Subject]] = [*others.items(), *subjects.items()]
    for role, lender in given:
        if not lender.is_genuine:
            _refuse(
                "input", f"The {role} is nothing that was pinned and looked at here.", "Pin it: `Source.pin(path)`."
            )
    check_several({role: (subjects[role], claims[role]) for role in subjects})
    shown = [role for role in subjects if lends[role] != "double"]
    bases, ends = [], now + PERMIT_LIFE
    counted: dict[str, GrantUse] = {}
    for own_use, roles in ((use, shown), ("double", [role for role in subjects if lends[role] == "double"])):
        for claim, its in _by_claim(claims, roles):
            basis, until = _allowed(claim, own_use, {role: subjects[role] for role in its}, records, now)
            bases.append(basis if own_use == use else f"the double: {basis}")
            ends = min(ends, until)
            if isinstance(claim, GrantClaim):
                one = claim.counted(own_use, now)
                if counted.setdefault(one.grant, one).grant_sha256 != one.grant_sha256:
                    _refuse("number", "Two grants of this job bear one number.", "Ask a signer for a new one.")
    first = claims[shown[0]]
    signed = first.grant if isinstance(first, GrantClaim) else None
    scope = signed.grant.scope if signed else None
    permit = Permit(
        id=secrets.token_hex(16),
        use=use,
        kind=signed.grant.kind if signed else "public-domain",
        basis="; ".join(_counted(bases)),
        grant_hash=first.hash,
        inputs={role: one.sha256 for role, one in others.items()}
        | {role: one.source.sha256 for role, one in subjects.items()},
        subjects={role: one.key for role, one in subjects.items()},
        issued_at=now,
        expires_at=ends,
        purposes=scope.purposes if scope else first.purposes if isinstance(first, PublicDomainClaim) else (),
        grant_id=signed.grant.id if signed else "",
        rests_on=tuple(
            (claim.grant.grant.id, claim.grant.grant.issuer, claim.grant.grant.revocation)
            for claim, _ in _by_claim(claims, list(subjects))
            if isinstance(claim, GrantClaim)
        ),
        times=scope.times if scope else None,
        counted_since=scope.counted_since(now) if scope else None,
        uses=tuple(counted.values()),
        assurances=tuple(
            assurance_of(claims[role], "voice" if lends[role] == "voice" else part, records, now)
            for part, roles in (("shown", shown), ("double", [role for role in subjects if lends[role] == "double"]))
            for role in roles
        ),
        script=script,
    )
    return replace(permit, seal=seal_of(permit))


def check_stated(use: str, roles: Iterable[str], claims: Mapping[str, Claim]) -> None:
    """Whether something is stated for everybody whose likeness is lent.

    Raises:
        PermissionRefused: permission.missing, permission.double.
    """
    for role in roles:
        lent = rules.lent_in(use, role)
        if lent in rules.UNASKED or role in claims:
            continue
        if lent == "double":
            raise PermissionRefused(
                "The plate shows a person who has not permitted another face to be put on them.",
                "Add the double's own grant with --double-permission grant.jwt; it must allow the use `double`.",
                code="permission.double",
            )
        raise PermissionRefused(
            "Nobody has permitted this likeness to be used.",
            'Say why it may be: --public-domain "Work, author, year", or --permission grant.jwt.',
            code="permission.missing",
        )


def _counted(bases: Sequence[str]) -> list[str]:
    """Each basis once, with how many people's it is."""
    times = Counter(bases)
    return [basis if times[basis] == 1 else f"{basis} ({times[basis]} people)" for basis in times]


def _by_claim(claims: Mapping[str, Claim], roles: Sequence[str]) -> list[tuple[Claim, list[str]]]:
    """The claims of these roles, each once, with the roles that rest on it."""
    found: list[tuple[Claim, list[str]]] = []
    for role in roles:
        same = next((its for claim, its in found if claim is claims[role]), None)
        if same is None:
            found.append((claims[role], [role]))
        else:
            same.append(role)
    return found


def _is_voice(subject: Subject) -> bool:
    return subject.lends == "voice"


def _allowed(
    claim: Claim, use: str, subjects: Mapping[str, Subject], records: Records | None, now: datetime
) -> tuple[str, datetime]:
    """The basis in a sentence, and when it ends."""
    if isinstance(claim, PublicDomainClaim):
        claim.check()
        check_public_domain(use)
        for role, subject in subjects.items():
            if subject.lends == "voice":
                claim.check_voice()
            else:
                check_declared(claim, role, subject, records)
        return f"public-domain work: {BASES[claim.basis]}", now + PERMIT_LIFE
    if records is None:
        raise PermissionRefused(
            "There is nothing to hold the grant against.", "Hand `records` to the policy.", code="permission.records"
        )
    check_grant(claim, use, records, now)
    signed, grant = claim.grant, claim.grant.grant
    notes = [_BASES[grant.kind], *check_likeness(claim, subjects, records), *check_standing(signed, records, now)]
    return "; ".join(notes), grant.ends_at


def check_public_domain(use: str) -> None:
    """permission.use: art may be animated and may speak, no more."""
    if use not in PUBLIC_DOMAIN_USES:
        _refuse(
            "use",
            f"Public-domain likenesses may not be used to {use}.",
            "Animate it, or use a grant of the person shown or of their estate.",
        )


def check_grant(claim: GrantClaim, use: str, records: Records, now: datetime) -> None:
    """All that can be said without the inputs and without asking others.

    Raises:
        PermissionRefused: see `rules` and `circumstances`.
    """
    # Read again from its text: what counts is what was signed, not what a caller put into the value.
    grant = read_grant(claim.grant.document.text, now).grant
    if grant != claim.grant.grant:
        _refuse("tampered", "The grant is not what was signed.", "Read it from its file.")
    rules.check_time(grant, now)
    rules.check_kind(grant, use, now)
    rules.check_use(grant, use)
    handed = None if claim.handover is None else read_handover(claim.handover.document.text)
    rules.check_grantee(grant, users_of(claim.grant, handed, now), records.own)
    rules.check_own_key(grant, records.own | records.made_here)
    rules.check_issuer(grant, records.own, records.issuers.find(grant.issuer))
    claim.circumstances.within(grant.scope)
    rules.check_documents(grant, claim.documents)


def _refuse(code: str, why: str, remedy: str) -> NoReturn:
    raise PermissionRefused(why, remedy, code=f"permission.{code}")
