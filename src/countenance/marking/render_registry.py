"""The record of every render: payload, manifest, hashes, fingerprints, permission, versions, when.

Look-ups go by payload, manifest, file, grant or fingerprint. Holds no personal data in clear: no titles, names or
paths beside the manifest itself, only hashes. Safe for many processes and threads; SQLite unless the settings name
another SQLAlchemy address. Knows nothing of files and codecs.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import RowMapping, Text, cast, func, insert, or_, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from countenance.errors import OutputError, OutputFolder, ProvenanceError
from countenance.files import disk_trouble
from countenance.home import Home
from countenance.marking.fingerprint import MATCH_DISTANCE, MIN_QUALITY, Fingerprint, distances
from countenance.marking.issuer_part import drawn_payload
from countenance.marking.registry_schema import FINGERPRINTS, RENDERS, connected
from countenance.settings import Settings


@dataclass(frozen=True)
class Render:
    """One line of the record.

    Attributes:
        payload: 64-bit number that the invisible marks carry.
        manifest_id: urn:c2pa:….
        manifest: the manifest store's bytes.
        file_sha256: of the file as it left.
        media_type: of the file.
        made_at: aware UTC.
        use, permit_id, permit_kind, basis, grant_sha256, permit_expires: of the permission (of the first person's);
            grants: everybody's.
        inputs: role → SHA-256 hex.
        parents: payloads (16 hex digits) of marks that were found on the inputs.
        engine: its name; versions: name → version of what made it.
        width, height: pixels; 0 for sound. frames: 1 for a picture, 0 for sound. duration: seconds.
        marks: which invisible marks were laid: picture, sound.
        signer: local, imported, pkcs11 or remote.
        fingerprints: of key frames.
        sound_fingerprint: as `acoustic.SoundPrint` gives it; empty without sound.
    """

    payload: int
    manifest_id: str
    manifest: bytes = field(repr=False)
    file_sha256: str
    media_type: str
    made_at: datetime
    use: str
    permit_id: str
    permit_kind: str
    basis: str
    grant_sha256: str
    permit_expires: datetime
    inputs: Mapping[str, str]
    parents: tuple[str, ...]
    engine: str
    versions: Mapping[str, str]
    width: int
    height: int
    frames: int
    duration: Fraction
    marks: tuple[str, ...]
    signer: str
    grants: tuple[str, ...] = ()
    fingerprints: tuple[Fingerprint, ...] = field(default=(), repr=False)
    sound_fingerprint: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class Match:
    """A render that looks the same.

    Attributes:
        render: the render.
        distance: the smallest number of differing bits of 256.
        frames: how many of the frames asked about matched.
        time: seconds into the render at the best match.
    """

    render: Render
    distance: int
    frames: int
    time: Fraction


def registry_address(settings: Settings) -> str:
    """The SQLAlchemy address of the home's registry; SQLite in the home folder by default.

    Raises:
        HomeWrong: setup.home, where the settings name another one than the home was made with.
    """
    home = Home.look(settings)
    if home is not None:
        return home.address("registry", settings)
    return settings.registry_url or f"sqlite:///{settings.home / 'registry.sqlite'}"


class Registry:
    """The record in one database: `address` of SQLAlchemy; `issuer`: whose number its payloads bear, if any.

    Raises:
        OutputFolder: it cannot be opened or written.
        BadOption, BadDocument, LibraryMissing: as `schema.connected`.
    """

    def __init__(self, address: str, issuer: int | None = None) -> None:
        self._issuer = issuer
        try:
            self._engine = connected(address)
        except DBAPIError as error:
            raise disk_trouble(address, "The registry") or OutputFolder(
                f"The registry cannot be opened: {error.orig}.",
                "Check its address, that its server runs, and that its file is a database you may write to.",
            ) from error
        self._lock = threading.Lock()
        self._seen = 0
        self._owners: NDArray[np.int64] = np.zeros(0, np.int64)
        self._bits: NDArray[np.uint8] = np.zeros((0, 32), np.uint8)
        self._times: list[str] = []

    @classmethod
    def open(cls, settings: Settings) -> Registry:
        """The settings' registry; the home is made where it is missing."""
        if settings.registry_url is None:
            try:
                settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
            except OSError as error:
                raise OutputFolder(f"{settings.home} cannot be made: {error.strerror}.") from error
        return cls(registry_address(settings), settings.issuer)

    def close(self) -> None:
        """Let the database go."""
        self._engine.dispose()

    def __enter__(self) -> Registry:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def fresh_payload(self) -> int:
        """A random 64-bit payload of this registry's issuer, never 0, that no render of it has."""
        while True:
            payload = drawn_payload(self._issuer)
            if self.by_payload(payload) is None:
                return payload

    def add(self, render: Render) -> None:
        """Record a render.

        Raises:
            ProvenanceError: mark.recorded, when its payload or manifest is there already.
            OutputError: the database cannot be written.
        """
        row = _row(render)
        try:
            with self._engine.begin() as connection:
                key = connection.execute(insert(RENDERS).values(row)).inserted_primary_key
                if render.fingerprints and key is not None:
                    connection.execute(insert(FINGERPRINTS), [_print_row(key[0], f) for f in render.fingerprints])
        except IntegrityError as error:
            raise ProvenanceError(
                f"The payload {render.payload:016x} or its manifest is in the registry already.",
                code="mark.recorded",
            ) from error
        except DBAPIError as error:
            trouble = OutputError(f"The registry cannot be written: {error.orig}.", code="output.registry")
            raise disk_trouble(str(self._engine.url), "The registry") or trouble from error

    def extend(
        self,
        payload: int,
        *,
        frames: int,
        duration: Fraction,
        fingerprints: Sequence[Fingerprint] = (),
        sound_fingerprint: bytes = b"",
    ) -> None:
        """Add to a live session's record: further key frames; in all so far frames, duration, sound (if any).

        Raises:
            ProvenanceError: mark.unrecorded, where there is no such record. OutputError: as `add`.
        """
        here = RENDERS.c.payload == f"{payload:016x}"
        values: dict[str, Any] = {"frames": frames, "duration": str(duration)}
        if sound_fingerprint:
            values["sound_fingerprint"] = sound_fingerprint
        try:
            with self._engine.begin() as connection:
                key = connection.execute(select(RENDERS.c.id).where(here)).scalar()
                if key is None:
                    raise ProvenanceError(f"Nothing is recorded under {payload:016x}.", code="mark.unrecorded")
                connection.execute(update(RENDERS).where(RENDERS.c.id == key).values(values))
                if fingerprints:
                    connection.execute(insert(FINGERPRINTS), [_print_row(key, one) for one in fingerprints])
        except DBAPIError as error:
            trouble = OutputError(f"The registry cannot be written: {error.orig}.", code="output.registry")
            raise disk_trouble(str(self._engine.url), "The registry") or trouble from error

    def by_payload(self, payload: int) -> Render | None:
        """The render that a mark names."""
        return self._one(RENDERS.c.payload == f"{payload:016x}")

    def by_manifest(self, manifest_id: str) -> Render | None:
        """The render whose active manifest has this label."""
        return self._one(RENDERS.c.manifest_id == manifest_id)

    def by_file(self, sha256: str) -> Render | None:
        """The render that left as exactly this file."""
        return self._one(RENDERS.c.file_sha256 == sha256)

    def by_grant(self, grant_sha256: str) -> list[Render]:
        """Every render made under a grant, the first person's or another's, oldest first."""
        named = cast(RENDERS.c.grants, Text).contains(f'"{grant_sha256}"')
        with self._engine.connect() as connection:
            rows = connection.execute(
                select(RENDERS).where(or_(RENDERS.c.grant_sha256 == grant_sha256, named)).order_by(RENDERS.c.id)
            )
            return [self._read(row, connection) for row in rows.mappings().all()]

    def count(self) -> int:
        """How many renders are recorded."""
        with self._engine.connect() as connection:
            return int(connection.execute(select(func.count()).select_from(RENDERS)).scalar_one())

    def matching(
        self, fingerprints: Iterable[Fingerprint], *, within: int = MATCH_DISTANCE, limit: int = 10
    ) -> list[Match]:
        """Renders with a key frame within so many bits of one of these, best first.

        Fingerprints of too little quality match nothing. The comparison runs over all fingerprints in memory, 32
        bytes each.
        """
        wanted = [f for f in fingerprints if f.quality >= MIN_QUALITY]
        with self._lock:
            self._refresh()
            owners, bits, times = self._owners, self._bits, self._times
        best: dict[int, tuple[int, str]] = {}
        hits: dict[int, int] = {}
        for one in wanted:
            apart = distances(one.bits, bits)
            near = np.flatnonzero(apart <= within)
            for owner in set(owners[near].tolist()):
                hits[owner] = hits.get(owner, 0) + 1
            for index in near.tolist():
                owner = int(owners[index])
                if owner not in best or apart[index] < best[owner][0]:
                    best[owner] = (int(apart[index]), times[index])
        order = sorted(best, key=lambda owner: (-hits[owner], best[owner][0]))[:limit]
        found = ((owner, self._one(RENDERS.c.id == owner)) for owner in order)
        return [
            Match(render, best[owner][0], hits[owner], Fraction(best[owner][1]))
            for owner, render in found
            if render is not None
        ]

    def _refresh(self) -> None:
        query = (
            select(FINGERPRINTS.c.id, FINGERPRINTS.c.render_id, FINGERPRINTS.c.bits, FINGERPRINTS.c.time)
            .where(FINGERPRINTS.c.id > self._seen, FINGERPRINTS.c.quality >= MIN_QUALITY)
            .order_by(FINGERPRINTS.c.id)
        )
        with self._engine.connect() as connection:
            rows = connection.execute(query).all()
        if not rows:
            return
        self._seen = rows[-1].id
        self._owners = np.concatenate([self._owners, np.array([r.render_id for r in rows], np.int64)])
        fresh = np.frombuffer(b"".join(bytes(r.bits) for r in rows), np.uint8).reshape(-1, 32)
        self._bits = np.concatenate([self._bits, fresh])
        self._times = self._times + [r.time for r in rows]

    def _one(self, condition: Any) -> Render | None:
        with self._engine.connect() as connection:
            row = connection.execute(select(RENDERS).where(condition).limit(1)).mappings().first()
            return None if row is None else self._read(row, connection)

    def _read(self, row: RowMapping, connection: Any) -> Render:
        prints = connection.execute(
            select(FINGERPRINTS).where(FINGERPRINTS.c.render_id == row["id"]).order_by(FINGERPRINTS.c.id)
        ).all()
        values: dict[str, Any] = {name: row[name] for name in RENDERS.c.keys() if name != "id"}  # noqa: SIM118
        values["payload"] = int(values["payload"], 16)
        values["manifest"] = bytes(values["manifest"])
        values["duration"] = Fraction(values["duration"])
        values["parents"], values["marks"] = tuple(values["parents"]), tuple(values["marks"])
        values["grants"] = tuple(values["grants"] or ())
        for name in ("made_at", "permit_expires"):
            if values[name].tzinfo is None:  # SQLite keeps no zone; what was put in was UTC
                values[name] = values[name].replace(tzinfo=UTC)
        values["fingerprints"] = tuple(
            Fingerprint(bytes(p.bits), p.quality, Fraction(p.time), bytes(p.layout or b"")) for p in prints
        )
        values["sound_fingerprint"] = bytes(values["sound_fingerprint"] or b"")
        return Render(**values)


def _print_row(key: int, one: Fingerprint) -> dict[str, Any]:
    return {
        "render_id": key,
        "bits": one.bits,
        "quality": one.quality,
        "time": str(one.time),
        "layout": one.layout or None,
    }


def _row(render: Render) -> dict[str, Any]:
    row = {name: getattr(render, name) for name in RENDERS.c.keys() if name != "id"}  # noqa: SIM118
    row["payload"] = f"{render.payload:016x}"
    row["sound_fingerprint"] = render.sound_fingerprint or None
    row["duration"] = str(render.duration)
    row["inputs"], row["versions"] = dict(render.inputs), dict(render.versions)
    row["parents"], row["marks"] = list(render.parents), list(render.marks)
    row["grants"] = list(render.grants) or None
    row["made_at"] = render.made_at.astimezone(UTC)
    row["permit_expires"] = render.permit_expires.astimezone(UTC)
    return row
