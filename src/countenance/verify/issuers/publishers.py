"""Whose directories of issuers an installation follows: the one in the package, and those that it chose.

`directory-publishers.json` keeps the choices, each signed by the identity of this installation that made it, like the
trust list. Knows nothing of what directories say.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from countenance.errors import BadOption, FileMissing
from countenance.permission.confusables import unsafe
from countenance.permission.decisions import Decisions, check_no_lookalike, check_plain
from countenance.permission.did import decode_did
from countenance.permission.jws import SignedDocument
from countenance.permission.keyring import Keyring, Signer
from countenance.settings import Settings

TYPE = "countenance-directory-publisher+jwt"
_MOST_MIRRORS = 8


@dataclass(frozen=True)
class Publisher:
    """One whose directory is followed.

    Attributes:
        did: did:key of the key it signs directories with.
        name: as it is told to people.
        mirrors: https addresses or files from which its directory can be had, in the order in which they are tried.
        compared: how its key was compared with it.
        by: own identity that chose it; empty for the package's.
        at: ISO 8601, UTC; empty for the package's.
    """

    did: str
    name: str
    mirrors: tuple[str, ...] = ()
    compared: str = ""
    by: str = ""
    at: str = ""


PACKAGED = Publisher(
    "did:key:z6MkgESvBMcnQdCd2nEWC82yFtUHh6Vsuk9G1SrtF3fMtFpa",
    "the Countenance project",
    compared="came with the package",
)
"""Whose directory lies in the package, as `packaged.jwt`. It lists nobody yet, and its private key was destroyed when
it was signed: the release that lists somebody brings another."""


class Publishers:
    """Those that one installation follows.

    Args:
        settings: of its home.
    """

    def __init__(self, settings: Settings) -> None:
        self.path = settings.home / "directory-publishers.json"
        own = {one.did for one in Keyring.at_home(settings).identities()}
        self._decisions = Decisions(self.path, TYPE, own, 'countenance issuers trust DID --name "Name"')

    def all(self) -> list[Publisher]:
        """The package's first. Raises BadDocument; PermissionRefused: permission.trust_altered."""
        return [PACKAGED, *(publisher for publisher, _ in self._signed())]

    def add(self, did: str, name: str, *, mirrors: tuple[str, ...], compared: str, by: Signer) -> Publisher:
        """Follow a directory from now on. Its mirrors replace those of before.

        Raises:
            PermissionRefused: permission.identity; permission.lookalike, where another one's name looks the same.
            BadOption: a name, or a mirror that is no https address and no file.
        """
        decode_did(did)
        check_plain(name, compared)
        if len(mirrors) > _MOST_MIRRORS or any(not _can_be_fetched(one) for one in mirrors):
            raise BadOption(
                f"{', '.join(mirrors)[:200]} are no mirrors of a directory.",
                f"Give up to {_MOST_MIRRORS} https:// addresses or paths of files.",
            )
        check_no_lookalike(
            did, name, self.all(), chosen="followed",
            remedy="If it has a new key, remove the old one first: countenance issuers distrust.",
        )  # fmt: skip
        at = datetime.now(UTC).isoformat(timespec="seconds")
        added = Publisher(did, name, mirrors, compared, by.identity.did, at)
        self._decisions.write(self._others(did), asdict(added), by)
        return added

    def remove(self, did: str) -> None:
        """Follow it no more. Raises FileMissing."""
        if all(one.did != did for one, _ in self._signed()):
            raise FileMissing(f"No directory of {did} is followed by choice.", "See `countenance issuers show`.")
        self._decisions.write(self._others(did))

    def _others(self, did: str) -> list[SignedDocument]:
        return [document for publisher, document in self._signed() if publisher.did != did]

    def _signed(self) -> list[tuple[Publisher, SignedDocument]]:
        return self._decisions.entries(Publisher, "mirrors")


def _can_be_fetched(mirror: str) -> bool:
    if unsafe(mirror) is not None or not mirror:
        return False
    scheme = urlsplit(mirror).scheme.lower()
    return scheme == "https" or "://" not in mirror
