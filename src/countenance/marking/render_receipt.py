"""What the exit answers when a file is written."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was written.

    Attributes:
        path: the file.
        frames: how many; 1 for a picture, 0 for sound.
        duration: seconds; 0 for a picture.
        sha256: of the file, hexadecimal.
        payload: 16 hex digits that the invisible marks carry.
        manifest_id: urn:c2pa:….
        signer: local, imported, pkcs11 or remote.
        state: Trusted on this machine, or Valid.
        time_stamped: whether a time-stamp server vouched for the time.
        marks: which invisible marks were laid: picture, sound.
        label: what the label for people says, seen or heard.
        sidecar: the manifest's own file where the container cannot hold it.
    """

    path: Path
    frames: int
    duration: Fraction
    sha256: str
    payload: str
    manifest_id: str
    signer: str
    state: str
    time_stamped: bool
    marks: tuple[str, ...]
    label: str
    sidecar: Path | None = None

    @property
    def self_issued(self) -> bool:
        """Signed by a chain that this installation made for itself."""
        return self.signer == "local"
