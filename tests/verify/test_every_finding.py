"""Every combination of findings, put into words: what the sentence may never say, whatever was found."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from countenance.marking.bindings import PICTURE_ALGORITHM, binding_value
from countenance.permission.assurance import KINDS, LEVELS, Assessed, Assurance
from countenance.verify.details import sections
from countenance.verify.findings import (
    FileFinding,
    ManifestFinding,
    MarkFinding,
    MarkReading,
    PermissionAssertion,
    PermissionFinding,
)
from countenance.verify.forensics import Calibration, Sign, SignsFinding
from countenance.verify.judging import Weighed, judge
from countenance.verify.readers import Asked, OthersFinding, OthersMark
from countenance.verify.record import RecordFinding
from countenance.verify.resemblance import Resemblance
from countenance.verify.sentence import TABLE, sentence
from countenance.verify.verdict import Stranger, Verdict
from countenance.verify.words import LANGUAGES, words

OWN, OTHER, UNKNOWN = 1, 2, 3
SAID = PermissionAssertion("p", "animate", "subject", "b", "ab" * 32)
STATES = ("none", "trusted", "self-issued", "unknown-signer", "invalid", "lapsed", "unchecked", "unreadable")
MANIFESTS = [
    ManifestFinding(
        state=state,  # type: ignore[arg-type]
        where="embedded",
        manifest_id="urn:own",
        signer="Leaf",
        organisation=organisation,
        own=own,
        source_types=("compositeSynthetic",) if ai else ("digitalCapture",),
        permission=SAID if ours else None,
        bindings=((PICTURE_ALGORITHM, binding_value(OWN)),) if ours else (),
    )
    for state in STATES
    for organisation in ("", "Reuters")
    for ai, ours in ((False, False), (True, False), (True, True))
    for own in ((False, True) if state == "self-issued" else (False,))
    if state not in ("none", "unreadable") or not (ai or organisation)
]
KIND_OF_FILE = ("video", "sound", "unreadable")
READ = ((), (OTHER,), (UNKNOWN,), (OTHER, OWN))
LIKENESSES = [
    Resemblance(p, s) for p in ("none", "alike", "unlike", "unknown") for s in ("none", "alike", "unlike", "unknown")
]  # type: ignore[arg-type]
SIGNED = ("good", "edited", "broken", "none")


def weighed(payload: int, likeness: Resemblance, holds: bool, signed: str) -> Weighed:
    found = RecordFinding(
        "fingerprint" if likeness == Resemblance() and not holds else "picture",
        payload,
        f"urn:{payload}",
        b"store",
        datetime(2026, 5, 4, tzinfo=UTC),
        use="animate",
        kind="public-domain" if signed == "edited" else "subject",
        basis="b",
        grant_sha256="ab" * 32,
        permit="p",
    )
    manifest = ManifestFinding(
        state="invalid" if signed == "broken" else "unknown-signer",
        manifest_id=found.manifest_id,
        organisation="Reuters",
        source_types=("compositeSynthetic",),
        permission=SAID,
        bindings=((PICTURE_ALGORITHM, binding_value(payload)),),
    )
    return Weighed(found, None if signed == "none" else manifest, holds, likeness)


def candidates() -> Iterator[list[Weighed]]:
    yield []
    for likeness, signed in itertools.product(LIKENESSES, SIGNED):
        yield [weighed(OTHER, likeness, False, signed)]
    for signed in SIGNED:
        yield [weighed(OTHER, Resemblance(), True, signed)]
    for first, second in itertools.product(LIKENESSES[::5], LIKENESSES[1::5]):
        yield [weighed(OTHER, first, False, "good"), weighed(4, second, False, "good")]


def marks(read: tuple[int, ...]) -> MarkFinding:
    nought = datetime(2026, 1, 1).microsecond
    return MarkFinding(tuple(MarkReading(nought, nought, one, 20.0) for one in read), (), True)  # type: ignore[arg-type]


VOUCHING = [
    (Assessed(Assurance("shown", kind, level, "Big Agency", "Mona Lisa", counted), level),)  # type: ignore[arg-type]
    for kind in KINDS
    for level in LEVELS
    for counted in ("", "maker")
] + [(Assessed(Assurance("shown", kind, "authority", "Agency"), "authority", "Agency"),) for kind in KINDS]
PERMISSIONS = [
    PermissionFinding(state, "subject", "b")
    for state in ("unrevoked", "expired", "revoked", "unknown", "nothing-to-revoke")
]  # type: ignore[arg-type]


ASKED = (Asked("iptc", "IPTC digitalSourceType"), Asked("perth", "Perth", "weights"))
CLAIMS = ("ai", "ai-part", "ai-maybe", "camera", "human", "other")
SINGLE = [
    OthersMark("r", strength, claim, "Tool", "PNG text", "a text", 20.0 if strength == "mark" else None)  # type: ignore[arg-type]
    for strength in ("note", "mark")
    for claim in CLAIMS
]
OTHERS = [OthersFinding((), ASKED), *(OthersFinding((one,), ASKED) for one in SINGLE)] + [
    OthersFinding((first, second), ASKED, overfull=True) for first, second in itertools.combinations(SINGLE, 2)
]
"""Nothing, each mark and note alone, and every two of them at once."""


WORTH = Calibration(0.5, 40, 45, 0, 10, "a set")
SIGNS = [
    SignsFinding(),
    SignsFinding(True, hindrance="no-face"),
    SignsFinding(True, (Sign("lips", 0.9, WORTH, 0.0, 9.0),), ("ghost",), faces=2),
    SignsFinding(True, (Sign("lips", 0.1, WORTH, 0.0, 9.0),), faces=1),
    SignsFinding(True, (Sign("lips", 0.9, WORTH), Sign("a-plug-in", 0.9, WORTH))),
]


def combinations() -> Iterator[tuple[ManifestFinding, str, tuple[int, ...], list[Weighed], OthersFinding]]:
    """Everything of ours with everything the record may answer, what others say taken in turn; and everything of ours
    with everything others may say, for the ties that tell records apart."""
    turn = itertools.cycle(OTHERS)
    for manifest, kind, read, found in itertools.product(MANIFESTS, KIND_OF_FILE, READ, list(candidates())):
        yield manifest, kind, read, found, next(turn)
    ties = [[], *([weighed(OTHER, Resemblance(one, "none"), False, "good")] for one in ("alike", "unlike", "unknown"))]  # type: ignore[list-item, arg-type]
    for manifest, kind, read, found in itertools.product(MANIFESTS, KIND_OF_FILE[::2], READ[:2], ties):
        for others in OTHERS:
            yield manifest, kind, read, found, others


def verdicts() -> Iterator[tuple[Verdict, list[Weighed]]]:
    turn = itertools.cycle(itertools.product(VOUCHING, PERMISSIONS))
    signs = itertools.cycle(SIGNS)
    for manifest, kind, read, found, others in combinations():
        file = FileFinding("a", kind, 9, "", True, width=200, height=100, has_sound=kind == "video")  # type: ignore[arg-type]
        judged = judge(file, manifest, read, found, others)
        vouching, permission = next(turn)
        mine, is_made = judged.render, judged.outcome == "made"
        yield (
            Verdict(
                outcome=judged.outcome,
                file=file,
                manifest=manifest,
                picture=marks(read),
                sound=MarkFinding(),
                record=mine.found if mine else None,
                tie=judged.tie,
                scope=judged.scope,
                recorded=mine.signed if mine else None,
                permission=permission if is_made else None,
                vouching=vouching if is_made else (),
                conflicts=judged.conflicts,
                strangers=tuple(Stranger(one.found, one.likeness) for one in judged.strangers),
                unknown=tuple(one for one in read if one == UNKNOWN),
                marks_of_others=others,
                signs=next(signs),
            ),
            found,
        )


@pytest.fixture(scope="module")
def every() -> list[tuple[Verdict, list[Weighed], str]]:
    return [(verdict, found, sentence(verdict)) for verdict, found in verdicts()]


def test_nothing_positive_without_a_likeness_or_a_manifest_that_holds(every: list) -> None:  # type: ignore[type-arg]
    for verdict, found, said in every:
        positive = any(part in said for part in ("Made with AI by", "Changed with AI by", "was made with AI by"))
        ours = verdict.manifest.good and verdict.manifest.permission is not None
        tied = any(
            one.signed is not None
            and one.signed.good
            and (one.holds or "alike" in (one.likeness.picture, one.likeness.sound))
            for one in found
        )
        assert not positive or ours or tied, said
        assert positive == (verdict.outcome == "made"), said
        if verdict.record is not None and verdict.outcome == "made":
            assert verdict.tie in ("bytes", "picture", "sound")
        for word in ("authentic", "genuine", "permission valid"):
            assert word not in said


def test_consent_is_said_only_where_an_authority_was_found(every: list) -> None:  # type: ignore[type-arg]
    for verdict, _, said in every:
        vouched = any(one.vouched for one in verdict.vouching)
        assert "with the consent" not in said or (verdict.outcome == "made" and vouched), said
        assert "vouches;" not in said or vouched
        if verdict.outcome != "made":
            for word in ("agreed", "consent", "revo", "counted", "public-domain"):
                assert word not in said, said
        elif verdict.vouching and not vouched and verdict.scope == "whole":
            assert "nobody else vouches for that" in said, said


def test_nobody_is_named_as_maker_without_an_imported_root(every: list) -> None:  # type: ignore[type-arg]
    for verdict, _, said in every:
        for by in ("AI by Reuters", "AI by Leaf"):
            assert by not in said or verdict.word.state == "trusted", said
        if "“Reuters”" in said and verdict.manifest.state != "trusted" and verdict.outcome == "made":
            assert "says that it is “Reuters” (nobody vouches for that)" in said or "signed by “Reuters”" in said, said


def test_sentence_and_table_agree(every: list) -> None:  # type: ignore[type-arg]
    label = words("en")["label"]
    for verdict, _, said in every[::7]:
        table = {section.key: section for section in sections(verdict)}
        if "no mark could be read" in said.lower() or said.startswith("No mark"):
            assert (label["state"], label["found"]) not in table["picture"].rows, said
        assert ("permission" in table) == (verdict.permission is not None)
        assert ("vouching" in table) == bool(verdict.vouching)
        assert bool(verdict.strangers) == ("strangers" in table)
    assert {verdict.outcome for verdict, _, _ in every} == set(TABLE)


def test_what_others_say_is_told_as_theirs(every: list) -> None:  # type: ignore[type-arg]
    for verdict, _, said in every:
        others = verdict.marks_of_others
        if "note in the file says" in said.lower():
            assert "anybody can write" in said and any(one.strength == "note" for one in others.found), said
        if "invisible mark of others" in said:
            assert "can be copied" in said and any(one.strength == "mark" for one in others.found), said
        assert "%" not in said and "fake" not in said.lower()
        if verdict.outcome in ("marked-others", "noted-ai"):
            assert not verdict.manifest.good and verdict.record is None and others.best is not None
            assert verdict.manifest.state in ("none", "unreadable") and not verdict.picture.sightings
        if others.best is not None and verdict.outcome not in ("signed-ai",):
            assert "note in the file says" in said.lower() or "invisible mark of others" in said, said
        if others.best is None:
            assert verdict.outcome not in ("marked-others", "noted-ai")


def test_contradicting_notes_are_told(every: list) -> None:  # type: ignore[type-arg]
    for verdict, _, said in every:
        claims = {one.claim for one in verdict.marks_of_others.found}
        assert ("notes-disagree" in verdict.conflicts) == ({"ai", "camera"} <= claims)
        if "notes-disagree" in verdict.conflicts:
            assert "both are true of a photograph that a generator changed" in said and verdict.exit_status in (10, 12)
        if "note-is-not-the-manifests" in verdict.conflicts:
            assert verdict.manifest.good and claims & {"ai", "camera"}


def test_signs_are_called_that_and_say_what_they_are_worth(every: list) -> None:  # type: ignore[type-arg]
    for index, (verdict, _, said) in enumerate(every):
        assert ("a sign of manipulation was seen" in said) == bool(verdict.signs.seen), said
        if verdict.signs.seen:
            assert "such signs have innocent causes too" in said
        if index % 13:
            continue
        table = {section.key: section for section in sections(verdict)}
        assert ("signs" in table) == verdict.signs.asked
        if verdict.signs.signs:
            values = " ".join(value for _, value in table["signs"].rows)
            assert "40 of 45 changed ones and in 0 of 10 untouched ones" in values and "no proof" in values
            assert "%" not in values


def test_the_table_says_what_was_looked_for_and_what_it_means(every: list) -> None:  # type: ignore[type-arg]
    for verdict, _, _ in every[::11]:
        table = {section.key: section for section in sections(verdict)}
        assert ("others" in table) == bool(verdict.marks_of_others.found)
        missed = " ".join(value for _, value in table["missed"].rows)
        assert "SynthID" in missed and "Perth (its model is not on this computer)" in missed
        assert ("C2PA" in missed) == (verdict.manifest.state == "none")
        assert table["means"].rows[0][1]


def test_only_sure_accusations(every: list) -> None:  # type: ignore[type-arg]
    for verdict, _, said in every:
        if verdict.manifest.state in ("none", "unreadable", "lapsed", "unchecked"):
            assert verdict.outcome != "tampered" and "manifest-broken" not in verdict.conflicts
            assert "relied on" not in said
        if verdict.signed_again:
            assert verdict.outcome == "made" and verdict.record is not None
        assert "later" not in said.replace("put there later", "") or verdict.signed_again


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_word(language: str, every: list) -> None:  # type: ignore[type-arg]
    seen = set()
    for verdict, _, _ in every:
        key = (verdict.outcome, verdict.manifest.state, verdict.conflicts, verdict.scope)
        if key in seen:
            continue
        seen.add(key)
        said = sentence(verdict, language)
        assert said and "{" not in said and ";;" not in said and "; ;" not in said
        assert all(section.rows for section in sections(verdict, language) if section.key != "copy")

    def keys(value: object) -> object:
        return {name: keys(one) for name, one in value.items()} if isinstance(value, dict) else ""

    assert keys(words(language)) == keys(words("en"))
