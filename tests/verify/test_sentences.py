"""The plain sentence, on files to which things were done. Everything goes through `verify_file`, as a user would."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from countenance.marking.certificates import pem
from countenance.settings import Settings
from countenance.verify import Inquiry, Verdict, in_language, verify_file
from countenance.verify.words import LANGUAGES
from tests.exit_material import frames, picture, settings_in
from tests.marking.chains import Authority
from tests.verify.conftest import RATE, House
from tests.verify.copies import changed, encoded, frames_of, remuxed, signed_by, tampered

QUICK = Inquiry(seconds=1)


def asked(path: Path, settings: Settings, inquiry: Inquiry = QUICK) -> Verdict:
    return verify_file(path, settings, inquiry)


def what(verdict: Verdict) -> set[str]:
    return {change.what for change in verdict.changes}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def test_as_it_left(house: House) -> None:
    found = asked(house.clip.path, house.settings)
    assert found.outcome == "made" and found.exit_status == 0
    assert found.summary == (
        "Made with AI by this installation of Countenance (self-issued); the maker says that the person shown does not "
        "exist; nobody else vouches for that; this is the file exactly as it left."
    )
    assert f"{found.picture.payloads[0]:016x}" == house.clip.payload
    assert found.manifest.state == "self-issued" and found.manifest.own
    assert found.manifest.permission is not None and found.manifest.permission.kind == "synthetic"
    assert found.record is not None and found.record.exact and not found.changes and not found.conflicts


def test_cropped_and_encoded_again(house: House, folder: Path) -> None:
    copy = changed(house.clip.path, folder / "copy.mp4", lambda p: p[24:232, 30:290])
    found = asked(copy, house.settings)
    assert found.manifest.state == "none" and found.record is not None and found.record.how == "picture"
    assert what(found) == {"cropped", "muted", "re-encoded"}  # the copy is written without its sound
    assert "this copy was cropped, muted and re-encoded" in found.summary


def test_mirrored(house: House, folder: Path) -> None:
    found = asked(changed(house.clip.path, folder / "copy.mp4", lambda p: p[:, ::-1]), house.settings)
    assert found.picture.best is not None and found.picture.best.geometry is not None
    assert found.picture.best.geometry.flipped and "mirrored" in found.summary


def test_turned_by_a_quarter(house: House, folder: Path) -> None:
    found = asked(changed(house.clip.path, folder / "copy.mp4", lambda p: np.rot90(p, -1)), house.settings)
    assert "turned by 90°" in found.summary


def test_a_screenshot(house: House, folder: Path) -> None:
    shot = folder / "shot.png"
    Image.fromarray(list(frames_of(house.clip.path))[30]).save(shot)
    found = asked(shot, house.settings)
    assert found.outcome == "made" and "this is a still from it" in found.summary


def test_without_its_manifest(house: House, folder: Path) -> None:
    found = asked(remuxed(house.clip.path, folder / "copy.mp4"), house.settings)
    assert found.outcome == "made" and found.manifest.state == "none"
    assert found.recorded is not None and found.recorded.title == "A clip"
    assert "saved again" in found.summary and "exactly" not in found.summary


def test_a_tampered_manifest_does_not_hide_the_mark(house: House, folder: Path) -> None:
    found = asked(tampered(house.clip.path, folder / "copy.mp4"), house.settings)
    assert found.manifest.state == "invalid" and "assertion.bmffHash.mismatch" in found.manifest.failures
    assert found.conflicts == ("manifest-broken",) and found.exit_status == 10
    assert "its signed manifest does not fit this copy any more" in found.summary


def test_our_manifest_on_another_picture_accuses_nobody(house: House, folder: Path) -> None:
    """A broken manifest that names a recorded render, on pixels that have nothing to do with it."""
    plain = folder / "plain.png"
    Image.fromarray(picture(400, 300, seed=77)).save(plain)
    data, donor = plain.read_bytes(), house.still.path.read_bytes()
    begin = donor.index(b"caBX") - 4
    size = int.from_bytes(donor[begin : begin + 4], "big") + 12
    at = data.index(b"IDAT") - 4
    plain.write_bytes(data[:at] + donor[begin : begin + size] + data[at:])
    found = asked(plain, house.settings)
    assert found.outcome == "tampered" and found.record is None and found.exit_status == 10
    assert found.summary.startswith("Its manifest was made for other bytes:") and "Made with AI" not in found.summary


def test_nothing_is_no_proof(house: House, folder: Path) -> None:
    plain = encoded(folder / "plain.mp4", (frame.pixels for frame in frames(30, RATE, picture(192, 160, seed=9))))
    found = asked(plain, house.settings)
    assert found.outcome == "nothing" and found.exit_status == 0
    assert found.summary == (
        "No mark and no signed manifest were found, which does not tell whether it was made with AI."
    )


def test_sound_alone(house: House) -> None:
    found = asked(house.sound.path, house.settings)
    assert found.file.kind == "sound" and f"{found.sound.payloads[0]:016x}" == house.sound.payload
    assert found.outcome == "made" and found.picture.reason == "There is no picture."


def test_somewhere_else_the_number_is_unknown(house: House, folder: Path, strangers_home: Settings) -> None:
    found = asked(remuxed(house.clip.path, folder / "copy.mp4"), strangers_home)
    assert found.outcome == "marked" and f"{found.unknown[0]:016x}" == house.clip.payload
    assert "no record that was asked knows its number" in found.summary
    assert not (strangers_home.home / "registry.sqlite").exists(), "looking leaves nothing behind"


def test_somewhere_else_the_manifest_still_tells(house: House, strangers_home: Settings) -> None:
    found = asked(house.clip.path, strangers_home)
    assert found.outcome == "made" and found.manifest.state == "self-issued" and not found.manifest.own
    assert "an installation of Countenance (self-issued)" in found.summary
    assert found.permission is not None and found.permission.state == "nothing-to-revoke"


def test_signed_by_others(house: House, folder: Path) -> None:
    authority = Authority("Camera Works")
    plain = folder / "plain.jpg"
    Image.fromarray(picture(60, 48, seed=5)).save(plain)
    camera = signed_by(authority, plain, folder / "camera.jpg", "image/jpeg", source_type="digitalCapture")
    found = asked(camera, house.settings)
    assert found.outcome == "signed" and found.manifest.state == "unknown-signer"
    assert (
        "as it says itself; nobody whom this computer trusts" in found.summary
        and "captured by a device" in found.summary
    )
    assert "no invisible mark of ours was found" in found.summary
    for word in ("authentic", "genuine", "real"):
        assert word not in found.summary.lower()

    trusting = settings_in(folder / "trusting")
    (trusting.home / "trust").mkdir(parents=True)
    (trusting.home / "trust" / "camera.pem").write_text(pem(authority.root.certificate))
    assert asked(camera, trusting).manifest.state == "trusted"

    drawn = signed_by(authority, plain, folder / "ai.jpg", "image/jpeg", source_type="trainedAlgorithmicMedia")
    assert asked(drawn, house.settings).outcome == "signed-ai"
    assert asked(tampered(drawn, folder / "bad.jpg", at=-40), house.settings).outcome == "tampered"


def test_signed_again_by_others_it_is_still_ours(house: House, folder: Path) -> None:
    stripped = remuxed(house.clip.path, folder / "stripped.mp4")
    theirs = signed_by(
        Authority("Thief Ltd"), stripped, folder / "theirs.mp4", "video/mp4", source_type="digitalCapture"
    )
    found = asked(theirs, house.settings)
    assert found.outcome == "made" and found.signed_again
    assert found.summary.startswith("Made with AI by this installation of Countenance")
    assert "later signed by" in found.summary and "Thief Ltd" not in found.summary.split(";")[0]


def test_every_language_says_it(house: House) -> None:
    found = asked(house.still.path, house.settings)
    said = [in_language(found, language).summary for language in LANGUAGES]
    assert len(set(said)) == len(LANGUAGES) and all("{" not in one and len(one) > 40 for one in said)
