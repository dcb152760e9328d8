"""`countenance ledger`: check, read and hand out the record of permissions and renders. Parses, calls, prints."""

from __future__ import annotations

import json
import os
from collections import deque
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from countenance.errors import BadOption, ProvenanceError
from countenance.files import check_output, write_atomically
from countenance.permission.keyring import Keyring
from countenance.permission.ledger import KINDS, Entry, KnownRoot, Ledger, LedgerReport
from countenance.permission.ledger.ledger_export import export_ledger, export_lines, verify_export
from countenance.permission.ledger.loss import accept_loss
from countenance.permission.ledger.roots import consistency_of, proof_of, read_root_file, root_statement, sign_root
from countenance.permission.ledger.usage import Usage
from countenance.settings import default_settings

app = typer.Typer(help="The record of permissions and renders: append-only, every change shows.", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Output = Annotated[Path | None, typer.Option("-o", "--output", help="A file; default: standard output.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace the file if it is there.")]


def register(parent: typer.Typer) -> None:
    """Hang these commands onto the main one."""
    parent.add_typer(app, name="ledger")


@app.command()
def verify(
    against: Annotated[
        list[Path] | None, typer.Option("--against", help="A root exported earlier; may be given several times.")
    ] = None,
    signer: Annotated[
        str | None, typer.Option("--signer", help="Whose roots count (did:key); default: one's own identities'.")
    ] = None,
    file: Annotated[Path | None, typer.Option("--file", help="Check an exported ledger instead.")] = None,
    as_json: Json = False,
) -> None:
    """Find every altered, missing or reordered entry, and a tail that was cut off or written anew."""
    roots, ledgers = _roots(against or [], signer)
    if file is not None:
        report = verify_export(file, roots)
    else:
        with _opened() as ledger:
            report = ledger.verify(roots)
        if report.good and os.access(default_settings().home, os.W_OK):
            with Ledger.open(default_settings()) as ledger:
                ledger.remember()
    if foreign := ledgers - {report.ledger}:
        raise BadOption(
            f"A root is of the ledger {min(foreign)}, not of {report.ledger}.", "Give the roots of this ledger."
        )
    _tell(report, as_json)


@app.command()
def show(
    place: Annotated[int | None, typer.Argument(help="The place of one entry; default: the newest ones.")] = None,
    kind: Annotated[str | None, typer.Option("--kind", help=f"Only {', '.join(KINDS)}.")] = None,
    grant: Annotated[str | None, typer.Option("--grant", help="Only about this grant (32 hex).")] = None,
    permit: Annotated[str | None, typer.Option("--permit", help="Only about this permit (32 hex).")] = None,
    last: Annotated[int, typer.Option("--last", min=1, help="How many, from the newest.")] = 20,
    proof: Annotated[bool, typer.Option("--proof", help="With PLACE: a proof for those without it.")] = False,
    as_json: Json = False,
) -> None:
    """Show entries, oldest first."""
    if kind is not None and kind not in KINDS:
        raise BadOption(f"--kind {kind!r} is not known.", f"Use one of {', '.join(KINDS)}.")
    if proof and place is None:
        raise BadOption("--proof needs the place of an entry.", "For example: countenance ledger show 17 --proof")
    with _opened() as ledger:
        if place is not None:
            made = proof_of(ledger, place)
            found = ledger.entry(place)
            if proof:
                typer.echo(json.dumps(made, indent=2))
                return
            entries = [found] if found else []
        else:
            entries = list(deque(ledger.entries(kind, grant=grant, permit=permit), maxlen=last))
    if as_json:
        typer.echo(json.dumps({"ledger": ledger.id, "entries": [entry.as_dict() for entry in entries]}, indent=2))
        return
    for entry in entries:
        typer.echo(_line(entry))
    if not entries:
        typer.echo("No entries.", err=True)


@app.command()
def root(
    output: Output = None,
    size: Annotated[int | None, typer.Option("--size", min=1, help="Over the first so many; default: all.")] = None,
    identity: Annotated[str | None, typer.Option("--identity", help="Who signs; default: your identity.")] = None,
    since: Annotated[
        int | None, typer.Option("--since", min=1, help="With --json: prove that an older size is its beginning.")
    ] = None,
    overwrite: Overwrite = False,
    as_json: Json = False,
) -> None:
    """Export a signed root. Kept by somebody else, it shows later that nothing was cut off or written anew."""
    with _opened() as ledger:
        if as_json and output is None:
            said = root_statement(ledger, size)
            if since is not None:
                said |= {"since": since, "consistency": consistency_of(ledger, since, said["size"])}
            typer.echo(json.dumps(said, indent=2))
            return
        signed = sign_root(ledger, Keyring.at_home(default_settings()).signer(identity), size)
    statement, issuer = signed.statement, signed.document.issuer
    if output is None:
        typer.echo(signed.document.text)
    else:
        check_output(output, overwrite=overwrite)
        write_atomically(output, signed.document.text.encode() + b"\n")
    if as_json:
        typer.echo(json.dumps({**signed.document.said, "issuer": issuer, "output": str(output)}, indent=2))
    else:
        typer.echo(f"Root {statement.root} over {statement.size:,} entries, signed by {issuer}.", err=True)


@app.command()
def export(output: Output = None, overwrite: Overwrite = False, as_json: Json = False) -> None:
    """Write all entries as JSON lines, for an auditor; check them with `ledger verify --file`."""
    with _opened() as ledger:
        if output is None:
            for line in export_lines(ledger):
                typer.echo(line)
            return
        check_output(output, overwrite=overwrite)
        count = export_ledger(ledger, output)
    if as_json:
        typer.echo(json.dumps({"ledger": ledger.id, "entries": count, "output": str(output)}))
    else:
        typer.echo(f"Wrote {count:,} entries to {output}.", err=True)


@app.command()
def files(grant: Annotated[str, typer.Argument(help="The grant's number (32 hex).")], as_json: Json = False) -> None:
    """List every file made under a grant, and how often it was used."""
    with _opened() as ledger:
        usage = Usage(ledger)
        made, uses = usage.files(grant), usage.uses(grant)
    if as_json:
        listed = [{**asdict(file), "made_at": file.made_at.isoformat()} for file in made]
        typer.echo(json.dumps({"grant": grant, "uses": uses, "files": listed}, indent=2))
        return
    for file in made:
        typer.echo(f"{file.made_at:%Y-%m-%d %H:%M}  {file.use:8} {file.media_type:12} sha256:{file.file_sha256}")
    typer.echo(f"{len(made)} files, {uses} uses.", err=True)


@app.command("accept-loss")
def loss(
    identity: Annotated[str | None, typer.Option("--identity", help="Who says so; default: your identity.")] = None,
    as_json: Json = False,
) -> None:
    """Go on after entries were lost: a signed entry says how many, in every export. Restore a backup first, if you can.

    Grants that count their uses, and were given before, cannot be used here afterwards, unless a use-receipt service
    counts for them.
    """
    settings = default_settings()
    entry = accept_loss(settings, Keyring.at_home(settings).signer(identity))
    if as_json:
        typer.echo(json.dumps(entry.as_dict(), indent=2))
    else:
        typer.echo(f"Entry {entry.seq} says that {entry.said['lost']:,} entries were lost.", err=True)


def _opened() -> Ledger:
    """The own ledger, to read; none is begun by asking for it, and one that is not whole is shown as well."""
    return Ledger.reading(default_settings())


def _roots(paths: list[Path], signer: str | None) -> tuple[list[KnownRoot], set[str]]:
    if not paths:
        return [], set()
    trusted = {signer} if signer else {one.did for one in Keyring.at_home(default_settings()).identities()}
    roots, ledgers = [], set()
    for path in paths:
        read = read_root_file(path)
        if read.document.issuer not in trusted:
            raise ProvenanceError(
                f"{path.name} was signed by {read.document.issuer}, which is not trusted here.",
                "If it is the right one, say so with --signer.",
                code="ledger.root_signer",
            )
        roots.append(read.statement.known)
        ledgers.add(read.statement.ledger)
    return roots, ledgers


def _tell(report: LedgerReport, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(report.as_dict(), indent=2))
        raise typer.Exit(0 if report.good else ProvenanceError.exit_status)
    for finding in report.findings:
        typer.echo(f"{finding.problem:10} {finding.message}")
    if not report.good:
        more = report.problems - len(report.findings)
        count = "one finding" if report.problems == 1 else f"{report.problems} findings"
        raise ProvenanceError(
            f"The ledger is not whole: {count}{f', {more} of them not shown' if more > 0 else ''}.",
            "Keep it as evidence, restore a backup elsewhere, and verify that against the last exported root.",
            code="ledger.broken",
        )
    held = f"held against what was known at {', '.join(f'{n:,}' for n in report.anchors)}" if report.anchored else ""
    typer.echo(f"{report.size:,} entries, all in order{'; ' + held if held else ''}.")
    typer.echo(f"root {report.root}")
    if not report.anchored and report.size:
        typer.echo(
            "Nothing says how long it was before: give a root exported earlier with --against to be sure of its tail.",
            err=True,
        )


def _line(entry: Entry) -> str:
    said = "  ".join(f"{name}={_short(value)}" for name, value in entry.said.items())
    return f"{entry.seq:>7}  {entry.at[:19]}Z  {entry.kind:10}  {said}"


def _short(value: object) -> str:
    if isinstance(value, dict):
        return ",".join(f"{name}:{_short(one)}" for name, one in value.items())
    if isinstance(value, list):
        return ",".join(map(str, value))
    text = str(value)
    return f"{text[:12]}…" if len(text) == 64 else text
