"""The local chain follows C2PA's certificate profile, and chains from elsewhere that do not are told why."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from countenance.errors import ProvenanceError
from countenance.marking.certificates import (
    SELF_ISSUED,
    Issued,
    algorithm_of,
    check_chain,
    issue_intermediate,
    issue_root,
    issue_signer,
)
from countenance.marking.signing_keys import now_utc
from tests.marking.chains import KEYS, Authority


def local(organisation: str = "") -> tuple[Issued, Issued, Issued]:
    root = issue_root(organisation, now_utc())
    intermediate = issue_intermediate(root, organisation, now_utc())
    return issue_signer(intermediate, organisation, now_utc()), intermediate, root


def test_the_chain_follows_from_the_root_and_says_that_it_is_self_issued() -> None:
    certificates = [issued.certificate for issued in local()]
    for below, above in itertools.pairwise(certificates):
        below.verify_directly_issued_by(above)
    for certificate in certificates:
        named = {a.oid: a.value for a in certificate.subject}
        assert "self-issued" in str(named[NameOID.COMMON_NAME])
        assert named[NameOID.ORGANIZATION_NAME] == SELF_ISSUED
    assert len({c.subject for c in certificates}) == len({c.serial_number for c in certificates}) == 3
    named = {a.oid: a.value for a in local("Example Pictures")[0].certificate.subject}
    assert named[NameOID.ORGANIZATION_NAME] == "Example Pictures" and "self-issued" in str(named[NameOID.COMMON_NAME])


def test_each_certificate_may_do_its_part_only() -> None:
    signer, intermediate, root = (issued.certificate for issued in local())
    for certificate, ca, length in ((root, True, 1), (intermediate, True, 0), (signer, False, None)):
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage)
        assert (constraints.ca, constraints.path_length) == (ca, length) and usage.critical
        assert (usage.value.key_cert_sign, usage.value.digital_signature) == (ca, not ca)
        assert certificate.version is x509.Version.v3
        certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier)
        certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    extended = signer.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(extended) == [ExtendedKeyUsageOID.EMAIL_PROTECTION]
    assert signer.not_valid_after_utc < intermediate.not_valid_after_utc < root.not_valid_after_utc


def test_a_long_name_is_cut_to_what_certificates_hold() -> None:
    named = local("Ä" * 200)[0].certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)[0].value
    assert named == "Ä" * 64


@pytest.mark.parametrize("algorithm", KEYS)
def test_the_keys_that_c2pa_signs_with(algorithm: str) -> None:
    authority = Authority()
    key, leaf = authority.signer(algorithm)
    assert algorithm_of(key.public_key()) == algorithm
    check_chain([leaf, authority.intermediate.certificate], now_utc() + dt.timedelta(minutes=1))


def test_the_keys_that_it_does_not_sign_with() -> None:
    for key in (
        ec.generate_private_key(ec.SECP256K1()),
        rsa.generate_private_key(65537, 1024),
        dsa.generate_private_key(1024),
    ):
        with pytest.raises(ProvenanceError) as refused:
            algorithm_of(key.public_key())
        assert refused.value.code == "mark.key_type"


def test_chains_that_cannot_sign_are_told_why() -> None:
    ours, theirs = Authority(), Authority()
    middle = ours.intermediate.certificate
    now = now_utc() + dt.timedelta(minutes=1)
    good = ours.signer()[1]
    cases = {
        "no certificate": [],
        "do not follow": [good, theirs.intermediate.certificate],
        "the signer's first": [middle, good],
        "not valid today": [ours.signer(start=dt.timedelta(days=-100))[1], middle],
        "is not valid": [ours.signer(start=dt.timedelta(days=1))[1], middle],
        "self-signed": [ours.root.certificate],
        "no key usage": [ours.signer(usage=None)[1], middle],
        "digital signatures": [ours.signer(signs=False)[1], middle],
        "extended key usage": [ours.signer(usage=ExtendedKeyUsageOID.SERVER_AUTH)[1], middle],
    }
    for reason, chain in cases.items():
        with pytest.raises(ProvenanceError, match=reason) as refused:
            check_chain(chain, now)
        assert refused.value.code == "mark.certificate" and refused.value.remedy
    check_chain([good, middle, ours.root.certificate], now)
