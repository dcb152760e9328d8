"""A verdict as JSON takes it: payloads as 16 hex digits, times in seconds or ISO 8601, no bytes and no pixels."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from countenance.marking.bindings import binding_value
from countenance.verify.findings import ManifestFinding, MarkFinding, MarkReading, PermissionFinding
from countenance.verify.forensics.findings import SignsFinding
from countenance.verify.readers.findings import OthersFinding
from countenance.verify.record import RecordFinding

if TYPE_CHECKING:
    from countenance.verify.verdict import Verdict

SCHEMA = "countenance.verdict/2"


def plain(verdict: Verdict) -> dict[str, Any]:
    """The verdict as a JSON object."""
    file = verdict.file
    return {
        "schema": SCHEMA,
        "summary": verdict.summary,
        "language": verdict.language,
        "outcome": verdict.outcome,
        "exit_status": verdict.exit_status,
        "conflicts": list(verdict.conflicts),
        "file": {
            "name": file.name,
            "kind": file.kind,
            "size": file.size,
            "sha256": file.sha256 or None,
            "whole": file.whole,
            "format": file.format,
            "codec": file.codec or None,
            "width": file.width,
            "height": file.height,
            "duration": seconds(file.duration),
            "has_sound": file.has_sound,
            "further": file.further,
            "reason": file.reason or None,
        },
        "manifest": manifest(verdict.manifest),
        "recorded_manifest": manifest(verdict.recorded) if verdict.recorded else None,
        "marks": {"picture": marks(verdict.picture), "sound": marks(verdict.sound)},
        "record": record(verdict.record) if verdict.record else None,
        "tie": verdict.tie,
        "scope": verdict.scope,
        "strangers": [
            {
                "payload": None if one.found.payload is None else f"{one.found.payload:016x}",
                "picture": one.likeness.picture,
                "sound": one.likeness.sound,
                "made_at": instant(one.found.made_at),
                "source": one.found.source,
            }
            for one in verdict.strangers
        ],
        "marks_of_others": others(verdict.marks_of_others),
        "signs": signs(verdict.signs),
        "record_failure": verdict.record_failure or None,
        "unknown_payloads": [f"{payload:016x}" for payload in verdict.unknown],
        "issuers": [
            {
                "payload": f"{one.payload:016x}",
                "number": one.number,
                "name": one.name,
                "contact": one.contact,
                "state": one.state,
                "reason": one.reason or None,
                "publisher": one.publisher,
                "directory_issued": instant(one.issued),
            }
            for one in verdict.issuers
        ],
        "other_payloads": [f"{payload:016x}" for payload in verdict.others],
        "permission": permission(verdict.permission) if verdict.permission else None,
        "vouching": [
            {
                "role": one.assurance.role,
                "kind": one.assurance.kind,
                "level": one.assurance.level,
                "stated": one.stated,
                "attested_by": one.assurance.attested_by or None,
                "vouched_by": one.vouched_by or None,
                "statement": one.assurance.statement or None,
                "counted_by": one.assurance.counted_by or None,
                "why_not": one.why or None,
            }
            for one in verdict.vouching
        ],
        "changes": [{"what": change.what, "amount": change.amount} for change in verdict.changes],
        "checked_at": instant(verdict.checked_at),
        "seconds": round(verdict.seconds, 2),
    }


def manifest(found: ManifestFinding) -> dict[str, Any]:
    """A manifest finding as a JSON object."""
    said = found.permission
    return {
        "state": found.state,
        "where": found.where or None,
        "id": found.manifest_id or None,
        "signer": found.signer or None,
        "organisation": found.organisation or None,
        "identity": found.identity or None,
        "own": found.own,
        "algorithm": found.algorithm or None,
        "time_stamp": instant(found.signed_at),
        "title": found.title or None,
        "generator": found.generator or None,
        "says_ai": found.says_ai,
        "source_types": list(found.source_types),
        "actions": [
            {
                "action": one.name,
                "description": one.description or None,
                "source_type": one.source_type or None,
                "agent": one.agent or None,
                "when": one.when or None,
            }
            for one in found.actions
        ],
        "ingredients": [
            {
                "title": one.title,
                "relationship": one.relationship,
                "manifest": one.manifest_id or None,
                "signer": one.signer or None,
                "failures": list(one.failures),
            }
            for one in found.ingredients
        ],
        "permission": None
        if said is None
        else {
            "permit": said.permit,
            "use": said.use,
            "kind": said.kind,
            "basis": said.basis,
            "grant_sha256": said.grant_sha256,
            "grants": [grant for _, grant in said.rests_on],
        },
        "tried_on": None if found.tried_on is None else asdict(found.tried_on),
        "soft_bindings": [{"alg": algorithm, "value": value} for algorithm, value in found.bindings],
        "failures": list(found.failures),
        "remote": found.remote or None,
        "reason": found.reason or None,
        "earlier_manifests": found.chain,
    }


def marks(found: MarkFinding) -> dict[str, Any]:
    """A mark finding as a JSON object."""
    return {
        "found": bool(found.sightings),
        "payloads": [f"{payload:016x}" for payload in found.payloads],
        "sightings": [_sighting(one) for one in found.sightings],
        "looked": [[seconds(start), seconds(end)] for start, end in found.looked],
        "complete": found.complete,
        "reason": found.reason or None,
    }


def _sighting(one: MarkReading) -> dict[str, Any]:
    shape = one.geometry
    return {
        "start": seconds(one.start),
        "end": seconds(one.end),
        "payload": f"{one.payload:016x}",
        "binding": binding_value(one.payload),
        "confidence": one.confidence,
        "key": one.key,
        "slot": one.slot,
        "speed": one.speed,
        "geometry": None
        if shape is None
        else {
            "scale": shape.scale,
            "aspect": shape.aspect,
            "rotation": shape.rotation,
            "flipped": shape.flipped,
            "offset": list(shape.offset),
            "box": list(shape.box),
        },
    }


def record(found: RecordFinding) -> dict[str, Any]:
    """A record finding as a JSON object; the manifest store itself is for `GET /manifests/…`."""
    return {
        "how": found.how,
        "source": found.source,
        "issuer": found.issuer or None,
        "payload": None if found.payload is None else f"{found.payload:016x}",
        "manifest_id": found.manifest_id,
        "made_at": instant(found.made_at),
        "use": found.use,
        "engine": found.engine,
        "signer": found.signer,
        "media_type": found.media_type,
        "width": found.width,
        "height": found.height,
        "frames": found.frames,
        "duration": seconds(found.duration),
        "parents": list(found.parents),
        "exact": found.exact,
        "fingerprint_distance": found.distance,
        "fingerprint_time": seconds(found.time),
    }


def permission(found: PermissionFinding) -> dict[str, Any]:
    """A permission finding as a JSON object."""
    return {
        "state": found.state,
        "kind": found.kind,
        "basis": found.basis,
        "grant_sha256": found.grant_sha256,
        "since": instant(found.since),
        "reason": found.reason,
        "each": [permission(one) for one in found.each],
    }


def others(found: OthersFinding) -> dict[str, Any]:
    """Marks and notes of others as a JSON object."""
    return {
        "found": [
            {
                "reader": one.reader,
                "strength": one.strength,
                "claim": one.claim,
                "maker": one.maker or None,
                "where": one.where or None,
                "text": one.text or None,
                "confidence": one.confidence,
            }
            for one in found.found
        ],
        "asked": [
            {"reader": one.reader, "title": one.title, "hindrance": one.hindrance or None} for one in found.asked
        ],
        "overfull": found.overfull,
    }


def signs(found: SignsFinding) -> dict[str, Any] | None:
    """Signs of manipulation as a JSON object: each number beside what such a number is worth."""
    if not found.asked:
        return None
    return {
        "hindrance": found.hindrance or None,
        "faces": found.faces,
        "unmeasured": list(found.unmeasured),
        "signs": [
            {
                "signal": one.signal,
                "seen": one.seen,
                "value": round(one.value, 3),
                "threshold": one.calibration.threshold,
                "seen_in_changed": [one.calibration.detected, one.calibration.changed],
                "seen_in_untouched": [one.calibration.alarms, one.calibration.untouched],
                "measured_on": one.calibration.on,
                "start": round(one.start, 3),
                "end": round(one.end, 3),
                "box": [round(side, 4) for side in one.box],
            }
            for one in found.signs
        ],
    }


def seconds(value: Fraction | None) -> float | None:
    """Exact seconds as a number."""
    return None if value is None else round(float(value), 4)


def instant(value: datetime | None) -> str | None:
    """ISO 8601."""
    return None if value is None else value.isoformat(timespec="seconds")
