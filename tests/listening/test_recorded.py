"""Recorded speech is heard at the right times, and what is no speech is refused in words."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from countenance.errors import BadOption, EmptyFile, FileMissing, NotAVideo, TooLarge
from countenance.speech.listening import sound as sound_module
from countenance.speech.listening.spelling import words_of
from countenance.speech.recorded import listen, recorded_utterance
from countenance.speech.utterance import SILENCE, Utterance
from tests.listening.material import TEXT, spoken, write_wav

CLOSED = frozenset("pbm")


def closures(utterance: Utterance) -> list[float]:
    return [float(p.start + p.end) / 2 for p in utterance.phones if p.symbol in CLOSED]


def test_known_words_are_found_where_they_are_spoken(tmp_path: Path) -> None:
    truth = spoken()
    path = write_wav(tmp_path / "voice.wav", truth.samples, truth.sample_rate)
    found = recorded_utterance(path, text=TEXT)
    assert found.sample_rate == truth.sample_rate
    assert abs(found.duration - truth.duration) < Fraction(1, 1000)
    wanted, got = closures(truth), closures(found)
    assert len(got) == len(wanted)
    assert np.median(np.abs(np.subtract(got, wanted))) < 0.04
    assert np.abs(np.subtract(got, wanted)).max() < 0.1


def test_phones_follow_each_other_and_stay_inside(tmp_path: Path) -> None:
    truth = spoken()
    stereo = np.stack([truth.samples, 0.5 * truth.samples], axis=1)
    found = recorded_utterance(write_wav(tmp_path / "stereo.wav", stereo, truth.sample_rate))
    for before, after in zip(found.phones, found.phones[1:], strict=False):
        assert before.start < before.end <= after.start
    assert found.phones[0].start >= 0
    assert found.phones[-1].end <= found.duration + Fraction(2, 100)
    assert {p.symbol for p in found.phones} > {SILENCE, "m"}


def test_numbers_hyphens_and_new_names_are_words() -> None:
    assert words_of("A well-known “Wengenmayer” – 1912, isn’t it?") == [
        "A", "well", "known", "Wengenmayer", "1912", "isn’t", "it"]  # fmt: skip


def test_unusable_sound_is_refused(tmp_path: Path) -> None:
    rate = 16_000
    with pytest.raises(FileMissing):
        listen(tmp_path / "none.wav")
    (tmp_path / "text.wav").write_text("no sound at all")
    with pytest.raises(NotAVideo):
        listen(tmp_path / "text.wav")
    with pytest.raises(BadOption, match="silent"):
        listen(write_wav(tmp_path / "silence.wav", np.full(rate, 0.2), rate))
    with pytest.raises(EmptyFile):
        listen(write_wav(tmp_path / "blip.wav", np.ones(200), rate))


def test_an_hour_is_the_longest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sound_module, "LONGEST", 2)
    with pytest.raises(TooLarge):
        listen(write_wav(tmp_path / "long.wav", np.random.default_rng(0).normal(0, 0.1, 50_000), 16_000))


def test_an_empty_text_is_refused(tmp_path: Path) -> None:
    truth = spoken()
    path = write_wav(tmp_path / "voice.wav", truth.samples, truth.sample_rate)
    with pytest.raises(BadOption, match="empty"):
        listen(path, text=" …!")


def test_clipped_speech_is_taken_with_a_warning(tmp_path: Path) -> None:
    truth = spoken()
    clean = listen(write_wav(tmp_path / "clean.wav", truth.samples, truth.sample_rate), text=TEXT)
    loud = np.clip(8 * truth.samples / np.abs(truth.samples).max(), -1, 1)
    clipped = listen(write_wav(tmp_path / "clipped.wav", loud, truth.sample_rate), text=TEXT)
    assert clean.warnings == ()
    assert "clipped" in clipped.warnings[0]
    assert len(closures(clipped.utterance)) == len(closures(truth))
