"""`countenance issuers`: directories of who has which number in marks. Parses, calls, prints."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from countenance.verify import DirectoryContent, Followed, Issuer, Publisher

app = typer.Typer(help="Who has which number in marks, and where their records can be asked.", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="For machines.")]
As = Annotated[str | None, typer.Option("--as", help="Which of your identities says so.")]
Did = Annotated[str, typer.Argument(help="The did:key of a directory's publisher.", show_default=False)]
Draft = Annotated[Path, typer.Argument(help="A draft of a directory, JSON.", show_default=False)]


def register(parent: typer.Typer) -> None:
    """Hang these commands onto the main one."""
    parent.add_typer(app, name="issuers")


@app.command()
def show(
    number: Annotated[str | None, typer.Argument(help="Of one issuer, six hexadecimal digits.")] = None,
    as_json: Json = False,
) -> None:
    """Say which directories are followed, how old they are, and whom they list."""
    from datetime import UTC, datetime

    from countenance.settings import default_settings
    from countenance.verify import DirectoryStore

    store, now = DirectoryStore(default_settings()), datetime.now(UTC)
    if number is not None:
        _show_one(number, store.find(_number(number), now), as_json)
        return
    followed = store.all(now)
    if as_json:
        typer.echo(json.dumps({"directories": [_plain(one, now) for one in followed]}, ensure_ascii=False))
        return
    for one in followed:
        typer.echo(f"{one.publisher.name}  {one.publisher.did}")
        said = one.directory
        if said is None:
            typer.echo(f"  {one.problem}")
            continue
        days = (now - said.issued).days
        typer.echo(
            f"  sequence {said.sequence}, issued {said.issued:%Y-%m-%d} ({days} days ago), "
            f"{'EXPIRED' if said.expired(now) else 'expires'} {said.expires:%Y-%m-%d}"
        )
        if one.checked is not None:
            typer.echo(f"  last had on {one.checked:%Y-%m-%d}, {(now - one.checked).days} days ago")
        for issuer in said.issuers:
            typer.echo(f"  {issuer.number}  {issuer.name:32} {issuer.resolver or f'offline; ask {issuer.contact}'}")
        if not said.issuers:
            typer.echo("  lists nobody")


def _show_one(number: str, listed: Any, as_json: bool) -> None:
    from countenance.errors import FileMissing

    if listed is None:
        raise FileMissing(
            f"No directory that is followed lists the number {number}.",
            "Update them: countenance issuers update",
            code="issuers.unlisted",
        )
    if as_json:
        said = listed.issuer.model_dump(mode="json")
        more = {"publisher": listed.publisher, "expired": listed.expired, "disputed_by": listed.disputed or None}
        typer.echo(json.dumps({**said, **more}, ensure_ascii=False))
        return
    issuer: Issuer = listed.issuer
    typer.echo(f"{issuer.number}  {issuer.name}, by the directory of {listed.publisher}")
    typer.echo(f"  contact   {issuer.contact}\n  resolver  {issuer.resolver or 'none: nothing of it is online'}")
    for key in issuer.keys:
        until = f" until {key.not_after:%Y-%m-%d}" if key.not_after else ""
        gone = f", REVOKED since {key.revoked:%Y-%m-%d}" if key.revoked else ""
        typer.echo(f"  key       {key.did} from {key.not_before:%Y-%m-%d}{until}{gone}")
    if listed.expired:
        typer.echo(f"  The directory expired on {listed.expires:%Y-%m-%d}: nobody is asked by it.")
    if listed.disputed:
        typer.echo(f"  {listed.disputed} gives this number to somebody else: nobody is asked.")


@app.command()
def update(
    file: Annotated[
        Path | None, typer.Option("--from", help="A directory that came another way; default: ask the mirrors.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Get newer directories from their mirrors, or from a file. An older one than was seen is refused."""
    from datetime import UTC, datetime

    from countenance.errors import CountenanceError, ProvenanceError
    from countenance.settings import default_settings
    from countenance.verify import DirectoryStore

    store, now = DirectoryStore(default_settings()), datetime.now(UTC)
    done: list[dict[str, object]] = []
    failed: list[CountenanceError] = []
    if file is not None:
        publisher, data = _published_by(store.publishers.all(), file)
        done.append({"publisher": publisher.name, "sequence": store.accept(publisher, data, now).sequence})
    else:
        asked = [one for one in store.publishers.all() if one.mirrors]
        for publisher in asked:
            try:
                done.append({"publisher": publisher.name, "sequence": store.update(publisher, now).sequence})
            except ProvenanceError as error:
                failed.append(error)
        if not asked:
            raise ProvenanceError(
                "None of the directories that are followed has a mirror to ask.",
                "Follow one that has: countenance issuers trust DID --mirror https://…",
                code="issuers.no_mirror",
            )
    if as_json:
        typer.echo(json.dumps({"updated": done, "failed": [one.as_dict() for one in failed]}, ensure_ascii=False))
    else:
        for one in done:
            typer.echo(f"{one['publisher']}: sequence {one['sequence']}")
        for told in failed:
            typer.echo(f"error: {told.message} [{told.code}]\n  → {told.remedy}", err=True)
    if failed:
        raise typer.Exit(failed[0].exit_status)


@app.command()
def trust(
    did: Did,
    name: Annotated[str, typer.Option("--name", help="Who publishes the directory.")],
    compared: Annotated[str, typer.Option("--compared", help="How you know the key is theirs.")],
    mirror: Annotated[
        list[str] | None, typer.Option("--mirror", help="https:// address or file to get it from; may be repeated.")
    ] = None,
    identity: As = None,
) -> None:
    """Follow a publisher's directory from now on."""
    from countenance.permission.did import short_form
    from countenance.permission.keyring import Keyring
    from countenance.settings import default_settings
    from countenance.verify import Publishers

    settings = default_settings()
    signer = Keyring.at_home(settings).signer(identity)
    added = Publishers(settings).add(did, name, mirrors=tuple(mirror or ()), compared=compared, by=signer)
    typer.echo(f"The directory of {added.name} ({short_form(did)}) is followed. Get it: countenance issuers update")


@app.command()
def distrust(did: Did) -> None:
    """Follow a publisher's directory no more."""
    from countenance.settings import default_settings
    from countenance.verify import Publishers

    Publishers(default_settings()).remove(did)
    typer.echo("It is followed no more.", err=True)


@app.command()
def add(
    draft: Draft,
    number: Annotated[str, typer.Argument(help="Six hexadecimal digits.", show_default=False)],
    name: Annotated[str, typer.Option("--name", help="As it is told to people.")],
    contact: Annotated[str, typer.Option("--contact", help="Whom to ask, in words.")],
    resolver: Annotated[
        str | None, typer.Option("--resolver", help="https:// address of its service; none: never online.")
    ] = None,
    key: Annotated[
        list[str] | None, typer.Option("--key", help="did:key that signs its statements from today; may be repeated.")
    ] = None,
) -> None:
    """As a publisher: put an issuer into a draft, or give it another key there. The draft is made if missing."""
    from datetime import UTC, datetime

    from countenance.verify import read_draft

    content = _draft(draft)
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0).isoformat()
    number = f"{_number(number):06x}"
    entries = [one.model_dump(mode="json") for one in content.issuers]
    before = next((one for one in entries if one["number"] == number), None)
    keys = before["keys"] if before is not None and before["name"] == name else []
    keys = keys + [{"did": one, "not_before": today} for one in key or () if all(k["did"] != one for k in keys)]
    entry = {"number": number, "name": name, "contact": contact, "resolver": resolver, "keys": keys}
    if before is not None and before["name"] == name:
        entries[entries.index(before)] = entry
    else:
        entries.append(entry)
    _write_draft(draft, read_draft({"issuers": entries}))
    typer.echo(f"{draft} lists {len(entries)}. Sign it: countenance issuers sign {draft} -o issuers.jwt", err=True)


@app.command()
def revoke(
    draft: Draft,
    did: Annotated[str, typer.Argument(help="The did:key that may be in others' hands.", show_default=False)],
    since: Annotated[str | None, typer.Option("--since", help="ISO date; default: now.")] = None,
) -> None:
    """As a publisher: enter in a draft that a key counts no more."""
    from datetime import UTC, datetime

    from countenance.errors import BadOption
    from countenance.verify import read_draft

    try:
        when = datetime.fromisoformat(since) if since else datetime.now(UTC)
    except ValueError as error:
        raise BadOption(f"{since!r} is no date.", "Write it as 2026-11-29.") from error
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    entries = [one.model_dump(mode="json") for one in _draft(draft).issuers]
    keys = [key for one in entries for key in one["keys"] if key["did"] == did]
    if not keys:
        raise BadOption(f"{draft} lists no key {did}.", "See the draft for the keys that it lists.")
    for key in keys:
        key["revoked"] = when.isoformat()
    _write_draft(draft, read_draft({"issuers": entries}))
    typer.echo(f"Revoked in {draft}. Sign and publish it: countenance issuers sign {draft} -o issuers.jwt", err=True)


@app.command()
def sign(
    draft: Draft,
    output: Annotated[Path, typer.Option("-o", "--output", help="The directory to publish.", show_default=False)],
    days: Annotated[int, typer.Option(help="Until it expires.", min=1, max=400)] = 90,
    identity: As = None,
    as_json: Json = False,
) -> None:
    """As a publisher: sign a draft. The sequence goes on from the directory that `--output` holds."""
    from datetime import UTC, datetime, timedelta

    from countenance.errors import OutputExists, ProvenanceError
    from countenance.files import check_output, write_atomically
    from countenance.permission.keyring import Keyring
    from countenance.settings import default_settings
    from countenance.verify import read_directory, sign_directory

    check_output(output, [draft], overwrite=True)
    signer, now, sequence = Keyring.at_home(default_settings()).signer(identity), datetime.now(UTC), 1
    if output.is_file():
        try:
            sequence = read_directory(output.read_bytes(), signer.identity.did, now).sequence + 1
        except ProvenanceError as error:
            raise OutputExists(f"{output} holds something else than a directory of yours.") from error
    text = sign_directory(_draft(draft), signer, sequence=sequence, now=now, valid=timedelta(days=days))
    write_atomically(output, text.encode() + b"\n")
    if as_json:
        typer.echo(json.dumps({"output": str(output), "sequence": sequence, "did": signer.identity.did}))
        return
    typer.echo(f"Wrote {output}, sequence {sequence}, signed by {signer.identity.did}.", err=True)


def _number(number: str) -> int:
    from countenance.errors import BadOption

    if not re.fullmatch("[0-9a-fA-F]{6}", number):
        raise BadOption(f"{number!r} is no number of an issuer.", "Write six hexadecimal digits: 0a1b2c.")
    return int(number, 16)


def _draft(path: Path) -> DirectoryContent:
    from countenance.errors import BadDocument
    from countenance.verify import DirectoryContent, read_draft

    if not path.exists():
        return DirectoryContent()
    try:
        return read_draft(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, RecursionError) as error:
        raise BadDocument(f"{path.name} is no draft of a directory.", 'Write {"issuers": [...]}.') from error


def _write_draft(path: Path, content: DirectoryContent) -> None:
    from countenance.files import write_atomically

    said = content.model_dump(mode="json", include={"issuers"})
    write_atomically(path, json.dumps(said, ensure_ascii=False, indent=1).encode() + b"\n")


def _published_by(followed: list[Publisher], file: Path) -> tuple[Publisher, bytes]:
    """Whose directory a file holds, of those that are followed; and its bytes."""
    from countenance.errors import FileMissing, ProvenanceError
    from countenance.verify import publisher_of

    try:
        data = file.read_bytes()
    except OSError as error:
        raise FileMissing(f"{file} cannot be read: {error.strerror}.") from error
    signed_by = publisher_of(data)
    publisher = next((one for one in followed if one.did == signed_by), None)
    if publisher is None:
        raise ProvenanceError(
            f"{file.name} is signed by {signed_by}, whose directory is not followed here.",
            "If you compared that key with its owner: countenance issuers trust",
            code="issuers.signature",
        )
    return publisher, data


def _plain(one: Followed, now: Any) -> dict[str, object]:
    said = one.directory
    return {
        "publisher": one.publisher.name,
        "did": one.publisher.did,
        "mirrors": list(one.publisher.mirrors),
        "problem": one.problem or None,
        "checked": one.checked.isoformat() if one.checked else None,
        "expired": said.expired(now) if said is not None else None,
        "directory": said.model_dump(mode="json") if said is not None else None,
    }
