"""`countenance figure`: a figure that people talk with and that says only what can be cited. Parses, calls, prints."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from countenance.figure.answering import Answering
    from countenance.figure.checking import Checked
    from countenance.figure.folder import Figure

app = typer.Typer(
    help="A figure of history to talk with, which says only what can be cited.", no_args_is_help=True
)  # fmt: skip
Folder = Annotated[Path, typer.Argument(help="The figure's folder.", show_default=False)]
Json = Annotated[bool, typer.Option("--json", help="For machines.")]
Lexical = Annotated[
    bool, typer.Option("--lexical", help="Match questions by their words alone, even where the model is there.")
]  # fmt: skip


def register(parent: typer.Typer) -> None:
    """Hang these commands onto the main one."""
    from countenance.cli.figure_serving import serve

    app.command("serve")(serve)
    parent.add_typer(app, name="figure")


@app.command("new")
def new(
    folder: Annotated[Path, typer.Argument(help="The folder to make.", show_default=False)],
    name: Annotated[str | None, typer.Option("--name", help="Of the figure.", show_default=False)] = None,
    portrait: Annotated[Path | None, typer.Option("--portrait", help="A picture.", show_default=False)] = None,
    public_domain: Annotated[
        str | None, typer.Option("--public-domain", help="The portrait: work, author, year.", show_default=False)
    ] = None,
    basis: Annotated[str | None, typer.Option("--basis", help="As with animate.", show_default=False)] = None,
    permission: Annotated[
        Path | None, typer.Option("--permission", help="Or a grant's .jwt.", show_default=False)
    ] = None,
    language: Annotated[
        list[str] | None, typer.Option("--language", help="That it speaks; repeat.", show_default="en")
    ] = None,
    demo: Annotated[bool, typer.Option("--demo", help="Grace Hopper, with sixty-five sourced entries.")] = False,
    as_json: Json = False,
) -> None:
    """Make a figure's folder, for a curator to fill in: portrait, figure.yaml, a sheet of questions and answers."""
    from countenance.errors import BadOption, FileMissing
    from countenance.figure import demo_figure, new_figure

    if demo:
        from countenance.cli.demo import sample_portrait

        there = sample_portrait()
        if there is None:
            raise FileMissing("matplotlib's sample portrait is not installed.", "pip install matplotlib")
        demo_figure(folder, there)
    elif name is None or portrait is None:
        raise BadOption("A figure has a name and a portrait.", "Give --name and --portrait, or --demo.")
    else:
        new_figure(
            folder, name, portrait, public_domain=public_domain, basis=basis, permission=permission,
            languages=tuple(language or ("en",)),
        )  # fmt: skip
    if as_json:
        typer.echo(json.dumps({"folder": str(folder)}))
        return
    typer.echo(f"{folder}: edit figure.yaml and knowledge.csv, then\n  countenance figure check {folder}")
    typer.echo(f"  countenance figure serve {folder}")


@app.command("check")
def check(
    folder: Folder,
    held_out: Annotated[
        Path | None,
        typer.Option(
            "--held-out",
            help="A CSV of questions that were not written beside the entries: question, entry (or -), language.",
            show_default=False,
        ),
    ] = None,
    lexical: Lexical = False,
    as_json: Json = False,
) -> None:
    """Answers without a source, contradictions, confusions, thin entries; with --held-out, how questions fare.

    Exit status 3 where something must be mended before the figure can be served.
    """
    from countenance.errors import BadDocument
    from countenance.figure import check_figure, look_over, read_held_out

    figure, problems = look_over(folder)
    answering = _answering(figure, lexical)
    asked = read_held_out(held_out, figure.languages) if held_out is not None else []
    checked = check_figure(answering, problems, asked)
    if as_json:
        typer.echo(json.dumps(checked.as_dict(), ensure_ascii=False))
    else:
        _print_check(checked, answering)
    if problems:
        raise BadDocument(
            f"{len(problems)} thing{'s' if len(problems) > 1 else ''} in the knowledge must be mended.",
            "Mend what is listed above.",
            code="figure.knowledge",
        )


def _print_check(checked: Checked, answering: Answering) -> None:
    for heading, problems in (("Must be mended", checked.problems), ("Should be looked at", checked.warnings)):
        if problems:
            typer.echo(f"{heading}:")
            for one in problems:
                typer.echo(f"  {one}")
    if checked.confusions:
        typer.echo("Nearly the same question in two entries:")
        for c in checked.confusions:
            typer.echo(f"  {c.own.place}: {c.variant!r} ({c.own.name}) is like {c.rival!r} ({c.other.name})")
    if checked.held_out:
        for tag in answering.figure.languages:
            rows = [one for one in checked.held_out if one.language == tag]
            if rows:
                counted = {k: sum(r.outcome == k for r in rows) for k in ("right", "asked back", "wrong", "declined")}
                typer.echo(f"Held-out, {tag}: " + ", ".join(f"{n} {k}" for k, n in counted.items()))
        for tried in checked.held_out:
            if tried.outcome in ("wrong", "declined"):
                typer.echo(f"  {tried.outcome}: {tried.question!r} is {tried.expected}, not {tried.got}")
    figure = answering.figure
    for tag in figure.languages:
        how = "meaning" if answering.method(tag) == "meaning" else "words alone"
        typer.echo(f"{tag}: {len(figure.knowledge.of(tag))} entries, understood by {how}")
    if not (checked.problems or checked.warnings or checked.confusions):
        typer.echo("Nothing to mend.")


@app.command("ask")
def ask(
    folder: Folder,
    question: Annotated[list[str] | None, typer.Argument(help="Without one: from the terminal, one a line.")] = None,
    language: Annotated[
        str | None, typer.Option("--language", help="One of the figure's.", show_default="its first")
    ] = None,
    lexical: Lexical = False,
    as_json: Json = False,
) -> None:
    """Ask a figure by text: what it would answer, on what source, and how sure it is."""
    import sys

    from countenance.errors import BadOption
    from countenance.figure import Memory, open_figure

    figure = open_figure(folder)
    tag = language or figure.languages[0]
    if tag not in figure.languages:
        raise BadOption(f"{figure.says.name} does not speak {tag!r}.", f"Languages: {', '.join(figure.languages)}.")
    answering, memory = _answering(figure, lexical), Memory()
    asked = question if question else (line.strip() for line in sys.stdin)
    for one in asked:
        if not one:
            continue
        reply = answering.reply(one, tag, memory)
        if as_json:
            typer.echo(json.dumps(reply.as_dict(), ensure_ascii=False))
            continue
        typer.echo(reply.text)
        if reply.entry is not None:
            own = "own words" if reply.entry.by == "said" else "written by the museum"
            typer.echo(f"  [{reply.entry.name}, {reply.score:.2f}] {reply.entry.source} ({own})")
        else:
            typer.echo(f"  [{reply.kind}{': ' + reply.category if reply.category else ''}]")


@app.command("asked")
def asked(folder: Folder, as_json: Json = False) -> None:
    """What visitors asked in vain, as rows to fill in: most asked first. Kept only where figure.yaml says so."""
    from countenance.figure import ASKED, AskedFile, read_manifest

    says = read_manifest(folder)
    rows = AskedFile(Path(folder) / ASKED).rows()
    if as_json:
        typer.echo(json.dumps({"kept": says.keep_declined, "questions": [vars(row) for row in rows]}))
        return
    if not rows:
        kept = "Nothing was asked in vain yet." if says.keep_declined else "Nothing is kept (keep_declined: false)."
        typer.echo(kept, err=True)
        return
    typer.echo(_rows_to_fill_in([(row.question, row.language) for row in rows]), nl=False)
    for row in rows:
        typer.echo(f"{row.times:>4} × {row.language} {row.category:<12} {row.question}", err=True)


def _rows_to_fill_in(rows: list[tuple[str, str]]) -> str:
    """Lines of a knowledge sheet, with answer and source left open."""
    import csv
    import io

    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["name", "language", "questions", "answer", "source", "by"])
    for question, language in rows:
        guarded = f"'{question}" if question[:1] in "=+-@" else question
        writer.writerow(["", language, guarded, "", "", "written"])
    return out.getvalue()


def _answering(figure: Figure, lexical: bool) -> Answering:
    from countenance.figure import Answering, load_vectoriser
    from countenance.settings import default_settings

    kept = default_settings().home / "figures"
    return Answering(figure, None if lexical else load_vectoriser(), kept)
