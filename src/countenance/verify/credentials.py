"""The signed manifest of a file: read, held against the file, and put into plain values.

What a manifest states is its signer's word: it is cut to length, stripped of control characters, and never acted upon.
Knows nothing of marks and of the registry.
"""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import c2pa
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from countenance.marking.sidecar import sidecar_of
from countenance.verify.findings import ManifestFinding
from countenance.verify.signers import joined_segments, signers_in
from countenance.verify.statements import Root, stated, successes
from countenance.verify.states import of_error
from countenance.verify.trust import Trust

SIDECAR = ".c2pa"
MAX_SIDECAR = 64 << 20
MAX_DOCUMENT = 16 << 20
"""Of the manifest store as JSON; a larger one is not looked at any further."""
_LOOKED = 8 << 20  # bytes of a file's beginning and end in which its certificates are looked for
# Containers that C2PA has no way into, by their first four bytes: what lies beside is read with these types.
_BESIDE = {b"\x1a\x45\xdf\xa3": "video/webm", b"glTF": "model/gltf-binary"}


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

    What lies beside speaks of this file only where it holds and its hash names these very bytes: any other may lie
    there, such as that of a video of the same name.

    Args:
        path: any file.
        trust: whose roots are trusted.
        until: in `time.monotonic()`'s seconds; reading stops then.
        whole: False where only a part of the file is at hand: its manifest cannot be held against it.
    """
    found = _read(path, None, trust, until)
    if whole and found.state in ("none", "unreadable") and not found.remote and path.suffix.lower() != SIDECAR:
        store = _sidecar(path)
        if store is not None:
            beside = _read(path, store, trust, until)
            if beside.good or beside.state == "lapsed":
                return replace(beside, where="beside")
    if not whole and found.state not in ("none", "unreadable"):
        reason = "Only a part of the file was at hand, so that its manifest could not be held against it."
        return replace(found, state="unchecked", failures=(), reason=reason)
    return found


def fits(path: Path, store: bytes, trust: Trust, *, until: float) -> bool:
    """Whether a manifest from a record holds for this very file: its hash names these bytes."""
    return _read(path, store, trust, until).good


def recorded_manifest(store: bytes, trust: Trust) -> ManifestFinding:
    """What a manifest from a record states, and who signed it, without the file it was made for."""
    return _from(lambda context: c2pa.Reader("application/c2pa", io.BytesIO(store), context=context), trust, apart=True)


def signing_certificate(path: Path | None, store: bytes, found: ManifestFinding, *, until: float) -> str:
    """SHA-256 hex of the certificate (DER) that signed a manifest; empty where that cannot be made sure.

    Certificates are looked for in the bytes by their serial number, which anybody can choose. That one signed is then
    asked of c2pa: is the manifest signed under the authority that issued it, trusting nobody else? No authority issues
    one number twice.

    Args:
        path: the file that the manifest is in; None for one from a record.
        store: the manifest store, from beside or from a record; empty where it is in the file.
        found: the manifest, as read before.
    """
    for certificate, issuer in signers_in(store or (_ends(path) if path is not None else b""), found.serial):
        context = Trust(issuer.public_bytes(Encoding.PEM).decode("ascii")).context()
        try:
            if path is None:
                reader = c2pa.Reader("application/c2pa", io.BytesIO(store), context=context)
            else:
                with path.open("rb") as file:
                    timed = TimedFile(file, until)
                    reader = c2pa.Reader.try_create(None, timed, store or None, context=context)
            if reader is None:
                continue
            with reader:
                document = json.loads(str(reader.json()))
        except (c2pa.C2paError, OSError, ValueError, RecursionError):
            continue
        same = isinstance(document, dict) and document.get("active_manifest") == found.manifest_id
        if same and "signingCredential.trusted" in successes(document):
            return certificate.fingerprint(hashes.SHA256()).hex()
    return ""


def _read(path: Path, store: bytes | None, trust: Trust, until: float) -> ManifestFinding:
    late = False

    def opened(context: Any) -> Any:
        nonlocal late
        with path.open("rb") as file:
            timed = TimedFile(file, until)
            kind = _BESIDE.get(file.read(4)) if store is not None else None
            file.seek(0)
            try:
                return c2pa.Reader.try_create(kind, timed, store, context=context)
            finally:
                late = timed.late

    found = _from(opened, trust)
    if late:
        return ManifestFinding(state="unchecked", reason="The file is too large to be checked in the time allowed.")
    return found


def _from(opened: Callable[[Any], Any], trust: Trust, *, apart: bool = False) -> ManifestFinding:
    try:
        reader = opened(trust.context())
        if reader is None:
            return ManifestFinding()
        with reader:
            document, state, embedded = _document(reader)
        if document is None:
            return ManifestFinding(state="unreadable", reason="The manifest is larger than any honest one.")
        root: Root = "imported" if trust.anchors or not trust.own else "own"
        found = stated(document, state, embedded=embedded, apart=apart, root=root)
        if found.state == "trusted" and trust.own:  # by which root?
            with opened(trust.context(own_alone=True)) as again:
                alone, state, _ = _document(again)
            if alone is not None:
                under_own = stated(alone, state, embedded=embedded, apart=apart, root="own")
                found = under_own if under_own.own else found
        return found
    except c2pa.C2paError as error:
        return _failed(error)
    except (OSError, UnicodeDecodeError, ValueError, RecursionError, MemoryError) as error:
        return ManifestFinding(state="unreadable", reason=f"The manifest cannot be read ({type(error).__name__}).")


def _failed(error: Exception) -> ManifestFinding:
    text = str(error)
    if "RemoteManifest" in text.partition(":")[0] or "remote manifest" in text.lower():
        address = text.partition(":")[2].strip()[:500]
        return ManifestFinding(
            where="remote", remote=address, reason="Its manifest lies elsewhere; nothing was fetched."
        )
    state = of_error(text)
    reason = "" if state == "none" else f"Whether it bears a manifest could not be read: {text[:200]}"
    return ManifestFinding(state=state, reason=reason)


def _document(reader: Any) -> tuple[dict[str, Any] | None, str, bool]:
    text = str(reader.json())
    if len(text) > MAX_DOCUMENT:
        return None, "", False
    return json.loads(text), str(reader.get_validation_state()), bool(reader.is_embedded())


def _sidecar(path: Path) -> bytes | None:
    beside = sidecar_of(path)
    try:
        if beside.is_file() and beside.stat().st_size <= MAX_SIDECAR:
            return beside.read_bytes()
    except OSError:
        return None
    return None


def beside(path: Path, found: ManifestFinding) -> bytes:
    """The store that a finding was read from, where it lay beside the file; else nothing."""
    return (_sidecar(path) or b"") if found.where == "beside" else b""


def _ends(path: Path) -> bytes:
    """The beginning and the end of a file, where manifests lie; JPEG's segments joined."""
    try:
        with path.open("rb") as file:
            data = file.read(_LOOKED)
            file.seek(0, io.SEEK_END)
            if file.tell() > _LOOKED:
                file.seek(max(_LOOKED, file.tell() - _LOOKED))
                data += file.read(_LOOKED)
    except OSError:
        return b""
    return joined_segments(data) if data[:2] == b"\xff\xd8" else data
