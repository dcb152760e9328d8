"""`countenance serve`: what runs and answers others. Parses, calls."""

from __future__ import annotations

from typing import Annotated

import typer

from countenance.errors import BadOption
from countenance.settings import default_settings

app = typer.Typer(help="Servers.", no_args_is_help=True)


def register(parent: typer.Typer) -> None:
    """Hang these commands onto the main one."""
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
    links: Annotated[
        str, typer.Option("--links", help="Where linked files may lie: any, none, or host names with commas between.")
    ] = "any",
    proxied: Annotated[
        bool, typer.Option("--proxied", help="Behind a proxy on this machine: believe what it says of callers.")
    ] = False,
) -> None:
    """Answer anyone who asks what a file is: a page, and C2PA's Soft Binding Resolution API.

    Files are looked at in processes of their own and deleted; links to private addresses are refused. Put a proxy with
    TLS in front of it before the world may come.
    """
    import uvicorn
    from sqlalchemy.exc import SQLAlchemyError

    from countenance.verify.fetching import Fetching
    from countenance.verify.service import Service, create_app

    settings = default_settings()
    if database is not None:
        settings = settings.model_copy(update={"registry_url": database})
    size = max_megabytes << 20
    hosts = None if links == "any" else frozenset(host.strip().lower() for host in links.split(",") if host.strip())
    service = Service(
        max_bytes=size,
        at_once=at_once,
        links=None if links == "none" else Fetching(max_bytes=size, hosts=hosts),
    )
    try:
        application = create_app(settings, service)
    except (SQLAlchemyError, ModuleNotFoundError) as error:
        raise BadOption(
            f"The registry cannot be opened ({type(error).__name__}).",
            "Give --database sqlite:////path/registry.sqlite or postgresql+psycopg://user@host/name.",
        ) from error
    typer.echo(f"http://{host}:{port}/", err=True)
    uvicorn.run(
        application,
        host=host,
        port=port,
        server_header=False,
        log_level="info",
        timeout_keep_alive=5,
        limit_concurrency=200,
        proxy_headers=proxied,
    )
