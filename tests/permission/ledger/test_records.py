"""What rooms have in hand becomes entries, and nobody's name gets in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from countenance.permission.grant import Grant
from countenance.permission.ledger import Ledger, records
from countenance.permission.ledger.usage import Usage
from countenance.permission.permit import Permit
from countenance.permission.reviews import Question, Reviews
from countenance.permission.revocation import RevocationLists, publish_list
from countenance.permission.revocation_list import RevokedGrant
from countenance.permission.signed_grant import sign_grant
from countenance.settings import default_settings
from tests.permission.people import ADA, STUDIO, grant_said

NOW = datetime.now(UTC)


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    with Ledger.open(default_settings()) as ledger:
        yield ledger


def permit(grant_hash: str) -> Permit:
    inputs = {"source": "ab" * 32, "driver": "cd" * 32}
    return Permit("1" * 32, "animate", "subject", "", grant_hash, inputs, NOW, NOW + timedelta(hours=24))


def test_a_grant_s_whole_life_is_entered_without_a_name(ledger: Ledger, tmp_path: Path) -> None:
    said = grant_said(scope__times=3, scope__period="month")
    signed = sign_grant(Grant.model_validate_json(json.dumps(said)), ADA)
    grant = signed.grant.id
    ledger.append("grant", records.grant_body(signed))
    leave = permit(signed.sha256)
    Usage(ledger).reserve(records.permit_body(leave, grant), times=3, since=None)
    done = records.render_body(
        leave, grant, file_sha256="ef" * 32, media_type="video/mp4", payload=77, manifest="urn:c2pa:1-2"
    )
    ledger.append("render", done)
    review = Reviews(tmp_path).record(Question(signed.sha256, "ab" * 32, "cd" * 32), 0.4321, True, STUDIO)
    ledger.append("review", records.review_body(review, grant))
    ended = RevokedGrant(grant=grant, since=1, reason="Ada no longer wants it.")
    made = publish_list(ADA, tmp_path / "list.jwt", [ended], lists=RevocationLists(tmp_path / "lists"))
    ledger.append("revocation", records.revocation_body(made, grant))
    ledger.append("deletion", records.deletion_body("template", "ab" * 32, "revoked", grant))
    entries = list(ledger.entries(grant=grant))
    assert [entry.kind for entry in entries] == ["grant", "permit", "render", "review", "revocation", "deletion"]
    text = " ".join(entry.body for entry in entries)
    for personal in ("Ada", "Lovelace", "Studio", "did:key", "https", "cigarettes", "wants"):
        assert personal not in text
    assert [file.file_sha256 for file in Usage(ledger).files(grant)] == ["ef" * 32]
    assert ledger.verify().good


def test_a_failed_render_gives_its_use_back(ledger: Ledger) -> None:
    leave = permit("ab" * 32)
    Usage(ledger).reserve(records.permit_body(leave, "2" * 32), times=1, since=None)
    ledger.append("render", records.render_body(leave, "2" * 32, failed="output.full"))
    assert Usage(ledger).uses("2" * 32) == 0


def test_the_public_domain_needs_no_grant(ledger: Ledger) -> None:
    assert Usage(ledger).reserve(records.permit_body(permit("ab" * 32)), times=None, since=None).seq == 1


def test_only_what_a_list_revokes_is_entered(tmp_path: Path) -> None:
    made = publish_list(ADA, tmp_path / "list.jwt", lists=RevocationLists(tmp_path / "lists"))
    with pytest.raises(ValueError, match="does not revoke"):
        records.revocation_body(made, "1" * 32)
