"""What is claimed to be in the public domain, and of whom."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from countenance.errors import PermissionRefused
from countenance.permission.after_death import UNCOMMERCIAL_YEARS as LONG_DEAD
from countenance.permission.works import PublicDomainClaim

YEAR = datetime.now(UTC).year


def refusal(text: str, basis: str | None = None) -> str:
    with pytest.raises(PermissionRefused) as caught:
        PublicDomainClaim.parse(text, basis)
    assert caught.value.remedy
    return caught.value.code


def test_old_art_is_free() -> None:
    claim = PublicDomainClaim.parse("Mona Lisa, Leonardo da Vinci, c. 1503")
    assert (claim.work, claim.author, claim.year, claim.died) == ("Mona Lisa", "Leonardo da Vinci", 1503, None)
    assert PublicDomainClaim.parse("A Girl, with a Pearl Earring, Johannes Vermeer, 1665").work.endswith("Earring")


@pytest.mark.parametrize("dates", ["(1906–1992)", "(1906-1992)", "(died 1992)", "(d. 1992)", "(† 1992)"])
def test_a_young_picture_of_somebody_long_dead(dates: str) -> None:
    claim = PublicDomainClaim.parse(f"Grace Hopper {dates}, US Navy photograph, 1984", "us-government-work")
    assert claim.died == 1992


def test_a_picture_may_be_free_and_the_face_in_it_not() -> None:
    free = "us-government-work"
    assert refusal("A Senator, official photograph, 2015", free) == "permission.living"
    assert refusal(f"A Senator (1950–{YEAR - LONG_DEAD + 1}), official photograph, 1990", free) == "permission.living"
    assert refusal(f"A Senator (died {YEAR + 1}), official photograph, 1990", free) == "permission.claim"
    assert refusal("A Face, somebody, 2020", "cc0") == "permission.living"
    assert PublicDomainClaim.parse("A marble head (nobody), a museum, 2020", "cc0").nobody


def test_claims_that_cannot_be_right() -> None:
    for text in ("", "Mona Lisa", "Mona Lisa, 1503", ", , 1503", "a, b, someday"):
        assert refusal(text) == "permission.claim"
    assert refusal(f"A Photo, Somebody, {YEAR - 5}") == "permission.claim"
    assert refusal(f"A Photo, Somebody, {YEAR + 5}") == "permission.claim"
    assert refusal("A Photo, Somebody, 1500", "because") == "permission.claim"


def test_the_hash_is_of_everything_claimed() -> None:
    one = PublicDomainClaim("Work", "Author", 1500)
    assert one.hash != PublicDomainClaim("Work", "Author", 1500, died=1510).hash
    assert one.hash == PublicDomainClaim("Work", "Author", 1500).hash
