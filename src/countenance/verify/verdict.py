"""The answer: all findings of a file, what they come to, and one plain sentence. No I/O."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from countenance.verify.changes import Change
from countenance.verify.findings import FileFinding, ManifestFinding, MarkFinding, PermissionFinding, View
from countenance.verify.record import RecordFinding

Outcome = Literal["made", "marked", "alike", "signed-ai", "signed", "tampered", "unreadable", "nothing"]
"""What the findings come to:

made        a render that the record knows, or that a well-signed manifest of ours describes
marked      bears our invisible mark, but no record that was asked knows its number
alike       no mark could be read, but it looks like a recorded render
signed-ai   well signed by others, who say that AI made it or part of it
signed      well signed by others, who do not say so
tampered    its manifest does not hold, and nothing better is known
unreadable  cannot be decoded, and bears no manifest
nothing     neither mark nor manifest: which says nothing about how it was made
"""
Conflict = Literal["manifest-broken", "mark-is-not-the-manifests", "mark-looks-copied"]


@dataclass(frozen=True)
class Verdict:
    """What a file is, as far as it can be told.

    Attributes:
        outcome: see `Outcome`.
        summary: one plain sentence in `language`.
        file, manifest, picture, sound, record, permission: the findings; `manifest` is the file's own.
        recorded: what the manifest in the record states, where the file's own is gone, broken or another.
        changes: what was done to this copy.
        conflicts: findings that contradict one another:
            manifest-broken: the manifest does not hold for this file;
            mark-is-not-the-manifests: the invisible mark names another render than the manifest does;
            mark-looks-copied: the mark lies straight and whole, but the picture looks like nothing of its render.
        unknown: payloads read that no record knows.
        others: payloads of further recorded renders in the file, such as those it was made from.
        record_failure: why the record could not be asked.
        seconds: that it took.
        views: frames for showing; not part of `as_dict`.
    """

    outcome: Outcome
    file: FileFinding
    manifest: ManifestFinding
    picture: MarkFinding
    sound: MarkFinding
    record: RecordFinding | None = None
    recorded: ManifestFinding | None = None
    permission: PermissionFinding | None = None
    changes: tuple[Change, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    unknown: tuple[int, ...] = ()
    others: tuple[int, ...] = ()
    record_failure: str = ""
    checked_at: datetime | None = None
    seconds: float = 0.0
    summary: str = ""
    language: str = "en"
    views: tuple[View, ...] = field(default=(), repr=False)

    @property
    def word(self) -> ManifestFinding:
        """The manifest whose statements may be told: the record's where the file's own is another, else its own."""
        return self.manifest if self.recorded is None else self.recorded

    @property
    def signed_again(self) -> bool:
        """Whether someone put a manifest of their own onto a copy of a recorded render."""
        return self.recorded is not None and self.manifest.good

    @property
    def exit_status(self) -> int:
        """Of `countenance verify`: 10 tampered or contradictory, 11 permission expired or revoked, 12 unreadable."""
        if self.outcome == "unreadable":
            return 12
        if self.conflicts or self.outcome == "tampered":
            return 10
        if self.permission is not None and self.permission.state in ("expired", "revoked"):
            return 11
        return 0

    def as_dict(self) -> dict[str, Any]:
        """For machines: JSON-serialisable, numbers that do not fit a double as strings, no pixels."""
        from countenance.verify.plain import plain

        return plain(self)
