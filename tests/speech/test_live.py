"""A live mouth: it opens with the sound, shuts when it is interrupted, and what it is given comes out again."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from countenance.errors import BadOption, TooLarge
from countenance.face.topology import BLENDSHAPES
from countenance.speech.idle import RATE
from countenance.speech.live import LONGEST, SpeechMotion
from countenance.speech.mouthing import mouth_blendshapes
from countenance.speech.utterance import Utterance
from countenance.speech.voice import choose_voice

JAW = BLENDSHAPES.index("jawOpen")


@pytest.fixture(scope="module")
def spoken() -> Utterance:
    voice, language = choose_voice(None, "en", None)
    return voice.say("The museum opens at nine, and many people come to see the paintings.", language=language)


def opened(motion: SpeechMotion, moments: int) -> list[float]:
    return [float(motion.next(Fraction(k, RATE))[0].blendshapes[JAW]) for k in range(moments)]


def test_it_opens_and_follows_the_voice(spoken: Utterance) -> None:
    motion, step = SpeechMotion(24_000, liveliness=0), spoken.sample_rate // RATE
    count = int(float(spoken.duration) * RATE)
    jaw = []
    for k in range(count + 3):
        piece = spoken.samples[k * step : (k + 1) * step]
        motion.push(piece, spoken.sample_rate) if len(piece) else motion.end()
        jaw.append(float(motion.next(Fraction(k, RATE))[0].blendshapes[JAW]))
    truth = mouth_blendshapes(spoken, (np.arange(count) + 0.5) / RATE)[:, JAW]
    late = [np.corrcoef(jaw[by : by + count], truth)[0, 1] for by in range(4)]
    assert max(late) > 0.5 and int(np.argmax(late)) <= 3, "the look-ahead of 80 ms is two frames"


def test_words_that_are_known_move_it_exactly(spoken: Utterance) -> None:
    motion = SpeechMotion(24_000, liveliness=0)
    motion.say(spoken)
    jaw = opened(motion, int(float(spoken.duration) * RATE))
    truth = mouth_blendshapes(spoken, (np.arange(len(jaw)) + 0.5) / RATE)[:, JAW]
    assert np.corrcoef(jaw, truth)[0, 1] > 0.9


def test_an_interruption_shuts_it_in_three_frames(spoken: Utterance) -> None:
    motion = SpeechMotion(24_000, liveliness=0)
    motion.say(spoken)
    while opened(motion, 1)[0] < 0.15:
        pass
    assert motion.clear() > 0.5
    after = opened(motion, 3)
    assert after[2] < 0.06 and not motion.spoke and not motion.speaking


def test_sound_comes_out_as_it_went_in(spoken: Utterance) -> None:
    del spoken
    pcm = np.random.default_rng(1).integers(-9000, 9000, 24_000, dtype=np.int16)
    motion = SpeechMotion(24_000)
    motion.push(pcm.tobytes(), 24_000)
    motion.end()
    out = np.concatenate([motion.next(Fraction(k, RATE))[1] for k in range(RATE)])
    assert np.array_equal(np.rint(out * 32768).astype(np.int16), pcm)


def test_it_lives_while_it_says_nothing() -> None:
    motion = SpeechMotion(24_000)
    samples = [motion.next(Fraction(k, RATE))[0] for k in range(10 * RATE)]
    blink = BLENDSHAPES.index("eyeBlinkLeft")
    assert max(s.blendshapes[blink] for s in samples) > 0.5, "it blinks"
    assert np.ptp([s.rotation[0] for s in samples]) > 0.001, "it breathes"
    assert max(s.blendshapes[JAW] for s in samples) < 0.02


@pytest.mark.parametrize(("pcm", "rate"), [(b"\0", 24_000), (b"\0\0", 4_000), (b"\0\0", 96_000)])
def test_sound_that_is_none_is_refused(pcm: bytes, rate: int) -> None:
    with pytest.raises(BadOption):
        SpeechMotion(24_000).push(pcm, rate)


def test_no_more_waits_than_two_minutes() -> None:
    motion = SpeechMotion(24_000)
    with pytest.raises(TooLarge):
        for _ in range(int(LONGEST) + 1):
            motion.push(np.zeros(24_000, np.float32), 24_000)
