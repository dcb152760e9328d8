"""Every signer does the same: a chain that may sign, a signature that c2pa takes, one plain error when it cannot."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509

from countenance.errors import BadOption, ProvenanceError
from countenance.marking.certificates import algorithm_of, check_chain
from countenance.marking.manifest import definition
from countenance.marking.manifest_signing import sign
from countenance.marking.pkcs11 import PIN_VARIABLE
from countenance.marking.signers import TOKEN_VARIABLE, ClaimSigner, LocalSigner, RemoteSigner, open_signer
from countenance.marking.signing_keys import KeyStore, SigningIdentity, now_utc
from countenance.settings import Settings
from tests.contract.remote_signer import served
from tests.exit_material import making, permit, picture_file
from tests.marking.chains import KEYS, Authority, key_pem

SOFTHSM = Path("/usr/lib/softhsm/libsofthsm2.so")
PIN = "4217"


def identity(algorithm: str = "ES256") -> SigningIdentity:
    authority = Authority()
    key, leaf = authority.signer(algorithm)
    chain = (leaf, authority.intermediate.certificate)
    return SigningIdentity(key, chain, (authority.root.certificate,), imported=True)


@pytest.fixture(params=["local", *(f"imported-{name}" for name in KEYS), "remote", "pkcs11-ES256", "pkcs11-PS256"])
def signer(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ClaimSigner]:
    kind, _, algorithm = str(request.param).partition("-")
    home = tmp_path / "home"
    if kind == "local":
        yield open_signer(Settings(home=home))
    elif kind == "imported":
        brought = identity(algorithm)
        chain = LocalSigner(brought).chain.encode()
        KeyStore(home / "keys").adopt(chain, key_pem(brought.key, "theirs"), "theirs")
        yield open_signer(Settings(home=home))
    elif kind == "remote":
        behind = LocalSigner(identity())
        monkeypatch.setenv(TOKEN_VARIABLE, "let me in")
        with served(behind.chain, behind.sign, token="let me in") as address:
            yield open_signer(Settings(home=home, signer=address))
    else:
        monkeypatch.setenv(PIN_VARIABLE, PIN)
        yield open_signer(Settings(home=home, signer=token_with(tmp_path, algorithm, monkeypatch)))


def token_with(folder: Path, algorithm: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A SoftHSM token that holds a signer's key and its chain; gives its URI."""
    pkcs11 = pytest.importorskip("pkcs11", reason="the extra pkcs11 is not installed")
    program = shutil.which("softhsm2-util")
    if program is None or not SOFTHSM.exists():
        pytest.skip("SoftHSM is not installed")
    (folder / "tokens").mkdir()
    configuration = folder / "softhsm2.conf"
    configuration.write_text(f"directories.tokendir = {folder / 'tokens'}\nlog.level = ERROR\n")
    monkeypatch.setenv("SOFTHSM2_CONF", str(configuration))
    label = f"studio-{secrets.token_hex(4)}"
    brought = identity(algorithm)
    (folder / "key.pem").write_bytes(key_pem(brought.key))
    everything = dict(os.environ)
    run = [program, "--init-token", "--free", "--label", label, "--so-pin", PIN, "--pin", PIN]
    subprocess.run(run, check=True, env=everything, capture_output=True)
    run = [program, "--import", str(folder / "key.pem"), "--token", label, "--label", "claims", "--id", "01"]
    subprocess.run([*run, "--pin", PIN], check=True, env=everything, capture_output=True)
    library = pkcs11.lib(str(SOFTHSM))
    library.reinitialize()
    with library.get_token(token_label=label).open(user_pin=PIN, rw=True) as session:
        for name, certificate in zip(("claims", "above"), brought.chain, strict=True):
            store_certificate(session, name, certificate)
    return f"pkcs11:token={label};object=claims?module-path={SOFTHSM}"


def store_certificate(session: object, name: str, certificate: x509.Certificate) -> None:
    from cryptography.hazmat.primitives.serialization import Encoding
    from pkcs11 import Attribute
    from pkcs11.util.x509 import decode_x509_certificate

    attributes = decode_x509_certificate(certificate.public_bytes(Encoding.DER))
    attributes |= {Attribute.LABEL: name, Attribute.TOKEN: True}
    session.create_object(attributes)  # type: ignore[attr-defined]


def test_its_chain_may_sign(signer: ClaimSigner) -> None:
    chain = x509.load_pem_x509_certificates(signer.chain.encode())
    check_chain(chain, now_utc())
    assert signer.algorithm == algorithm_of(chain[0].public_key()) and len(chain) == 2
    assert signer.kind in ("local", "imported", "pkcs11", "remote")


def test_what_it_signs_verifies(signer: ClaimSigner, tmp_path: Path) -> None:
    source = picture_file(tmp_path / "in.png")
    settings = Settings(home=tmp_path / "home")
    made = making()
    said = definition(made, made.hashed(), permit(), [], "", "image/png", settings, now_utc())
    proof = sign(source, tmp_path / "out.png", "image/png", said, made.hashed(), signer, settings)
    assert proof.state == ("Trusted" if signer.anchors else "Valid")
    assert (tmp_path / "out.png").stat().st_size > source.stat().st_size + len(proof.manifest)


def test_a_signer_that_fails_is_told(tmp_path: Path) -> None:
    behind = LocalSigner(identity())
    with served(behind.chain, behind.sign, status=503) as address:
        with pytest.raises(ProvenanceError, match="503") as refused:
            open_signer(Settings(home=tmp_path, signer=address)).sign(b"claim")
        assert refused.value.code == "mark.signer"
    with served(behind.chain, behind.sign, token="secret") as address, pytest.raises(ProvenanceError, match="401"):
        RemoteSigner(address)
    with pytest.raises(ProvenanceError, match="Connect"):
        RemoteSigner(address)
    with served("no certificates", behind.sign) as address, pytest.raises(ProvenanceError, match="cannot be read"):
        RemoteSigner(address)
    own = LocalSigner(SigningIdentity(behind.identity.key, behind.identity.chain[:0], (), imported=True))
    with served(own.chain, own.sign) as address, pytest.raises(ProvenanceError):
        RemoteSigner(address)


def test_a_signature_by_another_key_never_leaves(tmp_path: Path) -> None:
    source = picture_file(tmp_path / "in.png")
    behind, other = LocalSigner(identity()), LocalSigner(identity())
    made, settings = making(), Settings(home=tmp_path / "home")
    said = definition(made, made.hashed(), permit(), [], "", "image/png", settings, now_utc())
    with served(behind.chain, other.sign) as address, pytest.raises(ProvenanceError) as refused:
        sign(source, tmp_path / "out.png", "image/png", said, made.hashed(), RemoteSigner(address), settings)
    assert refused.value.code in ("mark.unverified", "mark.sign")


@pytest.mark.parametrize(
    "named", ["http://signer.example/", "ftp://signer.example/", "nobody", "pkcs11:token=only-a-token", "https://"]
)
def test_names_that_are_no_signer(named: str, tmp_path: Path) -> None:
    with pytest.raises(BadOption):
        open_signer(Settings(home=tmp_path, signer=named))


def test_a_wrong_pin_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    uri = token_with(tmp_path, "ES256", monkeypatch)
    (tmp_path / "pin").write_text("9999\n")
    with pytest.raises(ProvenanceError, match="PinIncorrect") as refused:
        open_signer(Settings(home=tmp_path, signer=f"{uri}&pin-source=file:{tmp_path / 'pin'}"))
    assert refused.value.code == "mark.signer"
    (tmp_path / "pin").write_text(f"{PIN}\n")
    assert open_signer(Settings(home=tmp_path, signer=f"{uri}&pin-source=file:{tmp_path / 'pin'}")).kind == "pkcs11"
