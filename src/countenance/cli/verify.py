"""`countenance verify`: what a file says about itself. Parses, calls, prints."""

from __future__ import annotations

import json
import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from countenance.cli.choices import seconds as parsed_seconds
from countenance.errors import BadOption
from countenance.files import check_output, write_atomically
from countenance.settings import default_settings
from countenance.spool import spooled

if TYPE_CHECKING:
    from countenance.verify import Inquiry, Record, Verdict

EXITS = """
Exit status: 0 with an answer (also where nothing was found), 10 where the manifest does not hold or findings contradict
one another, 11 where the permission has expired or was revoked, 12 where the file can be read as neither picture, video
nor sound; 3 where there is no file. Of several files the gravest: 10, 11, 3, 12, 0.
"""


def register(app: typer.Typer) -> None:
    """Hang this command onto the main one."""
    app.command("verify", epilog=EXITS)(verify)


def verify(
    files: Annotated[
        list[str],
        typer.Argument(help="Any files or folders; - for a pipe; a web address or that of a live stream."),
    ],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object; of several files one a line.")
    ] = False,
    report: Annotated[
        Path | None,
        typer.Option("--report", help="Write a page that shows what was found; of several files, a folder of them."),
    ] = None,
    start: Annotated[str, typer.Option("--start", help="Look from here: 90, 1:30.")] = "0",
    duration: Annotated[str | None, typer.Option("--duration", help="Look no longer than this.")] = None,
    registry: Annotated[
        str | None,
        typer.Option("--registry", help="Ask this record: a database's address, or https://… of another service."),
    ] = None,
    signs: Annotated[
        bool, typer.Option("--signs", help="Look for signs of manipulation too; takes up to 20 s more a file.")
    ] = False,
    language: Annotated[str, typer.Option("--language", help="en, de, fr, es or hi.")] = "en",
    time_limit: Annotated[float, typer.Option("--time-limit", min=1, help="Seconds to look; 15 is much.")] = 15.0,
    patient: Annotated[bool, typer.Option("--patient", help="Look at every place, whatever the time.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the report if it is there.")] = False,
) -> None:
    """Say what a file is: who made it, with whose permission, and what became of it since.

    Looks for a signed manifest (C2PA), for the invisible marks in picture and sound, and for renders in the registry
    that look the same. Where nothing is found it says so; that never means that a file is authentic.
    """
    from countenance.verify.words import LANGUAGES

    if language not in LANGUAGES:
        raise BadOption(f"'{language}' is not spoken here.", f"Use one of {', '.join(LANGUAGES)}.")
    many = len(files) > 1 or Path(files[0]).is_dir()
    if report is not None and not many:
        check_output(report, [Path(files[0])] if files[0] != "-" else [], overwrite=overwrite)
    from countenance.verify import Inquiry

    inquiry = Inquiry(
        start=parsed_seconds(start, "--start"),
        duration=None if duration is None else parsed_seconds(duration, "--duration"),
        seconds=time_limit,
        patient=patient,
        signs=signs,
        language=language,
    )
    if inquiry.start < 0 or (inquiry.duration is not None and inquiry.duration <= 0):
        raise BadOption("--start and --duration cannot be negative.", "Write seconds (12.5) or h:mm:ss.")
    record = _record(registry)
    if many:
        from countenance.cli.verify_many import Reports, verify_many

        pages = None if report is None else Reports(report, overwrite)
        raise typer.Exit(verify_many(files, lambda one: _asked(one, inquiry, record), as_json=as_json, pages=pages))
    found = _asked(files[0], inquiry, record)
    if report is not None:
        from countenance.verify.report_page import report_page

        write_atomically(report, report_page(found).encode())
    _print(found, as_json, report)
    raise typer.Exit(found.exit_status)


def _asked(file: str, inquiry: Inquiry, record: Record | None) -> Verdict:
    from countenance.verify import verify_file, verify_stream
    from countenance.verify.fetching import Fetching, fetched, name_of
    from countenance.verify.live import is_live
    from countenance.verify.spool import arriving, from_pipe

    settings = default_settings()
    with ExitStack() as stack:
        if file == "-":
            folder = stack.enter_context(spooled(settings))
            arrived = arriving(from_pipe(sys.stdin.fileno()), folder, name="standard input")
            return verify_file(
                arrived.path, settings, replace(inquiry, whole=arrived.whole, name="standard input"), record=record
            )
        if is_live(file):
            return verify_stream(file, settings, inquiry, record=record)
        if file.startswith(("http://", "https://")):
            may = Fetching(private=True, ports=None, max_bytes=512 << 20, max_seconds=60, cut=True)
            arrived = fetched(file, stack.enter_context(spooled(settings)), may)
            return verify_file(
                arrived.path, settings, replace(inquiry, whole=arrived.whole, name=name_of(file)), record=record
            )
        return verify_file(Path(file), settings, inquiry, record=record)


def _record(registry: str | None) -> Record | None:
    if registry is None:
        return None
    if registry.startswith(("http://", "https://")):
        from countenance.verify.remote import RemoteRecord

        return RemoteRecord(registry)
    from sqlalchemy.exc import SQLAlchemyError

    from countenance.verify.permission_status import permission_status
    from countenance.verify.record import LocalRecord

    try:
        return LocalRecord(registry, permission_status(default_settings()))
    except (SQLAlchemyError, ModuleNotFoundError) as error:
        raise BadOption(
            f"--registry {registry} cannot be opened ({type(error).__name__}).",
            "Give sqlite:////path/registry.sqlite, postgresql://user@host/name, or https://… of a resolution service.",
        ) from error


def _print(found: Verdict, as_json: bool, report: Path | None) -> None:
    if as_json:
        typer.echo(json.dumps(found.as_dict(), ensure_ascii=False, indent=2))
        return
    from countenance.verify.details import sections

    typer.echo(found.summary)
    for section in sections(found, found.language):
        typer.echo(f"\n{section.heading}")
        for name, value in section.rows:
            typer.echo(f"  {name:18} {value}" if name else f"  {value}")
    if report is not None:
        typer.echo(f"\nWrote {report}.", err=True)
