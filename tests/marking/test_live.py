"""The live exit: what leaves bears its marks, is in the record, and stops when its permit does."""

from __future__ import annotations

import dataclasses
import datetime as dt
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from countenance.errors import BadOption, CountenanceError, PermissionRefused
from countenance.marking.live import Ended, Feed, LiveOutput, least_bitrate
from countenance.marking.live.encoding import decoded_jpeg, decoded_pictures, decoded_sound
from countenance.marking.live.floors import every
from countenance.marking.render_registry import Registry
from countenance.marks import audiomark
from countenance.marks.watermark import read_back
from countenance.media.frames import Pixels
from countenance.permission.keyring import Signer
from countenance.permission.ledger import Ledger
from countenance.permission.permit import Permit, seal_of
from countenance.permission.revocation import RevocationLists, publish_list
from countenance.permission.revocation_list import RevokedGrant
from countenance.settings import Settings
from countenance.verify import verify_file
from tests.exit_material import making, permit, picture, settings_in
from tests.permission.people import ADA

RATE = Fraction(25)
SIDE = 320
STILL = picture(SIDE, SIDE)


def moving(index: int) -> Pixels:
    return np.roll(STILL, index % 9, axis=1)


def speechlike(index: int) -> np.ndarray:
    """A frame's length of noise that swells and fades as speech does."""
    noise = np.random.default_rng(index).normal(0, 0.12, (1920, 1))
    return np.asarray(noise * abs(np.sin(index / 3)), np.float32)


def taken(feed: Feed) -> list[Any]:
    """All that waits."""
    items = []
    while (item := feed.take(0)) is not None:
        items.append(item)
    return items


@dataclasses.dataclass
class Sent:
    """What viewers of one session got."""

    settings: Settings
    payload: int
    items: dict[str, list[Any]]
    receipt: dict[str, Any]


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Sent:
    """Twelve seconds of pictures and sound."""
    settings = settings_in(tmp_path_factory.mktemp("live"))
    with LiveOutput(permit(), making(), width=SIDE, height=SIDE, opening=[STILL], settings=settings, channels=1) as out:
        feeds = {kind: out.feed(kind) for kind in ("vp8", "h264", "opus", "jpeg", "frames")}  # type: ignore[arg-type]
        items: dict[str, list[Any]] = {kind: [] for kind in feeds}
        for index in range(300):
            out.put_sound(speechlike(index))
            out.put(moving(index), index / RATE)
            for kind, feed in feeds.items():
                items[kind] += taken(feed)
    return Sent(settings, int(out.payload, 16), items, out.receipt.as_dict())


@pytest.mark.parametrize("codec", ["vp8", "h264"])
@pytest.mark.parametrize("start", [0, 100, 200])
def test_the_mark_is_read_from_a_second_of_any_stream(sent: Sent, codec: Any, start: int) -> None:
    pictures = decoded_pictures(codec, sent.items[codec])[start : start + 25]
    assert read_back(pictures, first_look=8) == sent.payload


def test_the_mark_is_in_each_picture_that_goes_alone(sent: Sent) -> None:
    assert read_back([decoded_jpeg(sent.items["jpeg"][0])]) == sent.payload
    assert read_back([sent.items["frames"][-1].pixels]) == sent.payload


def test_the_sound_bears_its_mark_and_goes_with_its_pictures(sent: Sent) -> None:
    heard = audiomark.detect(decoded_sound(sent.items["opus"]), 48_000)
    assert heard is not None and heard.payload == sent.payload
    assert [p.pts for p in sent.items["opus"]] == [960 * k for k in range(len(sent.items["opus"]))]
    last_picture, last_sound = sent.items["vp8"][-1].pts / 90_000, sent.items["opus"][-1].pts / 48_000
    assert abs(last_picture - last_sound) <= 0.04, "what belongs together leaves together"


@pytest.mark.parametrize("codec", ["vp8", "h264"])
def test_what_a_viewer_records_and_encodes_again_is_read_by_verify(sent: Sent, codec: Any, tmp_path: Path) -> None:
    path = tmp_path / "recorded.mp4"
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("libx264", rate=25)
        stream.width = stream.height = SIDE
        stream.pix_fmt, stream.options = "yuv420p", {"crf": "20", "preset": "veryfast"}
        for pixels in decoded_pictures(codec, sent.items[codec]):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode(None))
    verdict = verify_file(path, settings=sent.settings).as_dict()
    assert f"{sent.payload:016x}" in str(verdict)
    assert verdict["outcome"] == "made", verdict["summary"]


def test_it_is_in_registry_and_ledger(sent: Sent) -> None:
    with Registry.open(sent.settings) as registry:
        render = registry.by_payload(sent.payload)
    assert render is not None and render.frames == 300 and render.fingerprints and render.sound_fingerprint
    assert render.manifest_id == sent.receipt["manifest_id"] and render.marks == ("picture", "sound")
    with Ledger.open(sent.settings) as ledger:
        (begun,), (ended,) = ledger.entries("render"), ledger.entries("session")
    assert begun.said["outcome"] == "done" and begun.said["payload"] == ended.said["payload"] == f"{sent.payload:016x}"
    assert ended.said["reason"] == "closed" == sent.receipt["reason"] and ended.said["frames"] == 300


def running(settings: Settings, allowed: Permit) -> tuple[LiveOutput, Feed, Iterator[int]]:
    out = LiveOutput(allowed, making(), width=SIDE, height=SIDE, opening=[STILL], settings=settings)
    out.__enter__()
    return out, out.feed("vp8"), iter(range(10_000))


def ends(out: LiveOutput, feed: Feed, count: Iterator[int], within: float) -> CountenanceError:
    """Go on until the exit refuses; nothing may come out of the feed then."""
    began = time.monotonic()
    while time.monotonic() - began < within:
        try:
            out.put(STILL, next(count) / RATE)
        except CountenanceError as error:
            with pytest.raises(Ended):
                feed.take(0)
            out.__exit__(type(error), error, None)
            return error
        time.sleep(0.02)
    out.__exit__(None, None, None)
    pytest.fail("the session went on")


def test_a_revocation_ends_it(tmp_path: Path, own_home: Path) -> None:
    del own_home
    settings = settings_in(tmp_path)
    signer: Signer = ADA
    plain = dataclasses.replace(permit(), rests_on=(("ef" * 16, signer.identity.did, ""),), seal="")
    out, feed, count = running(settings, dataclasses.replace(plain, seal=seal_of(plain)))
    for _ in range(5):
        out.put(STILL, next(count) / RATE)
    revoked = [RevokedGrant(jti="ef" * 16, since=int(time.time()), reason="changed my mind")]
    publish_list(signer, tmp_path / "revoked.jwt", revoked, lists=RevocationLists.at_home(settings))
    assert ends(out, feed, count, within=5).code == "permission.revoked"
    assert out.receipt.reason == "permission.revoked" and "revoked" in out.receipt.message
    with Ledger.open(settings) as ledger:
        (ended,) = ledger.entries("session")
    assert ended.said["reason"] == "permission.revoked"


def test_a_revocation_that_is_published_elsewhere_ends_it(tmp_path: Path, own_home: Path) -> None:
    """The list lies where the grant says; this installation is not told, it looks."""
    del own_home
    settings, published = settings_in(tmp_path), tmp_path / "published.jwt"
    other = RevocationLists(tmp_path / "elsewhere")
    publish_list(ADA, published, lists=other)
    plain = dataclasses.replace(permit(), rests_on=(("ef" * 16, ADA.identity.did, published.as_uri()),), seal="")
    out, feed, count = running(settings, dataclasses.replace(plain, seal=seal_of(plain)))
    out.put(STILL, next(count) / RATE)
    publish_list(ADA, published, [RevokedGrant(jti="ef" * 16, since=int(time.time()))], lists=other)
    assert ends(out, feed, count, within=5).code == "permission.revoked"


@pytest.mark.soak
def test_an_expiry_ends_it_whatever_the_drawing_does(tmp_path: Path) -> None:
    allowed = permit(minutes=12 / 60)
    out, feed, count = running(settings_in(tmp_path), allowed)
    out.put(STILL, next(count) / RATE)
    left = (allowed.expires_at - dt.datetime.now(dt.UTC)).total_seconds()
    assert feed.take(1) is not None
    time.sleep(max(0.0, left) + 4)  # nothing is drawn: the feed ends by itself
    with pytest.raises(Ended):
        feed.take(0)
    assert ends(out, feed, count, within=1).code == "permission.expired"


def test_no_bit_rate_that_loses_the_mark() -> None:
    with pytest.raises(BadOption, match="would be lost"):
        LiveOutput(
            permit(), making(), width=512, height=512, opening=[STILL], settings=Settings(), bitrate=250_000
        ).__enter__()
    assert every(1_000_000, 2_000_000) == 1 and every(1_000_000, 400_000) == 3
    assert every(1_000_000, least_bitrate(512, 512) // 3) is None, "nothing is sent rather than something without marks"


def test_nothing_leaves_without_a_permit_for_it(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    for wrong, code in (
        (dataclasses.replace(permit(), use="live"), "permission.forged"),
        (permit(use="live"), "permission.use"),
        (permit({"source": "12" * 32}), "permission.input"),
        (permit(minutes=-1), "permission.expired"),
        (object(), "permission.missing"),
    ):
        with pytest.raises(PermissionRefused) as refused:
            LiveOutput(
                wrong,
                making(),
                width=SIDE,
                height=SIDE,
                opening=[STILL],
                settings=settings,  # type: ignore[arg-type]
            ).__enter__()
        assert refused.value.code == code


def test_a_viewer_who_stalls_holds_up_nobody() -> None:
    asked = []
    feed = Feed("vp8", lambda: asked.append(1))
    feed.put("late", key=False)
    assert feed.take(0) is None, "nothing before a key frame"
    feed.put("key", key=True)
    for index in range(120):
        feed.put(index, key=False)
    assert feed.dropped and asked, "what cannot be decoded any more is dropped, and a key frame asked for"
    assert feed.take(0) is None
    feed.put("fresh", key=True)
    assert feed.take(0) == "fresh"
    frames = Feed("frames", lambda: None)
    for index in range(5):
        frames.put(index)
    assert frames.take(0) == 4, "the newest wins"
