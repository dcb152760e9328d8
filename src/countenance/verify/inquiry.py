"""Asking what a file is: `verify_file`. Opens files for reading only, keeps nothing, calls nobody out.

Time is bounded by `Inquiry.seconds`, memory by a few seconds of frames; both whatever the file's length.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

from countenance.errors import ProvenanceError
from countenance.marking.bindings import ALGORITHMS, payload_of
from countenance.marking.watermark import PUBLIC_KEY, WatermarkKey
from countenance.settings import Settings, default_settings
from countenance.verify.changes import Change, changes
from countenance.verify.credentials import fits, read_manifest, recorded_manifest
from countenance.verify.findings import FileFinding, ManifestFinding, MarkFinding, PermissionFinding
from countenance.verify.live import Live
from countenance.verify.looking import Looked, look, look_under
from countenance.verify.permission import permission_status
from countenance.verify.record import Clues, Record, RecordFinding, Search, open_record
from countenance.verify.sampling import Source, open_source
from countenance.verify.sentence import sentence
from countenance.verify.trust import Trust
from countenance.verify.verdict import Conflict, Outcome, Verdict

_CHUNK = 1 << 20
_ALWAYS = 64 << 20
"""Bytes that are hashed whatever the time: a moment's work."""
_FITTED = 128 << 20
"""Bytes: c2pa hashes larger files in two buffers of 256 MiB, too much for a question of little weight."""
_FITTING = 5.0
"""Seconds for holding a recorded manifest against the file, after everything else."""


@dataclass(frozen=True)
class Inquiry:
    """How to look.

    Attributes:
        start, duration: seconds of the file to look at; all of it when left out.
        seconds: how long looking may take; the first place is always looked at, and no manifest is checked longer.
        patient: look at every place, and for changed speed of sound, whatever the time.
        keys: of picture marks.
        language: of the sentence.
        whole: False where the file is only the beginning of something longer.
        name: what to call the file; its own name when left out.
    """

    start: Fraction = Fraction(0)
    duration: Fraction | None = None
    seconds: float = 15.0
    patient: bool = False
    keys: tuple[WatermarkKey, ...] = (PUBLIC_KEY,)
    language: str = "en"
    whole: bool = True
    name: str = ""


def verify_file(
    path: Path, settings: Settings | None = None, inquiry: Inquiry | None = None, *, record: Record | None = None
) -> Verdict:
    """What a file is, as far as it can be told.

    Args:
        path: any file at all.
        settings: for the home folder (trusted roots, keys, registry).
        inquiry: how to look.
        record: whom to ask where it comes from; the settings' registry when left out.

    Raises:
        FileMissing, EmptyFile: there is nothing to look at.
        BadOption: `start` lies beyond the end.
        ProvenanceError: mark.trust, a file in the trust folder is no certificate.
    """
    path, settings, inquiry = Path(path), settings or default_settings(), inquiry or Inquiry()
    begun = time.monotonic()
    until = begun + inquiry.seconds
    source = open_source(path, start=inquiry.start, duration=inquiry.duration, whole=inquiry.whole)
    try:
        trust = Trust.of(settings)
        sha256 = _digest(path, until) if inquiry.whole else ""
        manifest = read_manifest(path, trust, until=until, whole=inquiry.whole)
        record = record or open_record(settings, permission_status(settings))
        seen = look(source, until=until, keys=inquiry.keys, patient=inquiry.patient)
        if inquiry.patient or _hides_another(manifest, seen, record):
            look_under(source, seen, inquiry.keys)
        file = _file(path, source, inquiry, sha256)
    finally:
        source.close()
    now = datetime.now(UTC)
    clues = Clues(
        sha256=file.sha256,
        # A broken manifest may have been taken from another file: it leads nowhere.
        manifest_id=manifest.manifest_id if manifest.good else "",
        picture=seen.picture.payloads,
        sound=seen.sound.payloads,
        fingerprints=tuple(seen.fingerprints),
    )
    search = record.search(clues, now)
    verdict = _judged(path, file, manifest, seen, search, trust)
    verdict = replace(verdict, checked_at=now, seconds=time.monotonic() - begun, language=inquiry.language)
    return replace(verdict, summary=sentence(verdict, inquiry.language))


def verify_stream(
    address: str, settings: Settings | None = None, inquiry: Inquiry | None = None, *, record: Record | None = None
) -> Verdict:
    """What a live stream is, from some seconds of it; its manifest, if any, is not looked for.

    Raises:
        NotAVideo: it cannot be reached. ProvenanceError: mark.trust.
    """
    settings, inquiry = settings or default_settings(), inquiry or Inquiry()
    begun = time.monotonic()
    until = begun + inquiry.seconds
    source = Live(address)
    try:
        seen = look(source, until=until, keys=inquiry.keys, patient=inquiry.patient)
    finally:
        source.close()
    file = FileFinding(
        name=inquiry.name or address,
        kind=source.kind,
        size=0,
        sha256="",
        whole=False,
        format=source.format,
        codec=source.codec,
        width=source.width,
        height=source.height,
        has_sound=source.has_sound,
    )
    clues = Clues("", "", seen.picture.payloads, seen.sound.payloads, tuple(seen.fingerprints))
    record = record or open_record(settings, permission_status(settings))
    now = datetime.now(UTC)
    verdict = _judged(Path(), file, ManifestFinding(), seen, record.search(clues, now), Trust.of(settings))
    verdict = replace(verdict, checked_at=now, seconds=time.monotonic() - begun, language=inquiry.language)
    return replace(verdict, summary=sentence(verdict, inquiry.language))


def in_language(verdict: Verdict, language: str) -> Verdict:
    """The same verdict, said in another language."""
    return replace(verdict, language=language, summary=sentence(verdict, language))


def _judged(
    path: Path, file: FileFinding, manifest: ManifestFinding, seen: Looked, search: Search, trust: Trust
) -> Verdict:
    found = search.found
    recorded, intact = None, False
    same = found is not None and manifest.good and manifest.manifest_id == found.manifest_id
    if found is not None and found.store and not same:
        recorded = recorded_manifest(found.store, trust)
        until = time.monotonic() + _FITTING
        small = file.whole and file.size <= _FITTED
        intact = manifest.state == "none" and small and fits(path, found.store, trust, until=until)
    ours = _is_ours(manifest)
    if found is not None:
        outcome: Outcome = "alike" if found.how == "fingerprint" else "made"
    elif seen.picture.sightings or seen.sound.sightings:
        outcome = "made" if ours else "marked"
    elif manifest.good or manifest.state == "unchecked":
        outcome = "made" if ours else "signed-ai" if manifest.says_ai else "signed"
    elif manifest.state == "invalid":
        outcome = "tampered"
    else:
        outcome = "unreadable" if file.kind == "unreadable" else "nothing"
    return Verdict(
        outcome=outcome,
        file=file,
        manifest=manifest,
        picture=seen.picture,
        sound=seen.sound,
        record=found,
        recorded=recorded,
        permission=_permission(manifest, found, ours),
        changes=() if same or outcome == "alike" else _changes(file, manifest, seen, found, intact),
        conflicts=_conflicts(manifest, seen, found),
        unknown=search.unknown,
        others=search.others,
        record_failure=search.failure,
        views=tuple(seen.views),
    )


def _changes(
    file: FileFinding, manifest: ManifestFinding, seen: Looked, found: RecordFinding | None, intact: bool
) -> tuple[Change, ...]:
    done = changes(file, seen.picture, seen.sound, found, intact=intact)
    # That its manifest no longer fits says as much, and more.
    return tuple(one for one in done if not (one.what == "saved-again" and manifest.state == "invalid"))


def _is_ours(manifest: ManifestFinding) -> bool:
    """A manifest that holds and is of a Countenance render: it has our permission assertion and says AI."""
    return manifest.good and manifest.permission is not None and manifest.says_ai


def _permission(manifest: ManifestFinding, found: RecordFinding | None, ours: bool) -> PermissionFinding | None:
    if found is not None and found.permission is not None:
        return found.permission
    if ours and manifest.permission is not None:
        said = manifest.permission
        reason = "The manifest names it; no record that was asked knows how it stands."
        return PermissionFinding("unknown", said.kind, said.basis, said.grant_sha256, None, reason)
    return None


def _conflicts(manifest: ManifestFinding, seen: Looked, found: RecordFinding | None) -> tuple[Conflict, ...]:
    conflicts: list[Conflict] = []
    if manifest.state == "invalid":
        conflicts.append("manifest-broken")
    named = _named(manifest)
    read = set(seen.picture.payloads) | set(seen.sound.payloads)
    ancestors = set() if found is None else {int(parent, 16) for parent in found.parents}
    if manifest.good and named and read and not (named | ancestors) & read:
        conflicts.append("mark-is-not-the-manifests")
    if _looks_copied(seen.picture, found):
        conflicts.append("mark-looks-copied")
    return tuple(conflicts)


def _hides_another(manifest: ManifestFinding, seen: Looked, record: Record) -> bool:
    """Whether the mark that was read first may be that of something this was made from."""
    read = seen.picture.payloads
    named = _named(manifest) if manifest.good else set()
    return bool(read) and (bool(named - set(read)) or record.descends(read))


def _named(manifest: ManifestFinding) -> set[int]:
    """The payloads that a manifest's soft bindings of ours name."""
    named = set()
    for algorithm, value in manifest.bindings:
        if algorithm in ALGORITHMS:
            try:
                named.add(payload_of(value))
            except ProvenanceError:
                continue
    return named


def _looks_copied(picture: MarkFinding, found: RecordFinding | None) -> bool:
    """The mark lies as on an untouched copy, but no frame looks like any of the render it names."""
    best = picture.best
    if found is None or found.how != "picture" or found.distance is not None or best is None or best.geometry is None:
        return False
    shape = best.geometry
    straight = abs(shape.scale - 1) < 0.02 and abs(shape.aspect - 1) < 0.02 and abs(shape.rotation) < 0.5
    return straight and not shape.flipped and found.frames > 0 and picture.complete


def _file(path: Path, source: Source, inquiry: Inquiry, sha256: str) -> FileFinding:
    return FileFinding(
        name=inquiry.name or path.name,
        kind=source.kind,
        size=path.stat().st_size,
        sha256=sha256,
        whole=inquiry.whole,
        format=source.format,
        codec=source.codec,
        width=source.width,
        height=source.height,
        duration=source.duration,
        has_sound=source.has_sound,
        reason=source.reason,
    )


def _digest(path: Path, until: float) -> str:
    """SHA-256, or nothing where time runs out first: a file of many gigabytes can be answered for without it."""
    digest, read = hashlib.sha256(), 0
    with path.open("rb") as file:
        while block := file.read(_CHUNK):
            read += len(block)
            if read > _ALWAYS and time.monotonic() > until:
                return ""
            digest.update(block)
    return digest.hexdigest()
