"""A recipe is canonical, and an attribute changes how a persona looks and not who it is."""

from __future__ import annotations

import pytest

from countenance.errors import BadDocument, BadOption
from countenance.persona.recipe import CHOICES, Recipe


def test_equal_recipes_have_equal_bytes_and_come_back() -> None:
    nova = Recipe("Növa", 7, hair="bob")
    assert Recipe.from_bytes(nova.to_bytes()) == nova
    assert Recipe("Növa", 7).with_attributes(hair="bob").digest == nova.digest


@pytest.mark.parametrize("key", [key for key in CHOICES if key != "sex"])
def test_each_attribute_changes_alone_and_not_who_it_is(key: str) -> None:
    nova = Recipe("Nova", 7)
    for word in set(CHOICES[key]) - {getattr(nova, key)}:
        other = nova.with_attributes(**{key: word})
        assert other.who == nova.who and other.digest != nova.digest
        assert other.with_attributes(**{key: getattr(nova, key)}) == nova


def test_another_seed_is_somebody_else() -> None:
    assert Recipe("Nova", 8).who != Recipe("Nova", 7).who


@pytest.mark.parametrize(
    "change",
    [{"seed": 8}, {"draw": 1}, {"sex": "man"}, {"version": 2}, {"hair": "mullet"}, {"teeth": "gold"}, {"name": ""}],
)
def test_what_cannot_be_changed(change: dict[str, str | int]) -> None:
    with pytest.raises(BadOption):
        Recipe("Nova", 7).with_attributes(**change)


@pytest.mark.parametrize("age", [0, 17, 20, 91, True, 30.0, "30"])
def test_only_adults(age: int) -> None:
    with pytest.raises(BadOption) as refused:
        Recipe("Nova", 7, age=age)
    assert refused.value.code == "persona.age"


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"\xff", b"[" * 100_000, Recipe("Nova", 7).to_bytes() + b" "])
def test_other_bytes_are_no_recipe(data: bytes) -> None:
    with pytest.raises(BadDocument) as refused:
        Recipe.from_bytes(data)
    assert refused.value.code == "persona.recipe"
