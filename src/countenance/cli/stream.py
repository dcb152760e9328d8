"""`countenance stream`: a face's motion, live, to engines and avatar programs. Parses, calls, prints."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from countenance.performance.rig_motion import RigMotion


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def stream(
        take: Annotated[
            str | None,
            typer.Argument(help="A .perf take, a clip, a Live Link Face .csv or authored:demo.", show_default=False),
        ] = None,
        to: Annotated[
            list[str] | None,
            typer.Option(
                "--to",
                help="livelink://HOST (Unreal), vmc://HOST (VSeeFace, Warudo) or ws:// (a WebSocket here); "
                "may be repeated. This machine where no host is named.",
                show_default=False,
            ),
        ] = None,
        camera: Annotated[int | None, typer.Option(help="A camera, from 0, instead.", min=0, show_default=False)] = None,
        name: Annotated[str, typer.Option(help="Of the subject, as Unreal lists it.")] = "Countenance",
        loop: Annotated[bool, typer.Option("--loop", help="Play the take again and again.")] = False,
        as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
    ) -> None:
        """Send a face's motion live, from a camera or a take, to engines and avatar programs. No picture is sent."""
        from contextlib import ExitStack

        from countenance.errors import BadOption
        from countenance.performance.stream import open_sender

        if (take is None) == (camera is None):
            raise BadOption("Nothing says whose motion, or two things do.", "Name a take, or --camera 0.")
        if not to:
            raise BadOption("Nothing says where to.", "Add --to livelink://, --to vmc:// or --to ws://")
        count = seen = 0
        with ExitStack() as open_:
            senders = [open_.enter_context(open_sender(address, name=name)) for address in to]
            motions = _from_camera(camera) if camera is not None else _from_take(str(take), loop)
            try:
                for motion in motions:
                    for sender in senders:
                        sender.send(motion)
                    count += 1
                    seen += motion.present
            except KeyboardInterrupt:
                if take is not None and not loop:
                    raise
        said = {"to": to, "frames": count, "frames_with_face": seen}
        typer.echo(json.dumps(said) if as_json else f"{count} frames sent to {', '.join(to)}, {seen} with a face")


def _from_take(named: str, loop: bool) -> Iterator[RigMotion]:
    from fractions import Fraction

    from countenance.performance.rig_motion import motion_of
    from countenance.performance.stream import paced
    from countenance.render.motion_source import open_driving

    performance = open_driving(
        named, start=Fraction(0), duration=None, face="largest", on_missing="hold", appearance=False, sound=False
    ).performance
    for _ in itertools.count() if loop else range(1):
        yield from paced(motion_of(sample) for sample in performance)


def _from_camera(number: int) -> Iterator[RigMotion]:
    from countenance.face.tracker import FaceTracker
    from countenance.performance.camera import camera_frames
    from countenance.performance.rig_motion import motion_of_face

    last: RigMotion | None = None
    with FaceTracker("largest") as tracker:
        for pixels, time in camera_frames(number):
            last = motion_of_face(tracker.track(pixels), time, last)
            yield last


