"""What the policy asks of others: is a grant revoked, how often was it used, was a take alive. Protocols, values only.

The policy gives no permit where an answer is missing: whoever implements these raises, or says `unknown`, rather than
guess.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal, Protocol


@dataclass(frozen=True)
class RevocationStatus:
    """Whether a grant still stands.

    Attributes:
        state: `good`, `revoked`, or `unknown` where no list fresh enough could be had.
        checked_at: when the list that says so was signed, aware UTC; None where there is none.
        revoked_at: since when it does not stand.
        reason: the revoker's own words, or why nothing is known.
        seen: how long ago that list was last had from where it is published; None where it was not.
    """

    state: Literal["good", "revoked", "unknown"]
    checked_at: datetime | None = None
    revoked_at: datetime | None = None
    reason: str = ""
    seen: timedelta | None = None


class RevocationCheck(Protocol):
    """Looks a grant up in the list its issuer publishes."""

    def status(self, grant_id: str, revocation_url: str, now: datetime, *, issuer: str) -> RevocationStatus:
        """Whether the grant stands at `now`.

        Args:
            grant_id: the grant's `jti`, 32 hex.
            revocation_url: where its issuer publishes revocations; empty where the grant names none (then only lists
                kept here are looked at).
            now: aware, UTC.
            issuer: did:key that must have signed the list.
        """
        ...


class UsageCounter(Protocol):
    """Knows how often a grant was used."""

    def uses(self, grant_id: str, since: datetime | None) -> int:
        """Renders begun under this grant since then (aware UTC; None: ever), failed ones left out."""
        ...

    def lost(self, since: datetime) -> datetime | None:
        """When, since then (aware UTC), entries were lost of what is counted by; None where none were."""
        ...

    def taken_back(self, grant_id: str) -> datetime | None:
        """When the signer took the grant back here, without their key (aware UTC); None where they did not."""
        ...


@dataclass(frozen=True)
class TakeVerdict:
    """What was seen of a live take.

    Attributes:
        alive: whether it was accepted.
        sha256: of the take's file.
        reasons: what was missing, in plain words; empty where alive.
        phrase: the one-time phrase that was asked for.
    """

    alive: bool
    sha256: str
    reasons: tuple[str, ...]
    phrase: str


class TakeCheck(Protocol):
    """Judges a recorded take in which the subject reads a one-time phrase aloud."""

    def judge(self, clip: Path, phrase: str) -> TakeVerdict:
        """Raises InputError, FaceError where the clip cannot be read or shows nobody."""
        ...
