"""Signing by a token: a PKCS#11 URI (RFC 7512) names the module, the token and the key; the key never leaves it.

    pkcs11:token=NAME;object=LABEL?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=/run/secrets/pin

The PIN comes from `pin-source` (a file), or COUNTENANCE_PKCS11_PIN. The signer's certificate is the token's object of
the same label; certificates above it are looked up on the token by subject. Needs the extra `pkcs11`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from countenance.errors import BadOption, LibraryMissing, ProvenanceError
from countenance.marking.certificates import algorithm_of, check_chain, pem
from countenance.marking.signing_keys import now_utc

PIN_VARIABLE = "COUNTENANCE_PKCS11_PIN"
_MODULE_VARIABLE = "COUNTENANCE_PKCS11_MODULE"


class TokenSigner:
    """A `ClaimSigner` whose key lies in a token.

    Args:
        uri: as above; `module-path` may come from COUNTENANCE_PKCS11_MODULE.

    Raises:
        LibraryMissing: python-pkcs11 is not installed.
        BadOption: the URI names no token or object, or no module is known.
        ProvenanceError: mark.signer, mark.certificate.
    """

    kind = "pkcs11"
    anchors = ""

    def __init__(self, uri: str) -> None:
        named, query = _parsed(uri)
        module = query.get("module-path") or os.environ.get(_MODULE_VARIABLE)
        if not module or "token" not in named or "object" not in named:
            raise BadOption(
                "The PKCS#11 URI must name a token, an object and a module.",
                "Write pkcs11:token=NAME;object=LABEL?module-path=/path/to/module.so",
            )
        try:
            import pkcs11
        except ImportError as error:
            raise LibraryMissing(
                "Signing with a token needs python-pkcs11.", "pip install 'countenance[pkcs11]'"
            ) from error
        self._pkcs11: Any = pkcs11
        source = query.get("pin-source", "").removeprefix("file:")
        try:
            pin = Path(source).read_text().strip() if source else os.environ.get(PIN_VARIABLE)
            token = pkcs11.lib(module).get_token(token_label=named["token"])
            self._session: Any = token.open(user_pin=pin)
            self._key: Any = self._session.get_key(object_class=pkcs11.ObjectClass.PRIVATE_KEY, label=named["object"])
            certificates = self._chain(named["object"])
        except (pkcs11.PKCS11Error, OSError, RuntimeError) as error:
            raise _failed(named["token"], type(error).__name__) from error
        check_chain(certificates, now_utc())
        self.algorithm = algorithm_of(certificates[0].public_key())
        self.chain = pem(*certificates)
        self._token_name = named["token"]

    def sign(self, claim: bytes) -> bytes:
        mechanism = self._pkcs11.Mechanism
        try:
            if self.algorithm.startswith("ES"):
                digest: hashes.HashAlgorithm = {
                    "ES256": hashes.SHA256(),
                    "ES384": hashes.SHA384(),
                    "ES512": hashes.SHA512(),
                }[self.algorithm]
                context = hashes.Hash(digest)
                context.update(claim)
                raw = bytes(self._key.sign(context.finalize(), mechanism=mechanism.ECDSA))
                half = len(raw) // 2
                return encode_dss_signature(int.from_bytes(raw[:half]), int.from_bytes(raw[half:]))
            if self.algorithm == "PS256":
                parameters = (mechanism.SHA256, self._pkcs11.MGF.SHA256, 32)
                return bytes(self._key.sign(claim, mechanism=mechanism.SHA256_RSA_PKCS_PSS, mechanism_param=parameters))
            return bytes(self._key.sign(claim, mechanism=mechanism.EDDSA))
        except self._pkcs11.PKCS11Error as error:
            raise _failed(self._token_name, type(error).__name__) from error

    def _chain(self, label: str) -> list[x509.Certificate]:
        attribute, kind = self._pkcs11.Attribute, self._pkcs11.ObjectClass.CERTIFICATE
        held: list[tuple[str, x509.Certificate]] = []
        for found in self._session.get_objects({attribute.CLASS: kind}):
            held.append((found[attribute.LABEL], x509.load_der_x509_certificate(bytes(found[attribute.VALUE]))))
        chain = [certificate for name, certificate in held if name == label][:1]
        while chain and chain[-1].issuer != chain[-1].subject:
            above = [c for _, c in held if c.subject == chain[-1].issuer and c not in chain]
            if not above:
                break
            chain.append(above[0])
        if len(chain) > 1 and chain[-1].issuer == chain[-1].subject:
            chain.pop()  # the root itself is not sent along
        return chain


def _parsed(uri: str) -> tuple[dict[str, str], dict[str, str]]:
    path, _, query = uri.removeprefix("pkcs11:").partition("?")
    named = dict(part.split("=", 1) for part in path.split(";") if "=" in part)
    return {k: unquote(v) for k, v in named.items()}, {k: v[0] for k, v in parse_qs(query).items()}


def _failed(token: str, reason: str) -> ProvenanceError:
    return ProvenanceError(
        f"The token '{token}' cannot sign: {reason}.",
        f"Check that it is plugged in, the key's label, and the PIN ({PIN_VARIABLE} or pin-source).",
        code="mark.signer",
    )
