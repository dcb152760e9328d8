"""Whose grants are trusted here: identities that someone has compared with the person, one by one.

A signature says which key signed; that the key is Ada's, somebody must have seen. `issuers.json` keeps who is trusted,
for which kinds, how the key was compared, and who compared it; each entry is signed by that identity of this
installation. Knows nothing of what grants say.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from countenance.errors import BadOption, FileMissing, PermissionRefused
from countenance.permission.decisions import Decisions, check_no_lookalike, check_plain
from countenance.permission.did import short_form
from countenance.permission.jws import SignedDocument
from countenance.permission.keyring import Keyring, Signer
from countenance.permission.passkeys import check_signer
from countenance.settings import Settings

TYPE = "countenance-trusted-key+jwt"
KINDS = ("subject", "guardian", "estate", "synthetic")
# How a key was compared, as far as it may be told outside: what people wrote may name somebody.
_WAYS = {
    "video call": ("video", "zoom", "facetime"),
    "telephone": ("phone", "call", "rang", "voice"),
    "in person": ("person", "face to face", "met", "meeting", "visit", "studio", "set"),
    "a letter": ("letter", "post", "mail", "courier"),
    "a contract": ("contract", "agreement", "probate", "notar", "court", "deed"),
    "a web site": ("web", "site", "http", "profile"),
}


@dataclass(frozen=True)
class Issuer:
    """An identity whose grants are trusted.

    Attributes:
        did: whose grants.
        name: of the person or firm; grants must name the signer alike.
        kinds: of grants that are taken from it; `reviewer` for colleagues who judge likenesses.
        seen: how the key was compared with the person: `telephone`, `in person`, a contract's number.
        by: own identity that says so.
        at: ISO 8601, UTC.
    """

    did: str
    name: str
    kinds: tuple[str, ...]
    seen: str
    by: str
    at: str

    @property
    def compared(self) -> str:
        """How the key was compared, in words that name nobody; empty where `seen` is no account of it."""
        said = self.seen.casefold()
        for way, words in _WAYS.items():
            if any(word in said for word in words):
                return way
        return "another way" if len(said.split()) > 1 or len(said) > 6 else ""


class KnownIssuers:
    """Who is trusted, in one file.

    Args:
        path: made when first written to.
        own: did:keys of this installation; only what they signed counts.
        made_here: did:keys that were ever made here; nobody is trusted as another person with one of them.
    """

    def __init__(self, path: Path, own: Collection[str], made_here: Collection[str] = ()) -> None:
        self.path = Path(path)
        self._own = frozenset(own)
        self._made_here = self._own | frozenset(made_here)
        self._decisions = Decisions(self.path, TYPE, self._own, 'countenance permission keys trust DID --name "Name"')

    @classmethod
    def at_home(cls, settings: Settings) -> KnownIssuers:
        """This installation's."""
        ring = Keyring.at_home(settings)
        return cls(settings.home / "issuers.json", {one.did for one in ring.identities()}, ring.ever())

    def all(self) -> list[Issuer]:
        """Everyone. Raises BadDocument; PermissionRefused: permission.trust_altered."""
        return [issuer for issuer, _ in self._signed()]

    def find(self, did: str) -> Issuer | None:
        """The one with this identity, or None. Raises as `all`."""
        return next((one for one in self.all() if one.did == did), None)

    def trust(self, did: str, name: str, *, seen: str, by: Signer, kinds: tuple[str, ...] = ("subject",)) -> Issuer:
        """Take grants from this identity from now on.

        Raises:
            PermissionRefused: permission.identity; permission.lookalike, where another known name looks the same;
                permission.own_key, where the key was made here: nobody vouches for somebody else with it.
            BadOption: a name or kind that is none.
        """
        check_signer(did)
        check_plain(name, seen, how="seen")
        if not kinds or set(kinds) - {*KINDS, "reviewer"}:
            raise BadOption(f"Grants of {', '.join(kinds) or 'no kind'} are taken from nobody else.", f"Use {KINDS}.")
        if did in self._made_here:
            raise PermissionRefused(
                f"The key {short_form(did)} was made in this installation; it cannot stand for {name!r} here.",
                "Let the person make a key on their own machine and sign with that: countenance permission keys new.",
                code="permission.own_key",
            )
        check_no_lookalike(
            did, name, self.all(), chosen="known",
            remedy="If the person has a new key, forget the old one first: countenance permission keys forget.",
        )  # fmt: skip
        at = datetime.now(UTC).isoformat(timespec="seconds")
        issuer = Issuer(did, name, kinds, seen, by.identity.did, at)
        self._decisions.write(self._others(did), asdict(issuer), by)
        return issuer

    def forget(self, did: str) -> None:
        """Trust it no more. Raises FileMissing."""
        if self.find(did) is None:
            raise FileMissing(f"{did} is not known here.", "See `countenance permission keys show`.")
        self._decisions.write(self._others(did))

    def _others(self, did: str) -> list[SignedDocument]:
        return [document for issuer, document in self._signed() if issuer.did != did]

    def _signed(self) -> list[tuple[Issuer, SignedDocument]]:
        return self._decisions.entries(Issuer, "kinds")
