"""From an encoded file to one that says what it is: signed, recorded, named. Opened before the first frame is drawn,
so that a missing key or a read-only registry is told at once and not after an hour.

Knows nothing of encoders.
"""

from __future__ import annotations

import platform
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import av
import c2pa
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

import countenance
from countenance.files import check_output, partial_beside, settled, sha256_file, sole_writer
from countenance.market import terms_of
from countenance.marking.bindings import PICTURE_ALGORITHM, SOUND_ALGORITHM, binding_value
from countenance.marking.exit_gate import admitted
from countenance.marking.fingerprint import Fingerprint, looks_digest
from countenance.marking.identity_signing import identity_signer
from countenance.marking.manifest import SoftBinding, definition
from countenance.marking.manifest_signing import Signed, sign, time_servers
from countenance.marking.prior_marks import PriorMarks, PriorSearch
from countenance.marking.render_receipt import Receipt
from countenance.marking.render_registry import Registry, Render
from countenance.marking.render_spec import Ingredient, Making
from countenance.marking.sidecar import sidecar_place
from countenance.marking.signers import ClaimSigner, open_signer
from countenance.partials import Companion, begun, companion
from countenance.permission.ledger import Ledger
from countenance.permission.ledger_entries import Account
from countenance.permission.permit import Permit
from countenance.permission.scripts import Topic
from countenance.permission.vouching import presented
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
        sound_fingerprint: of its sound; empty without.
    """

    media_type: str
    width: int
    height: int
    frames: int
    duration: Fraction
    marks: tuple[str, ...]
    label: str
    fingerprints: tuple[Fingerprint, ...] = ()
    sound_fingerprint: bytes = b""


class Seal:
    """Everything that has to be had before a file may be made: permit, place, signer, registry, payload.

    Args:
        path: of the output.
        permit, making: of the render.
        settings: for keys, registry and time stamps.
        overwrite: whether a file that is there may be replaced.
        embeds: whether the manifest fits into the file; else it goes beside, as `.c2pa`.
        ledger: the settings', where it is open already; it stays open.

    Raises:
        PermissionRefused, OutputFolder, OutputIsInput, OutputExists, OutputBusy, FileMissing, BadOption,
        ProvenanceError.
    """

    def __init__(
        self,
        path: Path,
        permit: Permit,
        making: Making,
        settings: Settings,
        *,
        overwrite: bool,
        embeds: bool,
        ledger: Ledger | None = None,
    ) -> None:
        if making.terms != terms_of(settings.market):
            raise RuntimeError("An exit did not ask for the terms of its markets.")
        self.path, self.making, self._permit, self._settings = path, making, permit, settings
        self._ingredients: tuple[Ingredient, ...] = admitted(path, permit, making, overwrite=overwrite)
        self._place = settled(path)
        self.sidecar = None if embeds else sidecar_place(self._place)
        if self.sidecar is not None:
            check_output(self.sidecar, overwrite=overwrite)
        time_servers(settings)
        with ExitStack() as opening:
            opening.enter_context(sole_writer(self._place))
            self._signer: ClaimSigner = open_signer(settings)
            self._identity = identity_signer(settings)
            self._registry = opening.enter_context(Registry.open(settings))
            self.payload = self._registry.fresh_payload()
            self._account = Account(permit, settings, ledger)
            opening.callback(self._account.close)
            self._assurances = self._account.counted(presented(permit, _certificate_hash(self._signer), settings))
            self._prior = PriorSearch(self._ingredients, beside=making.region is not None)
            self._beside: Companion | None = None
            self._held = opening.pop_all()

    @property
    def prior(self) -> PriorMarks:
        """The marks that the inputs bear; waits for the search to end."""
        return self._prior.result()

    @contextmanager
    def partial(self) -> Iterator[tuple[Path, Path]]:
        """Two temporary siblings of the output: one to encode into, one that gets the output's name when the block
        ends well. Neither outlives a failure."""
        with ExitStack() as waiting:
            with partial_beside(self._place) as signed, begun(self._place) as encoded:
                self._waiting = waiting
                yield encoded, signed
            if self._beside is not None:
                self._beside.settle()

    def spend(self) -> None:
        """Before anything is encoded into the partial file: from here the use of the grant stays counted."""
        self._account.spend()

    def apply(self, encoded: Path, signed: Path, made: Encoded) -> Receipt:
        """Sign `encoded` into `signed`, and record it.

        Raises:
            PermissionRefused: permission.expired, permission.revoked, where it ended meanwhile. ClockWrong.
            ProvenanceError, OutputFull, OutputFolder, OutputError.
        """
        self._account.spend()
        self._account.still_stands()
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
            self._assurances,
            {
                "keyFrames": len(made.fingerprints),
                "soundBytes": len(made.sound_fingerprint),
                "sha256": looks_digest(made.fingerprints, made.sound_fingerprint),
            },
        )
        embeds = self.sidecar is None
        proof = sign(
            encoded,
            signed if embeds else None,
            made.media_type,
            manifest,
            self._ingredients,
            self._signer,
            self._settings,
            self._recovered(),
            self._identity,
        )
        if not embeds:
            encoded.replace(signed)
        digest = sha256_file(signed)
        self._registry.add(self._render(made, made_at, proof, digest))
        self._account.made(
            file_sha256=digest, media_type=made.media_type, payload=self.payload, manifest=proof.manifest_id
        )
        if self.sidecar is not None:
            beside = companion(self._place, self.sidecar, proof.manifest, digest)
            self._beside = self._waiting.enter_context(beside)
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

    def still_permitted(self, recheck: timedelta) -> None:
        """Refuse once the permit is over: for a live session, asked again and again.

        Args:
            recheck: how long a look at a published revocation list spares the next one.

        Raises:
            PermissionRefused: permission.expired, permission.revoked, permission.revocation_unknown. ClockWrong.
        """
        self._account.still_stands(recheck, until_unknown=True)

    def session_goes_on(
        self, *, frames: int, duration: Fraction, fingerprints: Sequence[Fingerprint], sound_fingerprint: bytes
    ) -> None:
        """Add to the record of a live session, which `apply` entered. Arguments and errors as `Registry.extend`."""
        self._registry.extend(
            self.payload,
            frames=frames,
            duration=duration,
            fingerprints=fingerprints,
            sound_fingerprint=sound_fingerprint,
        )

    def session_ended(self, *, reason: str, seconds: int, frames: int, script: Sequence[Topic] = ()) -> None:
        """Enter in the ledger how a live session ended. Arguments and errors as `Account.ended`."""
        self._account.ended(payload=self.payload, reason=reason, seconds=seconds, frames=frames, script=script)

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
        """Let the registry and the place go; where no file was finished, the ledger is told so."""
        self._held.close()

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
            grants=permit.grants,
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
            sound_fingerprint=made.sound_fingerprint,
        )


def _bindings(payload: int, marks: Sequence[str]) -> list[SoftBinding]:
    return [SoftBinding(_ALGORITHMS[mark], binding_value(payload), mark) for mark in marks]


def _certificate_hash(signer: ClaimSigner) -> str:
    """SHA-256 hex of the certificate that signs."""
    return x509.load_pem_x509_certificates(signer.chain.encode())[0].fingerprint(SHA256()).hex()
