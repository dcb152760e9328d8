"""Words become attributes; names, children, contradictions and unknown words are refused."""

from __future__ import annotations

import pytest

from countenance.errors import BadOption
from countenance.persona.recipe import Recipe
from countenance.persona.words import parse_description


def test_the_example() -> None:
    said = parse_description("Woman about 30, short black hair, green eyes, freckles, calm")
    assert said == {
        "sex": "woman", "age": 30, "hair": "short", "hair_colour": "black", "eyes": "green", "freckles": "some",
        "mood": "calm",
    }  # fmt: skip
    assert Recipe("Nova", 7, **said).hair == "short"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("woman like Scarlett Johansson", "persona.name"),
        ("Scarlett Johansson", "persona.name"),
        ("scarlett johansson", "persona.word"),
        ("Bob Brown", "persona.name"),
        ("woman about 16", "persona.age"),
        ("schoolgirl, black hair", "persona.age"),
        ("a young woman", "persona.age"),
        ("woman aged 16", "persona.age"),
        ("woman, man", "persona.contradiction"),
        ("short hair, long hair", "persona.contradiction"),
        ("woman about 30, 40", "persona.contradiction"),
        ("green hair", "persona.word"),
        ("woman\u200b", "persona.word"),
    ],
)
def test_refusals(text: str, code: str) -> None:
    with pytest.raises(BadOption) as refused:
        parse_description(text)
    assert refused.value.code == code


def test_years_that_no_recipe_has() -> None:
    with pytest.raises(BadOption):
        Recipe("Nova", 7, **parse_description("man 300"))  # type: ignore[arg-type]
