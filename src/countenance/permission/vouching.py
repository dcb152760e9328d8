"""How strong the evidence of a claim is, seen from where the file is made; and what of it a file may carry.

What comes out is told as the maker's word, whatever its level, until somebody else holds the proofs in it against their
own trust list: `assurance.assess`. Knows nothing of pictures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from countenance.permission.assurance import Assurance, CountedBy, Level, vouching_authority
from countenance.permission.consent_proof import read_consent, sign_presentation
from countenance.permission.grant_claim import GrantClaim, Records
from countenance.permission.keyring import Keyring
from countenance.permission.permit import Permit
from countenance.permission.works import PublicDomainClaim
from countenance.settings import Settings


def assurance_of(claim: PublicDomainClaim | GrantClaim, role: str, records: Records | None, now: datetime) -> Assurance:
    """The evidence behind one likeness.

    A key counts as compared only for the person shown, and only where somebody gave an account of how: that a key is
    the executor's does not make them executor. A live take counts where it was judged here. What the maker states alone
    (a public-domain work, a person made by a program, an estate, a guardian) stays the maker's word unless an
    authority vouches for the key that signed.

    Args:
        claim: accepted by the policy.
        role: shown, double, voice or driver.
        records: that the claim was held against; None for the public domain.
        now: aware, UTC.
    """
    if isinstance(claim, PublicDomainClaim):
        return Assurance(role, "public-domain", statement=claim.statement, grant_sha256=claim.hash)
    grant = claim.grant.grant
    counted: CountedBy = "" if grant.scope.times is None else "maker"
    found = Assurance(
        role, grant.kind, statement=_statement(claim), counted_by=counted, grant_sha256=claim.grant.sha256
    )
    level, by = _level(claim, records)
    consent, credential = claim.proofs.consent, claim.proofs.credential
    if consent is not None and credential is not None and records is not None:
        text = credential.document.text  # the signed part: the name stays here
        found = replace(found, consent=consent.document.text, credential=text)
        _, authority = vouching_authority(text, grant.issuer, grant.kind, records.trust_list, now)
        if authority is not None:
            level, by = "authority", authority.name
    return replace(found, level=level, attested_by=by)


def presented(
    permit: Permit, certificate_sha256: str, settings: Settings, keyring: Keyring | None = None
) -> tuple[Assurance, ...]:
    """The permit's assurances as a file carries them: each consent tied to this render and to who signs its manifest.

    A consent whose grantee's key is not here (a grant that was handed on) could not be tied to the file, and is left
    out with its credential: others then hear the maker's word.

    Args:
        permit: genuine.
        certificate_sha256: SHA-256 hex of the certificate (DER) that will sign the manifest.
        settings: whose keys.
        keyring: this installation's by default.

    Raises:
        ProvenanceError: mark.passphrase, where the grantee's key does not open.
    """
    if not any(one.consent for one in permit.assurances):
        return permit.assurances
    ring = keyring or Keyring.at_home(settings)
    own = {identity.did for identity in ring.identities()}
    found = []
    for one in permit.assurances:
        consent = read_consent(one.consent) if one.consent else None
        if consent is not None and consent.consent.audience in own:
            signer = ring.signer(consent.consent.audience)
            shown = sign_presentation(
                consent, signer, permit=permit.id, use=permit.use, certificate_sha256=certificate_sha256
            )
            one = replace(one, presentation=shown.text)
        elif consent is not None:
            one = replace(one, consent="", credential="")
        found.append(one)
    return tuple(found)


def in_words(assurances: Sequence[Assurance]) -> str:
    """What the maker states of each likeness, in one line for people and ledgers; names nobody.

    Example:
        >>> in_words([Assurance("shown", "public-domain", statement="Mona Lisa, Leonardo da Vinci, c. 1503")])
        'shown: public-domain work "Mona Lisa, Leonardo da Vinci, c. 1503", by the maker’s own word'
    """
    return "; ".join(f"{one.role}: {_KINDS[one.kind]}{_quoted(one)}, {_by(one)}" for one in assurances)


_KINDS = {
    "subject": "signed by the person shown",
    "self": "the maker's own likeness",
    "guardian": "signed as guardian",
    "estate": "signed for an estate",
    "public-domain": "public-domain work",
    "synthetic": "a person made by a program",
}


def _quoted(one: Assurance) -> str:
    return f' "{one.statement}"' if one.statement and one.kind == "public-domain" else ""


def _by(one: Assurance) -> str:
    match one.level:
        case "authority":
            return f"vouched for by {one.attested_by}"
        case "live-check":
            return "after a live take judged by the maker"
        case "compared":
            return f"with a key that the maker compared ({one.attested_by})"
    return "by the maker’s own word"


def _level(claim: GrantClaim, records: Records | None) -> tuple[Level, str]:
    """Without an authority: the level, and by whom or how."""
    grant = claim.grant.grant
    if records is None or grant.kind not in ("self", "subject"):
        return "maker", ""
    judged = any(one.sha256 in records.judged_takes for one in grant.evidence_of("live-take"))
    if grant.kind == "self":
        return ("live-check", "a live take judged by the maker") if judged else ("maker", "")
    known = records.issuers.find(grant.issuer)
    compared = known.compared if known is not None else ""
    if not compared:
        return "maker", ""
    return ("live-check", f"a live take judged by the maker; {compared}") if judged else ("compared", compared)


def _statement(claim: GrantClaim) -> str:
    """The claim in words where that names nobody who could be alive."""
    grant = claim.grant.grant
    if grant.kind == "public-domain" and grant.work is not None:
        return f"{grant.work.title}, {grant.work.author}, {grant.work.year}"
    if grant.kind == "synthetic":
        [recipe, *_] = [one.sha256 for one in grant.evidence_of("recipe")] or [""]
        return f"a person made by a program, recipe {recipe[:16]}"
    return ""
