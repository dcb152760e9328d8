"""Whether a grant still stands: the lists that signers publish, kept, held to each other, and relied on for a while.

    revocations/<SHA-256 of the issuer's did:key>/<number>.jwt     the newest lists, as signed
    revocations/<…>/checked.json                                    which number was last had from its address, and when

Fails closed: what cannot be had fresh is `unknown`, and what the policy makes of that is a setting. A list older than
one that was seen, or that forgets a revocation, is not accepted. A revocation once seen holds without any network.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from countenance.errors import CountenanceError, OutputExists
from countenance.files import write_atomically
from countenance.permission.jws import LONGEST
from countenance.permission.keyring import Signer
from countenance.permission.protocols import RevocationStatus
from countenance.permission.revocation_list import SKEW, RevokedGrant, SignedList, next_list, read_list
from countenance.permission.revocation_source import NotFetched, fetch_list
from countenance.permission.vault import make_private_folder
from countenance.settings import MOST_REVOCATION_AGE, Settings

RECHECK = timedelta(minutes=5)
VALID = timedelta(days=90)
_KEPT = 3  # how many older lists stay, as evidence


class RevocationLists:
    """The lists kept here; implements `seams.RevocationCheck`.

    Args:
        folder: where they are kept; made when first needed.
        max_age: how old the last successful look may be; a week at most.
        recheck: how long a look spares the next one.
        fetch: gets the bytes at an address, or raises NotFetched.
    """

    def __init__(
        self,
        folder: Path,
        *,
        max_age: timedelta = timedelta(days=1),
        recheck: timedelta = RECHECK,
        fetch: Callable[[str], bytes] = fetch_list,
    ) -> None:
        self.folder = Path(folder)
        self.max_age = min(max_age, timedelta(seconds=MOST_REVOCATION_AGE))
        self.recheck = min(recheck, self.max_age)
        self._fetch = fetch

    @classmethod
    def at_home(cls, settings: Settings, *, recheck: timedelta = RECHECK) -> RevocationLists:
        """This installation's, with the settings' maximum age."""
        age = timedelta(seconds=settings.revocation_max_age)
        return cls(settings.home / "revocations", max_age=age, recheck=recheck)

    def status(self, grant_id: str, revocation_url: str, now: datetime, *, issuer: str) -> RevocationStatus:
        """Whether the grant stands at `now`; see `seams.RevocationCheck`. Raises nothing."""
        kept = self.newest(issuer)
        if kept is not None and (found := _revoked(kept, grant_id)):
            return found
        if not revocation_url:
            return RevocationStatus("good", kept.list.issued_at if kept else None, reason="the grant names no list")
        problem = ""
        due = kept is None or now > kept.list.next_at
        ago = self._ago(issuer, kept, now)
        if due or ago is None or ago > self.recheck:
            problem = self._look(revocation_url, issuer, now)
            kept = self.newest(issuer)
            if kept is not None and (found := _revoked(kept, grant_id)):
                return found
            ago = self._ago(issuer, kept, now)
        if kept is None:
            return RevocationStatus("unknown", reason=problem or "there is no list yet")
        at = kept.list.issued_at
        if ago is None or ago > self.max_age:
            return RevocationStatus("unknown", at, reason=problem or "its list was last seen too long ago")
        if now > kept.list.next_at + SKEW:
            return RevocationStatus("unknown", at, reason=f"its list was to be renewed by {kept.list.next_at:%Y-%m-%d}")
        return RevocationStatus("good", at, reason=problem, seen=ago)

    def newest(self, issuer: str) -> SignedList | None:
        """The newest list of an issuer that is kept here and whose signature holds."""
        for path in sorted(self._place(issuer).glob("*.jwt"), reverse=True):
            try:
                return read_list(path.read_bytes()[: LONGEST + 1], issuer)
            except (CountenanceError, OSError):
                continue  # damaged on this disk: the next older one, until it is fetched again
        return None

    def keep(self, signed: SignedList, now: datetime) -> str | None:
        """Keep a list that was just had from its signer; why it is not accepted, in a few words, or None.

        Raises:
            OutputFolder, OutputFull: it cannot be kept.
        """
        issuer = signed.list.issuer
        kept = self.newest(issuer)
        if kept is not None and (why := signed.follows(kept, now)) is not None:
            return why
        place = self._place(issuer)
        make_private_folder(place)
        write_atomically(place / f"{signed.list.number:020d}.jwt", signed.document.text.encode(), mode=0o600)
        for old in sorted(place.glob("*.jwt"))[:-_KEPT]:
            old.unlink(missing_ok=True)
        said = {"number": signed.list.number, "at": int(now.timestamp())}
        write_atomically(place / "checked.json", json.dumps(said).encode(), mode=0o600)
        return None

    def _look(self, address: str, issuer: str, now: datetime) -> str:
        """Fetch and keep; what went wrong, in a few words, or nothing."""
        try:
            signed = read_list(self._fetch(address), issuer, now)
            why = self.keep(signed, now)
        except NotFetched as error:
            return f"the list at {address[:120]} could not be had: {error}"
        except CountenanceError as error:
            return error.message.rstrip(".")
        return "" if why is None else f"the list at {address[:120]} is not accepted: {why}"

    def _ago(self, issuer: str, kept: SignedList | None, now: datetime) -> timedelta | None:
        """How long ago the list that is kept was had from its address; None where that is not known."""
        try:
            said = json.loads((self._place(issuer) / "checked.json").read_bytes())
            at, number = datetime.fromtimestamp(said["at"], UTC), said["number"]
        except (OSError, ValueError, KeyError, TypeError, OverflowError):
            return None
        return now - at if kept is not None and number == kept.list.number and now - at >= -SKEW else None

    def _place(self, issuer: str) -> Path:
        return self.folder / hashlib.sha256(issuer.encode()).hexdigest()


def publish_list(
    signer: Signer,
    output: Path,
    revoke: Sequence[RevokedGrant] = (),
    *,
    lists: RevocationLists,
    now: datetime | None = None,
    valid: timedelta = VALID,
) -> SignedList:
    """Write the signer's next list, with these grants added, and keep it here at once. Without any: renew the list.

    Args:
        signer: who signed the grants.
        output: the file to serve; where it holds the list so far, that is gone on from.
        revoke: what is taken back.
        valid: for how long the list holds without being renewed.

    Raises:
        OutputExists: `output` is something else than this signer's list, or newer than what can follow.
        OutputFolder, OutputFull; PermissionRefused: permission.size.
    """
    now = now or datetime.now(UTC)
    older = lists.newest(signer.identity.did)
    there = _already(output, signer.identity.did)
    if there is not None and (older is None or there.list.number > older.list.number):
        older = there
    made = next_list(signer, older, revoke, now=now, valid=valid)
    write_atomically(output, made.document.text.encode() + b"\n")
    if (why := lists.keep(made, now)) is not None:
        raise OutputExists(f"{output.name} was written, but does not follow what is kept here: {why}.")
    return made


def _already(output: Path, issuer: str) -> SignedList | None:
    if not output.exists():
        return None
    try:
        return read_list(output.read_bytes()[: LONGEST + 1], issuer)
    except (CountenanceError, OSError) as error:
        raise OutputExists(
            f"{output} exists and is not this signer's revocation list.",
            "Choose another file, or move that one away.",
        ) from error


def _revoked(kept: SignedList, grant_id: str) -> RevocationStatus | None:
    found = kept.list.find(grant_id)
    if found is None:
        return None
    return RevocationStatus("revoked", kept.list.issued_at, found.since_at, found.reason)
