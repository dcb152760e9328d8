"""The profiles as data: complete, dated, with sources; a slip in one is an error."""

from __future__ import annotations

from pathlib import Path

import pytest

from countenance.errors import BadOption, InputError, SetupError
from countenance.market import NO_ADVICE, Profile, combine, known_profiles, terms_of
from countenance.market.profile import FOLDER, ProfileFile

EVERY = ("CN", "DK", "EU", "IN", "KR", "US-CA", "US-NY")


def test_every_profile_has_sources_dates_and_what_is_unsure() -> None:
    profiles = known_profiles()
    assert tuple(profiles) == EVERY
    for profile in profiles.values():
        assert profile.source and all(one.since and one.sure for one in profile.source)
        assert profile.as_of <= "2026-12" and profile.unsure and profile.told


@pytest.mark.parametrize(
    "slip",
    ['styles = ["blink"]', "letters = 5", 'stiles = ["burn"]', 'why = ""'],
    ids=["word", "share", "key", "empty"],
)
def test_a_slip_in_the_data_is_told(tmp_path: Path, slip: str) -> None:
    whole = (FOLDER / "CN.toml").read_text()
    key = slip.partition(" ")[0]
    lines = [slip if line.startswith(f"{key} =") else line for line in whole.splitlines()]
    path = tmp_path / "CN.toml"
    path.write_text("\n".join(lines if slip in lines else [*lines, slip]))
    with pytest.raises(SetupError) as told:
        ProfileFile(path).read()
    assert told.value.code == "market.profile"


def test_a_profile_under_another_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / "FR.toml").write_text((FOLDER / "CN.toml").read_text())
    with pytest.raises(SetupError):
        ProfileFile(tmp_path / "FR.toml").read()


def test_several_markets_make_the_strictest_of_each() -> None:
    terms = terms_of("EU,US-CA,US-NY,IN,CN")
    assert terms is not None and not terms.unknown
    assert terms.styles == ("burn",) and terms.letters == 0.05 and terms.seconds == 2 and terms.corner == "top-right"
    assert terms.notice_first and terms.notice_repeat == 300
    assert {"AIGC", "provider", "id", "time"} <= set(terms.fields)
    assert terms.post_mortem.years == 70


@pytest.mark.parametrize("market", ["BR", "GB", "US-TX", "worldwide"])
def test_an_unknown_market_means_the_strictest_and_says_so(market: str) -> None:
    terms, strictest = terms_of(market), combine(("all",), tuple(known_profiles().values()))
    assert terms is not None and terms.unknown == (market,)
    assert (terms.styles, terms.letters, terms.fields) == (strictest.styles, strictest.letters, strictest.fields)
    assert market in terms.notices[0] and terms.notices[-1] == NO_ADVICE


def test_states_and_unions() -> None:
    codes = {
        market: {p.code for p in terms.profiles} for market in ("FR", "DK", "EU", "US") if (terms := terms_of(market))
    }
    assert codes == {"FR": {"EU"}, "DK": {"EU", "DK"}, "EU": {"EU", "DK"}, "US": {"US-CA", "US-NY"}}


@pytest.mark.parametrize("slip", ["XX", "eu", "US-CALIF", "EU;IN", "E U", ",", "US-"])
def test_what_is_no_country_is_refused(slip: str) -> None:
    with pytest.raises(BadOption) as told:
        terms_of(slip)
    assert told.value.code == "market.code" and told.value.remedy


def _with(code: str, **label: object) -> Profile:
    known = known_profiles()[code]
    return known.model_copy(update={"label": known.label.model_copy(update=label)})


def test_two_real_profiles_can_contradict_each_other_and_both_are_named() -> None:
    with pytest.raises(InputError) as told:
        combine(("KR", "US-NY"), (known_profiles()["KR"], _with("US-NY", styles=("first",))))
    assert "KR: burn, credit" in told.value.message and "US-NY: first" in told.value.message


def test_markets_that_contradict_each_other_are_refused() -> None:
    for one, other in (
        ({"styles": ("burn",)}, {"styles": ("first",)}),
        ({"corner": "top-left"}, {"corner": "top-right"}),
    ):
        with pytest.raises(InputError) as told:
            combine(("IN", "CN"), (_with("IN", **one), _with("CN", **other)))
        assert told.value.code == "market.contradiction" and "each market" in told.value.remedy
