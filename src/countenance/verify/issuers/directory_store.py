"""The directories of issuers as they are kept at home, for asking without a network; and getting newer ones.

    directories/<SHA-256 of the publisher's did:key>/<sequence>.jwt     as signed; the newest three
    directories/<…>/seen.json                                           the newest sequence that was seen, and when

A directory older than the newest that was seen is refused, as is another one of the same sequence: otherwise whoever
runs a mirror could bring a revoked key back. What has expired is told and not relied on, by the latest time that is
known here: a clock that was set back revives none.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Set
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from countenance.errors import CountenanceError, FileMissing, ProvenanceError
from countenance.files import write_atomically
from countenance.permission.confusables import skeleton
from countenance.permission.ledger import Ledger
from countenance.permission.vault import make_private_folder
from countenance.settings import Settings
from countenance.spool import spooled
from countenance.verify.fetching import Fetching, Resolve, fetched, resolve
from countenance.verify.issuers.directory import LONGEST, Directory, Issuer, read_directory
from countenance.verify.issuers.publishers import PACKAGED, Publisher, Publishers

try:
    import fcntl
except ImportError:  # a system without it
    fcntl = None  # type: ignore[assignment]

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
        disputed: name of another publisher who gives the number to somebody else, or the name, or one that looks like
            it, to other keys under another number; empty where nobody does.
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
        now = self._latest(now)
        return [self._followed(one, now) for one in self.publishers.all()]

    def _latest(self, now: datetime) -> datetime:
        """The clock's time, but none before a directory was last had here, or before the ledger's newest entry."""
        known = [seen.at for one in self.publishers.all() if (seen := self._seen(one)) is not None]
        with suppress(CountenanceError, OSError, SQLAlchemyError):
            if self._settings.ledger_url is not None or (self._settings.home / "ledger.sqlite").is_file():
                with Ledger.reading(self._settings) as ledger:
                    known += [newest.written_at] if (newest := ledger.last()) is not None else []
        return max([now, *known])

    def find(self, number: int, now: datetime) -> Listed | None:
        """Whose number it is. Raises as `all`.

        Args:
            number: of an issuer, as `issuer_of` finds it in a payload.
            now: aware.
        """
        return self.find_all({number}, now).get(number)

    def find_all(self, numbers: Set[int], now: datetime) -> dict[int, Listed]:
        """Whose numbers they are, of those that are listed; each directory is read once. Raises as `all`."""
        now = self._latest(now)
        followed = [(one.publisher.name, one.directory) for one in self.all(now) if one.directory is not None]
        revoked = _revocations([directory for _, directory in followed])
        listed: dict[int, Listed] = {}
        for number in numbers:
            found = [
                Listed(issuer, publisher, said.issued, said.expires, said.expired(now))
                for publisher, said in followed
                if (issuer := said.find(number)) is not None
            ]
            found.sort(key=lambda one: one.expired)
            if not found:
                continue
            first = found[0]
            others = [one for one in found[1:] if not one.expired and not _same(one.issuer, first.issuer, revoked)]
            told = _with_revocations(first.issuer, revoked)
            by = [one.publisher for one in others] or _alike(first, followed, revoked, now)
            disputed = by[0] if by and not first.expired else ""
            listed[number] = replace(first, issuer=told, disputed=disputed)
        return listed

    def accept(self, publisher: Publisher, data: bytes, now: datetime) -> Directory:
        """Keep a directory that came in.

        Raises:
            ProvenanceError: as `read_directory`; issuers.expired; issuers.rollback, where it is older than the newest
                that was seen, or another one of its sequence.
            OutputFolder, OutputFull.
        """
        now = self._latest(now)
        directory = read_directory(data[: LONGEST + 1], publisher.did, now)
        if directory.expired(now):
            raise ProvenanceError(
                f"The directory of {publisher.name} expired on {directory.expires:%Y-%m-%d}.",
                "Get a newer one from its publisher.",
                code="issuers.expired",
            )
        text = bytes(data).strip()
        digest = hashlib.sha256(text).hexdigest()
        place = self._place(publisher)
        make_private_folder(place)
        with _alone(place):
            seen = self._seen_or_kept(publisher, now)
            if seen is not None and _older(directory.sequence, digest, seen):
                before = "another one of it" if directory.sequence == seen.sequence else f"{seen.sequence}"
                raise ProvenanceError(
                    f"The directory of {publisher.name} has sequence {directory.sequence}; {before} was seen before.",
                    "Whoever gave it to you may hold back a revocation. Ask another mirror.",
                    code="issuers.rollback",
                )
            # First what was seen: broken off between the two, the same directory is had again, and no other.
            note = {"sequence": directory.sequence, "sha256": digest, "at": int(now.timestamp())}
            write_atomically(place / "seen.json", json.dumps(note).encode(), mode=0o600)
            write_atomically(place / f"{directory.sequence:020d}.jwt", text, mode=0o600)
            others = [path for path in _newest_first(place) if path.name != f"{directory.sequence:020d}.jwt"]
            for old in others[_KEPT - 1 :]:
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
            if not Path(mirror).is_file():  # a pipe would be waited for
                raise FileMissing(f"{mirror} is no file.", "Give the directory's file, or an https address.")
            with Path(mirror).open("rb") as file:
                return file.read(LONGEST + 1)
        with spooled(self._settings) as folder:
            return fetched(mirror, folder, may, resolver=resolver).path.read_bytes()

    def _followed(self, publisher: Publisher, now: datetime) -> Followed:
        seen = self._seen(publisher)
        checked = seen.at if seen is not None else None
        newest, _, problem = self._newest(publisher, now)
        if newest is None:
            return Followed(publisher, None, checked, problem)
        if seen is not None and newest.sequence < seen.sequence:
            return Followed(publisher, None, checked, f"the directory of sequence {seen.sequence} is gone from here")
        return Followed(publisher, newest, checked, "it has expired" if newest.expired(now) else "")

    def _newest(self, publisher: Publisher, now: datetime) -> tuple[Directory | None, str, str]:
        """The newest that is kept and good, its SHA-256, and why there is none."""
        problem = "no directory was had yet"
        for data in self._kept(publisher):
            try:
                return read_directory(data, publisher.did, now), hashlib.sha256(data.strip()).hexdigest(), ""
            except CountenanceError as error:
                problem = error.message
        return None, "", problem

    def _kept(self, publisher: Publisher) -> Iterator[bytes]:
        """Those that are kept, the newest first."""
        for path in _newest_first(self._place(publisher)):
            with suppress(OSError), path.open("rb") as file:
                yield file.read(LONGEST + 1)
        if publisher == PACKAGED:
            yield files(__package__).joinpath("packaged.jwt").read_bytes()

    def _seen_or_kept(self, publisher: Publisher, now: datetime) -> _Seen | None:
        """What was seen; where the note of it is damaged, what is kept."""
        seen, (kept, sha256, _) = self._seen(publisher), self._newest(publisher, now)
        if kept is None or (seen is not None and seen.sequence >= kept.sequence):
            return seen
        return _Seen(kept.sequence, sha256, now)

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


def _newest_first(place: Path) -> list[Path]:
    named = [path for path in place.glob("*.jwt") if re.fullmatch(r"[0-9]{20}\.jwt", path.name)]
    return sorted(named, reverse=True)


@contextmanager
def _alone(place: Path) -> Iterator[None]:
    """Nobody else accepts a directory meanwhile; the system lets go of the lock with its process."""
    with (place / "lock").open("wb") as held:
        if fcntl is not None:
            fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _revocations(directories: list[Directory]) -> dict[str, datetime]:
    """Since when keys are revoked, by whatever directory and under whatever number, expired ones too: the earliest."""
    since: dict[str, datetime] = {}
    for key in (key for one in directories for entry in one.issuers for key in entry.keys):
        if key.revoked is not None:
            since[key.did] = min(since.get(key.did, key.revoked), key.revoked)
    return since


def _with_revocations(issuer: Issuer, since: dict[str, datetime]) -> Issuer:
    """The entry with every revocation of its keys that any directory knows."""
    keys = tuple(key.model_copy(update={"revoked": since.get(key.did)}) for key in issuer.keys)
    return issuer.model_copy(update={"keys": keys})


def _alike(
    first: Listed, followed: list[tuple[str, Directory]], revoked: dict[str, datetime], now: datetime
) -> list[str]:
    """Publishers of other directories who list a name that looks the same, with other keys, under another number. One
    house with two numbers has one key in both."""
    keys = {key.did for key in first.issuer.keys} - revoked.keys()
    return [
        publisher
        for publisher, said in followed
        if publisher != first.publisher and not said.expired(now)
        for other in said.issuers
        if other.number != first.issuer.number
        and skeleton(other.name) == skeleton(first.issuer.name)
        and not ({key.did for key in other.keys} - revoked.keys()) & keys
    ]


def _same(one: Issuer, other: Issuer, revoked: dict[str, datetime]) -> bool:
    """Whether two entries say the same: a name that looks alike, the resolver, and the keys that nobody revoked. One
    key in common would not do: whoever lists another's key beside their own would speak for them."""

    def told(entry: Issuer) -> tuple[str, str | None, frozenset[str]]:
        return skeleton(entry.name), entry.resolver, frozenset(key.did for key in entry.keys) - revoked.keys()

    return told(one) == told(other)
