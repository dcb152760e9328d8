"""The command line: parse, call, print. Every error is one line with a remedy, or JSON with --json."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import typer
from typer.core import TyperGroup

from countenance import __version__
from countenance.cli import (
    animate,
    campaign,
    demo,
    doctor,
    dub,
    faces,
    keys,
    kiosk,
    ledger,
    likeness,
    models,
    perform,
    permission,
    serve,
    speak,
    swap,
    verify,
)
from countenance.cli.heaps import share_heaps
from countenance.errors import CountenanceError, Interrupted

COMMANDS = (
    animate,
    perform,
    speak,
    dub,
    swap,
    kiosk,
    campaign,
    likeness,
    faces,
    demo,
    permission,
    verify,
    serve,
    ledger,
    keys,
    models,
    doctor,
)


class Commands(TyperGroup):
    """All commands. Typer ends at Ctrl-C without a word; this says that nothing was left behind."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:
            raise Interrupted("Interrupted; nothing was left behind.") from error


app = typer.Typer(
    name="countenance",
    cls=Commands,
    help="Bring a face to life, with permission that can be checked and marks that stay.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"countenance {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Say which version."),
) -> None:
    pass


for command in COMMANDS:
    command.register(app)


def _tell(error: CountenanceError) -> int:
    if "--json" in sys.argv:
        print(json.dumps({"error": error.as_dict()}, ensure_ascii=False))
    else:
        print(f"error: {error.message} [{error.code}]\n  → {error.remedy}", file=sys.stderr)
    return error.exit_status


def main() -> None:
    """The entry point of the `countenance` command."""
    share_heaps()
    try:
        app(standalone_mode=True)
    except CountenanceError as error:
        sys.exit(_tell(error))
    except KeyboardInterrupt:
        sys.exit(_tell(Interrupted("Interrupted; nothing was left behind.")))
    except Exception as error:
        if os.environ.get("COUNTENANCE_DEBUG"):
            raise
        known = CountenanceError(
            f"Something unforeseen happened: {type(error).__name__}: {error}",
            "Run again with COUNTENANCE_DEBUG=1 and report what it prints.",
            code="internal",
        )
        sys.exit(_tell(known))
