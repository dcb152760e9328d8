"""The network hears any length, and the colour of the microphone makes little difference."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from countenance.errors import ModelCorrupt
from countenance.speech.listening import phone_network
from countenance.speech.listening.log_mel import BANDS, levelled, log_mel
from countenance.speech.listening.phone_classes import NAMES
from countenance.speech.listening.sound import HEARD_RATE, Recording
from countenance.speech.listening.speech_check import HELD_TONES, held_tones
from tests.speech.listening.material import music, spoken


def heard_sound() -> np.ndarray:
    truth = spoken()
    return Recording("voice", truth.samples, truth.sample_rate).heard()


@pytest.mark.parametrize("count", [1600, 1601, 4799, 16_000])
def test_every_ten_milliseconds_has_its_probabilities(count: int) -> None:
    sound = np.random.default_rng(0).normal(0, 0.1, count).astype(np.float32)
    heard = phone_network.log_likelihoods(sound)
    assert heard.shape == (-(-count // 160), len(NAMES))
    assert np.allclose(np.exp(heard).sum(axis=1), 1, atol=1e-4)


def test_long_sound_is_heard_in_pieces_as_it_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    sound = heard_sound()
    whole = phone_network.log_likelihoods(sound).argmax(axis=1)
    monkeypatch.setattr(phone_network, "PIECE", 300)
    assert (phone_network.log_likelihoods(sound).argmax(axis=1) == whole).mean() > 0.85


def test_another_microphone_and_level_are_heard_alike() -> None:
    sound = heard_sound()
    dull = np.convolve(sound, [0.05, 0.2, 0.3, 0.2], "same").astype(np.float32) * 0.1
    one, other = (levelled(log_mel(s)) for s in (sound, dull))
    assert one.shape == (len(one), BANDS)
    assert np.abs(one - other).mean() < 0.25 * np.abs(one).mean()
    alike = phone_network.log_likelihoods(sound).argmax(axis=1) == phone_network.log_likelihoods(dull).argmax(axis=1)
    assert alike.mean() > 0.6


def test_music_holds_its_tones_and_speech_does_not() -> None:
    assert held_tones(heard_sound()) < 0.4 < HELD_TONES < held_tones(music(5))
    assert held_tones(np.zeros(HEARD_RATE // 10, np.float32)) == 0


def test_weights_that_cannot_be_read_are_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "listener.onnx"
    broken.write_bytes(b"nothing of the kind")
    monkeypatch.setattr(phone_network, "WEIGHTS", broken)
    phone_network._session.cache_clear()
    try:
        with pytest.raises(ModelCorrupt, match=r"listener\.onnx"):
            phone_network.log_likelihoods(np.zeros(3200, np.float32))
    finally:
        phone_network._session.cache_clear()


def test_the_weights_fit_the_package() -> None:
    assert phone_network.WEIGHTS.stat().st_size < 8 * 2**20
