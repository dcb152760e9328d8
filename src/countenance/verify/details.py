"""A verdict's details as sections of named lines, in the reader's language: for terminal, report and page. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from countenance.verify.findings import ManifestFinding, MarkFinding, MarkReading, PermissionFinding, TriedOn
from countenance.verify.issuer_words import issuer_rows
from countenance.verify.readers.findings import OthersFinding
from countenance.verify.record import RecordFinding
from countenance.verify.sentence import broken, changed, claimed, vouched
from countenance.verify.verdict import Verdict
from countenance.verify.words import words

Tone = Literal["good", "warn", "bad", "plain"]
Row = tuple[str, str]
MAX_LISTED = 8
_TONES: dict[str, Tone] = {
    "trusted": "good",
    "self-issued": "plain",
    "unknown-signer": "plain",
    "invalid": "bad",
    "lapsed": "warn",
    "unchecked": "warn",
    "unreadable": "warn",
    "unrevoked": "plain",
    "nothing-to-revoke": "plain",
    "expired": "warn",
    "revoked": "bad",
}
_REASONS = {
    "There is no picture.": "no-picture",
    "There is no sound.": "no-sound",
    "The sound is silent.": "silent",
}


@dataclass(frozen=True, slots=True)
class Section:
    """One group of details.

    Attributes:
        key: conflict, permission, vouching, strangers, copy, signs, others, manifest, picture, sound, record, issuer,
            missed,
            means or file.
        heading: in the reader's language.
        tone: good, warn, bad or plain.
        rows: (name, value), both plain text.
    """

    key: str
    heading: str
    tone: Tone
    rows: tuple[Row, ...]


def sections(verdict: Verdict, language: str = "en") -> tuple[Section, ...]:
    """The details, what matters most first."""
    said = words(language)
    label: dict[str, str] = said["label"]

    def section(key: str, tone: Tone, rows: Iterator[Row]) -> Section:
        return Section(key, label[key], tone, tuple(rows))

    found = []
    if verdict.conflicts:
        found.append(section("conflict", "bad", (("", said["conflict"][one]) for one in verdict.conflicts)))
    if verdict.permission is not None:
        tone = _TONES.get(verdict.permission.state, "plain")
        found.append(section("permission", tone, _permission(verdict.permission, said, language)))
    if verdict.vouching:
        everybody = all(one.vouched for one in verdict.vouching)
        found.append(section("vouching", "good" if everybody else "warn", _vouching(verdict, said, language)))
    if verdict.strangers:
        found.append(section("strangers", "warn", _strangers(verdict, label)))
    if verdict.changes:
        found.append(section("copy", "plain", (("", changed(one, said)) for one in verdict.changes)))
    if verdict.signs.asked:
        found.append(section("signs", "warn" if verdict.signs.seen else "plain", _signs(verdict, said)))
    others = verdict.marks_of_others
    if others.found:
        found.append(section("others", "warn" if others.best else "plain", _by_others(others, said)))
    manifest = verdict.manifest
    found.append(section("manifest", _TONES.get(manifest.state, "plain"), _manifest(manifest, said, language)))
    for key, marks in (("picture", verdict.picture), ("sound", verdict.sound)):
        found.append(section(key, "good" if marks.sightings else "plain", _marks(marks, label, language)))
    found.append(section("record", "good" if verdict.record else "plain", _record(verdict, label)))
    if verdict.issuers:
        found.append(section("issuer", "plain", issuer_rows(verdict, said, language)))
    found.append(section("missed", "plain", _missed(verdict, said)))
    found.append(section("means", "plain", iter([("", said["means"][verdict.outcome])])))
    found.append(section("file", "plain", _file(verdict, label)))
    return tuple(found)


def _file(verdict: Verdict, label: dict[str, str]) -> Iterator[Row]:
    file = verdict.file
    yield label["file"], file.name
    kind = label.get(f"{file.kind}-kind", label.get(file.kind, file.kind))
    yield label["kind"], f"{kind} ({', '.join(x for x in (file.format, file.codec) if x)})" if file.format else kind
    parts = []
    if file.width:
        parts.append(label["pixels"].format(width=file.width, height=file.height))
    if file.duration is not None:
        parts.append(label["seconds"].format(n=f"{float(file.duration):.1f}"))
    if file.size:
        parts.append(f"{file.size / 1e6:.2f} MB")
    if parts:
        yield label["size"], ", ".join(parts)
    if file.sha256:
        yield label["sha256"], file.sha256


def _manifest(found: ManifestFinding, said: dict[str, Any], language: str) -> Iterator[Row]:
    label: dict[str, str] = said["label"]
    state = "state-remote" if found.where == "remote" else f"state-{found.state}"
    who = label["installation"] if found.state == "self-issued" else found.organisation or found.signer
    if found.state == "self-issued" and found.organisation:
        who = said["maker"]["claimed"].format(name=said["quote"].format(name=found.organisation))
    line = label[state].format(who=who or label["someone"])
    yield label["state"], f"{line} ({label['beside']})" if found.where == "beside" else line
    if found.state == "invalid":
        yield "", said["broken"][broken(found)]
        if found.failures:
            yield "C2PA", ", ".join(found.failures[:MAX_LISTED])
    if found.state in ("none", "unreadable"):
        if found.reason and not found.remote and language == "en":
            yield "", found.reason
        if found.remote:
            yield label["where"], found.remote
        return
    if found.signed_at is not None:
        yield label["time-stamp"], found.signed_at.isoformat(sep=" ", timespec="seconds")
    elif found.good:
        yield label["time-stamp"], label["no-time-stamp"]
    for key, value in (("title", found.title), ("generator", found.generator)):
        if value:
            yield label[key], value
    if found.source_types:
        yield label["source-type"], ", ".join(found.source_types[:MAX_LISTED])
    if found.actions:
        done = (f"{a.name} – {a.description}" if a.description else a.name for a in found.actions[:MAX_LISTED])
        yield label["actions"], "; ".join(done)
    if found.tried_on is not None:
        yield label["tried-on"], "; ".join(_product(one) for one in found.tried_on.items[:MAX_LISTED])
        left = label["untouched-value"].format(n=found.tried_on.untouched, of=found.tried_on.blocks)
        yield label["untouched"], f"{left} ({found.tried_on.sha256[:16]}…)"
    if found.ingredients:
        went_in = (f"{i.title} ({i.signer})" if i.signer else i.title for i in found.ingredients[:MAX_LISTED])
        yield label["ingredients"], ", ".join(went_in)
    if found.chain:
        yield label["earlier"], str(found.chain)
    if found.manifest_id:
        yield label["identifier"], found.manifest_id


def _product(one: TriedOn) -> str:
    name = ", ".join(part for part in (one.kind, one.product, one.variant, one.gtin) if part)
    return f"{name} – {one.share:.1%}"


def _marks(found: MarkFinding, label: dict[str, str], language: str) -> Iterator[Row]:
    best = found.best
    if best is None:
        reason = _REASONS.get(found.reason, "too-small" if "too small" in found.reason else "")
        if reason:
            yield label["state"], label[reason]
        else:
            yield label["state"], label["mark-none" if found.complete else "mark-none-part"]
            if found.reason and language == "en":
                yield "", found.reason
        if found.looked and any(end for _, end in found.looked) and not found.complete:
            spans = ", ".join(f"{float(start):.0f}–{float(end):.0f}" for start, end in found.looked)
            yield label["looked"], label["seconds"].format(n=spans)
        return
    yield label["state"], label["found"]
    yield label["number"], f"{best.payload:016x}"
    yield label["certainty"], label["certainty-value"].format(n=f"{best.confidence:.0f}")
    if best.end > 0:
        yield label["where"], _where(found, best, label)
    yield label["placed"], placed(best, label)


def _where(found: MarkFinding, best: MarkReading, label: dict[str, str]) -> str:
    same = [one for one in found.sightings if one.payload == best.payload]
    if found.complete and len(same) == len(found.looked):
        return label["whole"]
    spans = ", ".join(f"{float(one.start):.1f}–{float(one.end):.1f}" for one in same)
    return label["seconds"].format(n=spans)


def placed(one: MarkReading, label: dict[str, str]) -> str:
    """How a marked picture lies in the frame, or how fast marked sound plays, in words."""
    said = []
    if one.speed is not None and abs(one.speed - 1) > 0.005:
        said.append(label["speed-value"].format(n=f"{one.speed:.3g}"))
    shape = one.geometry
    if shape is not None:
        if abs(shape.scale - 1) > 0.02:
            said.append(label["scale"].format(n=f"{shape.scale:.2f}"))
        if abs(shape.aspect - 1) > 0.02:
            said.append(label["aspect"].format(n=f"{shape.aspect:.2f}"))
        if abs(shape.rotation) > 0.5:
            said.append(label["turned"].format(n=f"{shape.rotation:.1f}"))
        if shape.flipped:
            said.append(label["mirrored"])
    return ", ".join(said) or (label["upright"] if shape is not None else label["speed-value"].format(n="1"))


def _record(verdict: Verdict, label: dict[str, str]) -> Iterator[Row]:
    found: RecordFinding | None = verdict.record
    if found is None:
        yield label["state"], verdict.record_failure or label["record-none"]
    else:
        yield label["by"], label[f"by-{found.how}"]
        if found.made_at is not None:
            yield label["made-on"], found.made_at.isoformat(sep=" ", timespec="seconds")
        if found.engine:
            yield label["engine"], found.engine
        if found.distance is not None:
            yield label["likeness"], label["likeness-value"].format(n=found.distance)
        yield label["identifier"], found.manifest_id
    if verdict.unknown:
        yield label["unknown-number"], ", ".join(f"{payload:016x}" for payload in verdict.unknown)
    if verdict.others:
        yield label["other-numbers"], ", ".join(f"{payload:016x}" for payload in verdict.others)


def _vouching(verdict: Verdict, said: dict[str, Any], language: str) -> Iterator[Row]:
    label: dict[str, str] = said["label"]
    for one in verdict.vouching[:MAX_LISTED]:
        yield label.get(f"role-{one.assurance.role}", one.assurance.role), vouched(one, said)
        if one.why and language == "en":
            yield label["why-not"], one.why
        if one.assurance.counted_by:
            yield label["counted"], label[f"counted-{one.assurance.counted_by}"]


def _by_others(found: OthersFinding, said: dict[str, Any]) -> Iterator[Row]:
    label: dict[str, str] = said["label"]
    for one in found.found[: 2 * MAX_LISTED]:
        place = f" – {one.where}" if one.where else ""
        yield label[f"others-{one.strength}"], claimed(one, said) + place
        if one.text:
            yield label["others-text"], said["quote"].format(name=one.text)
        if one.confidence is not None:
            yield label["certainty"], label["certainty-value"].format(n=f"{one.confidence:.0f}")
    yield label["put-by"], label["put-by-others"]
    if found.overfull:
        yield "", label["overfull"]


def _signs(verdict: Verdict, said: dict[str, Any]) -> Iterator[Row]:
    """What was measured, each with how often such a sign is right and wrong."""
    label: dict[str, str] = said["label"]
    found = verdict.signs
    if found.hindrance:
        yield label["not-looked"], label[f"signs-{found.hindrance}"]
    for one in found.signs:
        yield label["sign-seen" if one.seen else "sign-unseen"], said["signal"].get(one.signal, one.signal)
        worth = one.calibration
        rates = {"detected": worth.detected, "changed": worth.changed, "alarms": worth.alarms, "of": worth.untouched}
        yield label["worth"], label["worth-value"].format(on=worth.on, **rates)
        if one.end > 0:
            yield label["looked"], label["seconds"].format(n=f"{one.start:.1f}–{one.end:.1f}")
    if found.unmeasured:
        names = (said["signal"].get(name, name) for name in found.unmeasured)
        yield label["unmeasured"], "; ".join(names)
    if found.faces > 1:
        yield label["faces"], label["faces-value"].format(n=found.faces)
    yield "", label["signs-mean"]


def _missed(verdict: Verdict, said: dict[str, Any]) -> Iterator[Row]:
    """What was looked for and not found, and what cannot be looked for here."""
    label: dict[str, str] = said["label"]
    others = verdict.marks_of_others
    looked = [one.title for one in others.missed]
    if verdict.manifest.state == "none":
        looked.insert(0, "C2PA")
    if not verdict.picture.sightings and not verdict.sound.sightings:
        looked.insert(0, "Countenance")
    if looked:
        yield label["not-found"], "; ".join(looked)
    for one in others.asked:
        if one.hindrance:
            yield label["not-looked"], f"{one.title} ({label[f'hindrance-{one.hindrance}']})"
    yield label["not-lookable"], label["closed"]


def _strangers(verdict: Verdict, label: dict[str, str]) -> Iterator[Row]:
    for one in verdict.strangers[:MAX_LISTED]:
        for key, likeness in (("picture", one.likeness.picture), ("sound", one.likeness.sound)):
            if likeness in ("unlike", "unknown"):
                number = "?" if one.found.payload is None else f"{one.found.payload:016x}"
                yield label[key], label[f"stranger-{likeness}"].format(n=number)


def _permission(found: PermissionFinding, said: dict[str, Any], language: str) -> Iterator[Row]:
    label: dict[str, str] = said["label"]
    yield label["state"], label[found.state]
    if found.since is not None:
        yield label["since-label"], found.since.date().isoformat()
    if found.basis or found.kind:
        yield label["rests-on"], said["quote"].format(name=found.basis or found.kind)
    if found.reason and language == "en":
        yield "", found.reason
    for one in found.each:
        since = f", {label['since-label']} {one.since.date().isoformat()}" if one.since is not None else ""
        yield f"{one.grant_sha256[:16]}…", f"{label[one.state]}{since}"
