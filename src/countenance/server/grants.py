"""The grants kept in the home: what they allow, whether they stand, who vouches for their key, and their end."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from countenance.errors import CountenanceError, PermissionRefused
from countenance.files import write_atomically
from countenance.permission.did import short_form
from countenance.permission.issuers import KnownIssuers
from countenance.permission.keyring import Identity, Keyring
from countenance.permission.ledger import Ledger
from countenance.permission.ledger.records import deletion_body
from countenance.permission.ledger.usage import MadeFile, Usage
from countenance.permission.ledger_entries import note_grant
from countenance.permission.plain_words import grant_lines
from countenance.permission.revocation import RevocationLists
from countenance.permission.signed_grant import SignedGrant, load_grant, read_grant
from countenance.permission.templates import TemplateStore
from countenance.permission.vault import make_private_folder
from countenance.server.jobs.queue import Queue
from countenance.server.refusals import NotThere
from countenance.settings import Settings

State = Literal["good", "uncompared", "not_yet", "expired", "revoked"]


@dataclass(frozen=True)
class KeptGrant:
    """A grant in the home.

    Attributes:
        name: under which jobs name it: its number, or `self`.
        signed: the grant.
        state: good; uncompared: nobody here has compared the key with the person; not_yet, expired, revoked.
        short_key: the last letters of the signer's key, to compare over the telephone.
        uses: renders made under it.
    """

    name: str
    signed: SignedGrant
    state: State
    short_key: str
    uses: int

    @property
    def lines(self) -> list[tuple[str, str]]:
        """All of it in plain words."""
        return grant_lines(self.signed)


class Grants:
    """The grants of one home.

    Args:
        settings: whose.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def all(self) -> list[KeptGrant]:
        """All that can be read, newest first."""
        found = []
        for path in self._folder.glob("*.jwt"):
            try:
                found.append(self._kept(path))
            except CountenanceError:
                continue  # `find` tells why
        return sorted(found, key=lambda one: -one.signed.grant.issued)

    def find(self, name: str) -> KeptGrant:
        """One of them. Raises NotThere; PermissionRefused: it is no honest grant."""
        path = self._folder / f"{name}.jwt"
        if not path.is_file():
            raise NotThere(f"There is no grant {name[:60]!r} here.")
        return self._kept(path)

    def keep(self, document: str, face: str = "", consent: str = "", credential: str = "") -> KeptGrant:
        """Keep a grant that came as files, with what came beside it. Raises PermissionRefused, BadDocument."""
        signed = read_grant(document)
        own = {one.did for one in Keyring.at_home(self._settings).identities()}
        if signed.grant.audience not in own:
            raise PermissionRefused(
                "The grant was given to somebody else.", "Only its grantee can use it.", code="permission.grantee"
            )
        make_private_folder(self._folder)
        path = self._folder / f"{signed.grant.id}.jwt"
        if path.is_file() and load_grant(path).sha256 != signed.sha256:
            raise PermissionRefused(
                "Another grant of this number is kept here.", "Ask for one of its own.", code="permission.taken"
            )
        with Ledger.open(self._settings) as ledger:
            if Usage(ledger).taken_back(signed.grant.id) is not None:
                raise PermissionRefused(
                    "The grant was taken back here.", "Ask the person for a new one.", code="permission.revoked"
                )
        for suffix, text in ((".face", face), (".consent", consent), (".credential", credential)):
            if text:
                write_atomically(path.with_suffix(suffix), text.encode(), mode=0o600)
        write_atomically(path, signed.document.text.encode() + b"\n", mode=0o600)
        with Ledger.open(self._settings) as ledger:
            note_grant(signed, ledger)
        return self._kept(path)

    def compared(self, name: str, how: str) -> KeptGrant:
        """Somebody here has compared the key with the person, and says how. Raises as `KnownIssuers.trust`."""
        kept = self.find(name)
        grant = kept.signed.grant
        signer = Keyring.at_home(self._settings).signer(grant.audience)
        KnownIssuers.at_home(self._settings).trust(
            grant.issuer, grant.signer.name, seen=how, by=signer, kinds=(grant.kind,)
        )
        return self.find(name)

    def taken_back(self, numbers: Sequence[str]) -> bool:
        """Whether one of these grants was taken back, be it still kept here or not."""
        if not numbers:
            return False
        kept = {one.signed.grant.id: one.state for one in self.all()}
        with Ledger.open(self._settings) as ledger:
            usage = Usage(ledger)
            return any(kept.get(one) == "revoked" or usage.taken_back(one) is not None for one in numbers)

    def files(self, number: str) -> list[MadeFile]:
        """What was made under a grant."""
        with Ledger.open(self._settings) as ledger:
            return list(Usage(ledger).files(number))

    @property
    def _folder(self) -> Path:
        return self._settings.home / "grants"

    def _kept(self, path: Path) -> KeptGrant:
        signed = load_grant(path)
        grant = signed.grant
        return KeptGrant(path.stem, signed, self._state(signed), short_form(grant.issuer), len(self.files(grant.id)))

    def _state(self, signed: SignedGrant) -> State:
        grant, now = signed.grant, datetime.now(UTC)
        newest = RevocationLists.at_home(self._settings).newest(grant.issuer)
        if newest is not None and newest.list.find(grant.id) is not None:
            return "revoked"
        with Ledger.open(self._settings) as ledger:
            if Usage(ledger).taken_back(grant.id) is not None:
                return "revoked"
        if now >= grant.ends_at:
            return "expired"
        if now < grant.begins_at:
            return "not_yet"
        own = {one.did for one in Keyring.at_home(self._settings).identities()}
        if grant.issuer not in own and KnownIssuers.at_home(self._settings).find(grant.issuer) is None:
            return "uncompared"
        return "good"


def give_up(
    signed: SignedGrant, settings: Settings, queue: Queue, *, why: Literal["asked", "revoked"]
) -> tuple[list[str], list[int]]:
    """Delete a grant and the face that came with it, for good; what rests on it ends.

    Returns:
        The jobs that end, and the ledger's entries of what was deleted.
    """
    grant = signed.grant
    ended = queue.stop_resting_on(grant.id)
    store = TemplateStore.at_home(settings)
    with Ledger.open(settings) as ledger:
        for path in (settings.home / "grants").glob("*.jwt"):
            if hashlib.sha256(path.read_bytes().strip()).hexdigest() == signed.sha256:
                for beside in (path, *(path.with_suffix(one) for one in (".face", ".consent", ".credential"))):
                    beside.unlink(missing_ok=True)
        entries = [ledger.append("deletion", deletion_body("grant", signed.sha256, why, grant.id)).seq]
        for fingerprint in grant.likeness.faces:
            if store.forget(fingerprint):
                entries.append(ledger.append("deletion", deletion_body("template", fingerprint, why, grant.id)).seq)
    return ended, entries


def numbers_of(names: tuple[str, ...], settings: Settings) -> tuple[str, ...]:
    """The numbers under which grants are taken back; one that is kept under a name has one too."""
    return tuple(load_grant(settings.home / "grants" / f"{one}.jwt").grant.id for one in names)


def asker(settings: Settings, name: str = "") -> Identity:
    """The identity that asks: the home's own, made where there is none yet.

    Raises:
        PermissionRefused: permission.no_identity, where there is none and no name was given for one.
    """
    ring = Keyring.at_home(settings)
    if ring.identities():
        return ring.find()
    called = name or settings.organisation
    if not called:
        raise PermissionRefused(
            "Nobody is named as the one who asks.",
            "Say who you are: your name, or your firm's.",
            code="permission.no_identity",
        )
    return ring.make(called)
