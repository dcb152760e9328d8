"""Scripts as people have them: subtitles from many programs, money, other alphabets; what is not said is told."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from countenance.errors import BadDocument, BadOption
from countenance.speech.hibari import HibariVoice
from countenance.speech.listening.sound import recording_of
from countenance.speech.script import Cue, read_script, speak_cues, unspoken
from countenance.speech.speakable import speakable
from countenance.speech.utterance import SILENCE
from tests.end_to_end.command import Command


def script(tmp_path: Path, text: str, name: str = "a.srt") -> list[Cue]:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return read_script(path)


def texts(cues: list[Cue]) -> list[str]:
    return [cue.text for cue in cues]


def test_a_cue_of_no_length_takes_its_time_and_is_told(tmp_path: Path) -> None:
    cues = script(tmp_path, "1\n00:00:00,500 --> 00:00:02,000\nHello.\n\n2\n00:00:02,500 --> 00:00:02,500\nAgain.\n")
    spoken = speak_cues(cues, HibariVoice(), "en")
    assert spoken.cues[1].start == Fraction(5, 2) and spoken.cues[1].end > spoken.cues[1].start
    assert any("line 6 has no length" in warning for warning in spoken.warnings)


@pytest.mark.parametrize(
    "line",
    ["00:00:02:500 --> 00:00:0x,500", "00:00:02,500 -> 00:00:04,500", "00:02,5 -->", "0:2 --> 0:4", "00:05 → 00:06"],
)  # fmt: skip
def test_a_spoilt_time_line_is_an_error_that_names_its_line(tmp_path: Path, line: str) -> None:
    with pytest.raises(BadDocument, match=r"a\.srt, line 6") as error:
        script(tmp_path, f"1\n00:00:00,500 --> 00:00:02,000\nHello.\n\n2\n{line}\nLost.\n")
    assert error.value.details["line"] == 6


def test_a_cue_that_ends_before_it_begins_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BadDocument, match="line 2"):
        script(tmp_path, "1\n00:00:05,000 --> 00:00:04,000\nBackwards.\n")


def test_captions_that_roll_up_are_said_once_and_without_their_times(tmp_path: Path) -> None:
    rolling = (
        "WEBVTT\nKind: captions\nLanguage: en\n\n"
        "00:00:00.160 --> 00:00:01.829 align:start position:0%\n"
        " \nHello<00:00:00.560><c> my</c><00:00:01.200><c> friends</c>\n\n"
        "00:00:01.829 --> 00:00:01.839 align:start position:0%\nHello my friends\n \n\n"
        "00:00:01.839 --> 00:00:03.749 align:start position:0%\nHello my friends\nand<00:00:02.100><c> welcome</c>\n\n"
        "00:00:03.749 --> 00:00:03.759 align:start position:0%\nand welcome\n \n"
    )
    cues = script(tmp_path, rolling, "a.vtt")
    assert texts(cues) == ["Hello my friends", "and welcome"]
    assert [cue.start for cue in cues] == [Fraction("0.160"), Fraction("1.839")]
    without_times = "1\n00:00:01,000 --> 00:00:02,000\nOne\n\n2\n00:00:02,000 --> 00:00:03,000\nOne\ntwo\n"
    assert texts(script(tmp_path, without_times)) == ["One", "two"]


def test_what_is_really_said_twice_is_said_twice(tmp_path: Path) -> None:
    assert texts(
        script(tmp_path, "1\n00:00:01,000 --> 00:00:02,000\nNo.\n\n2\n00:00:02,000 --> 00:00:03,000\nNo.\n")
    ) == ["No.", "No."]


def test_tags_entities_and_sounds_are_not_spoken(tmp_path: Path) -> None:
    cues = script(
        tmp_path,
        '1\n00:00:00,500 --> 00:00:02,000\n<i>Hello</i> <font color="#ff0000">there</font>. {\\an8}Up\n\n'
        "2\n00:00:02,500 --> 00:00:04,500\n[APPLAUSE] ♪ (music) - Dash said &amp; done ♪\n\n"
        "3\n00:00:05,000 --> 00:00:06,500\n[SIGHS]\n\n4\n00:00:07,000 --> 00:00:08,000\n- Yes (as you know).\n",
    )
    assert texts(cues) == ["Hello there. Up", "Dash said & done", "Yes (as you know)."]
    told = " ".join(unspoken(cues, "en"))
    assert all(sound in told for sound in ("[APPLAUSE]", "♪", "(music)", "[SIGHS]"))


def test_webvtt_keeps_its_words_alone(tmp_path: Path) -> None:
    text = (
        "WEBVTT - Title\nKind: captions\n\nSTYLE\n::cue { color: red }\n\nNOTE 00:00.000 --> 00:01.000 in a note\n\n"
        "intro\n00:00.500 --> 00:02.000 align:start\n"
        "<c.yellow>Hello</c> <00:00:01.000>there &amp; &lt;you&gt;&nbsp;all.\n\n"
        "NOTE\nbetween\n\n00:02.500 --> 00:04.000\n<v Anna>Yes.</v> <ruby>kan<rt>ji</rt></ruby>\n"
    )
    cues = script(tmp_path, text, "a.vtt")
    assert texts(cues) == ["Hello there & <you> all.", "Yes. kan"] and cues[1].speaker == "ANNA"


def test_times_without_milliseconds_and_other_habits(tmp_path: Path) -> None:
    text = "\ufeff1\r\n00:00:01 --> 00:00:02\r\nOne.\r\n\r\n00:00:03.5 --> 00:00:04.25 X1:1\r\n"
    text += "Two\r\nlines.\r\n\r\nAnd a third.\r\n"
    cues = script(tmp_path, text)
    assert texts(cues) == ["One.", "Two lines. And a third."] and cues[1].start == Fraction(7, 2)
    assert texts(script(tmp_path, "1\n00:00:01,000 --> 00:00:02,000\nIn\n1984\n")) == ["In 1984"]


@pytest.mark.parametrize(
    ("text", "language", "wanted"),
    [
        ("99€ a month", "en", "€99 a month"),
        ("9,99 € or 1 234,50€", "en", "€9.99 or €1234.50"),
        ("₹500", "en", "500 Indian rupees"),
        ("99€ por mes", "es", "99 euros por mes"),
        ("3.14159265358979323846264338", "en", "3.14159265358979323846264338"),
        ("Call 555-0199 at 10:30.", "en", "Call 555-0199 at 10:30."),
    ],
)
def test_money_keeps_its_currency(text: str, language: str, wanted: str) -> None:
    assert speakable(text, language).text == wanted and not speakable(text, language).warnings


@pytest.mark.parametrize(
    ("text", "language", "left"),
    [
        ("北京 is big, القاهرة too", "en", ("北京", "القاهرة")),
        ("Привет Bob", "ru", ()),
        ("Привет Bob", "de", ("Привет",)),
        ("你好 HP", "zh", ()),
        ("日本語", "ja-JP", ()),
        ("ガ", "ko", ("ガ",)),
        ("Γειά 5 μm", "el", ()),
        ("fine 😀 naïve 5°", "en", ("😀",)),
    ],
)
def test_words_of_another_script_are_told(text: str, language: str, left: tuple[str, ...]) -> None:
    assert speakable(text, language).left_out == left
    assert all(any(word in warning for warning in unspoken([Cue(text)], language)) for word in left)


def test_what_a_voice_cannot_say_is_told_and_the_rest_is_said() -> None:
    voice = HibariVoice()
    cues = [Cue("北京", Fraction(0), Fraction(1)), Cue("It costs 99€.", Fraction(1), Fraction(4))]
    spoken = speak_cues(cues, voice, "en")
    assert [cue.text for cue in spoken.cues] == ["It costs 99€."] and any("北京" in line for line in spoken.warnings)
    euro = voice.say("It costs €99.", language="en")
    assert "".join(p.symbol for p in spoken.utterance.phones if p.symbol != SILENCE) == "".join(
        p.symbol for p in euro.phones if p.symbol != SILENCE
    )
    with pytest.raises(BadOption, match="Nothing of this text"):
        speak_cues([Cue("北京")], voice, "en")


def test_a_number_without_end_is_read_digit_by_digit() -> None:
    spoken = speak_cues([Cue("1" * 66)], HibariVoice(), "en")
    assert spoken.utterance.duration > 8 and any("66 digits" in line for line in spoken.warnings)


def test_two_channels_that_cancel_each_other_out_are_heard() -> None:
    tone = np.sin(np.arange(16_000) / 7).astype(np.float32) * 0.4
    heard = recording_of(np.stack([tone, -tone], axis=1), 16_000, "talk.wav")
    assert np.allclose(heard.samples, tone, atol=1e-4) and "turned over" in heard.warnings[0]
    assert not recording_of(np.stack([tone, tone], axis=1), 16_000, "talk.wav").warnings


def test_check_tells_and_makes_nothing(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "a.srt").write_text("1\n00:00:01 --> 00:00:03\n北京 costs 99€. [APPLAUSE]\n", encoding="utf-8")
    done = Command(capfd, monkeypatch)("speak", "--check", "--script", tmp_path / "a.srt", "--json")
    assert done.status == 0 and len(json.loads(done.out)["warnings"]) == 2


def test_numbers_of_cues_are_not_spoken_and_numbers_that_are_said_are(tmp_path: Path) -> None:
    apart = "\n\n1\n\n00:00:01,000 --> 00:00:02,000\nOne.\n\n2\n\n00:00:03,000 --> 00:00:04,000\nTwo.\n"
    assert texts(script(tmp_path, apart)) == ["One.", "Two."]
    spaces = "1\n00:00:01,000 --> 00:00:02,000\n<i>One.</i>\n \n2\n00:00:03,000 --> 00:00:04,000\nTwo.\n"
    assert texts(script(tmp_path, spaces)) == ["One.", "Two."]
    bet = "1\n00:00:01,000 --> 00:00:02,000\nMy bet:\n\n500\n\n2\n00:00:03,000 --> 00:00:04,000\nAll\n\nof it.\n"
    assert texts(script(tmp_path, bet)) == ["My bet: 500", "All of it."]
