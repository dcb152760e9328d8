"""A record that goes on where another one ends: the number in a mark leads to its issuer, and the issuer, where that is
wanted, is asked. Without being told to, nobody is asked: the directory at home says whom to ask.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice

from countenance.errors import CountenanceError, ProvenanceError
from countenance.marking.bindings import PICTURE_ALGORITHM, SOUND_ALGORITHM
from countenance.marking.issuer_part import issuer_of
from countenance.settings import Settings
from countenance.spool import spooled
from countenance.verify.fetching import Fetching, Resolve, resolve
from countenance.verify.findings import IssuerFinding, PermissionAssertion, PermissionFinding
from countenance.verify.issuers.directory_store import DirectoryStore, Listed
from countenance.verify.issuers.resolver import ASKED, Answer, NotAnswered, Resolver
from countenance.verify.permission_status import NEEDS_NOBODY
from countenance.verify.record import Clues, How, Record, RecordFinding, Search

MOST = 3
"""Numbers of one file that are asked about."""


class IssuerRecord:
    """A record, and behind it the issuers.

    Args:
        record: asked first.
        settings: of the home with the directories.
        ask: whether issuers' resolvers are asked.
        may, look_up: how they are.
    """

    def __init__(
        self,
        record: Record,
        settings: Settings,
        *,
        ask: bool,
        may: Fetching = ASKED,
        look_up: Resolve = resolve,
    ) -> None:
        self._record, self._settings, self._ask = record, settings, ask
        self._may, self._look_up = may, look_up

    def search(self, clues: Clues) -> Search:
        found = self._record.search(clues)
        read = tuple(dict.fromkeys(clues.picture + clues.sound))
        unknown = read if found.failure else found.unknown  # whatever is wrong at home, issuers can be asked
        if all(issuer_of(payload) is None for payload in unknown):
            return found
        try:
            store = DirectoryStore(self._settings)
            findings, candidates = self._issuers(store, clues, unknown)
        except CountenanceError as error:  # the list of publishers was altered
            return replace(found, failure=found.failure or error.message)
        answered = {one.payload for one in candidates}
        return replace(
            found,
            candidates=(*found.candidates, *candidates),
            unknown=tuple(one for one in found.unknown if one not in answered),
            issuers=findings,
        )

    def standing(self, found: RecordFinding, said: PermissionAssertion, now: datetime) -> PermissionFinding | None:
        if not found.issuer:
            return self._record.standing(found, said, now)
        if found.permission == "unknown" or said.kind in NEEDS_NOBODY:
            return None  # of what nobody can take back the manifest tells as much
        reason = f"By the signed word of {found.issuer}, whose number the mark bears."
        return PermissionFinding(
            found.permission, said.kind, said.basis, said.grant_sha256, found.permission_since, reason
        )

    def descends(self, payloads: tuple[int, ...]) -> bool:
        return self._record.descends(payloads)

    def _issuers(
        self, store: DirectoryStore, clues: Clues, unknown: tuple[int, ...]
    ) -> tuple[tuple[IssuerFinding, ...], tuple[RecordFinding, ...]]:
        findings: list[IssuerFinding] = []
        candidates: list[RecordFinding] = []
        with ExitStack() as held:
            resolver: Resolver | None = None
            silent: dict[str, str] = {}
            for payload, listed in _listed(store, unknown):
                state, reason = _unasked(listed)
                finding = IssuerFinding(
                    payload,
                    listed.issuer.number,
                    listed.issuer.name,
                    listed.issuer.contact,
                    state,  # type: ignore[arg-type]
                    reason,
                    listed.publisher,
                    listed.issued,
                )
                if state == "unasked" and self._ask and (reason := silent.get(finding.number, "")):
                    finding = replace(finding, state="unreachable", reason=reason)  # once is enough
                elif state == "unasked" and self._ask:
                    if resolver is None:
                        resolver = Resolver(held.enter_context(spooled(self._settings)), self._may, self._look_up)
                    finding, candidate = _asked(resolver, listed, finding, clues)
                    candidates += [candidate] if candidate is not None else []
                    if finding.state == "unreachable":
                        silent[finding.number] = finding.reason
                findings.append(finding)
        return tuple(findings), tuple(candidates)


def with_issuers(record: Record, settings: Settings, *, ask: bool) -> Record:
    """The record, with the issuers behind it; as it is where they are behind it already."""
    return record if isinstance(record, IssuerRecord) else IssuerRecord(record, settings, ask=ask)


def _listed(store: DirectoryStore, unknown: tuple[int, ...]) -> Iterator[tuple[int, Listed]]:
    now = datetime.now(UTC)
    numbers = ((payload, issuer_of(payload)) for payload in unknown)
    named = [(payload, number) for payload, number in numbers if number is not None]
    listed = store.find_all({number for _, number in named}, now)
    known = ((payload, listed[number]) for payload, number in named if number in listed)
    yield from islice(known, MOST)


def _unasked(listed: Listed) -> tuple[str, str]:
    if listed.disputed:
        return "disputed", f"{listed.publisher} and {listed.disputed} do not agree on whose number or name this is."
    if listed.expired:
        return "expired", f"The directory of {listed.publisher} expired on {listed.expires:%Y-%m-%d}."
    if listed.issuer.resolver is None:
        return "offline", ""
    return "unasked", ""


def _asked(
    resolver: Resolver, listed: Listed, finding: IssuerFinding, clues: Clues
) -> tuple[IssuerFinding, RecordFinding | None]:
    picture = finding.payload in clues.picture
    algorithm = PICTURE_ALGORITHM if picture else SOUND_ALGORITHM
    try:
        answer = resolver.ask(listed.issuer, algorithm, finding.payload, lambda: datetime.now(UTC))
    except NotAnswered as error:
        return replace(finding, state="unreachable", reason=str(error)), None
    except ProvenanceError as error:
        return replace(finding, state="refused", reason=error.message), None
    if answer is None:
        return replace(finding, state="unknown"), None
    return replace(finding, state="answered"), _candidate("picture" if picture else "sound", answer, listed)


def _candidate(how: How, answer: Answer, listed: Listed) -> RecordFinding:
    said = answer.said
    return RecordFinding(
        how=how,
        payload=said.payload,
        manifest_id=said.manifest_id,
        store=answer.store,
        made_at=said.made_at,
        media_type=said.media_type,
        width=said.width,
        height=said.height,
        frames=said.frames,
        duration=said.duration,
        parents=said.parents,
        marks=said.marks,
        fingerprints=said.fingerprints,
        sound_fingerprint=said.sound_fingerprint,
        source=str(listed.issuer.resolver),
        issuer=listed.issuer.name,
        permission=said.permission,
        permission_since=said.permission_since,
    )
