"""From an encoded file to one that says what it is: signed, recorded, named. Opened before the first frame is drawn,
so that a missing key or a read-only registry is told at once and not after an hour.

Knows nothing of encoders.
"""

from __future__ import annotations

import platform
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import av
import c2pa

import countenance
from countenance.files import check_output, partial_beside, sha256_file
from countenance.marking.bindings import PICTURE_ALGORITHM, SOUND_ALGORITHM, binding_value
from countenance.marking.claim import Signed, sign, time_server
from countenance.marking.fingerprint import Fingerprint
from countenance.marking.making import Ingredient, Making
from countenance.marking.manifest import SoftBinding, definition
from countenance.marking.passage import admitted
from countenance.marking.prior import PriorMarks, PriorSearch
from countenance.marking.receipt import Receipt
from countenance.marking.registry import Registry, Render
from countenance.marking.signing import ClaimSigner, open_signer
from countenance.permission.account import Account
from countenance.permission.permit import Permit
from countenance.settings import Settings

_ALGORITHMS = {"picture": PICTURE_ALGORITHM, "sound": SOUND_ALGORITHM}


@dataclass(frozen=True, slots=True)
class Encoded:
    """What the encoder made.

    Attributes:
        media_type: of the file.
        width, height: pixels, as coded; 0 for sound.
        frames: 1 for a picture, 0 for sound.
        duration: seconds.
        marks: which invisible marks are in it: picture, sound.
        label: what the label for people says, seen or heard.
        fingerprints: of its key frames.
    """

    media_type: str
    width: int
    height: int
    frames: int
    duration: Fraction
    marks: tuple[str, ...]
    label: str
    fingerprints: tuple[Fingerprint, ...] = ()


class Seal:
    """Everything that has to be had before a file may be made: permit, place, signer, registry, payload.

    Args:
        path: of the output.
        permit, making: of the render.
        settings: for keys, registry and time stamps.
        overwrite: whether a file that is there may be replaced.
        embeds: whether the manifest fits into the file; else it goes beside, as `.c2pa`.

    Raises:
        PermissionRefused, OutputFolder, OutputIsInput, OutputExists, FileMissing, BadOption, ProvenanceError.
    """

    def __init__(
        self, path: Path, permit: Permit, making: Making, settings: Settings, *, overwrite: bool, embeds: bool
    ) -> None:
        self.path, self.making, self._permit, self._settings = path, making, permit, settings
        self._ingredients: tuple[Ingredient, ...] = admitted(path, permit, making, overwrite=overwrite)
        self.sidecar = None if embeds else path.with_suffix(".c2pa")
        if self.sidecar is not None:
            check_output(self.sidecar, overwrite=overwrite)
        time_server(settings)
        self._signer: ClaimSigner = open_signer(settings)
        self._registry = Registry.open(settings)
        try:
            self.payload = self._registry.fresh_payload()
        except BaseException:
            self._registry.close()
            raise
        self._account = self._entered(permit)
        self._prior = PriorSearch(self._ingredients)

    @property
    def prior(self) -> PriorMarks:
        """The marks that the inputs bear; waits for the search to end."""
        return self._prior.result()

    @contextmanager
    def partial(self) -> Iterator[tuple[Path, Path]]:
        """Two temporary siblings of the output: one to encode into, one that gets the output's name when the block
        ends well. Neither outlives a failure."""
        with partial_beside(self.path) as signed:
            encoded = signed.with_name(f"{signed.stem}.raw{signed.suffix}")
            try:
                yield encoded, signed
            finally:
                encoded.unlink(missing_ok=True)

    def apply(self, encoded: Path, signed: Path, made: Encoded) -> Receipt:
        """Sign `encoded` into `signed`, and record it.

        Raises:
            ProvenanceError, OutputFull, OutputFolder, OutputError.
        """
        bindings = _bindings(self.payload, made.marks)
        made_at = datetime.now(UTC)
        manifest = definition(
            self.making,
            self._ingredients,
            self._permit,
            bindings,
            made.label,
            made.media_type,
            self._settings,
            made_at,
        )
        beside = self.sidecar is not None
        proof = sign(
            encoded,
            None if beside else signed,
            made.media_type,
            manifest,
            self._ingredients,
            self._signer,
            self._settings,
            self._recovered(),
        )
        if beside:
            encoded.replace(signed)
        digest = sha256_file(signed)
        self._registry.add(self._render(made, made_at, proof, digest))
        self._account.made(
            file_sha256=digest, media_type=made.media_type, payload=self.payload, manifest=proof.manifest_id
        )
        if self.sidecar is not None:
            with partial_beside(self.sidecar) as partial:
                partial.write_bytes(proof.manifest)
        return Receipt(
            path=self.path,
            frames=made.frames,
            duration=made.duration,
            sha256=digest,
            payload=f"{self.payload:016x}",
            manifest_id=proof.manifest_id,
            signer=self._signer.kind,
            state=proof.state,
            time_stamped=proof.time_stamped,
            marks=made.marks,
            label=made.label,
            sidecar=self.sidecar,
        )

    def _recovered(self) -> dict[str, bytes]:
        """Manifests in the registry to which marks on the inputs lead, by the inputs' roles; of several the newest,
        for it holds the older ones."""
        newest: dict[str, Render] = {}
        for role, payload in self.prior.roles:
            known = self._registry.by_payload(payload)
            if known is not None and (role not in newest or known.made_at > newest[role].made_at):
                newest[role] = known
        return {role: render.manifest for role, render in newest.items()}

    def close(self) -> None:
        """Let the registry go; where nothing left, the ledger is told so."""
        self._registry.close()
        self._account.close()

    def _entered(self, permit: Permit) -> Account:
        """The ledger's account of this render. Raises PermissionRefused, where the grant is used up; OutputError."""
        try:
            return Account(permit, self._settings)
        except BaseException:
            self._registry.close()
            raise

    def _render(self, made: Encoded, made_at: datetime, proof: Signed, digest: str) -> Render:
        permit = self._permit
        return Render(
            payload=self.payload,
            manifest_id=proof.manifest_id,
            manifest=proof.manifest,
            file_sha256=digest,
            media_type=made.media_type,
            made_at=made_at,
            use=permit.use,
            permit_id=permit.id,
            permit_kind=permit.kind,
            basis=permit.basis,
            grant_sha256=permit.grant_hash,
            permit_expires=permit.expires_at,
            inputs={i.role: i.sha256 or "" for i in self._ingredients},
            parents=tuple(f"{payload:016x}" for payload in self.prior.payloads),
            engine=self.making.engine,
            versions={
                "countenance": countenance.__version__,
                self.making.engine: self.making.engine_version,
                "c2pa": c2pa.sdk_version(),
                "av": av.__version__,
                "python": platform.python_version(),
            },
            width=made.width,
            height=made.height,
            frames=made.frames,
            duration=made.duration,
            marks=made.marks,
            signer=self._signer.kind,
            fingerprints=made.fingerprints,
        )


def _bindings(payload: int, marks: Sequence[str]) -> list[SoftBinding]:
    return [SoftBinding(_ALGORITHMS[mark], binding_value(payload), mark) for mark in marks]
