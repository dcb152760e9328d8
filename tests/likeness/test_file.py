"""The file: what it holds comes back, nothing of it shows, and whatever was done to it is told."""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from countenance.errors import BadDocument, CountenanceError, FileMissing, OutputExists, OutputFormat, ProvenanceError
from countenance.likeness.library.likeness_store import (
    LikenessSubject,
    delete_likeness,
    is_likeness_file,
    open_likeness,
    save_likeness,
)
from countenance.likeness.likeness_file import HEAD_BYTES, MAGIC, id_of, opened, sealed
from countenance.likeness.value import Likeness, resealed
from countenance.media.source import Source
from countenance.permission.ledger import Ledger
from countenance.permission.likeness_keys import LikenessKeys
from countenance.settings import default_settings

KEY = bytes(range(32))


@pytest.fixture(scope="module")
def small(likeness: Likeness) -> Likeness:
    """Two views are as good as twelve here."""
    return resealed(replace(likeness, views=likeness.views[:2]))


@pytest.fixture
def saved(small: Likeness, tmp_path: Path) -> Path:
    return save_likeness(small, tmp_path / "grace.likeness", default_settings())


def refusal(path: Path) -> str:
    with pytest.raises(CountenanceError) as caught:
        open_likeness(path, default_settings())
    assert caught.value.remedy and path.name in caught.value.message
    return caught.value.code


def test_all_of_it_comes_back(small: Likeness, saved: Path) -> None:
    back = open_likeness(saved, default_settings())
    for name in ("id", "name", "made_at", "grant_sha256", "grant_id", "takes", "years", "warnings", "material",
                 "coverage", "network"):  # fmt: skip
        assert getattr(back, name) == getattr(small, name), name
    assert (
        back.template.to_bytes()
        == small.template.to_bytes()
        == LikenessSubject(Source.pin(saved), default_settings()).template.to_bytes()
    )
    assert np.array_equal(back.shape, small.shape) and np.array_equal(back.light, small.light)
    for name in ("iris", "irises"):
        here, there = getattr(small, name), getattr(back, name)
        assert here is not None and np.allclose(there, here, atol=1e-4) and there.shape == here.shape, name
    for a, b in zip(back.views, small.views, strict=True):
        assert np.array_equal(a.texture, b.texture) and np.array_equal(a.seen, b.seen)
        assert (a.yaw, a.pitch, a.smile, a.jaw) == (b.yaw, b.pitch, b.smile, b.jaw)
    save_likeness(resealed(replace(small, network=None, coverage=None)), saved, default_settings(), overwrite=True)
    assert open_likeness(saved, default_settings()).network is None


def test_nothing_of_the_person_shows(small: Likeness, saved: Path) -> None:
    data = saved.read_bytes()
    for secret in (small.name.encode(), small.grant_sha256.encode(), small.network or b"", b"WEBP",
                   small.template.vector.tobytes()):  # fmt: skip
        assert secret not in data
    assert data[:HEAD_BYTES] == MAGIC + b"\0\1" + bytes.fromhex(small.id) + (len(data) - HEAD_BYTES).to_bytes(8, "big")
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    key = default_settings().home / "likenesses" / f"{small.id}.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600 and small.name.encode() not in key.read_bytes()
    assert sealed(small, KEY) != sealed(small, KEY), "a nonce is used once"


@pytest.mark.parametrize("part", range(12))
def test_a_changed_byte_is_told_wherever_it_is(saved: Path, part: int) -> None:
    data = bytearray(saved.read_bytes())
    data[HEAD_BYTES + part * (len(data) - HEAD_BYTES - 1) // 11] ^= 1
    saved.write_bytes(data)
    assert refusal(saved) == "likeness.altered"


def test_what_is_wrong_with_a_file_has_a_code_of_its_own(saved: Path) -> None:
    data = saved.read_bytes()
    for changed, code in (
        (b"\x89PNG\r\n\x1a\n" + data[8:], "likeness.format"),
        (b"plain text", "likeness.format"),
        (data[:8] + b"\0\2" + data[10:], "likeness.version"),
        (data[:-1], "likeness.truncated"),
        (data[: HEAD_BYTES - 3], "likeness.truncated"),
        (data[:5], "likeness.truncated"),
        (data[:HEAD_BYTES], "likeness.truncated"),
        (data + b"!", "likeness.altered"),
        (data[:10] + bytes(16) + data[26:], "likeness.key"),
        (data.replace(b"\r\n", b"\n"), "likeness.format"),
        (b"", "input.empty"),
    ):
        saved.write_bytes(changed)
        assert refusal(saved) == code
    saved.unlink()
    assert refusal(saved) == "input.missing"


def test_an_honest_head_on_a_strange_body_is_no_traceback(small: Likeness) -> None:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    from countenance.likeness.likeness_file import body_of, likeness_in

    body = body_of(small)
    for strange in (b"", b"\0\0\0\2{}", b"\0\0\0\2[]", body[:400], body[:-1], b"\xff" * 64):
        with pytest.raises(BadDocument) as caught:
            likeness_in(strange, small.id)
        assert caught.value.code == "likeness.altered"
    data = sealed(small, KEY)
    assert opened(data, KEY) == body and id_of(data) == small.id
    with pytest.raises(BadDocument):
        opened(data, AESGCM.generate_key(256))


def test_deleted_is_deleted_everywhere(saved: Path, small: Likeness, tmp_path: Path) -> None:
    copy = tmp_path / "copy.likeness"
    copy.write_bytes(saved.read_bytes())
    digest = save_and_hash(saved)
    gone = delete_likeness(saved, default_settings())
    assert gone.file and gone.key and not saved.exists() and LikenessKeys.at_home(default_settings()).numbers() == []
    assert refusal(copy) == "likeness.key"
    with Ledger.open(default_settings()) as ledger:
        (entry,) = ledger.entries("deletion")
        said = entry.said
        assert said == {"what": "likeness", "sha256": digest, "why": "asked", "grant": small.grant_id}
        assert ledger.verify().good and entry.seq == gone.seq
    again = delete_likeness(copy, default_settings())
    assert again.file and not again.key and not copy.exists(), "a copy without its key can be swept away"


def save_and_hash(path: Path) -> str:
    from countenance.files import sha256_file

    return sha256_file(path)


def test_a_file_that_is_gone_or_damaged_is_deleted_too(small: Likeness, saved: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.likeness"
    copy.write_bytes(saved.read_bytes())
    saved.rename(tmp_path / "away")
    gone = delete_likeness(small.id, default_settings())
    assert gone.key and not gone.file and refusal(copy) == "likeness.key"
    with pytest.raises(FileMissing):
        delete_likeness(small.id, default_settings())
    with pytest.raises(CountenanceError):
        delete_likeness(tmp_path / "nothing.likeness", default_settings())
    fresh = save_likeness(small, tmp_path / "b.likeness", default_settings())
    fresh.write_bytes(fresh.read_bytes()[:5000])
    assert delete_likeness(fresh, default_settings()).key and not fresh.exists()
    text = tmp_path / "text.likeness"
    text.write_text("mine")
    with pytest.raises(BadDocument):
        delete_likeness(text, default_settings())
    assert text.read_text() == "mine", "what is no likeness is left alone"


def test_copies_of_one_number_share_a_key(small: Likeness, saved: Path, tmp_path: Path) -> None:
    other = save_likeness(
        resealed(replace(small, network=b"trained")), tmp_path / "trained.likeness", default_settings()
    )
    assert (
        open_likeness(saved, default_settings()).network == small.network
        and open_likeness(other, default_settings()).network == b"trained"
    )
    assert len(LikenessKeys.at_home(default_settings()).numbers()) == 1


def test_where_it_may_be_written(small: Likeness, saved: Path, tmp_path: Path) -> None:
    before = saved.read_bytes()
    with pytest.raises(OutputExists):
        save_likeness(small, saved, default_settings())
    with pytest.raises(OutputFormat):
        save_likeness(small, tmp_path / "grace.png", default_settings())
    assert saved.read_bytes() == before and is_likeness_file(saved) and not is_likeness_file(tmp_path / "x")


def test_a_passphrase_guards_the_key(small: Likeness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COUNTENANCE_KEY_PASSPHRASE", "right")
    path = save_likeness(small, tmp_path / "a.likeness", default_settings())
    assert open_likeness(path, default_settings()).name == small.name
    monkeypatch.setenv("COUNTENANCE_KEY_PASSPHRASE", "wrong")
    with pytest.raises(ProvenanceError) as caught:
        open_likeness(path, default_settings())
    assert caught.value.code == "mark.passphrase"
