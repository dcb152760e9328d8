"""Claims that must not be told as facts: names that certificates give themselves, consent that the maker alone knows
of, rows that somebody edited, and innocent files that would be called tampered with.
"""

from __future__ import annotations

import dataclasses
import shutil
import wave
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import create_engine, text

from countenance.marking.certificates import issue_intermediate, issue_root, issue_signer, pem
from countenance.marking.render_receipt import Receipt
from countenance.marking.signing_keys import now_utc
from countenance.marking.video_exit import VideoOutput, write_picture
from countenance.permission.assurance import Assurance
from countenance.permission.consent_proof import sign_consent
from countenance.permission.credential import issue_credential
from countenance.permission.jws import sign_document
from countenance.permission.keyring import Keyring
from countenance.permission.permit import Permit, seal_of
from countenance.permission.signed_grant import read_grant
from countenance.permission.trust_list import TrustStore
from countenance.settings import Settings
from countenance.verify import Inquiry, Verdict, verify_file
from tests.exit_material import frames, making, permit, picture, settings_in
from tests.permission.people import ADA, grant_said, somebody
from tests.verify.copies import encoded

ASK = Inquiry(seconds=1)
AGENCY = somebody("Northern Agency", 77)


def asked(path: Path, settings: Settings) -> Verdict:
    return verify_file(path, settings, ASK)


def sealed(**changed: object) -> Permit:
    plain = dataclasses.replace(permit(), **changed)  # type: ignore[arg-type]
    return dataclasses.replace(plain, seal=seal_of(plain))


def made(folder: Path, permitted: Permit, **settings: object) -> tuple[Receipt, Settings]:
    folder.mkdir(exist_ok=True)
    own = settings_in(folder, **settings)
    path = folder / "made.png"
    return write_picture(path, picture(300, 240, seed=4), permitted, making(), settings=own), own


# --- names -------------------------------------------------------------------------------------------------------


def test_a_name_that_a_certificate_gives_itself(tmp_path: Path) -> None:
    """`organisation=Reuters` in a chain that anybody can make."""
    receipt, own = made(tmp_path, permit(), organisation="Reuters")
    for settings in (settings_in(tmp_path / "stranger"), own):
        found = asked(receipt.path, settings)
        assert found.outcome == "made" and "AI by Reuters" not in found.summary
        assert "Reuters" not in found.summary or "says that it is “Reuters” (nobody vouches for that)" in found.summary
    stranger = asked(receipt.path, settings_in(tmp_path / "stranger"))
    assert "someone who says that it is “Reuters” (nobody vouches for that)" in stranger.summary


def test_a_name_that_an_imported_root_vouches_for(tmp_path: Path) -> None:
    receipt, own = made(tmp_path, permit(), organisation="Studio North")
    trusting = settings_in(tmp_path / "trusting")
    (trusting.home / "trust").mkdir(parents=True)
    shutil.copy(own.home / "keys" / "root.pem", trusting.home / "trust" / "north.pem")
    found = asked(receipt.path, trusting)
    assert found.manifest.state == "trusted" and found.summary.startswith("Made with AI by Studio North;")
    assert not found.manifest.own


def test_another_installations_root_is_not_this_installation(tmp_path: Path) -> None:
    """Both have a chain of their own; one trusts the other."""
    receipt, theirs = made(tmp_path / "a", permit())
    _, mine = made(tmp_path / "b", permit())
    (mine.home / "trust").mkdir()
    shutil.copy(theirs.home / "keys" / "root.pem", mine.home / "trust" / "theirs.pem")
    found = asked(receipt.path, mine)
    assert not found.manifest.own and found.manifest.state == "trusted"
    assert "this installation" not in found.summary


# --- who vouches -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["subject", "self", "guardian", "estate", "public-domain", "synthetic"])
@pytest.mark.parametrize("level", ["maker", "compared", "live-check", "authority"])
def test_what_the_maker_says_is_told_as_the_makers_word(kind: str, level: str, tmp_path: Path) -> None:
    """Whatever level the manifest gives itself."""
    claim = Assurance("shown", kind, level, "Big Agency", "Mona Lisa, c. 1503", "maker", "cd" * 32)  # type: ignore[arg-type]
    receipt, own = made(tmp_path, sealed(kind=kind, basis="Trust me.", assurances=(claim,)))
    for settings in (own, settings_in(tmp_path / "stranger")):
        found = asked(receipt.path, settings)
        assert "nobody else vouches for that" in found.summary and "the maker" in found.summary
        for never in ("with the consent", "permission valid", "for which", "for whose"):
            assert never not in found.summary, found.summary
        assert "Big Agency" not in found.summary or level in ("compared", "live-check")
        assert "uses are counted by the maker alone" in found.summary


def test_files_from_before_there_were_assurances(tmp_path: Path) -> None:
    receipt, own = made(tmp_path, sealed(kind="subject", basis="The person shown agreed."))
    found = asked(receipt.path, own)
    assert "the maker says that the person shown agreed; nobody else vouches for that" in found.summary


def vouched_for(tmp_path: Path) -> tuple[Receipt, Settings, Settings]:
    """A render behind which an agency's credential stands; its maker's settings, and those of one who trusts it."""
    own = settings_in(tmp_path)
    ring = Keyring.at_home(own)
    ring.make("Studio North")
    studio = ring.signer()
    grant = read_grant(sign_document(grant_said(to=studio), ADA, "countenance-grant+jwt").text)
    credential = issue_credential(AGENCY, ADA.identity.did, "Ada Lovelace", ("subject",), 300)
    claim = Assurance(
        "shown",
        "subject",
        "authority",
        "Northern Agency",
        grant_sha256=grant.sha256,
        consent=sign_consent(grant, ADA).document.text,
        credential=credential.document.text,
    )
    permitted = sealed(kind="subject", basis="Agreed.", grant_hash=grant.sha256, assurances=(claim,))
    receipt = write_picture(tmp_path / "made.png", picture(300, 240, seed=4), permitted, making(), settings=own)
    trusting = settings_in(tmp_path / "trusting")
    Keyring.at_home(trusting).make("A newspaper")
    store = TrustStore.for_writing(trusting)
    store.add(AGENCY.identity.did, "Northern Agency", compared="its web site", by=Keyring.at_home(trusting).signer())
    return receipt, own, trusting


def test_only_a_verifier_who_trusts_the_authority_speaks_of_consent(tmp_path: Path) -> None:
    receipt, own, trusting = vouched_for(tmp_path)
    found = asked(receipt.path, trusting)
    assert "with the consent of the person shown, for whose key “Northern Agency” vouches" in found.summary
    for settings in (own, settings_in(tmp_path / "stranger")):
        found = asked(receipt.path, settings)
        assert "with the consent" not in found.summary and "Northern Agency" not in found.summary
        assert "the maker says that the person shown agreed; nobody else vouches for that" in found.summary


def test_proofs_copied_out_of_another_file_vouch_for_nothing(tmp_path: Path) -> None:
    """A stranger makes a file of their own and puts consent, credential and presentation of a real one into it; also
    with a certificate that has the same serial number and the victim's certificate lying in the file."""
    receipt, _, trusting = vouched_for(tmp_path)
    real = asked(receipt.path, trusting).manifest
    assert real.permission is not None
    claim = real.permission.assurances[0]
    thief = settings_in(tmp_path / "thief")
    permitted = sealed(kind="subject", basis="Agreed.", grant_hash=claim.grant_sha256, assurances=(claim,))
    permitted = dataclasses.replace(permitted, id=real.permission.permit)
    permitted = dataclasses.replace(permitted, seal=seal_of(permitted))
    fake = write_picture(tmp_path / "fake.png", picture(300, 240, seed=9), permitted, making(), settings=thief)
    found = asked(fake.path, trusting)
    assert found.outcome == "made" and "with the consent" not in found.summary
    assert found.vouching[0].why


def test_a_serial_number_proves_nothing() -> None:
    """Which certificate signed is asked of the signature, not of the number it bears."""
    from countenance.verify.signers import signers_in

    root = issue_root("A", now_utc())
    middle = issue_intermediate(root, "A", now_utc())
    leaf = issue_signer(middle, "A", now_utc())
    from cryptography.hazmat.primitives.serialization import Encoding

    der = leaf.certificate.public_bytes(Encoding.DER) + middle.certificate.public_bytes(Encoding.DER)
    other = issue_intermediate(issue_root("A", now_utc()), "A", now_utc()).certificate.public_bytes(Encoding.DER)
    serial = str(leaf.certificate.serial_number)
    assert [one[0].serial_number for one in signers_in(b"x" * 99 + der, serial)] == [leaf.certificate.serial_number]
    assert not list(signers_in(leaf.certificate.public_bytes(Encoding.DER) + other, serial)), "no issuer, no signer"
    assert not list(signers_in(der, "1")) and not list(signers_in(der, "nonsense")) and pem(leaf.certificate)


# --- rows --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "edit",
    [
        "permit_kind = 'public-domain'",
        "basis = 'The King himself agreed.'",
        "use = 'dub'",
        f"grant_sha256 = '{'ee' * 32}'",
    ],
)
def test_an_edited_row_does_not_overrule_the_signed_manifest(edit: str, tmp_path: Path) -> None:
    receipt, own = made(tmp_path, sealed(kind="subject", basis="The person shown agreed."))
    honest = asked(receipt.path, own)
    copy = tmp_path / "copy.jpg"
    Image.open(receipt.path).convert("RGB").save(copy, quality=90)
    with create_engine(f"sqlite:///{own.home / 'registry.sqlite'}").begin() as connection:
        connection.execute(text(f"UPDATE renders SET {edit}"))
    for path in (receipt.path, copy):
        found = asked(path, own)
        assert "record-is-not-the-manifests" in found.conflicts and found.exit_status == 10
        assert "the record says something else than the signed manifest" in found.summary
        assert "the maker says that the person shown agreed" in found.summary
        assert found.permission is not None and found.permission.kind == "subject"
        assert found.permission.basis == "The person shown agreed." and "King" not in str(found.as_dict())
    assert honest.summary.split(";")[0] == asked(receipt.path, own).summary.split(";")[0]


def test_a_row_that_gives_a_number_to_another_manifest(tmp_path: Path) -> None:
    """Whoever edits the payload makes the mark lead elsewhere: such a row leads nowhere."""
    _, own = made(tmp_path, sealed(kind="subject", basis="The person shown agreed."))
    with create_engine(f"sqlite:///{own.home / 'registry.sqlite'}").begin() as connection:
        connection.execute(text("UPDATE renders SET payload = '00000000000000aa'"))
    from countenance.marks.watermark import Watermark

    path = tmp_path / "photo.png"
    Image.fromarray(Watermark(0xAA, strength=1.25).embed(picture(300, 240, seed=4))).save(path)
    found = asked(path, own)
    assert found.picture.sightings and found.record is None and "Made with AI by" not in found.summary


# --- innocent files ----------------------------------------------------------------------------------------------


def _cut(path: Path, share: float) -> Path:
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    return path


def _sound(path: Path) -> Path:
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes((np.sin(np.arange(40000) * 0.2) * 9000).astype("<i2").tobytes())
    return path


PDF = (
    b"%PDF-1.4\n1 0 obj\n<</Type/Catalog>>\nendobj\nxref\n0 2\n0000000000 65535 f \n0000000009 00000 n \ntrailer\n"
    + (b"<</Size 2/Root 1 0 R>>\nstartxref\n50\n%%EOF\n")
)


@pytest.mark.parametrize("ending", ["png", "jpg", "gif", "webp", "tif", "wav", "pdf", "mp4"])
@pytest.mark.parametrize("share", [0.9, 0.5, 0.05])
def test_half_a_download_is_not_tampered_with(ending: str, share: float, tmp_path: Path) -> None:
    path = tmp_path / f"half.{ending}"
    if ending == "wav":
        _sound(path)
    elif ending == "pdf":
        path.write_bytes(PDF * 3)
    elif ending == "mp4":
        encoded(path, (f.pixels for f in frames(8, Fraction(25), picture(128, 128))))
    else:
        Image.fromarray(picture(90, 70)).save(path)
    found = asked(_cut(path, share), settings_in(tmp_path))
    assert found.outcome in ("nothing", "unreadable") and found.exit_status in (0, 12), found.summary
    assert not found.conflicts and found.manifest.state in ("none", "unreadable")
    for never in ("tampered", "changed", "relied"):
        assert never not in found.summary


def test_a_neighbours_sidecar_speaks_of_the_neighbour_alone(tmp_path: Path) -> None:
    """`lisa.webm` with `lisa.c2pa`, made beside an untouched `lisa.jpg`."""
    own = settings_in(tmp_path)
    photo = tmp_path / "lisa.jpg"
    Image.fromarray(picture(200, 160, seed=8)).save(photo)
    with VideoOutput(
        tmp_path / "lisa.webm", permit(), making(), width=128, height=128, rate=Fraction(25), settings=own
    ) as output:
        for frame in frames(12, Fraction(25), picture(128, 128)):
            output.write(frame)
    assert (tmp_path / "lisa.c2pa").is_file()
    for settings in (own, settings_in(tmp_path / "stranger")):
        found = asked(photo, settings)
        assert found.outcome == "nothing" and found.exit_status == 0 and not found.conflicts
    clip = asked(tmp_path / "lisa.webm", settings_in(tmp_path / "stranger"))
    assert clip.manifest.where == "beside" and clip.manifest.good and clip.outcome == "made"


def test_a_certificate_that_has_expired_is_no_tampering() -> None:
    from countenance.verify.states import of_codes, of_error

    assert of_codes(["signingCredential.expired"])[0] == "lapsed"
    assert of_codes(["signingCredential.expired", "assertion.dataHash.mismatch"])[:2] == ("invalid", "file")
    assert of_codes(["something.new"])[0] == "unreadable" and of_codes([])[0] == "unreadable"
    assert of_error("Other: asset could not be parsed: whatever comes") == "unreadable"
    assert of_error("NotSupported: type is unsupported") == "none"
