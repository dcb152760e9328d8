"""`countenance serve`: what runs and answers others. Parses, calls."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated

import typer

from countenance.cli import studio
from countenance.cli.serve_agents import agents
from countenance.cli.serve_live import live
from countenance.errors import BadOption
from countenance.settings import default_settings

app = typer.Typer(help="Servers.", no_args_is_help=True)


def register(parent: typer.Typer) -> None:
    """Hang these commands onto the main one."""
    app.command("studio")(studio.serve)
    app.command("worker")(studio.work)
    app.command("live")(live)
    app.command("agents")(agents)
    parent.add_typer(app, name="serve")


@app.command("verify")
def verify(
    host: Annotated[str, typer.Option("--host", help="Address to listen on; 0.0.0.0 for all.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535)] = 8600,
    database: Annotated[
        str | None,
        typer.Option("--database", help="SQLAlchemy address of the registry; default: the settings'."),
    ] = None,
    max_megabytes: Annotated[int, typer.Option("--max-megabytes", min=1, help="Of an upload.")] = 128,
    at_once: Annotated[int, typer.Option("--at-once", min=1, help="Files looked at at the same time.")] = 2,
    waiting: Annotated[int, typer.Option("--waiting", min=0, help="Files more that may be on their way or wait.")] = 16,
    spool_megabytes: Annotated[int, typer.Option("--spool-megabytes", min=1, help="Of all uploads together.")] = 1024,
    free_megabytes: Annotated[
        int, typer.Option("--free-megabytes", min=0, help="That stay free on the spool's disk.")
    ] = 512,
    links: Annotated[
        str, typer.Option("--links", help="Where linked files may lie: any, none, or host names with commas between.")
    ] = "any",
    identity: Annotated[
        str | None,
        typer.Option(
            "--as", help="Sign what is on record with this identity's key, as a directory of issuers lists it."
        ),
    ] = None,
    proxied: Annotated[
        bool, typer.Option("--proxied", help="Behind a proxy on this machine: believe what it says of callers.")
    ] = False,
) -> None:
    """Answer anyone who asks what a file is: a page, and C2PA's Soft Binding Resolution API.

    Files are looked at in processes of their own and deleted; links to private addresses are refused. Put a proxy with
    TLS in front of it before the world may come.
    """
    from sqlalchemy.exc import SQLAlchemyError

    from countenance.permission.keyring import Keyring
    from countenance.verify.fetching import Fetching
    from countenance.verify.service import Service, create_app
    from countenance.verify.service.connections import serve

    settings = default_settings()
    if database is not None:
        settings = settings.model_copy(update={"registry_url": database})
    size = max_megabytes << 20
    if spool_megabytes < max_megabytes:
        raise BadOption("--spool-megabytes is less than --max-megabytes.", "Let one upload fit into the spool.")
    service = Service(
        max_bytes=size,
        at_once=at_once,
        waiting=waiting,
        spool_bytes=spool_megabytes << 20,
        free_bytes=free_megabytes << 20,
        signer=None if identity is None else Keyring.at_home(settings).signer(identity),
        links=None if links == "none" else Fetching(max_bytes=size, hosts=_hosts(links)),
    )
    try:
        application = create_app(settings, service)
    except (SQLAlchemyError, ModuleNotFoundError) as error:
        raise BadOption(
            f"The registry cannot be opened ({type(error).__name__}).",
            "Give --database sqlite:////path/registry.sqlite or postgresql+psycopg://user@host/name.",
        ) from error
    typer.echo(f"http://{host}:{port}/", err=True)
    with suppress(KeyboardInterrupt):  # it was told to stop, and has
        serve(application, host=host, port=port, log_level="info", proxy_headers=proxied)


def _hosts(links: str) -> frozenset[str] | None:
    """Names of hosts as they are looked up. Raises BadOption."""
    from countenance.verify.addresses import host_in_ascii

    if links == "any":
        return None
    try:
        return frozenset(host_in_ascii(host.strip()) for host in links.split(",") if host.strip())
    except ValueError as error:
        raise BadOption(f"--links {links}: {error}.", "Write any, none, or host names with commas between.") from error


@app.command("permission")
def permission(
    host: Annotated[str, typer.Option("--host", help="Address to listen on; 0.0.0.0 for all.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535)] = 8610,
    identity: Annotated[str | None, typer.Option("--identity", help="Whose key signs; default: your identity.")] = None,
    issuer: Annotated[
        list[str] | None, typer.Option("--issuer", help="A did:key whose grants are counted as well; repeat it.")
    ] = None,
    database: Annotated[
        str | None, typer.Option("--database", help="SQLAlchemy address of the uses; default: SQLite in the home.")
    ] = None,
) -> None:
    """Sign each use of the grants that name this service, and refuse beyond their count.

    Grants of one's own identities and of signers that are trusted here are counted. Put a proxy with TLS in front of it
    before the world may come; see docs/use-receipts.md.
    """
    import uvicorn

    from countenance.permission.keyring import Keyring
    from countenance.permission.receipts.service import ReceiptDesk, create_app

    settings = default_settings()
    signer = Keyring.at_home(settings).signer(identity)
    desk = ReceiptDesk(settings, signer, database, frozenset(issuer or ()))
    typer.echo(f"http://{host}:{port}/ counts with the key {desk.did}", err=True)
    uvicorn.run(
        create_app(desk),
        host=host,
        port=port,
        server_header=False,
        log_level="warning",
        timeout_keep_alive=5,
        limit_concurrency=100,
    )
