"""`countenance figure serve`: a figure at a kiosk, in a browser. Parses, calls."""

from __future__ import annotations

import logging
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from countenance.errors import LibraryMissing


def serve(
    folder: Annotated[Path, typer.Argument(help="The figure's folder.", show_default=False)],
    host: Annotated[str, typer.Option("--host", help="Address to listen on; 0.0.0.0 for all.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535)] = 8630,
    size: Annotated[int, typer.Option("--size", min=256, max=1280, help="Pixels of the picture's longer side.")] = 512,
    writing: Annotated[
        bool, typer.Option("--writing", help="Without picture and voice: questions and answers.")
    ] = False,
    lexical: Annotated[bool, typer.Option("--lexical", help="Match questions by their words alone.")] = False,
    language_model: Annotated[
        bool,
        typer.Option("--language-model", help="Ask the language model that figure.yaml names; questions go there."),
    ] = False,
    public_address: Annotated[
        str, typer.Option("--public-address", help="Where visitors' telephones reach this, for QR codes.")
    ] = "",
) -> None:
    """Let people talk with a figure: at a kiosk, by voice or text, with its source on the screen.

    Whoever reaches the address may talk. Browsers give a microphone to https pages and to this computer's own address
    alone: put a proxy with TLS in front for others. Stop with Ctrl-C.
    """
    try:
        import aiortc  # noqa: F401
        import uvicorn
    except ModuleNotFoundError as error:
        raise LibraryMissing(
            f"A figure needs the Python package {error.name!r}.", "Install it: pip install 'countenance[figure]'"
        ) from error
    from countenance.figure import open_figure
    from countenance.figure.app import bounded_figure, create_figure_app
    from countenance.figure.serving import figure_host, load_ears
    from countenance.settings import default_settings

    logging.getLogger("countenance.figure").setLevel(logging.INFO)
    figure = open_figure(folder)
    at_work = figure_host(
        figure, default_settings(), size=size, writing=writing, lexical=lexical, language_model=language_model
    )  # fmt: skip
    seam = figure.says.language_model
    if seam is not None:
        told = "Visitors' questions go to the language model at" if language_model else "Not used (--language-model):"
        typer.echo(f"{told} {seam.where}", err=True)
    ears = None if writing else load_ears(figure)
    app = bounded_figure(create_figure_app(at_work, ears, public_address))
    typer.echo(f"http://{host}:{port}/", err=True)
    with suppress(KeyboardInterrupt):
        uvicorn.run(
            app, host=host, port=port, log_level="warning", server_header=False, ws_max_size=1 << 17,
            limit_concurrency=200, timeout_keep_alive=5,
        )  # fmt: skip
