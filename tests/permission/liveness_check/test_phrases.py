"""One-time phrases: how many there are, that they are understood, and that each is good once."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from importlib.metadata import EntryPoint
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from scipy.signal import resample_poly

from countenance.errors import BadOption, FileMissing, LibraryMissing, PermissionRefused, ProvenanceError
from countenance.permission.liveness_check import (
    Challenges,
    Lack,
    TakeReport,
    Takes,
    challenge_for,
    new_token,
    phrase_recognition,
    phrases,
)
from countenance.permission.liveness_check.phrase_recognition import EnglishRecogniser, Heard, recogniser_for
from countenance.permission.vault import Vault
from tests.permission.liveness_check.material import spoken

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)


def test_phrases_are_many_and_seldom_alike() -> None:
    assert sum(math.log2(len(set(slot))) for slot in phrases.SLOTS) >= 35
    made = [challenge_for(new_token()) for _ in range(300)]
    assert len({one.phrase for one in made}) == 300
    alike = [
        sum(a == b for a, b in zip(one.phrase.split(), other.phrase.split(), strict=True))
        for one, other in pairwise(made)
    ]
    assert max(alike) < phrase_recognition.NEEDED
    assert {one.turns for one in made} == {("left", "right"), ("right", "left")}


def test_a_token_always_gives_the_same() -> None:
    token = new_token()
    assert challenge_for(token) == challenge_for(token.upper())
    assert challenge_for(token).phrase in " ".join(challenge_for(token).instructions)
    for bad in ("", "ab", "zz" * 16, "ab" * 17):
        with pytest.raises(BadOption):
            challenge_for(bad)


def heard(said: str, wanted: str, noise: float = 0.002) -> Heard:
    utterance = spoken(said)
    sound = resample_poly(utterance.samples, 16_000, utterance.sample_rate)
    sound = np.concatenate([np.zeros(12_000), sound, np.zeros(12_000)])
    noisy = sound + np.random.default_rng(1).normal(0, noise, len(sound))
    return EnglishRecogniser().hear(noisy.astype(np.float32), wanted)


def test_the_phrase_is_understood_and_another_is_not() -> None:
    first, second = challenge_for("ab" * 16).phrase, challenge_for("cd" * 16).phrase
    own = heard(first, first)
    assert own.said and own.right >= 6 and 0.3 < own.start < own.end
    assert {"P", "B", "M"} & {name for name, _, _ in own.phones}  # lips that shut
    assert all(a <= b for (_, _, a), (_, b, _) in pairwise(own.phones))
    assert not heard(second, first).said
    assert not heard("Good morning, I would like a coffee with milk, please", first).said


def test_silence_and_noise_say_nothing() -> None:
    phrase = challenge_for("ab" * 16).phrase
    for sound in (np.zeros(32_000), np.random.default_rng(0).normal(0, 0.1, 32_000), np.zeros(0)):
        assert not EnglishRecogniser().hear(sound.astype(np.float32), phrase).said


def test_much_noise_is_no_mishap() -> None:
    phrase = challenge_for("ab" * 16).phrase
    for noise in (0.03, 0.1, 0.3):
        assert heard(phrase, phrase, noise).wanted == 7
    assert heard(phrase, phrase).said  # the recogniser is as good as before


def test_only_one_time_phrases_are_listened_for() -> None:
    with pytest.raises(BadOption):
        EnglishRecogniser().hear(np.zeros(16_000, np.float32), "I agree to everything")


class GermanRecogniser:
    def hear(self, samples: np.ndarray, phrase: str) -> Heard:
        return Heard((phrase,), len(samples), 1)


def test_other_languages_plug_in(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LibraryMissing):
        recogniser_for("de-AT")
    assert isinstance(recogniser_for("en-GB"), EnglishRecogniser)
    point = EntryPoint("de", "tests.permission.liveness_check.test_phrases:GermanRecogniser", phrase_recognition.GROUP)
    monkeypatch.setattr(
        phrase_recognition, "entry_points", lambda group: [point] if group == phrase_recognition.GROUP else []
    )
    assert type(recogniser_for("de-AT")).__name__ == "GermanRecogniser"


def test_a_challenge_is_good_once_and_for_half_an_hour(tmp_path: Path) -> None:
    open_ones = Challenges(tmp_path)
    first, second = open_ones.issue(NOW), open_ones.issue(NOW)
    assert open_ones.redeem(first.token, NOW + timedelta(minutes=29)) == first
    for token, at in ((first.token, NOW), (second.token, NOW + timedelta(minutes=31)), (new_token(), NOW)):
        with pytest.raises(PermissionRefused) as refused:
            open_ones.redeem(token, at)
        assert refused.value.code == "permission.phrase"


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "take.mp4"
    path.write_bytes(b"moving pictures of Ada")
    return path


def report(clip: Path, *lacks: Lack) -> TakeReport:
    from countenance.files import sha256_file

    return TakeReport(sha256_file(clip), "a phrase", ("left",), lacks)


def test_a_take_is_kept_sealed_or_by_hash(clip: Path, tmp_path: Path) -> None:
    takes = Takes(tmp_path / "takes", Vault(tmp_path / "identities", "secret"))
    by_hash = takes.keep(clip, report(clip), "hash")
    assert by_hash.sha256 == report(clip).sha256 and not takes.folder.exists()
    sealed = takes.keep(clip, report(clip), "sealed")
    (file,) = takes.folder.iterdir()
    assert b"Ada" not in file.read_bytes() and file.stat().st_mode & 0o077 == 0
    assert takes.open(sealed.sha256) == clip.read_bytes()
    with pytest.raises(ProvenanceError):
        Takes(tmp_path / "takes", Vault(tmp_path / "identities", "guess")).open(sealed.sha256)
    assert takes.delete(sealed.sha256) and not takes.delete(sealed.sha256)
    for missing in (sealed.sha256, "../../etc/passwd"):
        with pytest.raises(FileMissing):
            takes.open(missing)


def test_what_was_refused_or_exchanged_is_not_kept(clip: Path, tmp_path: Path) -> None:
    takes = Takes(tmp_path / "takes", Vault(tmp_path / "identities", ""))
    good = report(clip)
    with pytest.raises(PermissionRefused) as refused:
        takes.keep(
            clip, report(clip, Lack("blink", "The eyes never blink.", "Blink."), Lack("turn", "x", "y")), "sealed"
        )
    assert refused.value.code == "permission.take" and "1 more" in refused.value.message
    assert refused.value.details["lacks"][0]["code"] == "blink"
    clip.write_bytes(b"moving pictures of Mallory")
    with pytest.raises(PermissionRefused):
        takes.keep(clip, good, "sealed")
    assert not takes.folder.exists()
