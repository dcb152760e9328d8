"""`countenance permission sign`: giving a grant, and what its ways have in common. Parses, calls, prints."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from countenance.face.identity import FaceTemplate
    from countenance.permission.credential import SignedCredential
    from countenance.permission.grant import GrantEvidence, Work
    from countenance.permission.granting import Person, Terms
    from countenance.permission.keyring import Signer
    from countenance.permission.request import SignedRequest
    from countenance.permission.signed_grant import SignedGrant

BESIDE = (".face", ".consent", ".credential")
"""What lies beside a grant under its name."""
Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], show_default=False)]
Limits = Annotated[list[str] | None, typer.Option("--limit", help="What you do not want, in words; may be repeated.")]
Revocation = Annotated[str, typer.Option("--revocation", help="https address where you would publish revocations.")]
As = Annotated[str | None, typer.Option("--as", help="Which of your identities signs.")]
Credential = Annotated[
    Path | None,
    typer.Option("--credential", help="An authority's credential for your key, to go with the grant."),
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace existing files.")]
Json = Annotated[bool, typer.Option("--json", help="For machines.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(sign)


def sign(
    request: Annotated[Path, typer.Argument(help="The request.json to answer.", show_default=False)],
    output: Annotated[Path, typer.Option("-o", "--output", help="The grant to write.")] = Path("grant.jwt"),
    clip: Annotated[Path | None, typer.Option(help="A few seconds of video of your face.", show_default=False)] = None,
    picture: Annotated[
        list[Path] | None, typer.Option(help="A picture of your face, where there is no clip; may be repeated.")
    ] = None,
    only: Annotated[
        list[Path] | None, typer.Option("--only", help="Allow these picture or video files alone; may be repeated.")
    ] = None,
    use: Annotated[list[str] | None, typer.Option(help="Allow fewer uses than asked for; may be repeated.")] = None,
    days: Annotated[int | None, typer.Option(help="Fewer days than asked for.", min=1)] = None,
    times: Annotated[int | None, typer.Option(help="How many renders at most.", min=1)] = None,
    period: Annotated[str, typer.Option(help="… in a day, month, year, or ever.")] = "ever",
    limit: Limits = None,
    revocation: Revocation = "",
    receipts: Annotated[str, typer.Option(help="https address of a service that signs and counts each use.")] = "",
    receipts_key: Annotated[str, typer.Option(help="The did:key of that service.")] = "",
    child: Annotated[bool, typer.Option("--child", help="The --only pictures show the person as a child.")] = False,
    born: Day = None,
    for_: Annotated[str | None, typer.Option("--for", help="The person shown, where you sign for them.")] = None,
    standing: Annotated[str, typer.Option(help="Of that person: adult, deceased or fictional.")] = "adult",
    died: Day = None,
    document: Annotated[
        list[Path] | None, typer.Option(help="What gives you the right to sign for them; may be repeated.")
    ] = None,
    credential: Credential = None,
    work: Annotated[str | None, typer.Option(help='The public-domain work: "Work, author, year".')] = None,
    identity: As = None,
    yes: Annotated[bool, typer.Option("--yes", help="Sign without being asked.")] = False,
    overwrite: Overwrite = False,
    as_json: Json = False,
) -> None:
    """Answer a request with a signed grant, after showing what it allows. With a camera take, use `grant` instead."""
    from countenance.errors import Interrupted
    from countenance.files import check_output
    from countenance.permission.granting import answer
    from countenance.permission.keyring import Keyring
    from countenance.permission.plain_words import as_text, grant_lines
    from countenance.permission.request import load_request
    from countenance.settings import default_settings

    asked = load_request(request)
    check_output(output, [request], overwrite=overwrite)
    for suffix in BESIDE:
        check_output(output.with_suffix(suffix), [request], overwrite=overwrite)
    refuse_own_request(asked)
    kind = asked.request.kind
    terms = terms_from(
        days=days, limits=limit, revocation=revocation, times=times, period=period, only=only, child=child, born=born,
        uses=use, evidence=_evidence(document, "recipe" if kind == "synthetic" else "authority"), work=_work(work),
        receipts=receipts, receipts_key=receipts_key,
    )  # fmt: skip
    person = None if for_ is None else _person(for_, standing, born, died)
    templates = _templates(clip, picture or [])
    signer = Keyring.at_home(default_settings()).signer(identity)
    vouched = None if credential is None else credential_for(credential, signer)
    signed = answer(asked, signer, templates, terms, person)
    if not yes and not as_json:
        typer.echo(as_text(grant_lines(signed)), err=True)
        if not typer.confirm("\nDo you allow this, and sign it?", err=True):
            raise Interrupted("Nothing was signed.", "Run it again when you want to.")
    hand_out(signed, signer, templates, output, vouched, as_json=as_json)


def refuse_own_request(asked: SignedRequest) -> None:
    """Whoever asks does not answer for somebody else. Raises PermissionRefused: permission.own_key."""
    from countenance.errors import PermissionRefused
    from countenance.permission.keyring import Keyring
    from countenance.permission.rules import SIGNED_BY_OTHERS
    from countenance.settings import default_settings

    if (
        asked.request.kind in SIGNED_BY_OTHERS
        and asked.request.grantee.did in Keyring.at_home(default_settings()).ever()
    ):
        raise PermissionRefused(
            "The request was made in this installation: who asks cannot answer it for somebody else.",
            f"Send it to {asked.request.subject}, who signs on their own machine.",
            code="permission.own_key",
        )


def credential_for(path: Path, signer: Signer) -> SignedCredential:
    """An authority's credential, which must be of the signer. Raises FileMissing; PermissionRefused."""
    from countenance.errors import PermissionRefused
    from countenance.permission.credential import load_credential, names

    found = load_credential(path)
    if found.credential.subject != signer.identity.did or not names(found, signer.identity.shown_as):
        raise PermissionRefused(
            f"{path.name} vouches for another key or name than {signer.identity.shown_as!r}.",
            "Ask the authority for one of your key, under the name of your identity.",
            code="permission.proof",
        )
    return found


def hand_out(
    signed: SignedGrant,
    signer: Signer,
    templates: list[FaceTemplate],
    output: Path,
    credential: SignedCredential | None = None,
    *,
    as_json: bool,
) -> None:
    """Write the grant; and beside it the face template sealed for the grantee, and what others can check."""
    from countenance.files import write_atomically
    from countenance.permission.consent_proof import sign_consent
    from countenance.permission.templates import seal_for

    write_atomically(output.with_suffix(".consent"), sign_consent(signed, signer).document.text.encode() + b"\n")
    if credential is not None:
        write_atomically(output.with_suffix(".credential"), credential.text.encode() + b"\n")
    face = output.with_suffix(".face")
    for template in templates:
        write_atomically(face, seal_for(template, signed.grant.audience).encode(), mode=0o600)
    write_atomically(output, signed.document.text.encode() + b"\n")
    if as_json:
        said = {"grant": str(output), "face": str(face) if templates else None, "id": signed.grant.id}
        typer.echo(json.dumps({**said, "sha256": signed.sha256}))
        return
    name = signed.grant.grantee.name
    files = f"{output}, {face}" if templates else str(output)
    files += f", {output.with_suffix('.consent')}" + (
        f", {output.with_suffix('.credential')}" if credential is not None else ""
    )
    typer.echo(f"Wrote {files}. Send them all to {name}; only {name} can open the face.", err=True)


def _templates(clip: Path | None, pictures: list[Path]) -> list[FaceTemplate]:
    """One template, out of a clip or of several pictures; none without either."""
    from countenance.errors import BadOption
    from countenance.face.identity import describe_still, template_from, template_of_clip
    from countenance.face.subject import PictureSubject
    from countenance.media.source import Source

    if clip is not None and pictures:
        raise BadOption("--clip and --picture are alternatives.", "Use the clip: it is better.")
    if clip is not None:
        return [template_of_clip(clip)]
    if not pictures:
        return []
    seen = [PictureSubject(Source.pin(path)) for path in pictures]
    every = [one for subject in seen for one in describe_still(subject.pixels, subject.face)]
    return [template_from(every, still=True, name=", ".join(path.name for path in pictures))]


def terms_from(
    *,
    days: int | None,
    limits: list[str] | None,
    revocation: str,
    times: int | None,
    period: str,
    only: list[Path] | None,
    child: bool,
    born: datetime | None,
    uses: list[str] | None,
    evidence: tuple[GrantEvidence, ...],
    work: Work | None,
    receipts: str = "",
    receipts_key: str = "",
) -> Terms:
    """The signer's terms, from flags. Raises BadOption, FileMissing."""
    from countenance.errors import BadOption
    from countenance.files import sha256_file
    from countenance.permission.granting import Terms

    if period not in ("ever", "day", "month", "year"):
        raise BadOption(f"--period {period!r} is not known.", "Use day, month, year or ever.")
    return Terms(
        days=days,
        limits=tuple(limits or ()),
        revocation=revocation,
        times=times,
        period=period,  # type: ignore[arg-type]
        pictures=tuple(sha256_file(_there(path)) for path in only or ()),
        child=child,
        evidence=evidence,
        work=work,
        born=born.date() if born else None,
        uses=tuple(uses or ()),
        receipts=receipts,
        receipts_key=receipts_key,
    )


def _evidence(documents: list[Path] | None, kind: str) -> tuple[GrantEvidence, ...]:
    from countenance.permission.document import document_hash
    from countenance.permission.grant import GrantEvidence

    paths = list(documents or ())
    return tuple(GrantEvidence(kind=kind, sha256=document_hash(path), note=path.name) for path in paths)  # type: ignore[arg-type]


def _person(name: str, standing: str, born: datetime | None, died: datetime | None) -> Person:
    from countenance.errors import BadOption
    from countenance.permission.granting import Person

    if standing not in ("adult", "minor", "deceased", "fictional"):
        raise BadOption(f"--standing {standing!r} is not known.", "Use adult, deceased or fictional.")
    dates = [moment.date() if moment else None for moment in (born, died)]
    return Person(name, standing, *dates)  # type: ignore[arg-type]


def _work(text: str | None) -> Work | None:
    from countenance.permission.grant import Work
    from countenance.permission.works import PublicDomainClaim

    if text is None:
        return None
    claim = PublicDomainClaim.parse(text)
    word = "I have looked this up and state that the work is in the public domain."
    return Work(title=claim.work, author=claim.author, year=claim.year, attestation=word)


def _there(path: Path) -> Path:
    from countenance.errors import FileMissing

    if not path.is_file():
        raise FileMissing(f"There is no file {path}.")
    return path
