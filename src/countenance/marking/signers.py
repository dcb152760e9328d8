"""Who signs manifests: one seam, `ClaimSigner`, and its three kinds.

    local       keys in the home folder, made here or imported         settings.signer = "local"
    PKCS#11     a token or HSM keeps the key (extra `pkcs11`)          settings.signer = "pkcs11:token=…;object=…"
    remote      an https service signs; only the claim's bytes go out  settings.signer = "https://…"

A signer gives DER or raw ECDSA signatures; c2pa accepts both. Knows nothing of what is signed.
"""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding

from countenance.errors import BadOption, ProvenanceError
from countenance.marking.certificates import algorithm_of, check_chain, pem
from countenance.marking.signing_keys import KeyStore, SigningIdentity, now_utc
from countenance.settings import Settings

log = logging.getLogger(__name__)
TOKEN_VARIABLE = "COUNTENANCE_SIGNER_TOKEN"
DIGESTS: dict[str, type[hashes.HashAlgorithm]] = {
    "ES256": hashes.SHA256,
    "ES384": hashes.SHA384,
    "ES512": hashes.SHA512,
    "PS256": hashes.SHA256,
}


class ClaimSigner(Protocol):
    """Signs the bytes of a claim.

    Attributes:
        kind: local, imported, pkcs11 or remote.
        algorithm: ES256, ES384, ES512, PS256 or ED25519.
        chain: PEM, the signer's certificate first.
        anchors: PEM of the roots that this installation trusts for it; may be empty.
    """

    @property
    def kind(self) -> str: ...
    @property
    def algorithm(self) -> str: ...
    @property
    def chain(self) -> str: ...
    @property
    def anchors(self) -> str: ...

    def sign(self, claim: bytes) -> bytes:
        """The signature over `claim`.

        Raises:
            ProvenanceError: mark.signer, when it cannot be had.
        """


@dataclass(frozen=True)
class LocalSigner:
    """Signs with a key in memory."""

    identity: SigningIdentity

    @property
    def kind(self) -> str:
        return "imported" if self.identity.imported else "local"

    @property
    def algorithm(self) -> str:
        return algorithm_of(self.identity.key.public_key())

    @property
    def chain(self) -> str:
        return pem(*self.identity.chain)

    @property
    def anchors(self) -> str:
        return pem(*self.identity.anchors)

    def sign(self, claim: bytes) -> bytes:
        key = self.identity.key
        if isinstance(key, ed25519.Ed25519PrivateKey):
            return key.sign(claim)
        digest = DIGESTS[self.algorithm]()
        if isinstance(key, ec.EllipticCurvePrivateKey):
            return key.sign(claim, ec.ECDSA(digest))
        pss = padding.PSS(mgf=padding.MGF1(digest), salt_length=digest.digest_size)
        return key.sign(claim, pss, digest)


class RemoteSigner:
    """Asks an https service.

    `GET {address}/chain` answers the PEM chain; `POST {address}/sign` takes the claim's bytes and answers the
    signature's. The bearer token in COUNTENANCE_SIGNER_TOKEN goes with both, if there is one.

    Args:
        address: https; plain http is taken for this machine alone.
        timeout: seconds for either call.

    Raises:
        BadOption: an address that is neither.
        ProvenanceError: mark.signer, mark.certificate.
    """

    kind = "remote"
    anchors = ""

    def __init__(self, address: str, *, timeout: float = 20.0) -> None:
        parts = urlsplit(address)
        local = parts.hostname in ("localhost", "127.0.0.1", "::1")
        if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and local)):
            raise BadOption(f"A remote signer needs an https address, not '{address}'.")
        token = os.environ.get(TOKEN_VARIABLE)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._address = address.rstrip("/")
        self._client = httpx.Client(timeout=timeout, headers=headers, follow_redirects=False)
        self.chain = self._asked("GET", "/chain").decode("ascii", "replace")
        try:
            certificates = x509.load_pem_x509_certificates(self.chain.encode())
        except ValueError as error:
            raise self._failed("its certificates cannot be read") from error
        check_chain(certificates, now_utc())
        self.algorithm = algorithm_of(certificates[0].public_key())

    def sign(self, claim: bytes) -> bytes:
        return self._asked("POST", "/sign", claim)

    def _asked(self, method: str, path: str, content: bytes | None = None) -> bytes:
        try:
            answer = self._client.request(method, self._address + path, content=content)
            answer.raise_for_status()
        except httpx.HTTPStatusError as error:
            raise self._failed(f"it answered {error.response.status_code}") from error
        except httpx.HTTPError as error:
            raise self._failed(type(error).__name__) from error
        if not answer.content:
            raise self._failed("its answer is empty")
        return answer.content

    def _failed(self, reason: str) -> ProvenanceError:
        return ProvenanceError(
            f"The signer at {self._address} cannot be used: {reason}.",
            f"Check the address, the network and {TOKEN_VARIABLE}; nothing was written.",
            code="mark.signer",
        )


def open_signer(settings: Settings) -> ClaimSigner:
    """The signer that the settings name. Local keys are made, with a notice, when there are none yet.

    Raises:
        BadOption: `settings.signer` is none of the three kinds.
        ProvenanceError: it cannot be used.
    """
    wanted = settings.signer
    if wanted == "local":
        store = KeyStore(settings.home / "keys")
        identity, made = store.load(settings.organisation)
        if made:
            log.warning(
                "Made signing keys in %s. Files will say that they are self-issued; see `countenance keys show`.",
                store.folder,
            )
        return LocalSigner(identity)
    if wanted.startswith("pkcs11:"):
        from countenance.marking.pkcs11 import TokenSigner

        return TokenSigner(wanted)
    if wanted.startswith(("https://", "http://")):
        return RemoteSigner(wanted)
    raise BadOption(
        f"'{wanted}' names no signer.", "Set COUNTENANCE_SIGNER to local, a pkcs11: URI or an https address."
    )
