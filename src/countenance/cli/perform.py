"""`countenance perform`: take a performance from a clip, edit it, join it, convert it, or say what it holds."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from countenance.cli.choices import seconds

if TYPE_CHECKING:
    from countenance.performance.take import Performance

READING = "Reading"
FORMATS = {"live-link-face": "Live Link Face", "gltf": "glTF", "vrm-animation": "VRM animation", "bvh": "BVH"}
EDITING = "Editing, in this order"
ANIMATION = {".csv": "live-link-face", ".glb": "gltf", ".vrma": "vrm-animation", ".bvh": "bvh"}


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def perform(
        inputs: Annotated[
            list[str],
            typer.Argument(
                help="A video, a .perf take, a Live Link Face .csv, or authored:demo; several are joined.",
                show_default=False,
            ),
        ],
        output: Annotated[
            Path | None,
            typer.Option(
                "-o",
                "--output",
                help="The .perf, Live Link Face .csv, .glb, .vrma or .bvh to write.",
                show_default=False,
            ),
        ] = None,
        info: Annotated[bool, typer.Option("--info", help="Say what it holds; write nothing.")] = False,
        with_appearance: Annotated[
            bool,
            typer.Option(
                "--with-appearance",
                help="Keep the performer's skin folds and mouth too: pictures of them. Without, the take shows nobody.",
            ),
        ] = False,
        start: Annotated[
            str, typer.Option(help="Where to begin in each input: seconds or h:mm:ss.", rich_help_panel=READING)
        ] = "0",
        duration: Annotated[
            str | None,
            typer.Option(help="How long: seconds or h:mm:ss.", rich_help_panel=READING, show_default="all"),
        ] = None,
        face: Annotated[
            str,
            typer.Option(
                help="Which face of a clip: largest, left, right, top, bottom or a number.", rich_help_panel=READING
            ),
        ] = "largest",
        on_missing_face: Annotated[
            str, typer.Option(help="Frames without a face: hold, relax or fail.", rich_help_panel=READING)
        ] = "relax",
        straighten: Annotated[
            str,
            typer.Option(
                help="Head and eyes of a Live Link Face file: auto, recorded (as they are) or calm (rest is straight).",
                rich_help_panel=READING,
            ),
        ] = "auto",
        trim: Annotated[
            str | None,
            typer.Option(
                help="Keep FROM-TO of what was read or joined: 1.5-4, or 2- for the rest.",
                rich_help_panel=EDITING,
                show_default="all",
            ),
        ] = None,
        smooth: Annotated[
            int,
            typer.Option(help="Take out jitter: frames of look-ahead; 2 to 4 is usual.", rich_help_panel=EDITING),
        ] = 0,
        scale: Annotated[float, typer.Option(help="Strength of all motion.", rich_help_panel=EDITING)] = 1.0,
        expression: Annotated[
            float, typer.Option(help="Strength of the face's motion.", rich_help_panel=EDITING)
        ] = 1.0,
        head: Annotated[float, typer.Option(help="Strength of the head's motion.", rich_help_panel=EDITING)] = 1.0,
        mirror: Annotated[bool, typer.Option("--mirror", help="Left for right.", rich_help_panel=EDITING)] = False,
        speed: Annotated[
            str, typer.Option(help="2 is twice as fast, 0.5 or 1/2 half as fast.", rich_help_panel=EDITING)
        ] = "1",
        fps: Annotated[
            str | None,
            typer.Option(
                "--fps",
                "--retime",
                help="Frames a second: 25, 29.97, 30000/1001.",
                rich_help_panel=EDITING,
                show_default="as it is",
            ),
        ] = None,
        loop: Annotated[int, typer.Option(help="Times over.", rich_help_panel=EDITING)] = 1,
        overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing output.")] = False,
        as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
    ) -> None:
        """Take a performance from a clip, or edit, join and convert takes."""
        from countenance.cli.progress import progress_bar
        from countenance.performance import edit

        kept = _kept(trim)
        destination = _destination(output, inputs, info=info, with_appearance=with_appearance, overwrite=overwrite)
        takes = [
            _opened(
                each,
                start=seconds(start, "--start"),
                duration=None if duration is None else seconds(duration, "--duration"),
                face=face,
                on_missing=on_missing_face,
                appearance=with_appearance,
                straighten=straighten,
            )
            for each in inputs
        ]
        take = takes[0] if len(takes) == 1 else edit.concatenate(takes)
        if kept is not None:
            take = edit.trim(take, *kept)
        if smooth:
            take = edit.smooth(take, look_ahead=smooth)
        if scale != 1 or expression != 1 or head != 1:
            take = edit.scale(take, expression=scale * expression, head=scale * head)
        if mirror:
            take = edit.mirror(take)
        pace, rate = seconds(speed, "--speed"), None if fps is None else seconds(fps, "--fps")
        if pace != 1 or rate is not None:
            take = edit.retime(take, speed=pace, rate=rate)
        if loop != 1:
            take = edit.loop(take, loop)
        with progress_bar("performing", quiet=as_json) as progress:
            if destination is None:
                answer = _described(take, inputs, progress)
            else:
                answer = _written(take, destination, with_appearance, progress)
        typer.echo(json.dumps(answer) if as_json else _told(answer))


def _kept(text: str | None) -> tuple[Fraction, Fraction | None] | None:
    """`1.5-4`, `2-`, `-3` → start and duration. Raises BadOption."""
    from countenance.errors import BadOption

    if text is None:
        return None
    begin, dash, end = text.partition("-")
    if not dash or not (begin or end):
        raise BadOption(f"--trim {text!r} is not a part.", "Write FROM-TO in seconds or h:mm:ss: --trim 1.5-4")
    start = seconds(begin, "--trim") if begin else Fraction(0)
    if not end:
        return start, None
    stop = seconds(end, "--trim")
    if stop <= start:
        raise BadOption(f"--trim {text} ends before it begins.", "Write FROM-TO in seconds or h:mm:ss: --trim 1.5-4")
    return start, stop - start


def _destination(
    output: Path | None, inputs: list[str], *, info: bool, with_appearance: bool, overwrite: bool
) -> Path | None:
    """Where to write, checked before any work is done; None to describe only. Raises BadOption, OutputError."""
    from countenance.errors import BadOption, OutputFormat
    from countenance.files import check_output

    if info and output is not None:
        raise BadOption("--info writes nothing, and -o says to write.", "Leave one of them out.")
    if info:
        return None
    if output is None:
        raise BadOption("Nothing says where to write the take.", "Add -o TAKE.perf, or --info to look at it only.")
    if output.suffix.lower() not in (".perf", *ANIMATION):
        raise OutputFormat(
            f"Takes are not written as '{output.suffix}' ({output.name}).",
            "Use .perf, .csv for Live Link Face, .glb or .vrma for animation, or .bvh for the head alone.",
        )
    if with_appearance and output.suffix.lower() != ".perf":
        raise BadOption("Only a .perf can hold appearance.", "Write a .perf, or leave --with-appearance out.")
    check_output(output, [Path(each) for each in inputs if not each.startswith("authored:")], overwrite=overwrite)
    return output


def _opened(
    each: str,
    *,
    start: Fraction,
    duration: Fraction | None,
    face: str,
    on_missing: str,
    appearance: bool,
    straighten: str,
) -> Performance:
    from countenance.errors import BadOption
    from countenance.render.motion_source import open_driving

    if on_missing not in ("hold", "relax", "fail"):
        raise BadOption(f"--on-missing-face {on_missing} is not one of hold, relax, fail.")
    if start < 0 or (duration is not None and duration <= 0):
        raise BadOption("--start must not be negative, and --duration must be positive.")
    if straighten not in ("auto", "recorded", "calm"):
        raise BadOption(f"--straighten {straighten} is not one of auto, recorded, calm.")
    if Path(each).suffix.lower() == ".csv" and straighten != "auto":
        from countenance.performance.edit import trim
        from countenance.performance.live_link import read_live_link

        take = read_live_link(each, centre=straighten)  # type: ignore[arg-type]
        return trim(take, start, duration) if start or duration is not None else take
    return open_driving(
        each,
        start=start,
        duration=duration,
        face=face,
        on_missing=on_missing,  # type: ignore[arg-type]
        appearance=appearance,
        sound=False,
    ).performance


def _written(take: Performance, output: Path, with_appearance: bool, progress: Any) -> dict[str, Any]:
    """Write it, and say what was written."""
    from countenance.performance.perf_file import save_performance, take_info

    if output.suffix.lower() in ANIMATION:
        from countenance.performance.motion_files import write_take

        frames = write_take(take, output, progress=progress)
        kind = ANIMATION[output.suffix.lower()]
        return {"output": str(output), "format": kind, "frames": frames, "size": output.stat().st_size}
    save_performance(take, output, with_appearance=with_appearance, progress=progress)
    info = take_info(output)
    return {
        "output": str(output),
        "format": f"perf {info.version}",
        "frames": info.samples,
        "seconds": float(info.duration),
        "rate": str(info.rate),
        "appearance": info.has_appearance,
        "size": info.size,
    }


def _described(take: Performance, inputs: list[str], progress: Any) -> dict[str, Any]:
    from countenance.performance.summary import summarised

    total = None if take.duration is None else max(1, round(take.duration * take.rate))
    found = summarised(take, progress=lambda count: progress(count, total))
    return {
        "input": inputs,
        "source": take.source,
        "frames": found.samples,
        "seconds": float(found.duration),
        "rate": str(take.rate),
        "appearance": found.shown > 0,
        "frames_without_face": found.missing,
        "yaw": list(found.yaw),
        "pitch": list(found.pitch),
        "roll": list(found.roll),
        "blinks": found.blinks,
        "strongest": dict(found.strongest),
    }


def _told(answer: dict[str, Any]) -> str:
    """The same for people."""
    if "output" in answer:
        what = f"{answer['output']}: {answer['frames']} frames"
        if "seconds" in answer:
            what += f", {answer['seconds']:.2f} s"
            shows = "the performer's folds and mouth are in it" if answer["appearance"] else "shows nobody"
            return f"{what}, {answer['size'] / 1024:.0f} KiB; {shows}"
        return f"{what}, {FORMATS[answer['format']]}, {answer['size'] / 1024:.0f} KiB"
    angles = ", ".join(f"{name} {answer[name][0]:+.0f}…{answer[name][1]:+.0f}°" for name in ("yaw", "pitch", "roll"))
    strongest = ", ".join(f"{name} {value:.2f}" for name, value in answer["strongest"].items())
    rate = float(Fraction(answer["rate"]))
    return "\n".join(
        (
            f"{', '.join(answer['input'])}: {answer['source']}",
            f"  {answer['frames']} frames, {answer['seconds']:.2f} s, {rate:.3f} frames/s on average",
            f"  {answer['frames_without_face']} frames without a face, {answer['blinks']} blinks",
            f"  head: {angles}",
            f"  face: {strongest or 'at rest'}",
            "  with the performer's appearance" if answer["appearance"] else "  without appearance: shows nobody",
        )
    )
