"""Signing a manifest onto a file with c2pa, and reading it back at once: a file that does not verify never leaves.

Knows nothing of what the manifest says.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

import c2pa

from countenance.errors import BadOption, ProvenanceError
from countenance.marking.identity_signing import VALIDATED, with_identity
from countenance.marking.ingredient_manifest import add_ingredient
from countenance.marking.manifest import CREATED_LABELS
from countenance.marking.render_spec import Ingredient
from countenance.marking.signers import ClaimSigner
from countenance.settings import Settings


@dataclass(frozen=True, slots=True)
class Signed:
    """What signing gave.

    Attributes:
        manifest: the manifest store's bytes, as embedded or to lie beside.
        manifest_id: the active manifest's label, urn:c2pa:….
        state: as read back: Trusted here, or Valid (well signed by someone this machine does not know).
        time_stamped: whether an RFC 3161 time stamp is in it.
    """

    manifest: bytes
    manifest_id: str
    state: str
    time_stamped: bool


def sign(
    source: Path,
    target: Path | None,
    media_type: str,
    manifest: dict[str, Any],
    ingredients: Sequence[Ingredient],
    signer: ClaimSigner,
    settings: Settings,
    recovered: Mapping[str, bytes] | None = None,
    identity: ClaimSigner | None = None,
) -> Signed:
    """Sign `source`.

    Args:
        source: the marked, encoded file.
        target: where the file with its manifest goes; None leaves the manifest outside (a sidecar).
        media_type: of the file.
        manifest: as `manifest.definition` gives it.
        ingredients: hashed; their files are read for the manifests they bear.
        signer: who signs.
        settings: for the time-stamp servers; they are asked in turn until one answers.
        recovered: role → manifest store, for ingredients that lost theirs.
        identity: who signs for the organisation, beside the signer.

    Raises:
        ProvenanceError: mark.signer, mark.timestamp, mark.sign, mark.unverified.
        OSError: the target cannot be written.
    """
    context = _context(signer)
    failures: list[BaseException] = []

    def native(one: ClaimSigner, server: str | None) -> c2pa.Signer:
        def signature(claim: bytes) -> bytes:
            try:
                return one.sign(claim)
            except BaseException as error:
                failures.append(error)
                raise

        return c2pa.Signer.from_callback(signature, c2pa.C2paSigningAlg[one.algorithm], one.chain, server)

    def signed(server: str | None) -> bytes:
        claim_signer = native(signer, server)
        if identity is not None:
            claim_signer = with_identity(claim_signer, native(identity, None))
        builder = c2pa.Builder(manifest, context)
        for ingredient in ingredients:
            add_ingredient(builder, ingredient, context, (recovered or {}).get(ingredient.role))
        with source.open("rb") as encoded:
            if target is None:
                builder.set_no_embed()
                return bytes(builder.sign(claim_signer, media_type, encoded, _Discarded()))
            with _RecordingFile(target, failures) as out:
                return bytes(builder.sign(claim_signer, media_type, encoded, out))

    unstamped: list[str] = []
    for server in time_servers(settings) or (None,):
        try:
            store = signed(server)
        except c2pa.C2paError as error:
            for failure in failures:
                raise failure from error
            if server is None or not _is_about_time(error):
                raise ProvenanceError(f"The manifest could not be signed: {error}.", code="mark.sign") from error
            unstamped.append(f"{server}: {error}")
        else:
            return _read_back(store, target or source, target is None, media_type, context, identity is not None)
    raise ProvenanceError(
        f"No time stamp could be had from {'; '.join(unstamped)}.",
        "Check the addresses and the network, name a further server, or set none; nothing was written.",
        code="mark.timestamp",
    )


def time_servers(settings: Settings) -> tuple[str, ...]:
    """The addresses of the RFC 3161 servers, in the order in which they are asked; none where none are set.

    Raises:
        BadOption: one is no http or https address.
    """
    addresses = tuple((settings.timestamp_url or "").replace(",", " ").split())
    for address in addresses:
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise BadOption(
                f"'{address}' is no address of a time-stamp server.",
                "Set COUNTENANCE_TIMESTAMP_URL to http or https addresses, or to nothing.",
            )
    return addresses


def _read_back(store: bytes, path: Path, beside: bool, media_type: str, context: Any, identified: bool) -> Signed:
    try:
        with path.open("rb") as file:
            reader = (
                c2pa.Reader(media_type, file, store, context=context)
                if beside
                else c2pa.Reader(media_type, file, context=context)
            )
            with reader:
                state = str(reader.get_validation_state())
                active = reader.get_active_manifest() or {}
                results = reader.get_validation_results() or {}
    except c2pa.C2paError as error:
        raise ProvenanceError(f"The signed file could not be read back: {error}.", code="mark.unverified") from error
    failed = [found["code"] for found in results.get("activeManifest", {}).get("failure", [])]
    if state not in ("Valid", "Trusted"):
        raise ProvenanceError(
            f"The signed file does not verify: {', '.join(failed) or state}.",
            "Check the signer's certificates and this computer's clock; nothing was written.",
            code="mark.unverified",
            details={"failures": failed},
        )
    held = {found["code"] for found in results.get("activeManifest", {}).get("success", [])}
    if identified and VALIDATED not in held:
        raise ProvenanceError(
            f"The organisation's identity in the signed file does not verify: {', '.join(failed)}.",
            "Check the certificates of COUNTENANCE_IDENTITY_SIGNER; nothing was written.",
            code="mark.unverified",
            details={"failures": failed},
        )
    stamped = any(code.startswith("timeStamp.") for code in held)
    return Signed(store, str(active.get("label", "")), state, stamped)


def _context(signer: ClaimSigner) -> Any:
    wanted: dict[str, Any] = {
        "verify": {"verify_after_sign": False, "verify_trust": bool(signer.anchors)},
        "builder": {"thumbnail": {"enabled": False}, "created_assertion_labels": list(CREATED_LABELS)},
        # Beyond this many megabytes c2pa keeps its copy of the file on disk instead of in memory.
        "core": {"backing_store_memory_threshold_in_mb": 4},
    }
    if signer.anchors:
        wanted["trust"] = {"trust_anchors": signer.anchors}
    return c2pa.Context.from_dict(wanted)


def _is_about_time(error: Exception) -> bool:
    """Whether c2pa could not get a time stamp: it has no kind of error of its own for that."""
    text = str(error)
    return "imestamp" in text or "ime stamp" in text or "http" in text.lower()


class _Discarded(io.RawIOBase):
    """Takes what c2pa copies out when only the manifest is wanted."""

    def __init__(self) -> None:
        self._at = self._size = 0

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._at += len(data)
        self._size = max(self._size, self._at)
        return len(data)

    def read(self, _size: int = -1) -> bytes:
        return b""

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = offset + (0, self._at, self._size)[whence]
        return self._at


class _RecordingFile:
    """A file whose errors are kept: c2pa turns them into its own and forgets that the disk was full."""

    def __init__(self, path: Path, failures: list[BaseException]) -> None:
        self._file: BinaryIO = path.open("w+b")
        self._failures = failures

    def __enter__(self) -> _RecordingFile:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def read(self, size: int = -1) -> bytes:
        return self._file.read(size)

    def write(self, data: bytes) -> int:
        try:
            return self._file.write(data)
        except OSError as error:
            self._failures.append(error)
            raise

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def flush(self) -> None:
        try:
            self._file.flush()
        except OSError as error:
            self._failures.append(error)
            raise


def describe(store: bytes) -> dict[str, Any]:
    """A manifest store's contents as c2pa reads them, without holding them against a file.

    Raises:
        ProvenanceError: mark.manifest.
    """
    try:
        with c2pa.Reader("application/c2pa", io.BytesIO(store)) as reader:
            read: dict[str, Any] = json.loads(reader.json())
            return read
    except (c2pa.C2paError, ValueError) as error:
        raise ProvenanceError(f"The manifest cannot be read: {error}.", code="mark.manifest") from error
