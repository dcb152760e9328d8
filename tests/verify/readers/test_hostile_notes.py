"""Notes made to do harm: bombs, lies about lengths, endless lists, entities, and readers that fail."""

from __future__ import annotations

import time
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from countenance.verify.findings import Kind
from countenance.verify.readers import Material, OthersMark, read_others
from countenance.verify.readers.discovery import BUILT_IN, MOST, load_readers
from countenance.verify.readers.file_notes import ALL_BYTES, MOST_BYTES, MOST_NOTES, read_notes
from countenance.verify.readers.packets import exif_fields, xmp_properties
from countenance.verify.sampling import open_source
from tests.verify.readers.noted import others, png, png_bytes


def test_a_packed_bomb_is_not_unpacked(tmp_path: Path) -> None:
    bomb = b"parameters\0\0" + zlib.compress(b"\0" * (512 << 20), 1)
    path = tmp_path / "a.png"
    path.write_bytes(png_bytes([(b"zTXt", bomb)]))
    begun = time.process_time()
    found = read_notes(path)
    assert found.overfull and not found.notes and time.process_time() - begun < 5


def test_more_notes_than_anybody_reads(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(png_bytes([(b"tEXt", b"k%d\0text" % index) for index in range(3000)]))
    found = read_notes(path)
    assert found.overfull and len(found.notes) == MOST_NOTES
    path.write_bytes(png_bytes([(b"tEXt", b"k\0" + b"x" * (3 << 20)) for _ in range(8)]))
    found = read_notes(path)
    assert found.overfull and sum(len(one.text) for one in found.notes) <= ALL_BYTES


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n" + b"\xff\xff\xff\xfftEXt",
        b"\xff\xd8\xff\xe1\xff\xff" + b"Exif\0\0" + b"MM\0*\0\0\0\x08\xff\xff",
        b"\xff\xd8\xff\xe1\0\0",
        b"RIFF\xff\xff\xff\xffWEBPEXIF\xff\xff\xff\xff",
        b"GIF89a" + b"\x21\xfe\xff",
        b"\0\0\0\x18ftypmp42" + b"\0\0\0\x01uuid" + b"\xff" * 8,
        b"II*\0\x08\0\0\0\xff\xff" + b"\0" * 40,
    ],
)
def test_lies_about_lengths(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a"
    path.write_bytes(data)
    found = read_notes(path)
    assert len(found.notes) <= 1
    for _, packet in found.exif:
        assert len(list(exif_fields(packet))) < 70_000


def test_entities_are_not_expanded() -> None:
    laughs = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><x xmlns:y="z"><y:Credit>&b;</y:Credit></x>'
    assert list(xmp_properties(laughs)) == []
    deep = b"<a>" * 50_000 + b"</a>" * 50_000
    assert list(xmp_properties(deep)) == []


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes(data: bytes) -> None:
    list(exif_fields(data))
    list(exif_fields(b"MM\0*\0\0\0\x08" + data))
    list(xmp_properties(b"<x:xmpmeta>" + data))


@settings(max_examples=40, deadline=None)
@given(
    st.binary(max_size=300),
    st.sampled_from([b"\x89PNG\r\n\x1a\n", b"\xff\xd8", b"GIF89a", b"\0\0\0\x18ftyp", b"II*\0"]),
)
def test_any_file(tmp_path_factory: pytest.TempPathFactory, data: bytes, head: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any"
    path.write_bytes(head + data)
    read_notes(path)


def test_what_a_note_says_is_cut_and_plain(tmp_path: Path) -> None:
    text = "Steps: 20, Sampler: Euler a, \u202eCFG scale: 7, Seed: 1" + "\x1b[31m" + "x" * 5000
    (one,) = others(png(tmp_path / "a.png", parameters=text)).found
    assert len(one.text) <= 300 and "\x1b" not in one.text and "\u202e" not in one.text


class _Fails:
    name: ClassVar[str] = "fails"
    title: ClassVar[str] = "Fails"
    kinds: ClassVar[frozenset[Kind]] = frozenset({"picture"})

    def read(self, material: Material) -> Sequence[OthersMark]:
        raise RuntimeError(f"on {material.kind}")


class _Floods(_Fails):
    name: ClassVar[str] = "floods"

    def read(self, material: Material) -> Sequence[OthersMark]:  # noqa: ARG002
        return [OthersMark("floods", "note", "ai", str(index)) for index in range(10_000)]


def test_a_reader_that_fails_hides_nothing(tmp_path: Path) -> None:
    path = png(tmp_path / "a.png", parameters="Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1")
    source = open_source(path)
    found = read_others(Material(path, source, until=time.monotonic() + 30), [_Fails(), _Floods(), *load_readers()])
    assert {one.reader: one.hindrance for one in found.asked}["fails"] == "failed"
    assert sum(one.reader == "floods" for one in found.found) == MOST
    assert any(one.maker == "Stable Diffusion web UI" for one in found.found)


def test_a_file_that_is_gone_since(tmp_path: Path) -> None:
    path = png(tmp_path / "a.png", parameters="Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1")
    source = open_source(path)
    path.unlink()
    found = read_others(Material(path, source, until=time.monotonic() + 30))
    assert not found.found and found.overfull


def test_no_time_is_told(tmp_path: Path) -> None:
    found = others(png(tmp_path / "a.png"), seconds=-1)
    assert not found.found and {one.hindrance for one in found.asked} == {"time"}


def test_every_reader_of_ours_loads() -> None:
    assert {one.name for one in load_readers()} >= set(BUILT_IN)
    assert all(one.kinds and one.title for one in load_readers())
    assert MOST_BYTES < ALL_BYTES
