"""RFC 3161: with a server configured each manifest is stamped by it, or nothing leaves."""

from __future__ import annotations

import datetime as dt
import json
from fractions import Fraction
from pathlib import Path

import c2pa
import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from countenance.errors import BadOption, ProvenanceError
from countenance.marking.render_receipt import Receipt
from countenance.marking.video_exit import VideoOutput, write_picture
from tests.contract.timestamp_server import TimeStamper, served
from tests.exit_material import frames, making, permit, picture, settings_in


@pytest.fixture(scope="module")
def stamper() -> TimeStamper:
    return TimeStamper()


def drawn(folder: Path, address: str | None, name: str = "out.png") -> Receipt:
    settings = settings_in(folder, timestamp_url=address)
    return write_picture(folder / name, picture(), permit(), making(), settings=settings)


def test_a_stamp_is_in_it_and_holds(tmp_path: Path, stamper: TimeStamper) -> None:
    before = stamper.answered
    with served(stamper) as address:
        receipt = drawn(tmp_path, address)
    assert receipt.time_stamped and stamper.answered == before + 1
    root = (tmp_path / "home" / "keys" / "root.pem").read_text()
    trusted = root + stamper.root.public_bytes(Encoding.PEM).decode()
    context = c2pa.Context.from_dict({"verify": {"verify_trust": True}, "trust": {"trust_anchors": trusted}})
    with (tmp_path / "out.png").open("rb") as file, c2pa.Reader("image/png", file, context=context) as reader:
        read = json.loads(reader.json())
    results = read["validation_results"]["activeManifest"]
    codes = {found["code"] for found in results["success"]}
    assert {"timeStamp.validated", "timeStamp.trusted"} <= codes and not results["failure"]
    stamped = read["manifests"][read["active_manifest"]]["signature_info"]["time"]
    assert abs(dt.datetime.fromisoformat(stamped) - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=2)


def test_videos_are_stamped_once_however_long(tmp_path: Path, stamper: TimeStamper) -> None:
    before = stamper.answered
    with served(stamper) as address, VideoOutput(
        tmp_path / "out.mp4", permit(), making(), width=160, height=128, rate=Fraction(10),
        settings=settings_in(tmp_path, timestamp_url=address),
    ) as out:  # fmt: skip
        for frame in frames(20, Fraction(10)):
            out.write(frame)
    assert out.receipt.time_stamped and stamper.answered == before + 1


def test_without_a_server_it_says_so(tmp_path: Path) -> None:
    assert not drawn(tmp_path, None).time_stamped and not drawn(tmp_path, "", "two.png").time_stamped


def test_a_server_that_fails_stops_the_file(tmp_path: Path, stamper: TimeStamper) -> None:
    with served(stamper, status=503) as address, pytest.raises(ProvenanceError, match=address) as refused:
        drawn(tmp_path, address)
    assert refused.value.code == "mark.timestamp"
    with pytest.raises(ProvenanceError) as refused:
        drawn(tmp_path, address)  # nobody answers there any more
    assert refused.value.code == "mark.timestamp"
    assert {p.name for p in tmp_path.iterdir()} == {"home"}


def test_the_next_server_is_asked(tmp_path: Path, stamper: TimeStamper) -> None:
    before = stamper.answered
    with served(stamper, status=503) as failing, served(stamper) as good:
        receipt = drawn(tmp_path, f"http://127.0.0.1:9/, {failing} {good}")
        with pytest.raises(ProvenanceError) as refused:
            drawn(tmp_path, f"http://127.0.0.1:9/,{failing}", "two.png")
    assert receipt.time_stamped and stamper.answered == before + 1
    assert refused.value.code == "mark.timestamp" and failing in refused.value.message
    assert not (tmp_path / "two.png").exists()


def test_addresses_that_are_none(tmp_path: Path) -> None:
    for address in ("http://good.example,ftp://time.example", "time.example", "file:///etc/passwd", "https://"):
        with pytest.raises(BadOption):
            drawn(tmp_path, address)
    assert not list(tmp_path.glob("*.png"))
