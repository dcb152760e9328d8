"""From findings to what they come to: one table, no I/O, no words.

A record may be used for a file only where the file surely is its render: the very bytes, a manifest that holds for
these bytes, or a mark together with a likeness (`Tie`). The signed manifest goes before the row that keeps it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from countenance.errors import ProvenanceError
from countenance.marking.bindings import ALGORITHMS, payload_of
from countenance.verify.findings import FileFinding, ManifestFinding
from countenance.verify.readers.findings import OthersFinding
from countenance.verify.record import RecordFinding
from countenance.verify.resemblance import Resemblance
from countenance.verify.statements import text

Outcome = Literal[
    "made",
    "copied",
    "uncompared",
    "marked",
    "alike",
    "signed-ai",
    "signed",
    "tampered",
    "marked-others",
    "noted-ai",
    "unreadable",
    "nothing",
]
Conflict = Literal[
    "manifest-broken",
    "mark-is-not-the-manifests",
    "mark-looks-copied",
    "record-is-not-the-manifests",
    "record-broken",
    "notes-disagree",
    "note-is-not-the-manifests",
]
CAMERA = frozenset({"digitalCapture", "computationalCapture", "negativeFilm", "positiveFilm", "print", "screenCapture"})
"""IPTC's kinds of source that a device took."""
Scope = Literal["whole", "part", "sound"]
Tie = Literal["bytes", "picture", "sound", "looks", "copied", "unknown"]
"""What ties a file to a recorded render: its bytes (or its manifest, which names them); picture or sound, that bear its
mark and resemble it; looks alone; or nothing: the mark is on something else, or that could not be compared."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """A recorded render that something leads to, and what is known of whether the file is it.

    Attributes:
        found: the record's.
        signed: what the manifest in the record states, read without the file; None where it keeps none.
        holds: that manifest, or the file's own of the same name, names these very bytes.
        likeness: by picture and sound.
    """

    found: RecordFinding
    signed: ManifestFinding | None
    holds: bool
    likeness: Resemblance

    @property
    def tie(self) -> Tie:
        """The strongest tie."""
        if self.holds:
            return "bytes"
        if self.likeness.picture in ("alike", "partly"):
            return "picture"
        if self.likeness.sound in ("alike", "partly"):
            return "sound"
        if "unknown" in (self.likeness.picture, self.likeness.sound):
            return "unknown"
        if "unlike" in (self.likeness.picture, self.likeness.sound):
            return "copied"
        return "looks"

    @property
    def edited(self) -> bool:
        """Whether the row contradicts the signed manifest that it keeps, or is not named by it."""
        return bool(contradictions(self.found, self.signed))


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the findings come to.

    Attributes:
        outcome, conflicts: as in `Verdict`.
        render: the recorded render that the file is, or, for `alike`, looks like.
        tie: what ties it to that.
        scope: sound, where of a file with pictures only the sound is that render's; part, where for a while or in a
            face it shows something else, or there are pages or tracks that were not looked at.
        strangers: recorded renders whose marks it bears without being shown to be them.
        ours: the file's own manifest holds, and is of a render by Countenance.
    """

    outcome: Outcome
    conflicts: tuple[Conflict, ...] = ()
    render: Weighed | None = None
    tie: Tie | None = None
    scope: Scope = "whole"
    strangers: tuple[Weighed, ...] = ()
    ours: bool = False


def contradictions(found: RecordFinding, signed: ManifestFinding | None) -> tuple[str, ...]:
    """What of a row is otherwise in the signed manifest that it keeps: names of the record's fields."""
    if signed is None:
        return ()
    wrong = []
    said = signed.permission
    if said is not None and found.kind:
        pairs = (
            ("use", found.use, said.use),
            ("kind", found.kind, said.kind),
            ("basis", text(found.basis), said.basis),
            ("grant_sha256", found.grant_sha256, said.grant_sha256),
            ("permit", found.permit, said.permit),
        )
        wrong += [name for name, row, manifest in pairs if row != manifest]
    if said is None and found.kind:
        wrong.append("kind")
    named = payloads_of(signed)
    if found.payload is not None and named and found.payload not in named:
        wrong.append("payload")
    if signed.manifest_id != found.manifest_id:
        wrong.append("manifest_id")
    return tuple(wrong)


def payloads_of(manifest: ManifestFinding) -> set[int]:
    """The payloads that a manifest's soft bindings of ours name."""
    named = set()
    for algorithm, value in manifest.bindings:
        if algorithm in ALGORITHMS:
            try:
                named.add(payload_of(value))
            except ProvenanceError:
                continue
    return named


def judge(
    file: FileFinding,
    manifest: ManifestFinding,
    read: Sequence[int],
    weighed: Sequence[Weighed],
    others: OthersFinding = OthersFinding(),
) -> Judgement:
    """What the findings come to.

    Args:
        manifest: the file's own.
        read: payloads of the marks that were read.
        weighed: what the record led to, the surest clue first.
        others: marks and notes of others: they decide where nothing better is known.
    """
    usable = [one for one in weighed if one.signed is not None and one.signed.good and not _misnamed(one)]
    mine = next((one for tie in ("bytes", "picture", "sound") for one in usable if one.tie == tie), None)
    ours = manifest.good and manifest.permission is not None and manifest.says_ai
    if ours and mine is not None and mine.tie != "bytes":
        # Its own mark beside that of what it was made from: the file is the child, which no record here knows.
        own = payloads_of(manifest) - {mine.found.payload}
        mine = None if own & set(read) else mine
    parents = set() if mine is None else {int(parent, 16) for parent in mine.found.parents}
    strangers = tuple(
        one
        for one in weighed
        if one is not mine
        and one.tie in ("copied", "unknown")
        and one.found.payload not in parents
        and not (ours and one.found.manifest_id == manifest.manifest_id)
    )
    conflicts = (*_conflicts(manifest, read, mine, weighed, strangers), *_others_conflicts(manifest, others))

    def judged(outcome: Outcome) -> Judgement:
        return Judgement(outcome, conflicts, strangers=strangers, ours=ours)

    if mine is not None:
        has_picture = file.kind in ("picture", "video", "head")
        scope: Scope = "sound" if mine.tie == "sound" and has_picture else "whole"
        if scope == "whole" and mine.tie == "sound" and mine.likeness.sound == "partly":
            scope = "part"
        if mine.tie == "picture" and (mine.likeness.picture == "partly" or file.further):
            scope = "part"
        return Judgement("made", conflicts, mine, mine.tie, scope, strangers, ours)
    if ours:
        return judged("made")
    if manifest.good or manifest.state in ("unchecked", "lapsed"):
        return judged("signed-ai" if manifest.says_ai else "signed")
    if manifest.state == "invalid":
        return judged("tampered")
    if any(one.tie == "unknown" for one in strangers):
        return judged("uncompared")
    if strangers:
        return judged("copied")
    if read:
        return judged("marked")
    looks = next((one for one in usable if one.tie == "looks" and one.found.how == "fingerprint"), None)
    if looks is not None:
        return Judgement("alike", conflicts, looks, "looks")
    if others.best is not None:
        return judged("marked-others" if others.best.strength == "mark" else "noted-ai")
    return judged("unreadable" if file.kind == "unreadable" else "nothing")


def _misnamed(one: Weighed) -> bool:
    """The row says that this number or this manifest is another one's: then it leads nowhere."""
    return bool({"payload", "manifest_id"} & set(contradictions(one.found, one.signed)))


def _conflicts(
    manifest: ManifestFinding,
    read: Sequence[int],
    mine: Weighed | None,
    weighed: Sequence[Weighed],
    strangers: Sequence[Weighed],
) -> list[Conflict]:
    conflicts: list[Conflict] = []
    if manifest.state == "invalid":
        conflicts.append("manifest-broken")
    named = payloads_of(manifest)
    ancestors = set() if mine is None else {int(parent, 16) for parent in mine.found.parents}
    if manifest.good and named and read and not (named | ancestors) & set(read):
        conflicts.append("mark-is-not-the-manifests")
    copied = [one for one in strangers if "unlike" in (one.likeness.picture, one.likeness.sound)]
    if copied or (mine is not None and "unlike" in (mine.likeness.picture, mine.likeness.sound)):
        conflicts.append("mark-looks-copied")
    led_to = [one for one in weighed if one.tie != "looks"]
    if any(one.edited and one.signed is not None and one.signed.good for one in led_to):
        conflicts.append("record-is-not-the-manifests")
    if any(one.signed is None or not one.signed.good for one in led_to):
        conflicts.append("record-broken")
    return conflicts


def _others_conflicts(manifest: ManifestFinding, others: OthersFinding) -> list[Conflict]:
    """What notes and marks of others contradict: each other, or a manifest that holds. None is thereby wrong."""
    conflicts: list[Conflict] = []
    if others.disagree:
        conflicts.append("notes-disagree")
    captured, generated = CAMERA & set(manifest.source_types), "trainedAlgorithmicMedia" in manifest.source_types
    says_all_ai = any(one.claim == "ai" for one in others.found)
    if manifest.good and ((captured and says_all_ai) or (generated and others.camera is not None)):
        conflicts.append("note-is-not-the-manifests")
    return conflicts
