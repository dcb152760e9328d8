"""Looking a file up: by its exact bytes, its manifest, its marks, and last by what it looks like.

Two records answer: a registry's database (`LocalRecord`) and another service's Soft Binding Resolution API
(`remote.RemoteRecord`). A record that cannot be reached is a finding, not an error: the file can still be answered for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Literal, Protocol

from sqlalchemy import Text, cast, or_, select
from sqlalchemy.exc import SQLAlchemyError

from countenance.errors import CountenanceError
from countenance.marking.fingerprint import Fingerprint
from countenance.marking.registry import Registry, Render, registry_address
from countenance.marking.schema import RENDERS, connected
from countenance.settings import Settings
from countenance.verify.findings import PermissionFinding
from countenance.verify.permission import PermissionStatus

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
    """The render that a file comes from.

    Attributes:
        how: what led to it.
        payload: 64-bit number of its marks; None where the record does not say.
        manifest_id: of its manifest; `store` the manifest's bytes.
        made_at: aware UTC; use, engine: of the render; signer: local, imported, pkcs11 or remote.
        media_type, width, height, frames, duration: as it left.
        parents: payloads, 16 hex digits each, of marks that its inputs bore.
        exact: the file is bit for bit what left.
        distance: bits of 256 by which the nearest frames differ; None where no fingerprint was compared.
        time: seconds into the render at which it looks most like this file.
        permission: how it stands now.
        source: which record answered.
    """

    how: How
    payload: int | None
    manifest_id: str
    store: bytes = b""
    made_at: datetime | None = None
    use: str = ""
    engine: str = ""
    signer: str = ""
    media_type: str = ""
    width: int = 0
    height: int = 0
    frames: int = 0
    duration: Fraction = Fraction(0)
    parents: tuple[str, ...] = ()
    exact: bool = False
    distance: int | None = None
    time: Fraction | None = None
    permission: PermissionFinding | None = None
    source: str = "registry"


@dataclass(frozen=True, slots=True)
class Search:
    """What a record answered.

    Attributes:
        found: the render, if any.
        unknown: payloads read from the file that the record does not have.
        others: payloads of further recorded renders in the file.
        failure: why it could not be asked; empty where it was.
    """

    found: RecordFinding | None = None
    unknown: tuple[int, ...] = ()
    others: tuple[int, ...] = ()
    failure: str = ""


class Record(Protocol):
    """Answers whence a file comes."""

    def search(self, clues: Clues, now: datetime) -> Search:
        """The render behind these clues. Raises nothing for an unreachable record."""
        ...

    def descends(self, payloads: tuple[int, ...]) -> bool:
        """Whether anything recorded was made from renders that bear these marks."""
        ...


class NoRecord:
    """For an installation that has made nothing yet."""

    def search(self, clues: Clues, now: datetime) -> Search:  # noqa: ARG002
        return Search(None, tuple(dict.fromkeys(clues.picture + clues.sound)))

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

    def search(self, clues: Clues, now: datetime) -> Search:
        try:
            return self._search(clues, now)
        except SQLAlchemyError as error:
            return Search(failure=f"The registry could not be asked ({type(error).__name__}).")

    def _search(self, clues: Clues, now: datetime) -> Search:
        registry = self._registry
        marked, unknown = self._marked(clues)
        found: tuple[How, Render] | None = None
        if clues.sha256 and (render := registry.by_file(clues.sha256)):
            found = ("file", render)
        elif marked:
            found = marked[0]
        elif clues.manifest_id and (render := registry.by_manifest(clues.manifest_id)):
            found = ("manifest", render)
        alike = [match for match in registry.matching(clues.fingerprints) if not _went_in(clues, match.render)]
        if found is None and alike:
            found = ("fingerprint", alike[0].render)
        if found is None:
            return Search(None, unknown)
        how, render = found
        match = next((match for match in alike if match.render.payload == render.payload), None)
        finding = _finding(
            how,
            render,
            exact=bool(clues.sha256) and clues.sha256 == render.file_sha256,
            distance=match.distance if match else None,
            time=match.time if match else None,
            permission=self._permissions.status(render, now),
        )
        others = tuple(other.payload for _, other in marked if other.payload != render.payload)
        return Search(finding, unknown, others)

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


def _finding(
    how: How,
    render: Render,
    *,
    exact: bool,
    distance: int | None,
    time: Fraction | None,
    permission: PermissionFinding,
) -> RecordFinding:
    return RecordFinding(
        how=how,
        payload=render.payload,
        manifest_id=render.manifest_id,
        store=render.manifest,
        made_at=render.made_at,
        use=render.use,
        engine=render.engine,
        signer=render.signer,
        media_type=render.media_type,
        width=render.width,
        height=render.height,
        frames=render.frames,
        duration=render.duration,
        parents=render.parents,
        exact=exact,
        distance=distance,
        time=time,
        permission=permission,
    )


class _Unreachable:
    """Stands for a registry that could not be opened."""

    def __init__(self, failure: str) -> None:
        self._failure = failure

    def search(self, clues: Clues, now: datetime) -> Search:  # noqa: ARG002
        return Search(failure=self._failure)

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
