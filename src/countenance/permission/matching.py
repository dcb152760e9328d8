"""Whether a subject is the person of a claim: faces held against templates, files against what is declared of them.

For `policy` alone, which decides who is asked. Each rule raises PermissionRefused with a code of its own.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping, Sequence
from typing import NoReturn

from countenance.errors import PermissionRefused
from countenance.face.identity import judge, nearest
from countenance.face.subject import Subject
from countenance.permission.declaration_checks import FIRST_COLOUR, check_declaration, refuse_named_face, traces_of
from countenance.permission.grant_claim import GrantClaim, Records
from countenance.permission.reviews import Question
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
            if not grant.likeness.voice:
                _refuse("voice", "The grant does not allow the voice to be used.", "Ask for one that does.")
            continue
        if grant.likeness.pictures and not set(subject.material) <= set(grant.likeness.pictures):
            _refuse(
                "picture", f"The {role} is not one of the pictures that the grant names.", "Use a picture it names."
            )
        if grant.likeness.faces:  # without: a work of art, a picture named by hash, or nobody; see rules.check_kind
            notes += _face(claim, role, subject, records)
    return notes


def _face(claim: GrantClaim, role: str, subject: Subject, records: Records) -> list[str]:
    named = [one for one in claim.templates if one.hash in claim.grant.grant.likeness.faces]
    if not named or subject.template is None:
        _refuse(
            "face_unchecked",
            f"The face in the {role} cannot be held against the grant's.",
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
            f"The face in the {role} is not the one the grant is for (distance {distance:.2f}).",
            "Use a picture of the person who signed, or ask the person in this picture for a grant.",
        )
    return [] if verdict == "accept" else [_reviewed(claim, template.hash, distance, role, subject, records)]


def _reviewed(claim: GrantClaim, template: str, distance: float, role: str, subject: Subject, records: Records) -> str:
    """Who confirmed the likeness."""
    review = records.reviews.find(Question(claim.grant.sha256, subject.source.sha256, template))
    if review is None:
        _refuse(
            "review",
            f"The face in the {role} may be the grant's or not (distance {distance:.2f}).",
            "A person must look and answer with their key: countenance permission review --help.",
        )
    own = records.own | records.made_here
    if review.reviewer == claim.grant.grant.issuer:
        _refuse("reviewer", "The signer of the grant reviewed the picture.", "Let somebody else look and answer.")
    if review.reviewer in own and (claim.grant.grant.likeness.depicts == "child" or claim.grant.grant.issuer in own):
        _refuse(
            "reviewer",
            f"The picture in the {role} was reviewed with a key of this installation, which also uses the grant.",
            "Let somebody else look, with their own key on their own machine: countenance permission review --help.",
        )
    known = records.issuers.find(review.reviewer)
    if review.reviewer not in records.own and (known is None or "reviewer" not in known.kinds):
        _refuse("review", "The picture was reviewed by somebody who is no reviewer here.", "Review it again.")
    if not review.same_person:
        _refuse("face", f"A reviewer saw somebody else in the {role}.", "Use a picture of the person who signed.")
    return f"likeness confirmed by reviewer {review.reviewer[-12:]}"


def _refuse(code: str, why: str, remedy: str) -> NoReturn:
    raise PermissionRefused(why, remedy, code=f"permission.{code}")
