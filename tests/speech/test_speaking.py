"""Text to voice to mouth: times that fit the sound, lips that meet, a script that keeps its times."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from countenance.errors import BadDocument, BadOption, EmptyFile, FileMissing, LibraryMissing, TooLarge
from countenance.face.topology import BLENDSHAPES
from countenance.speech.cast import Part
from countenance.speech.hibari import HibariVoice
from countenance.speech.mouthing import LOOKS, loudness, mouth_blendshapes, viseme_looks
from countenance.speech.nonverbal import speaker_bearing
from countenance.speech.performance import speech_performance
from countenance.speech.phonetics import MISAKI, phones_of
from countenance.speech.script import Cue, captions, check_overlaps, part_of, read_script, speak_cues
from countenance.speech.utterance import SILENCE, Phone, Utterance, joined
from countenance.speech.voice import choose_voice, load_voice, voice_names

STEP = Fraction(1, 40)


@pytest.fixture(scope="module")
def voice() -> HibariVoice:
    return HibariVoice()


@pytest.fixture(scope="module")
def said(voice: HibariVoice) -> Utterance:
    return voice.say("My baby bought five purple maps.", language="en", seed=1)


def gap_of(utterance: Utterance, rate: Fraction = Fraction(25)) -> tuple[np.ndarray, np.ndarray]:
    """Times, and the inner lips' distance, cm."""
    samples = list(speech_performance(utterance, rate=rate))
    return np.array([float(s.time) for s in samples]), np.array([s.offsets[14, 1] - s.offsets[13, 1] for s in samples])


def test_phones_fill_the_sound_without_overlap(said: Utterance) -> None:
    assert said.phones[0].start == 0 and said.phones[-1].end == said.duration
    assert all(a.end == b.start for a, b in zip(said.phones, said.phones[1:], strict=False))
    assert "".join(p.symbol for p in said.phones if p.symbol in "mbpfv") == "mbbbfvppmp"


def test_phones_lie_where_they_sound(said: Utterance) -> None:
    """Stops are quiet and vowels are loud: the correction of the model's late durations is right."""
    times = np.array([float((p.start + p.end) / 2) for p in said.phones])
    level = loudness(said, times)
    vowels = np.array([p.symbol in "aeiouæɔəɪʊɜ" for p in said.phones])
    stops = np.array([p.symbol in "bptk" for p in said.phones])
    silent = np.array([p.symbol == SILENCE for p in said.phones])
    assert level[vowels].mean() > 2.5 * level[stops].mean() and level[silent].max() < 0.1


def test_the_same_seed_says_the_same(voice: HibariVoice, said: Utterance) -> None:
    again = voice.say("My baby bought five purple maps.", language="en", seed=1)
    assert np.array_equal(again.samples, said.samples)


def test_pace(voice: HibariVoice) -> None:
    plain, quick = (voice.say("A sentence of some length is said.", language="en", rate=r) for r in (1.0, 1.5))
    assert 0.6 < float(quick.duration / plain.duration) < 0.8


@pytest.mark.parametrize("rate", [Fraction(25), Fraction(30000, 1001), Fraction(12)])
def test_lips_meet_on_p_b_and_m(said: Utterance, rate: Fraction) -> None:
    times, gap = gap_of(said, rate)
    for phone in said.phones:
        if phone.symbol in "pbm":
            near = (times >= float(phone.start) - 0.6 / float(rate)) & (times <= float(phone.end) + 0.6 / float(rate))
            assert gap[near].min() < 0.1, f"{phone.symbol} at {float(phone.start):.2f} s"


def test_open_vowels_open_and_silence_shuts(said: Utterance) -> None:
    times, gap = gap_of(said)
    open_vowel = next(p for p in said.phones if p.symbol == "æ")
    assert gap[(times >= float(open_vowel.start)) & (times <= float(open_vowel.end))].max() > 0.5
    assert gap[times < 0.1].max() < 0.02 and gap[-1] < 0.05


def test_rounding_and_spreading_are_told_apart(voice: HibariVoice) -> None:
    def mouth(text: str, symbol: str) -> np.ndarray:
        u = voice.say(text, language="en")
        phone = next(p for p in u.phones if p.symbol == symbol)
        at = np.array([float(phone.start + phone.end) / 2, float(phone.start + phone.end) / 2 + 0.01])
        return mouth_blendshapes(u, at)[0]

    pucker, stretch = BLENDSHAPES.index("mouthPucker"), BLENDSHAPES.index("mouthStretchLeft")
    oo, ee = mouth("Who knew?", "u"), mouth("He sees me.", "i")
    assert oo[pucker] > 2 * ee[pucker] and ee[stretch] > 2 * oo[stretch]


def test_every_look_names_blendshapes_that_exist() -> None:
    for viseme, look in LOOKS.items():
        for name in look:
            assert any(name + side in BLENDSHAPES for side in ("", "Left", "Right")), f"{viseme}: {name}"
    assert viseme_looks().shape == (15, 52)


def test_bearing_is_seeded_blinks_and_is_quiet_in_silence(voice: HibariVoice) -> None:
    u = voice.say("This is said. " * 4, language="en")
    pause = Utterance(np.zeros(6 * u.sample_rate, np.float32), u.sample_rate, ())
    whole = joined([u, pause], [Fraction(0), Fraction(0)])
    times = np.arange(0, float(whole.duration), 0.04)
    a, b, c = (speaker_bearing(whole, times, seed=s) for s in (3, 3, 4))
    assert np.array_equal(a.blendshapes, b.blendshapes) and not np.array_equal(a.turn, c.turn)
    blink = a.blendshapes[:, BLENDSHAPES.index("eyeBlinkLeft")]
    blinks = int(((blink[1:] > 0.5) & (blink[:-1] <= 0.5)).sum())
    assert 1 <= blinks <= float(whole.duration), f"{blinks} blinks"
    silent = times > float(u.duration) + 1
    speaking = times < float(u.duration)
    assert np.abs(np.diff(a.turn[silent], axis=0)).mean() < 0.7 * np.abs(np.diff(a.turn[speaking], axis=0)).mean()
    still = speaker_bearing(whole, times, seed=3, liveliness=0)
    assert np.abs(still.turn).max() < 0.5


def test_marks_stress_length_and_spaces_give_their_time_away() -> None:
    phones = phones_of(["^", "ˈ", "A", "ː", " ", "t", "."], [4 * STEP, STEP, 2 * STEP, STEP, STEP, STEP, 8 * STEP],
                       alphabet=MISAKI)  # fmt: skip
    assert [p.symbol for p in phones] == [SILENCE, "e", "ɪ", "t", SILENCE]
    assert phones[1].start == 4 * STEP and phones[2].end == 9 * STEP and phones[1].stressed


def test_cues_begin_on_time_and_are_hurried_or_warned_of(voice: HibariVoice) -> None:
    cues = [
        Cue("First.", Fraction(1), Fraction(3)),
        Cue("This one is a little too long for it.", Fraction(4), Fraction(6)),
        Cue("And this is so much longer than its time that no hurry helps.", Fraction(8), Fraction(17, 2)),
    ]
    spoken = speak_cues(cues, voice, "en")
    assert [cue.start for cue in spoken.cues] == [1, 4, 8]
    assert len(spoken.warnings) == 1 and "8.00 s" in spoken.warnings[0]
    assert spoken.cues[1].end is not None and spoken.cues[1].end <= 6
    quiet = spoken.utterance.samples[: spoken.utterance.sample_rate]
    assert np.abs(quiet).max() < 0.01


def test_scripts_are_read_and_captions_written(tmp_path: Path) -> None:
    srt = "1\n00:00:01,000 --> 00:00:02,500\nHello there.\n\n2\n00:00:03,000 --> 00:00:04,000\nTwo\nlines.\n"
    (tmp_path / "a.srt").write_text(srt)
    cues = read_script(tmp_path / "a.srt")
    assert [(c.text, c.start, c.end) for c in cues] == [
        ("Hello there.", 1, Fraction(5, 2)),
        ("Two lines.", 3, 4),
    ]
    (tmp_path / "b.vtt").write_bytes(captions(cues, "vtt"))
    assert read_script(tmp_path / "b.vtt") == cues
    (tmp_path / "c.txt").write_text("Only text.\n")
    assert read_script(tmp_path / "c.txt") == [Cue("Only text.")]


def test_a_script_for_several_is_cut_to_one_part(tmp_path: Path) -> None:
    srt = (
        "1\n00:00:01,000 --> 00:00:02,500\nANNA: Hello there.\n\n2\n00:00:02,000 --> 00:00:04,000\nDR. BÖLL: No.\n\n"
        "3\n00:00:04,000 --> 00:00:05,000\nNever: I said.\n\n4\n00:00:06,000 --> 00:00:07,000\nANNA: At 5:30.\n"
    )
    (tmp_path / "a.srt").write_text(srt)
    cues = read_script(tmp_path / "a.srt")
    assert [(c.speaker, c.text) for c in cues] == [
        ("ANNA", "Hello there."),
        ("DR. BÖLL", "No."),
        (None, "Never: I said."),
        ("ANNA", "At 5:30."),
    ]
    assert [c.text for c in part_of(cues, "Anna")] == ["Hello there.", "At 5:30."]
    assert [c.text for c in part_of(cues, "dr. böll")] == ["No.", "Never: I said."]
    with pytest.raises(BadDocument, match=r"2\.00 s"):
        check_overlaps(cues)
    with pytest.raises(BadOption, match="says nothing"):
        part_of(cues, "Zoe")
    vtt = "WEBVTT\n\n00:01.000 --> 00:02.000\n<v.loud Anna Maria>Hello <b>you</b>.</v>\n"
    (tmp_path / "b.vtt").write_text(vtt)
    assert read_script(tmp_path / "b.vtt") == [Cue("Hello you.", Fraction(1), Fraction(2), "ANNA MARIA")]
    for bad in ("ANNA", "=left", "ANNA="):
        with pytest.raises(BadOption):
            Part.parse(bad)
    assert Part.parse(" Anna = left ") == Part("Anna", "left")


def test_bad_scripts(tmp_path: Path) -> None:
    with pytest.raises(FileMissing):
        read_script(tmp_path / "none.srt")
    (tmp_path / "empty.txt").write_text("  \n")
    with pytest.raises(EmptyFile):
        read_script(tmp_path / "empty.txt")
    (tmp_path / "latin.txt").write_bytes(b"caf\xe9")
    with pytest.raises(BadDocument):
        read_script(tmp_path / "latin.txt")
    overlap = "1\n00:00:01,000 --> 00:00:03,000\nA.\n\n2\n00:00:02,000 --> 00:00:04,000\nB.\n"
    (tmp_path / "overlap.srt").write_text(overlap)
    with pytest.raises(BadDocument, match=r"2\.00 s"):
        read_script(tmp_path / "overlap.srt")
    (tmp_path / "a.pdf").write_text("x")
    with pytest.raises(BadOption):
        read_script(tmp_path / "a.pdf")


def test_nothing_to_say_and_too_much(voice: HibariVoice) -> None:
    with pytest.raises(BadOption, match="nothing to say"):
        voice.say("...", language="en")
    long = Utterance(np.zeros(3700, np.float32), 1, (Phone(SILENCE, Fraction(0), Fraction(3700)),))
    with pytest.raises(TooLarge):
        speech_performance(long)


def test_a_script_of_three_hours_is_refused_before_it_is_spoken(voice: HibariVoice) -> None:
    cues = [Cue("A.", Fraction(0), Fraction(1)), Cue("B.", Fraction(10_800), Fraction(10_801))]
    with pytest.raises(TooLarge, match="60 minutes"):
        speak_cues(cues, voice, "en")


def test_voices_are_found_by_name_and_language() -> None:
    assert voice_names()[0] == "hibari"
    assert choose_voice(None, "en-GB")[0].name in ("hibari", "espeak")
    with pytest.raises(BadOption, match="no voice called"):
        load_voice("nobody")
    with pytest.raises((BadOption, LibraryMissing)) as caught:  # without espeak-ng it says how to install it
        choose_voice("hibari", "qq-none")
    assert caught.value.remedy
