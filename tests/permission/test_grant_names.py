"""Names that look alike, and places."""

from __future__ import annotations

import pytest

from countenance.permission.confusables import same_name, skeleton, unsafe, unsafe_name
from countenance.permission.territories import COUNTRIES, is_language, is_territory, language_covered, territory_covered


@pytest.mark.parametrize(
    "name",
    "Ada Lovelace|Zoë Müller-O’Brien|Анна Петрова|Ελένη Δήμου|山田 たろう|Anna (Анна)|محمد علي|김민준".split("|"),
)
def test_honest_names_stand(name: str) -> None:
    assert unsafe_name(name) is None


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Аdа Lovelace",  # Cyrillic А and а among Latin letters
        "Ada Lοvelace",  # Greek omicron
        "Zoe\u0308",  # not composed
        "Ada\u200bLovelace",
        "Ada \u202eecalevoL",
        " Ada",
        "Ada\n",
        "𝐀da",
        "Ａda",
        "x" * 300,
        "Ada\x00",
        "Ad\u034fa",
        "Ada\u00a0Lovelace",
        "Ada\u3164",
    ],
)
def test_dishonest_ones_do_not(name: str) -> None:
    assert unsafe_name(name) is not None


def test_names_that_look_alike_share_a_skeleton() -> None:
    assert skeleton("Ада") != skeleton("Ada")  # the middle letter differs to the eye
    assert skeleton("СОРА") == skeleton("COPA")
    assert skeleton("ᎪᏟᎷᎬ") == skeleton("ꭺꮯꮇꭼ") == skeleton("ACME") == skeleton("ꓮꓚꓟꓰ")  # Cherokee, Lisu
    assert skeleton("ᏗᏂ") != skeleton("ACME")
    assert skeleton("Zoë") == skeleton("Zoe")
    assert skeleton("Ida") == skeleton("lda")
    assert skeleton("Ada  Lovelace") == skeleton("ada lovelace")
    assert skeleton("Ada Lovelace") != skeleton("Ada Loveless")


def test_the_same_name_is_spelt_alike() -> None:
    assert same_name("Ada Lovelace", "ADA  LOVELACE")
    assert not same_name("Zoë", "Zoe") and not same_name("Ad\u0301a", "Ada")


def test_texts_may_mix_alphabets_but_hide_nothing() -> None:
    assert unsafe("нет и no") is None
    assert unsafe("a\u2066b") is not None


def test_territories() -> None:
    assert len(COUNTRIES) == 249
    assert is_territory("DE") and is_territory("EU") and is_territory("worldwide")
    assert not any(map(is_territory, ("XX", "de", "", "UK", "World")))
    assert territory_covered("DE", ["EU"]) and territory_covered("EU", ["worldwide"])
    assert not territory_covered("EU", ["DE"]) and not territory_covered("worldwide", ["EU"])
    assert not territory_covered("CH", ["EU"]) and not territory_covered("US", [])


def test_languages() -> None:
    assert is_language("en") and is_language("pt-BR") and is_language("zh-Hant-TW") and is_language("any")
    assert not any(map(is_language, ("EN", "english", "", "e", "en_GB")))
    assert language_covered("en-GB", ["en"]) and language_covered("fr", ["any"])
    assert not language_covered("en", ["en-GB"]) and not language_covered("eng", ["en"])
