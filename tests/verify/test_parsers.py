"""Our own parsers, given anything at all: JUMBF, the statements of a manifest, payloads, names in addresses."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from countenance.errors import ProvenanceError
from countenance.marking.render_registry import Registry
from countenance.verify.fetching import is_public, name_of
from countenance.verify.findings import FileFinding, ManifestFinding, MarkFinding
from countenance.verify.jumbf import active_only, boxes, manifest_labels
from countenance.verify.report_page import report_page
from countenance.verify.sentence import sentence
from countenance.verify.statements import MAX_ITEMS, MAX_TEXT, stated, text
from countenance.verify.verdict import Verdict
from countenance.verify.words import LANGUAGES, chosen, words
from tests.verify.conftest import House

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=20,
)
NAMES = st.sampled_from(
    ["label", "data", "actions", "action", "digitalSourceType", "blocks", "value", "alg", "time", "issuer", "title"]
)
PARTS = st.dictionaries(NAMES | st.text(max_size=5), ANYTHING, max_size=6)
STORES = st.fixed_dictionaries(
    {
        "active_manifest": st.just("a") | ANYTHING,
        "manifests": st.dictionaries(
            st.just("a") | st.text(max_size=3),
            st.fixed_dictionaries(
                {},
                optional={
                    "assertions": st.lists(PARTS, max_size=5) | ANYTHING,
                    "ingredients": st.lists(PARTS, max_size=3) | ANYTHING,
                    "signature_info": PARTS | ANYTHING,
                    "claim_generator_info": st.lists(PARTS, max_size=2) | ANYTHING,
                    "title": ANYTHING,
                },
            )
            | ANYTHING,
            max_size=3,
        )
        | ANYTHING,
        "validation_results": ANYTHING,
    }
)


def shown(manifest: ManifestFinding) -> Verdict:
    """A verdict on nothing but a manifest."""
    file = FileFinding("x", "picture", 1, "", True)
    return Verdict("signed" if manifest.good else "tampered", file, manifest, MarkFinding(), MarkFinding())


@settings(max_examples=150, deadline=None)
@given(STORES | ANYTHING, st.sampled_from(["Trusted", "Valid", "Invalid", ""]), st.sampled_from(LANGUAGES))
def test_any_manifest_becomes_a_finding_that_can_be_shown(store: Any, validation: str, language: str) -> None:
    found = stated(store, validation, embedded=True)
    verdict = shown(found)
    assert sentence(verdict, language)
    assert json.dumps(verdict.as_dict())
    assert "<html" in report_page(verdict)
    assert len(found.title) <= MAX_TEXT and len(found.actions) <= MAX_ITEMS**2


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_boxes_or_are_refused(data: bytes) -> None:
    try:
        found = list(boxes(data))
    except ProvenanceError as error:
        assert error.code == "mark.manifest"
    else:
        assert b"".join(one.whole for one in found) == data


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_store_with_bytes_changed(house: House, data: st.DataObject) -> None:
    with Registry.open(house.settings) as registry:
        render = registry.by_payload(int(house.still.payload, 16))
    assert render is not None
    store = bytearray(render.manifest)
    for _ in range(data.draw(st.integers(1, 4))):
        store[data.draw(st.integers(0, len(store) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(store)))
    for tried in (bytes(store), bytes(store[:cut])):
        try:
            assert manifest_labels(active_only(tried))
        except ProvenanceError as error:
            assert error.code == "mark.manifest"


def test_the_active_manifest_is_the_last(house: House) -> None:
    with Registry.open(house.settings) as registry:
        render = registry.by_manifest(house.still.manifest_id)
    assert render is not None and manifest_labels(render.manifest)[-1] == house.still.manifest_id
    with pytest.raises(ProvenanceError):
        active_only(b"")


@settings(deadline=None)
@given(st.text(max_size=2000))
def test_text_is_one_plain_line(value: str) -> None:
    line = text(value)
    assert len(line) <= MAX_TEXT and line == " ".join(line.split()) and line.isprintable() | (not line)


@settings(deadline=None)
@given(st.text(max_size=80))
def test_addresses_and_languages(value: str) -> None:
    assert is_public(value) in (True, False)
    assert chosen(value) in LANGUAGES
    try:
        assert name_of(value)
    except ValueError:
        assert "[" in value or "]" in value or not value.isascii()


def test_all_languages_say_the_same_things() -> None:
    def shape(said: Any) -> Any:
        return {key: shape(one) for key, one in said.items()} if isinstance(said, dict) else None

    def places(said: Any) -> list[set[str]]:
        from string import Formatter

        if isinstance(said, dict):
            return [place for key in sorted(said) for place in places(said[key])]
        return [{field for _, field, _, _ in Formatter().parse(said) if field}]

    for language in LANGUAGES:
        assert shape(words(language)) == shape(words("en")), language
        assert places(words(language)) == places(words("en")), language
