"""Whose number a payload is: two ways to draw one, told apart by the first byte."""

from __future__ import annotations

from pathlib import Path

import pytest

from countenance.errors import SettingWrong
from countenance.marking.issuer_part import HIGHEST, LOWEST, SERIAL_BITS, drawn_payload, issuer_of
from countenance.marking.render_registry import Registry
from countenance.settings import Settings


@pytest.mark.parametrize("issuer", [LOWEST, 0x0A1B2C, HIGHEST])
def test_an_issuers_numbers_lead_to_it(issuer: int) -> None:
    drawn = {drawn_payload(issuer) for _ in range(500)}
    assert len(drawn) == 500 and all(0 < one < 1 << 64 for one in drawn)
    assert {issuer_of(one) for one in drawn} == {issuer}
    serials = [one & (1 << SERIAL_BITS) - 1 for one in drawn]
    assert all(0.3 < sum(one >> bit & 1 for one in serials) / 500 < 0.7 for bit in range(SERIAL_BITS)), "every bit"


def test_without_an_issuer_nobodys() -> None:
    drawn = {drawn_payload(None) for _ in range(2000)}
    assert len(drawn) == 2000 and all(0 < one < 1 << 56 and issuer_of(one) is None for one in drawn)
    assert max(one.bit_length() for one in drawn) == 56


@pytest.mark.parametrize("number", [0, LOWEST - 1, HIGHEST + 1, -1])
def test_no_number_of_an_issuer(number: int) -> None:
    with pytest.raises(ValueError, match="no number"):
        drawn_payload(number)


def test_the_registry_draws_its_issuers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COUNTENANCE_ISSUER", "0a1b2c")
    with Registry.open(Settings(home=tmp_path)) as registry:
        assert issuer_of(registry.fresh_payload()) == 0x0A1B2C
    monkeypatch.delenv("COUNTENANCE_ISSUER")
    with Registry.open(Settings(home=tmp_path)) as registry:
        assert issuer_of(registry.fresh_payload()) is None


@pytest.mark.parametrize("said", ["7", "00ffff", "0a1b2", "0a1b2c3", "countr", "-10000"])
def test_a_setting_that_is_no_number(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COUNTENANCE_ISSUER", said)
    with pytest.raises(SettingWrong):
        Settings.load()
