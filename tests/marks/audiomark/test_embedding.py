"""The embedder: a stream in, the same sound with the mark out."""

from __future__ import annotations

import numpy as np
import pytest

from countenance.errors import BadOption
from countenance.marks.audiomark import AudioMark, detect
from tests.marks.audiomark.sounds import PAYLOAD, Samples, at_rate, marked, marked_speech, musiclike, speechlike


@pytest.mark.parametrize("seed", [2, 3])
def test_odd_blocks_make_the_same_sound_as_one(seed: int) -> None:
    whole = marked(speechlike(4.0, 24000), 24000)
    rng = np.random.default_rng(seed)
    mark = AudioMark(PAYLOAD, 24000, 1)
    samples, pieces = speechlike(4.0, 24000), []
    while len(samples):
        n = int(rng.choice([0, 1, 7, 480, 1023, 9001]))
        pieces.append(mark.embed(samples[:n]))
        samples = samples[n:]
    pieces.append(mark.flush())
    np.testing.assert_allclose(np.concatenate(pieces), whole, atol=2e-6)


def test_no_more_is_held_back_than_the_latency_says() -> None:
    mark = AudioMark(PAYLOAD, 16000, 1)
    samples, sent = speechlike(), 0
    for start in range(0, len(samples), 800):
        sent += len(mark.embed(samples[start : start + 800]))
        assert start + 800 - sent <= mark.latency * 16000 + 800
    assert sent > 0


@pytest.mark.parametrize("rate", [8000, 11025, 22050, 44100, 48000, 96000])
def test_any_rate_keeps_length_and_place_and_carries_the_payload(rate: int) -> None:
    samples = at_rate(speechlike(7.0, 16000), 16000, rate)
    out = marked(samples, rate)
    assert out.shape == samples.shape
    assert out.dtype == np.float32
    # Nothing was shifted: no lag fits better than none.
    middle = slice(rate, 3 * rate)
    fits = [float(np.sum(np.roll(out, lag)[middle] * samples[middle])) for lag in range(-5, 6)]
    assert int(np.argmax(fits)) == 5
    assert 10 * np.log10(np.sum(samples**2) / np.sum((out - samples) ** 2)) > 14
    found = detect(out, rate, thorough=False)
    assert found is not None
    assert found.payload == PAYLOAD


def test_both_channels_get_the_same_gains_and_keep_their_picture() -> None:
    samples = musiclike()
    out = marked(samples, 16000)
    assert out.shape == samples.shape
    for side in (out, out[:, :1], out[:, 1:], out.mean(axis=1)):
        found = detect(side, 16000, thorough=False)
        assert found is not None
        assert found.payload == PAYLOAD
    silent_left = np.stack([np.zeros(len(samples)), samples[:, 1]], 1).astype(np.float32)
    assert not np.any(marked(silent_left, 16000)[:, 0])


def test_what_lies_above_the_band_is_left_as_it_was() -> None:
    samples = at_rate(speechlike(4.0), 16000, 48000)
    high = np.sin(2 * np.pi * 12000 * np.arange(len(samples)) / 48000)[:, None] * 0.1
    change = marked((samples + high).astype(np.float32), 48000) - (samples + high)
    spectrum = np.abs(np.fft.rfft(change[:, 0])) ** 2
    frequency = np.fft.rfftfreq(len(change), 1 / 48000)
    assert spectrum[frequency > 8000].sum() < 1e-6 * spectrum.sum()


def test_silence_stays_silence() -> None:
    out = marked(np.zeros((32000, 2), np.float32), 16000)
    assert not np.any(out)
    assert detect(out, 16000) is None


def test_a_pause_within_speech_stays_quiet() -> None:
    samples = speechlike(6.0).copy()
    samples[32000:64000] = 0
    out = marked(samples, 16000)
    # The transforms reach 32 ms past the sound's end and no further.
    assert np.max(np.abs(out[33000:63000])) < 1e-6


@pytest.mark.parametrize("count", [0, 1, 100, 3000])
def test_very_short_sound_passes_with_its_length(count: int) -> None:
    samples: Samples = speechlike()[:count]
    assert marked(samples, 16000).shape == (count, 1)


def test_full_scale_stays_in_range_and_bad_samples_do_no_harm() -> None:
    loud = np.clip(speechlike(6.0) * 3, -1, 1)
    loud[5000] = np.nan
    loud[6000] = np.inf
    out = marked(loud, 16000)
    assert np.all(np.isfinite(out))
    assert np.max(np.abs(out)) <= 1.0
    found = detect(out, 16000, thorough=False)
    assert found is not None


def test_the_mark_is_deterministic_and_differs_by_payload() -> None:
    again = marked(speechlike(), 16000)
    np.testing.assert_array_equal(again, marked_speech())
    assert np.any(marked(speechlike(), 16000, PAYLOAD + 1) != again)


@pytest.mark.parametrize(
    ("payload", "rate", "channels"), [(-1, 16000, 1), (1 << 64, 16000, 1), (1, 4000, 1), (1, 16000, 0), (1, 10**6, 1)]
)
def test_values_out_of_range_are_told(payload: int, rate: int, channels: int) -> None:
    with pytest.raises(BadOption):
        AudioMark(payload, rate, channels)


def test_a_block_of_another_shape_is_told() -> None:
    with pytest.raises(BadOption):
        AudioMark(PAYLOAD, 16000, 2).embed(np.zeros((100, 1), np.float32))
    with pytest.raises(BadOption):
        AudioMark(PAYLOAD, 16000, 1).embed(np.zeros(100, np.float32))
