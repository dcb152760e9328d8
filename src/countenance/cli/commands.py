"""The commands by name, each loaded when it is asked for: `--version`, `--help` and a slip of the hand cost little.

The words are the first lines of the commands' own help; `tests/cli/test_commands.py` holds them against it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib import import_module
from typing import Any, get_args

import typer.main
from typer.core import TyperCommand, TyperGroup

from countenance.cli.termination import interrupted
from countenance.errors import BadOption

# Name → its module below `countenance.cli`, and what it does.
COMMANDS: dict[str, tuple[str, str]] = {
    "animate": ("animate", "Bring a portrait to life with the motion of a clip, a take or a motion-capture file."),
    "perform": ("perform", "Take a performance from a clip, or edit, join and convert takes."),
    "stream": (
        "stream",
        "Send a face's motion live, from a camera or a take, to engines and avatar programs.",
    ),
    "speak": ("speak", "Make a portrait say something, in a voice that is nobody's."),
    "voices": ("speak", "List the voices: what they speak, how they sound, their licence, and what is missing."),
    "dub": ("dub", "Redraw the mouth of one person in a clip to new speech."),
    "translate": ("translate", "Hear a film, translate it, and speak it in other languages with the lips in sync."),
    "swap": ("swap", "Draw a likeness on a body double."),
    "try-on": ("try_on", "Put glasses and make-up on a person in a picture or clip, under their grant."),
    "kiosk": ("kiosk", "A visitor in an advert's face slot: shown, then forgotten."),
    "figure": ("figure", "A figure of history to talk with, which says only what can be cited."),
    "campaign": ("campaign", "Make all versions of an advert: languages × voices × licensed faces × formats."),
    "likeness": ("likeness", "A person's face, from their own pictures and clips, under their grant."),
    "head": ("head", "A head of one person for games and avatar programs, under their grant."),
    "persona": ("persona", "A presenter who is nobody: a drawn character with a recipe, a portrait and a grant."),
    "faces": ("faces", "List the faces of a picture, largest first, with the numbers that --face takes."),
    "demo": (
        "demo",
        "Animate Grace Hopper's official portrait (US Navy, public domain) with the project's own take.",
    ),
    "studio": ("studio", "Every job by page: opens the browser at a portrait that is there to play with."),
    "permission": ("permission", "Permission to use a likeness: ask, give, read, check."),
    "verify": ("verify", "Say what a file is: who made it, with whose permission, and what became of it since."),
    "issuers": ("issuers", "Who has which number in marks, and where their records can be asked."),
    "serve": ("serve", "Servers."),
    "market": ("market", "What the law of each market asks of a render, and what a render did about it."),
    "ledger": ("ledger", "The record of permissions and renders: append-only, every change shows."),
    "home": ("home", "Where this installation keeps its records."),
    "keys": ("keys", "The keys that sign what leaves."),
    "models": ("models", "List, fetch and verify model files."),
    "doctor": (
        "doctor",
        "Versions, models, codecs, keys: what is here, what will be used, what is missing and the remedy.",
    ),
}

MADE_FOR_MARKETS = frozenset(
    "animate speak dub swap try-on kiosk figure campaign translate head demo studio serve".split()
)
"""Commands that make something, or serve what does; see `_market_option`."""

FILMS = frozenset("animate speak dub swap try-on kiosk campaign translate".split())
"""Commands that make films; see `_codec_option`."""


class Commands(TyperGroup):
    """All commands, none of them loaded yet. Typer ends at Ctrl-C without a word; this says what is left behind."""

    _listing = False

    def list_commands(self, ctx: Any) -> list[str]:
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        del ctx
        if cmd_name not in COMMANDS:
            return None
        if self._listing:
            return TyperCommand(cmd_name, help=COMMANDS[cmd_name][1])
        return load(cmd_name)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        self._listing = True
        try:
            super().format_help(ctx, formatter)
        finally:
            self._listing = False

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:
            raise interrupted() from error


def load(name: str) -> Any:
    """The command of this name, with everything its module imports."""
    parent = typer.Typer()
    parent.callback()(_nothing)  # without one Typer would make a lone command of a lone command
    import_module(f"countenance.cli.{COMMANDS[name][0]}").register(parent)
    command = typer.main.get_group(parent).commands[name]
    if name in MADE_FOR_MARKETS:
        _add_flag(command, _market_option)
    if name in FILMS:
        _add_flag(command, _codec_option)
    return command


def _add_flag(command: Any, option: Callable[[], Any]) -> None:
    """Give a command, or each of a group's, a flag; none of them can forget it."""
    if isinstance(command, TyperGroup):
        for one in command.commands.values():
            _add_flag(one, option)
        return
    command.params.append(option())


def _market_option() -> Any:
    """The flag, taken from a command that has nothing else."""
    panel, said = (
        "Permission and label",
        "Where it will be shown, such as EU,US-CA,IN: their rules are kept, or it is refused.",
    )
    asked = typer.Option(
        None, "--market", callback=_markets, is_eager=True, metavar="CODES", help=said, rich_help_panel=panel
    )

    def only(market: str | None = asked) -> None:
        del market

    return _option_of(only)


def _codec_option() -> Any:
    """The flag, taken from a command that has nothing else."""
    said = "Of the film: h264, h265, vp9 or av1."
    asked = typer.Option(None, "--codec", callback=_codec, is_eager=True, help=said, rich_help_panel="Result")

    def only(codec: str | None = asked) -> None:
        del codec

    return _option_of(only)


def _option_of(only: Callable[..., None]) -> Any:
    app = typer.Typer(add_completion=False)
    app.command()(only)
    [option] = [one for one in typer.main.get_command(app).params if one.expose_value]
    option.expose_value = False
    return option


def _codec(value: str | None) -> str | None:
    """Set the codec of this process's films."""
    if value is None:
        return None
    from countenance.settings import VideoCodec, default_settings

    if value not in get_args(VideoCodec):
        raise BadOption(f"--codec {value} is none that is written.", f"Use {', '.join(get_args(VideoCodec))}.")
    os.environ["COUNTENANCE_VIDEO_CODEC"] = value
    default_settings.cache_clear()
    return value


def _markets(value: str | None) -> str | None:
    """Set the markets of this process, and of those that it starts."""
    if value is None:
        return None
    from countenance.market import terms_of
    from countenance.settings import default_settings

    if terms_of(value) is None:
        raise BadOption("--market names no market.", "Write it like EU,US-CA,IN.", code="market.code")
    os.environ["COUNTENANCE_MARKET"] = value
    default_settings.cache_clear()
    return value


def _nothing() -> None:
    pass
