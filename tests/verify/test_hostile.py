"""Files that mean harm get an answer in time, or a plain error: never a traceback, never more memory than is given."""

from __future__ import annotations

import os
import resource
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from countenance.errors import CountenanceError, EmptyFile, FileMissing
from countenance.settings import Settings
from countenance.verify import Inquiry, Verdict, verify_file
from countenance.verify.report_page import report_page
from countenance.verify.service.sandbox import Exhausted, ResourceLimits, answer_apart
from countenance.verify.spool import arriving, from_pipe
from tests.verify.conftest import House
from tests.verify.copies import encoded
from tests.verify.hostile import bomb_png, endless_mp4, huge_mp4, jpeg_bytes, nested_boxes, with_app11

QUICK = Inquiry(seconds=1)


def asked(path: Path, settings: Settings, inquiry: Inquiry = QUICK) -> Verdict:
    """A verdict that can be shown in full."""
    found = verify_file(path, settings, inquiry)
    assert found.summary and found.as_dict()["summary"] == found.summary
    assert found.summary.split(";")[0].replace("'", "&#39;")[:40] in report_page(found)
    return found


def test_a_picture_of_ten_thousand_megapixels(tmp_path: Path, strangers_home: Settings) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = asked(bomb_png(tmp_path / "bomb.png"), strangers_home)
    assert found.outcome == "unreadable" and found.exit_status == 12 and "pixels" in found.file.reason
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300_000  # kilobytes


def test_frames_that_claim_to_be_enormous(house: House, tmp_path: Path, strangers_home: Settings) -> None:
    for path in (huge_mp4(house.clip.path, tmp_path / "a.mp4"), endless_mp4(house.clip.path, tmp_path / "b.mp4")):
        found = asked(path, strangers_home)
        assert found.outcome in ("unreadable", "tampered", "marked") and found.manifest.state != "trusted"


def test_truncated_files(house: House, tmp_path: Path, strangers_home: Settings) -> None:
    for source in (house.clip.path, house.still.path, house.sound.path):
        data = source.read_bytes()
        for share in (0.02, 0.3, 0.7, 0.97):
            path = tmp_path / f"{share}{source.suffix}"
            path.write_bytes(data[: int(len(data) * share)])
            found = asked(path, strangers_home, Inquiry(seconds=0.01))
            assert not found.manifest.good


@pytest.mark.parametrize(
    "store", [b"", b"\0" * 64, b"\xff" * 4096, nested_boxes(), b"\x00\x00\x00\x01jumb" + b"\xff" * 24]
)
def test_manifests_that_are_none(store: bytes, tmp_path: Path, strangers_home: Settings) -> None:
    path = tmp_path / "odd.jpg"
    path.write_bytes(with_app11(jpeg_bytes(60, 60), store))
    found = asked(path, strangers_home)
    assert not found.manifest.good and found.file.kind == "picture"


def test_two_kinds_in_one_file(house: House, tmp_path: Path, strangers_home: Settings) -> None:
    """A picture with a signed clip behind it is judged as the picture that viewers show."""
    path = tmp_path / "both.jpg"
    path.write_bytes(jpeg_bytes(60, 60) + house.clip.path.read_bytes())
    found = asked(path, strangers_home)
    assert found.file.kind == "picture" and found.outcome == "nothing" and not found.manifest.good


def test_nothing_at_all(tmp_path: Path, strangers_home: Settings) -> None:
    (tmp_path / "empty.mp4").write_bytes(b"")
    with pytest.raises(EmptyFile):
        verify_file(tmp_path / "empty.mp4", strangers_home)
    with pytest.raises(FileMissing):
        verify_file(tmp_path / "none.mp4", strangers_home)
    with pytest.raises(FileMissing):
        verify_file(tmp_path, strangers_home)


def test_a_video_without_frames(tmp_path: Path, strangers_home: Settings) -> None:
    with av.open(str(tmp_path / "none.mkv"), "w") as out:
        stream = out.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        out.start_encoding()
    found = asked(tmp_path / "none.mkv", strangers_home)
    assert found.outcome == "unreadable" and found.file.reason


def test_eight_by_eight(tmp_path: Path, strangers_home: Settings) -> None:
    Image.new("RGB", (8, 8), "red").save(tmp_path / "tiny.png")
    found = asked(tmp_path / "tiny.png", strangers_home)
    assert found.outcome == "nothing" and "too small to hold a mark" in found.summary


def test_odd_pictures(tmp_path: Path, strangers_home: Settings) -> None:
    shapes = np.random.default_rng(0).integers(0, 255, (61, 67, 4), np.uint8)
    Image.fromarray(shapes).save(tmp_path / "alpha.png")
    Image.fromarray(shapes[..., 0]).save(tmp_path / "grey.webp")
    Image.fromarray(shapes[..., 0].astype(np.uint16) << 8).save(tmp_path / "deep.png")
    Image.fromarray(shapes[..., :3]).convert("CMYK").save(tmp_path / "cmyk.jpg")
    frames = [Image.fromarray(np.roll(shapes[..., :3], n, 0)) for n in range(5)]
    frames[0].save(tmp_path / "moving.gif", save_all=True, append_images=frames[1:], duration=40)
    for path in sorted(tmp_path.iterdir()):
        found = asked(path, strangers_home)
        assert found.outcome == "nothing", path.name
        assert found.file.kind == ("video" if path.suffix == ".gif" else "picture")


def test_ten_bit_and_odd_sizes(tmp_path: Path, strangers_home: Settings) -> None:
    with av.open(str(tmp_path / "deep.mkv"), "w") as out:
        stream = out.add_stream("libx265", rate=24)
        stream.width, stream.height, stream.pix_fmt = 62, 58, "yuv420p10le"
        stream.options = {"x265-params": "log-level=none", "preset": "ultrafast"}
        for shade in range(6):
            pixels = np.full((58, 62, 3), 40 * shade, np.uint8)
            out.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        out.mux(stream.encode())
    found = asked(tmp_path / "deep.mkv", strangers_home)
    assert (found.file.width, found.file.height) == (62, 58) and found.outcome == "nothing"


def test_a_part_of_a_long_file(house: House, tmp_path: Path) -> None:
    found = asked(house.clip.path, house.settings, Inquiry(start=Fraction(1), duration=Fraction(1), seconds=1))
    looked = found.picture.looked
    assert looked and all(Fraction(1) <= start and end <= Fraction(21, 10) for start, end in looked)
    assert f"{found.picture.payloads[0]:016x}" == house.clip.payload
    with pytest.raises(CountenanceError, match="ends at"):
        verify_file(house.clip.path, house.settings, Inquiry(start=Fraction(60)))
    long = encoded(tmp_path / "long.mp4", (np.full((48, 48, 3), n % 250, np.uint8) for n in range(900)))
    places = asked(long, house.settings, Inquiry(seconds=0.01)).picture.looked
    assert len(places) == 1 and places[0][0] > 10, "the middle of a long file comes first"


def test_the_child_is_given_only_so_much(tmp_path: Path, house: House) -> None:
    tight = ResourceLimits(seconds=3, memory=200 << 20)
    with pytest.raises((Exhausted, CountenanceError)):
        answer_apart(house.clip.path, house.settings, tight, name="clip", whole=True, language="en")
    roomy = ResourceLimits(seconds=40)
    found = answer_apart(bomb_png(tmp_path / "bomb.png"), house.settings, roomy, name="bomb", whole=True, language="en")
    assert found["verdict"]["outcome"] == "unreadable"


def test_a_pipe_that_ends_and_one_that_does_not(tmp_path: Path) -> None:
    for ends in (True, False):
        read, write = os.pipe()
        os.write(write, b"x" * 5000)
        if ends:
            os.close(write)
        arrived = arriving(from_pipe(read), tmp_path, name="a pipe", max_seconds=2)
        assert arrived.whole is ends and arrived.size == 5000 and arrived.path.stat().st_size == 5000
        os.close(read)
        if not ends:
            os.close(write)


def test_the_beginning_of_a_stream_is_no_tampered_file(house: House, tmp_path: Path) -> None:
    """A faststart MP4 that was cut off: its manifest cannot be held against it, and its mark still speaks."""
    begun = tmp_path / "begun"
    data = house.clip.path.read_bytes()
    begun.write_bytes(data[: int(len(data) * 0.8)])
    found = asked(begun, house.settings, Inquiry(seconds=1, whole=False, name="standard input"))
    assert found.manifest.state == "unchecked" and not found.conflicts and found.outcome == "made"
    assert found.file.name == "standard input" and "only a part was looked at" in found.summary
