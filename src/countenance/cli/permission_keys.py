"""`countenance permission keys`: one's own identities, and whose grants are trusted. Parses, calls, prints."""

from __future__ import annotations

import json
from typing import Annotated

import typer

app = typer.Typer(help="Your identities, and whose grants are trusted here.", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="For machines.")]


@app.command()
def new(
    shown_as: Annotated[str, typer.Argument(help="You or your firm, as grants will name you.", show_default=False)],
    name: Annotated[str, typer.Option("--name", help="What commands call this identity.")] = "me",
    as_json: Json = False,
) -> None:
    """Make an identity: an Ed25519 key, kept sealed under COUNTENANCE_KEY_PASSPHRASE or a local file."""
    from countenance.errors import BadOption
    from countenance.permission.confusables import unsafe_name
    from countenance.permission.did import short_form
    from countenance.permission.keyring import Keyring
    from countenance.permission.vault import PASSPHRASE_VARIABLE
    from countenance.settings import default_settings

    if (why := unsafe_name(shown_as.strip())) is not None:
        raise BadOption(f"The name {shown_as!r} cannot stand in a grant: {why}.", "Write it plainly.")
    ring = Keyring.at_home(default_settings())
    identity = ring.make(shown_as, name)
    if as_json:
        typer.echo(json.dumps({"name": identity.name, "did": identity.did, "shown_as": identity.shown_as}))
        return
    typer.echo(f"{identity.did}\n{identity.shown_as}; ends in {short_form(identity.did)}")
    if not ring.vault.asks_passphrase:
        typer.echo(f"It opens without a passphrase; set {PASSPHRASE_VARIABLE} before making keys.", err=True)


@app.command()
def show(as_json: Json = False) -> None:
    """Your identities, and the people and firms whose grants are trusted here."""
    from countenance.permission.did import short_form
    from countenance.permission.issuers import KnownIssuers
    from countenance.permission.keyring import Keyring
    from countenance.settings import default_settings

    own, known = Keyring.at_home(default_settings()).identities(), KnownIssuers.at_home(default_settings()).all()
    if as_json:
        said = {
            "own": [{"name": one.name, "did": one.did, "shown_as": one.shown_as} for one in own],
            "trusted": [
                {"did": one.did, "name": one.name, "kinds": one.kinds, "seen": one.seen, "at": one.at} for one in known
            ],
        }
        typer.echo(json.dumps(said, ensure_ascii=False))
        return
    typer.echo("Your identities:" if own else 'No identity yet: countenance permission keys new "Your name"')
    for one in own:
        typer.echo(f"  {one.name:12} {one.did}  ({one.shown_as}; ends in {short_form(one.did)})")
    typer.echo("Trusted:" if known else "Nobody else's grants are trusted yet.")
    for issuer in known:
        kinds = ", ".join(issuer.kinds)
        typer.echo(f"  {issuer.name:12} {issuer.did}  ({kinds}; seen: {issuer.seen}; {issuer.at[:10]})")


@app.command()
def trust(
    did: Annotated[str, typer.Argument(help="The signer's did:key.", show_default=False)],
    name: Annotated[str, typer.Option("--name", help="The person or firm, as their grants name them.")],
    seen: Annotated[str, typer.Option("--seen", help="How you know the key is theirs: telephone, in person, …")],
    kind: Annotated[
        list[str] | None,
        typer.Option("--kind", help="subject, guardian, estate, synthetic or reviewer; may be repeated."),
    ] = None,
    identity: Annotated[str | None, typer.Option("--as", help="Which of your identities says so.")] = None,
    as_json: Json = False,
) -> None:
    """Take grants of this key from now on, after comparing its last letters with the person."""
    from countenance.permission.did import short_form
    from countenance.permission.issuers import KnownIssuers
    from countenance.permission.keyring import Keyring
    from countenance.settings import default_settings

    by = Keyring.at_home(default_settings()).signer(identity)
    issuer = KnownIssuers.at_home(default_settings()).trust(
        did, name, seen=seen, by=by, kinds=tuple(kind or ("subject",))
    )
    if as_json:
        typer.echo(json.dumps({"did": issuer.did, "name": issuer.name, "kinds": issuer.kinds}, ensure_ascii=False))
        return
    typer.echo(f"{issuer.name} ({short_form(did)}) is trusted for: {', '.join(issuer.kinds)}")


@app.command()
def forget(did: Annotated[str, typer.Argument(help="The signer's did:key.", show_default=False)]) -> None:
    """Trust this key no more."""
    from countenance.permission.issuers import KnownIssuers
    from countenance.settings import default_settings

    KnownIssuers.at_home(default_settings()).forget(did)
    typer.echo("Forgotten.", err=True)
