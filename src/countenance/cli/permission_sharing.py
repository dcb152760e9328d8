"""`countenance permission share`: handing a grant on, where the subject allows it. Parses, calls, prints."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(share)


def share(
    grant: Annotated[Path, typer.Argument(help="A grant that was given to you.", show_default=False)],
    to: Annotated[str, typer.Option("--to", help="The did:key of who may use it as well.", show_default=False)],
    name: Annotated[str, typer.Option("--name", help="The person or firm.", show_default=False)],
    output: Annotated[Path, typer.Option("-o", "--output", help="A copy of the grant to write, .jwt.")],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace existing files.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Let somebody else use a grant as well: writes the grant, a signed handover, and the face sealed for them."""
    from pydantic import ValidationError

    from countenance.errors import BadOption
    from countenance.files import check_output, write_atomically
    from countenance.permission import load_grant
    from countenance.permission.face_matching import SEALED, sealed_beside, templates_of
    from countenance.permission.grant import Party, first_fault
    from countenance.permission.handover import SUFFIX, hand_over
    from countenance.permission.keyring import Keyring
    from countenance.permission.templates import seal_for
    from countenance.settings import default_settings

    signed = load_grant(grant)
    for path in (output, output.with_suffix(SUFFIX), output.with_suffix(SEALED)):
        check_output(path, [grant], overwrite=overwrite)
    try:
        party = Party(name=name, did=to)
    except ValidationError as error:
        raise BadOption(f"Nobody can be called that: {first_fault(error)}.", "Check --to and --name.") from error
    handed = hand_over(signed, party, Keyring.at_home(default_settings()).signer(signed.grant.audience))
    faces = templates_of(signed, default_settings(), sealed=sealed_beside(grant))
    if signed.grant.likeness.faces and not faces:
        raise BadOption("The grant's face template is not here.", "Put its .face file beside the grant.")
    write_atomically(output, signed.document.text.encode() + b"\n")
    write_atomically(output.with_suffix(SUFFIX), handed.document.text.encode() + b"\n")
    for template in faces:
        write_atomically(output.with_suffix(SEALED), seal_for(template, to).encode(), mode=0o600)
    if as_json:
        typer.echo(json.dumps({"grant": str(output), "handover": handed.document.sha256, "to": to}))
        return
    typer.echo(f"Wrote {output}, {SUFFIX} and {SEALED} beside it. Send all three to {name}, who keeps them together.")
