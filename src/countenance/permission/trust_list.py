"""Authorities whose word about people's keys counts here: agencies, unions, museums, issuers of electronic identity.

`authorities.json` keeps them; each entry is signed by the identity of this installation that decided it. Whoever
verifies a file asks their own list, never the maker's. Knows nothing of grants or of files that are verified.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from countenance.errors import BadOption, FileMissing, PermissionRefused
from countenance.permission.confusables import unsafe
from countenance.permission.decisions import Decisions, check_no_lookalike, check_plain
from countenance.permission.did import decode_did, short_form
from countenance.permission.jws import SignedDocument
from countenance.permission.keyring import Keyring, Signer
from countenance.permission.protocols import RevocationCheck
from countenance.permission.revocation import RevocationLists
from countenance.permission.revocation_list import SKEW
from countenance.settings import Settings

TYPE = "countenance-authority+jwt"
KINDS = ("subject", "guardian", "estate", "synthetic")


@dataclass(frozen=True)
class Authority:
    """One that may vouch for people's keys.

    Attributes:
        did: did:key of the key it signs credentials with.
        name: as it is told to people.
        vouches_for: kinds of grant whose signers it may vouch for; `subject` covers a grant to oneself too.
        compared: how its own key was compared with it: its web site, a letter, in person.
        by: own identity that says so.
        at: ISO 8601, UTC.
        revocations: where it publishes which of its credentials it took back, https:// or a file; empty where it
            publishes nothing: then only lists that came by hand count.
    """

    did: str
    name: str
    vouches_for: tuple[str, ...]
    compared: str
    by: str
    at: str
    revocations: str = ""


@dataclass(frozen=True)
class TrustList:
    """The authorities that one party trusts.

    Attributes:
        authorities: each once.
        revocation: knows which credentials they took back; None knows nothing.
    """

    authorities: tuple[Authority, ...] = ()
    revocation: RevocationCheck | None = None

    def find(self, did: str) -> Authority | None:
        """The one with this key, or None."""
        return next((one for one in self.authorities if one.did == did), None)

    def why_not(self, credential: str, authority: Authority, when: datetime) -> str:
        """Why a credential did not stand at a time, as far as its authority's list says; empty where it did.

        Args:
            credential: its number, 32 hex.
            authority: that signed it.
            when: aware; what was taken back later still stood.
        """
        if self.revocation is None:
            return "nobody here knows whether its credentials stand" if authority.revocations else ""
        now = datetime.now(UTC)
        status = self.revocation.status(credential, authority.revocations, now, issuer=authority.did)
        if status.state == "unknown":
            return f"whether it stands could not be learnt ({status.reason})"
        taken_back = status.state == "revoked" and (status.revoked_at is None or status.revoked_at <= when + SKEW)
        return "it was taken back" if taken_back else ""

    @classmethod
    def at_home(cls, settings: Settings) -> TrustList:
        """This installation's. Raises as `TrustStore.read`."""
        return replace(TrustStore.at_home(settings).read(), revocation=RevocationLists.at_home(settings))


class TrustStore:
    """The trust list of one installation, in one file.

    Args:
        path: made when first written to.
        own: did:keys of this installation; only what they signed counts.
        made_here: did:keys that were ever made here; none of them is an authority here.
    """

    def __init__(self, path: Path, own: Collection[str], made_here: Collection[str] = ()) -> None:
        self.path = Path(path)
        self._made_here = frozenset(own) | frozenset(made_here)
        self._decisions = Decisions(self.path, TYPE, own, 'countenance permission trust add DID --name "Name"')

    @classmethod
    def at_home(cls, settings: Settings) -> TrustStore:
        """This installation's."""
        path = settings.home / "authorities.json"
        if not path.is_file():
            return cls(path, ())
        ring = Keyring.at_home(settings)
        return cls(path, {one.did for one in ring.identities()}, ring.ever())

    @classmethod
    def for_writing(cls, settings: Settings) -> TrustStore:
        """This installation's, with its keys looked up whether or not there is a list yet."""
        ring = Keyring.at_home(settings)
        return cls(settings.home / "authorities.json", {one.did for one in ring.identities()}, ring.ever())

    def read(self) -> TrustList:
        """The list. Raises BadDocument; PermissionRefused: permission.trust_altered."""
        return TrustList(tuple(authority for authority, _ in self._signed()))

    def add(
        self,
        did: str,
        name: str,
        *,
        compared: str,
        by: Signer,
        vouches_for: tuple[str, ...] = ("subject",),
        revocations: str = "",
    ) -> Authority:
        """Trust an authority from now on.

        Raises:
            PermissionRefused: permission.identity; permission.own_key, where the key was made here;
                permission.lookalike, where another authority's name looks the same.
            BadOption: a name or kind that is none.
        """
        decode_did(did)
        check_plain(name, compared)
        if not vouches_for or set(vouches_for) - set(KINDS):
            raise BadOption(f"Nobody vouches for {', '.join(vouches_for) or 'nothing'}.", f"Use {', '.join(KINDS)}.")
        if did in self._made_here:
            raise PermissionRefused(
                f"The key {short_form(did)} was made in this installation; it is no authority here.",
                "Give the authority's own did:key, as it publishes it.",
                code="permission.own_key",
            )
        check_no_lookalike(
            did, name, self.read().authorities, chosen="trusted",
            remedy="If it has a new key, remove the old one first: countenance permission trust remove.",
        )  # fmt: skip
        if unsafe(revocations) is not None or revocations.startswith("http:"):
            raise BadOption(f"{revocations!r} is no address of a list.", "Give an https:// address or a file.")
        at = datetime.now(UTC).isoformat(timespec="seconds")
        authority = Authority(did, name, vouches_for, compared, by.identity.did, at, revocations)
        self._decisions.write(self._others(did), asdict(authority), by)
        return authority

    def remove(self, did: str) -> None:
        """Trust it no more. Raises FileMissing."""
        if self.read().find(did) is None:
            raise FileMissing(f"{did} is not on the trust list.", "See `countenance permission trust list`.")
        self._decisions.write(self._others(did))

    def _others(self, did: str) -> list[SignedDocument]:
        return [document for authority, document in self._signed() if authority.did != did]

    def _signed(self) -> list[tuple[Authority, SignedDocument]]:
        return self._decisions.entries(Authority, "vouches_for")
