"""The answer: all findings of a file, what they come to, and one plain sentence. No I/O."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from countenance.permission.assurance import Assessed
from countenance.verify.changes import Change
from countenance.verify.findings import (
    FileFinding,
    FrameView,
    IssuerFinding,
    ManifestFinding,
    MarkFinding,
    PermissionFinding,
)
from countenance.verify.forensics.findings import SignsFinding
from countenance.verify.judging import Conflict, Outcome, Scope, Tie
from countenance.verify.readers.findings import OthersFinding
from countenance.verify.record import RecordFinding
from countenance.verify.resemblance import Resemblance

__all__ = ["Conflict", "Outcome", "Scope", "Stranger", "Tie", "Verdict"]


@dataclass(frozen=True, slots=True)
class Stranger:
    """A recorded render whose mark the file bears without being shown to be it.

    Attributes:
        found: the record's; nothing of its permission may be told of this file.
        likeness: unlike, or could not be compared.
    """

    found: RecordFinding
    likeness: Resemblance


@dataclass(frozen=True)
class Verdict:
    """What a file is, as far as it can be told.

    Attributes:
        outcome: what the findings come to:
            made        a render that the record knows and that the file surely is, or that a well-signed manifest of
                        ours on it describes
            copied      bears the mark of a recorded render, which it does not resemble: a mark can be copied
            uncompared  bears the mark of a recorded render; whether it is that render could not be compared
            marked      bears our invisible mark, but no record that was asked knows its number
            alike       no mark could be read, but it looks like a recorded render
            signed-ai   well signed by others, who say that AI made it or part of it
            signed      well signed by others, who do not say so
            tampered    its manifest does not hold, and nothing better is known
            marked-others  bears an invisible mark that others put into what AI makes
            noted-ai    a note in it says that AI made it or part of it, or may have; anybody can write one
            unreadable  cannot be decoded, and bears no manifest
            nothing     neither mark nor manifest: which says nothing about how it was made
        summary: one plain sentence in `language`.
        file, manifest, picture, sound, permission: the findings; `manifest` is the file's own.
        record: the render that the file is (for `alike`: looks like); `tie` what ties it to that; `scope` is sound
            where of a file with pictures only the sound is that render's, part where for a while or in a face it
            shows something else.
        recorded: what the manifest in the record states, where the file's own is gone, broken or another.
        vouching: who vouches for each likeness, as this verifier found it itself.
        changes: what was done to this copy.
        conflicts: findings that contradict one another:
            manifest-broken: the manifest does not hold for this file;
            mark-is-not-the-manifests: the invisible mark names another render than the manifest does;
            mark-looks-copied: it bears the mark of a recorded render, which it does not resemble;
            record-is-not-the-manifests: the row in the record contradicts the signed manifest that it keeps;
            record-broken: the manifest in the record does not hold;
            notes-disagree: one note names a camera, another note or mark a generator;
            note-is-not-the-manifests: a manifest that holds says one of these, a note or mark of others the other.
        strangers: recorded renders whose marks it bears without being shown to be them.
        unknown: payloads read that no record knows.
        issuers: whose the numbers are that this installation's record does not have, by a directory of issuers.
        others: payloads of further recorded renders in the file, such as those it was made from.
        marks_of_others: marks and notes that others put into it, and what was looked for.
        signs: of manipulation, where they were asked for.
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
    tie: Tie | None = None
    scope: Scope = "whole"
    recorded: ManifestFinding | None = None
    permission: PermissionFinding | None = None
    vouching: tuple[Assessed, ...] = ()
    changes: tuple[Change, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    strangers: tuple[Stranger, ...] = ()
    unknown: tuple[int, ...] = ()
    issuers: tuple[IssuerFinding, ...] = ()
    others: tuple[int, ...] = ()
    marks_of_others: OthersFinding = field(default_factory=OthersFinding)
    signs: SignsFinding = field(default_factory=SignsFinding)
    record_failure: str = ""
    checked_at: datetime | None = None
    seconds: float = 0.0
    summary: str = ""
    language: str = "en"
    views: tuple[FrameView, ...] = field(default=(), repr=False)

    @property
    def word(self) -> ManifestFinding:
        """The manifest whose statements may be told: the record's where the file's own is another, else its own."""
        return self.manifest if self.recorded is None else self.recorded

    @property
    def signed_again(self) -> bool:
        """Whether someone put a manifest of their own onto a copy of a recorded render."""
        return self.outcome == "made" and self.recorded is not None and self.manifest.good

    @property
    def exit_status(self) -> int:
        """Of `countenance verify`: 10 tampered or contradictory, 11 permission expired or revoked, 12 unreadable."""
        if self.outcome == "unreadable":
            return 12
        if self.conflicts or self.outcome in ("tampered", "copied"):
            return 10
        if self.permission is not None and self.permission.state in ("expired", "revoked"):
            return 11
        return 0

    def as_dict(self) -> dict[str, Any]:
        """For machines: JSON-serialisable, numbers that do not fit a double as strings, no pixels."""
        from countenance.verify.verdict_json import plain

        return plain(self)
