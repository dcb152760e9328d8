"""Another service's record, asked by C2PA's Soft Binding Resolution API: the number in a mark goes out, a manifest
comes back. The file itself does not leave this computer.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import quote

import httpx

from countenance.marking.bindings import PICTURE_ALGORITHM, SOUND_ALGORITHM, binding_value
from countenance.verify.findings import PermissionAssertion, PermissionFinding
from countenance.verify.record import Clues, How, RecordFinding, Search

MAX_STORE = 32 << 20
_TIMEOUT = 10.0


class RemoteRecord:
    """A Soft Binding Resolution API.

    Args:
        address: of the API's root, http or https.
        client: for tests.
    """

    def __init__(self, address: str, client: httpx.Client | None = None) -> None:
        self._address = address.rstrip("/")
        self._client = client or httpx.Client(timeout=_TIMEOUT, follow_redirects=False)

    def search(self, clues: Clues) -> Search:
        unknown: list[int] = []
        found: list[RecordFinding] = []
        try:
            wanted = [("picture", PICTURE_ALGORITHM, p) for p in clues.picture]
            wanted += [("sound", SOUND_ALGORITHM, p) for p in clues.sound]
            for kind, algorithm, payload in wanted:
                manifest_id = self._manifest_of(algorithm, payload)
                if manifest_id is None:
                    unknown.append(payload)
                    continue
                how: How = "picture" if kind == "picture" else "sound"
                store = self._store(manifest_id)
                found.append(RecordFinding(how, payload, manifest_id, store, source=self._address))
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError) as error:
            return Search((), tuple(unknown), failure=f"{self._address} could not be asked ({type(error).__name__}).")
        return Search(tuple(found), tuple(dict.fromkeys(unknown)))

    def standing(
        self,
        found: RecordFinding,  # noqa: ARG002
        said: PermissionAssertion,  # noqa: ARG002
        now: datetime,  # noqa: ARG002
    ) -> PermissionFinding | None:
        """None: the API does not tell."""
        return None

    def descends(self, payloads: tuple[int, ...]) -> bool:  # noqa: ARG002 - the API does not tell
        return False

    def _manifest_of(self, algorithm: str, payload: int) -> str | None:
        query = {"alg": algorithm, "value": binding_value(payload), "maxResults": "1"}
        answer = self._client.get(f"{self._address}/matches/byBinding", params=query)
        answer.raise_for_status()
        said: Any = answer.json()
        matches: Any = said.get("matches") if isinstance(said, dict) else None
        if not isinstance(matches, list):
            raise ValueError("no matches in the answer")
        return str(matches[0]["manifestId"])[:200] if matches else None

    def _store(self, manifest_id: str) -> bytes:
        with self._client.stream("GET", f"{self._address}/manifests/{quote(manifest_id, safe=':')}") as answer:
            answer.raise_for_status()
            store = b""
            for piece in answer.iter_bytes():
                store += piece
                if len(store) > MAX_STORE:
                    raise ValueError("a manifest store of this size is none")
            return store
