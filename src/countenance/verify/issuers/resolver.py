"""Asking an issuer's resolver about one number, by C2PA's Soft Binding Resolution API and one route more:

    GET /matches/byBinding?alg=…&value=…     to the manifest's name
    GET /statements/{manifestId}             what the issuer signs of that render: see `record_statement`
    GET /manifests/{manifestId}              the manifest store

Out goes the name of the mark and its number, nothing of the file and no fingerprint. What comes back is bounded in size
and time, and counts only under a key that the directory lists.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from urllib.parse import quote, urlencode

from countenance.errors import CountenanceError
from countenance.marking.bindings import binding_value
from countenance.marking.fingerprint import looks_digest
from countenance.verify.credentials import recorded_manifest
from countenance.verify.fetching import Fetching, Resolve, fetched, resolve
from countenance.verify.findings import LooksAssertion
from countenance.verify.issuers.directory import Issuer
from countenance.verify.issuers.record_statement import LONGEST, RecordStatement, read_statement, refused
from countenance.verify.judging import payloads_of
from countenance.verify.trust import Trust

ASKED = Fetching(secure=True, ports=frozenset({443}), max_seconds=6.0)
"""How resolvers are asked: https on the public internet alone, each answer within so many seconds."""
MAX_MATCHES, MAX_STORE = 64 << 10, 32 << 20  # bytes
ALTOGETHER = 12.0
"""Seconds that one issuer has for its three answers."""
_MANIFEST_ID = re.compile(r"(?:urn:c2pa:|urn:uuid:|xmp[.:]iid:)?[A-Za-z0-9._:/+-]{1,200}\Z")


class NotAnswered(Exception):
    """A resolver could not be asked; the text says why, in a few words."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What an issuer has on record.

    Attributes:
        said: what it signed of the render.
        store: the manifest store that goes with it.
    """

    said: RecordStatement
    store: bytes


@dataclass(frozen=True, slots=True)
class Resolver:
    """Asks issuers.

    Attributes:
        folder: an empty one, where answers lie while they are read.
        may: how addresses are asked.
        look_up: looks host names up.
    """

    folder: Path
    may: Fetching = ASKED
    look_up: Resolve = resolve

    def ask(self, issuer: Issuer, algorithm: str, payload: int, now: Callable[[], datetime]) -> Answer | None:
        """What an issuer has on record under a number; None where it says that it has nothing.

        Args:
            issuer: one that has a resolver.
            algorithm: name of the mark, see `marking.bindings`.
            now: tells the time, aware.

        Raises:
            NotAnswered: it could not be asked.
            ProvenanceError: issuers.answer, where what it answered does not count.
        """
        until = time.monotonic() + ALTOGETHER
        query = urlencode({"alg": algorithm, "value": binding_value(payload), "maxResults": "1"})
        manifest_id = _manifest_of(issuer, self._had(issuer, f"/matches/byBinding?{query}", MAX_MATCHES, until))
        if manifest_id is None:
            return None
        name = quote(manifest_id, safe=":/")
        said = read_statement(self._had(issuer, f"/statements/{name}", LONGEST, until), issuer, payload, now())
        if said.manifest_id != manifest_id:
            raise refused(issuer, "it is about another manifest")
        store = self._had(issuer, f"/manifests/{name}", MAX_STORE, until)
        if hashlib.sha256(store).hexdigest() != said.manifest_sha256:
            raise refused(issuer, "the manifest is not the one that it signed for")
        manifest = recorded_manifest(store, Trust())
        if not manifest.good or manifest.manifest_id != manifest_id or payload not in payloads_of(manifest):
            raise refused(issuer, "the manifest does not hold, or is of something else")
        return Answer(_as_signed(said, manifest.looks, issuer), store)

    def _had(self, issuer: Issuer, path: str, most: int, until: float) -> bytes:
        left = until - time.monotonic()
        if left <= 0:
            raise NotAnswered("it takes too long")
        may = replace(self.may, max_bytes=most, max_seconds=min(self.may.max_seconds, left), cut=False)
        try:
            came = fetched(f"{issuer.resolver}{path}", self.folder, may, resolver=self.look_up).path
        except CountenanceError as error:  # no such address, too much, nothing
            raise NotAnswered(error.message) from error
        return came.read_bytes()


def _as_signed(said: RecordStatement, looks: LooksAssertion | None, issuer: Issuer) -> RecordStatement:
    """What it looks and sounds like, as far as who signed the manifest said so there: an issuer vouches for none."""
    if looks is None:
        return replace(said, fingerprints=(), sound_fingerprint=b"")
    prints, sound = said.fingerprints[: looks.key_frames], said.sound_fingerprint[: looks.sound_bytes]
    if not prints and not sound:
        return replace(said, fingerprints=(), sound_fingerprint=b"")  # too long to be stated
    if looks_digest(prints, sound) != looks.sha256:
        raise refused(issuer, "the manifest is of something that looks or sounds otherwise")
    return replace(said, fingerprints=prints, sound_fingerprint=sound)


def _manifest_of(issuer: Issuer, answer: bytes) -> str | None:
    try:
        matches = json.loads(answer)["matches"]
        if not isinstance(matches, list):
            raise TypeError
        found = matches[0]["manifestId"] if matches else None
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise refused(issuer, "it is none of the Soft Binding Resolution API") from error
    if found is None:
        return None
    if not isinstance(found, str) or not _MANIFEST_ID.fullmatch(found):
        raise refused(issuer, "it names no manifest")
    return found
