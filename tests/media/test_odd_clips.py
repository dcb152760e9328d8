"""What any player shows is what is read: old, broadcast, damaged and odd clips, frame by frame."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from countenance.errors import BadOption
from countenance.media.audio import open_sound
from countenance.media.source import Source
from countenance.media.video import open_video
from tests.end_to_end.command import Command
from tests.media.odd_clips import COUNT, RATE, Clip, greys, spoil, tone

EVEN = [i / RATE for i in range(COUNT)]
B_FRAMES = {"bf": "2", "crf": "8"}
KINDS = {
    "interlaced.mp4": Clip(options={"flags": "+ildct+ilme", "x264-params": "tff=1", "crf": "8"}),
    "interlaced.mpg": Clip("mpeg2video", options={"flags": "+ildct+ilme", "qscale": "2", "b": "4M"}),
    "plain.ts": Clip(options=B_FRAMES, tone=1),
    "plain.m2ts": Clip(options=B_FRAMES, container="mpegts", muxing={"mpegts_m2ts_mode": "1"}),
    "disc.vob": Clip("mpeg2video", options={"bf": "2", "b": "4M"}, tone=2),
    "disc.mpg": Clip("mpeg1video", options={"b": "4M"}),
    "elementary.h264": Clip(options=B_FRAMES),
    "elementary.hevc": Clip("libx265", options={"x265-params": "log-level=none", "crf": "8"}),
    "elementary.m2v": Clip("mpeg2video", container="mpeg2video", options={"b": "4M"}),
    "reordered.avi": Clip(options=B_FRAMES),
    "old.avi": Clip("mpeg4", options={"bf": "2", "b": "4M"}),
    "camera.avi": Clip("mjpeg", pix_fmt="yuvj420p"),
    "flash.flv": Clip("flv", options={"b": "4M"}),
    "windows.wmv": Clip("wmv2", container="asf", options={"b": "4M"}),
    "edited.mov": Clip("prores_ks", pix_fmt="yuv422p10le"),
    "lossless.mkv": Clip("ffv1"),
    "web.webm": Clip("libvpx-vp9", options={"crf": "10", "cpu-used": "8"}, tone=1),
    "new.mp4": Clip("libsvtav1", options={"preset": "12", "crf": "15"}),
}


@pytest.mark.parametrize("name", KINDS)
def test_every_frame_at_its_time_twice_and_in_part(tmp_path: Path, name: str) -> None:
    path = KINDS[name].write(tmp_path / name)
    with open_video(path) as video:
        frames = list(video.frames())
        assert greys(frames) == list(range(COUNT)), "each frame, once, in order"
        assert all(abs(f.time - at) <= Fraction(1, 900) for f, at in zip(frames, EVEN, strict=True))
        assert [f.time for f in video.frames()] == [f.time for f in frames]
        part = list(video.frames(start=Fraction(2, 5), duration=Fraction(1, 5)))
        assert greys(part)[:5] == [10, 11, 12, 13, 14] and part[0].time < Fraction(1, 500)
        assert video.warnings == ()
        assert abs((video.info.duration or 0) - COUNT / RATE) <= Fraction(3, 25)


@pytest.mark.parametrize("name", ["long.ts", "long.vob", "long.mkv", "long.avi", "long.h264"])
def test_a_late_part_is_the_part_that_was_asked_for(tmp_path: Path, name: str) -> None:
    def paint(index: int) -> np.ndarray:
        return np.full((64, 96, 3), 20 + index, np.uint8)

    codec = "mpeg2video" if name == "long.vob" else "libx264"
    path = Clip(codec, count=200, paint=paint, options={"g": "40", "bf": "2", "b": "4M"}).write(tmp_path / name)
    with open_video(path) as video:
        for at in (Fraction(6), Fraction(3), Fraction(71, 10)):
            frame = next(video.frames(start=at))
            assert abs(float(frame.pixels.mean()) - 20 - int(at * RATE)) < 1.5


def test_a_field_of_each_frame_does_not_change_the_speed_of_the_sound(tmp_path: Path) -> None:
    path = Clip(options={"flags": "+ildct+ilme", "x264-params": "tff=1"}, tone=1).write(tmp_path / "a.mp4")
    with open_video(path) as video:
        last = list(video.frames())[-1]
    track = open_sound(path)
    assert track is not None
    samples = sum(len(block) for block in track.blocks())
    assert abs(samples / 48_000 - float(last.time + 1 / RATE)) < 0.05


@pytest.mark.parametrize("threads", ["one slice", "b-frames"])
def test_a_damaged_packet_loses_only_itself_and_is_told_once(tmp_path: Path, threads: str) -> None:
    options = {"bf": "0", "g": "1"} if threads == "one slice" else {"bf": "2", "g": "10"}
    path = Clip(options=options | {"crf": "8"}, harmed=(6,)).write(tmp_path / "a.mp4")
    source = Source.pin(path)
    for _ in range(2):
        with open_video(source) as video:
            numbers = greys(list(video.frames()))
            assert len(numbers) == COUNT - 1 and numbers[-1] == COUNT - 1
            list(video.frames())
            (told,) = video.warnings
    assert "One packet is damaged" in told and told in source.losses.sentences("a.mp4")


def noisy(index: int) -> np.ndarray:
    return np.random.default_rng(index).integers(0, 256, (64, 96, 3), np.uint8)


def test_a_clip_that_ends_early_says_so(tmp_path: Path) -> None:
    options = {"g": "5", "crf": "8", "bf": "0"}
    whole = Clip(count=60, options=options, muxing={"movflags": "faststart"}, paint=noisy).write(tmp_path / "a.mp4")
    data = whole.read_bytes()
    (tmp_path / "b.mp4").write_bytes(data[: int(len(data) * 0.6)])
    with open_video(tmp_path / "b.mp4") as video:
        assert 10 < len(list(video.frames())) < 60
        assert any("the rest is missing" in warning for warning in video.warnings)


@pytest.mark.parametrize(("pixel", "size"), [((64, 45), (1024, 576)), ((8, 9), (720, 648)), ((1, 1), (720, 576))])
def test_pixels_come_out_square(tmp_path: Path, pixel: tuple[int, int], size: tuple[int, int]) -> None:
    clip = Clip(size=(720, 576), pixel=Fraction(*pixel), count=2)
    with open_video(clip.write(tmp_path / "a.mp4")) as video:
        assert (video.info.width, video.info.height) == size
        assert next(video.frames()).pixels.shape == (size[1], size[0], 3)


ONE = 1 << 16
MATRICES = {
    "mirrored": ((-ONE, 0, 0, 0, ONE, 0, 0, 0, 1 << 30), (0, 1), False),
    "upside down, mirrored": ((ONE, 0, 0, 0, -ONE, 0, 0, 0, 1 << 30), (1, 0), False),
    "half a turn": ((-ONE, 0, 0, 0, -ONE, 0, 0, 0, 1 << 30), (1, 1), False),
    "a quarter": ((0, ONE, 0, -ONE, 0, 0, 0, 0, 1 << 30), (0, 1), True),
    "three quarters": ((0, -ONE, 0, ONE, 0, 0, 0, 0, 1 << 30), (1, 0), True),
    "transposed": ((0, ONE, 0, ONE, 0, 0, 0, 0, 1 << 30), (0, 0), True),
    "transposed the other way": ((0, -ONE, 0, -ONE, 0, 0, 0, 0, 1 << 30), (1, 1), True),
}


@pytest.mark.parametrize("name", MATRICES)
def test_a_display_matrix_is_followed(tmp_path: Path, name: str) -> None:
    matrix, corner, turned = MATRICES[name]
    with open_video(Clip(matrix=matrix, count=2).write(tmp_path / "a.mp4")) as video:
        info, pixels = video.info, next(video.frames()).pixels
    assert (info.width, info.height) == ((64, 96) if turned else (96, 64)) == pixels.shape[1::-1]
    quarters = [[pixels[:8, :8], pixels[:8, -8:]], [pixels[-8:, :8], pixels[-8:, -8:]]]
    bright = [(y, x) for y in (0, 1) for x in (0, 1) if quarters[y][x].mean() > 200]
    assert bright == [corner]
    assert info.mirrored == ("mirrored" in name or "transposed" in name)


def test_what_says_30_and_varies_keeps_its_times(tmp_path: Path) -> None:
    times = [Fraction(k, 60) for k in range(12)] + [Fraction(1, 5) + Fraction(k, 15) for k in range(1, 9)]
    path = Clip(times=times, rate=Fraction(30), options={"bf": "0"}).write(tmp_path / "a.mkv")
    with open_video(path) as video:
        assert all(abs(f.time - at) <= Fraction(1, 1000) for f, at in zip(video.frames(), times, strict=True))


@pytest.mark.parametrize(("second", "bars"), [((48, 32), False), ((64, 96), True)])
def test_a_size_that_changes_midway_is_brought_to_the_first(
    tmp_path: Path, second: tuple[int, int], bars: bool
) -> None:
    path = tmp_path / "a.webm"
    with av.open(str(path), "w") as out:
        first, at = Clip("libvpx")._stream(out, 1 / RATE), 0
        for size in ((96, 64), second):
            maker = av.CodecContext.create("libvpx", "w")
            maker.width, maker.height, maker.pix_fmt = *size, "yuv420p"
            maker.time_base, maker.framerate = 1 / RATE, RATE
            for frame in [*Clip(size=size, count=10).frames(1 / RATE), None]:
                if frame is not None:
                    frame.pts += at
                for packet in maker.encode(frame):
                    packet.stream = first
                    out.mux(packet)
            at += 10
    with open_video(path) as video:
        frames = list(video.frames())
        assert len(frames) == 20 and {f.pixels.shape for f in frames} == {(64, 96, 3)}
        assert any("changes its size" in warning for warning in video.warnings)
    side = frames[-1].pixels[:, :20].mean()
    assert (side < 4) == bars, "another shape stands between bars; another scale fills the picture"


def test_mono_that_becomes_stereo_is_heard_to_its_end(tmp_path: Path) -> None:
    data = b""
    for layout in ("mono", "stereo"):
        with av.open(str(tmp_path / "part.mp3"), "w", options={"id3v2_version": "0", "write_xing": "0"}) as out:
            stream = out.add_stream("libmp3lame", rate=48_000, layout=layout)
            for packet in tone(stream, Fraction(1)):
                out.mux(packet)
        data += (tmp_path / "part.mp3").read_bytes()
    (tmp_path / "a.mp3").write_bytes(data)
    track = open_sound(tmp_path / "a.mp3")
    assert track is not None
    samples = np.concatenate(list(track.blocks()))
    assert 1.9 < len(samples) / 48_000 < 2.2 and np.abs(samples[-20_000:-8_000]).max() > 0.2


def test_a_damaged_packet_of_sound_is_silence_and_told(tmp_path: Path) -> None:
    path = tmp_path / "a.m4a"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("alac", rate=48_000, layout="mono")
        for packet in tone(stream, Fraction(2)):
            out.mux(packet)
    spoil(path, 5, kind="audio")
    track = open_sound(path)
    assert track is not None
    samples = np.concatenate(list(track.blocks()))
    assert abs(len(samples) - 96_000) <= 64
    assert track.warnings


@pytest.fixture
def two_pictures(tmp_path: Path) -> Path:
    """A small track first, and the default one after it; two sounds, the second one default."""
    path = tmp_path / "two.mkv"
    with av.open(str(path), "w") as out:
        packets = []
        for size, default in (((96, 64), False), ((64, 48), True)):
            clip = Clip(size=size, count=5)
            stream = clip._stream(out, 1 / RATE)
            stream.disposition = av.stream.Disposition.default if default else av.stream.Disposition(0)
            packets.append((stream, clip.frames(1 / RATE)))
        sounds = []
        for layout, default in (("stereo", False), ("mono", True)):
            sound = out.add_stream("aac", rate=48_000, layout=layout)
            sound.disposition = av.stream.Disposition.default if default else av.stream.Disposition(0)
            sounds.append(sound)
        for stream, frames in packets:
            for frame in [*frames, None]:
                for packet in stream.encode(frame):
                    out.mux(packet)
        for sound in sounds:
            for packet in tone(sound, Fraction(1, 5)):
                out.mux(packet)
    return path


def test_the_default_track_is_read_or_the_one_that_is_asked_for(two_pictures: Path) -> None:
    with open_video(two_pictures) as video:
        assert (video.info.width, video.info.height) == (64, 48)
    with open_video(Source.pin(two_pictures, video_track=1)) as video:
        assert (video.info.width, video.info.height) == (96, 64)
        assert len(list(video.frames())) == len(list(video.frames())) == 5
    sounds = [open_sound(Source.pin(two_pictures, audio_track=number)) for number in (None, 1, 2)]
    assert [s.channels for s in sounds if s is not None] == [1, 2, 1]


def test_a_track_that_is_not_there_is_told_with_those_that_are(two_pictures: Path) -> None:
    with pytest.raises(BadOption, match="--video-track 3") as error:
        open_video(Source.pin(two_pictures, video_track=3))
    assert "2 tracks: 1 (h264)" in error.value.remedy
    with pytest.raises(BadOption, match="--audio-track 9"):
        open_sound(Source.pin(two_pictures, audio_track=9))


def test_a_recording_whose_clock_jumps_back_goes_on(tmp_path: Path) -> None:
    one = Clip(options={"bf": "0", "g": "10"}, tone=1).write(tmp_path / "a.ts").read_bytes()
    (tmp_path / "twice.ts").write_bytes(one + one)  # recordings laid end to end: the clock begins again
    with open_video(tmp_path / "twice.ts") as video:
        frames = list(video.frames())
    assert len(frames) == 2 * COUNT
    steps = [float(b.time - a.time) for a, b in pairwise(frames)]
    assert all(abs(step - 0.04) < 0.001 for step in steps)
    track = open_sound(tmp_path / "twice.ts")
    assert track is not None
    assert 1.4 < sum(len(block) for block in track.blocks()) / 48_000 < 1.7


def test_a_stream_that_begins_without_a_whole_picture_keeps_sound_and_picture_together(tmp_path: Path) -> None:
    clip = Clip(count=50, options={"bf": "0", "g": "10"}, tone=1, paint=noisy)
    data = clip.write(tmp_path / "a.ts").read_bytes()
    (tmp_path / "cut.ts").write_bytes(data[188 * (len(data) // 188 // 3) :])  # tuned in midway
    with open_video(tmp_path / "cut.ts") as video:
        frames = list(video.frames())
    track = open_sound(tmp_path / "cut.ts")
    assert track is not None and frames[0].time == 0
    assert abs(sum(len(b) for b in track.blocks()) / 48_000 - float(frames[-1].time + 1 / RATE)) < 0.1


def test_the_command_takes_the_number_of_a_track(
    two_pictures: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Command(capfd, monkeypatch)
    for command in (["animate", "-s", "a.jpg", "-d"], ["dub", "-t", "Hi.", "-i"], ["swap", "--age", "20", "-i"]):
        done = run(*command, two_pictures, "-o", two_pictures.parent / "o.mp4", "--video-track", "3", "--json",
                   *(["--public-domain", "A work, by somebody, 1700"] if command[0] == "animate" else []))  # fmt: skip
        assert done.status in (3, 5), done.out
        assert "--video-track 3" in done.out or done.status == 5


def test_a_recording_of_a_browser_says_no_length_and_has_one(tmp_path: Path) -> None:
    clip = Clip("libvpx", options={"crf": "10", "b": "2M"}, muxing={"live": "1"})
    with open_video(clip.write(tmp_path / "a.webm")) as video:
        assert abs((video.info.duration or 0) - COUNT / RATE) <= Fraction(1, 20)
        assert greys(list(video.frames(start=Fraction(2, 5))))[0] == 10


def test_a_transport_stream_that_begins_inside_a_packet(tmp_path: Path) -> None:
    data = Clip(count=50, options={"bf": "0", "g": "10"}, paint=noisy).write(tmp_path / "a.ts").read_bytes()
    (tmp_path / "b.ts").write_bytes(data[188 * 40 + 77 :])
    with open_video(tmp_path / "b.ts") as video:
        assert len(list(video.frames())) >= 20


@pytest.mark.parametrize("name", ["a.ts", "a.mkv", "a.mp4"])
@pytest.mark.parametrize("later", ["sound", "picture"])
def test_sound_and_picture_that_begin_apart_stay_together(tmp_path: Path, name: str, later: str) -> None:
    apart = Fraction(2, 5)
    path = tmp_path / name
    with av.open(str(path), "w") as out:
        clip = Clip()
        stream = clip._stream(out, 1 / RATE)
        sound = out.add_stream("mp2" if name == "a.ts" else "aac", rate=48_000, layout="mono")
        packets = tone(sound, Fraction(6, 5))
        for packet in packets:
            shift = round(apart / packet.time_base) if later == "sound" else 0
            packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
        for frame in [*clip.frames(1 / RATE), None]:
            if frame is not None and later == "picture":
                frame.pts += round(apart * RATE)
            packets += stream.encode(frame)
        packets.sort(key=lambda p: p.dts * p.time_base)
        for packet in packets:
            out.mux(packet)
    track = open_sound(path)
    assert track is not None
    heard = np.concatenate(list(track.blocks()))[:, 0]
    loud = np.flatnonzero(np.abs(heard) > 0.1)[0] / 48_000
    assert abs(loud - (0.4 if later == "sound" else 0.0)) < 0.03
    assert abs(len(heard) / 48_000 - (1.6 if later == "sound" else 0.8)) < 0.06
