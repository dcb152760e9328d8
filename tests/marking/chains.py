"""Certificates of an authority elsewhere, for tests of imported, token and remote keys."""

from __future__ import annotations

import datetime as dt
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import ExtendedKeyUsageOID

from countenance.marking.certificates import Issued, issue_intermediate, issue_root, pem
from countenance.marking.signing_keys import PrivateKey, now_utc

KEYS: dict[str, Any] = {
    "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "ES384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "ES512": lambda: ec.generate_private_key(ec.SECP521R1()),
    "PS256": lambda: rsa.generate_private_key(65537, 2048),
    "ED25519": ed25519.Ed25519PrivateKey.generate,
}
_OTHER_USAGES = (
    *("key_encipherment", "data_encipherment", "key_agreement"),
    *("key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
)


class Authority:
    """A root and an intermediate that issue claim signers as asked."""

    def __init__(self, name: str = "Studio Example") -> None:
        self.root = issue_root(name, now_utc())
        self.intermediate = issue_intermediate(self.root, name, now_utc())

    def chain(self, leaf: x509.Certificate) -> str:
        return pem(leaf, self.intermediate.certificate)

    def signer(
        self,
        algorithm: str = "ES256",
        *,
        usage: x509.ObjectIdentifier | None = ExtendedKeyUsageOID.EMAIL_PROTECTION,
        signs: bool = True,
        start: dt.timedelta = dt.timedelta(minutes=-10),
        days: float = 90,
        above: Issued | None = None,
    ) -> tuple[PrivateKey, x509.Certificate]:
        """A private key and its certificate, fit for claims unless told otherwise."""
        key: PrivateKey = KEYS[algorithm]()
        issuer = above or self.intermediate
        begin = now_utc() + start
        others = dict.fromkeys(_OTHER_USAGES, False)
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name.from_rfc4514_string("CN=Claim signer,O=Studio Example"))
            .issuer_name(issuer.certificate.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(begin)
            .not_valid_after(begin + dt.timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(
                x509.KeyUsage(digital_signature=signs, content_commitment=not signs, **others), critical=True
            )
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()), critical=False)
        )
        if usage is not None:
            builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        return key, builder.sign(issuer.key, hashes.SHA256())


def key_pem(key: PrivateKey, passphrase: str = "") -> bytes:
    """A private key as a file, encrypted if there is a passphrase."""
    encryption = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)
