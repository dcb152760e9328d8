"""`countenance studio` and `countenance serve studio`: every job by page and by API. Parses, calls."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from countenance.server import Options

Host = Annotated[str, typer.Option("--host", help="Address to listen on; 0.0.0.0 for all.")]
Port = Annotated[int, typer.Option("--port", min=1, max=65535)]
PublicUrl = Annotated[
    str, typer.Option("--public-url", help="How others reach it, as links to people give it: https://studio.example.")
]
Address = Annotated[
    str | None,
    typer.Option(
        "--database",
        envvar="COUNTENANCE_STUDIO_DATABASE",
        help="SQLAlchemy address of the jobs; default: SQLite in the home.",
    ),
]
Workers = Annotated[
    int | None,
    typer.Option("--workers", min=0, help="Processes that render; 0: none here.", show_default="one for each core"),
]
MaxMegabytes = Annotated[int, typer.Option("--max-megabytes", min=1, help="Of one upload.")]
KeepDays = Annotated[
    int, typer.Option("--keep-days", min=0, help="After which results and unused uploads are deleted; 0: never.")
]
JsonLog = Annotated[bool, typer.Option("--json-log", help="Logs as lines of JSON.")]

app = typer.Typer(
    help="Every job by page: opens the browser at a portrait that is there to play with.",
    invoke_without_command=True,
    no_args_is_help=False,
)


def register(parent: typer.Typer) -> None:
    """Hang these commands onto the main one."""
    parent.add_typer(app, name="studio")


@app.callback()
def studio(
    context: typer.Context,
    host: Host = "127.0.0.1",
    port: Port = 8620,
    public_url: PublicUrl = "",
    database: Address = None,
    workers: Workers = None,
    max_megabytes: MaxMegabytes = 2048,
    keep_days: KeepDays = 30,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open it in the browser.")] = True,
    json_log: JsonLog = False,
) -> None:
    """Every job by page: opens the browser at a portrait that is there to play with."""
    if context.invoked_subcommand is not None:
        return
    run(
        _options(host, port, public_url, database, workers, max_megabytes, keep_days),
        browser=browser,
        json_log=json_log,
    )


@app.command()
def key(
    name: Annotated[str, typer.Argument(help="What it is for.", show_default=False)],
    scope: Annotated[
        list[str] | None,
        typer.Option("--scope", help="read, jobs, permission, metrics or admin; repeat it. Default: read and jobs."),
    ] = None,
    days: Annotated[int | None, typer.Option("--days", min=1, help="For how long it holds.")] = None,
    waiting: Annotated[int, typer.Option("--waiting", min=0, help="Jobs that may wait or run; 0: any number.")] = 100,
    jobs_a_day: Annotated[int, typer.Option("--jobs-a-day", min=0, help="0: any number.")] = 2000,
    stills: Annotated[int, typer.Option("--stills-an-hour", min=0, help="Previews; 0: any number.")] = 600,
    gigabytes: Annotated[int, typer.Option("--gigabytes", min=0, help="Of uploads and results; 0: any.")] = 20,
    database: Address = None,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Make an API key; it is printed this once."""
    _needs()
    from countenance.errors import BadOption
    from countenance.server import SCOPES, Access, Database, Quota
    from countenance.settings import default_settings

    scopes = tuple(scope or ("read", "jobs"))
    if wrong := set(scopes) - set(SCOPES):
        raise BadOption(f"There is no scope {sorted(wrong)[0]!r}.", f"Use {', '.join(SCOPES)}.")
    access = Access(Database.open(default_settings(), database))
    made = access.make_key(name, scopes, Quota(waiting, jobs_a_day, gigabytes << 30, stills), days=days)
    if as_json:
        typer.echo(json.dumps({"id": made.id, "name": made.name, "scopes": made.scopes, "key": made.secret}))
        return
    typer.echo(made.secret)
    typer.echo(f"{made.id} may {', '.join(made.scopes)}; it is shown this once.", err=True)


def serve(
    host: Host = "127.0.0.1",
    port: Port = 8620,
    public_url: PublicUrl = "",
    database: Address = None,
    workers: Workers = None,
    max_megabytes: MaxMegabytes = 2048,
    keep_days: KeepDays = 30,
    json_log: JsonLog = False,
    proxied: Annotated[
        bool, typer.Option("--proxied", help="Behind a proxy on this machine: believe what it says of callers.")
    ] = False,
) -> None:
    """Every job by HTTP and by page, for callers with keys; put a proxy with TLS before it. See docs/studio.md."""
    run(
        _options(host, port, public_url, database, workers, max_megabytes, keep_days),
        browser=False,
        json_log=json_log,
        proxied=proxied,
    )


def work(
    database: Address = None,
    workers: Workers = None,
    json_log: JsonLog = False,
) -> None:
    """Render for a studio whose database and home this machine shares, until stopped."""
    _needs()
    import signal
    import threading

    from countenance.server import Pool, log_as
    from countenance.settings import default_settings

    log_as(as_json=json_log)
    over = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    with Pool(default_settings(), workers, database) as pool, suppress(KeyboardInterrupt):
        typer.echo(f"{pool.count} workers", err=True)
        over.wait()


def run(options: Options, *, browser: bool, json_log: bool, proxied: bool = False) -> None:
    """Serve until told to stop."""
    _needs()
    import threading
    import webbrowser

    from countenance.server import create_app, log_as
    from countenance.settings import default_settings
    from countenance.verify.service.connections import serve as listen

    log_as(as_json=json_log)
    application, context = create_app(default_settings(), options)
    link = f"{options.url}/#ticket={context.access.ticket()}"
    typer.echo(f"{link}\nSigns one browser in, within a quarter of an hour. Ctrl-C ends the studio.", err=True)
    if browser:
        threading.Timer(1.5, webbrowser.open, (link,)).start()
    with suppress(KeyboardInterrupt):
        listen(
            application, host=options.host, port=options.port, log_level="info", proxy_headers=proxied, log_config=None
        )


def _options(
    host: str,
    port: int,
    public_url: str,
    database: str | None,
    workers: int | None,
    max_megabytes: int,
    keep_days: int,
) -> Options:
    _needs()
    from countenance.server import Limits, Options

    return Options(
        host=host,
        port=port,
        public_url=public_url,
        database=database,
        workers=workers,
        limits=Limits(file=max_megabytes << 20),
        keep_days=keep_days,
        warm=True,
    )


def _needs() -> None:
    """Raises LibraryMissing: the extra is not installed."""
    from importlib.util import find_spec

    from countenance.errors import LibraryMissing

    for name in ("prometheus_client", "segno", "standardwebhooks"):
        if find_spec(name) is None:
            raise LibraryMissing(f"The studio needs {name}.", 'pip install "countenance[studio]"')
