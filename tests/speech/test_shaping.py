"""A voice shaped: to the pitch asked for, with its length and times as they were."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from scipy.signal import lfilter

from countenance.errors import BadOption
from countenance.speech.shaping import ShapedVoice, VoiceShape, pitch_track, shaped, split_shape
from countenance.speech.utterance import Phone, Utterance
from countenance.speech.voice import choose_voice, load_voice, own_voice

RATE = 24_000


def vowel(hertz: float, formants: tuple[float, ...] = (700.0, 1200.0, 2600.0), seconds: float = 1.0) -> Utterance:
    """Pulses through a vocal tract's resonances."""
    count = int(RATE * seconds)
    sound = np.zeros(count)
    sound[np.arange(0, count, RATE / hertz).astype(int)] = 1
    for centre in formants:
        r = np.exp(-np.pi * 90 / RATE)
        sound = lfilter([1 - r], [1, -2 * r * np.cos(2 * np.pi * centre / RATE), r * r], sound)
    samples = (0.3 * sound / np.abs(sound).max()).astype(np.float32)
    return Utterance(samples, RATE, (Phone("ɑ", Fraction(0), Fraction(count, RATE)),))


def pitch(said: Utterance) -> float:
    track = pitch_track(said.samples, said.sample_rate)
    return float(np.median(track[track > 0]))


def centre(said: Utterance) -> float:
    power = np.abs(np.fft.rfft(said.samples)) ** 2
    hertz = np.fft.rfftfreq(len(said.samples), 1 / RATE)
    return float((power * hertz).sum() / power.sum())


@pytest.mark.parametrize("hertz", [95.0, 140.0, 210.0, 300.0])
def test_pitch_is_found(hertz: float) -> None:
    assert abs(pitch(vowel(hertz)) / hertz - 1) < 0.01


def test_noise_and_silence_have_none() -> None:
    noise = np.random.default_rng(1).normal(0, 0.1, RATE).astype(np.float32)
    assert (pitch_track(noise, RATE) > 0).mean() < 0.1
    quiet = Utterance(np.zeros(RATE, np.float32), RATE, ())
    assert shaped(quiet, VoiceShape(120, 0.9, 1)).samples is quiet.samples


@pytest.mark.parametrize("wanted", [130.0, 175.0, 250.0])
def test_it_comes_to_the_pitch_with_the_same_length(wanted: float) -> None:
    said = vowel(200.0)
    out = shaped(said, VoiceShape(wanted, 1.0, 1.0))
    assert abs(pitch(out) / wanted - 1) < 0.04
    assert out.samples.shape == said.samples.shape and out.phones == said.phones
    assert out.samples.dtype == np.float32 and np.abs(out.samples).max() <= 1


def test_formants_move_without_the_pitch() -> None:
    said = vowel(200.0)
    low, high = (shaped(said, VoiceShape(200.0, tract, 1.0)) for tract in (0.85, 1.15))
    assert abs(pitch(low) / pitch(high) - 1) < 0.03
    assert 1.2 < centre(high) / centre(low) < 1.5


def test_a_shape_is_named_and_read() -> None:
    shape = VoiceShape(118.0, 0.88, 1.02)
    assert VoiceShape.parse(str(shape)) == shape
    assert split_shape(f"hibari:{shape}") == ("hibari", shape) and split_shape("C:/x.onnx") == ("C:/x.onnx", None)
    assert str(own_voice(f"a/x.onnx#3:{shape}")) == "a/x.onnx"
    for wrong in ("pitch=118", "pitch=20,tract=1,pace=1", "pitch=118,tract=2,pace=1", "pitch=118,tract=1,pace=9"):
        with pytest.raises(BadOption):
            VoiceShape.parse(wrong)


def test_voices_are_loaded_shaped() -> None:
    named = load_voice("hibari:pitch=118.0,tract=0.880,pace=1.00")
    first, tag = choose_voice(":pitch=118.0,tract=0.880,pace=1.00", "en")
    assert isinstance(named, ShapedVoice) and isinstance(first, ShapedVoice)
    assert named.name == first.name and tag == "en"
    said = named.say("Hello there.", language="en", seed=1)
    assert abs(pitch(said) / 118 - 1) < 0.12
