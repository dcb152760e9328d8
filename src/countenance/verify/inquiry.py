"""Asking what a file is: `verify_file`. Opens files for reading only, keeps nothing, and asks nobody else unless it is
told to.

Time is bounded by `Inquiry.seconds`, memory by a few seconds of frames; both whatever the file's length.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

from countenance.marks.watermark import PUBLIC_KEY, WatermarkKey
from countenance.permission.trust_list import TrustList
from countenance.settings import Settings, default_settings
from countenance.verify.changes import Change, changes
from countenance.verify.credentials import fits, read_manifest, recorded_manifest
from countenance.verify.findings import FileFinding, ManifestFinding
from countenance.verify.forensics import SignsFinding, look_for_signs
from countenance.verify.issuers import with_issuers
from countenance.verify.judging import Judgement, Weighed, judge, payloads_of
from countenance.verify.live import Live
from countenance.verify.mark_detection import Looked, look, look_under
from countenance.verify.permission_status import permission_status
from countenance.verify.readers import Material, OthersFinding, load_readers, read_others
from countenance.verify.record import Clues, Record, RecordFinding, open_record
from countenance.verify.resemblance import resemblance
from countenance.verify.sampling import SampledFile, open_source
from countenance.verify.sentence import sentence
from countenance.verify.standing import stated_permission, vouching
from countenance.verify.trust import Trust
from countenance.verify.verdict import Stranger, Verdict

_CHUNK = 1 << 20
_ALWAYS = 64 << 20
"""Bytes that are hashed whatever the time: a moment's work."""
_FITTED = 128 << 20
"""Bytes: c2pa hashes larger files in two buffers of 256 MiB, too much for a question of little weight."""
_OTHERS = 5.0
"""Seconds that others' marks are looked for at least."""
_SIGNS = 20.0
"""Seconds that signs are looked for, where that is asked."""
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
        signs: look for signs of manipulation too, where the face tracker is here; takes up to _SIGNS seconds more.
        ask_issuers: ask the resolver of the issuer whose number a mark bears, where a directory lists it. The number
            goes out, and nothing else.
        language: of the sentence.
        whole: False where the file is only the beginning of something longer.
        name: what to call the file; its own name when left out.
    """

    start: Fraction = Fraction(0)
    duration: Fraction | None = None
    seconds: float = 15.0
    patient: bool = False
    keys: tuple[WatermarkKey, ...] = (PUBLIC_KEY,)
    signs: bool = False
    ask_issuers: bool = False
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
        record = with_issuers(record, settings, ask=inquiry.ask_issuers)
        seen = look(source, until=until, keys=inquiry.keys, patient=inquiry.patient)
        if inquiry.patient or _hides_another(manifest, seen, record):
            look_under(source, seen, inquiry.keys)
        others = _by_others(path, source, until, inquiry.whole)
        signs = _signs(source, inquiry)
        file = _file(path, source, inquiry, sha256)
    finally:
        source.close()
    clues = Clues(
        sha256=file.sha256,
        # A broken manifest may have been taken from another file: it leads nowhere.
        manifest_id=manifest.manifest_id if manifest.good else "",
        picture=seen.picture.payloads,
        sound=seen.sound.payloads,
        fingerprints=tuple(seen.fingerprints),
    )
    verdict = _judged(path, file, manifest, seen, record, clues, trust, TrustList.at_home(settings), others)
    verdict = replace(verdict, signs=signs, seconds=time.monotonic() - begun, language=inquiry.language)
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
        others = _by_others(None, source, until)
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
        further=source.further,
    )
    clues = Clues("", "", seen.picture.payloads, seen.sound.payloads, tuple(seen.fingerprints))
    record = record or open_record(settings, permission_status(settings))
    record = with_issuers(record, settings, ask=inquiry.ask_issuers)
    trusted = TrustList.at_home(settings)
    verdict = _judged(None, file, ManifestFinding(), seen, record, clues, Trust.of(settings), trusted, others)
    verdict = replace(verdict, seconds=time.monotonic() - begun, language=inquiry.language)
    return replace(verdict, summary=sentence(verdict, inquiry.language))


def in_language(verdict: Verdict, language: str) -> Verdict:
    """The same verdict, said in another language."""
    return replace(verdict, language=language, summary=sentence(verdict, language))


def _judged(
    path: Path | None,
    file: FileFinding,
    manifest: ManifestFinding,
    seen: Looked,
    record: Record,
    clues: Clues,
    trust: Trust,
    trusted: TrustList,
    others: OthersFinding,
) -> Verdict:
    now = datetime.now(UTC)
    search = record.search(clues)
    weighed = [_weighed(one, path, file, manifest, seen, trust) for one in search.candidates]
    read = tuple(dict.fromkeys((*seen.picture.payloads, *seen.sound.payloads)))
    judged = judge(file, manifest, read, weighed, others)
    mine = judged.render
    found = None if mine is None else mine.found
    own = mine is None or mine.signed is None or (mine.found.manifest_id == manifest.manifest_id and manifest.good)
    recorded = None if own or mine is None else mine.signed
    word = manifest if recorded is None else recorded
    made = judged.outcome == "made"
    whole = judged.scope != "part"  # else somebody else may be shown, of whose consent the record knows nothing
    permission = stated_permission(word, found, record, now) if made else None
    intact = mine is not None and mine.holds and manifest.state in ("none", "unreadable")
    return Verdict(
        outcome=judged.outcome,
        file=file,
        manifest=manifest,
        picture=seen.picture,
        sound=seen.sound,
        record=found,
        tie=judged.tie,
        scope=judged.scope,
        recorded=recorded,
        permission=permission if whole or (permission and permission.state in ("revoked", "expired")) else None,
        vouching=vouching(word, path, found, manifest, trusted, now) if made and whole else (),
        changes=_changes(file, manifest, seen, mine, intact) if mine is not None and made and not own else (),
        conflicts=judged.conflicts,
        strangers=tuple(Stranger(one.found, one.likeness) for one in judged.strangers),
        unknown=search.unknown,
        issuers=search.issuers,
        others=_others(judged, weighed),
        marks_of_others=others,
        record_failure=search.failure,
        checked_at=now,
        views=tuple(seen.views),
    )


def _by_others(path: Path | None, source: SampledFile, until: float, whole: bool = True) -> OthersFinding:
    readers = load_readers()  # the first time that takes seconds of its own
    return read_others(Material(path, source, until=max(until, time.monotonic() + _OTHERS), whole=whole), readers)


def _signs(source: SampledFile, inquiry: Inquiry) -> SignsFinding:
    return look_for_signs(source, until=time.monotonic() + _SIGNS) if inquiry.signs else SignsFinding()


def _weighed(
    found: RecordFinding, path: Path | None, file: FileFinding, manifest: ManifestFinding, seen: Looked, trust: Trust
) -> Weighed:
    """A candidate with what ties the file to it."""
    same = manifest.good and manifest.manifest_id == found.manifest_id
    signed = recorded_manifest(found.store, trust) if found.store else None
    holds = same and found.exact
    if not holds and path is not None and found.store and file.whole and file.size <= _FITTED:
        bare = manifest.state in ("none", "unreadable") and found.how != "fingerprint"
        if same or found.exact or bare:
            holds = fits(path, found.store, trust, until=time.monotonic() + _FITTING)
    return Weighed(found, signed, holds, resemblance(seen, found))


def _others(judged: Judgement, weighed: list[Weighed]) -> tuple[int, ...]:
    """Payloads of further renders that are in the file."""
    led_to = [one for one in weighed if one.found.how != "fingerprint" and one is not judged.render]
    return tuple(
        one.found.payload
        for one in led_to
        if one.found.payload is not None and all(one is not stranger for stranger in judged.strangers)
    )


def _changes(
    file: FileFinding, manifest: ManifestFinding, seen: Looked, mine: Weighed, intact: bool
) -> tuple[Change, ...]:
    other = mine.likeness.sound in ("other", "partly")
    done = changes(
        file, seen.picture, seen.sound, mine.found,
        intact=intact, other_sound=other, overlaid=mine.likeness.overlaid,
    )  # fmt: skip
    # That its manifest no longer fits says as much, and more.
    return tuple(one for one in done if not (one.what == "saved-again" and manifest.state == "invalid"))


def _hides_another(manifest: ManifestFinding, seen: Looked, record: Record) -> bool:
    """Whether the mark that was read first may be that of something this was made from."""
    read = seen.picture.payloads
    named = payloads_of(manifest) if manifest.good else set()
    return bool(read) and (bool(named - set(read)) or record.descends(read))


def _file(path: Path, source: SampledFile, inquiry: Inquiry, sha256: str) -> FileFinding:
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
        further=source.further,
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
