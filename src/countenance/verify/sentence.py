"""One plain sentence for a verdict. It claims no more than was found: without a mark it says just that, and never that
a file is authentic. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from countenance.verify.changes import Change
from countenance.verify.findings import ManifestFinding, PermissionFinding
from countenance.verify.verdict import Verdict
from countenance.verify.words import words

CHANGING_USES = frozenset({"dub", "swap", "re-age", "try-on", "kiosk", "double"})
_SAID_ALONE = frozenset({"still", "unsigned"})
_CAMERA = frozenset(
    {"digitalCapture", "computationalCapture", "negativeFilm", "positiveFilm", "print", "screenCapture"}
)
_HUMAN = frozenset({"digitalCreation", "digitalArt", "minorHumanEdits", "humanEdits"})
_NAME = 80


def sentence(verdict: Verdict, language: str = "en") -> str:
    """The sentence, in a language of `words`."""
    said = words(language)
    parts = [part for part in _parts(verdict, said) if part]
    whole = "; ".join(parts)
    return whole[:1].upper() + whole[1:] + str(said["stop"])


def _parts(verdict: Verdict, said: dict[str, Any]) -> Iterator[str]:
    outcome = verdict.outcome
    if outcome in ("made", "alike"):
        yield _made(verdict, said)
        if verdict.permission is not None:
            yield _permission(verdict.permission, said)
        yield from _conflicts(verdict, said)
        if outcome == "made":  # what only looks alike may be older than the render
            yield from _copy(verdict, said)
        if verdict.signed_again:
            yield str(said["signed-again"].format(**_signer(verdict.manifest, said)))
    elif outcome == "marked":
        yield said["marked"]
        yield from _conflicts(verdict, said)
        yield from _copy(verdict, said)
    elif outcome in ("signed-ai", "signed"):
        yield _signed(verdict, said)
        yield from _conflicts(verdict, said)
        yield said["unmarked-too"]
    elif outcome == "tampered":
        yield _tampered(verdict.manifest, said)
    elif outcome == "unreadable":
        yield said["unreadable"]
    else:
        yield _nothing(verdict, said)
    if not verdict.file.whole:
        yield said["part"]


def _made(verdict: Verdict, said: dict[str, Any]) -> str:
    word, record = verdict.word, verdict.record
    use = (record.use if record else "") or (word.permission.use if word.permission else "")
    kind = verdict.permission.kind if verdict.permission else (word.permission.kind if word.permission else "")
    opened = any(action.name == "c2pa.opened" for action in word.actions)
    key = "alike" if verdict.outcome == "alike" else "changed" if use in CHANGING_USES or opened else "made"
    basis = said["basis"].get(kind, "")
    return str(said[key].format(maker=_maker(word, said), basis=basis))


def _maker(word: ManifestFinding, said: dict[str, Any]) -> str:
    makers = said["maker"]
    name = (word.organisation or word.signer)[:_NAME]
    if word.state == "self-issued":
        if word.organisation:
            return str(makers["claimed"].format(name=word.organisation[:_NAME]))
        return str(makers["own" if word.own else "self-issued"])
    if word.good and name:
        return str(makers["named"].format(name=name))
    return str(makers["unknown"])


def _permission(found: PermissionFinding, said: dict[str, Any]) -> str:
    since = said["since"].format(date=_date(found.since)) if found.since else ""
    return str(said["permission"][found.state].format(since=since))


def _date(moment: datetime) -> str:
    return moment.date().isoformat()


def _conflicts(verdict: Verdict, said: dict[str, Any]) -> Iterator[str]:
    for conflict in verdict.conflicts:
        yield str(said["conflict"][conflict])


def _copy(verdict: Verdict, said: dict[str, Any]) -> Iterator[str]:
    if verdict.record is not None and verdict.record.exact:
        yield str(said["exact"])
        return
    for change in verdict.changes:
        if change.what in _SAID_ALONE:
            yield str(said[change.what])
    done = [changed(change, said) for change in verdict.changes if change.what not in _SAID_ALONE]
    if done:
        listed = done[0] if len(done) == 1 else ", ".join(done[:-1]) + said["and"] + done[-1]
        yield str(said["copy"].format(changes=listed))


def changed(change: Change, said: dict[str, Any]) -> str:
    """One change in words."""
    if change.what in _SAID_ALONE:
        return str(said[change.what])
    return str(said["change"][change.what].format(amount=f"{abs(change.amount):g}"))


def _signed(verdict: Verdict, said: dict[str, Any]) -> str:
    found = verdict.manifest
    signed_by = _signer(found, said)
    if verdict.outcome == "signed-ai":
        generator = said["with"].format(name=found.generator[:_NAME]) if found.generator else ""
        return str(said["signed-ai"].format(generator=generator, **signed_by))
    kinds = set(found.source_types)
    if kinds & _CAMERA:
        statement = "camera"
    elif kinds & _HUMAN:
        statement = "human"
    elif any(action.name in ("c2pa.edited", "c2pa.opened") for action in found.actions):
        statement = "edited"
    else:
        statement = "other"
    return str(said["signed"].format(statement=said["statement"][statement], **signed_by))


def _signer(found: ManifestFinding, said: dict[str, Any]) -> dict[str, str]:
    name = (found.organisation or found.signer or "?")[:_NAME]
    return {
        "signer": said["quote"].format(name=name),
        "trust": said["trust"].get(found.state, said["trust"]["unchecked"]),
    }


def _tampered(found: ManifestFinding, said: dict[str, Any]) -> str:
    reason = said["broken"][broken(found)]
    name = (found.organisation or found.signer)[:_NAME]
    if name:
        return str(said["tampered"].format(reason=reason, signer=said["quote"].format(name=name)))
    return str(said["tampered-unknown"].format(reason=reason))


def broken(found: ManifestFinding) -> str:
    """What is wrong with a manifest: a key of the words' `broken`."""
    codes = " ".join(found.failures)
    for key, signs in (
        ("statements", ("hashedURI.mismatch", "assertion.missing")),
        ("signature", ("claimSignature.mismatch", "claimSignature.missing")),
        ("certificate", ("signingCredential", "outsideValidity")),
        ("file", ("Hash.mismatch",)),
    ):
        if any(sign in codes for sign in signs):
            return key
    return "other"


def _nothing(verdict: Verdict, said: dict[str, Any]) -> str:
    if verdict.manifest.where == "remote":
        return str(said["nothing-remote"])
    if verdict.file.kind in ("picture", "video") and 0 < min(verdict.file.width, verdict.file.height) < 64:
        return str(said["nothing-small"])
    complete = verdict.picture.complete if verdict.file.kind != "sound" else verdict.sound.complete
    return str(said["nothing" if complete else "nothing-part"])
