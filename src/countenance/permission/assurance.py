"""How strong the evidence behind each likeness of a permit is, and what an independent party may say of it. Pure.

Four levels, from weak to strong:

    maker        the maker's own word; nobody else vouches for it
    compared     a person's key signed, and somebody at the maker's compared it with the person: `attested_by` says how
    live-check   the same, and the person read a one-time phrase before a camera, judged where the file was made
    authority    the same, and an authority (agency, union, museum, eID issuer) signed the person's key

Only the last can be checked by somebody else, and only against their own trust list: `assess` does that. The others are
the maker's word, however the maker's manifest ranks them. Knows nothing of files, manifests or pictures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, get_args

from countenance.errors import BadDocument, PermissionRefused
from countenance.permission.consent_proof import why_not_shown
from countenance.permission.credential import read_credential
from countenance.permission.trust_list import Authority, TrustList

Role = Literal["shown", "double", "voice", "driver"]
Level = Literal["maker", "compared", "live-check", "authority"]
CountedBy = Literal["", "maker", "receipt-service"]
LEVELS: tuple[Level, ...] = get_args(Level)
ROLES: tuple[str, ...] = get_args(Role)
KINDS = ("subject", "self", "guardian", "estate", "public-domain", "synthetic")
MOST = 16  # entries that are read of one manifest
_LONGEST = 500  # characters of a text for people
_LONGEST_PROOF = 24 * 1024  # of a compact JWS


@dataclass(frozen=True)
class Assurance:
    """On what the use of one likeness rests.

    Attributes:
        role: shown, double, voice or driver.
        kind: subject, self, guardian, estate, public-domain or synthetic.
        level: see the module's first lines.
        attested_by: the authority's name, or how the key was compared; empty for the maker's word.
        statement: the claim in words, as "Mona Lisa, Leonardo da Vinci, c. 1503"; empty where it would name a person.
        counted_by: who counts uses where the grant limits them: the maker alone, or a use-receipt service.
        grant_sha256: SHA-256 hex of the grant (or of the claim) this rests on.
        credential: compact JWS in which an authority vouches for the signer's key; empty for none.
        consent: compact JWS in which the signer's key allows the use, without personal data; empty for none.
        presentation: compact JWS in which the grantee's key takes this render under that consent, bound to the
            certificate that signs the manifest; without it a consent copied out of another file would count.
        receipt: compact JWS of a use-receipt service; empty for none.
    """

    role: str
    kind: str
    level: Level = "maker"
    attested_by: str = ""
    statement: str = ""
    counted_by: CountedBy = ""
    grant_sha256: str = ""
    credential: str = ""
    consent: str = ""
    presentation: str = ""
    receipt: str = ""

    def as_dict(self) -> dict[str, str]:
        """As it stands in a manifest; see `from_dict`."""
        return {said: getattr(self, name) for name, said in _FIELDS.items()}

    @classmethod
    def from_dict(cls, said: Any) -> Assurance:
        """One entry of a manifest, which may be anybody's. Names that are not known are ignored.

        Raises:
            BadDocument: it is no object of texts, or a word in it is not one of those that are known.
        """
        if not isinstance(said, Mapping):
            raise _bad("it is no object")
        values: dict[str, Any] = {}
        for name, key in _FIELDS.items():
            value = said.get(key, "")
            longest = _LONGEST_PROOF if name in _PROOFS else _LONGEST
            if not isinstance(value, str) or len(value) > longest:
                raise _bad(f"{key} is no text of at most {longest} characters")
            values[name] = value
        for key, words in (("role", ROLES), ("kind", KINDS), ("level", LEVELS)):
            if values[key] not in words:
                raise _bad(f"its {key} is none of {', '.join(words)}")
        if values["counted_by"] not in get_args(CountedBy):
            raise _bad("countedBy is not a known word")
        return cls(**values)


_PROOFS = ("credential", "consent", "presentation", "receipt")
_FIELDS = {
    "role": "role",
    "kind": "kind",
    "level": "level",
    "attested_by": "attestedBy",
    "statement": "statement",
    "counted_by": "countedBy",
    "grant_sha256": "grantSha256",
    "credential": "credential",
    "consent": "consent",
    "presentation": "presentation",
    "receipt": "receipt",
}


@dataclass(frozen=True)
class Assessed:
    """What a verifier may say of one entry.

    Attributes:
        assurance: as stated, but `authority` only where it was found valid here; what is stated and could not be
            confirmed stands as `maker`. `attested_by` is then the authority's name in the verifier's own list.
        stated: the level that the manifest states.
        vouched_by: the authority's name in the verifier's own trust list; empty where nobody else vouches.
        why: why a stated authority was not found; empty where it was, or none was stated.
    """

    assurance: Assurance
    stated: Level
    vouched_by: str = ""
    why: str = ""

    @property
    def vouched(self) -> bool:
        """Whether somebody whom the verifier trusts vouches; the only case for "with the consent of …"."""
        return bool(self.vouched_by)


def assess(
    entries: Sequence[Assurance],
    trust_list: TrustList,
    now: datetime,
    *,
    grants: Sequence[str] = (),
    permit: str = "",
    use: str = "",
    signed_with: str = "",
    made_at: datetime | None = None,
) -> tuple[Assessed, ...]:
    """What an independent party may say of a manifest's entries. Nothing in them is taken on trust.

    Args:
        entries: as read by `Assurance.from_dict`.
        trust_list: the verifier's own.
        now: aware, UTC.
        grants, permit, use: as the manifest's permission assertion states them; of the grants SHA-256 hex.
        signed_with: SHA-256 hex of the certificate (DER) that signed the manifest, its signature checked.
        made_at: from a time stamp that the verifier trusts, aware; None holds the proofs against `now`.
    """
    when = made_at or now
    found = []
    for one in entries:
        why = ""
        authority = None
        if one.level == "authority" or (one.consent and one.credential):
            rests_on = one.grant_sha256
            if one.role != "double" and rests_on not in grants:
                why = "it names another grant than the manifest does"
            else:
                why, consent = why_not_shown(
                    one.consent,
                    one.presentation,
                    grant_sha256=rests_on,
                    kind=one.kind,
                    allowed_as="double" if one.role == "double" else use,
                    voice=one.role == "voice",
                    permit=permit,
                    use=use,
                    certificate_sha256=signed_with,
                    when=when,
                )
                if consent is not None:
                    why, authority = vouching_authority(one.credential, consent.issuer, one.kind, trust_list, when)
        if authority is not None:
            found.append(
                Assessed(replace(one, level="authority", attested_by=authority.name), one.level, authority.name)
            )
        elif one.level == "authority":
            found.append(Assessed(replace(one, level="maker", attested_by=""), one.level, "", why))
        else:
            found.append(Assessed(one, one.level))
    return tuple(found)


def vouching_authority(
    credential: str, subject: str, kind: str, trust_list: TrustList, when: datetime
) -> tuple[str, Authority | None]:
    """Which trusted authority vouches for a key, or why none does.

    Args:
        credential: compact JWS, with or without the disclosure of the name.
        subject: the did:key that must be vouched for.
        kind: of the grant that key signed.
        trust_list: of whoever asks.
        when: at which it must hold, aware.

    Returns:
        An empty text and the authority; or why not, and None.
    """
    if not credential:
        return "nobody vouches for the key that consented", None
    try:
        signed = read_credential(credential)
    except PermissionRefused as error:
        return f"the credential of the key that consented does not hold ({error.code})", None
    said = signed.credential
    authority = trust_list.find(said.issuer)
    if authority is None:
        return "who vouches for the key that consented is not on the trust list here", None
    wanted = "subject" if kind == "self" else kind
    if said.subject != subject:
        return "the credential is of another key", None
    if not said.covers(kind) or wanted not in authority.vouches_for:
        return f"{authority.name} does not vouch for grants of the kind {kind}", None
    if not said.valid_at(when):
        return f"the credential by {authority.name} did not hold at that time", None
    if why := trust_list.why_not(said.id, authority, when):
        return f"the credential by {authority.name} does not count: {why}", None
    return "", authority


def _bad(why: str) -> BadDocument:
    return BadDocument(
        f"An assurance cannot be read: {why}.", "The file's manifest was made by another program, or altered."
    )
