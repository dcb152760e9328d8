"""Whether a subject is the person of a claim: faces held against templates, files against what is declared of them.

For `policy` alone, which decides who is asked. Each rule raises PermissionRefused with a code of its own.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import NoReturn

from countenance.errors import PermissionRefused
from countenance.face.identity import FaceTemplate, judge, nearest
from countenance.face.subject import SeenSubject, Subject
from countenance.permission.declaration_checks import FIRST_COLOUR, check_declaration, refuse_named_face, traces_of
from countenance.permission.grant_claim import GrantClaim, Records
from countenance.permission.reviews import Question
from countenance.permission.rules import called, plain_role
from countenance.permission.synthetic import check_drawn
from countenance.permission.works import PublicDomainClaim

_LOG = logging.getLogger(__name__)


def check_declared(
    claim: PublicDomainClaim, role: str, subject: Subject, records: Records | None, its_own: Sequence[str] = ()
) -> None:
    """Hold the file and the face in it against what is declared of them; what is only odd is logged."""
    traces = traces_of(subject.source, colours=claim.of_photograph and claim.year < FIRST_COLOUR)
    for sentence in check_declaration(claim, traces):
        _LOG.warning("%s: %s", subject.source.name, sentence)
    kept = records.faces.all() if records is not None and records.faces is not None else []
    named = [one for one in kept if one.hash not in its_own]
    if named and subject.template is not None:
        refuse_named_face([subject.template.vector], named, f"the {role}")


def check_several(used: Mapping[str, tuple[Subject, PublicDomainClaim | GrantClaim]]) -> None:
    """Several people of one file are several people: each under a grant of their own, and each nearer to the face of
    that one than to those of the others. A work of art may show any number under one claim.

    Args:
        used: role → who is in it, and on what the use of their likeness rests.

    Raises:
        PermissionRefused: permission.twice; permission.face, where two grants are stated the wrong way round.
    """
    for (role, (one, its)), (other_role, (other, others)) in combinations(used.items(), 2):
        if not (isinstance(one, SeenSubject) and isinstance(other, SeenSubject)):
            continue
        if plain_role(role) != plain_role(other_role) or one.source.sha256 != other.source.sha256:
            continue
        both = f"the {called(role)} and the {called(other_role)}"
        if one.key == other.key:
            _refuse("twice", f"In {both} one and the same face is meant.", "Name each person once.")
        if not (isinstance(its, GrantClaim) and isinstance(others, GrantClaim)):
            continue
        if _about_one(its, others):
            _refuse(
                "twice",
                f"One person's grant is stated for {both}, who are two people.",
                "Each person needs a grant of their own; a face without one is left as it is.",
            )
        if _exchanged(one, its, other, others):
            _refuse(
                "face",
                f"The grants for {both} are stated the wrong way round: each face is nearer to the other's.",
                "Exchange the two grants, or the two places.",
            )


def _about_one(one: GrantClaim, other: GrantClaim) -> bool:
    """Whether two grants are one, or about one person of whom there are faces."""
    mine, its = one.grant.grant, other.grant.grant
    if one.grant.sha256 == other.grant.sha256 or mine.id == its.id:
        return mine.kind != "public-domain"  # a work of art may show several people
    known = mine.subject.did is not None and mine.subject.did == its.subject.did
    return known or bool(set(mine.likeness.faces) & set(its.likeness.faces))


def _exchanged(one: SeenSubject, its: GrantClaim, other: SeenSubject, others: GrantClaim) -> bool:
    mine = [t for t in its.templates if t.hash in its.grant.grant.likeness.faces]
    theirs = [t for t in others.templates if t.hash in others.grant.grant.likeness.faces]
    if not mine or not theirs or "child" in (its.grant.grant.likeness.depicts, others.grant.grant.likeness.depicts):
        return False

    def far(who: SeenSubject, faces: Sequence[FaceTemplate]) -> float:
        return min(face.distance(who.template) for face in faces)

    return far(one, theirs) + far(other, mine) < far(one, mine) + far(other, theirs)


def check_likeness(claim: GrantClaim, subjects: Mapping[str, Subject], records: Records) -> list[str]:
    """Whether each of them is the person of the grant; what the permit should note."""
    grant = claim.grant.grant
    notes = []
    for role, subject in subjects.items():
        if grant.kind == "synthetic" and grant.issuer in records.own and subject.lends != "voice":
            named = {one.sha256 for one in grant.evidence_of("recipe")}
            told = claim.recipe is not None and hashlib.sha256(claim.recipe).hexdigest() in named
            check_drawn(claim.recipe if told else None, subject)
        if grant.kind == "public-domain" and grant.work is not None and subject.lends != "voice":
            work = grant.work
            stated = PublicDomainClaim(work.title, work.author, work.year, work.basis)
            check_declared(stated, role, subject, records, grant.likeness.faces)
        if subject.lends == "voice":
            if grant.kind == "synthetic":
                _refuse(
                    "voice",
                    f"The grant is for a person who does not exist; {subject.source.name} is a voice of somebody.",
                    "Use a voice that is nobody's (countenance voices), or a grant of the person who is heard.",
                )
            if not grant.likeness.voice:
                _refuse("voice", "The grant does not allow the voice to be used.", "Ask for one that does.")
            continue
        if grant.likeness.pictures and not set(subject.material) <= set(grant.likeness.pictures):
            _refuse(
                "picture",
                f"The {called(role)} is not one of the pictures that the grant names.",
                "Use a picture it names.",
            )
        if grant.likeness.faces:  # without: a work of art, a picture named by hash, or nobody; see rules.check_kind
            notes += _face(claim, role, subject, records)
    return notes


def _face(claim: GrantClaim, role: str, subject: Subject, records: Records) -> list[str]:
    named = [one for one in claim.templates if one.hash in claim.grant.grant.likeness.faces]
    if not named or subject.template is None:
        _refuse(
            "face_unchecked",
            f"The face in the {called(role)} cannot be held against the grant's.",
            "Add the face template that came with the grant: --face-template FILE.",
        )
    found = nearest(named, [subject.template.vector])
    assert found is not None
    template, distance = found
    verdict = judge(distance)
    if claim.grant.grant.likeness.depicts == "child":
        verdict = "review"  # a child's face is not measured against the grown one's: a person must look
    if verdict == "refuse":
        _refuse(
            "face",
            f"The face in the {called(role)} is not the one the grant is for (distance {distance:.2f}).",
            "Use a picture of the person who signed, or ask the person in this picture for a grant.",
        )
    return [] if verdict == "accept" else [_reviewed(claim, template.hash, distance, role, subject, records)]


def _reviewed(claim: GrantClaim, template: str, distance: float, role: str, subject: Subject, records: Records) -> str:
    """Who confirmed the likeness."""
    review = records.reviews.find(Question(claim.grant.sha256, subject.source.sha256, template))
    if review is None:
        _refuse(
            "review",
            f"The face in the {called(role)} may be the grant's or not (distance {distance:.2f}).",
            "A person must look and answer with their key: countenance permission review --help.",
        )
    own = records.own | records.made_here
    if review.reviewer == claim.grant.grant.issuer:
        _refuse("reviewer", "The signer of the grant reviewed the picture.", "Let somebody else look and answer.")
    if review.reviewer in own and (claim.grant.grant.likeness.depicts == "child" or claim.grant.grant.issuer in own):
        _refuse(
            "reviewer",
            f"The {called(role)} was reviewed with a key of this installation, which also uses the grant.",
            "Let somebody else look, with their own key on their own machine: countenance permission review --help.",
        )
    known = records.issuers.find(review.reviewer)
    if review.reviewer not in records.own and (known is None or "reviewer" not in known.kinds):
        _refuse("review", "The picture was reviewed by somebody who is no reviewer here.", "Review it again.")
    if not review.same_person:
        _refuse("face", f"A reviewer saw somebody else in the {called(role)}.", "Use a picture of who signed.")
    return f"likeness confirmed by reviewer {review.reviewer[-12:]}"


def _refuse(code: str, why: str, remedy: str) -> NoReturn:
    raise PermissionRefused(why, remedy, code=f"permission.{code}")
