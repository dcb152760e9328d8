"""`countenance permission revoke` and `keep-list`: taking a grant back, and learning of it. Parses, calls, prints."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(revoke)
    app.command("keep-list")(keep_list)


def revoke(
    grant: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Grants, or an authority's credentials, to take back; none renews the list.", show_default=False
        ),
    ] = None,
    output: Annotated[
        Path, typer.Option("-o", "--output", help="The list to serve where the grants say; goes on from itself.")
    ] = Path("revoked.jwt"),
    reason: Annotated[str, typer.Option(help="In your words; everybody can read it.")] = "",
    valid: Annotated[int, typer.Option(help="Days until the list must be renewed.", min=1, max=365)] = 90,
    identity: Annotated[
        str | None, typer.Option("--as", help="Which of your identities; default: the one that signed.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Take grants or credentials back: write the signed list that renders and verdicts look at.

    Files made under the grants are listed by the ledger.
    """
    from datetime import UTC, datetime

    from countenance.errors import PermissionRefused
    from countenance.permission import load_grant
    from countenance.permission.credential import SUFFIX, load_credential
    from countenance.permission.keyring import Keyring
    from countenance.permission.ledger import Ledger
    from countenance.permission.ledger.records import revocation_body
    from countenance.permission.ledger.usage import Usage
    from countenance.permission.revocation import RevocationLists, publish_list
    from countenance.permission.revocation_list import RevokedGrant
    from countenance.settings import default_settings

    paths = grant or ()
    signed = [load_grant(path) for path in paths if path.suffix != SUFFIX]
    credentials = [load_credential(path).credential for path in paths if path.suffix == SUFFIX]
    ring = Keyring.at_home(default_settings())
    signed_by = [(one.grant.id, one.grant.issuer) for one in signed] + [(one.id, one.issuer) for one in credentials]
    if identity is None and signed_by:
        identity = signed_by[0][1]
    signer = ring.signer(identity)
    for number, issuer in signed_by:
        if issuer != signer.identity.did:
            raise PermissionRefused(
                f"{number} was signed by another identity.",
                "Only whoever signed it takes it back: use --as.",
                code="permission.issuer",
            )
    since = int(datetime.now(UTC).timestamp())
    taken = [RevokedGrant(grant=one.grant.id, since=since, ends=one.grant.ends, reason=reason) for one in signed]
    taken += [RevokedGrant(grant=one.id, since=since, ends=one.ends, reason=reason) for one in credentials]
    made = publish_list(
        signer, output, taken, lists=RevocationLists.at_home(default_settings()), valid=timedelta(days=valid)
    )
    with Ledger.open(default_settings()) as ledger:
        known = {entry.said["grant"] for entry in ledger.entries("revocation")}
        for one in signed:
            if one.grant.id not in known:
                ledger.append("revocation", revocation_body(made, one.grant.id))
        files = {one.grant.id: [file.file_sha256 for file in Usage(ledger).files(one.grant.id)] for one in signed}
    addresses = sorted({one.grant.revocation for one in signed if one.grant.revocation})
    if as_json:
        said = {"list": str(output), "number": made.list.number, "sha256": made.document.sha256}
        typer.echo(json.dumps({**said, "serve_at": addresses, "files": files}))
        return
    typer.echo(f"Wrote {output}, list {made.list.number}, to be renewed by {made.list.next_at:%Y-%m-%d}.")
    for address in addresses:
        typer.echo(f"Serve it at {address}.")
    if signed and not addresses:
        typer.echo("The grants name no address: send the list to those who hold them; they run `permission keep-list`.")
    for number, made_files in files.items():
        if made_files:
            typer.echo(f"{len(made_files)} file(s) made here under {number}: see countenance ledger files {number}")


def keep_list(
    published: Annotated[Path, typer.Argument(help="A revocation list that somebody sent.", show_default=False)],
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Keep a signer's revocation list that came by hand; what it takes back is refused here from now on."""
    from datetime import UTC, datetime

    from countenance.errors import FileMissing, PermissionRefused
    from countenance.permission.jws import LONGEST, open_document
    from countenance.permission.revocation import RevocationLists
    from countenance.permission.revocation_list import TYPE, read_list
    from countenance.settings import default_settings

    if not published.is_file():
        raise FileMissing(f"There is no list {published}.")
    with published.open("rb") as file:
        data = file.read(LONGEST + 1)
    signed = read_list(data, open_document(data, TYPE, passkeys=True).issuer)
    if (why := RevocationLists.at_home(default_settings()).keep(signed, datetime.now(UTC))) is not None:
        raise PermissionRefused(f"The list is not accepted: {why}.", "Ask for the newest one.", code="permission.list")
    count = len(signed.list.revoked)
    if as_json:
        typer.echo(json.dumps({"issuer": signed.list.issuer, "number": signed.list.number, "revoked": count}))
        return
    typer.echo(f"Kept list {signed.list.number} of {signed.list.issuer}: {count} taken back.")
