"""`countenance doctor`: what this installation has, what will be used, what is missing and the remedy."""

from __future__ import annotations

import json
import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated, Literal

import typer

State = Literal["ok", "note", "missing"]
_SIGNS = {"ok": "✓", "note": "·", "missing": "✗"}
_PACKAGES = (
    ("numpy", "numbers"),
    ("opencv-contrib-python", "pictures"),
    ("numba", "drawing"),
    ("av", "video and sound"),
    ("mediapipe", "finding faces"),
    ("dlib-bin", "whose face it is"),
    ("c2pa-python", "signed manifests"),
    ("cryptography", "keys"),
    ("sqlalchemy", "registry and ledger"),
)
_CODECS = (
    ("libx264", "MP4 and MOV pictures"),
    ("aac", "MP4 and MOV sound"),
    ("libvpx-vp9", "WebM pictures"),
    ("libopus", "WebM sound"),
)
_DISK_FREE = 1 << 30


@dataclass(frozen=True)
class Finding:
    """One thing looked at.

    Attributes:
        area: its heading.
        name: what was looked at.
        state: `ok`; `note`: works, worth knowing; `missing`: something will fail.
        value: what was found.
        remedy: what to do, where something is to be done.
    """

    area: str
    name: str
    state: State
    value: str
    remedy: str = ""


def _machine() -> Iterator[Finding]:
    python = platform.python_version()
    good = sys.version_info >= (3, 11)
    yield Finding("machine", "python", "ok" if good else "missing", python, "" if good else "Use Python 3.11 or later.")
    yield Finding("machine", "system", "ok", f"{platform.system()} {platform.machine()}")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    few = cores < 2
    yield Finding(
        "machine", "cores", "note" if few else "ok", str(cores), "Works, at about half the speed." if few else ""
    )


def _packages() -> Iterator[Finding]:
    for name, purpose in _PACKAGES:
        try:
            yield Finding("packages", name, "ok", f"{version(name)} ({purpose})")
        except PackageNotFoundError:
            yield Finding("packages", name, "missing", f"not installed ({purpose})", f"pip install {name}")


def _codecs() -> Iterator[Finding]:
    import av
    import av.codec

    yield Finding("codecs", "FFmpeg", "ok", av.ffmpeg_version_info)
    for name, purpose in _CODECS:
        here = name in av.codec.codecs_available
        yield Finding(
            "codecs",
            name,
            "ok" if here else "missing",
            purpose,
            "" if here else "Install PyAV from its binary wheel: pip install --force-reinstall --only-binary=:all: av",
        )


def _models() -> Iterator[Finding]:
    from countenance.models import CATALOGUE, model_state

    for model in CATALOGUE:
        state, path = model_state(model)
        about = f"sha256 {model.sha256[:12]}…"
        if state == "ok":
            yield Finding("models", model.name, "ok", f"{about} {path}")
        elif state == "corrupt":
            yield Finding(
                "models",
                model.name,
                "missing",
                f"{path} has another SHA-256",
                f"countenance models fetch --force {model.name}",
            )
        else:
            yield Finding(
                "models",
                model.name,
                "note",
                f"{model.size / 1e6:.1f} MB, fetched at first use",
                f"countenance models fetch {model.name}",
            )


def _engines() -> Iterator[Finding]:
    from countenance.engines.registry import engine_names, load_engine
    from countenance.errors import EngineUnknown
    from countenance.settings import default_settings

    chosen = default_settings().engine
    for name in engine_names():
        try:
            engine = load_engine(name)
        except EngineUnknown as error:
            yield Finding("engines", name, "missing" if name == chosen else "note", error.message, error.remedy)
            continue
        yield Finding("engines", name, "ok", f"{engine.version}{' (will be used)' if name == chosen else ''}")
    if chosen not in engine_names():
        yield Finding("engines", chosen, "missing", "chosen, not installed", "Set COUNTENANCE_ENGINE to one above.")


def _keeping() -> Iterator[Finding]:
    from countenance.marking.keys import KeyStore
    from countenance.settings import default_settings

    settings = default_settings()
    home = settings.home
    place = next(p for p in (home, *home.parents) if p.exists())
    if not os.access(place, os.W_OK):
        yield Finding("keeping", "home", "missing", f"{home} cannot be written", "Set COUNTENANCE_HOME to a folder.")
    else:
        free = shutil.disk_usage(place).free
        low = free < _DISK_FREE
        yield Finding(
            "keeping",
            "home",
            "note" if low else "ok",
            f"{home}, {free / 1e9:.1f} GB free",
            "Free some space." if low else "",
        )
    if settings.signer != "local":
        yield Finding("keeping", "signer", "ok", settings.signer)
    elif KeyStore(home / "keys").exists:
        yield Finding("keeping", "signer", "ok", "keys of this installation; see countenance keys show")
    else:
        yield Finding("keeping", "signer", "note", "keys are made at the first render", "countenance keys init")
    if settings.timestamp_url is None:
        yield Finding(
            "keeping", "time stamps", "note", "none", "Set COUNTENANCE_TIMESTAMP_URL to an RFC 3161 server if wanted."
        )
    else:
        yield Finding("keeping", "time stamps", "ok", settings.timestamp_url)


AREAS: tuple[Callable[[], Iterator[Finding]], ...] = (_machine, _packages, _codecs, _models, _engines, _keeping)


def findings() -> list[Finding]:
    """Everything looked at, in order."""
    return [finding for area in AREAS for finding in area()]


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def doctor(as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False) -> None:
        """Versions, models, codecs, keys: what is here, what will be used, what is missing and the remedy."""
        found = findings()
        missing = [f for f in found if f.state == "missing"]
        if as_json:
            typer.echo(json.dumps({"ok": not missing, "findings": [asdict(f) for f in found]}))
        else:
            area = ""
            for f in found:
                if f.area != area:
                    area = f.area
                    typer.echo(area)
                typer.echo(f"  {_SIGNS[f.state]} {f.name:<22} {f.value}")
                if f.remedy:
                    typer.echo(f"    → {f.remedy}")
            typer.echo("everything needed is here" if not missing else f"missing: {', '.join(f.name for f in missing)}")
        if missing:
            raise typer.Exit(7)
