"""Looking a file up: by its exact bytes, its manifest, its marks, and last by what it looks like.

Two records answer: a registry's database (`LocalRecord`) and another service's Soft Binding Resolution API
(`remote.RemoteRecord`). A record that cannot be reached is a finding, not an error: the file can still be answered for.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from fractions import Fraction
from typing import Literal, Protocol

from sqlalchemy import Text, cast, or_, select
from sqlalchemy.exc import SQLAlchemyError

from countenance.errors import CountenanceError
from countenance.marking.fingerprint import Fingerprint
from countenance.marking.registry_schema import RENDERS, connected
from countenance.marking.render_registry import Match, Registry, Render, registry_address
from countenance.settings import Settings
from countenance.verify.findings import IssuerFinding, PermissionAssertion, PermissionFinding, PermissionState
from countenance.verify.permission_status import PermissionStatus

How = Literal["file", "manifest", "picture", "sound", "fingerprint"]


@dataclass(frozen=True, slots=True)
class Clues:
    """What a file offers for looking it up.

    Attributes:
        sha256: hex; empty for a part of a file.
        manifest_id: of its own manifest, where that could be read.
        picture, sound: payloads of its marks, the surest first.
        fingerprints: of its frames.
    """

    sha256: str = ""
    manifest_id: str = ""
    picture: tuple[int, ...] = ()
    sound: tuple[int, ...] = ()
    fingerprints: tuple[Fingerprint, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordFinding:
    """A recorded render that something in a file leads to. It may be another's: marks can be copied.

    What stands here beside `store` is the row's word, which anybody with the database could have edited; the signed
    manifest in `store` goes before it.

    Attributes:
        how: what led to it.
        payload: 64-bit number of its marks; None where the record does not say.
        manifest_id: of its manifest; `store` the manifest's bytes.
        made_at: aware UTC; use, kind, basis, grant_sha256, permit: of the permission; engine: of the render; signer:
            local, imported, pkcs11 or remote.
        media_type, width, height, frames, duration: as it left.
        parents: payloads, 16 hex digits each, of marks that its inputs bore.
        marks: picture, sound: those laid into it; None where the record does not say.
        exact: the file's hash is the one recorded.
        distance: bits of 256 by which the nearest frames differ; None where none was near.
        time: seconds into the render at which it looks most like this file.
        fingerprints, sound_fingerprint: what a file can be compared with.
        permission, permission_since: how an issuer says that its permission stands, and since when; unknown where it
            does not say.
        source: which record answered; `issuer` its name where a directory of issuers lists it, and its signature held.
    """

    how: How
    payload: int | None
    manifest_id: str
    store: bytes = field(default=b"", repr=False)
    made_at: datetime | None = None
    use: str = ""
    kind: str = ""
    basis: str = ""
    grant_sha256: str = ""
    permit: str = ""
    engine: str = ""
    signer: str = ""
    media_type: str = ""
    width: int = 0
    height: int = 0
    frames: int = 0
    duration: Fraction = Fraction(0)
    parents: tuple[str, ...] = ()
    marks: tuple[str, ...] | None = None
    exact: bool = False
    distance: int | None = None
    time: Fraction | None = None
    fingerprints: tuple[Fingerprint, ...] = field(default=(), repr=False)
    sound_fingerprint: bytes = field(default=b"", repr=False)
    source: str = "registry"
    issuer: str = ""
    permission: PermissionState = "unknown"
    permission_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Search:
    """What a record answered.

    Attributes:
        candidates: renders that something in the file leads to, the surest clue first: its bytes, its manifest, its
            marks (what was made last first: what was made from another bears both marks), its looks.
        unknown: payloads read from the file that the record does not have.
        failure: why it could not be asked; empty where it was.
        issuers: whose the numbers are that the record does not have, by a directory of issuers.
    """

    candidates: tuple[RecordFinding, ...] = ()
    unknown: tuple[int, ...] = ()
    failure: str = ""
    issuers: tuple[IssuerFinding, ...] = ()


class Record(Protocol):
    """Answers whence a file may come."""

    def search(self, clues: Clues) -> Search:
        """The renders that these clues lead to. Raises nothing for an unreachable record."""
        ...

    def standing(self, found: RecordFinding, said: PermissionAssertion, now: datetime) -> PermissionFinding | None:
        """How the permission that a render's signed manifest names stands; None where the record cannot know."""
        ...

    def descends(self, payloads: tuple[int, ...]) -> bool:
        """Whether anything recorded was made from renders that bear these marks."""
        ...


class NoRecord:
    """For an installation that has made nothing yet."""

    def search(self, clues: Clues) -> Search:
        return Search((), tuple(dict.fromkeys(clues.picture + clues.sound)))

    def standing(self, found: RecordFinding, said: PermissionAssertion, now: datetime) -> None:  # noqa: ARG002
        return None

    def descends(self, payloads: tuple[int, ...]) -> bool:  # noqa: ARG002
        return False


class LocalRecord:
    """A registry's database.

    Args:
        address: an SQLAlchemy address.
        permissions: who knows how grants stand.

    Raises:
        CountenanceError, SQLAlchemyError: it cannot be opened.
    """

    def __init__(self, address: str, permissions: PermissionStatus) -> None:
        self._registry, self._permissions = Registry(address), permissions
        self._engine = connected(address)

    def descends(self, payloads: tuple[int, ...]) -> bool:
        if not payloads:
            return False
        parents = cast(RENDERS.c.parents, Text)
        query = select(RENDERS.c.id).where(or_(*(parents.contains(f'"{payload:016x}"') for payload in payloads)))
        try:
            with self._engine.connect() as connection:
                return connection.execute(query.limit(1)).first() is not None
        except SQLAlchemyError:
            return False

    def search(self, clues: Clues) -> Search:
        try:
            return self._search(clues)
        except SQLAlchemyError as error:
            return Search(failure=f"The registry could not be asked ({type(error).__name__}).")

    def standing(self, found: RecordFinding, said: PermissionAssertion, now: datetime) -> PermissionFinding | None:
        try:
            render = self._registry.by_manifest(found.manifest_id)
        except SQLAlchemyError:
            return None
        if render is None:
            return None
        signed = replace(render, use=said.use, permit_id=said.permit, basis=said.basis)
        every = [replace(signed, permit_kind=kind, grant_sha256=grant) for kind, grant in said.rests_on]
        return PermissionFinding.weakest([self._permissions.status(one, now) for one in every])

    def _search(self, clues: Clues) -> Search:
        registry = self._registry
        found: dict[str, tuple[How, Render]] = {}
        if clues.sha256 and (render := registry.by_file(clues.sha256)):
            found[render.manifest_id] = ("file", render)
        if clues.manifest_id and (render := registry.by_manifest(clues.manifest_id)):
            found.setdefault(render.manifest_id, ("manifest", render))
        marked, unknown = self._marked(clues)
        for how, render in marked:
            found.setdefault(render.manifest_id, (how, render))
        alike = [match for match in registry.matching(clues.fingerprints) if not _went_in(clues, match.render)]
        if alike:
            found.setdefault(alike[0].render.manifest_id, ("fingerprint", alike[0].render))
        near = {match.render.manifest_id: match for match in alike}
        candidates = [_finding(how, render, clues, near.get(render.manifest_id)) for how, render in found.values()]
        return Search(tuple(candidates), unknown)

    def _marked(self, clues: Clues) -> tuple[list[tuple[How, Render]], tuple[int, ...]]:
        """Renders that the marks name, those made last first: what was made from another bears both marks."""
        found: dict[int, tuple[How, Render]] = {}
        unknown: dict[int, None] = {}
        for how, payload in [("picture", p) for p in clues.picture] + [("sound", p) for p in clues.sound]:
            render = self._registry.by_payload(payload)
            if render is None:
                unknown[payload] = None
            else:
                found.setdefault(payload, ("picture" if how == "picture" else "sound", render))
        return sorted(found.values(), key=lambda one: one[1].made_at, reverse=True), tuple(unknown)


def _went_in(clues: Clues, render: Render) -> bool:
    """The file is what the render was made from, and looks alike for that reason."""
    return bool(clues.sha256) and clues.sha256 in render.inputs.values()


def _finding(how: How, render: Render, clues: Clues, match: Match | None) -> RecordFinding:
    return RecordFinding(
        how=how,
        payload=render.payload,
        manifest_id=render.manifest_id,
        store=render.manifest,
        made_at=render.made_at,
        use=render.use,
        kind=render.permit_kind,
        basis=render.basis,
        grant_sha256=render.grant_sha256,
        permit=render.permit_id,
        engine=render.engine,
        signer=render.signer,
        media_type=render.media_type,
        width=render.width,
        height=render.height,
        frames=render.frames,
        duration=render.duration,
        parents=render.parents,
        marks=render.marks,
        exact=bool(clues.sha256) and clues.sha256 == render.file_sha256,
        distance=match.distance if match else None,
        time=match.time if match else None,
        fingerprints=render.fingerprints,
        sound_fingerprint=render.sound_fingerprint,
    )


class _Unreachable:
    """Stands for a registry that could not be opened."""

    def __init__(self, failure: str) -> None:
        self._failure = failure

    def search(self, clues: Clues) -> Search:  # noqa: ARG002
        return Search(failure=self._failure)

    def standing(self, found: RecordFinding, said: PermissionAssertion, now: datetime) -> None:  # noqa: ARG002
        return None

    def descends(self, payloads: tuple[int, ...]) -> bool:  # noqa: ARG002
        return False


def open_record(settings: Settings, permissions: PermissionStatus) -> Record:
    """The settings' registry. None is made where there is none: looking at a file leaves nothing behind."""
    if settings.registry_url is None and not (settings.home / "registry.sqlite").is_file():
        return NoRecord()
    try:
        return LocalRecord(registry_address(settings), permissions)
    except (CountenanceError, SQLAlchemyError) as error:
        said = error.message if isinstance(error, CountenanceError) else type(error).__name__
        return _Unreachable(f"The registry could not be opened: {said}")
