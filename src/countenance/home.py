"""The home: where an installation's ledger and registry lie, fixed when it is made, and how far its ledger reached.

    home.json    version, number, when it was made, and where ledger, registry and witness lie
    home.key     32 random bytes, readable by their owner alone
    home.seen    the newest entry of the ledger that was seen from here: ledger, count, hash, time

The two documents bear an HMAC-SHA256 under `home.key`. Addresses inside the home folder are recorded relative to it, so
that the folder can be moved; passwords are never recorded. Knows nothing of what ledgers and registries hold.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import os
import secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from countenance.addresses import INSIDE, absolute, address_of, lasting, place_of
from countenance.errors import HomeWrong, OutputBusy, OutputFolder
from countenance.files import sole_writer, write_atomically
from countenance.settings import Settings

VERSION = 1
WITNESS = "witness.sqlite"
Record = Literal["ledger", "registry"]
_KEY_LENGTH = 32
_RECORDS = {"ledger": "ledger.sqlite", "registry": "registry.sqlite"}  # unless the settings say otherwise


@dataclass(frozen=True)
class Seen:
    """The newest entry of a ledger that was seen.

    Attributes:
        ledger: its number, 32 hex.
        count: how many entries it had: the entry's place.
        hash: of that entry, hex; it commits to every entry before.
        at: when it was seen, ISO 8601, UTC.
    """

    ledger: str
    count: int
    hash: str
    at: str


@dataclass(frozen=True)
class Home:
    """A home as it was made.

    Attributes:
        folder: where it lies.
        id: its number, 32 hex.
        created: when it was made, ISO 8601, UTC.
        places: ledger and registry → where each lies, as recorded.
        moved: how often `countenance home move` changed that.
    """

    folder: Path
    id: str
    created: str
    places: Mapping[str, str]
    moved: int = 0
    key: bytes = field(default=b"", repr=False)

    @classmethod
    def open(cls, settings: Settings) -> Home:
        """The settings' home, made where there is none yet: what the settings say of its records holds from then on.

        Raises:
            HomeWrong: setup.home, where the settings name other records than the home was made with, records that do
                not stay, or its documents were altered or deleted.
            OutputFolder, OutputFull: it cannot be written.
        """
        return cls.look(settings) or cls._make(settings)

    @classmethod
    def look(cls, settings: Settings) -> Home | None:
        """As `open`, but None where there is no home yet; nothing is written."""
        folder = Path(settings.home)
        try:
            text = (folder / "home.json").read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            if _begun(folder):
                raise _damaged(folder, "home.json is missing") from None
            return None
        except OSError as error:
            raise OutputFolder(f"The home {folder} cannot be read: {error.strerror}.") from error
        key = _key(folder)
        said = _authentic(folder, "home.json", text, key)
        try:
            if said["version"] != VERSION:
                raise _damaged(folder, f"home.json is of version {said['version']}, which this release does not know")
            found = cls(folder, said["id"], said["created"], dict(said["places"]), int(said["moved"]), key)
            wanted = {record: found.places[record] for record in ("ledger", "registry")}
        except (KeyError, TypeError, ValueError) as error:
            raise _damaged(folder, "home.json is incomplete") from error
        for record, recorded in wanted.items():
            given = _given(settings, record)
            if given is not None and place_of(given, folder) != recorded:
                raise HomeWrong(
                    f"COUNTENANCE_{record.upper()}_URL names another {record} than the one this home was made with "
                    f"({_shown(recorded, folder)}).",
                    f"Unset it, set COUNTENANCE_HOME to a new folder, or carry the {record} over: "
                    f"countenance home move --{record} ADDRESS",
                    details={"home": str(folder), "recorded": recorded},
                )
        return found

    @classmethod
    def _make(cls, settings: Settings) -> Home:
        folder = Path(settings.home)
        places = {}
        for record, default in _RECORDS.items():
            given = _given(settings, record)
            places[record] = f"{INSIDE}{default}" if given is None else lasting(given, folder, record)
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise OutputFolder(f"The home {folder} cannot be made: {error.strerror}.", _ELSEWHERE) from error
        refuse_unwritable(folder)
        with _alone(folder):
            if (there := cls.look(settings)) is not None:  # another process was first
                return there
            if not (folder / "home.key").is_file():
                write_atomically(folder / "home.key", secrets.token_bytes(_KEY_LENGTH), mode=0o600)
            created = datetime.now(UTC).isoformat(timespec="seconds")
            home = cls(folder, secrets.token_hex(16), created, places, 0, _key(folder))
            # The last one: a home whose home.json is there has all three.
            home._write("home.seen", {"version": VERSION, "home": home.id, "seen": None})
            home._record()
            return home

    @classmethod
    def renewed(cls, settings: Settings) -> Home:
        """A home whose documents are damaged or gone, made anew, with another number. Raises as `open`."""
        for name in ("home.json", "home.seen", "home.key"):
            (Path(settings.home) / name).unlink(missing_ok=True)
        return cls._make(settings)

    def address(self, record: Record, settings: Settings) -> str:
        """The SQLAlchemy address of the ledger or the registry, with the password that the settings give."""
        given = _given(settings, record)
        return address_of(self.places[record], self.folder) if given is None else absolute(given)

    def seen(self) -> Seen | None:
        """The newest entry that was seen; None where the ledger was not begun yet.

        Raises:
            HomeWrong: setup.home, where the note of it is gone or was altered.
        """
        try:
            text = (self.folder / "home.seen").read_bytes()
        except OSError as error:
            raise _damaged(self.folder, "home.seen is missing") from error
        said = _authentic(self.folder, "home.seen", text, self.key)
        try:
            if said["home"] != self.id:
                raise _damaged(self.folder, "home.seen is of another home")
            return None if said["seen"] is None else Seen(**said["seen"])
        except (KeyError, TypeError) as error:
            raise _damaged(self.folder, "home.seen is incomplete") from error

    def note(self, seen: Seen) -> None:
        """This entry was seen. Raises OutputFolder, OutputFull."""
        self._write("home.seen", {"version": VERSION, "home": self.id, "seen": vars(seen)})

    def moved_to(self, record: Record, address: str) -> Home:
        """The home with another place for one of its records, which was carried over there. Raises as `open`."""
        places = {**self.places, record: lasting(address, self.folder, record)}
        home = Home(self.folder, self.id, self.created, places, self.moved + 1, self.key)
        home._record()
        return home

    def as_dict(self) -> dict[str, Any]:
        """For machines and people; no passwords."""
        return {
            "home": str(self.folder),
            "id": self.id,
            "created": self.created,
            **{record: address_of(place, self.folder) for record, place in self.places.items()},
            "witness": str(self.folder / WITNESS),
            "moved": self.moved,
        }

    def _record(self) -> None:
        said = {
            "version": VERSION,
            "id": self.id,
            "created": self.created,
            "places": dict(self.places),
            "witness": f"{INSIDE}{WITNESS}",
            "moved": self.moved,
        }
        self._write("home.json", said)

    def _write(self, name: str, said: dict[str, Any]) -> None:
        document = {**said, "mac": _mac(self.key, name, said)}
        write_atomically(self.folder / name, json.dumps(document, indent=1).encode() + b"\n", mode=0o600)


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Nobody else makes this home at the same time; others are waited for."""
    with contextlib.ExitStack() as held:
        for tries in range(200, -1, -1):
            try:
                held.enter_context(sole_writer(folder / "home.json"))
                break
            except OutputBusy:
                if not tries:
                    raise
                time.sleep(0.05)
        yield


def refuse_unwritable(folder: Path) -> None:
    """Raises OutputFolder, where nothing can be written into a folder that is there."""
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        raise OutputFolder(f"The home {folder} cannot be written to.", _ELSEWHERE)


_ELSEWHERE = "Set COUNTENANCE_HOME to a folder that you may write to."


def _given(settings: Settings, record: str) -> str | None:
    given: str | None = getattr(settings, f"{record}_url")
    return given


def _shown(place: str, folder: Path) -> str:
    return address_of(place, folder).removeprefix("sqlite:///")


def _begun(folder: Path) -> bool:
    """Whether a home was in use here, though its home.json is gone: that is written before any record is begun."""
    if not (folder / "home.key").is_file():  # or it is of an older release, which had no key
        return (folder / "home.seen").is_file()
    if any((folder / name).exists() for name in (WITNESS, *_RECORDS.values())):
        return True
    try:
        said = json.loads((folder / "home.seen").read_bytes())
        return not isinstance(said, dict) or said.get("seen") is not None
    except FileNotFoundError:
        return False  # killed while it was made
    except (OSError, ValueError):
        return True


def _key(folder: Path) -> bytes:
    try:
        key = (folder / "home.key").read_bytes()
    except OSError as error:
        raise _damaged(folder, "home.key is missing") from error
    if len(key) != _KEY_LENGTH:
        raise _damaged(folder, "home.key is damaged")
    return key


def _mac(key: bytes, name: str, said: Mapping[str, Any]) -> str:
    text = json.dumps([name, said], sort_keys=True, separators=(",", ":"))
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def _authentic(folder: Path, name: str, text: bytes, key: bytes) -> dict[str, Any]:
    try:
        said = json.loads(text)
        mac = said.pop("mac")
        good = hmac.compare_digest(str(mac), _mac(key, name, said))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _damaged(folder, f"{name} is damaged") from error
    if not good:
        raise _damaged(folder, f"{name} was altered")
    return dict(said)


def _damaged(folder: Path, what: str) -> HomeWrong:
    return HomeWrong(
        f"The home {folder} is not as it was left: {what}.",
        "Restore it from a backup. Without one, say so in its ledger: countenance ledger accept-loss",
        details={"home": str(folder)},
    )
