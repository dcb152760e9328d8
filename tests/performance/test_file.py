"""Takes on disk: exact both ways, refused when they cannot be trusted, and without a picture unless asked for."""

from __future__ import annotations

import json
import struct
import zlib
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from countenance.errors import BadDocument, CountenanceError, EmptyFile, FileMissing, OutputFolder
from countenance.performance.packing import exact, pack, unpack, written
from countenance.performance.perf_file import FRAME, SIGNATURE, load_performance, save_performance, take_info
from countenance.performance.take import Performance
from tests.performance.takes import NTSC, assert_same, painted, random_sample, random_take, short_take

CODES = {"input.document", "input.empty"}


def chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    """Name and payload of each part, by the documented layout and nothing else."""
    assert data[:8] == b"\x89PERF\r\n\x1a"
    at, parts = 8, []
    while at < len(data):
        name, length = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        payload = data[at + 8 : at + 8 + length]
        assert int.from_bytes(data[at + 8 + length : at + 12 + length], "little") == zlib.crc32(name + payload)
        parts.append((name, payload))
        at += 12 + length
    return parts


def joined(parts: list[tuple[bytes, bytes]]) -> bytes:
    """Parts as a file, check sums and all."""
    return SIGNATURE + b"".join(
        FRAME.pack(name, len(payload)) + payload + struct.pack("<I", zlib.crc32(name + payload))
        for name, payload in parts
    )


@pytest.mark.parametrize("appearance", [False, True])
def test_a_take_comes_back_bit_for_bit(tmp_path: Path, appearance: bool) -> None:
    take = random_take(appearance=appearance)
    assert save_performance(take, tmp_path / "a take.perf", with_appearance=appearance) == 70
    loaded = load_performance(tmp_path / "a take.perf")
    assert (loaded.neutral, loaded.rate, loaded.duration) == (take.neutral, NTSC, take.duration)
    assert (loaded.source, loaded.has_appearance) == ("video", appearance)
    for a, b in zip(take, loaded, strict=True):
        assert_same(a, b)
    assert [s.time for s in loaded] == [s.time for s in loaded], "it can be read again"


def test_appearance_is_left_out_unless_asked_for(tmp_path: Path) -> None:
    take = random_take(40, appearance=True)
    save_performance(take, tmp_path / "motion.perf")
    data = (tmp_path / "motion.perf").read_bytes()
    bare = Performance.of([replace(s, appearance=None) for s in take], take.rate, source=take.source)
    save_performance(bare, tmp_path / "bare.perf")
    assert data == (tmp_path / "bare.perf").read_bytes(), "nothing of the appearance leaves a trace"
    assert [name for name, _ in chunks(data)] == [b"HEAD", b"TAKE", b"TAKE", b"DONE"]
    for name, payload in chunks(data):
        if name != b"TAKE":
            continue
        count, times, packed = struct.unpack_from("<HHI", payload)
        plain = zlib.decompress(payload[8:])
        assert len(payload) == 8 + packed, "no mouth follows the motion"
        # presence, flag, zoom, 58 numbers and 478 landmarks at half precision: no room for a shading map
        assert len(plain) == times + count * (1 + 1 + 8 + 4 * 58 + 2 * 3 * 478)
        assert not any(plain[times + count : times + 2 * count])
        assert b"\xff\xd8\xff" not in payload
    loaded = load_performance(tmp_path / "motion.perf")
    assert not loaded.has_appearance and all(s.appearance is None for s in loaded)


def test_the_header_names_nobody(tmp_path: Path) -> None:
    save_performance(short_take(), tmp_path / "Jane Doe, take 3.perf")
    head = json.loads(chunks((tmp_path / "Jane Doe, take 3.perf").read_bytes())[0][1])
    assert set(head) == {"schema", "version", "rate", "appearance", "source", "neutral"}


def test_info_reads_no_motion(tmp_path: Path) -> None:
    save_performance(random_take(appearance=True), tmp_path / "t.perf", with_appearance=True)
    info = take_info(tmp_path / "t.perf")
    assert (info.version, info.samples, info.rate, info.has_appearance) == (1, 70, NTSC, True)
    assert info.duration == 70 / NTSC and info.size == (tmp_path / "t.perf").stat().st_size


def test_an_empty_take(tmp_path: Path) -> None:
    save_performance(Performance.of([], NTSC), tmp_path / "none.perf")
    assert list(load_performance(tmp_path / "none.perf")) == []


def test_samples_are_read_as_they_are_wanted(tmp_path: Path) -> None:
    """Damage near the end is not met by who reads only the beginning."""
    save_performance(random_take(), tmp_path / "t.perf")
    parts = chunks((tmp_path / "t.perf").read_bytes())
    parts[3] = (b"TAKE", b"rubbish")
    (tmp_path / "t.perf").write_bytes(joined(parts))
    stream = iter(load_performance(tmp_path / "t.perf"))
    for _ in range(64):
        next(stream)
    with pytest.raises(BadDocument, match="after 64 frames"):
        next(stream)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"version": 2}, "newer"),
        ({"version": "1"}, "version"),
        ({"version": 0}, "version"),
        ({"version": True}, "version"),
        ({"schema": "something.else"}, "schema"),
        ({"rate": "0/1"}, "sense"),
        ({"rate": "1/0"}, "sense"),
        ({"rate": "nan"}, "sense"),
        ({"neutral": {"eye_height": [1, 1], "eye_width": [3, 3], "mouth_width": float("nan")}}, "sense"),
        ({"neutral": None}, "sense"),
    ],
)
def test_headers_that_are_refused(tmp_path: Path, change: dict[str, object], words: str) -> None:
    save_performance(short_take("0.1"), tmp_path / "t.perf")
    (_, head), *others = chunks((tmp_path / "t.perf").read_bytes())
    (tmp_path / "t.perf").write_bytes(joined([(b"HEAD", json.dumps(json.loads(head) | change).encode()), *others]))
    with pytest.raises(BadDocument, match=words) as caught:
        load_performance(tmp_path / "t.perf")
    if words == "newer":
        assert "pip install --upgrade" in caught.value.remedy


def test_unknown_parts_are_passed_over(tmp_path: Path) -> None:
    """What a later minor change may add does not shut older readers out."""
    save_performance(short_take("0.2"), tmp_path / "t.perf")
    head, take, done = chunks((tmp_path / "t.perf").read_bytes())
    (tmp_path / "t.perf").write_bytes(joined([head, (b"NOTE", b"hello"), take, done]))
    assert len(list(load_performance(tmp_path / "t.perf"))) == 5


def test_parts_in_the_wrong_places(tmp_path: Path) -> None:
    save_performance(short_take("0.2"), tmp_path / "t.perf")
    head, take, done = chunks((tmp_path / "t.perf").read_bytes())
    orders = ([take, head, done], [head, head, take, done], [head, take, done, done], [head, take], [head, done, take])
    for parts in orders:
        (tmp_path / "t.perf").write_bytes(joined(parts))
        with pytest.raises(BadDocument):
            list(load_performance(tmp_path / "t.perf"))
    (tmp_path / "t.perf").write_bytes(joined([head, take, take, done]))
    with pytest.raises(BadDocument, match="do not rise"):
        list(load_performance(tmp_path / "t.perf"))
    (tmp_path / "t.perf").write_bytes(joined([head, done]))
    with pytest.raises(BadDocument, match="promises 5"):
        list(load_performance(tmp_path / "t.perf"))


def test_appearance_cannot_hide(tmp_path: Path) -> None:
    """A file whose header says that it shows nobody cannot show somebody."""
    save_performance(random_take(8, appearance=True), tmp_path / "t.perf", with_appearance=True)
    (_, head), *others = chunks((tmp_path / "t.perf").read_bytes())
    changed = json.dumps(json.loads(head) | {"appearance": False}).encode()
    (tmp_path / "t.perf").write_bytes(joined([(b"HEAD", changed), *others]))
    with pytest.raises(BadDocument, match="says that it does not"):
        list(load_performance(tmp_path / "t.perf"))


def test_missing_and_empty(tmp_path: Path) -> None:
    with pytest.raises(FileMissing):
        load_performance(tmp_path / "none.perf")
    (tmp_path / "empty.perf").write_bytes(b"")
    with pytest.raises(EmptyFile):
        load_performance(tmp_path / "empty.perf")


def test_a_failed_save_leaves_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "t.perf").write_bytes(b"before")
    good = list(random_take(40))

    def broken():  # type: ignore[no-untyped-def]
        yield from good
        raise BadDocument("the source broke")

    with pytest.raises(BadDocument, match="broke"):
        save_performance(Performance(short_take().neutral, NTSC, broken), tmp_path / "t.perf")
    assert (tmp_path / "t.perf").read_bytes() == b"before"
    assert [f.name for f in tmp_path.iterdir()] == ["t.perf"]
    with pytest.raises(OutputFolder):
        save_performance(short_take("0.1"), tmp_path / "no" / "t.perf")


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A sound file with everything in it."""
    path = tmp_path_factory.mktemp("takes") / "whole.perf"
    save_performance(random_take(35, appearance=True), path, with_appearance=True)
    return path.read_bytes()


def read_all(data: bytes, path: Path) -> None:
    """Reading it either works or ends with one of the known codes."""
    path.write_bytes(data)
    try:
        list(load_performance(path))
    except CountenanceError as error:
        assert error.code in CODES and error.remedy and "\n" not in error.message


FUZZ = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@FUZZ
@given(cut=st.floats(0, 1))
def test_cut_anywhere(good: bytes, tmp_path: Path, cut: float) -> None:
    data = good[: int(cut * (len(good) - 1))]
    (tmp_path / "t.perf").write_bytes(data)
    with pytest.raises((BadDocument, EmptyFile)):
        list(load_performance(tmp_path / "t.perf"))


@FUZZ
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_every_flipped_bit_is_noticed(good: bytes, tmp_path: Path, place: float, bit: int) -> None:
    data = bytearray(good)
    data[int(place * len(data))] ^= 1 << bit
    (tmp_path / "t.perf").write_bytes(data)
    with pytest.raises(BadDocument):
        list(load_performance(tmp_path / "t.perf"))


@FUZZ
@given(data=st.binary(max_size=400))
def test_rubbish_after_the_signature(tmp_path: Path, data: bytes) -> None:
    read_all(SIGNATURE + data, tmp_path / "t.perf")


@FUZZ
@given(data=st.data())
def test_damage_under_good_check_sums(good: bytes, tmp_path: Path, data: st.DataObject) -> None:
    """Whoever makes the check sum right still meets a reader that trusts no length."""
    parts = chunks(good)
    k = data.draw(st.integers(0, len(parts) - 1))
    payload = bytearray(parts[k][1])
    for _ in range(data.draw(st.integers(1, 4))):
        payload[data.draw(st.integers(0, min(len(payload), 4000) - 1))] = data.draw(st.integers(0, 255))
    parts[k] = (parts[k][0], bytes(payload))
    read_all(joined(parts), tmp_path / "t.perf")


@FUZZ
@given(data=st.data())
def test_damage_inside_the_packed_numbers(data: st.DataObject) -> None:
    payload = pack([random_sample(1, Fraction(0), appearance=True)], True)
    _, times, packed = struct.unpack_from("<HHI", payload)
    plain = bytearray(zlib.decompress(payload[8 : 8 + packed]))
    for _ in range(data.draw(st.integers(1, 3))):
        plain[data.draw(st.integers(0, len(plain) - 1))] = data.draw(st.integers(0, 255))
    again = zlib.compress(bytes(plain))
    try:
        unpack(struct.pack("<HHI", 1, times, len(again)) + again + payload[8 + packed :])
    except ValueError as error:
        assert str(error)


def test_a_bomb_is_not_unpacked() -> None:
    packed = zlib.compress(bytes(200_000_000))
    with pytest.raises(ValueError, match="size"):
        unpack(struct.pack("<HHI", 32, 100, len(packed)) + packed)


def test_a_mouth_of_another_size_is_refused() -> None:
    import cv2

    ok, data = cv2.imencode(".jpg", np.zeros((4000, 4000, 3), np.uint8))
    assert ok
    sample = replace(random_sample(1, Fraction(0)), appearance=replace(painted(1), mouth=data.tobytes()[:60_000]))
    with pytest.raises(ValueError, match="mouth"):
        unpack(pack([sample], True))


@given(st.fractions())
def test_times_are_exact(time: Fraction) -> None:
    if max(len(str(time.numerator)), len(str(time.denominator))) <= 40:
        assert exact(written(time)) == time
