"""Attack: keep what was encoded and get the use back; let a grant end while its file is drawn; share a number."""

from __future__ import annotations

import dataclasses
import time
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from countenance.errors import OutputFolder, PermissionRefused
from countenance.face.subject import PictureSubject
from countenance.marking.render_registry import Registry
from countenance.marking.video_exit import VideoOutput, write_picture
from countenance.media.source import Source
from countenance.permission.authorisation import Authorisation
from countenance.permission.ledger import Ledger
from countenance.permission.ledger.usage import Usage
from countenance.permission.permit import GrantUse, Permit, seal_of
from countenance.permission.revocation import RevocationLists, publish_list
from countenance.permission.revocation_list import RevokedGrant
from tests.attacks.conftest import square
from tests.exit_material import frames, making, permit, picture, settings_in
from tests.likeness.material import ADA, BEN, Studio, picture_of

RATE = Fraction(25)
GRANT = "a" * 32


def once(**changed: object) -> Permit:
    """A permit under a grant that allows one use."""
    plain = dataclasses.replace(permit(), uses=(GrantUse(GRANT, "1" * 64, "subject", "animate", times=1),), **changed)  # type: ignore[arg-type]
    return dataclasses.replace(plain, seal=seal_of(plain))


def render(folder: Path, leave: Permit, *, count: int = 20, then: BaseException | None = None, wait: float = 0) -> None:
    with VideoOutput(
        folder / "out.mp4", leave, making(), width=160, height=128, rate=RATE, settings=settings_in(folder)
    ) as out:
        for frame in frames(count, RATE):
            out.write(frame)
        time.sleep(wait)
        if then is not None:
            raise then


def left(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir()} - {"home"}


def uses(folder: Path) -> int:
    with Ledger.open(settings_in(folder)) as ledger:
        assert ledger.verify().good
        return Usage(ledger).uses(GRANT)


def test_what_was_encoded_stays_counted(tmp_path: Path) -> None:
    """Ctrl-C after the last frame, with a second name for the partial file somewhere else."""
    with pytest.raises(KeyboardInterrupt):
        render(tmp_path, once(), then=KeyboardInterrupt())
    assert uses(tmp_path) == 1 and not left(tmp_path)
    with pytest.raises(PermissionRefused) as refused:
        render(tmp_path, once())
    assert refused.value.code == "permission.count"


def test_a_registry_that_cannot_be_written_gives_nothing_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(*_: object) -> None:
        raise OutputFolder("The registry is locked.")

    monkeypatch.setattr(Registry, "add", locked)
    with pytest.raises(OutputFolder):
        render(tmp_path, once())
    assert uses(tmp_path) == 1 and not left(tmp_path)


def test_a_still_whose_registry_is_locked_stays_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(*_: object) -> None:
        raise OutputFolder("The registry is locked.")

    monkeypatch.setattr(Registry, "add", locked)
    with pytest.raises(OutputFolder):
        write_picture(tmp_path / "a.png", picture(), once(), making(), settings=settings_in(tmp_path))
    assert uses(tmp_path) == 1 and not left(tmp_path)


def test_before_anything_is_encoded_the_use_comes_back(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        render(tmp_path, once(), count=0, then=ZeroDivisionError())
    assert uses(tmp_path) == 0
    render(tmp_path, once())
    assert uses(tmp_path) == 1


def test_a_grant_that_ends_while_frames_are_drawn_gives_no_file(tmp_path: Path) -> None:
    with pytest.raises(PermissionRefused) as refused:
        render(tmp_path, once(expires_at=datetime.now(UTC) + timedelta(seconds=2)), wait=2)
    assert refused.value.code == "permission.expired" and not left(tmp_path)


def test_a_grant_taken_back_while_frames_are_drawn_gives_no_file(tmp_path: Path) -> None:
    number = "ef" * 16

    leave = once(rests_on=((number, ADA.identity.did, ""),))
    with (
        pytest.raises(PermissionRefused) as refused,
        VideoOutput(
            tmp_path / "out.mp4", leave, making(), width=160, height=128, rate=RATE, settings=settings_in(tmp_path)
        ) as out,
    ):
        for frame in frames(20, RATE):
            out.write(frame)
        revoked = [RevokedGrant(jti=number, since=int(time.time()), reason="changed my mind")]
        lists = RevocationLists.at_home(settings_in(tmp_path))
        publish_list(ADA, tmp_path / "home" / "revoked.jwt", revoked, lists=lists)
    assert refused.value.code == "permission.revoked" and not left(tmp_path)


def test_two_grants_of_one_job_with_one_number(studio: Studio, tmp_path: Path) -> None:
    """Only one of them would be counted."""
    one = PictureSubject(Source.pin(picture_of(tmp_path / "grace.png", square("grace"))))
    other = PictureSubject(Source.pin(picture_of(tmp_path / "eileen.png", square("eileen"))))
    number = "ab" * 16
    claims = {}
    for role, signer, subject, use in (("source", ADA, one, "swap"), ("plate", BEN, other, "double")):
        grant = studio.grant(signer, subject.template, use, jti=number)  # its file is named after the number
        claims[role] = dataclasses.replace(grant, path=grant.path.rename(tmp_path / f"{role}.jwt"))
    with Authorisation("swap", claims, studio.settings) as asked, pytest.raises(PermissionRefused) as refused:
        asked.preflight(("source", "plate"))
        asked.permit({"source": one, "plate": other}, {})
    assert refused.value.code == "permission.number"
