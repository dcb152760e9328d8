"""`countenance doctor`: what this installation has, what will be used, what is missing and the remedy.

It runs where everything else is broken: whatever a look meets is a finding, and nothing that could fail is imported
before it is looked at.
"""

from __future__ import annotations

import ctypes
import json
import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated, Literal

import typer

from countenance.cli.diagnosis import SYSTEM_LIBRARIES, explained
from countenance.errors import CountenanceError

State = Literal["ok", "note", "missing"]
_SIGNS = {"ok": "✓", "note": "·", "missing": "✗"}
# What to install, what to import, what for.
_PACKAGES = (
    ("numpy", "numpy", "numbers"),
    ("scipy", "scipy.signal", "filters"),
    ("opencv-contrib-python", "cv2", "pictures"),
    ("pillow", "PIL.Image", "picture files"),
    ("numba", "numba", "drawing"),
    ("av", "av", "video and sound"),
    ("mediapipe", "mediapipe", "finding faces"),
    ("dlib-bin", "dlib", "whose face it is"),
    ("onnxruntime", "onnxruntime", "voices"),
    ("c2pa-python", "c2pa", "signed manifests"),
    ("cryptography", "cryptography.x509", "keys"),
    ("pydantic-settings", "pydantic_settings", "settings"),
    ("sqlalchemy", "sqlalchemy", "registry and ledger"),
)
# Libraries of the system that OpenCV and MediaPipe load, and that bare machines lack.
_SYSTEM = ("libGL.so.1", "libEGL.so.1", "libGLESv2.so.2", "libglib-2.0.so.0", "libxcb.so.1")
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


def _system() -> Iterator[Finding]:
    if not sys.platform.startswith("linux"):
        return
    for library in _SYSTEM:
        try:
            ctypes.CDLL(library)
        except OSError:
            package = SYSTEM_LIBRARIES[library]
            yield Finding("system libraries", library, "missing", "not installed", f"sudo apt-get install {package}")
        else:
            yield Finding("system libraries", library, "ok", "here")


def _packages() -> Iterator[Finding]:
    for name, module, purpose in _PACKAGES:
        try:
            found = version(name)
        except PackageNotFoundError:
            yield Finding("packages", name, "missing", f"not installed ({purpose})", f"pip install {name}")
            continue
        try:
            import_module(module)
        except Exception as error:
            known = _explained(error)
            yield Finding("packages", name, "missing", f"{found} cannot be loaded: {known.message}", known.remedy)
        else:
            yield Finding("packages", name, "ok", f"{found} ({purpose})")


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
    from countenance.engines.discovery import engine_names, load_engine
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
    from countenance.marking.signing_keys import KeyStore
    from countenance.settings import default_settings

    settings = default_settings()
    home = settings.home
    place = next(p for p in (home, *home.parents) if p.exists())
    if not place.is_dir() or not os.access(place, os.W_OK):
        remedy = "Set COUNTENANCE_HOME to a folder that you may write to."
        yield Finding("keeping", "home", "missing", f"{home} cannot be written", remedy)
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


def _left_behind() -> Iterator[Finding]:
    """What killed runs left here and in the home folder; it is removed."""
    from countenance.partials import sweep
    from countenance.settings import default_settings

    for folder in dict.fromkeys((Path.cwd(), default_settings().home.resolve())):
        for each in sweep(folder):
            yield Finding("keeping", "left behind", "note", f"{each} was of a run that is dead, and is removed")


def _kernels() -> Iterator[Finding]:
    """Where numba keeps what it compiles: beside the source, in the user's cache, in our home, or nowhere."""
    from countenance.face.raster import rasterise
    from countenance.kernels import own_folder

    kept = getattr(getattr(rasterise, "_cache", None), "cache_path", None)
    if kept is None:
        remedy = "Set COUNTENANCE_HOME to a folder that can be written."
        yield Finding("keeping", "compiled loops", "note", "nowhere: each run compiles them anew", remedy)
        return
    ready = any(Path(kept).glob("*.nbc"))
    own = " (in our home, since neither the install nor the user's cache can be written)"
    yield Finding(
        "keeping",
        "compiled loops",
        "ok" if ready else "note",
        f"{kept}{own if own_folder.cache_info().currsize else ''}",
        "" if ready else "countenance models warm",
    )


AREAS: tuple[tuple[str, Callable[[], Iterator[Finding]]], ...] = (
    ("machine", _machine),
    ("system libraries", _system),
    ("packages", _packages),
    ("codecs", _codecs),
    ("models", _models),
    ("engines", _engines),
    ("keeping", _keeping),
    ("keeping", _kernels),
    ("keeping", _left_behind),
)


def findings() -> list[Finding]:
    """Everything looked at, in order."""
    return [finding for area, look in AREAS for finding in _looked(area, look)]


def _looked(area: str, look: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    try:
        yield from look()
    except Exception as error:
        known = _explained(error)
        yield Finding(area, area, "missing", f"could not be looked at: {known.message}", known.remedy)


def _explained(error: Exception) -> CountenanceError:
    if isinstance(error, CountenanceError):
        return error
    if isinstance(error, ImportError | OSError) and (known := explained(error)) is not None:
        return known
    return CountenanceError(" ".join(f"{type(error).__name__}: {error}".split()), "See the findings above.")


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
