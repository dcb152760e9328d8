"""Where signing keys lie: one folder, private keys encrypted and readable by their owner alone.

    keys/root.pem intermediate.pem signer.pem        certificates
    keys/root.key intermediate.key signer.key        private keys, PKCS#8, encrypted
    keys/lock.json                                   salt, and whether a passphrase is needed
    keys/unlock                                      32 random bytes, when there is no passphrase
    keys/imported/chain.pem imported/signer.key      a chain brought along; it then signs
    keys/retired/*.pem                               roots that were replaced; no longer trusted by themselves

The keys' own password is derived as a vault's key is (`permission/vault.py`): of the passphrase in
COUNTENANCE_KEY_PASSPHRASE, or without one of `unlock`, a file beside the keys: that guards a backup without it, not a
stolen folder.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import secrets
import sqlite3
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from countenance.errors import OutputFolder, ProvenanceError
from countenance.files import disk_trouble, explained, write_atomically
from countenance.marking.certificates import (
    Issued,
    check_chain,
    issue_intermediate,
    issue_root,
    issue_signer,
    pem,
)
from countenance.permission.vault import PASSPHRASE_VARIABLE, derived_key, new_lock

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey
_RENEW_BEFORE = dt.timedelta(days=30)
_PARTS = ("root", "intermediate", "signer")


@dataclass(frozen=True)
class SigningIdentity:
    """A private key and the certificates that speak for it.

    Attributes:
        key: the signer's.
        chain: signer first.
        anchors: the roots that make it `Trusted` here.
        imported: brought along rather than made here.
    """

    key: PrivateKey
    chain: tuple[x509.Certificate, ...]
    anchors: tuple[x509.Certificate, ...]
    imported: bool


class KeyStore:
    """The keys in one folder.

    Args:
        folder: made when first written to.
        passphrase: None reads the environment; empty means none.
    """

    def __init__(self, folder: Path, passphrase: str | None = None) -> None:
        self.folder = Path(folder)
        self._passphrase = os.environ.get(PASSPHRASE_VARIABLE, "") if passphrase is None else passphrase
        self._derived: dict[tuple[bytes, bytes], bytes] = {}  # scrypt is slow on purpose: once a store

    @property
    def exists(self) -> bool:
        """Whether a local chain was made, or one imported."""
        return self.folder.joinpath("signer.key").is_file() or self.folder.joinpath("imported/signer.key").is_file()

    @property
    def asks_passphrase(self) -> bool:
        """Whether the keys open only with a passphrase."""
        try:
            return bool(json.loads(self.folder.joinpath("lock.json").read_text())["passphrase"])
        except (OSError, ValueError, KeyError):
            return False

    def create(self, organisation: str = "", *, replace: bool = False) -> SigningIdentity:
        """Make root, intermediate and signer, under this store's passphrase.

        Args:
            organisation: named in the certificates.
            replace: whether keys that are there may go; their root's certificate is kept in `retired`.

        Raises:
            ProvenanceError: mark.keys_exist, unless `replace`; mark.passphrase, when an imported key does not open.
            OutputFolder, OutputFull: the folder cannot be written.
        """
        with self._locked():
            if self.folder.joinpath("signer.key").is_file() and not replace:
                raise ProvenanceError(
                    f"There are keys in {self.folder} already.",
                    "Use them, or make new ones with `countenance keys init --replace`.",
                    code="mark.keys_exist",
                )
            if replace:
                self._retire()
            return self._create(organisation)

    def load(self, organisation: str = "") -> tuple[SigningIdentity, bool]:
        """The identity that signs, and whether it was made just now. A local signer near its end is renewed.

        Raises:
            ProvenanceError: mark.passphrase, mark.key_damaged, mark.certificate.
        """
        if self.folder.joinpath("imported/signer.key").is_file():
            return self._imported(), False
        if self.folder.joinpath("signer.key").is_file():
            try:
                signer = self._certificate("signer")
                if signer.not_valid_after_utc - now_utc() > _RENEW_BEFORE:
                    return self._local(), False
            except FileNotFoundError as error:
                raise _damaged(self.folder) from error
            with self._locked():
                above = Issued(self._certificate("intermediate"), self._private("intermediate.key"))  # type: ignore[arg-type]
                self._save("signer", issue_signer(above, organisation, now_utc()))
            return self._local(), False
        with self._locked():
            if self.folder.joinpath("signer.key").is_file():  # another process was first
                return self._local(), False
            return self._create(organisation), True

    def adopt(self, chain_pem: bytes, key_pem: bytes, key_passphrase: str = "") -> SigningIdentity:
        """Take a chain and key from elsewhere; they sign from now on.

        Raises:
            ProvenanceError: mark.certificate, mark.key_type, mark.key_mismatch, mark.passphrase.
        """
        try:
            chain = x509.load_pem_x509_certificates(chain_pem)
            key = load_pem_private_key(key_pem, key_passphrase.encode() or None)
        except TypeError as error:
            raise _locked_error("the private key") from error
        except ValueError as error:
            raise ProvenanceError(
                "The certificates or the private key could not be read.",
                "Give PEM files, and the key's passphrase if it has one.",
                code="mark.key_damaged",
            ) from error
        check_chain(chain, now_utc())
        if key.public_key() != chain[0].public_key():
            raise ProvenanceError(
                "The private key does not belong to the first certificate.",
                "Put the signer's certificate first in the file.",
                code="mark.key_mismatch",
            )
        with self._locked():
            folder = self.folder.joinpath("imported")
            folder.mkdir(mode=0o700, exist_ok=True)
            write_atomically(folder / "chain.pem", pem(*chain).encode())
            write_atomically(folder / "signer.key", self._encrypted(key), mode=0o600)
        return self._imported()

    def forget_imported(self) -> None:
        """Go back to the local chain."""
        for name in ("signer.key", "chain.pem"):
            self.folder.joinpath(f"imported/{name}").unlink(missing_ok=True)

    def _retire(self) -> None:
        """Take the lock off, so that the next key makes one with the passphrase of today."""
        imported = self.folder.joinpath("imported/signer.key")
        brought = self._private("imported/signer.key") if imported.is_file() else None
        if self.folder.joinpath("root.pem").is_file():
            self.folder.joinpath("retired").mkdir(mode=0o700, exist_ok=True)
            old = self.folder.joinpath("root.pem").read_bytes()
            write_atomically(self.folder.joinpath(f"retired/root-{sha256(old).hexdigest()[:12]}.pem"), old)
        for name in ("signer.key", "imported/signer.key", "lock.json", "unlock"):
            self.folder.joinpath(name).unlink(missing_ok=True)
        if brought is not None:
            write_atomically(imported, self._encrypted(brought), mode=0o600)

    def _create(self, organisation: str) -> SigningIdentity:
        now = now_utc()
        root = issue_root(organisation, now)
        intermediate = issue_intermediate(root, organisation, now)
        for part, issued in (("root", root), ("intermediate", intermediate)):
            self._save(part, issued)
        self._save("signer", issue_signer(intermediate, organisation, now))
        return self._local()

    def _save(self, part: str, issued: Issued) -> None:
        write_atomically(self.folder.joinpath(f"{part}.pem"), pem(issued.certificate).encode())
        write_atomically(self.folder.joinpath(f"{part}.key"), self._encrypted(issued.key), mode=0o600)

    def _local(self) -> SigningIdentity:
        try:
            root, intermediate, signer = (self._certificate(part) for part in _PARTS)
        except (FileNotFoundError, ValueError) as error:
            raise _damaged(self.folder) from error
        return SigningIdentity(self._private("signer.key"), (signer, intermediate), (root,), imported=False)

    def _imported(self) -> SigningIdentity:
        chain = x509.load_pem_x509_certificates(self.folder.joinpath("imported/chain.pem").read_bytes())
        check_chain(chain, now_utc())
        return SigningIdentity(self._private("imported/signer.key"), tuple(chain), (chain[-1],), imported=True)

    def _certificate(self, part: str) -> x509.Certificate:
        return x509.load_pem_x509_certificate(self.folder.joinpath(f"{part}.pem").read_bytes())

    def _private(self, name: str) -> PrivateKey:
        try:
            key = load_pem_private_key(self.folder.joinpath(name).read_bytes(), self._password())
        except ValueError as error:
            raise _locked_error(f"the keys in {self.folder}") from error
        except FileNotFoundError as error:
            raise _damaged(self.folder) from error
        if not isinstance(key, PrivateKey):
            raise _damaged(self.folder)
        return key

    def _encrypted(self, key: Any) -> bytes:
        if not self.folder.joinpath("lock.json").is_file():
            self._make_lock()
        encryption = BestAvailableEncryption(self._password())
        encoded: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)
        return encoded

    def _make_lock(self) -> None:
        if self.exists:  # a lost lock, not a new store: a restored one must still find its `unlock`
            raise _damaged(self.folder)
        document = new_lock(passphrase=bool(self._passphrase))
        if not self._passphrase:
            write_atomically(self.folder.joinpath("unlock"), secrets.token_bytes(32), mode=0o600)
        write_atomically(self.folder.joinpath("lock.json"), json.dumps(document).encode(), mode=0o600)

    def _password(self) -> bytes:
        try:
            document = json.loads(self.folder.joinpath("lock.json").read_text())
            salt_bytes, asked = b64decode(document["salt"]), bool(document["passphrase"])
            secret = self._passphrase.encode() if asked else self.folder.joinpath("unlock").read_bytes()
        except (ValueError, KeyError, FileNotFoundError) as error:
            raise _damaged(self.folder) from error
        if not secret:
            raise _locked_error(f"the keys in {self.folder}")
        if (secret, salt_bytes) not in self._derived:
            self._derived = {(secret, salt_bytes): b64encode(derived_key(secret, salt_bytes, document))}
        return self._derived[secret, salt_bytes]

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One process at a time. SQLite's file lock serves: it works on every system and dies with its process."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise explained(error, self.folder / "signer.key") from error
        try:
            lock = sqlite3.connect(self.folder.joinpath(".lock"), timeout=60, isolation_level=None)
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.Error as error:
            trouble = OutputFolder(f"Keys cannot be kept in {self.folder}: {error}.")
            raise disk_trouble(f"sqlite:///{self.folder / '.lock'}", "A key") or trouble from error
        try:
            yield
        finally:
            lock.close()


def now_utc() -> dt.datetime:
    """The time, aware."""
    return dt.datetime.now(dt.UTC)


def _locked_error(what: str) -> ProvenanceError:
    return ProvenanceError(
        f"The passphrase does not open {what}.",
        f"Set {PASSPHRASE_VARIABLE} to the passphrase they were made with.",
        code="mark.passphrase",
    )


def _damaged(folder: Path) -> ProvenanceError:
    return ProvenanceError(
        f"The keys in {folder} are incomplete or damaged.",
        "Restore the folder from a backup, or make new keys with `countenance keys init --replace`.",
        code="mark.key_damaged",
    )
