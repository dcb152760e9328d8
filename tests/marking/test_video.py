"""Videos out: exact times, colour, sound to the sample, and nothing left behind when it goes wrong."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import textwrap
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from countenance.errors import (
    BadOption,
    InputChanged,
    OutputError,
    OutputExists,
    OutputFolder,
    OutputFormat,
    OutputFull,
    OutputIsInput,
    PermissionRefused,
)
from countenance.marking.manifest_signing import _RecordingFile
from countenance.marking.picture_track import FINE_TIME_BASE
from countenance.marking.render_receipt import Receipt
from countenance.marking.render_spec import Ingredient
from countenance.marking.video_exit import VideoOutput
from countenance.marks.watermark import detect
from countenance.media.audio import open_sound
from countenance.media.frames import VideoFrame
from countenance.media.video import open_video
from countenance.permission.permit import Permit
from tests.exit_material import Clicks, frames, making, permit, picture, picture_file, plate, settings_in

NTSC = Fraction(30000, 1001)


def written(
    path: Path, *, rate: Fraction = NTSC, count: int = 12, size: tuple[int, int] = (160, 128), **more: object
) -> Receipt:
    pixels = picture(*size)
    with VideoOutput(
        path, permit(), making(), width=size[0], height=size[1], rate=rate, settings=settings_in(path.parent),
        **more,  # type: ignore[arg-type]
    ) as out:  # fmt: skip
        for frame in frames(count, rate, pixels):
            out.write(frame)
    return out.receipt


def times(path: Path) -> list[Fraction]:
    with av.open(str(path)) as container:
        return [Fraction(f.pts) * Fraction(f.time_base) for f in container.decode(video=0)]


@pytest.mark.parametrize("rate", [NTSC, Fraction(25), Fraction(24000, 1001), Fraction(60)])
def test_times_are_exact(tmp_path: Path, rate: Fraction) -> None:
    receipt = written(tmp_path / "out.mp4", rate=rate)
    assert times(tmp_path / "out.mp4") == [index / rate for index in range(12)]
    assert receipt.duration == 12 / rate
    with av.open(str(tmp_path / "out.mp4")) as container:
        stream = container.streams.video[0]
        assert stream.duration is not None and stream.duration * stream.time_base == 12 / rate


def test_a_variable_rate_is_kept(tmp_path: Path) -> None:
    ticks = np.cumsum([0, 1501, 3003, 9000, 1500, 12345, 3000])
    wanted = [Fraction(int(tick), 90_000) for tick in ticks]
    out = VideoOutput(
        tmp_path / "out.mp4", permit(), making(), width=160, height=128, rate=Fraction(20),
        time_base=FINE_TIME_BASE, settings=settings_in(tmp_path),
    )  # fmt: skip
    with out:
        for index, time in enumerate(wanted):
            out.write(VideoFrame(picture(seed=index), time, index))
    assert times(tmp_path / "out.mp4") == wanted


@pytest.mark.parametrize(("size", "space", "primaries"), [((160, 128), 6, 6), ((1280, 720), 1, 1)])
def test_colour_survives_and_is_tagged(tmp_path: Path, size: tuple[int, int], space: int, primaries: int) -> None:
    patches = np.zeros((size[1], size[0], 3), np.uint8)
    colours = [(220, 30, 30), (30, 200, 40), (40, 50, 220), (128, 128, 128), (240, 240, 240)]
    wide = size[0] // len(colours)
    for index, colour in enumerate(colours):
        patches[:, index * wide : (index + 1) * wide] = colour
    with VideoOutput(
        tmp_path / "out.mp4", permit(), making(), width=size[0], height=size[1], rate=Fraction(25),
        settings=settings_in(tmp_path),
    ) as out:  # fmt: skip
        out.write(VideoFrame(patches, Fraction(0), 0))
    with av.open(str(tmp_path / "out.mp4")) as container:
        raw = next(container.decode(video=0))
        assert (raw.colorspace, raw.color_range, raw.color_primaries, raw.color_trc) == (space, 1, primaries, 1)
    shown = next(iter(open_video(tmp_path / "out.mp4").frames())).pixels
    for index, colour in enumerate(colours):
        middle = shown[size[1] // 4 : size[1] // 2, index * wide + wide // 4 : index * wide + wide // 2]
        assert np.abs(middle.reshape(-1, 3).mean(axis=0) - colour).max() < 3


def test_odd_sides_grow_by_one_repeated_line(tmp_path: Path) -> None:
    written(tmp_path / "out.mp4", size=(161, 129), count=2)
    shown = next(iter(open_video(tmp_path / "out.mp4").frames())).pixels
    assert shown.shape == (130, 162, 3)
    assert np.abs(shown[:100, -1].astype(int) - shown[:100, -2]).mean() < 6


@pytest.mark.parametrize(
    ("name", "rate", "channels", "tolerance"),
    [("out.mp4", 44100, 2, 0), ("out.mov", 48000, 1, 0), ("out.mp4", 8000, 1, 0), ("out.webm", 48000, 2, 48)],
)
def test_sound_lies_where_it_was(tmp_path: Path, name: str, rate: int, channels: int, tolerance: int) -> None:
    sound = Clicks(rate, channels, 2.0, (0.2, 0.7, 1.1))
    written(tmp_path / name, count=45, audio=sound)
    found = open_sound(tmp_path / name)
    assert found is not None and (found.sample_rate, found.channels) == (rate, channels)
    heard = np.concatenate(list(found.blocks()))[:, 0]
    length = min(len(heard), len(sound.samples)) - 1200
    reference = sound.samples[600:length, 0]
    lags = range(-600, 601)
    scores = [float(np.dot(heard[600 + lag : length + lag], reference)) for lag in lags]
    assert abs(lags[int(np.argmax(scores))]) <= tolerance
    picture_end = 45 / NTSC
    assert len(heard) / rate <= float(picture_end) + 2048 / rate  # never outlasts the picture by more than a block


def test_the_mark_in_it_is_the_one_in_the_receipt(tmp_path: Path) -> None:
    receipt = written(tmp_path / "out.mp4", size=(320, 256), count=30)
    found = detect(frame.pixels for frame in open_video(tmp_path / "out.mp4").frames())
    assert found is not None and f"{found.payload:016x}" == receipt.payload


def test_nothing_without_a_permit(tmp_path: Path) -> None:
    forged = Permit(**{**{f: getattr(permit(), f) for f in Permit.__dataclass_fields__}, "seal": "00"})

    class Lookalike:
        def require(self, *_: object) -> None: ...

    cases = {
        "permission.missing": (Lookalike(), making()),
        "permission.forged": (forged, making()),
        "permission.use": (permit(use="swap"), making()),
        "permission.input": (permit({"source": "00" * 32}), making()),
        "permission.expired": (permit(minutes=-1), making()),
    }
    for code, (leave, made) in cases.items():
        with pytest.raises(PermissionRefused) as refused, VideoOutput(
            tmp_path / "out.mp4", leave, made, width=160, height=128, rate=NTSC,  # type: ignore[arg-type]
            settings=settings_in(tmp_path),
        ):  # fmt: skip
            pass
        assert refused.value.code == code
    assert not list(tmp_path.iterdir())


def test_inputs_that_change_meanwhile(tmp_path: Path) -> None:
    """Longer ones are refused at once, others when their bytes are read; a pinned source's hash is what is held."""
    source = picture_file(tmp_path / "source.png")
    ingredients, leave = plate(source)
    whole = source.read_bytes()
    for other, drawn in ((whole + b"more", 0), (whole[:-20] + bytes(20), 8)):
        source.write_bytes(other)
        taken = 0
        with (
            pytest.raises(InputChanged),
            VideoOutput(
                tmp_path / "out.mp4", leave, making(ingredients=ingredients), width=160, height=128, rate=NTSC,
                settings=settings_in(tmp_path),
            ) as out,
        ):  # fmt: skip
            for frame in frames(8, NTSC):
                out.write(frame)
                taken += 1
        # How far a caller gets before the exit refuses depends on the encoder's thread; nothing is left either way.
        assert taken <= drawn
        assert {each.name for each in tmp_path.iterdir()} <= {"source.png", "home"}
    changed, _ = plate(source)
    with pytest.raises(PermissionRefused):
        VideoOutput(
            tmp_path / "out.mp4", leave, making(ingredients=changed), width=160, height=128, rate=NTSC,
            settings=settings_in(tmp_path),
        ).__enter__()  # fmt: skip
    with pytest.raises(BadOption):
        Ingredient("plate", changed[0].source, "ab" * 32).hashed()


def test_places_that_cannot_be_written(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    source = tmp_path / "source.mp4"
    source.write_bytes(b"a clip")
    ingredients, leave = plate(source)
    made = making(ingredients=ingredients)

    def opened(path: Path, *, overwrite: bool = False) -> None:
        VideoOutput(
            path, leave, made, width=160, height=128, rate=NTSC, settings=settings, overwrite=overwrite
        ).__enter__()

    with pytest.raises(OutputFolder):
        opened(tmp_path / "missing" / "out.mp4")
    with pytest.raises(OutputIsInput):
        opened(source, overwrite=True)
    with pytest.raises(OutputFormat):
        opened(tmp_path / "out.avi")
    (tmp_path / "there.mp4").write_bytes(b"before")
    with pytest.raises(OutputExists):
        opened(tmp_path / "there.mp4")
    assert source.read_bytes() == b"a clip" and (tmp_path / "there.mp4").read_bytes() == b"before"
    assert not list(tmp_path.glob(".*part*"))


def test_frames_that_do_not_fit(tmp_path: Path) -> None:
    for bad in (VideoFrame(picture(162, 128), Fraction(1), 1), VideoFrame(picture(), Fraction(0), 1)):
        with pytest.raises(BadOption), VideoOutput(
            tmp_path / "out.mp4", permit(), making(), width=160, height=128, rate=NTSC,
            settings=settings_in(tmp_path),
        ) as out:  # fmt: skip
            out.write(VideoFrame(picture(), Fraction(0), 0))
            out.write(bad)
    with pytest.raises(OutputError) as empty:
        written(tmp_path / "out.mp4", count=0)
    assert empty.value.code == "output.empty"
    with pytest.raises(BadOption):
        written(tmp_path / "out.mp4", size=(32, 32))
    assert {p.name for p in tmp_path.iterdir()} == {"home"}


def test_the_callers_own_error_passes_and_nothing_stays(tmp_path: Path) -> None:
    (tmp_path / "out.mp4").write_bytes(b"before")
    with pytest.raises(FileNotFoundError, match="mine"), VideoOutput(
        tmp_path / "out.mp4", permit(), making(), width=160, height=128, rate=NTSC,
        settings=settings_in(tmp_path), overwrite=True,
    ) as out:  # fmt: skip
        out.write(VideoFrame(picture(), Fraction(0), 0))
        raise FileNotFoundError("mine")
    assert (tmp_path / "out.mp4").read_bytes() == b"before"
    assert {p.name for p in tmp_path.iterdir()} == {"home", "out.mp4"}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is always full is Linux's")
@pytest.mark.parametrize("step", ["encode", "sign"])
def test_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    if step == "encode":
        monkeypatch.setattr("countenance.marking.picture_track.PictureTrack.encode", full)
    else:
        opened = _RecordingFile.__init__

        def on_a_full_disk(file: _RecordingFile, *how: Any) -> None:
            opened(file, *how)
            file._file.close()
            file._file = Path("/dev/full").open("r+b", buffering=0)  # noqa: SIM115

        monkeypatch.setattr(_RecordingFile, "__init__", on_a_full_disk)
    with pytest.raises(OutputFull):
        written(tmp_path / "out.mp4")
    assert {p.name for p in tmp_path.iterdir()} == {"home"}


_CHILD = """
    import resource, signal, sys
    from fractions import Fraction
    from pathlib import Path
    from countenance.errors import CountenanceError
    from countenance.marking.video_exit import VideoOutput
    from countenance.media.frames import VideoFrame
    from tests.exit_material import making, permit, picture, settings_in
    folder = Path(sys.argv[1])
    settings = settings_in(folder.parent)
    rate = Fraction(25)
    def one(index):
        return VideoFrame(picture(320, 256, seed=index % 7), index / rate, index)
    try:
        with VideoOutput(folder / "out.mp4", permit(), making(), width=320, height=256, rate=rate,
                         settings=settings) as out:
            out.write(one(0))
            if sys.argv[2] == "limit":
                resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
            for index in range(1, 100000 if sys.argv[2] == "signal" else 80):
                out.write(one(index))
                if index == 8:
                    print("writing", flush=True)
    except CountenanceError as error:
        print(error.code, flush=True)
    except KeyboardInterrupt:
        print("interrupted", flush=True)
"""


def _child(folder: Path, how: str) -> subprocess.Popen[str]:
    folder.mkdir()
    root = Path(__file__).parents[2]
    path = os.pathsep.join([str(root / "src"), str(root)])
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(_CHILD), str(folder), how],
        stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": path},
    )  # fmt: skip


@pytest.mark.skipif(sys.platform == "win32", reason="resource limits and signals of Unix")
def test_a_real_limit_of_the_system_is_told_as_a_full_disk(tmp_path: Path) -> None:
    child = _child(tmp_path / "to", "limit")
    said, _ = child.communicate(timeout=120)
    assert said.split()[-1] == "output.full"
    assert not list((tmp_path / "to").iterdir())


@pytest.mark.skipif(sys.platform == "win32", reason="resource limits and signals of Unix")
def test_ctrl_c_leaves_nothing(tmp_path: Path) -> None:
    child = _child(tmp_path / "to", "signal")
    assert child.stdout is not None and child.stdout.readline().strip() == "writing"
    assert list((tmp_path / "to").iterdir())  # a part is there while it writes
    child.send_signal(signal.SIGINT)
    said, _ = child.communicate(timeout=120)
    assert said.split()[-1] == "interrupted"
    assert not list((tmp_path / "to").iterdir())


def test_webm_gets_its_manifest_beside(tmp_path: Path) -> None:
    receipt = written(tmp_path / "out.webm")
    assert receipt.sidecar == tmp_path / "out.c2pa" and receipt.sidecar.is_file()
    with pytest.raises(OutputExists):
        (tmp_path / "out.webm").unlink()
        written(tmp_path / "out.webm")


def test_a_credit_adds_a_card_at_the_end(tmp_path: Path) -> None:
    rate = Fraction(10)
    with VideoOutput(
        tmp_path / "out.mp4", permit(), making(label="credit"), width=160, height=128, rate=rate,
        settings=settings_in(tmp_path),
    ) as out:  # fmt: skip
        for frame in frames(10, rate):
            out.write(frame)
    assert out.receipt.frames == 40 and out.receipt.duration == 4
    shown = [frame.pixels for frame in open_video(tmp_path / "out.mp4").frames()]
    assert shown[-1].mean() < 60 < shown[0].mean()


def test_ingredients_need_a_file_or_a_hash(tmp_path: Path) -> None:
    with pytest.raises(BadOption):
        VideoOutput(
            tmp_path / "out.mp4", permit(), making(ingredients=(Ingredient("source"),)), width=160, height=128,
            rate=NTSC, settings=settings_in(tmp_path),
        ).__enter__()  # fmt: skip
