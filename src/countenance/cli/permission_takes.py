"""`countenance permission grant` and `self`: giving a grant before the camera. Parses, calls, prints."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from countenance.cli.permission_giving import (
    BESIDE,
    As,
    Credential,
    Day,
    Json,
    Limits,
    Overwrite,
    Revocation,
    credential_for,
    hand_out,
    refuse_own_request,
    terms_from,
)

if TYPE_CHECKING:
    from countenance.permission.grant import GrantEvidence
    from countenance.permission.liveness_check import Challenge

Camera = Annotated[
    Path | None,
    typer.Option("--camera", help="The recorded take; without it, you are told what to record.", show_default=False),
]
Keep = Annotated[bool, typer.Option("--keep-take", help="Keep the take here, sealed, rather than only its hash.")]
Spoken = Annotated[str, typer.Option("--spoken", help="Language of the phrase; others than en need a recogniser.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(grant)
    app.command("self")(own)
    app.command("judge-take")(judge_take)


def grant(
    request: Annotated[Path, typer.Argument(help="The request.json to answer.", show_default=False)],
    camera: Camera = None,
    output: Annotated[Path, typer.Option("-o", "--output", help="The grant to write.")] = Path("grant.jwt"),
    only: Annotated[
        list[Path] | None, typer.Option("--only", help="Allow these picture or video files alone; may be repeated.")
    ] = None,
    use: Annotated[list[str] | None, typer.Option(help="Allow fewer uses than asked for; may be repeated.")] = None,
    days: Annotated[int | None, typer.Option(help="Fewer days than asked for.", min=1)] = None,
    times: Annotated[int | None, typer.Option(help="How many renders at most.", min=1)] = None,
    period: Annotated[str, typer.Option(help="… in a day, month, year, or ever.")] = "ever",
    limit: Limits = None,
    revocation: Revocation = "",
    child: Annotated[bool, typer.Option("--child", help="The --only pictures show you as a child.")] = False,
    born: Day = None,
    spoken: Spoken = "en",
    keep: Keep = False,
    credential: Credential = None,
    identity: As = None,
    yes: Annotated[bool, typer.Option("--yes", help="Sign without being asked.")] = False,
    overwrite: Overwrite = False,
    as_json: Json = False,
) -> None:
    """Answer a request for your own likeness with a take in which you read a one-time phrase aloud."""
    from countenance.errors import BadOption, Interrupted
    from countenance.face.identity import template_of_clip
    from countenance.files import check_output
    from countenance.permission.granting import answer
    from countenance.permission.keyring import Keyring
    from countenance.permission.liveness_check import challenge_for
    from countenance.permission.plain_words import as_text, grant_lines
    from countenance.permission.request import load_request
    from countenance.settings import default_settings

    asked = load_request(request)
    if asked.request.kind != "subject":
        raise BadOption("Only the person shown stands before the camera.", "Answer it with `permission sign`.")
    challenge = challenge_for(asked.request.id)
    if camera is None:
        _instruct(challenge, f"countenance permission grant {request} --camera CLIP", as_json)
        return
    refuse_own_request(asked)
    for path in (output, *(output.with_suffix(suffix) for suffix in BESIDE)):
        check_output(path, [request, camera], overwrite=overwrite)
    signer = Keyring.at_home(default_settings()).signer(identity)
    vouched = None if credential is None else credential_for(credential, signer)
    evidence = _accepted(camera, challenge, spoken, keep=keep)
    template = template_of_clip(camera)
    terms = terms_from(
        days=days, limits=limit, revocation=revocation, times=times, period=period, only=only, child=child, born=born,
        uses=use, evidence=(evidence,), work=None,
    )  # fmt: skip
    signed = answer(asked, signer, [template], terms)
    if not yes and not as_json:
        typer.echo(as_text(grant_lines(signed)), err=True)
        if not typer.confirm("\nDo you allow this, and sign it?", err=True):
            raise Interrupted("Nothing was signed.", "Run it again when you want to.")
    hand_out(signed, signer, [template], output, vouched, as_json=as_json)


def own(
    camera: Camera = None,
    phrase: Annotated[
        str | None, typer.Option("--phrase", help="The number of the phrase you were told.", show_default=False)
    ] = None,
    purpose: Annotated[list[str] | None, typer.Option(help="What for; may be repeated. Default: personal.")] = None,
    days: Annotated[int, typer.Option(help="For how long.", min=1)] = 365,
    limit: Limits = None,
    born: Day = None,
    spoken: Spoken = "en",
    keep: Keep = False,
    credential: Credential = None,
    identity: As = None,
    as_json: Json = False,
) -> None:
    """Allow yourself the use of your own face, with a take before the camera. Then: --permission self."""
    from countenance.face.identity import template_of_clip
    from countenance.files import write_atomically
    from countenance.permission.consent_proof import sign_consent
    from countenance.permission.granting import own_face
    from countenance.permission.judged_takes import JudgedTakes
    from countenance.permission.keyring import Keyring
    from countenance.permission.ledger import Ledger
    from countenance.permission.ledger_entries import note_grant
    from countenance.permission.liveness_check import Challenges, challenge_for
    from countenance.permission.templates import TemplateStore
    from countenance.permission.vault import make_private_folder
    from countenance.settings import default_settings

    settings = default_settings()
    signer = Keyring.at_home(default_settings()).signer(identity)
    if camera is None or phrase is None:
        asked = Challenges.at_home(default_settings()).issue()
        _instruct(asked, f"countenance permission self --phrase {asked.token} --camera CLIP", as_json)
        return
    vouched = None if credential is None else credential_for(credential, signer)
    evidence = _accepted(camera, challenge_for(phrase), spoken, keep=keep)
    Challenges.at_home(default_settings()).redeem(phrase)
    JudgedTakes.at_home(default_settings()).enter(evidence.sha256, signer)
    template = template_of_clip(camera)
    terms = terms_from(
        days=days, limits=limit, revocation="", times=None, period="ever", only=None, child=False, born=born,
        uses=None, evidence=(evidence,), work=None,
    )  # fmt: skip
    signed = own_face(signer, template, terms, purposes=tuple(purpose or ("personal",)))
    TemplateStore.at_home(default_settings()).keep(template)
    make_private_folder(settings.home / "grants")
    path = settings.home / "grants" / "self.jwt"
    write_atomically(path.with_suffix(".consent"), sign_consent(signed, signer).document.text.encode(), mode=0o600)
    if vouched is not None:
        write_atomically(path.with_suffix(".credential"), vouched.text.encode(), mode=0o600)
    else:
        path.with_suffix(".credential").unlink(missing_ok=True)
    write_atomically(path, signed.document.text.encode() + b"\n", mode=0o600)
    with Ledger.open(settings) as ledger:
        note_grant(signed, ledger)
    if as_json:
        typer.echo(json.dumps({"grant": str(path), "id": signed.grant.id, "sha256": signed.sha256}))
        return
    typer.echo(f"Your own face may be used here until {signed.grant.ends_at:%Y-%m-%d}, with: --permission self")


def judge_take(
    grant: Annotated[Path, typer.Argument(help="The grant that names the take, .jwt.", show_default=False)],
    camera: Annotated[Path, typer.Option("--camera", help="The take itself, as its owner sent it.")],
    request: Annotated[Path, typer.Option("--request", help="Your request that the grant answers, .json.")],
    spoken: Spoken = "en",
    identity: As = None,
    as_json: Json = False,
) -> None:
    """Judge here the take that a grant names; what is made under the grant then says so."""
    from countenance.errors import PermissionRefused
    from countenance.files import sha256_file
    from countenance.permission import load_grant
    from countenance.permission.judged_takes import JudgedTakes
    from countenance.permission.keyring import Keyring
    from countenance.permission.liveness_check import challenge_for, check_take, refuse_unless_alive
    from countenance.permission.request import load_request
    from countenance.settings import default_settings

    signed, asked = load_grant(grant), load_request(request)
    digest = sha256_file(_there(camera))
    if signed.grant.request != asked.document.sha256:
        raise PermissionRefused(
            "The grant answers another request.", "Give the request that it answers.", code="permission.take"
        )
    if digest not in {one.sha256 for one in signed.grant.evidence_of("live-take")}:
        raise PermissionRefused(
            f"{camera.name} is not the take that the grant names.",
            "Ask for the very file that was recorded, unchanged.",
            code="permission.take",
        )
    signer = Keyring.at_home(default_settings()).signer(identity)
    challenge = challenge_for(asked.request.id)
    report = check_take(camera, challenge.phrase, challenge.turns, language=spoken)
    refuse_unless_alive(report)
    JudgedTakes.at_home(default_settings()).enter(digest, signer)
    typer.echo(json.dumps(report.as_dict()) if as_json else "Accepted, and noted with your key. The clip is not kept.")


def _accepted(clip: Path, challenge: Challenge, spoken: str, *, keep: bool) -> GrantEvidence:
    """The evidence of a take; all that it lacks is told before it is refused."""
    from countenance.permission.liveness_check import Takes, check_take
    from countenance.settings import default_settings

    report = check_take(_there(clip), challenge.phrase, challenge.turns, language=spoken)
    for lack in report.lacks[1:]:
        typer.echo(f"also: {lack.sentence}\n  → {lack.remedy}", err=True)
    return Takes.at_home(default_settings()).keep(clip, report, "sealed" if keep else "hash")


def _instruct(challenge: Challenge, then: str, as_json: bool) -> None:
    """Tell what to record."""
    if as_json:
        said = {
            "token": challenge.token,
            "phrase": challenge.phrase,
            "turns": list(challenge.turns),
            "do": list(challenge.instructions),
        }
        typer.echo(json.dumps({**said, "then": then}, ensure_ascii=False))
        return
    typer.echo("Record one clip of yourself, with sound, in which you:")
    for number, step in enumerate(challenge.instructions, 1):
        typer.echo(f"  {number}. {step}")
    typer.echo(f"Then: {then}", err=True)


def _there(clip: Path) -> Path:
    from countenance.errors import FileMissing

    if not clip.is_file():
        raise FileMissing(f"There is no clip {clip}.")
    return clip
