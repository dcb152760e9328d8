"""`countenance permission`: asking for, giving, reading and checking grants. Parses, calls, prints."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, get_args

import typer

from countenance.cli import (
    permission_giving,
    permission_keys,
    permission_looking,
    permission_revoking,
    permission_sharing,
    permission_takes,
    permission_trust,
)

app = typer.Typer(help="Permission to use a likeness: ask, give, read, check.", no_args_is_help=True)
app.add_typer(permission_keys.app, name="keys")
app.add_typer(permission_trust.trust, name="trust")
app.add_typer(permission_trust.credential, name="credential")
Json = Annotated[bool, typer.Option("--json", help="For machines.")]


def register(parent: typer.Typer) -> None:
    """Hang these commands onto the main one."""
    permission_takes.register(app)
    permission_giving.register(app)
    permission_looking.register(app)
    permission_sharing.register(app)
    permission_revoking.register(app)
    parent.add_typer(app, name="permission")


@app.command()
def request(
    output: Annotated[Path, typer.Option("-o", "--output", help="The request to write, .json.", show_default=False)],
    subject: Annotated[str, typer.Option(help="The person shown.", show_default=False)],
    use: Annotated[list[str], typer.Option(help="animate, dub, swap, …; may be repeated.", show_default=False)],
    purpose: Annotated[list[str], typer.Option(help="film, advertising, …; may be repeated.", show_default=False)],
    territory: Annotated[list[str], typer.Option(help="DE, EU, worldwide; may be repeated.")] = ["worldwide"],  # noqa: B006
    language: Annotated[list[str], typer.Option(help="en, pt-BR, any; may be repeated.")] = ["any"],  # noqa: B006
    days: Annotated[int, typer.Option(help="For how long, from the signing.", min=1)] = 365,
    times: Annotated[int | None, typer.Option(help="How many renders at most.", min=1)] = None,
    period: Annotated[str, typer.Option(help="… in a day, month, year, or ever.")] = "ever",
    sharing: Annotated[bool, typer.Option("--sharing", help="Whether you may hand it on.")] = False,
    voice: Annotated[bool, typer.Option("--voice", help="Ask for the voice too.")] = False,
    kind: Annotated[str, typer.Option(help="subject, guardian or estate.")] = "subject",
    limit: Annotated[list[str] | None, typer.Option(help="A limit you offer, in words; may be repeated.")] = None,
    message: Annotated[str, typer.Option(help="To the person asked.")] = "",
    identity: Annotated[str | None, typer.Option("--as", help="Which of your identities asks.")] = None,
    page: Annotated[Path | None, typer.Option("--page", help="Also as a page to print (.html).")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace existing files.")] = False,
    as_json: Json = False,
) -> None:
    """Write a request that the person shown can answer with a grant."""
    from pydantic import ValidationError

    from countenance.errors import BadOption
    from countenance.files import check_output, write_atomically
    from countenance.permission.grant import Kind, Scope, first_fault
    from countenance.permission.grant_page import request_page
    from countenance.permission.keyring import Keyring
    from countenance.permission.plain_words import as_text, request_lines
    from countenance.permission.request import make_request, request_file
    from countenance.settings import default_settings

    for path in (output, page):
        if path is not None:
            check_output(path, overwrite=overwrite)
    if kind not in get_args(Kind):
        raise BadOption(f"--kind {kind!r} is not known.", f"Use one of {', '.join(get_args(Kind))}.")
    try:
        scope = Scope.model_validate(
            {
                "uses": tuple(use),
                "purposes": tuple(purpose),
                "territories": tuple(territory),
                "languages": tuple(language),
                "times": times,
                "period": period,
                "sharing": sharing,
                "limits": tuple(limit or ()),
            }
        )
    except ValidationError as error:
        raise BadOption(f"This cannot be asked for: {first_fault(error)}.") from error
    signed = make_request(
        Keyring.at_home(default_settings()).signer(identity),
        subject=subject,
        kind=kind,  # type: ignore[arg-type]
        scope=scope,
        voice=voice,
        days=days,
        message=message,
    )
    plain = as_text(request_lines(signed))
    write_atomically(output, request_file(signed, plain))
    if page is not None:
        write_atomically(page, request_page(signed))
    if as_json:
        typer.echo(json.dumps({"request": str(output), "id": signed.request.id, "sha256": signed.document.sha256}))
        return
    typer.echo(plain)
    typer.echo(f"\nWrote {output}. {subject} answers it with: countenance permission sign {output.name}", err=True)


@app.command()
def show(
    document: Annotated[Path, typer.Argument(help="A grant (.jwt) or a request (.json).", show_default=False)],
    as_json: Json = False,
) -> None:
    """Say in plain words what a grant or request says. Signature and form are checked; see also `check`."""
    from countenance.permission.plain_words import as_text

    signed, lines = _read(document)
    if as_json:
        typer.echo(json.dumps({"sha256": signed.document.sha256, **signed.document.said}, ensure_ascii=False))
        return
    typer.echo(as_text(lines))


@app.command()
def page(
    document: Annotated[Path, typer.Argument(help="A grant (.jwt) or a request (.json).", show_default=False)],
    output: Annotated[Path, typer.Option("-o", "--output", help="The .html to write.", show_default=False)],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing file.")] = False,
) -> None:
    """Write a grant or request as a page to print and sign by hand."""
    from countenance.files import check_output, write_atomically
    from countenance.permission.grant_page import grant_page, request_page
    from countenance.permission.signed_grant import SignedGrant

    check_output(output, [document], overwrite=overwrite)
    signed, _ = _read(document)
    write_atomically(output, grant_page(signed) if isinstance(signed, SignedGrant) else request_page(signed))
    typer.echo(f"Wrote {output}.", err=True)


def _read(document: Path) -> tuple[Any, list[tuple[str, str]]]:
    from countenance.permission.plain_words import grant_lines, request_lines
    from countenance.permission.request import load_request
    from countenance.permission.signed_grant import load_grant

    if document.suffix.lower() == ".json":
        asked = load_request(document)
        return asked, request_lines(asked)
    signed = load_grant(document)
    return signed, grant_lines(signed)
