"""The command line: parse, call, print. Every error is one line with a remedy, or JSON with --json."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from typing import Any

import typer

from countenance._version import __version__
from countenance.cli.commands import Commands
from countenance.cli.malloc_arenas import share_heaps
from countenance.cli.standard_streams import make_whole
from countenance.cli.termination import heed_signals, interrupted
from countenance.errors import CountenanceError, UsageError

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
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Say which version."),  # noqa: ARG001
) -> None:
    if "--help" not in sys.argv:
        _sweep()


def _sweep() -> None:
    """Whatever is asked for, what killed runs left of anybody goes first."""
    from countenance.settings import default_settings
    from countenance.spool import sweep

    with contextlib.suppress(CountenanceError, OSError):  # a wrong setting is told by what needs it
        sweep(default_settings())


def _tell(error: CountenanceError) -> int:
    if "--json" in sys.argv:
        print(json.dumps({"error": error.as_dict()}, ensure_ascii=False))
    else:
        print(f"error: {error.message} [{error.code}]\n  → {error.remedy}", file=sys.stderr)
    return error.exit_status


def _misused(error: Any) -> int:
    """A command line that cannot be understood, told as every error is; no command at all is answered with help."""
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "countenance"
    if type(error).__name__ == "NoArgsIsHelpError":
        if "--json" not in sys.argv:
            error.show()
            return int(error.exit_code)
        return _tell(UsageError("No command was given.", f"See `{path} --help`."))
    words = " ".join(str(error.format_message()).split())
    return _tell(UsageError(words if words.endswith((".", "?", "!")) else f"{words}.", f"See `{path} --help`."))


def _unforeseen(error: Exception) -> CountenanceError:
    """What no part of the program has a name for; the causes that machines have in common are told apart first."""
    if isinstance(error, ImportError | OSError):
        from countenance.cli.diagnosis import explained

        if (known := explained(error)) is not None:
            return known
    return CountenanceError(
        f"Something unforeseen happened: {type(error).__name__}: {error}",
        "Run again with COUNTENANCE_DEBUG=1 and report what it prints.",
        code="internal",
    )


def main() -> None:
    """The entry point of the `countenance` command."""
    make_whole(as_json="--json" in sys.argv)
    share_heaps()
    heed_signals()
    try:
        status = app(prog_name="countenance", standalone_mode=False)
    except CountenanceError as error:
        status = _tell(error)
    except KeyboardInterrupt:
        status = _tell(interrupted())
    except typer.Abort:
        status = _tell(interrupted())
    except typer.TyperException as error:
        status = _misused(error)
    except BrokenPipeError:
        # Whoever read our output has gone: nothing more can be told, and at exit nothing more is flushed.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        status = 1
    except Exception as error:
        if os.environ.get("COUNTENANCE_DEBUG"):
            raise
        status = _tell(_unforeseen(error))
    sys.exit(status if isinstance(status, int) else 0)
