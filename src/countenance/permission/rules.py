"""What must hold of a grant before anything is drawn under it, rule by rule. Pure: whatever is needed is handed in.

Each rule raises PermissionRefused with a code of its own, a sentence and a remedy. The order in which the policy asks
them is from cheap to dear; none depends on another.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import NoReturn

from countenance.errors import PermissionRefused
from countenance.permission.confusables import same_name
from countenance.permission.grant import Grant
from countenance.permission.issuers import Issuer
from countenance.permission.works import PublicDomainClaim

# What each input lends in each use. A driver lends motion and a voice recording sound; a double lends the body; a bed,
# which lies under a voice, sound of which nobody is asked whose it is; a product is a thing.
LENDS: Mapping[str, Mapping[str, str]] = {
    "animate": {"source": "face", "driver": "motion"},
    "speak": {"source": "face", "driver": "motion", "voice": "voice"},
    "dub": {"plate": "face", "voice": "voice", "driver": "motion", "bed": "sound"},
    "swap": {"source": "face", "plate": "double", "driver": "motion"},
    "re-age": {"plate": "face"},
    "try-on": {"plate": "face"},
    "kiosk": {"source": "face", "plate": "double", "driver": "motion"},
    "live": {"source": "face", "driver": "motion"},
    "persona": {"source": "face", "driver": "motion", "voice": "voice", "product": "object"},
    "double": {"plate": "face"},
    "train": {"source": "face", "voice": "voice"},
    "game": {"source": "face", **{f"view-{number}": "face" for number in range(2, 9)}},
}
SEVERAL = ("animate", "speak", "dub", "swap")
"""Uses in which several people are drawn at once: the second one's inputs are source-2, plate-2, voice-2 and so on."""
MOST_PEOPLE = 8
UNASKED = ("motion", "sound", "object")
"""What is lent without a likeness: of files that only move or sound, and of things that are no person."""
OF_A_CHILD = ("animate", "speak")
OF_ART = ("animate", "speak", "live")
AGE = 18
_EMPTY = hashlib.sha256(b"").hexdigest()
SIGNED_BY_OTHERS = ("subject", "guardian", "estate")
NEEDS_FACE = ("self", "subject", "guardian", "estate")


def numbered(role: str, person: int) -> str:
    """The role of one person of several, counted from 0.

    Example:
        >>> numbered("plate", 0), numbered("plate", 1)
        ('plate', 'plate-2')
    """
    return role if person == 0 else f"{role}-{person + 1}"


def plain_role(role: str) -> str:
    """What a role is, whichever person's: `plate` of `plate-2`."""
    return role[:-2] if role[:-2] in _NUMBERED and role[-2:] in _NUMBERS else role


def called(role: str) -> str:
    """A role in words, for people.

    Example:
        >>> called("plate"), called("plate-2")
        ('plate', 'plate (person 2)')
    """
    plain = plain_role(role)
    return role if plain == role else f"{plain} (person {role[-1]})"


def lent_in(use: str, role: str) -> str:
    """What an input lends in a use: face, double, voice, motion or sound. Raises KeyError: it has no part in it."""
    return LENDS[use][role if role in LENDS[use] or use not in SEVERAL else plain_role(role)]


_NUMBERED = ("source", "driver", "plate", "voice")
_NUMBERS = tuple(f"-{number}" for number in range(2, MOST_PEOPLE + 1))


def check_roles(use: str, roles: Collection[str]) -> None:
    """Every input must have a known part in this use. permission.use, permission.role."""
    if use not in LENDS:
        _refuse("use", f"{use!r} is no use that anybody can allow.", f"Uses are {', '.join(LENDS)}.")
    for role in roles:
        if (plain_role(role) if use in SEVERAL else role) not in LENDS[use]:
            _refuse("role", f"A {role} has no part in {use}.", f"{use} takes {', '.join(LENDS[use])}.")
    if not {lent_in(use, role) for role in roles} & {"face", "voice"}:
        _refuse("role", "None of the inputs lends a likeness.", f"{use} takes {', '.join(LENDS[use])}.")


def check_time(grant: Grant, now: datetime) -> None:
    """permission.not_yet, permission.expired."""
    if now < grant.begins_at:
        _refuse("not_yet", f"The grant begins on {grant.begins_at:%Y-%m-%d %H:%M} UTC.", "Wait, or ask for another.")
    if now >= grant.ends_at:
        _refuse("expired", f"The grant ended on {grant.ends_at:%Y-%m-%d %H:%M} UTC.", "Ask the signer to renew it.")


def check_use(grant: Grant, use: str) -> None:
    """permission.use; and permission.child for a child's likeness, which is animated at most."""
    if use not in grant.scope.uses:
        allowed = ", ".join(grant.scope.uses)
        _refuse("use", f"The grant does not allow to {use}, only {allowed}.", "Ask for a grant that names this use.")
    if grant.likeness.depicts == "child" and use not in OF_A_CHILD:
        _refuse(
            "child",
            f"A picture of a child may be animated, never used to {use}.",
            "Use a picture of the person grown up.",
        )


def check_grantee(grant: Grant, users: Collection[str], own: Collection[str]) -> None:
    """permission.grantee: neither was it given nor handed on to an identity of this place."""
    if not set(users) & set(own):
        _refuse(
            "grantee",
            f"The grant was given to {grant.grantee.name!r}, whose key is not here.",
            "Use the identity it was given to, or send the signer your own request: countenance permission request.",
        )


def check_own_key(grant: Grant, made_here: Collection[str]) -> None:
    """permission.own_key: a key that was made here stands for nobody else here, also where it was deleted since.

    It cannot be told where a key was made whose owner never used it here: a second home gets round this, and what is
    made then is told as the maker's word, since no authority vouches for that key.
    """
    if grant.kind in SIGNED_BY_OTHERS and grant.issuer in made_here:
        _refuse(
            "own_key",
            f"The grant was signed with a key that was made in this installation, as {grant.signer.name!r}.",
            "Send your request to the person; they sign on their own machine: countenance permission request.",
        )


def check_issuer(grant: Grant, own: Collection[str], issuer: Issuer | None) -> None:
    """permission.issuer_unknown, permission.issuer: nobody held this key against this person for this kind."""
    if grant.kind in ("self", "public-domain"):
        if grant.issuer not in own:
            _refuse("issuer", f"A grant of the kind {grant.kind} is signed by one's own identity.", "Make it here.")
        return
    if grant.issuer in own and grant.kind == "synthetic":
        return
    if issuer is None:
        _refuse(
            "issuer_unknown",
            f"Nobody here has checked that {grant.signer.name!r} holds the key that signed.",
            "Compare the key with the person by telephone or in person, then: countenance permission keys trust "
            f'{grant.issuer} --name "{grant.signer.name}" --seen telephone',
        )
    if grant.kind not in issuer.kinds:
        _refuse(
            "issuer",
            f"{issuer.name!r} is trusted for {', '.join(issuer.kinds)}, not for a grant of the kind {grant.kind}.",
            f"If they may sign such grants: countenance permission keys trust {issuer.did} --kind {grant.kind}",
        )
    if not same_name(issuer.name, grant.signer.name):
        _refuse(
            "issuer",
            f"The grant calls its signer {grant.signer.name!r}; the key is known here as {issuer.name!r}.",
            "Ask the signer which name is theirs.",
        )


def check_kind(grant: Grant, use: str, now: datetime) -> None:
    """What each kind rests on. permission.minor, permission.kind, permission.evidence."""
    subject = grant.subject
    _check_age(grant, now)
    child = grant.likeness.depicts == "child"
    must_match = grant.kind in NEEDS_FACE and not (child and grant.kind == "estate")
    if must_match and not grant.likeness.faces:
        _refuse("face_missing", "The grant names no face.", "Ask for a grant with a face template.")
    if child and not grant.likeness.pictures:
        _refuse("child", "A grant for a childhood picture must name the picture.", "Ask for a grant that names it.")
    match grant.kind:
        case "self":
            if not subject.did == grant.issuer == grant.audience:
                _refuse("kind", "A grant of the kind self is by, for and about one person.", "Make it anew.")
            _standing(grant, "adult")
            _accompanied(grant, "live-take", "a live take of the face")
        case "subject":
            if subject.did != grant.issuer or not same_name(subject.name, grant.signer.name):
                _refuse("kind", "The signer is not the person shown.", "Ask the person shown, or their estate.")
            _standing(grant, "adult")
        case "guardian":
            if subject.did == grant.issuer:
                _refuse("kind", "A guardian signs for somebody else.", "Use a grant of the kind subject.")
            _standing(grant, "adult")
            _accompanied(grant, "authority", "the document that makes them guardian")
        case "estate":
            _standing(grant, "deceased")
            if subject.did == grant.issuer:
                _refuse("kind", "The dead do not sign.", "The grant must be signed by the estate's own key.")
            _accompanied(grant, "authority", "the document that gives the estate its authority")
        case "public-domain":
            if subject.standing not in ("deceased", "fictional"):
                _refuse("kind", "No living person is in the public domain.", "Ask the person shown for a grant.")
            if grant.work is None:
                _refuse("evidence", "The grant names no work.", "Name work, author and year.")
            died = subject.died.year if subject.died else None
            nobody = subject.standing == "fictional"
            claim = PublicDomainClaim(
                grant.work.title, grant.work.author, grant.work.year, grant.work.basis, died, nobody
            )
            for purpose in grant.scope.purposes:  # all that it allows must be right, not only what is wanted today
                replace(claim, purpose=purpose, territories=grant.scope.territories).check()
            if grant.likeness.voice:
                claim.check_voice()
            if use not in OF_ART:
                _refuse("use", f"Public-domain likenesses may not be used to {use}.", "Animate them, or ask an estate.")
        case "synthetic":
            _standing(grant, "fictional")
            _accompanied(grant, "recipe", "the recipe the person was made by")
            if not (grant.likeness.faces or grant.likeness.pictures):
                _refuse("face_missing", "The grant names neither face nor picture.", "Make it anew with either.")


def check_documents(grant: Grant, at_hand: Collection[str]) -> None:
    """permission.document: what the grant rests on by hash must be at hand to be shown."""
    for kind in ("authority", "recipe"):
        for one in grant.evidence_of(kind):
            if one.sha256 == _EMPTY:
                _refuse("document", "The grant rests on an empty document.", "Ask for a grant with the right one.")
            if one.sha256 not in at_hand:
                name = one.note or kind
                _refuse(
                    "document",
                    f"The grant rests on a document that is not here: {name} (SHA-256 {one.sha256[:16]}…).",
                    "Ask the signer for it and add it with --document FILE.",
                )


def _check_age(grant: Grant, now: datetime) -> None:
    subject = grant.subject
    died = subject.died
    if died is not None and datetime(died.year, died.month, died.day, tzinfo=UTC) > now:
        _refuse("kind", "The grant's date of death is yet to come.", "Ask for a grant with the right date.")
    minor = subject.standing == "minor"
    if subject.standing == "adult" and subject.born is not None:
        born = subject.born
        minor = (now.year - born.year) - ((now.month, now.day) < (born.month, born.day)) < AGE
    if minor:
        _refuse(
            "minor",
            "The likeness of a living minor is not used, whoever signs.",
            "The person can give a grant of their own, also for childhood pictures, when they are of age.",
        )


def _standing(grant: Grant, wanted: str) -> None:
    if grant.subject.standing != wanted:
        standing = grant.subject.standing
        _refuse(
            "kind",
            f"A grant of the kind {grant.kind} is for {wanted} people, not {standing}.",
            "Ask for the right kind.",
        )


def _accompanied(grant: Grant, kind: str, what: str) -> None:
    if not grant.evidence_of(kind):
        _refuse("evidence", f"A grant of the kind {grant.kind} needs {what}.", "Ask the signer to add it.")


def _refuse(code: str, why: str, remedy: str) -> NoReturn:
    raise PermissionRefused(why, remedy, code=f"permission.{code}")
