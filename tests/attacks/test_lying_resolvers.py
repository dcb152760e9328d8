"""Three installations that resolve each other's renders, one of them offline and one malicious; resolvers that lie,
hang, flood and redirect; stolen keys. Nothing but a number leaves whoever asks, and that only if they say so."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest

from countenance.errors import ProvenanceError
from countenance.marking.bindings import PICTURE_ALGORITHM, binding_value
from countenance.marking.fingerprint import Fingerprint
from countenance.marking.issuer_part import issuer_of
from countenance.marking.layout import compared
from countenance.marking.render_registry import Registry, Render
from countenance.marks.watermark import PictureGeometry
from countenance.verify import Inquiry, Verdict, verify_file
from countenance.verify.fetching import Fetching
from countenance.verify.findings import PermissionAssertion, PermissionFinding, PermissionState
from countenance.verify.issuers import IssuerRecord
from countenance.verify.issuers.record_statement import FRESH, read_statement, sign_statement
from countenance.verify.issuers.resolver import ASKED
from countenance.verify.record import Clues, NoRecord, Search
from countenance.verify.service import Service
from tests.attacks.resolvers import answering, flooding, hanging, leading_to, resolving
from tests.attacks.serving import serving
from tests.verify.issuers.material import (
    LOOPBACK,
    Asker,
    Installation,
    asker,
    installation,
    issuer,
    moved_mark,
)

HONEST, OFFLINE, MALICIOUS = 0x0A1B01, 0x0A1B02, 0x0A1B03


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Installation]:
    folder = tmp_path_factory.mktemp("three")
    numbers = (HONEST, OFFLINE, MALICIOUS)
    return {number: installation(folder / f"{number:06x}", number, number & 15) for number in numbers}


@pytest.fixture(scope="module")
def service(three: dict[int, Installation]) -> Iterator[str]:
    honest = three[HONEST]
    with serving(honest.settings, Service(signer=honest.signer)) as here:
        yield here.address


@pytest.fixture
def anna(tmp_path: Path) -> Asker:
    return asker(tmp_path / "anna")


def render_of(one: Installation) -> Render:
    with Registry.open(one.settings) as registry:
        found = registry.by_payload(one.payload)
    assert found is not None
    return found


def answers(one: Installation, statement: str | bytes = b"", store: bytes | None = None, name: str = "") -> dict:  # type: ignore[type-arg]
    """What a resolver with this installation's records says, or with another statement or manifest."""
    render = render_of(one)
    said = statement or sign_statement(render, issuer_of(render.payload) or 0, one.signer, datetime.now(UTC))
    return {
        "/matches/byBinding": json.dumps({"matches": [{"manifestId": name or render.manifest_id}]}).encode(),
        "/statements/": said if isinstance(said, bytes) else said.encode(),
        "/manifests/": render.manifest if store is None else store,
    }


def asked(anna: Asker, payload: int, may: Fetching = LOOPBACK) -> Search:
    """The search alone, without looking at a file."""
    return IssuerRecord(NoRecord(), anna.settings, ask=True, may=may).search(Clues(picture=(payload,)))


def verified(anna: Asker, path: Path, *, ask: bool = True) -> Verdict:
    record = IssuerRecord(NoRecord(), anna.settings, ask=ask, may=LOOPBACK)
    return verify_file(path, anna.settings, Inquiry(seconds=1), record=record)


def test_three_installations(three: dict[int, Installation], service: str, anna: Asker) -> None:
    """The honest one's render is found and compared at home, the offline one's leads to whom to ask, and the malicious
    one gets nowhere with its neighbour's records."""
    lies = answers(three[HONEST], name="urn:c2pa:lie")
    with resolving(answering(lies)) as liar:
        anna.told(
            issuer(HONEST, "The Museum", three[HONEST].signer, service),
            issuer(OFFLINE, "Laptop of Ida", None, None),
            issuer(MALICIOUS, "Mallory", three[MALICIOUS].signer, liar.address),
        )
        found = verified(anna, three[HONEST].copy)
        assert found.outcome == "made" and found.tie == "picture" and not found.unknown
        assert "what is on record of it is signed by “The Museum”, whose number the mark bears" in found.summary
        assert found.record is not None and found.record.issuer == "The Museum"
        assert "the maker says that the person shown does not exist; nobody else vouches for that" in found.summary
        assert found.summary.startswith("Made with AI by an installation of Countenance (self-issued);"), "not its name"
        assert found.recorded is not None and found.recorded.title == f"A still {HONEST & 15}"
        assert found.issuers[0].state == "answered"
        alone = verified(anna, three[OFFLINE].copy)
        assert alone.outcome == "marked" and alone.issuers[0].state == "offline"
        assert "ask “records@0a1b02.example”" in alone.summary and "Made with AI by" not in alone.summary
        lied = verified(anna, three[MALICIOUS].copy)
        assert lied.outcome == "marked" and lied.issuers[0].state == "refused" and lied.record is None
        assert "does not count" in lied.summary and liar.paths


@pytest.mark.parametrize(
    ("state", "told"), [("revoked", "revoked"), ("unrevoked", "unrevoked"), ("unknown", None), ("expired", "expired")]
)
def test_how_a_permission_stands_is_the_issuer_s_signed_word(
    three: dict[int, Installation], anna: Asker, state: PermissionState, told: str | None
) -> None:
    one, now = three[HONEST], datetime.now(UTC)
    standing = PermissionFinding(state, "subject", "", "", now - timedelta(days=3) if state == "revoked" else None, "")
    stated = sign_statement(render_of(one), HONEST, one.signer, now, standing)
    with resolving(answering(answers(one, stated))) as museum:
        anna.told(issuer(HONEST, "The Museum", one.signer, museum.address))
        record = IssuerRecord(NoRecord(), anna.settings, ask=True, may=LOOPBACK)
        [found] = record.search(Clues(picture=(one.payload,))).candidates
    assert found.permission == state
    consent = PermissionAssertion("p", "animate", "subject", "b", "ab" * 32)
    answer = record.standing(found, consent, now)
    assert (answer.state if answer else None) == told
    if answer is not None:
        assert "The Museum" in answer.reason and answer.grant_sha256 == "ab" * 32
        assert (answer.since is not None) == (state == "revoked")
    nobody = PermissionAssertion("p", "animate", "synthetic", "b", "ab" * 32)
    assert record.standing(found, nobody, now) is None


def test_a_mark_laid_onto_something_else_is_still_that(
    three: dict[int, Installation], service: str, anna: Asker, tmp_path: Path
) -> None:
    anna.told(issuer(HONEST, "The Museum", three[HONEST].signer, service))
    found = verified(anna, moved_mark(three[HONEST], tmp_path / "innocent.png"))
    assert found.outcome == "copied" and found.exit_status == 10 and "Made with AI by" not in found.summary


def test_nobody_is_asked_unless_told_to(three: dict[int, Installation], anna: Asker) -> None:
    with resolving(answering({})) as spy:
        anna.told(issuer(HONEST, "The Museum", three[HONEST].signer, spy.address))
        found = verified(anna, three[HONEST].copy, ask=False)
    assert not spy.paths and found.issuers[0].state == "unasked" and "who can be asked" in found.summary


def test_only_the_number_goes_out(three: dict[int, Installation], anna: Asker) -> None:
    one = three[HONEST]
    with resolving(answering(answers(one))) as spy:
        anna.told(issuer(HONEST, "The Museum", one.signer, spy.address))
        assert verified(anna, one.copy).outcome == "made"
    assert len(spy.paths) == 3 and not any(spy.bodies)
    query = parse_qs(urlsplit(spy.paths[0]).query)
    assert query == {"alg": [PICTURE_ALGORITHM], "value": [binding_value(one.payload)], "maxResults": ["1"]}
    assert set(spy.paths[1:]) == {f"/{kind}/{one.still.manifest_id}" for kind in ("statements", "manifests")}


def lies(three: dict[int, Installation]) -> Iterator[tuple[str, dict[str, bytes]]]:
    """What a resolver may say that does not count, and why it says so."""
    honest, other, now = three[HONEST], three[MALICIOUS], datetime.now(UTC)
    render, foreign = render_of(honest), render_of(other)
    sign = lambda what, signer=honest.signer, number=HONEST, at=now: sign_statement(what, number, signer, at)  # noqa: E731
    yield "a key that the directory does not list", answers(honest, sign(render, other.signer))
    yield "another number", answers(honest, sign(render, number=MALICIOUS))
    yield "another number", answers(honest, sign(replace(render, payload=render.payload ^ 1)))
    yield "another manifest", answers(honest, sign(replace(render, manifest_id=foreign.manifest_id)))
    yield "too old", answers(honest, sign(render, at=now - FRESH - timedelta(minutes=1)))
    yield "from the future", answers(honest, sign(render, at=now + timedelta(hours=1)))
    yield "signature does not hold", answers(honest, b"e30.e30." + b"A" * 86)
    yield "signature does not hold", answers(honest, sign(render)[:-4] + "AAAA")
    yield "not the one that it signed for", answers(honest, store=foreign.manifest)
    spoilt = render.manifest[:-900] + bytes(900)
    for store, manifest_id in ((spoilt, ""), (foreign.manifest, foreign.manifest_id), (b"no manifest", "")):
        said = replace(render, manifest=store, manifest_id=manifest_id or render.manifest_id)
        yield "does not hold, or is of something else", answers(honest, sign(said), store, manifest_id)
    shapes = tuple(
        Fingerprint(bytes(32), 100, Fraction(0), bytes((48, 48 + n)) + bytes(2 * 48 * (48 + n) // 8)) for n in range(9)
    )
    yield "looks or sounds otherwise", answers(honest, sign(replace(render, fingerprints=foreign.fingerprints)))
    yield "cannot be read", answers(honest, sign(replace(render, fingerprints=shapes)))
    for nonsense in (
        b"<html>",
        b"[]",
        b'{"matches": 1}',
        b'{"matches": [1]}',
        b'{"matches": [{"manifestId": "../x y"}]}',
    ):
        yield "The answer of The Museum is not accepted", {"/matches/byBinding": nonsense}


def test_what_does_not_count(three: dict[int, Installation], anna: Asker) -> None:
    count = 0
    for why, said in lies(three):
        count += 1
        with resolving(answering(said)) as liar:
            anna.told(issuer(HONEST, "The Museum", three[HONEST].signer, liar.address), sequence=count)
            found = asked(anna, three[HONEST].payload)
        assert not found.candidates and found.unknown == (three[HONEST].payload,), why
        assert found.issuers[0].state == "refused" and why in found.issuers[0].reason, (why, found.issuers)
    assert count == 19


@pytest.mark.parametrize(
    ("key", "counts", "why"),
    [
        ({}, True, ""),
        ({"revoked": datetime.now(UTC) - timedelta(hours=1)}, False, "was revoked"),
        ({"not_after": datetime.now(UTC) - timedelta(hours=1)}, False, "is not valid now"),
        ({"not_after": datetime.now(UTC) + timedelta(days=9)}, True, ""),
        ({"revoked": datetime.now(UTC) + timedelta(days=9)}, True, ""),
    ],
)
def test_a_stolen_and_a_retired_key(
    three: dict[int, Installation], anna: Asker, key: dict[str, datetime], counts: bool, why: str
) -> None:
    one = three[HONEST]
    with resolving(answering(answers(one))) as thief:
        anna.told(issuer(HONEST, "The Museum", one.signer, thief.address, **key))
        found = asked(anna, one.payload)
    assert bool(found.candidates) == counts and why in found.issuers[0].reason


def test_a_rotated_key_states_what_was_made_before(three: dict[int, Installation], anna: Asker) -> None:
    """The stolen key is revoked, the new one signs: old renders are found again, and the thief is not believed."""
    one, fresh = three[HONEST], three[OFFLINE].signer
    old = issuer(HONEST, "The Museum", one.signer, None, revoked=datetime.now(UTC) - timedelta(days=2)).keys[0]
    both = (old, issuer(HONEST, "The Museum", fresh, None).keys[0])
    anew = sign_statement(render_of(one), HONEST, fresh, datetime.now(UTC))
    for sequence, (statement, counts) in enumerate([(anew, True), (b"", False)], 1):
        with resolving(answering(answers(one, statement))) as here:
            entry = issuer(HONEST, "The Museum", one.signer, here.address).model_copy(update={"keys": both})
            anna.told(entry, sequence=sequence)
            assert bool(asked(anna, one.payload).candidates) == counts


@pytest.mark.parametrize("manners", [hanging, flooding], ids=["hangs", "floods"])
def test_one_that_hangs_or_floods(three: dict[int, Installation], anna: Asker, manners) -> None:  # type: ignore[no-untyped-def]
    with resolving(manners) as here:
        anna.told(issuer(HONEST, "The Museum", three[HONEST].signer, here.address))
        found = asked(anna, three[HONEST].payload, replace(LOOPBACK, max_seconds=1.0))
    assert found.issuers[0].state == "unreachable" and found.unknown == (three[HONEST].payload,)
    assert len(here.paths) == 1, "it is not asked again"


def test_one_that_hangs_is_asked_once_for_a_file_of_many_marks(three: dict[int, Installation], anna: Asker) -> None:
    numbers = tuple(HONEST << 40 | serial for serial in range(3))
    with resolving(hanging) as here:
        anna.told(issuer(HONEST, "The Museum", three[HONEST].signer, here.address))
        may = replace(LOOPBACK, max_seconds=1.0)
        found = IssuerRecord(NoRecord(), anna.settings, ask=True, may=may).search(Clues(picture=numbers))
    assert [one.state for one in found.issuers] == ["unreachable"] * 3 and len(here.paths) == 1


def test_nobody_inside_is_asked(three: dict[int, Installation], anna: Asker) -> None:
    """As it asks by itself, neither an entry nor a redirect leads to this computer or away from https; where a host is
    allowed, a redirect leads to no other. What private addresses are, `test_links_inward` holds."""
    with resolving(answering(answers(three[HONEST]))) as inside:
        anna.told(issuer(HONEST, "The Museum", three[HONEST].signer, inside.address))
        assert asked(anna, three[HONEST].payload, ASKED).issuers[0].state == "unreachable"
        secure = replace(ASKED, ports=None)
        assert asked(anna, three[HONEST].payload, secure).issuers[0].state == "unreachable"
        public = replace(ASKED, ports=None, secure=False)
        assert asked(anna, three[HONEST].payload, public).issuers[0].state == "unreachable"
        assert not inside.paths
        for number, address in enumerate(("http://169.254.169.254/", "http://10.0.0.1/", "file:///etc/passwd"), 2):
            with resolving(leading_to(address)) as leading:
                anna.told(issuer(HONEST, "M", three[HONEST].signer, leading.address), sequence=number)
                only = replace(LOOPBACK, hosts=frozenset({"127.0.0.1"}))
                assert asked(anna, three[HONEST].payload, only).issuers[0].state == "unreachable"
        assert not inside.paths


def test_one_that_does_not_know_it(three: dict[int, Installation], service: str, anna: Asker) -> None:
    anna.told(issuer(HONEST, "The Museum", three[HONEST].signer, service))
    found = asked(anna, three[HONEST].payload ^ 1)
    assert found.issuers[0].state == "unknown" and not found.candidates


def test_a_file_full_of_marks_asks_for_a_few(three: dict[int, Installation], anna: Asker) -> None:
    with resolving(answering({"/matches": b'{"matches": []}'})) as here:
        anna.told(issuer(HONEST, "The Museum", three[HONEST].signer, here.address))
        numbers = tuple(HONEST << 40 | serial for serial in range(50))
        IssuerRecord(NoRecord(), anna.settings, ask=True, may=LOOPBACK).search(Clues(picture=numbers))
    assert len(here.paths) == 3


def test_a_service_without_a_key_states_nothing(three: dict[int, Installation], anna: Asker) -> None:
    one = three[OFFLINE]
    with serving(one.settings, Service()) as here:
        anna.told(issuer(OFFLINE, "Ida", one.signer, here.address))
        found = asked(anna, one.payload)
    assert found.issuers[0].state == "unreachable" and "404" in found.issuers[0].reason


def test_looks_that_are_noise_compare_to_nothing(three: dict[int, Installation]) -> None:
    """What a listed issuer signs of looks may be anything; it breaks nothing and resembles nothing."""
    noise = np.random.default_rng(5)
    glance = noise.integers(0, 256, (128, 160), np.uint8)
    geometry = PictureGeometry(scale=1.0, rotation=0.0, aspect=1.0, flipped=False, offset=(0.0, 0.0), box=(0, 0, 1, 1))
    for size in (0, 1, 2, 100, 578, 579, 2000, 1 << 15):
        for head in (b"", bytes((48, 48)), bytes((48, 255)), bytes((255, 255))):
            assert not compared(glance, geometry, [head + noise.bytes(size)]).alike
    one = three[HONEST]
    odd = replace(render_of(one), fingerprints=(Fingerprint(bytes(32), 100, Fraction(0), noise.bytes(700)),))
    assert sign_statement(odd, HONEST, one.signer, datetime.now(UTC))


def test_a_long_film_is_stated_whole(three: dict[int, Installation]) -> None:
    """Statements and directories may be megabytes; what signs them by itself takes 128 kB."""
    one, noise = three[HONEST], np.random.default_rng(5)
    prints = tuple(Fingerprint(noise.bytes(32), 100, Fraction(n), b"") for n in range(1000))
    film = replace(render_of(one), fingerprints=prints, sound_fingerprint=noise.bytes(400_000))
    text = sign_statement(film, HONEST, one.signer, datetime.now(UTC)).encode()
    listed = issuer(HONEST, "The Museum", one.signer, "https://a.example")
    assert read_statement(text, listed, one.payload, datetime.now(UTC)).fingerprints == prints
    with pytest.raises(ProvenanceError):
        read_statement(text[:-8] + b"AAAAAAAA", listed, one.payload, datetime.now(UTC))


def test_an_address_moves_no_cursor(three: dict[int, Installation], anna: Asker) -> None:
    """What a redirect leads to is told, without what a terminal would obey."""
    with resolving(leading_to("x:\x1b[2J\x9b31mmade with consent")) as leading:
        anna.told(issuer(HONEST, "M", three[HONEST].signer, leading.address))
        found = asked(anna, three[HONEST].payload).issuers[0]
    assert found.state == "unreachable" and found.reason.isprintable()
