"""The identities of whoever works here: Ed25519 keys under the home folder, private parts sealed.

    identities/<name>.json   did, name as shown, when made
    identities/<name>.key    the private key's 32 bytes, sealed by the vault (0600)
    identities/made.log      every key that was ever made or used here, deleted ones too: one line a key, each a
                             compact JWS signed by that key and holding the SHA-256 of the line before

A key that was made here cannot stand for another person here, so that it was made must outlive it. Knows nothing of
grants.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from countenance.errors import BadOption, FileMissing, PermissionRefused, ProvenanceError
from countenance.files import write_atomically
from countenance.permission.did import did_of
from countenance.permission.jws import open_document, sign_document
from countenance.permission.vault import Vault, make_private_folder
from countenance.settings import Settings

DEFAULT = "me"
_LOG_TYPE = "countenance-made-key+jwt"
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")


@dataclass(frozen=True)
class Identity:
    """One of one's own identities.

    Attributes:
        name: what commands call it.
        did: its did:key.
        shown_as: the person or firm, as grants name them.
        made_at: aware, UTC.
    """

    name: str
    did: str
    shown_as: str
    made_at: datetime


@dataclass(frozen=True)
class Signer:
    """An identity with its private key in hand; never printed.

    Attributes:
        identity: whose.
        key: signs.
    """

    identity: Identity
    key: Ed25519PrivateKey = field(repr=False)


class Keyring:
    """The identities in one folder.

    Args:
        folder: made when first written to.
        passphrase: None reads COUNTENANCE_KEY_PASSPHRASE; empty means none.
    """

    def __init__(self, folder: Path, passphrase: str | None = None) -> None:
        self.folder = Path(folder)
        self.vault = Vault(self.folder, passphrase)

    @classmethod
    def at_home(cls, settings: Settings) -> Keyring:
        """The keyring in this installation's home folder."""
        return cls(settings.home / "identities")

    def make(self, shown_as: str, name: str = DEFAULT) -> Identity:
        """A new identity.

        Raises:
            BadOption: the name is no name; ProvenanceError: mark.keys_exist; OutputFolder, OutputFull.
        """
        if not _NAME.fullmatch(name):
            raise BadOption(f"{name!r} is no name for a key.", "Use up to 40 small letters, digits, dots and dashes.")
        if self._file(name, "key").exists():
            raise ProvenanceError(
                f"There is an identity called {name!r} already.",
                "Use it, or choose another name with --name.",
                code="mark.keys_exist",
            )
        make_private_folder(self.folder)
        key = Ed25519PrivateKey.generate()
        identity = Identity(name, did_of(key.public_key()), shown_as.strip(), datetime.now(UTC).replace(microsecond=0))
        self._remember(Signer(identity, key))  # first: a key that is not remembered must not exist
        self.vault.write(self._file(name, "key"), key.private_bytes_raw(), f"identity {identity.did}")
        document = {"did": identity.did, "shown_as": identity.shown_as, "made_at": identity.made_at.isoformat()}
        write_atomically(self._file(name, "json"), json.dumps(document, ensure_ascii=False).encode())
        return identity

    def identities(self) -> list[Identity]:
        """All of them, by name. Needs no passphrase."""
        return [self._read(path) for path in sorted(self.folder.glob("*.json"))]

    def find(self, name: str | None = None) -> Identity:
        """One by name or did; without either, `me` or the only one.

        Raises:
            FileMissing: permission.no_identity.
        """
        own = self.identities()
        for identity in own:
            if name in (identity.name, identity.did):
                return identity
        if name is None:
            named = [identity for identity in own if identity.name == DEFAULT]
            if named or len(own) == 1:
                return (named or own)[0]
        raise FileMissing(
            f"There is no identity called {name!r} here." if name else "There is no identity here yet.",
            'Make one: countenance permission keys new "Your name"',
            code="permission.no_identity",
        )

    def signer(self, name: str | None = None) -> Signer:
        """An identity ready to sign.

        Raises:
            FileMissing, ProvenanceError (mark.passphrase, mark.key_damaged).
        """
        identity = self.find(name)
        try:
            sealed = self._file(identity.name, "key").read_bytes()
        except OSError as error:
            raise _damaged(identity.name) from error
        key = Ed25519PrivateKey.from_private_bytes(self.vault.open(sealed, f"identity {identity.did}"))
        if did_of(key.public_key()) != identity.did:
            raise _damaged(identity.name)
        signer = Signer(identity, key)
        self._remember(signer)  # one that was brought along as files
        return signer

    def ever(self) -> frozenset[str]:
        """The did:key of every key that was ever made or used here, deleted ones too. Needs no passphrase.

        Raises:
            ProvenanceError: mark.key_log, where lines are missing or were changed.
        """
        return frozenset(self._logged()) | {identity.did for identity in self.identities()}

    def delete(self, name: str) -> None:
        """Forget an identity for good; that it was made here stays known. Raises FileMissing."""
        identity = self.find(name)
        if identity.did not in self._logged():
            self.signer(identity.name)
        for kind in ("key", "json"):
            self._file(identity.name, kind).unlink(missing_ok=True)

    def _file(self, name: str, kind: str) -> Path:
        return self.folder / f"{name}.{kind}"

    def _logged(self) -> list[str]:
        """The log's keys, in order, its chain and signatures checked."""
        try:
            lines = self._log.read_text("ascii").splitlines()
        except FileNotFoundError:
            return []
        except (OSError, ValueError) as error:
            raise _log_damaged(self._log) from error
        found, before = [], ""
        for line in lines:
            try:
                document = open_document(line, _LOG_TYPE)
            except PermissionRefused as error:
                raise _log_damaged(self._log) from error
            if document.said.get("after") != before:
                raise _log_damaged(self._log)
            found.append(document.issuer)
            before = document.sha256
        return found

    def _remember(self, signer: Signer) -> None:
        """Enter a key into the log, once."""
        if signer.identity.did in self._logged():
            return
        text = self._log.read_text("ascii") if self._log.is_file() else ""
        last = text.splitlines()[-1:]
        after = hashlib.sha256(last[0].encode()).hexdigest() if last else ""
        said = {"iss": signer.identity.did, "iat": int(datetime.now(UTC).timestamp()), "after": after}
        make_private_folder(self.folder)
        line = sign_document(said, signer, _LOG_TYPE).text
        write_atomically(self._log, (text + line + "\n").encode(), mode=0o600)

    @property
    def _log(self) -> Path:
        return self.folder / "made.log"

    def _read(self, path: Path) -> Identity:
        try:
            said = json.loads(path.read_text("utf-8"))
            return Identity(path.stem, said["did"], said["shown_as"], datetime.fromisoformat(said["made_at"]))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise _damaged(path.stem) from error


def _log_damaged(path: Path) -> ProvenanceError:
    return ProvenanceError(
        f"The record of the keys that were made here, {path.name}, was altered.",
        f"Restore {path} from a backup.",
        code="mark.key_log",
    )


def _damaged(name: str) -> ProvenanceError:
    return ProvenanceError(
        f"The identity {name!r} is incomplete or damaged.",
        "Restore the folder `identities` from a backup, or make a new identity.",
        code="mark.key_damaged",
    )
