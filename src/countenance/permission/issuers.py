"""Whose grants are believed here: identities that someone has held against the person, one by one.

A signature says which key signed; that the key is Ada's, somebody must have seen. `issuers.json` keeps who is believed,
for which kinds, how it was seen, and who saw it. Knows nothing of what grants say.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from countenance.errors import BadDocument, BadOption, FileMissing, PermissionRefused
from countenance.files import write_atomically
from countenance.permission.did import decode_did, short_form
from countenance.permission.names import skeleton, unsafe, unsafe_name
from countenance.permission.vault import make_private_folder
from countenance.settings import Settings, default_settings

KINDS = ("subject", "guardian", "estate", "synthetic")


@dataclass(frozen=True)
class Issuer:
    """An identity that is believed.

    Attributes:
        did: whose grants.
        name: of the person or firm; grants must name the signer alike.
        kinds: of grants that are taken from it; `reviewer` for colleagues who judge likenesses.
        seen: how the key was held against the person: `telephone`, `in person`, a contract's number.
        by: own identity that says so.
        at: ISO 8601, UTC.
    """

    did: str
    name: str
    kinds: tuple[str, ...]
    seen: str
    by: str
    at: str


class KnownIssuers:
    """Who is believed, in one file.

    Args:
        path: made when first written to.
    """

    def __init__(self, path: Path) -> None:
        self.path = Path(path)

    @classmethod
    def at_home(cls, settings: Settings | None = None) -> KnownIssuers:
        """This installation's."""
        return cls((settings or default_settings()).home / "issuers.json")

    def all(self) -> list[Issuer]:
        """Everyone. Raises BadDocument."""
        if not self.path.is_file():
            return []
        try:
            said = json.loads(self.path.read_text("utf-8"))
            return [Issuer(**{**one, "kinds": tuple(one["kinds"])}) for one in said["issuers"]]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BadDocument(f"{self.path} is damaged.", "Restore it from a backup.") from error

    def find(self, did: str) -> Issuer | None:
        """The one with this identity, or None."""
        return next((one for one in self.all() if one.did == did), None)

    def believe(self, did: str, name: str, *, seen: str, by: str, kinds: tuple[str, ...] = ("subject",)) -> Issuer:
        """Take grants from this identity from now on.

        Raises:
            PermissionRefused: permission.identity; permission.lookalike, where another known name looks the same.
            BadOption: a name or kind that is none.
        """
        decode_did(did)
        why = unsafe_name(name) or unsafe(seen) or (None if seen else "nothing")
        if why is not None:
            raise BadOption(f"The name {name!r}, or how the key was seen, is {why}.", "Write both plainly.")
        if not kinds or set(kinds) - {*KINDS, "reviewer"}:
            raise BadOption(f"Grants of {', '.join(kinds) or 'no kind'} are taken from nobody else.", f"Use {KINDS}.")
        for other in self.all():
            if other.did != did and skeleton(other.name) == skeleton(name):
                raise PermissionRefused(
                    f"{other.name!r} is known already, with another key ({short_form(other.did)}).",
                    "If the person has a new key, forget the old one first: countenance permission keys forget.",
                    code="permission.lookalike",
                )
        at = datetime.now(UTC).isoformat(timespec="seconds")
        issuer = Issuer(did, name, kinds, seen, by, at)
        self._write([*(one for one in self.all() if one.did != did), issuer])
        return issuer

    def forget(self, did: str) -> None:
        """Believe it no more. Raises FileMissing."""
        if self.find(did) is None:
            raise FileMissing(f"{did} is not known here.", "See `countenance permission keys show`.")
        self._write([one for one in self.all() if one.did != did])

    def _write(self, issuers: list[Issuer]) -> None:
        make_private_folder(self.path.parent)
        said = {"version": 1, "issuers": [asdict(one) for one in issuers]}
        write_atomically(self.path, json.dumps(said, ensure_ascii=False, indent=1).encode(), mode=0o600)
