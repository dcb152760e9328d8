"""Every codec that may be asked for bears the mark, and what a container cannot hold is refused."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import get_args

import av
import pytest

from countenance.errors import OutputFormat
from countenance.marking.containers import VIDEO
from countenance.marking.video_exit import VideoOutput
from countenance.marks.watermark import detect
from countenance.media.video import open_video
from countenance.settings import VideoCodec
from tests.exit_material import frames, making, permit, picture, settings_in

RATE = Fraction(25)


@pytest.mark.parametrize(
    ("name", "codec", "found"),
    [
        ("a.mp4", "h265", "hevc"),
        pytest.param("a.mp4", "av1", "av1", marks=pytest.mark.soak),
        pytest.param("a.mp4", "vp9", "vp9", marks=pytest.mark.soak),
        pytest.param("a.mov", "h265", "hevc", marks=pytest.mark.soak),
        pytest.param("a.webm", "av1", "av1", marks=pytest.mark.soak),
    ],
)
def test_the_mark_is_read_back_from_every_codec(tmp_path: Path, name: str, codec: str, found: str) -> None:
    settings, path = settings_in(tmp_path, video_codec=codec), tmp_path / name
    shown = picture(320, 240)
    with VideoOutput(path, permit(), making(), width=320, height=240, rate=RATE, settings=settings) as out:
        for frame in frames(12, RATE, shown):
            out.write(frame)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.name.replace("libdav1d", "av1") == found
        if found == "hevc":
            assert stream.codec_context.codec_tag == "hvc1"
    with open_video(path) as video:
        read = detect([frame.pixels for frame in video.frames()])
    assert read is not None and f"{read.payload:016x}" == out.receipt.payload, "also by who does not know it"


def test_what_a_container_does_not_hold_is_refused(tmp_path: Path) -> None:
    for name, codec in (("a.webm", "h265"), ("a.mov", "vp9")):
        settings = settings_in(tmp_path, video_codec=codec)
        with (
            pytest.raises(OutputFormat),
            VideoOutput(tmp_path / name, permit(), making(), width=320, height=240, rate=RATE, settings=settings),
        ):
            pass
        assert not (tmp_path / name).exists()
    held = {codec for one in VIDEO.values() for codec, _ in one.picture_codecs}
    assert held == set(get_args(VideoCodec)) - {"auto"}
