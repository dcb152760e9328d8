"""An organisation's own signature beside the signer's: CAWG identity, made and read by c2pa's library."""

from __future__ import annotations

import datetime as dt
import json
import time
from pathlib import Path

import c2pa
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from countenance.errors import BadOption, ProvenanceError
from countenance.marking.certificates import issue_intermediate, issue_root, issue_signer, pem
from countenance.marking.identity_signing import REFERENCED, VALIDATED
from countenance.marking.video_exit import write_picture
from countenance.verify.credentials import read_manifest
from countenance.verify.trust import Trust
from tests.contract.remote_signer import served
from tests.exit_material import making, permit, picture, settings_in


@pytest.fixture(scope="module")
def museum() -> tuple[str, ec.EllipticCurvePrivateKey]:
    now = dt.datetime.now(dt.UTC)
    root = issue_root("The Museum", now)
    middle = issue_intermediate(root, "The Museum", now)
    leaf = issue_signer(middle, "The Museum", now)
    assert isinstance(leaf.key, ec.EllipticCurvePrivateKey)
    return pem(leaf.certificate, middle.certificate), leaf.key


@pytest.mark.parametrize("kind", ["png", "jpg"])
def test_the_organisation_signs_beside_the_signer(
    tmp_path: Path, museum: tuple[str, ec.EllipticCurvePrivateKey], kind: str
) -> None:
    chain, key = museum
    path = tmp_path / f"out.{kind}"
    with served(chain, lambda claim: key.sign(claim, ec.ECDSA(hashes.SHA256()))) as address:
        settings = settings_in(tmp_path, identity_signer=address)
        write_picture(path, picture(), permit(), making(), settings=settings)
    with c2pa.Reader(str(path)) as reader:
        document = json.loads(reader.json())
    active = document["manifests"][document["active_manifest"]]
    said = next(one["data"] for one in active["assertions"] if one["label"] == "cawg.identity")
    assert said["signer_payload"]["role"] == ["cawg.publisher"] and said["signature_info"]["issuer"] == "The Museum"
    urls = " ".join(one["url"] for one in said["signer_payload"]["referenced_assertions"])
    assert all(label in urls for label in (*REFERENCED, "c2pa.hash.data"))
    assert VALIDATED in {one["code"] for one in document["validation_results"]["activeManifest"]["success"]}
    found = read_manifest(path, Trust.of(settings), until=time.monotonic() + 60)
    assert found.good and found.identity == "The Museum" and not found.failures and found.organisation != "The Museum"


def test_an_identity_that_cannot_be_had_stops_the_file(
    tmp_path: Path, museum: tuple[str, ec.EllipticCurvePrivateKey]
) -> None:
    chain, _ = museum
    stranger = ec.generate_private_key(ec.SECP256R1())
    for status, sign in ((503, b"".join), (200, lambda claim: stranger.sign(claim, ec.ECDSA(hashes.SHA256())))):
        with served(chain, sign, status=status) as address, pytest.raises(ProvenanceError) as refused:  # type: ignore[arg-type]
            settings = settings_in(tmp_path, identity_signer=address)
            write_picture(tmp_path / "out.png", picture(), permit(), making(), settings=settings)
        assert refused.value.code in ("mark.signer", "mark.sign", "mark.unverified")
    with pytest.raises(BadOption, match="prove no organisation"):
        settings = settings_in(tmp_path, identity_signer="local")
        write_picture(tmp_path / "out.png", picture(), permit(), making(), settings=settings)
    assert not (tmp_path / "out.png").exists()


def test_without_one_nobody_is_named(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    write_picture(tmp_path / "out.png", picture(), permit(), making(), settings=settings)
    assert read_manifest(tmp_path / "out.png", Trust.of(settings), until=time.monotonic() + 60).identity == ""
