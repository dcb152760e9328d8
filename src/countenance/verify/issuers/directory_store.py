"""The directories of issuers as they are kept at home, for asking without a network; and getting newer ones.

    directories/<SHA-256 of the publisher's did:key>/<sequence>.jwt     as signed; the newest three
    directories/<…>/seen.json                                           the newest sequence that was seen, and when

A directory older than the newest that was seen is refused, as is another one of the same sequence: otherwise whoever
runs a mirror could bring a revoked key back. What has expired is told and not relied on.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

from countenance.errors import CountenanceError, ProvenanceError
from countenance.files import write_atomically
from countenance.permission.vault import make_private_folder
from countenance.settings import Settings
from countenance.spool import spooled
from countenance.verify.fetching import Fetching, Resolve, fetched, resolve
from countenance.verify.issuers.directory import LONGEST, Directory, Issuer, read_directory
from countenance.verify.issuers.publishers import PACKAGED, Publisher, Publishers

FROM_MIRRORS = Fetching(secure=True, ports=frozenset({443}), max_bytes=LONGEST, max_seconds=15.0)
"""How mirrors are asked: https on the public internet alone."""
_KEPT = 3


@dataclass(frozen=True, slots=True)
class Followed:
    """One publisher's directory, as far as it is known here.

    Attributes:
        publisher: whose.
        directory: the newest; None where there is none, or none that may be relied on.
        checked: when it was last had, or confirmed, from elsewhere; None for the package's own.
        problem: why there is no directory, or why it is not relied on; empty where it is.
    """

    publisher: Publisher
    directory: Directory | None = None
    checked: datetime | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """An issuer as a directory lists it.

    Attributes:
        issuer: the entry.
        publisher: name of who says so.
        issued, expires: of the directory, aware.
        expired: whether it may not be relied on any more.
        disputed: name of another publisher who gives the number to somebody else; empty where nobody does.
    """

    issuer: Issuer
    publisher: str
    issued: datetime
    expires: datetime
    expired: bool = False
    disputed: str = ""


@dataclass(frozen=True, slots=True)
class _Seen:
    sequence: int
    sha256: str
    at: datetime


class DirectoryStore:
    """The directories of one installation.

    Args:
        settings: of its home. Nothing is written but by `accept` and `update`.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.publishers = Publishers(settings)

    def all(self, now: datetime) -> list[Followed]:
        """Every directory that is followed. Raises as `Publishers.all`; a directory that cannot be used is told."""
        return [self._followed(one, now) for one in self.publishers.all()]

    def find(self, number: int, now: datetime) -> Listed | None:
        """Whose number it is. Raises as `all`.

        Args:
            number: of an issuer, as `issuer_of` finds it in a payload.
            now: aware.
        """
        found: list[Listed] = []
        for one in self.all(now):
            issuer = one.directory.find(number) if one.directory is not None else None
            if issuer is not None and one.directory is not None:
                said = one.directory
                found.append(Listed(issuer, one.publisher.name, said.issued, said.expires, said.expired(now)))
        found.sort(key=lambda one: one.expired)
        if not found:
            return None
        first = found[0]
        others = [one for one in found[1:] if not one.expired and not _same(one.issuer, first.issuer)]
        told = _with_revocations(first.issuer, [one.issuer for one in found])
        return replace(first, issuer=told, disputed=others[0].publisher if others and not first.expired else "")

    def accept(self, publisher: Publisher, data: bytes, now: datetime) -> Directory:
        """Keep a directory that came in.

        Raises:
            ProvenanceError: as `read_directory`; issuers.expired; issuers.rollback, where it is older than the newest
                that was seen, or another one of its sequence.
            OutputFolder, OutputFull.
        """
        directory = read_directory(data[: LONGEST + 1], publisher.did, now)
        if directory.expired(now):
            raise ProvenanceError(
                f"The directory of {publisher.name} expired on {directory.expires:%Y-%m-%d}.",
                "Get a newer one from its publisher.",
                code="issuers.expired",
            )
        text = bytes(data).strip()
        digest = hashlib.sha256(text).hexdigest()
        seen = self._seen(publisher)
        if seen is not None and _older(directory.sequence, digest, seen):
            before = "another one of it" if directory.sequence == seen.sequence else f"{seen.sequence}"
            raise ProvenanceError(
                f"The directory of {publisher.name} has sequence {directory.sequence}; {before} was seen before.",
                "Whoever gave it to you may hold back a revocation. Ask another mirror.",
                code="issuers.rollback",
            )
        place = self._place(publisher)
        make_private_folder(place)
        write_atomically(place / f"{directory.sequence:020d}.jwt", text, mode=0o600)
        note = {"sequence": directory.sequence, "sha256": digest, "at": int(now.timestamp())}
        write_atomically(place / "seen.json", json.dumps(note).encode(), mode=0o600)
        for old in sorted(place.glob("*.jwt"))[:-_KEPT]:
            old.unlink(missing_ok=True)
        return directory

    def update(
        self, publisher: Publisher, now: datetime, may: Fetching = FROM_MIRRORS, resolver: Resolve = resolve
    ) -> Directory:
        """Ask all mirrors of a publisher, and keep the newest directory that any of them has.

        Args:
            may, resolver: how they are asked.

        Raises:
            ProvenanceError: issuers.unreachable, where none has one that is accepted; what is kept stays.
        """
        told, newest = [], None
        for mirror in publisher.mirrors:
            try:
                came = self._had(mirror, may, resolver)
                one = self.accept(publisher, came, now)
            except (CountenanceError, OSError) as error:
                told.append(f"{mirror}: {error.message if isinstance(error, CountenanceError) else error}")
                continue
            newest = one
        if newest is None:
            raise ProvenanceError(
                f"No mirror of {publisher.name} has a directory that is accepted. {' '.join(told)}"[:900].strip(),
                "The one that was had before goes on being used until it expires."
                if self._seen(publisher)
                else "Give a file that its publisher sent: countenance issuers update --from FILE",
                code="issuers.unreachable",
            )
        return newest

    def _had(self, mirror: str, may: Fetching, resolver: Resolve) -> bytes:
        if "://" not in mirror:
            with Path(mirror).open("rb") as file:
                return file.read(LONGEST + 1)
        with spooled(self._settings) as folder:
            return fetched(mirror, folder, may, resolver=resolver).path.read_bytes()

    def _followed(self, publisher: Publisher, now: datetime) -> Followed:
        seen = self._seen(publisher)
        checked = seen.at if seen is not None else None
        newest: Directory | None = None
        problem = "no directory was had yet"
        for data in self._kept(publisher):
            try:
                one = read_directory(data, publisher.did, now)
            except CountenanceError as error:
                problem = error.message
                continue
            if newest is None or one.sequence > newest.sequence:
                newest = one
        if newest is None:
            return Followed(publisher, None, checked, problem)
        if seen is not None and newest.sequence < seen.sequence:
            return Followed(publisher, None, checked, f"the directory of sequence {seen.sequence} is gone from here")
        return Followed(publisher, newest, checked, "it has expired" if newest.expired(now) else "")

    def _kept(self, publisher: Publisher) -> Iterator[bytes]:
        if publisher == PACKAGED:
            yield files(__package__).joinpath("packaged.jwt").read_bytes()
        for path in self._place(publisher).glob("*.jwt"):
            with suppress(OSError), path.open("rb") as file:
                yield file.read(LONGEST + 1)

    def _seen(self, publisher: Publisher) -> _Seen | None:
        try:
            said = json.loads((self._place(publisher) / "seen.json").read_bytes())
            at = datetime.fromtimestamp(said["at"], UTC)
            return _Seen(int(said["sequence"]), str(said["sha256"]), at)
        except (OSError, ValueError, KeyError, TypeError, OverflowError):
            return None

    def _place(self, publisher: Publisher) -> Path:
        return self._settings.home / "directories" / hashlib.sha256(publisher.did.encode()).hexdigest()


def _older(sequence: int, digest: str, seen: _Seen) -> bool:
    return sequence < seen.sequence or (sequence == seen.sequence and digest != seen.sha256)


def _with_revocations(issuer: Issuer, entries: list[Issuer]) -> Issuer:
    """The entry with every revocation of its keys that any directory knows, expired ones too: the earliest counts."""
    since: dict[str, datetime] = {}
    for key in (key for entry in entries for key in entry.keys):
        if key.revoked is not None:
            since[key.did] = min(since.get(key.did, key.revoked), key.revoked)
    keys = tuple(key.model_copy(update={"revoked": since.get(key.did)}) for key in issuer.keys)
    return issuer.model_copy(update={"keys": keys})


def _same(one: Issuer, other: Issuer) -> bool:
    """Whether two entries are of one issuer: a key in common, or, where neither has any, one name."""
    mine, theirs = {key.did for key in one.keys}, {key.did for key in other.keys}
    return bool(mine & theirs) if mine and theirs else one.name == other.name
