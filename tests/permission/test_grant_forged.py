"""No forgery is taken, and whatever is read as a grant ends in a plain refusal, never in a crash."""

from __future__ import annotations

from pathlib import Path

import pytest
from bench.permission.forged import Desk
from bench.permission.forgeries import FORGES, Forgery, forgeries
from bench.permission.people import ADA, FACE, compact, honest
from hypothesis import given, settings
from hypothesis import strategies as st

from countenance.errors import CountenanceError, PermissionRefused
from countenance.permission.signed_grant import TYPE, read_grant
from tests.permission.people import NOW


def test_forgeries_are_refused_and_honest_grants_taken(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    tried = set()
    for name, forgery in forgeries(40, seed=7):
        with pytest.raises(PermissionRefused) as caught:
            desk.ask(forgery)
        assert caught.value.code != PermissionRefused.code and caught.value.remedy, name
        tried.add(name)
    assert tried == set(FORGES)
    assert desk.ask(Forgery(compact(honest(NOW), ADA), face=FACE)).kind == "subject"


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.binary(max_size=400), st.text(max_size=400)))
def test_any_bytes_are_refused_plainly(data: bytes | str) -> None:
    with pytest.raises(CountenanceError):
        read_grant(data)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(honest(NOW))), JSON)
def test_any_value_in_any_field_is_taken_or_refused_plainly(name: str, value: object) -> None:
    said = honest(NOW)
    if value == said[name]:
        return
    try:
        read = read_grant(compact({**said, name: value}, ADA))
    except PermissionRefused:
        return
    # What is left: another well-formed value in a field that may hold it.
    assert name in ("iat", "nbf", "exp", "jti", "likeness", "scope") and read.grant.issuer == ADA.identity.did


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.sampled_from(["alg", "kid", "typ", "crit", "jwk", "b64"]), JSON, max_size=4))
def test_any_header_is_refused_plainly(header: dict[str, object]) -> None:
    whole = {"alg": "EdDSA", "kid": ADA.identity.did, "typ": TYPE} | header
    if whole == {"alg": "EdDSA", "kid": ADA.identity.did, "typ": TYPE}:
        return
    with pytest.raises(PermissionRefused):
        read_grant(compact(honest(NOW), ADA, whole))
