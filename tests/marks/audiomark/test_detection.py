"""The detector: the payload from nothing but the sound, whatever happened to it; nothing where there is nothing."""

from __future__ import annotations

import numpy as np
import pytest
from bench.audiomark import attacks

from countenance.errors import BadOption
from countenance.marks.audiomark import detect
from tests.marks.audiomark.sounds import PAYLOAD, Samples, at_rate, marked, marked_speech, musiclike, speechlike

RATE = 16000


def test_the_payload_comes_back_from_speech_and_from_music() -> None:
    for out in (marked_speech(), marked(musiclike(), RATE)):
        found = detect(out, RATE)
        assert found is not None
        assert found.payload == PAYLOAD
        assert found.confidence > 9
        assert found.speed == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize("payload", [0, 1, (1 << 64) - 1, 0xDEADBEEF_00C0FFEE])
def test_every_kind_of_payload(payload: int) -> None:
    found = detect(marked(speechlike(6.0), RATE, payload), RATE, thorough=False)
    assert found is not None
    assert found.payload == payload


@pytest.mark.parametrize("start", [0.0, 0.7311, 1.9, 3.777])
def test_five_seconds_from_anywhere_tell_where_a_period_begins(start: float) -> None:
    first = round(start * RATE)
    found = detect(marked_speech()[first : first + 5 * RATE], RATE, thorough=False)
    assert found is not None
    assert found.payload == PAYLOAD
    assert (found.offset + start) % 4.16 == pytest.approx(0, abs=0.012) or (found.offset + start) % 4.16 > 4.148


@pytest.mark.parametrize(
    ("name", "bits", "container", "rate"),
    [("aac", 64, "mp4", 44100), ("libmp3lame", 64, "mp3", 44100), ("libopus", 24, "ogg", 48000)],
)
def test_codecs(name: str, bits: int, container: str, rate: int) -> None:
    out, rate = attacks.codec(name, bits, container, rate)(marked_speech(), RATE)
    found = detect(out, rate)
    assert found is not None
    assert found.payload == PAYLOAD


@pytest.mark.parametrize("target", [8000, 22050, 44100, 48000])
def test_resampling(target: int) -> None:
    found = detect(at_rate(marked_speech(), RATE, target), target)
    assert found is not None
    assert found.payload == PAYLOAD


@pytest.mark.parametrize("factor", [0.9, 1.037, 1.1])
def test_speed(factor: float) -> None:
    out, rate = attacks.speed(factor)(marked_speech(), RATE)
    found = detect(out, rate)
    assert found is not None
    assert found.payload == PAYLOAD
    assert found.speed == pytest.approx(factor, abs=0.002)
    assert not found.pitch_kept


@pytest.mark.parametrize("factor", [0.9, 1.1])
def test_tempo(factor: float) -> None:
    out, rate = attacks.filtered(f"atempo={factor}")(marked_speech(), RATE)
    found = detect(out, rate)
    assert found is not None
    assert found.payload == PAYLOAD
    assert found.speed == pytest.approx(factor, abs=0.002)
    assert found.pitch_kept


def test_volume_polarity_and_equaliser() -> None:
    soft = marked_speech() * -0.05
    out, rate = attacks.tilt(6)(soft, RATE)
    found = detect(out, rate)
    assert found is not None
    assert found.payload == PAYLOAD


def test_a_mark_late_in_long_sound_is_found() -> None:
    rng = np.random.default_rng(4)
    before = rng.standard_normal((25 * RATE, 1)).astype(np.float32) * 0.05
    out = np.concatenate([before, marked_speech()])
    found = detect(out, RATE, thorough=False)
    assert found is not None
    assert found.payload == PAYLOAD
    assert (found.offset - 25) % 4.16 == pytest.approx(0, abs=0.012) or (found.offset - 25) % 4.16 > 4.148


@pytest.mark.parametrize("maker", [speechlike, musiclike])
def test_unmarked_sound_holds_nothing(maker: type[Samples]) -> None:
    assert detect(maker(6.0, RATE, 9), RATE) is None


def test_another_key_finds_nothing() -> None:
    other = b"an organisation's own key"
    out = marked(speechlike(6.0), RATE, PAYLOAD, key=other)
    assert detect(out, RATE, thorough=False) is None
    found = detect(out, RATE, other)
    assert found is not None
    assert found.payload == PAYLOAD


@pytest.mark.parametrize("count", [0, 1, 500, 20000])
def test_sound_too_short_holds_nothing(count: int) -> None:
    assert detect(marked_speech()[:count], RATE) is None


def test_noise_clicks_and_constants_hold_nothing() -> None:
    rng = np.random.default_rng(1)
    clicks = np.zeros(5 * RATE, np.float32)
    clicks[::4000] = 1
    for sound in (rng.standard_normal(5 * RATE), clicks, np.ones(5 * RATE), np.full(5 * RATE, np.nan)):
        assert detect(sound.astype(np.float32), RATE, thorough=False) is None


def test_what_is_not_sound_is_told() -> None:
    with pytest.raises(BadOption):
        detect(np.zeros((10, 2, 2), np.float32), RATE)
    with pytest.raises(BadOption):
        detect(np.zeros((10, 0), np.float32), RATE)
    with pytest.raises(BadOption):
        detect(np.zeros(10, np.float32), 100)
