"""Pinned bytes: what was read once is what is read again, or an error."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from countenance.errors import EmptyFile, FileMissing, InputChanged, NotAFile
from countenance.files import sha256_file
from countenance.media.source import BLOCK, Source


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "three-blocks.bin"
    path.write_bytes(os.urandom(2 * BLOCK + 4711))
    return path


def test_reads_what_was_pinned(file: Path) -> None:
    data, source = file.read_bytes(), Source.pin(file)
    assert source.sha256 == sha256_file(file) and source.size == len(data)
    with source.open() as reader:
        assert reader.read() == data and reader.read(5) == b""
        reader.seek(BLOCK - 3)
        assert reader.read(7) == data[BLOCK - 3 : BLOCK + 4] and reader.tell() == BLOCK + 4
        reader.seek(-4, os.SEEK_END)
        assert reader.read(100) == data[-4:]


@pytest.mark.parametrize("at", [0, BLOCK, 2 * BLOCK + 4710])
def test_a_byte_changed_in_place_is_refused(file: Path, at: int) -> None:
    source = Source.pin(file)
    stamp = file.stat()
    with file.open("rb+") as handle:
        handle.seek(at)
        old = handle.read(1)
        handle.seek(at)
        handle.write(bytes([old[0] ^ 1]))
    os.utime(file, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))  # times and length tell nothing
    with source.open() as reader, pytest.raises(InputChanged) as error:
        reader.read()
    assert error.value.code == "input.changed"


def test_a_file_put_in_its_place_is_refused(file: Path, tmp_path: Path) -> None:
    source = Source.pin(file)
    other = tmp_path / "other"
    other.write_bytes(os.urandom(source.size))
    other.replace(file)
    with source.open() as reader, pytest.raises(InputChanged):
        reader.read(1)


def test_a_reader_that_is_open_goes_on_with_the_pinned_bytes_after_a_rename(file: Path, tmp_path: Path) -> None:
    data, source = file.read_bytes(), Source.pin(file)
    with source.open() as reader:
        other = tmp_path / "other"
        other.write_bytes(os.urandom(source.size))
        other.replace(file)
        assert reader.read() == data


@pytest.mark.parametrize("change", [b"longer", b""])
def test_another_length_is_refused_at_once(file: Path, change: bytes) -> None:
    source = Source.pin(file)
    file.write_bytes(file.read_bytes() + change if change else b"short")
    with pytest.raises(InputChanged):
        source.open()


def test_a_link_is_followed_once(file: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.bin"
    link.symlink_to(file)
    source = Source.pin(link)
    other = tmp_path / "other"
    other.write_bytes(b"other")
    link.unlink()
    link.symlink_to(other)
    assert source.read_bytes() == file.read_bytes()


def test_pipes_folders_devices_and_nothing(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (pipe, tmp_path, Path("/dev/zero")):
        with pytest.raises(NotAFile):
            Source.pin(path)
    with pytest.raises(FileMissing):
        Source.pin(tmp_path / "nothing")
    (tmp_path / "empty").touch()
    with pytest.raises(EmptyFile):
        Source.pin(tmp_path / "empty")
