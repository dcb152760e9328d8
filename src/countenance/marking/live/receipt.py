"""What the live exit answers when a session is over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from countenance.permission.scripts import TOPICS, Topic


@dataclass(frozen=True, slots=True)
class LiveReceipt:
    """A session that was.

    Attributes:
        payload: 16 hex digits that its invisible marks carried; `countenance verify` finds it by them.
        manifest_id: urn:c2pa:… of the manifest that was signed when it began.
        permit_id: of the permission.
        began, ended: aware, UTC.
        frames: how many left.
        seconds: how long it ran.
        reason: why it ended, a code: `closed`, or of the error that ended it: permission.revoked, permission.expired.
        message: that error's sentence; empty where it was closed.
        marks: which invisible marks were laid: picture, sound.
        label: what the label for people said.
        signer: local, imported, pkcs11 or remote.
        script: what was found in words that were said in it, each once somebody had confirmed them.
    """

    payload: str
    manifest_id: str
    permit_id: str
    began: datetime
    ended: datetime
    frames: int
    seconds: float
    reason: str
    message: str
    marks: tuple[str, ...]
    label: str
    signer: str
    script: tuple[Topic, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """JSON-serialisable."""
        return {
            "render_id": self.payload,
            "manifest_id": self.manifest_id,
            "permit": self.permit_id,
            "began": self.began.isoformat(timespec="milliseconds"),
            "ended": self.ended.isoformat(timespec="milliseconds"),
            "frames": self.frames,
            "seconds": round(self.seconds, 2),
            "reason": self.reason,
            "message": self.message,
            "marks": list(self.marks),
            "label": self.label,
            "signer": self.signer,
            "script": [TOPICS[topic] for topic in self.script],
        }
