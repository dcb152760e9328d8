"""What is said of an issuer: every state in every language, quoted, and no more than a directory says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import get_args

import pytest

from countenance.verify import Verdict
from countenance.verify.details import sections
from countenance.verify.findings import FileFinding, IssuerFinding, IssuerState, ManifestFinding, MarkFinding
from countenance.verify.sentence import sentence
from countenance.verify.words import LANGUAGES

STATES = get_args(IssuerState)
FOUND = IssuerFinding(
    0x0A1B2C << 40 | 7, "0a1b2c", "Mu {seum}", "Ask {0}", "offline", "why", "A Union", datetime(2026, 5, 4, tzinfo=UTC)
)


def verdict(state: str) -> Verdict:
    file = FileFinding("a.png", "picture", 9, "", True, width=200, height=100)
    told = replace(FOUND, state=state)  # type: ignore[arg-type]
    return Verdict(
        "marked", file, ManifestFinding(), MarkFinding(), MarkFinding(), unknown=(FOUND.payload,), issuers=(told,)
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_state_in_every_language(language: str) -> None:
    said = {state: sentence(verdict(state), language) for state in STATES}
    assert len(set(said.values())) == len(STATES) == 8
    for state, text in said.items():
        assert ("Mu {seum}" in text) == (state != "disputed"), text
        assert ("Ask {0}" in text) == (state in ("offline", "unreachable", "refused")), text
        table = {section.key: section for section in sections(verdict(state), language)}
        assert any("0a1b2c" in value for _, value in table["issuer"].rows)
        assert any("A Union, 2026-05-04" in value for _, value in table["issuer"].rows)


@pytest.mark.parametrize("state", STATES)
def test_it_never_says_who_made_it(state: str) -> None:
    text = sentence(verdict(state))
    assert "a mark can be copied" in text and "by “Mu" not in text and "consent" not in text
    assert verdict(state).as_dict()["issuers"][0]["state"] == state
