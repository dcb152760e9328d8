"""What impostors and swindlers say is asked about, however it is put or spelt, and what adverts say is not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from countenance.errors import PermissionRefused
from countenance.permission.scripts import TOPICS, Script, known_languages, review
from countenance.permission.scripts.phrase_data import all_phrases

HERE = Path(__file__).parent
SAMPLES = json.loads((HERE / "script_samples.json").read_text("utf-8"))
HELD_OUT = json.loads((HERE / "script_held_out.json").read_text("utf-8"))


def test_every_language_of_the_look_has_phrases_sources_and_samples() -> None:
    assert known_languages() == ("de", "en", "es", "fr", "hi") == tuple(sorted(SAMPLES))
    for phrases in all_phrases().values():
        assert len(phrases.sources) >= 2 and phrases.as_of
    for said in SAMPLES.values():
        assert {topic for topic, _ in said["wanted"]} <= set(TOPICS) and len(said["innocent"]) >= 12


@pytest.mark.parametrize("language", SAMPLES)
def test_what_swindlers_say_is_found_and_what_adverts_say_is_not(language: str) -> None:
    for topic, text in SAMPLES[language]["wanted"]:
        assert topic in review(Script((text,), language)).topics, text
    for text in SAMPLES[language]["innocent"]:
        assert not review(Script((text,), language)).topics, text


def test_of_paraphrases_most_are_found_and_few_innocent_texts_are_asked_about() -> None:
    wanted = [pair for said in HELD_OUT.values() for pair in said["wanted"]]
    innocent = [text for said in HELD_OUT.values() for text in said["innocent"]]
    found = sum(bool(review(Script((text,))).topics) for _, text in wanted)
    vain = sum(bool(review(Script((text,))).topics) for text in innocent)
    assert found >= 0.85 * len(wanted) and vain <= 0.05 * len(innocent)


@pytest.mark.parametrize(
    "text",
    [
        "Tell me your p-i-n.",
        "Tell me your P. I. N.",
        "te ll me yo ur pass word",
        "TELL ME YOUR PASSWORD",
        "Tell me your pa$$w0rd",
        "Tell me your ρаѕѕwοrd",  # Greek and Cyrillic letters
        "T\u200bell m\u2060e your pass\u00adword",
        "Ｔｅｌｌ ｍｅ ｙｏｕｒ ｐａｓｓｗｏｒｄ",
        "𝐓𝐞𝐥𝐥 𝐦𝐞 𝐲𝐨𝐮𝐫 𝐩𝐚𝐬𝐬𝐰𝐨𝐫𝐝",
        "Tell me your ꓑꓮꓢꓢꓪꓳꓣꓓ",  # Lisu
        "Téll mé yöur pâsswörd",
        "tellmeyourpasswordplease",
        "Do not hesitate to tell me your PIN number.",
        "Send me your पासवर्ड",
        "Sagen Sie mir your password",
        "Transfer it to one two three four five six seven eight nine zero.",
        "Wire it to DE89 3704 0044 0532 0130 00.",
        "Transfer it to bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq.",
    ],
)
def test_another_spelling_is_the_same(text: str) -> None:
    assert review(Script((text,))).topics, text


def test_a_phrase_split_over_cues_is_the_same() -> None:
    assert review(Script(("Hello, this", "is", "the po", "lice."))).topics == ("official",)
    assert review(Script(("T", "e", "ll me", "your P", "I", "N code."))).topics == ("secret",)


def test_names_and_pauses_between_do_not_hide_it() -> None:
    assert review(Script(("Now please, dear Mrs Smith, give me, slowly and clearly, your password.",))).topics


def test_it_is_spoken_once_these_very_words_are_confirmed() -> None:
    words = ("This is the police.",)
    with pytest.raises(PermissionRefused) as refused:
        review(Script(words)).require({})
    assert refused.value.code == "permission.script" and TOPICS["official"] in refused.value.message
    digest = refused.value.details["digest"]
    assert digest in refused.value.remedy
    found = review(Script(words, confirmed=(digest,))).require({})
    assert found.confirmed and found.as_dict()["confirmed"] == digest and found.in_words == (TOPICS["official"],)
    for other in (Script(("This is the police!",), confirmed=(digest,)), Script(words, "de", (digest,))):
        with pytest.raises(PermissionRefused):
            review(other).require({})
    for yes in ("yes", "true", "1", "*", ""):
        with pytest.raises(PermissionRefused):
            review(Script(words, confirmed=(yes,))).require({})


def test_a_market_refuses_even_what_is_confirmed() -> None:
    script = Script(("This is the police.",))
    meant = review(Script(script.texts, confirmed=(script.digest,)))
    with pytest.raises(PermissionRefused) as refused:
        meant.require({"official": "India: not allowed."})
    assert refused.value.code == "permission.script_market" and "India" in refused.value.message
    meant.require({"secret": "India: not allowed."})


def test_recordings_and_other_languages_are_told() -> None:
    heard = review(Script((), recorded=True))
    assert not heard.looked_at and heard.as_dict()["lookedAt"] is False
    assert review(Script(("Annyeong",), "ko")).as_dict()["languageKnown"] is False
    assert review(Script(("This is the police.",), "ko")).topics == ("official",)


def test_a_long_script_is_looked_at_in_whole() -> None:
    filler = "The river is calm and the boats are blue. " * 4000
    assert not review(Script((filler,))).topics
    assert review(Script((filler, "Give me your password.", filler))).topics == ("secret",)
