"""`countenance permission trust` and `credential`: authorities, and what they sign of people's keys. Parses, calls."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

trust = typer.Typer(help="Authorities whose word about people's keys counts here.", no_args_is_help=True)
credential = typer.Typer(help="Credentials: an authority signs a person's key.", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="For machines.")]
As = Annotated[str | None, typer.Option("--as", help="Which of your identities says so.")]
Kinds = Annotated[
    list[str] | None, typer.Option("--kind", help="subject, guardian, estate or synthetic; may be repeated.")
]
Did = Annotated[str, typer.Argument(help="A did:key.", show_default=False)]


@trust.command()
def add(
    did: Did,
    name: Annotated[str, typer.Option("--name", help="The agency, union, museum or issuer of electronic identity.")],
    compared: Annotated[
        str, typer.Option("--compared", help="How you know the key is theirs: its web site, a letter, …")
    ],
    kind: Kinds = None,
    revocations: Annotated[
        str, typer.Option("--revocations", help="Where it publishes the credentials it took back: https:// or a file.")
    ] = "",
    identity: As = None,
    as_json: Json = False,
) -> None:
    """Trust an authority: files whose consent it vouches for are then told as such."""
    from countenance.permission.did import short_form
    from countenance.permission.keyring import Keyring
    from countenance.permission.trust_list import TrustStore
    from countenance.settings import default_settings

    signer = Keyring.at_home(default_settings()).signer(identity)
    added = TrustStore.for_writing(default_settings()).add(
        did, name, compared=compared, by=signer, vouches_for=tuple(kind or ("subject",)), revocations=revocations
    )
    if as_json:
        said = {"did": added.did, "name": added.name, "vouches_for": added.vouches_for}
        typer.echo(json.dumps(said, ensure_ascii=False))
        return
    typer.echo(f"{added.name} ({short_form(did)}) may vouch for: {', '.join(added.vouches_for)}")


@trust.command("list")
def list_(as_json: Json = False) -> None:
    """The authorities that are trusted here."""
    from dataclasses import asdict

    from countenance.permission.trust_list import TrustList
    from countenance.settings import default_settings

    found = TrustList.at_home(default_settings()).authorities
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in found], ensure_ascii=False))
        return
    for one in found:
        kinds = ", ".join(one.vouches_for)
        typer.echo(f"{one.name:20} {one.did}  ({kinds}; compared: {one.compared}; {one.at[:10]})")
    if not found:
        typer.echo("No authority is trusted here yet.")


@trust.command()
def remove(did: Did) -> None:
    """Trust an authority no more."""
    from countenance.permission.trust_list import TrustStore
    from countenance.settings import default_settings

    TrustStore.for_writing(default_settings()).remove(did)
    typer.echo("Removed.", err=True)


@credential.command()
def issue(
    did: Did,
    name: Annotated[str, typer.Option("--name", help="The person, as their grants name them.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="The .credential to write.", show_default=False)],
    kind: Kinds = None,
    days: Annotated[int, typer.Option(help="For how long.", min=1, max=731)] = 365,
    identity: As = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing file.")] = False,
    as_json: Json = False,
) -> None:
    """Sign, as an authority, that a key is this person's. The name can be left out of what is made public."""
    from countenance.files import check_output, write_atomically
    from countenance.permission.credential import issue_credential
    from countenance.permission.keyring import Keyring
    from countenance.settings import default_settings

    check_output(output, overwrite=overwrite)
    made = issue_credential(
        Keyring.at_home(default_settings()).signer(identity), did, name, tuple(kind or ("subject",)), days
    )
    write_atomically(output, made.text.encode() + b"\n")
    if as_json:
        typer.echo(json.dumps({"credential": str(output), "id": made.credential.id, "ends": made.credential.ends}))
        return
    typer.echo(f"Wrote {output}. {name} adds it to grants with: permission sign … --credential {output.name}", err=True)


@credential.command()
def show(
    file: Annotated[Path, typer.Argument(help="A .credential file.", show_default=False)], as_json: Json = False
) -> None:
    """Say what a credential says, and whether its issuer is trusted here."""
    from datetime import UTC, datetime

    from countenance.permission.credential import load_credential
    from countenance.permission.trust_list import TrustList
    from countenance.settings import default_settings

    signed = load_credential(file)
    trusted = TrustList.at_home(default_settings())
    authority = trusted.find(signed.credential.issuer)
    if as_json:
        shown = {**signed.document.said, "name": signed.name, "trusted": authority is not None}
        typer.echo(json.dumps(shown, ensure_ascii=False))
        return
    said = signed.credential
    ends = datetime.fromtimestamp(said.ends, UTC)
    now = datetime.now(UTC)
    why = trusted.why_not(said.id, authority, now) if authority is not None else ""
    held = "" if said.valid_at(now) else " (not valid today)"
    typer.echo(f"{'Person':15} {signed.name or '(not disclosed)'}\n{'':15} {said.subject}")
    typer.echo(f"{'May sign':15} grants of the kind {', '.join(said.kinds)}")
    typer.echo(f"{'Until':15} {ends:%Y-%m-%d}{held}")
    typer.echo(
        f"{'Signed by':15} {authority.name if authority else 'nobody who is trusted here'}\n{'':15} {said.issuer}"
    )
    if why:
        typer.echo(f"{'Does not count':15} {why}")
