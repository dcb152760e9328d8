"""The ledger's spelling and its tree, against the standards' own examples and against themselves."""

from __future__ import annotations

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countenance.errors import BadDocument
from countenance.permission.ledger.canonical import canonical
from countenance.permission.ledger.entry import line
from countenance.permission.ledger.merkle import (
    EMPTY,
    GrowingTree,
    consistency_proof,
    consistent,
    includes,
    inclusion_proof,
    root_of,
)

# The leaves and roots that Certificate Transparency's own implementations are tested with.
CT_LEAVES = "|00|10|2021|3031|40414243|5051525354555657|606162636465666768696a6b6c6d6e6f".split("|")
CT_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def leaf(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def test_roots_are_those_of_certificate_transparency() -> None:
    leaves = [leaf(bytes.fromhex(data)) for data in CT_LEAVES]
    assert [root_of(leaves[: n + 1]).hex() for n in range(8)] == CT_ROOTS
    assert root_of([]) == EMPTY == GrowingTree().root()


@given(st.integers(1, 70), st.data())
def test_proofs_hold_and_only_where_they_should(size: int, data: st.DataObject) -> None:
    leaves = [leaf(bytes([n])) for n in range(size)]
    root = root_of(leaves)
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(leaves, index)
    assert includes(leaves[index], index, size, proof, root)
    assert not includes(leaf(b"other"), index, size, proof, root)
    assert not includes(leaves[index], index, size, [*proof, root], root)
    assert not includes(leaves[index], size, size, proof, root)
    old = data.draw(st.integers(1, size))
    way = consistency_proof(leaves, old)
    assert consistent(old, root_of(leaves[:old]), size, root, way)
    assert not consistent(old, leaf(b"other"), size, root, way)
    assert not consistent(old, root_of(leaves[:old]), size, leaf(b"other"), way)
    if way:
        bent = [*way[:-1], leaf(b"other")]
        assert not consistent(old, root_of(leaves[:old]), size, root, bent)
        assert not consistent(old, root_of(leaves[:old]), size, root, way[:-1])


def test_the_spelling_is_that_of_rfc_8785() -> None:
    # The example of section 3.2.3, whose names are sorted by UTF-16 code units, and of 3.2.2.2.
    names = {
        "€": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh", "1": "One",
        "\U0001f600": "Emoji: Grinning Face", "\x80": "Control", "ö": "Latin Small Letter O With Diaeresis",
    }  # fmt: skip
    assert list(json.loads(canonical(names))) == ["\r", "1", "\x80", "ö", "€", "\U0001f600", "\ufb33"]
    assert canonical('€$\x0f\nA\'B"\\\\"/') == '"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'
    assert canonical({"b": [None, True, False, -1], "a": {}}) == '{"a":{},"b":[null,true,false,-1]}'


@pytest.mark.parametrize("value", [1.5, {1: 2}, "\ud800", 2**53, b"bytes", {"a": {1, 2}}], ids=repr)
def test_what_has_no_one_spelling_is_refused(value: object) -> None:
    with pytest.raises(BadDocument):
        canonical(value)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(json_values)
def test_the_spelling_is_read_back_and_written_the_same(value: object) -> None:
    assert json.loads(canonical(value)) == value
    assert canonical(json.loads(canonical(value))) == canonical(value)


@given(st.integers(0, 2**40), st.text(), st.text(), json_values, st.text())
def test_the_line_written_by_hand_is_canonical(seq: int, kind: str, at: str, body: object, previous: str) -> None:
    whole = {"v": 1, "seq": seq, "kind": kind, "at": at, "body": body, "previous": previous}
    assert line(seq, kind, at, canonical(body), previous) == canonical(whole)
