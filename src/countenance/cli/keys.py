"""`countenance keys`: the certificates and keys that sign what leaves. Parses, calls, prints."""

from __future__ import annotations

import datetime as dt
import json
import os
from pathlib import Path
from typing import Annotated

import typer
from cryptography import x509
from cryptography.x509.oid import NameOID

from countenance.errors import FileMissing, ProvenanceError
from countenance.files import check_output, write_atomically
from countenance.marking.certificates import algorithm_of, fingerprint, pem
from countenance.marking.signing_keys import KeyStore, SigningIdentity
from countenance.permission.vault import PASSPHRASE_VARIABLE
from countenance.settings import default_settings

app = typer.Typer(help="The keys that sign what leaves.", no_args_is_help=True)
_IMPORT_PASSPHRASE = "COUNTENANCE_IMPORT_PASSPHRASE"
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def register(parent: typer.Typer) -> None:
    """Hang these commands onto the main one."""
    parent.add_typer(app, name="keys")


@app.command()
def init(
    organisation: Annotated[
        str | None, typer.Option("--organisation", help="Named in the certificates; default: the settings'.")
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Make new keys although there are some.")] = False,
    as_json: Json = False,
) -> None:
    """Make a local certificate chain: root, intermediate and signer.

    The private keys are encrypted: under the passphrase in COUNTENANCE_KEY_PASSPHRASE, or without one under a random
    file beside them, which protects copies of the key files but not the whole folder.
    """
    settings = default_settings()
    store = KeyStore(settings.home / "keys")
    identity = store.create(settings.organisation if organisation is None else organisation, replace=replace)
    _print(store, identity, as_json)


@app.command()
def show(as_json: Json = False) -> None:
    """Show who signs, until when, and how it is kept."""
    store, identity = _existing()
    _print(store, identity, as_json)


@app.command("export-certificate")
def export_certificate(
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="A .pem file; default: standard output.")
    ] = None,
    chain: Annotated[bool, typer.Option("--chain", help="The signer's chain instead of the root.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file if it is there.")] = False,
) -> None:
    """Write the root certificate, for those who want to trust files signed here."""
    _, identity = _existing()
    text = pem(*(identity.chain if chain else identity.anchors))
    if output is None:
        typer.echo(text, nl=False)
        return
    check_output(output, overwrite=overwrite)
    write_atomically(output, text.encode())
    typer.echo(f"Wrote {output}.", err=True)


@app.command("import")
def import_keys(
    certificate: Annotated[Path, typer.Option("-c", "--certificate", help="PEM chain, the signer's first.")],
    key: Annotated[Path, typer.Option("-k", "--key", help="PEM private key of the first certificate.")],
    as_json: Json = False,
) -> None:
    """Sign with a certificate from elsewhere. A key's own passphrase is read from COUNTENANCE_IMPORT_PASSPHRASE."""
    for path in (certificate, key):
        if not path.is_file():
            raise FileMissing(f"There is no file {path}.")
    store = KeyStore(default_settings().home / "keys")
    identity = store.adopt(certificate.read_bytes(), key.read_bytes(), os.environ.get(_IMPORT_PASSPHRASE, ""))
    _print(store, identity, as_json)


@app.command()
def forget() -> None:
    """Stop signing with an imported certificate, and go back to the local chain."""
    store = KeyStore(default_settings().home / "keys")
    store.forget_imported()
    typer.echo("Imported keys are gone; the local chain signs.", err=True)


def _existing() -> tuple[KeyStore, SigningIdentity]:
    settings = default_settings()
    store = KeyStore(settings.home / "keys")
    if not store.exists:
        raise ProvenanceError(
            f"There are no keys in {store.folder} yet.",
            "Run `countenance keys init`, or make them with the first render.",
            code="mark.keys_missing",
        )
    identity, _ = store.load(settings.organisation)
    return store, identity


def _print(store: KeyStore, identity: SigningIdentity, as_json: bool) -> None:
    signer = identity.chain[0]
    said = {
        "kind": "imported" if identity.imported else "self-issued",
        "signer": _common_name(signer),
        "organisation": _organisation(signer),
        "algorithm": algorithm_of(signer.public_key()),
        "valid_until": signer.not_valid_after_utc.isoformat(),
        "days_left": (signer.not_valid_after_utc - dt.datetime.now(dt.UTC)).days,
        "certificate_sha256": fingerprint(signer),
        "root_sha256": fingerprint(identity.anchors[0]),
        "folder": str(store.folder),
        "protection": "passphrase" if store.asks_passphrase else "local file",
    }
    if as_json:
        typer.echo(json.dumps(said, indent=2))
        return
    for name, value in said.items():
        typer.echo(f"{name.replace('_', ' '):20} {value}")
    if not identity.imported:
        typer.echo(
            "\nSelf-issued: files verify as unaltered, and only those who trust this root see who signed. "
            "Hand it out with `countenance keys export-certificate`.",
            err=True,
        )
    if not store.asks_passphrase:
        typer.echo(f"The keys open without a passphrase; set {PASSPHRASE_VARIABLE} before `keys init`.", err=True)


def _common_name(certificate: x509.Certificate) -> str:
    found = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value) if found else certificate.subject.rfc4514_string()


def _organisation(certificate: x509.Certificate) -> str:
    found = certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    return str(found[0].value) if found else ""
