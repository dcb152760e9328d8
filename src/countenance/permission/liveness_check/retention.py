"""What stays of a take: the clip, sealed, or nothing but its hash, as the person chooses. And which phrases are open.

    takes/<SHA-256 of the clip>.take      the clip, sealed by the vault
    challenges/<token>.json               a phrase that was asked for: until when
    challenges/<token>.used               … and that it was read

A take is biometric: never logged, never copied in clear, deleted on demand.
"""

from __future__ import annotations

import hashlib
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from countenance.errors import FileMissing, PermissionRefused, TooLarge
from countenance.files import write_atomically
from countenance.permission.grant import GrantEvidence
from countenance.permission.likeness_keys import shred
from countenance.permission.liveness_check.liveness_verdict import TakeReport
from countenance.permission.liveness_check.phrases import Challenge, challenge_for, new_token
from countenance.permission.vault import Vault, make_private_folder
from countenance.settings import Settings

Keep = Literal["sealed", "hash"]
LARGEST = 128 << 20  # bytes of a clip that is kept
LIFE = timedelta(minutes=30)


class Takes:
    """The takes kept here.

    Args:
        folder: where they lie.
        vault: seals them.
    """

    def __init__(self, folder: Path, vault: Vault) -> None:
        self.folder = Path(folder)
        self.vault = vault

    @classmethod
    def at_home(cls, settings: Settings) -> Takes:
        """This installation's, under the key of its identities."""
        home = settings.home
        return cls(home / "takes", Vault(home / "identities"))

    def keep(self, clip: Path, report: TakeReport, how: Keep) -> GrantEvidence:
        """What a grant says of its take; the clip itself is sealed here, or not kept at all.

        Raises:
            PermissionRefused: permission.take, where it was not accepted, or is not the clip that was judged.
            TooLarge, OutputFolder, OutputFull; ProvenanceError: mark.passphrase.
        """
        refuse_unless_alive(report)
        if how == "sealed":
            if clip.stat().st_size > LARGEST:
                raise TooLarge(f"{clip.name} has more than {LARGEST >> 20} MiB.", "Record a shorter or smaller take.")
            data = clip.read_bytes()
            if hashlib.sha256(data).hexdigest() != report.sha256:
                raise _refused("The clip is not the one that was judged.", "Check it again.")
            self.vault.write(self._file(report.sha256), data, f"take {report.sha256}")
        note = "A live take; the clip is kept sealed." if how == "sealed" else "A live take; only its hash is kept."
        return GrantEvidence(kind="live-take", sha256=report.sha256, note=note)

    def open(self, sha256: str) -> bytes:
        """The clip in clear. Raises FileMissing; ProvenanceError: mark.passphrase."""
        path = self._file(sha256)
        if not path.is_file():
            raise FileMissing("This take is not kept here.", "Only its hash was kept, or it was deleted.")
        return self.vault.open(path.read_bytes(), f"take {sha256}")

    def delete(self, sha256: str) -> bool:
        """Overwrite and forget a take; whether there was one. Enter it in the ledger."""
        path = self._file(sha256)
        there = path.is_file()
        if there:
            shred(path)
        return there

    def _file(self, sha256: str) -> Path:
        if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
            raise FileMissing(f"{sha256[:80]!r} is no SHA-256 of a take.")
        return self.folder / f"{sha256}.take"


class Challenges:
    """Phrases that were asked for and not read yet: each is good for one take, within half an hour.

    Args:
        folder: where they lie.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)

    @classmethod
    def at_home(cls, settings: Settings) -> Challenges:
        """This installation's."""
        return cls(settings.home / "challenges")

    def issue(self, now: datetime | None = None) -> Challenge:
        """A fresh phrase. Raises OutputFolder, OutputFull."""
        now = now or datetime.now(UTC)
        challenge = challenge_for(new_token())
        make_private_folder(self.folder)
        said = {"until": int((now + LIFE).timestamp())}
        write_atomically(self.folder / f"{challenge.token}.json", json.dumps(said).encode(), mode=0o600)
        return challenge

    def redeem(self, token: str, now: datetime | None = None) -> Challenge:
        """Use a phrase up, once.

        Raises:
            PermissionRefused: permission.phrase, where it was never asked for, is too old, or was used.
        """
        now = now or datetime.now(UTC)
        challenge = challenge_for(token)
        try:
            until = int(json.loads((self.folder / f"{challenge.token}.json").read_bytes())["until"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise _stale("This phrase was not asked for here") from error
        if now.timestamp() > until:
            raise _stale("This phrase was asked for more than half an hour ago")
        try:
            os.close(os.open(self.folder / f"{challenge.token}.used", os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except FileExistsError as error:
            raise _stale("This phrase was read already") from error
        return challenge


def refuse_unless_alive(report: TakeReport) -> None:
    """Raises PermissionRefused: permission.take, with all that the take lacks."""
    if report.lacks:
        first = report.lacks[0]
        more = "" if len(report.lacks) == 1 else f" ({len(report.lacks) - 1} more reasons)"
        error = _refused(f"The take is not accepted. {first.sentence}{more}", first.remedy)
        error.details.update(report.as_dict())
        raise error


def _refused(why: str, remedy: str) -> PermissionRefused:
    return PermissionRefused(why, remedy, code="permission.take")


def _stale(why: str) -> PermissionRefused:
    return PermissionRefused(f"{why}.", "Ask for a new phrase, and record the take anew.", code="permission.phrase")
