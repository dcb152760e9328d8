"""Small secrets at rest: private keys, face templates, takes. Sealed with AES-256-GCM, readable by their owner alone.

    identities/lock          salt, and whether a passphrase is needed (JSON)
    identities/unlock        32 random bytes, when there is no passphrase

The vault's key is scrypt (N = 2^15, r = 8, p = 1; RFC 7914) of the passphrase in COUNTENANCE_KEY_PASSPHRASE. Without
one it is HKDF-SHA256 (RFC 5869) of `unlock`, which guards a copy of single files, not a thief of the whole folder; no
slow function makes 32 random bytes harder to guess. Locks of older versions say no `kdf`: theirs is scrypt. Each sealed
file is bound to its label, so that one cannot be put in another's place. Knows nothing of what it keeps.
"""

from __future__ import annotations

import json
import os
import secrets
from base64 import b64decode, b64encode
from collections.abc import Mapping
from hashlib import scrypt
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from countenance.errors import OutputFolder, ProvenanceError
from countenance.files import write_atomically

PASSPHRASE_VARIABLE = "COUNTENANCE_KEY_PASSPHRASE"
_MAGIC = b"countenance sealed 1\n"
_NONCE = 12


class Vault:
    """Seals and opens bytes.

    Args:
        folder: where its lock lies; made when first used.
        passphrase: None reads the environment; empty means none.
    """

    def __init__(self, folder: Path, passphrase: str | None = None) -> None:
        self.folder = Path(folder)
        self._passphrase = os.environ.get(PASSPHRASE_VARIABLE, "") if passphrase is None else passphrase
        self._key: bytes | None = None

    def seal(self, data: bytes, label: str) -> bytes:
        """Encrypt. Opens again only under the same label.

        Raises:
            ProvenanceError: mark.passphrase.
        """
        nonce = secrets.token_bytes(_NONCE)
        return _MAGIC + nonce + AESGCM(self._secret()).encrypt(nonce, data, _MAGIC + label.encode())

    def open(self, sealed: bytes, label: str) -> bytes:
        """Decrypt what `seal` made.

        Raises:
            ProvenanceError: mark.passphrase, where the passphrase is another one, or the bytes were altered.
        """
        nonce, body = sealed[len(_MAGIC) : len(_MAGIC) + _NONCE], sealed[len(_MAGIC) + _NONCE :]
        try:
            if not sealed.startswith(_MAGIC):
                raise InvalidTag
            return AESGCM(self._secret()).decrypt(nonce, body, _MAGIC + label.encode())
        except (InvalidTag, ValueError) as error:
            raise _locked(f"what is kept as {label}") from error

    def write(self, path: Path, data: bytes, label: str) -> None:
        """Seal into a file that only its owner may read (0600).

        Raises:
            OutputFolder, OutputFull, ProvenanceError.
        """
        make_private_folder(path.parent)
        write_atomically(path, self.seal(data, label), mode=0o600)

    @property
    def asks_passphrase(self) -> bool:
        """Whether it opens only with a passphrase."""
        try:
            return bool(json.loads((self.folder / "lock").read_text())["passphrase"])
        except (OSError, ValueError, KeyError):
            return bool(self._passphrase)

    def _secret(self) -> bytes:
        if self._key is None:
            self._key = self._derived()
        return self._key

    def _derived(self) -> bytes:
        lock, unlock = self.folder / "lock", self.folder / "unlock"
        if not lock.is_file():
            self._make(lock, unlock)
        try:
            document = json.loads(lock.read_text())
            salt, asked = b64decode(document["salt"]), bool(document["passphrase"])
            secret = self._passphrase.encode() if asked else unlock.read_bytes()
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ProvenanceError(
                f"The lock of {self.folder} is incomplete or damaged.",
                "Restore the folder from a backup.",
                code="mark.key_damaged",
            ) from error
        if not secret:
            raise _locked(f"the keys in {self.folder}")
        return derived_key(secret, salt, document)

    def _make(self, lock: Path, unlock: Path) -> None:
        """A new lock. Two processes may race: the first one's link stands, and both then read it."""
        make_private_folder(self.folder)
        if not self._passphrase:
            _first_stands(unlock, secrets.token_bytes(32))
        _first_stands(lock, json.dumps(new_lock(passphrase=bool(self._passphrase))).encode())


def new_lock(*, passphrase: bool) -> dict[str, object]:
    """What a lock's file says: a new salt, and how the key is derived."""
    salt = b64encode(secrets.token_bytes(16)).decode()
    return {"version": 1, "salt": salt, "passphrase": passphrase, "kdf": "scrypt" if passphrase else "hkdf"}


def derived_key(secret: bytes, salt: bytes, lock: Mapping[str, object]) -> bytes:
    """32 bytes: of a passphrase by scrypt, slow on purpose; of 32 random bytes by HKDF, as the lock says."""
    if lock.get("kdf") == "hkdf" and not lock["passphrase"]:
        return HKDF(SHA256(), 32, salt, b"countenance lock").derive(secret)
    return scrypt(secret, salt=salt, n=2**15, r=8, p=1, maxmem=2**26, dklen=32)


def make_private_folder(folder: Path) -> None:
    """Make a folder, and those above it, for its owner's eyes alone. Raises OutputFolder."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise OutputFolder(f"Nothing can be kept in {folder}: {error.strerror}.") from error


def _first_stands(path: Path, data: bytes) -> None:
    """Write whole, unless another process was first."""
    mine = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        write_atomically(mine, data, mode=0o600)
        os.link(mine, path)
    except FileExistsError:
        pass
    finally:
        mine.unlink(missing_ok=True)


def _locked(what: str) -> ProvenanceError:
    return ProvenanceError(
        f"The passphrase does not open {what}.",
        f"Set {PASSPHRASE_VARIABLE} to the passphrase it was made with; without one, the file was altered.",
        code="mark.passphrase",
    )
