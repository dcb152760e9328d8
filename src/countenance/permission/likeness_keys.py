"""The keys of likenesses: without its key a `.likeness` file, and every copy of it anywhere, is noise.

    likenesses/<number>.key     32 random bytes and a note of what they open, sealed by the vault of `identities/`

Deleting a key is how a likeness is deleted for good. Knows nothing of what is in the files.
"""

from __future__ import annotations

import json
import os
import secrets
from base64 import b64decode, b64encode
from dataclasses import asdict, dataclass, field
from pathlib import Path

from countenance.errors import BadDocument, FileMissing
from countenance.permission.keyring import Keyring
from countenance.permission.vault import Vault
from countenance.settings import Settings


@dataclass(frozen=True)
class LikenessKey:
    """What opens one likeness.

    Attributes:
        id: 32 hex digits, the likeness's number.
        secret: 32 bytes.
        name: as its user calls it.
        path: where its file was last written.
        made_at: ISO 8601, UTC.
        grant_sha256, grant_id: of the grant it was made under.
        sha256: of the file as it was last written.
    """

    id: str
    secret: bytes = field(repr=False)
    name: str = ""
    path: str = ""
    made_at: str = ""
    grant_sha256: str = ""
    grant_id: str = ""
    sha256: str = ""


class LikenessKeys:
    """The keys kept here.

    Args:
        folder: one sealed file a likeness.
        vault: opens and seals them.
    """

    def __init__(self, folder: Path, vault: Vault) -> None:
        self.folder = Path(folder)
        self.vault = vault

    @classmethod
    def at_home(cls, settings: Settings) -> LikenessKeys:
        """Those of this installation."""
        return cls(settings.home / "likenesses", Keyring.at_home(settings).vault)

    def keep(self, key: LikenessKey) -> None:
        """Seal a key and its note. Raises OutputFolder, OutputFull, ProvenanceError."""
        said = asdict(key) | {"secret": b64encode(key.secret).decode()}
        self.vault.write(self._file(key.id), json.dumps(said, ensure_ascii=False).encode(), f"likeness {key.id}")

    def find(self, number: str) -> LikenessKey | None:
        """A key by its likeness's number; None where it is not, or no longer, here.

        Raises:
            ProvenanceError: mark.passphrase, where the passphrase is another one, or the file was altered.
        """
        path = self._file(number)
        if not path.is_file():
            return None
        opened = self.vault.open(path.read_bytes(), f"likeness {number}")
        try:
            said = json.loads(opened)
            return LikenessKey(**{**said, "secret": b64decode(said["secret"])})
        except (ValueError, KeyError, TypeError) as error:
            raise BadDocument(
                f"The key of the likeness {number[:8]}… cannot be read.",
                "Restore the folder `likenesses` from a backup; it may be of a later version.",
                code="likeness.key",
            ) from error

    def need(self, number: str, name: str) -> LikenessKey:
        """As `find`. Raises FileMissing: likeness.key."""
        key = self.find(number)
        if key is None:
            raise FileMissing(
                f"The key of {name} is not here: it was made elsewhere, or deleted.",
                "Open it where it was made. If it was deleted, it is gone for good: make it again, under a grant.",
                code="likeness.key",
            )
        return key

    def fresh(self) -> bytes:
        """32 random bytes."""
        return secrets.token_bytes(32)

    def numbers(self) -> list[str]:
        """Of the likenesses that can be opened here."""
        return sorted(path.stem for path in self.folder.glob("*.key"))

    def delete(self, number: str) -> bool:
        """Overwrite and remove a key; whether there was one. What it opened cannot be opened again."""
        path = self._file(number)
        if not path.is_file():
            return False
        shred(path)
        return True

    def _file(self, number: str) -> Path:
        if len(number) != 32 or set(number) - set("0123456789abcdef"):
            raise BadDocument(f"{number[:40]!r} is no number of a likeness.", code="likeness.format")
        return self.folder / f"{number}.key"


def shred(path: Path) -> None:
    """Overwrite a file once with random bytes, in place, then remove it.

    On copy-on-write file systems and flash the old blocks may outlive this; what they held stays sealed.

    Raises:
        OSError.
    """
    with path.open("r+b") as file:
        left = path.stat().st_size
        while left > 0:
            left -= file.write(os.urandom(min(left, 1 << 20)))
        file.flush()
        os.fsync(file.fileno())
    path.unlink()
