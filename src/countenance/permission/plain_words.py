"""A grant or request in plain words, as lines of heading and text, for terminals, paper and request files. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from countenance.permission.did import short_form
from countenance.permission.grant import ALWAYS, Grant, Scope, Subject
from countenance.permission.request import SignedRequest
from countenance.permission.signed_grant import SignedGrant
from countenance.permission.territories import ANY, WORLDWIDE

Line = tuple[str, str]
"""A heading, empty where it goes on, and what stands under it."""

USES = {
    "animate": "animate: move a picture of the face",
    "dub": "dub: change what the mouth says in a clip",
    "swap": "swap: put the face on somebody else's body",
    "re-age": "re-age: show the person younger or older",
    "try-on": "try-on: put glasses, make-up or clothes on a picture",
    "kiosk": "kiosk: show the person in a prepared scene, there and then",
    "live": "live: move the face, or show it on another, while people watch and answer, as a camera sees somebody move",
    "persona": "persona: be shown as a character that speaks",
    "speak": "speak: move a picture of the face to speech",
    "double": "double: let another face be put on this person's body",
    "train": "train: teach a program from pictures of the person",
    "game": "game: make a head of the person that games and avatar programs move",
}
_KINDS = {
    "self": "{signer} allows the use of their own face to themselves.",
    "subject": "{signer}, the person shown, allows {grantee} to use their likeness.",
    "guardian": "{signer} signs as guardian of {subject}, and allows {grantee} to use their likeness.",
    "estate": "{signer} signs for the estate of {subject}, and allows {grantee} to use their likeness.",
    "public-domain": "{signer} states that the likeness of {subject} is in the public domain.",
    "synthetic": "{signer} states that {subject} is nobody: a person made by a program.",
}


def grant_lines(signed: SignedGrant) -> list[Line]:
    """Everything a grant says."""
    grant = signed.grant
    first = _KINDS[grant.kind].format(signer=grant.signer.name, subject=grant.subject.name, grantee=grant.grantee.name)
    lines: list[Line] = [("Grant", first), ("Person shown", _subject(grant.subject))]
    if grant.likeness.depicts == "child":
        lines.append(("", "shown as a child: may be animated, never swapped"))
    lines.append(("Likeness", _likeness(grant)))
    lines += [("", f"only the file with SHA-256 {digest}") for digest in grant.likeness.pictures]
    lines += scope_lines(grant.scope)
    lines += [("From", _moment(grant.begins_at)), ("Until", _moment(grant.ends_at))]
    if grant.receipts:
        lines.append(("Each use", f"is signed and counted by {grant.receipts}, key {grant.receipts_key}"))
    lines.append(("Revocation", grant.revocation or "no address named; the signer can still send a signed list"))
    if (work := grant.work) is not None:
        source = f"; {work.source}" if work.source else ""
        lines.append(("Work", f"{work.title}, {work.author}, {work.year}{source}"))
        lines.append(("", f"attested: {work.attestation}"))
    for one in grant.evidence:
        lines.append(("Comes with", f"{one.kind}{f': {one.note}' if one.note else ''} (SHA-256 {one.sha256})"))
    lines += _party("Signed by", grant.signer.name, grant.issuer)
    lines.append(("", f"on {_moment(grant.issued_at)}"))
    if signed.document.origin:
        lines.append(("", f"with a passkey, on the page of {signed.document.origin}"))
    lines += _party("Given to", grant.grantee.name, grant.audience)
    if grant.request is not None:
        lines.append(("Answers", f"the request with SHA-256 {grant.request}"))
    return [*lines, ("Number", grant.id), ("Fingerprint", signed.sha256)]


def request_lines(signed: SignedRequest) -> list[Line]:
    """Everything a request asks for."""
    request = signed.request
    days = request.days
    asked = f"{request.grantee.name} asks to use the likeness of {request.subject}."
    lines: list[Line] = [("Request", asked)]
    if request.message:
        lines.append(("Message", request.message))
    lines.append(("Likeness", "the face" + (" and the voice" if request.voice else "; not the voice")))
    lines += scope_lines(request.scope)
    lines.append(("For", f"{days} day{'s' if days > 1 else ''} from the day of signing"))
    lines += _party("Asked by", request.grantee.name, request.issuer)
    return [*lines, ("Number", request.id)]


def scope_lines(scope: Scope) -> list[Line]:
    """Uses, purposes, places, languages, how often, limits."""
    lines = _list("May be used to", [USES[use] for use in scope.uses])
    lines += [("Purposes", ", ".join(scope.purposes)), ("Shown in", _places(scope.territories))]
    lines.append(("Languages", "any" if ANY in scope.languages else ", ".join(scope.languages)))
    span = "in all" if scope.period == "ever" else f"in a {scope.period}"
    lines.append(("How often", "as often as wanted" if scope.times is None else f"at most {scope.times} times {span}"))
    lines.append(("Sharing", "may be handed on" if scope.sharing else "may not be handed on to anybody else"))
    return [*lines, *_list("Limits", [*ALWAYS, *scope.limits])]


def as_text(lines: Iterable[Line], width: int = 15) -> str:
    """One line of text each, headings in a column."""
    return "\n".join(f"{heading:{width}} {text}" for heading, text in lines)


def _subject(subject: Subject) -> str:
    years = [f"born {subject.born}" if subject.born else "", f"died {subject.died}" if subject.died else ""]
    return ", ".join([subject.name, subject.standing, *(year for year in years if year)])


def _likeness(grant: Grant) -> str:
    count = len(grant.likeness.faces)
    face = f"the face ({count} template{'s' if count != 1 else ''})" if count else "the face, as in the files named"
    return face + (" and the voice" if grant.likeness.voice else "; not the voice")


def _places(territories: tuple[str, ...]) -> str:
    return "anywhere in the world" if WORLDWIDE in territories else ", ".join(territories)


def _party(heading: str, name: str, did: str) -> list[Line]:
    return [(heading, name), ("", f"{did}   (ends in {short_form(did)})")]


def _list(heading: str, texts: list[str]) -> list[Line]:
    return [(heading if not k else "", text) for k, text in enumerate(texts)]


def _moment(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M} UTC"
