"""The record of every render: found by payload, manifest, file, grant and looks; nothing personal in clear."""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
import secrets
import sqlite3
import threading
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.engine import URL

from countenance.errors import BadDocument, BadOption, LibraryMissing, OutputError, OutputFolder, ProvenanceError
from countenance.marking.fingerprint import MATCH_DISTANCE, Fingerprint, KeyFrames, distance, fingerprint_of
from countenance.marking.registry_schema import FINGERPRINTS, RENDERS, connected
from countenance.marking.render_registry import Registry, Render
from countenance.marking.video_exit import VideoOutput
from tests.exit_material import frames, making, permit, picture, settings_in


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'registry.sqlite'}"
        return
    server: URL = request.getfixturevalue("postgres")
    name = f"t{secrets.token_hex(6)}"
    engine = create_engine(server.set(drivername="postgresql+pg8000"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield server.set(database=name).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


def render(payload: int = 0x0123456789ABCDEF, **more: object) -> Render:
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    values: dict[str, object] = {
        "payload": payload,
        "manifest_id": f"urn:c2pa:{payload:x}",
        "manifest": b"\x00\x01manifest",
        "file_sha256": f"{payload:064x}",
        "media_type": "video/mp4",
        "made_at": now,
        "use": "animate",
        "permit_id": "ab" * 16,
        "permit_kind": "subject",
        "basis": "The person shown agreed.",
        "grant_sha256": "cd" * 32,
        "permit_expires": now + dt.timedelta(hours=1),
        "inputs": {"source": "ef" * 32},
        "parents": ("00000000000000aa",),
        "engine": "mesh",
        "versions": {"countenance": "1"},
        "width": 640,
        "height": 480,
        "frames": 30,
        "duration": Fraction(1001, 1000),
        "marks": ("picture", "sound"),
        "signer": "local",
        "fingerprints": (Fingerprint(bytes(range(32)), 90, Fraction(1, 3)),),
    }
    return Render(**(values | more))  # type: ignore[arg-type]


def test_what_goes_in_comes_out(address: str) -> None:
    one, other = render(), render(0xFFFFFFFFFFFFFFFF, grant_sha256="11" * 32, fingerprints=())
    with Registry(address) as registry:
        registry.add(one)
        registry.add(other)
    with Registry(address) as registry:
        assert registry.count() == 2
        assert registry.by_payload(one.payload) == registry.by_manifest(one.manifest_id) == one
        assert registry.by_payload(other.payload) == registry.by_file(other.file_sha256) == other
        assert registry.by_grant(one.grant_sha256) == [one]
        assert registry.by_payload(1) is None and registry.by_file("00" * 32) is None and registry.by_grant("") == []
        assert registry.by_manifest("' OR 1=1 --") is None


def test_nothing_is_recorded_twice(address: str) -> None:
    with Registry(address) as registry:
        registry.add(render())
        for again in (render(manifest_id="urn:c2pa:other"), render(2, manifest_id=render().manifest_id)):
            with pytest.raises(ProvenanceError) as refused:
                registry.add(again)
            assert refused.value.code == "mark.recorded"
        assert registry.count() == 1
        assert registry.fresh_payload() not in (0, render().payload)


def near(bits: bytes, flips: int, seed: int) -> bytes:
    at = np.random.default_rng(seed).choice(256, flips, replace=False)
    plane = np.unpackbits(np.frombuffer(bits, np.uint8))
    plane[at] ^= 1
    return np.packbits(plane).tobytes()


def test_renders_that_look_the_same(address: str) -> None:
    looks = [np.random.default_rng(i).bytes(32) for i in range(3)]
    with Registry(address) as registry:
        for index, bits in enumerate(looks):
            prints = (Fingerprint(bits, 90, Fraction(0)), Fingerprint(near(bits, 90, 7), 90, Fraction(10)))
            registry.add(render(index + 1, fingerprints=prints))
        registry.add(render(9, fingerprints=(Fingerprint(looks[0], 10, Fraction(0)),)))  # too little to see in it
        found = registry.matching([Fingerprint(near(looks[1], MATCH_DISTANCE, 1), 90)])
        assert [(m.render.payload, m.distance, m.frames, m.time) for m in found] == [(2, MATCH_DISTANCE, 1, 0)]
        assert not registry.matching([Fingerprint(near(looks[1], MATCH_DISTANCE + 1, 1), 90)])
        assert not registry.matching([Fingerprint(looks[1], 10)])
        asked = [
            Fingerprint(looks[2], 90),
            Fingerprint(near(near(looks[2], 90, 7), 5, 2), 90),
            Fingerprint(looks[0], 90),
        ]
        assert [(m.render.payload, m.frames) for m in registry.matching(asked)] == [(3, 2), (1, 1)]
        assert len(registry.matching(asked, limit=1)) == 1
        with Registry(address) as elsewhere:
            elsewhere.add(render(20, fingerprints=(Fingerprint(near(looks[1], 3, 3), 90),)))
        assert {m.render.payload for m in registry.matching([Fingerprint(looks[1], 90)])} == {2, 20}


def test_many_writers_at_once(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'registry.sqlite'}"
    failures: list[BaseException] = []

    def works(start: int) -> None:
        try:
            with Registry(address) as registry:
                for index in range(8):
                    registry.add(render(start + index + 1))
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=works, args=(100 * n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with Registry(address) as registry:
        assert not failures and registry.count() == 32


def test_the_record_of_a_render_names_nobody(tmp_path: Path) -> None:
    """The whole database as bytes: no title, no file name, no folder; the manifest stays as it was signed."""
    settings = settings_in(tmp_path)
    rate = Fraction(10)
    with VideoOutput(
        tmp_path / "Jane Doe.mp4", permit(), making(), width=160, height=128, rate=rate, settings=settings
    ) as out:
        for frame in frames(5, rate):
            out.write(frame)
    with Registry.open(settings) as registry:
        found = registry.by_payload(int(out.receipt.payload, 16))
    assert (
        found is not None and found.file_sha256 == out.receipt.sha256 and found.manifest_id == out.receipt.manifest_id
    )
    assert found.marks == ("picture",) and found.frames == 5 and found.duration == Fraction(1, 2)
    assert {"countenance", "mesh", "c2pa", "av", "python"} == set(found.versions)
    plain = dataclasses.replace(found, manifest=b"")
    everything = repr([getattr(plain, field.name) for field in dataclasses.fields(plain)])
    for personal in ("Jane", "A test", str(tmp_path), os.environ.get("USER", "nobody at all")):
        assert personal not in everything
    database = b"".join(p.read_bytes() for p in (tmp_path / "home").glob("registry.sqlite*"))
    assert b"Jane" not in database and str(tmp_path).encode() not in database


def test_databases_that_cannot_be_used(tmp_path: Path) -> None:
    with pytest.raises(OutputFolder):
        Registry(f"sqlite:///{tmp_path / 'missing' / 'registry.sqlite'}")
    (tmp_path / "rubbish.sqlite").write_bytes(b"no database at all " * 100)
    with pytest.raises((OutputFolder, BadDocument)):
        Registry(f"sqlite:///{tmp_path / 'rubbish.sqlite'}")
    for address in ("nothing", "", "carrier-pigeon://roof"):
        with pytest.raises(BadOption):
            Registry(address)
    with pytest.raises(LibraryMissing):
        Registry("mysql+pymysql://host/name")
    newer = tmp_path / "newer.sqlite"
    Registry(f"sqlite:///{newer}").close()
    with sqlite3.connect(newer) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    with pytest.raises(BadDocument, match="9999"):
        Registry(f"sqlite:///{newer}")


def test_a_registry_that_turns_read_only_is_told(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'registry.sqlite'}"
    with Registry(address) as registry:
        with registry._engine.connect() as connection:
            connection.execute(text("PRAGMA query_only = ON"))
        with pytest.raises(OutputError):
            registry.add(render())


def test_the_tables_are_what_the_migrations_make(address: str) -> None:
    engine = connected(address)
    seen = inspect(engine)
    for table in (RENDERS, FINGERPRINTS):
        assert {c["name"] for c in seen.get_columns(table.name)} == set(table.c.keys())
    engine.dispose()


def test_fingerprints_survive_copies_and_tell_pictures_apart() -> None:
    shown = picture(640, 480, seed=1)
    first = fingerprint_of(shown)
    assert first.quality >= 50 and len(first.bits) == 32
    _, packed = cv2.imencode(".jpg", shown, [cv2.IMWRITE_JPEG_QUALITY, 40])
    for copy in (
        cv2.imdecode(packed, cv2.IMREAD_COLOR),
        cv2.resize(shown, (213, 160), interpolation=cv2.INTER_AREA),
        np.clip(shown * 1.15 + 8, 0, 255).astype(np.uint8),
    ):
        assert distance(first.bits, fingerprint_of(np.asarray(copy, np.uint8)).bits) <= MATCH_DISTANCE
    for seed in range(2, 8):
        assert distance(first.bits, fingerprint_of(picture(640, 480, seed=seed)).bits) > 60
    assert fingerprint_of(np.full((100, 100, 3), 90, np.uint8)).quality < 50


def test_key_frames_are_scenes_and_one_every_ten_seconds() -> None:
    scenes = [picture(160, 128, seed=s) for s in (1, 2)]
    chosen = KeyFrames()
    for index in range(25 * 24):
        chosen.see(scenes[index >= 25 * 4], Fraction(index, 25))
    assert [round(float(f.time), 1) for f in chosen.fingerprints] == [0.0, 4.2, 14.6]


def test_a_registry_from_before_there_were_layouts(tmp_path: Path) -> None:
    """Columns are added, nothing is lost, and what was recorded before has nothing to be compared with."""
    from sqlalchemy import create_engine, text

    from countenance.marking.video_exit import write_picture
    from tests.exit_material import making, permit, picture, settings_in

    settings = settings_in(tmp_path)
    receipt = write_picture(tmp_path / "a.png", picture(200, 160), permit(), making(), settings=settings)
    address = f"sqlite:///{settings.home / 'registry.sqlite'}"
    with create_engine(address).begin() as connection:
        connection.execute(text("ALTER TABLE fingerprints DROP COLUMN layout"))
        connection.execute(text("ALTER TABLE renders DROP COLUMN sound_fingerprint"))
        connection.execute(text("ALTER TABLE renders DROP COLUMN grants"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    with Registry.open(settings) as registry:
        found = registry.by_payload(int(receipt.payload, 16))
    assert found is not None and found.sound_fingerprint == b"" and found.fingerprints[0].layout == b""
    again = write_picture(tmp_path / "b.png", picture(200, 160, seed=3), permit(), making(), settings=settings)
    with Registry.open(settings) as registry:
        fresh = registry.by_payload(int(again.payload, 16))
    assert fresh is not None and fresh.fingerprints[0].layout
