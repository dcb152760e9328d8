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
    app.command("keep-review")(keep_review)
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
    from countenance.cli.choices import grant_path
    from countenance.face.subject import open_plate
    from countenance.media.source import Source
    from countenance.permission import Authorisation, Circumstances, GrantFile, load_grant
    from countenance.permission.rules import LENDS
    from countenance.settings import default_settings

    path = grant_path(grant)
    signed = load_grant(path)
    wanted = Circumstances(purpose, tuple(territory or ()), tuple(language or ()))
    use = use or signed.grant.scope.uses[0]
    said = {"grant": signed.sha256, "id": signed.grant.id, "use": use, "kind": signed.grant.kind}
    role = next((role for role, lent in LENDS.get(use, {}).items() if lent == "face"), "source")
    right = GrantFile(path, wanted, face_template, tuple(document or ()))
    with Authorisation(use, {role: right}, default_settings()) as asking:
        if source is None:
            notes = asking.check(asking.claim(role), use)
            known = "it could not be learnt whether it was revoked" if notes else "it is not revoked"
            note = (
                f"Form, signature, signer and scope are right, and {known}. To have a picture's face checked, add -s."
            )
        else:
            asking.preflight((role,))
            permit = asking.decide({role: open_plate(Source.pin(source), face)}, {})
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
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Also write the answer, to send to who uses the grant.")
    ] = None,
    identity: Annotated[str | None, typer.Option("--as", help="Which of your identities answers.")] = None,
    as_json: Json = False,
) -> None:
    """Answer, with your key, whether a picture shows the person of a grant, where the numbers leave it open.

    For a childhood picture, and for a grant of one's own, somebody else must answer, on their own machine.
    """
    from countenance.cli.choices import grant_path
    from countenance.errors import BadOption
    from countenance.face.identity import ACCEPT, REFUSE, judge, nearest
    from countenance.face.subject import open_plate
    from countenance.files import check_output, write_atomically
    from countenance.media.source import Source
    from countenance.permission import load_grant
    from countenance.permission.face_matching import sealed_beside, templates_of
    from countenance.permission.keyring import Keyring
    from countenance.permission.ledger import Ledger
    from countenance.permission.ledger.records import review_body
    from countenance.permission.reviews import FARTHEST, Question, Reviews
    from countenance.settings import default_settings

    path = grant_path(grant)
    signed = load_grant(path)
    settings = default_settings()
    if output is not None:
        check_output(output, [source, path])
    child = signed.grant.likeness.depicts == "child"
    pinned = Source.pin(source)
    if child and signed.grant.audience not in {one.did for one in Keyring.at_home(settings).identities()}:
        # The template is sealed for the grantee, and says nothing of a child: eyes decide.
        names, distance = signed.grant.likeness.faces, FARTHEST
    else:
        templates = templates_of(signed, settings, sealed=face_template or sealed_beside(path))
        found = nearest(templates, [open_plate(pinned, face).template.vector]) if templates else None
        names, distance = ((found[0].hash,), found[1]) if found else ((), FARTHEST)
    if not names:
        raise BadOption("No face template of this grant is here.", "Add it with --face-template FILE.")
    verdict = judge(distance)
    told = f"distance {distance:.2f}: {verdict} (accepted under {ACCEPT}, refused over {REFUSE})"
    if verdict == "accept" and not child:
        typer.echo(f"{told}; no review is needed.")
        return
    if verdict == "refuse" and not child:
        raise BadOption(f"{told}; no review can change that.", "Use a picture of the person who signed.")
    if same is None:
        typer.echo(f"{told}\nPerson of the grant: {signed.grant.subject.name}. Picture: {source}", err=True)
        same = typer.confirm("Have you looked, and is it the same person?", err=True)
    question = Question(signed.sha256, pinned.sha256, names[0])
    reviews = Reviews.at_home(default_settings())
    answer = reviews.record(question, distance, same, Keyring.at_home(default_settings()).signer(identity))
    if output is not None:
        write_atomically(output, reviews.file_of(question).read_bytes())
    with Ledger.open(default_settings()) as ledger:
        ledger.append("review", review_body(answer, signed.grant.id))
    if as_json:
        typer.echo(json.dumps(answer.model_dump(), ensure_ascii=False))
        return
    typer.echo(f"{'The same' if same else 'Another'} person, says {answer.reviewer_name}; signed and kept.")


def keep_review(
    answer: Annotated[Path, typer.Argument(help="The answer that a reviewer sent.", show_default=False)],
    as_json: Json = False,
) -> None:
    """Keep a review that somebody else signed; it counts if their key is trusted as reviewer (keys trust --kind)."""
    from countenance.errors import FileMissing
    from countenance.permission.jws import LONGEST
    from countenance.permission.ledger import Ledger
    from countenance.permission.ledger.records import review_body
    from countenance.permission.reviews import Reviews
    from countenance.settings import default_settings

    if not answer.is_file():
        raise FileMissing(f"There is no review {answer}.")
    with answer.open("rb") as file:
        kept = Reviews.at_home(default_settings()).keep(file.read(LONGEST + 1))
    with Ledger.open(default_settings()) as ledger:
        ledger.append("review", review_body(kept))
    if as_json:
        typer.echo(json.dumps(kept.model_dump(), ensure_ascii=False))
        return
    typer.echo(f"{'The same' if kept.same_person else 'Another'} person, says {kept.reviewer_name}; kept.")


def faces(as_json: Json = False) -> None:
    """List the fingerprints of the face templates kept here, sealed."""
    from countenance.permission.templates import TemplateStore
    from countenance.settings import default_settings

    kept = TemplateStore.at_home(default_settings()).fingerprints()
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
    from countenance.settings import default_settings

    store = TemplateStore.at_home(default_settings())
    wanted = store.fingerprints() if everything else list(fingerprint or ())
    if not wanted and not everything:
        raise BadOption("Nothing is named to forget.", "Name fingerprints, or --all.")
    gone = [one for one in wanted if store.forget(one)]
    with Ledger.open(default_settings()) as ledger:
        ledger.append_all([("deletion", deletion_body("template", one, "asked")) for one in gone])
    if len(gone) < len(wanted):
        missing = ", ".join(sorted(set(wanted) - set(gone)))
        raise FileMissing(f"No template is kept here under {missing}.", "See `countenance permission faces`.")
    typer.echo(json.dumps({"forgotten": gone}) if as_json else f"Deleted {len(gone)}.")
