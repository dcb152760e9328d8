"""`countenance serve live`: a permitted face, live, in a browser. Parses, calls."""

from __future__ import annotations

import secrets
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from countenance.cli.choices import FaceFlags, LabelFlags, PermissionFlags, Said, label_choice, right_from
from countenance.errors import BadOption, LibraryMissing
from countenance.settings import default_settings

LIVE = "Live"


def live(
    source: Annotated[
        Path | None,
        typer.Option("-s", "--source", help="The portrait; with --kind swap the .likeness file.", show_default=False),
    ] = None,
    kind: Annotated[
        str,
        typer.Option(
            "--kind",
            help="What moves it: camera, speech; or a filter on one's own picture: swap, re-age.",
            rich_help_panel=LIVE,
        ),
    ] = "camera",
    double: Annotated[
        Path | None,
        typer.Option(
            "--double", help="A picture or clip of who will be before the camera: swap, re-age.", rich_help_panel=LIVE
        ),
    ] = None,
    double_permission: Annotated[
        Path | None, typer.Option("--double-permission", help="Their grant, for the use double.", rich_help_panel=LIVE)
    ] = None,
    age: Annotated[
        float, typer.Option("--age", help="Years older, or with a minus younger.", rich_help_panel=LIVE)
    ] = 0.0,
    record: Annotated[
        Path | None,
        typer.Option("--record", help="A folder to record each session into, signed.", rich_help_panel=LIVE),
    ] = None,
    source_address: Annotated[
        str,
        typer.Option("--from", help="A file, RTMP, SRT or RTSP address in the camera's place.", rich_help_panel=LIVE),
    ] = "",
    bitrate: Annotated[
        int | None, typer.Option("--bitrate", help="Of the picture, kbit/s.", min=1, rich_help_panel=LIVE)
    ] = None,
    public_domain: PermissionFlags.PublicDomain = None,
    basis: PermissionFlags.Basis = None,
    permission: PermissionFlags.Grant = None,
    purpose: PermissionFlags.Purpose = None,
    territory: PermissionFlags.Territory = None,
    face_template: PermissionFlags.FaceTemplate = None,
    document: PermissionFlags.Document = None,
    face: FaceFlags.Face = "largest",
    crop: FaceFlags.Crop = "none",
    size: FaceFlags.Size = None,
    expression: FaceFlags.Expression = 1.0,
    mouth: FaceFlags.Mouth = "auto",
    title: LabelFlags.Title = "",
    label_corner: LabelFlags.Corner = "bottom-right",
    language: Annotated[str, typer.Option(help="The viewers' language.")] = "en",
    host: Annotated[str, typer.Option("--host", help="Address to listen on; 0.0.0.0 for all.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535)] = 8620,
    sessions: Annotated[int, typer.Option("--sessions", min=1, help="At the same time, at most.")] = 16,
    longest: Annotated[int, typer.Option("--longest", min=10, help="Seconds a session lasts at most.")] = 3600,
) -> None:
    """A permitted, marked face, live: in a browser, by WHIP and WHEP, by WebSocket.

    Each session runs in a process of its own and ends within five seconds when its permission does. Browsers give a
    camera to https pages and to this computer's own address alone: put a proxy with TLS in front for others.
    """
    try:
        import aiortc  # noqa: F401
        import uvicorn

        from countenance.live import Limits, LiveDesk, SessionPlan, Wish, bounded_live, create_app
    except ModuleNotFoundError as error:
        raise LibraryMissing(
            f"Live sessions need the Python package {error.name!r}.", "Install it: pip install 'countenance[live]'"
        ) from error
    from countenance.permission import GrantFile
    from countenance.render.face_swap import SwapOptions
    from countenance.render.options import AnimateOptions

    what = source or double
    if what is None:
        raise BadOption("Whose face? There is no source.", "Give --source FILE, and with --kind re-age --double FILE.")
    said = Said(public_domain, basis, permission, purpose, territory or (), (language,), face_template, document or ())
    right = right_from(said, what=what.name, ask=True)
    doubles = None
    if double_permission is not None:
        assert isinstance(right, GrantFile)
        doubles = GrantFile(double_permission, right.circumstances)
    label = label_choice("burn", label_corner, 0.85)
    plan = SessionPlan(
        kind=kind,  # type: ignore[arg-type]
        source=source,
        permission=right,
        double=double,
        double_permission=doubles,
        options=AnimateOptions(
            face=face,
            crop=crop,  # type: ignore[arg-type]
            size=size,
            expression=expression,
            mouth=mouth,  # type: ignore[arg-type]
            label=label,
            language=language,
            title=title,
        ),
        swap=SwapOptions(years=age, label=label, language=language, title=title),
        bitrate=None if bitrate is None else bitrate * 1000,
        source_address=source_address,
    )
    if record is not None:
        record.mkdir(parents=True, exist_ok=True)

    def planned(wish: Wish) -> SessionPlan:
        file = None if record is None else record / f"session-{secrets.token_hex(6)}.mp4"
        return replace(plan, sound=wish.sound, record=file)

    key = secrets.token_urlsafe(24)
    app = create_app(LiveDesk(default_settings(), Limits(sessions=sessions, longest=longest)), planned, key)
    typer.echo(f"http://{host}:{port}/live#key={key}", err=True)
    application = bounded_live(app)
    with suppress(KeyboardInterrupt):
        uvicorn.run(
            application, host=host, port=port, log_level="warning", server_header=False, ws_max_size=1 << 20,
            limit_concurrency=200, timeout_keep_alive=5,
        )  # fmt: skip
