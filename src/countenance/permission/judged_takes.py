"""Which live takes were judged here and accepted: only their hashes, each entry signed. Knows nothing of clips."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path

from countenance.permission.decisions import Decisions
from countenance.permission.keyring import Keyring, Signer
from countenance.settings import Settings

TYPE = "countenance-judged-take+jwt"


class JudgedTakes:
    """The takes judged at one installation.

    Args:
        path: made when first written to.
        own: did:keys of this installation; only what they signed counts.
    """

    def __init__(self, path: Path, own: Collection[str]) -> None:
        self._decisions = Decisions(path, TYPE, own, "countenance permission self")

    @classmethod
    def at_home(cls, settings: Settings) -> JudgedTakes:
        """Those of this installation."""
        path = settings.home / "judged-takes.json"
        return cls(path, {one.did for one in Keyring.at_home(settings).identities()})

    def accepted(self) -> frozenset[str]:
        """SHA-256 of every take that was accepted. Raises BadDocument; PermissionRefused: permission.trust_altered."""
        return frozenset(str(one.said.get("sha256", "")) for one in self._decisions.all())

    def enter(self, sha256: str, by: Signer) -> None:
        """Remember that a take was judged and accepted.

        Args:
            sha256: of the clip, hex.
            by: an identity of this installation.
        """
        kept = [one for one in self._decisions.all() if one.said.get("sha256") != sha256]
        said = {"sha256": sha256, "at": datetime.now(UTC).isoformat(timespec="seconds")}
        self._decisions.write(kept, said, by)
