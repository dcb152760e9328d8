"""A local certificate chain for signing manifests: root, intermediate and claim signer, all ECDSA P-256.

The profile is C2PA 2.2's (section 14.5): version 3, key usage digitalSignature, extended key usage emailProtection,
subject and authority key identifiers. Pure: makes and checks values, stores nothing.
"""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from countenance.errors import ProvenanceError

SELF_ISSUED = "Self-issued by a Countenance installation"
"""The organisation that a local chain names when the settings name none: it says plainly what it is."""
_LIFETIMES = {"root": 3650, "intermediate": 1825, "signer": 397}  # days
_ACCEPTED_USAGES = (
    ExtendedKeyUsageOID.EMAIL_PROTECTION,
    x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36"),  # documentSigning, RFC 9336
    x509.ObjectIdentifier("1.3.6.1.4.1.62558.2.1"),  # C2PA claim signing
)


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate and its private key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def issue_root(organisation: str, now: dt.datetime) -> Issued:
    """A new self-signed root."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(organisation, "root", key)
    certificate = _builder(name, name, key, key, now, "root").add_extension(
        x509.BasicConstraints(ca=True, path_length=1), critical=True
    )
    return Issued(certificate.sign(key, hashes.SHA256()), key)


def issue_intermediate(root: Issued, organisation: str, now: dt.datetime) -> Issued:
    """A new intermediate under `root`."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(organisation, "intermediate", key)
    builder = _builder(name, root.certificate.subject, key, root.key, now, "intermediate")
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    return Issued(builder.sign(root.key, hashes.SHA256()), key)


def issue_signer(intermediate: Issued, organisation: str, now: dt.datetime) -> Issued:
    """A new claim signer under `intermediate`."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(organisation, "signer", key)
    builder = _builder(name, intermediate.certificate.subject, key, intermediate.key, now, "signer")
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
    return Issued(builder.sign(intermediate.key, hashes.SHA256()), key)


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 of the certificate, hexadecimal."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def pem(*certificates: x509.Certificate) -> str:
    """Certificates one after the other, the signer first."""
    return "".join(c.public_bytes(Encoding.PEM).decode("ascii") for c in certificates)


def algorithm_of(public_key: object) -> str:
    """The C2PA signing algorithm that a public key takes.

    Raises:
        ProvenanceError: mark.key_type.
    """
    if isinstance(public_key, ec.EllipticCurvePublicKey):
        found = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512"}.get(public_key.curve.name)
        if found:
            return found
    if isinstance(public_key, rsa.RSAPublicKey) and public_key.key_size >= 2048:
        return "PS256"
    if isinstance(public_key, ed25519.Ed25519PublicKey):
        return "ED25519"
    raise ProvenanceError(
        "C2PA does not sign with this kind of key.",
        "Use ECDSA P-256, P-384 or P-521, RSA of 2048 bits or more, or Ed25519.",
        code="mark.key_type",
    )


def check_chain(chain: list[x509.Certificate], now: dt.datetime) -> None:
    """Whether a chain may sign C2PA claims: order, signatures, validity, usage.

    Raises:
        ProvenanceError: mark.certificate, with what is wrong.
    """
    if not chain:
        raise _unfit("it holds no certificate")
    leaf = chain[0]
    algorithm_of(leaf.public_key())
    for certificate, issuer in itertools.pairwise(chain):
        try:
            certificate.verify_directly_issued_by(issuer)
        except (ValueError, TypeError, InvalidSignature) as error:
            raise _unfit("its certificates do not follow from one another, the signer's first") from error
    for certificate in chain:
        if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
            raise _unfit(f"{certificate.subject.rfc4514_string()} is not valid today")
    if leaf.issuer == leaf.subject:
        raise _unfit("a self-signed certificate cannot sign claims; put an authority above it")
    try:
        usage = leaf.extensions.get_extension_for_class(x509.KeyUsage).value
        extended = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound as error:
        raise _unfit("the signer's certificate names no key usage") from error
    if not usage.digital_signature:
        raise _unfit("the signer's certificate is not for digital signatures")
    if not any(oid in extended for oid in _ACCEPTED_USAGES):
        raise _unfit("its extended key usage is neither emailProtection, documentSigning nor claim signing")


def _unfit(reason: str) -> ProvenanceError:
    return ProvenanceError(
        f"This certificate chain cannot sign: {reason}.",
        "Give a PEM file with the signer's certificate first, then those above it.",
        code="mark.certificate",
    )


def _name(organisation: str, part: str, key: ec.EllipticCurvePrivateKey) -> x509.Name:
    digest = hashes.Hash(hashes.SHA256())
    digest.update(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
    tag = digest.finalize().hex()[:8]
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, (organisation or SELF_ISSUED)[:64]),
            x509.NameAttribute(NameOID.COMMON_NAME, f"Countenance self-issued {part} {tag}"),
        ]
    )


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    issuer_key: ec.EllipticCurvePrivateKey,
    now: dt.datetime,
    part: str,
) -> x509.CertificateBuilder:
    authority = part != "signer"
    usage = x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(minutes=10))
        .not_valid_after(now + dt.timedelta(days=_LIFETIMES[part]))
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
