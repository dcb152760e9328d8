"""Attack: keep what was encoded and get the use back; let a grant end while its file is drawn; share a number."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from countenance.errors import OutputFolder, PermissionRefused
from countenance.face.subject import PictureSubject
from countenance.marking.render_registry import Registry
from countenance.marking.video_exit import VideoOutput, write_picture
from countenance.media.source import Source
from countenance.performance.expression import canonical_neutral
from countenance.performance.live import Moment
from countenance.performance.take import rest
from countenance.permission import load_grant
from countenance.permission.authorisation import Authorisation
from countenance.permission.grant import Grant
from countenance.permission.grant_claim import Records
from countenance.permission.issuers import KnownIssuers
from countenance.permission.ledger import Ledger
from countenance.permission.ledger.usage import Usage
from countenance.permission.permit import GrantUse, Permit, seal_of
from countenance.permission.reviews import Reviews
from countenance.permission.revocation import RevocationLists, publish_list
from countenance.permission.revocation_list import RevokedGrant
from countenance.permission.revocation_source import NotFetched
from countenance.permission.signed_grant import sign_grant
from countenance.permission.standing import check_standing
from countenance.render.live import BY_CAMERA, LiveJob, LivePortrait
from countenance.render.options import AnimateOptions
from tests.attacks.conftest import square
from tests.exit_material import frames, making, permit, picture, settings_in
from tests.likeness.material import ADA, BEN, Studio, picture_of
from tests.permission.people import STUDIO, grant_said

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


class Resting:
    """A moment of a live session, and its end."""

    def moments(self) -> Iterator[Moment]:
        yield Moment(Fraction(1, 25), rest(), canonical_neutral())


@pytest.mark.parametrize(("times", "left_over"), [(1, 1), (2, 0)])
def test_a_recording_that_has_no_use_left_does_not_cost_the_session_one(
    studio: Studio, tmp_path: Path, times: int, left_over: int
) -> None:
    """A recording is a use of its own: it is asked for before the session begins, and nothing is spent in vain."""
    source = picture_of(tmp_path / "grace.png", square("grace"))
    template = PictureSubject(Source.pin(source)).template
    scope = {**grant_said()["scope"], "uses": ["live"], "times": times}
    grant = studio.grant(ADA, template, "live", scope=scope)
    options = AnimateOptions(size=256)
    session = LivePortrait(source, grant, Resting, BY_CAMERA, options, record=tmp_path / "recorded.mp4")
    if left_over:
        with pytest.raises(PermissionRefused) as refused:
            LiveJob(session, studio.settings).run_live()
        assert refused.value.code in ("permission.count", "permission.used") and not session.output.exists()
    else:
        LiveJob(session, studio.settings).run_live()
        assert session.output.exists()
    with Ledger.open(studio.settings) as ledger:
        assert times - Usage(ledger).uses(load_grant(grant.path).grant.id) == left_over


def test_a_list_that_is_blocked_is_relied_on_for_a_week_at_most(tmp_path: Path) -> None:
    """However long the operator says that what they know of revocations may be relied on; past a day the permit says
    as of when it is known."""
    begun = datetime.now(UTC)
    publish_list(ADA, tmp_path / "list.jwt", lists=RevocationLists(tmp_path / "hers"), now=begun)
    served = [(tmp_path / "list.jwt").read_bytes()]

    def fetch(_: str) -> bytes:
        if not served:
            raise NotFetched("blocked")
        return served.pop()

    lists = RevocationLists(tmp_path / "lists", max_age=timedelta(days=9999), fetch=fetch)
    issuers = KnownIssuers(tmp_path / "issuers.json", {STUDIO.identity.did})
    records = Records(frozenset({STUDIO.identity.did}), issuers, Reviews(tmp_path / "reviews"), lists)
    signed = sign_grant(Grant.model_validate_json(json.dumps(grant_said(ADA))), ADA)
    assert signed.grant.revocation and check_standing(signed, records, begun) == []
    assert check_standing(signed, records, begun + timedelta(hours=23)) == []
    known = f"revocations known as of {begun:%Y-%m-%d %H:%M} UTC"
    assert check_standing(signed, records, begun + timedelta(days=6, hours=23)) == [known]
    with pytest.raises(PermissionRefused) as refused:
        check_standing(signed, records, begun + timedelta(days=7, hours=1))
    assert refused.value.code == "permission.revocation_unknown"
