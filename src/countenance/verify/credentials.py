"""The signed manifest of a file: read, held against the file, and put into plain values.

What a manifest states is its signer's word: it is cut to length, stripped of control characters, and never acted upon.
Knows nothing of marks and of the registry.
"""

from __future__ import annotations

import io
import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import c2pa

from countenance.verify.findings import ManifestFinding
from countenance.verify.statements import stated
from countenance.verify.trust import Trust

SIDECAR = ".c2pa"
MAX_SIDECAR = 64 << 20
MAX_DOCUMENT = 16 << 20
"""Of the manifest store as JSON; a larger one is not looked at any further."""
_NOT_A_CONTAINER = ("NotSupported", "type is unsupported")


class Slow(Exception):
    """Reading took longer than was allowed."""


class TimedFile:
    """A file that refuses to be read after a deadline, so that hashing a huge or hostile file ends in time.

    Args:
        file: open for reading.
        until: in `time.monotonic()`'s seconds.
    """

    def __init__(self, file: BinaryIO, until: float) -> None:
        self._file, self._until = file, until
        self.late = False

    def read(self, size: int = -1) -> bytes:
        if time.monotonic() > self._until:
            self.late = True
            raise Slow
        return self._file.read(size)

    def write(self, _data: bytes) -> int:
        raise OSError("This file is only read.")

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def flush(self) -> None:
        return None


def read_manifest(path: Path, trust: Trust, *, until: float, whole: bool = True) -> ManifestFinding:
    """The manifest in a file, or in the `.c2pa` file of its name beside it.

    Args:
        path: any file.
        trust: whose roots are believed.
        until: in `time.monotonic()`'s seconds; reading stops then.
        whole: False where only a part of the file is at hand: its manifest cannot be held against it.
    """
    context = trust.context()
    found = _read(path, None, context, until)
    if found.state == "none" and not found.remote and path.suffix.lower() != SIDECAR:
        store = _sidecar(path)
        if store is not None:
            beside = _read(path, store, context, until)
            found = replace(beside, where="beside") if beside.state != "none" else found
    if not whole and found.state != "none":
        reason = "Only a part of the file was at hand, so that its manifest could not be held against it."
        return replace(found, state="unchecked", failures=(), reason=reason)
    return found


def fits(path: Path, store: bytes, trust: Trust, *, until: float) -> bool:
    """Whether a manifest from a record holds for this very file: then the file only lost its manifest."""
    return _read(path, store, trust.context(), until).good


def recorded_manifest(store: bytes, trust: Trust) -> ManifestFinding:
    """What a manifest from a record states, and who signed it, without the file it was made for."""
    try:
        with c2pa.Reader("application/c2pa", io.BytesIO(store), context=trust.context()) as reader:
            return _described(reader, apart=True)
    except (c2pa.C2paError, ValueError, RecursionError) as error:
        return ManifestFinding(state="invalid", reason=f"The recorded manifest cannot be read: {str(error)[:200]}")


def _read(path: Path, store: bytes | None, context: Any, until: float) -> ManifestFinding:
    try:
        with path.open("rb") as file:
            timed = TimedFile(file, until)
            try:
                reader = c2pa.Reader.try_create(None, timed, store, context=context)
            except c2pa.C2paError as error:
                return _failed(error, timed.late)
            if reader is None:
                return ManifestFinding()
            with reader:
                return _described(reader)
    except (OSError, UnicodeDecodeError, ValueError, RecursionError, MemoryError) as error:
        return ManifestFinding(state="invalid", reason=f"The manifest cannot be read ({type(error).__name__}).")


def _failed(error: Exception, late: bool) -> ManifestFinding:
    text = str(error)
    kind = text.partition(":")[0]
    if late:
        return ManifestFinding(state="unchecked", reason="The file is too large to be checked in the time allowed.")
    if any(word in text for word in _NOT_A_CONTAINER):
        return ManifestFinding()
    if "RemoteManifest" in kind or "remote manifest" in text.lower():
        address = text.partition(":")[2].strip()[:500]
        return ManifestFinding(
            where="remote", remote=address, reason="Its manifest lies elsewhere; nothing was fetched."
        )
    if "InvalidAsset" in text or "Io" in kind or "unexpected end" in text.lower():
        return ManifestFinding(reason="")
    return ManifestFinding(state="invalid", where="embedded", reason=f"The manifest is broken: {text[:200]}")


def _described(reader: Any, *, apart: bool = False) -> ManifestFinding:
    text = str(reader.json())
    if len(text) > MAX_DOCUMENT:
        return ManifestFinding(state="invalid", where="embedded", reason="The manifest is larger than any honest one.")
    document = json.loads(text)
    return stated(document, str(reader.get_validation_state()), embedded=bool(reader.is_embedded()), apart=apart)


def _sidecar(path: Path) -> bytes | None:
    beside = path.with_suffix(SIDECAR)
    try:
        if beside.is_file() and beside.stat().st_size <= MAX_SIDECAR:
            return beside.read_bytes()
    except OSError:
        return None
    return None
