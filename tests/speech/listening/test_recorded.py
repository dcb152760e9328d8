"""Recorded speech is heard at the right times, and what is no speech is refused in words."""

from __future__ import annotations

import shutil
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from countenance.errors import BadOption, EmptyFile, FileMissing, LibraryMissing, NotAVideo, TooLarge
from countenance.face.topology import BLENDSHAPES
from countenance.speech import recorded as recorded_module
from countenance.speech.espeak import EspeakVoice
from countenance.speech.listening import sound as sound_module
from countenance.speech.listening.segmentation import WHOLE
from countenance.speech.listening.spelling import words_of
from countenance.speech.mouthing import mouth_blendshapes
from countenance.speech.recorded import listen, recorded_utterance
from countenance.speech.utterance import SILENCE, Utterance
from tests.speech.listening.material import TEXT, music, spoken, write_wav

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


def test_by_ear_the_mouth_opens_and_closes_with_the_voice(tmp_path: Path) -> None:
    truth = spoken()
    found = listen(write_wav(tmp_path / "voice.wav", truth.samples, truth.sample_rate))
    assert found.method == "ear"
    times = np.arange(0, float(truth.duration), 0.01)
    jaw = BLENDSHAPES.index("jawOpen")
    wanted, got = (mouth_blendshapes(u, times)[:, jaw] for u in (truth, found.utterance))
    assert np.corrcoef(wanted, got)[0, 1] > 0.7


def test_music_and_noise_are_no_speech(tmp_path: Path) -> None:
    with pytest.raises(BadOption, match="music"):
        listen(write_wav(tmp_path / "music.wav", music(6), 16_000))
    hiss = np.random.default_rng(0).normal(0, 0.1, 64_000)
    with pytest.raises(BadOption, match="speech"):
        listen(write_wav(tmp_path / "hiss.wav", hiss, 16_000))


def test_another_text_is_refused_and_a_part_of_it_too(tmp_path: Path) -> None:
    truth = spoken()
    path = write_wav(tmp_path / "voice.wav", truth.samples, truth.sample_rate)
    with pytest.raises(BadOption, match="not what is said"):
        listen(path, text="She sells thirty thousand sea shells, and her brother sells seven sharks to the zoo.")
    with pytest.raises(BadOption, match="not in the text"):
        listen(path, text="The museum opened.")


@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")
def test_other_languages_are_found_by_their_words(tmp_path: Path) -> None:
    text = "Hyvää huomenta, tänään on kaunis päivä ja menemme yhdessä puistoon."
    truth = EspeakVoice().say(text, language="fi", rate=0.8)
    path = write_wav(tmp_path / "finnish.wav", truth.samples, truth.sample_rate)
    found = recorded_utterance(path, text=text, language="fi-FI")
    wanted, got = closures(truth), closures(found)
    assert len(got) == len(wanted) > 3
    assert np.abs(np.subtract(got, wanted)).max() < 0.05


@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")
def test_a_language_without_rules_is_said_so(tmp_path: Path) -> None:
    truth = spoken()
    path = write_wav(tmp_path / "voice.wav", truth.samples, truth.sample_rate)
    with pytest.raises(BadOption, match="tlh"):
        listen(path, text="nuqneH", language="xx-tlh")


def test_without_espeak_the_sound_is_followed_and_it_is_said_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> None:
        raise LibraryMissing("espeak-ng is not installed.", "Install espeak-ng.")

    monkeypatch.setattr(recorded_module, "EspeakVoice", missing)
    truth = spoken()
    path = write_wav(tmp_path / "voice.wav", truth.samples, truth.sample_rate)
    words = listen(path, text="Das Museum ist offen.", language="de")
    assert words.method == "ear"
    assert "Install espeak-ng." in words.warnings[0]
    assert words.utterance.phones == listen(path, language="de").utterance.phones
    with pytest.raises(BadOption, match="music"):  # without the words it is as strict as by ear
        listen(write_wav(tmp_path / "music.wav", music(6), 16_000), text="Das Museum.", language="de")


def test_long_recordings_are_aligned_in_pieces(tmp_path: Path) -> None:
    truth = spoken()
    times = 7
    assert float(truth.duration) * times > WHOLE
    path = write_wav(tmp_path / "long.wav", np.tile(truth.samples, times), truth.sample_rate)
    found = recorded_utterance(path, text=" ".join([TEXT] * times))
    wanted = [t + k * float(truth.duration) for k in range(times) for t in closures(truth)]
    got = closures(found)
    assert len(got) == len(wanted)
    assert np.abs(np.subtract(got, wanted)).max() < 0.1


def test_samples_are_heard_as_their_file_is(tmp_path: Path) -> None:
    truth = spoken()
    path = write_wav(tmp_path / "voice.wav", truth.samples, truth.sample_rate)
    stereo = np.stack([truth.samples] * 2, axis=1)
    from_file, from_samples = (
        recorded_utterance(path, text=TEXT),
        recorded_utterance(stereo, text=TEXT, sample_rate=truth.sample_rate),
    )
    assert [p.symbol for p in from_samples.phones] == [p.symbol for p in from_file.phones]
    assert np.abs(np.subtract(closures(from_samples), closures(from_file))).max() < 0.03
    with pytest.raises(BadOption, match="rate"):
        listen(truth.samples)
    with pytest.raises(BadOption, match="silent"):
        listen(np.zeros(16_000), sample_rate=16_000)
    with pytest.raises(EmptyFile):
        listen(np.zeros(10), sample_rate=16_000)
    with pytest.raises(BadOption, match="no sound"):
        listen(np.zeros((2, 2, 2)), sample_rate=16_000)


def test_a_text_that_fits_poorly_is_taken_with_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    truth = spoken()
    path = write_wav(tmp_path / "voice.wav", truth.samples, truth.sample_rate)
    monkeypatch.setattr(recorded_module, "POOR", 0.99)
    assert "poorly" in listen(path, text=TEXT).warnings[0]
