"""Face templates at rest and on their way. Biometric data: sealed wherever they lie, deletable, never printed.

    faces/<fingerprint>.face       sealed by the vault of `identities/`

On its way from the subject to the grantee a template is a compact JWE (RFC 7516, ECDH-ES and A256GCM) that only the
grantee's identity opens: Ed25519 keys serve as X25519 keys by the birational map of RFC 7748, section 4.1.
"""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from pathlib import Path

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from countenance.errors import BadDocument, PermissionRefused
from countenance.face.identity import FaceTemplate
from countenance.permission.did import decode_did
from countenance.permission.keyring import Keyring, Signer
from countenance.permission.vault import Vault
from countenance.settings import Settings

TYPE = "countenance-face+jwe"
_FIELD = 2**255 - 19
_LONGEST = 8 * 1024
_REGISTRY = jwe.JWERegistry(algorithms=["ECDH-ES", "A256GCM"])


class TemplateStore:
    """The templates kept here.

    Args:
        folder: one sealed file a template.
        vault: opens and seals them.
    """

    def __init__(self, folder: Path, vault: Vault) -> None:
        self.folder = Path(folder)
        self.vault = vault

    @classmethod
    def at_home(cls, settings: Settings) -> TemplateStore:
        """The store in this installation's home folder."""
        return cls(settings.home / "faces", Keyring.at_home(settings).vault)

    def keep(self, template: FaceTemplate) -> str:
        """Seal a template; its fingerprint. Raises OutputFolder, OutputFull, ProvenanceError."""
        self.vault.write(self._file(template.hash), template.to_bytes(), f"face {template.hash}")
        return template.hash

    def find(self, fingerprint: str) -> FaceTemplate | None:
        """A template by its fingerprint, or None where it is not kept here.

        Raises:
            ProvenanceError: mark.passphrase. BadDocument: it is another one than its name says.
        """
        path = self._file(fingerprint)
        if not path.is_file():
            return None
        template = FaceTemplate.from_bytes(self.vault.open(path.read_bytes(), f"face {fingerprint}"))
        if template.hash != fingerprint:
            raise BadDocument("A face template kept here was altered.", "Ask the subject to send it again.")
        return template

    def all(self) -> list[FaceTemplate]:
        """Every template kept here. Raises as `find`."""
        return [found for one in self.fingerprints() if (found := self.find(one)) is not None]

    def fingerprints(self) -> list[str]:
        """What is kept."""
        return sorted(path.stem for path in self.folder.glob("*.face"))

    def forget(self, fingerprint: str) -> bool:
        """Delete a template for good; whether there was one. Its file is overwritten first."""
        path = self._file(fingerprint)
        if not path.is_file():
            return False
        with path.open("r+b") as file:
            file.write(bytes(path.stat().st_size))
            file.flush()
        path.unlink()
        return True

    def _file(self, fingerprint: str) -> Path:
        if len(fingerprint) != 64 or set(fingerprint) - set("0123456789abcdef"):
            raise BadDocument(f"{fingerprint[:80]!r} is no fingerprint of a face template.")
        return self.folder / f"{fingerprint}.face"


def seal_for(template: FaceTemplate, grantee: str) -> str:
    """A template as a text that only `grantee` (a did:key) can open. Raises PermissionRefused: permission.identity."""
    y = int.from_bytes(decode_did(grantee), "little") & (2**255 - 1)
    u = (1 + y) * pow(1 - y, -1, _FIELD) % _FIELD
    key = OKPKey.import_key({"kty": "OKP", "crv": "X25519", "x": _b64(u.to_bytes(32, "little"))})
    header = {"alg": "ECDH-ES", "enc": "A256GCM", "typ": TYPE, "kid": grantee}
    return jwe.encrypt_compact(header, template.to_bytes(), key, registry=_REGISTRY)


def unseal(text: str, grantee: Signer) -> FaceTemplate:
    """What `seal_for` sealed.

    Raises:
        PermissionRefused: permission.face_sealed, where it is for somebody else or was changed. BadDocument.
    """
    scalar = bytearray(hashlib.sha512(grantee.key.private_bytes_raw()).digest()[:32])
    scalar[0] &= 248
    scalar[31] = scalar[31] & 127 | 64
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    public = X25519PrivateKey.from_private_bytes(bytes(scalar)).public_key().public_bytes_raw()
    key = OKPKey.import_key({"kty": "OKP", "crv": "X25519", "x": _b64(public), "d": _b64(bytes(scalar))})
    try:
        if len(text) > _LONGEST:
            raise ValueError("too long")
        opened = jwe.decrypt_compact(text.strip(), key, registry=_REGISTRY)
        if opened.headers().get("typ") != TYPE:
            raise ValueError("another kind of document")
    except (JoseError, ValueError, TypeError) as error:
        raise PermissionRefused(
            "The face template cannot be opened: it was sealed for another identity, or changed.",
            "Ask the subject to answer the request that you sent, and send both files again.",
            code="permission.face_sealed",
        ) from error
    return FaceTemplate.from_bytes(opened.plaintext or b"")


def sealed_for(text: str) -> str:
    """Whom a sealed template says it is for (a did:key), unchecked; empty where it does not say."""
    head = text.strip().partition(".")[0]
    try:
        said = json.loads(urlsafe_b64decode(head + "=" * (-len(head) % 4)))
        return str(said["kid"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""


def _b64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
