"""`countenance permission check`, `review`, `faces` and `forget`: before a render. Parses, calls, prints."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from countenance.cli.choices import PermissionFlags

Json = Annotated[bool, typer.Option("--json", help="For machines.")]
GrantArgument = Annotated[str, typer.Argument(help="A grant's .jwt file, or self.", show_default=False)]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(check)
    app.command()(review)
    app.command()(faces)
    app.command()(forget)


def check(
    grant: GrantArgument,
    source: Annotated[
        Path | None, typer.Option("-s", "--source", help="The picture it is wanted for.", show_default=False)
    ] = None,
    use: Annotated[str | None, typer.Option(help="animate, dub, …; by default the first the grant names.")] = None,
    purpose: PermissionFlags.Purpose = None,
    territory: PermissionFlags.Territory = None,
    language: Annotated[
        list[str] | None, typer.Option(help="Of what is said; may be repeated.", show_default=False)
    ] = None,
    face: Annotated[str, typer.Option(help="Which face of the picture.")] = "largest",
    face_template: PermissionFlags.FaceTemplate = None,
    document: PermissionFlags.Document = None,
    as_json: Json = False,
) -> None:
    """Ask the policy, without rendering anything, whether a grant would do; refused with the reason where not."""
    from datetime import UTC, datetime

    from countenance.cli.choices import grant_path
    from countenance.permission import Circumstances, GrantClaim, load_grant
    from countenance.permission.handover import handover_beside
    from countenance.permission.policy import check_grant, check_standing
    from countenance.permission.rules import LENDS
    from countenance.render.rights import GrantFile, records_at_home

    path = grant_path(grant)
    signed = load_grant(path)
    wanted = Circumstances(purpose, tuple(territory or ()), tuple(language or ()))
    use = use or signed.grant.scope.uses[0]
    said = {"grant": signed.sha256, "id": signed.grant.id, "use": use, "kind": signed.grant.kind}
    if source is None:
        from countenance.files import sha256_file

        at_hand = frozenset(sha256_file(one) for one in document or ())
        now = datetime.now(UTC)
        with records_at_home() as records:
            check_grant(GrantClaim(signed, wanted, {}, at_hand, handover_beside(path)), use, records, now)
            notes = check_standing(signed, records, now)
        known = "it could not be learnt whether it was revoked" if notes else "it is not revoked"
        note = f"Form, signature, signer and scope are right, and {known}. To have a picture's face checked, add -s."
    else:
        role = next((role for role, lent in LENDS.get(use, {}).items() if lent == "face"), "source")
        right = GrantFile(path, wanted, face, face_template, tuple(document or ()))
        permit = right.permit_for(use, {role: source})
        said |= {"basis": permit.basis, "expires_at": permit.expires_at.isoformat(timespec="seconds")}
        note = f"It would do: {permit.basis}."
    if as_json:
        typer.echo(json.dumps({"allowed": True, **said}, ensure_ascii=False))
        return
    typer.echo(note)


def review(
    grant: GrantArgument,
    source: Annotated[Path, typer.Option("-s", "--source", help="The picture to judge.", show_default=False)],
    same: Annotated[
        bool | None, typer.Option("--same/--different", help="Your answer, after looking.", show_default=False)
    ] = None,
    face: Annotated[str, typer.Option(help="Which face of the picture.")] = "largest",
    face_template: PermissionFlags.FaceTemplate = None,
    identity: Annotated[str | None, typer.Option("--as", help="Which of your identities answers.")] = None,
    as_json: Json = False,
) -> None:
    """Answer, with your key, whether a picture shows the person of a grant, where the numbers leave it open."""
    from countenance.cli.choices import grant_path
    from countenance.errors import BadOption
    from countenance.face.identity import ACCEPT, REFUSE, judge
    from countenance.permission import load_grant
    from countenance.permission.keyring import Keyring
    from countenance.permission.ledger import Ledger
    from countenance.permission.ledger.records import review_body
    from countenance.permission.likeness import compare, sealed_beside, templates_of
    from countenance.permission.reviews import Question, Reviews

    path = grant_path(grant)
    signed = load_grant(path)
    match = compare(source, templates_of(signed, sealed=face_template or sealed_beside(path)), face)
    if match is None:
        raise BadOption("No face template of this grant is here.", "Add it with --face-template FILE.")
    verdict, child = judge(match.distance), signed.grant.likeness.depicts == "child"
    told = f"distance {match.distance:.2f}: {verdict} (accepted under {ACCEPT}, refused over {REFUSE})"
    if verdict == "accept" and not child:
        typer.echo(f"{told}; no review is needed.")
        return
    if verdict == "refuse" and not child:
        raise BadOption(f"{told}; no review can change that.", "Use a picture of the person who signed.")
    if same is None:
        typer.echo(f"{told}\nPerson of the grant: {signed.grant.subject.name}. Picture: {source}", err=True)
        same = typer.confirm("Have you looked, and is it the same person?", err=True)
    question = Question(signed.sha256, match.input_sha256, match.template)
    answer = Reviews.at_home().record(question, match.distance, same, Keyring.at_home().signer(identity))
    with Ledger.open() as ledger:
        ledger.append("review", review_body(answer, signed.grant.id))
    if as_json:
        typer.echo(json.dumps(answer.model_dump(), ensure_ascii=False))
        return
    typer.echo(f"{'The same' if same else 'Another'} person, says {answer.reviewer_name}; signed and kept.")


def faces(as_json: Json = False) -> None:
    """List the fingerprints of the face templates kept here, sealed."""
    from countenance.permission.templates import TemplateStore

    kept = TemplateStore.at_home().fingerprints()
    typer.echo(json.dumps(kept) if as_json else "\n".join(kept) or "No face template is kept here.")


def forget(
    fingerprint: Annotated[
        list[str] | None, typer.Argument(help="Fingerprints, as `faces` lists them.", show_default=False)
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every template kept here.")] = False,
    as_json: Json = False,
) -> None:
    """Delete face templates for good. Grants that need them then need the .face file again."""
    from countenance.errors import BadOption, FileMissing
    from countenance.permission.ledger import Ledger
    from countenance.permission.ledger.records import deletion_body
    from countenance.permission.templates import TemplateStore

    store = TemplateStore.at_home()
    wanted = store.fingerprints() if everything else list(fingerprint or ())
    if not wanted and not everything:
        raise BadOption("Nothing is named to forget.", "Name fingerprints, or --all.")
    gone = [one for one in wanted if store.forget(one)]
    with Ledger.open() as ledger:
        ledger.append_all([("deletion", deletion_body("template", one, "asked")) for one in gone])
    if len(gone) < len(wanted):
        missing = ", ".join(sorted(set(wanted) - set(gone)))
        raise FileMissing(f"No template is kept here under {missing}.", "See `countenance permission faces`.")
    typer.echo(json.dumps({"forgotten": gone}) if as_json else f"Deleted {len(gone)}.")
