"""What comes of a live take: evidence for a grant, or a refusal that says what was missing. A take is kept sealed.

takes/self.json          the phrase that is waiting to be read for one's own grant
takes/<sha256>.take      a take, sealed by the vault of `identities/`
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from countenance.errors import FileMissing, PermissionRefused, TooLarge
from countenance.files import write_atomically
from countenance.permission.grant import Evidence
from countenance.permission.keyring import Keyring
from countenance.permission.take import Challenge, challenge_for, check_take, new_token
from countenance.permission.vault import make_private_folder
from countenance.settings import Settings, default_settings

WAITS = timedelta(hours=1)
_LONGEST = 256 * 1024 * 1024


def accepted(clip: Path, challenge: Challenge, language: str = "en") -> Evidence:
    """The evidence of a take that was accepted.

    Args:
        clip: video with sound.
        challenge: what was asked of the person.
        language: that the phrase is in.

    Raises:
        PermissionRefused: permission.take, with everything that was missing. InputError, FaceError, LibraryMissing.
    """
    if not clip.is_file():
        raise FileMissing(f"There is no clip {clip}.")
    report = check_take(clip, challenge.phrase, challenge.turns, language=language)
    if not report.alive:
        first, *more = report.lacks
        also = f" Also: {' '.join(lack.sentence for lack in more)}" if more else ""
        raise PermissionRefused(
            f"The take in {clip.name} is not accepted. {first.sentence}{also}",
            " ".join(lack.remedy for lack in report.lacks),
            code="permission.take",
            details=report.as_dict(),
        )
    return Evidence(kind="live-take", sha256=report.sha256, note=f"read aloud: {challenge.phrase}")


def own_challenge(settings: Settings | None = None, now: datetime | None = None) -> Challenge:
    """A fresh phrase for one's own grant; it waits for an hour. Raises OutputFolder, OutputFull."""
    path, now = _waiting(settings), now or datetime.now(UTC)
    token = new_token()
    make_private_folder(path.parent)
    said = {"token": token, "until": (now + WAITS).isoformat(timespec="seconds")}
    write_atomically(path, json.dumps(said).encode(), mode=0o600)
    return challenge_for(token)


def awaited(settings: Settings | None = None, now: datetime | None = None) -> Challenge:
    """The phrase that waits to be read.

    Raises:
        PermissionRefused: permission.take_phrase, where none does, or it waited too long.
    """
    try:
        said = json.loads(_waiting(settings).read_text())
        if (now or datetime.now(UTC)) > datetime.fromisoformat(said["until"]):
            raise ValueError("too late")
        return challenge_for(said["token"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PermissionRefused(
            "No phrase waits to be read, or it waited for more than an hour.",
            "Ask for one, then record it: countenance permission self",
            code="permission.take_phrase",
        ) from error


def settle(settings: Settings | None = None) -> None:
    """The phrase was read: it is not taken again."""
    _waiting(settings).unlink(missing_ok=True)


def keep_take(clip: Path, evidence: Evidence, settings: Settings | None = None) -> Path:
    """Seal a copy of a take. Raises TooLarge, OutputFolder, OutputFull, ProvenanceError."""
    settings = settings or default_settings()
    if clip.stat().st_size > _LONGEST:
        raise TooLarge(f"{clip.name} is larger than 256 MB.", "Record it at a lower resolution.")
    path = settings.home / "takes" / f"{evidence.sha256}.take"
    Keyring.at_home(settings).vault.write(path, clip.read_bytes(), f"take {evidence.sha256}")
    return path


def _waiting(settings: Settings | None) -> Path:
    return (settings or default_settings()).home / "takes" / "self.json"
