"""One plain sentence for a verdict, from one table: which clauses an outcome has, in which order. It claims no more
than was found: without a mark it says just that, never that a file is authentic, and of consent only what somebody
other than the maker vouches for. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from countenance.marking.render_spec import UNASKED_BED, UNASKED_LIVE, UNASKED_SOUND
from countenance.permission.assurance import LEVELS, Assessed
from countenance.verify.changes import Change
from countenance.verify.findings import ManifestFinding
from countenance.verify.issuer_words import recorded_by, whom_to_ask
from countenance.verify.judging import CAMERA
from countenance.verify.quoting import Said, quoted
from countenance.verify.readers.findings import OthersMark
from countenance.verify.states import of_codes
from countenance.verify.verdict import Outcome, Verdict
from countenance.verify.words import words

CHANGING_USES = frozenset({"dub", "swap", "re-age", "try-on", "kiosk", "double"})
_SAID_ALONE = frozenset({"still", "unsigned"})
_HUMAN = frozenset({"digitalCreation", "digitalArt", "minorHumanEdits", "humanEdits"})
_SAID_BY_OUTCOME = frozenset({("mark-looks-copied", "copied"), ("manifest-broken", "tampered")})
_NAME, _STATEMENT = 80, 160

Clause = Callable[[Verdict, Said], Iterator[str]]


def sentence(verdict: Verdict, language: str = "en") -> str:
    """The sentence, in a language of `words`."""
    said = words(language)
    parts = [part for clause in TABLE[verdict.outcome] for part in clause(verdict, said) if part]
    whole = "; ".join(parts)
    return whole[:1].upper() + whole[1:] + str(said["stop"])


def _made(verdict: Verdict, said: Said) -> Iterator[str]:
    word, record = verdict.word, verdict.record
    use = word.permission.use if word.permission else record.use if record else ""
    opened = any(action.name == "c2pa.opened" for action in word.actions)
    whole = "changed" if use in CHANGING_USES or opened else "made"
    key = {"sound": "sound", "part": "part-made", "whole": whole}[verdict.scope]
    yield str(said[key].format(maker=_maker(word, said)))


def _alike(_verdict: Verdict, said: Said) -> Iterator[str]:
    yield str(said["alike"])


def _maker(word: ManifestFinding, said: Said) -> str:
    """Who made it: by name only where a root that was imported here vouches for the name."""
    makers = said["maker"]
    name = (word.organisation or word.signer)[:_NAME]
    if word.state == "trusted" and name:
        return str(makers["named"].format(name=name))
    if word.own:
        return str(makers["own"])
    if word.state == "self-issued" and not word.organisation:
        return str(makers["self-issued"])
    if word.good and name:
        return str(makers["claimed"].format(name=quoted(name, said)))
    return str(makers["unknown"])


def _vouching(verdict: Verdict, said: Said) -> Iterator[str]:
    """Who vouches for the likeness that is shown, and for the voice; of several the weakest. Where another face may be
    shown than the one that was made, nobody does."""
    if verdict.scope == "part":
        yield str(said["further" if verdict.file.further else "part-shown"])
        return
    heard_only = verdict.scope == "sound" or verdict.file.kind == "sound"
    unheard = any(change.what in ("other-sound", "muted") for change in verdict.changes)
    for role in ("voice",) if heard_only else ("shown",) if unheard else ("shown", "voice"):
        entries = [one for one in verdict.vouching if one.assurance.role == role]
        if not entries and role == "voice" and not heard_only:
            continue
        if not entries and verdict.scope == "sound":
            continue  # what is known is of the pictures it came with
        if not entries:
            entries = list(verdict.vouching)
        if entries:
            least = vouched(min(entries, key=_strength), said)
            people = len({one.assurance.grant_sha256 for one in entries}) if role == "shown" else 1
            yield least if people == 1 else str(said["several"].format(n=people, least=least))


def _beyond(verdict: Verdict, said: Said) -> Iterator[str]:
    """A copy that shows more than what was made: of that nothing is known."""
    if verdict.scope == "whole" and any(
        change.what in ("inset", "lengthened", "overlaid") for change in verdict.changes
    ):
        yield str(said["beyond"])


def _unasked(verdict: Verdict, said: Said) -> Iterator[str]:
    """Sound that came from a file, of which nobody was asked; and words that had to be confirmed."""
    if any(action.description in (UNASKED_SOUND, UNASKED_BED, UNASKED_LIVE) for action in verdict.word.actions):
        yield str(said["unasked-sound"])
    if (permission := verdict.word.permission) is not None and permission.script:
        topics = said["and"].join(said["script"][topic] for topic in permission.script)
        yield str(said["script"]["meant"].format(topics=topics))


def _strength(one: Assessed) -> tuple[bool, int]:
    return one.vouched, LEVELS.index(one.assurance.level)


def vouched(one: Assessed, said: Said) -> str:
    """Who vouches for one likeness, in words. `with the consent of …` only where this verifier found who vouches."""
    claim = one.assurance
    whom = said["whom"].get(claim.role, said["whom"]["shown"])
    if one.vouched:
        text = said["vouched"][claim.kind].format(
            whom=whom,
            authority=quoted(one.vouched_by[:_NAME], said),
            statement=_statement(claim.statement, said),
        )
        return str(text)
    how = said["how"].get(claim.level, "")
    by = said["by"].format(how=claim.attested_by[:_NAME]) if claim.attested_by else ""
    text = said["claim"][claim.kind].format(whom=whom, statement=_statement(claim.statement, said))
    return str(text + how.format(by=by) + said["nobody"])


def _statement(text: str, said: Said) -> str:
    return str(said["stated"].format(statement=quoted(text[:_STATEMENT], said))) if text else ""


def _standing(verdict: Verdict, said: Said) -> Iterator[str]:
    found = verdict.permission
    if found is None or verdict.scope == "sound":
        return
    since = said["since"].format(date=_date(found.since)) if found.since else ""
    yield str(said["permission"][found.state].format(since=since))
    if any(one.assurance.counted_by == "maker" for one in verdict.vouching):
        yield str(said["counted"])


def _date(moment: datetime) -> str:
    return moment.date().isoformat()


def _conflicts(verdict: Verdict, said: Said) -> Iterator[str]:
    for conflict in verdict.conflicts:
        if (conflict, verdict.outcome) not in _SAID_BY_OUTCOME:
            yield str(said["conflict"][conflict])


def _copied(verdict: Verdict, said: Said) -> Iterator[str]:
    yield str(said["copied"].format(when=_when(verdict, said)))


def _uncompared(verdict: Verdict, said: Said) -> Iterator[str]:
    yield str(said["uncompared"].format(when=_when(verdict, said)))


def _when(verdict: Verdict, said: Said) -> str:
    moments = [one.found.made_at for one in verdict.strangers if one.found.made_at is not None]
    return str(said["made-when"].format(date=_date(moments[0]))) if moments else ""


def _marked(_verdict: Verdict, said: Said) -> Iterator[str]:
    yield str(said["marked"])


def _copy(verdict: Verdict, said: Said) -> Iterator[str]:
    if verdict.record is not None and verdict.record.exact and verdict.tie == "bytes":
        yield str(said["exact"])
        return
    for change in verdict.changes:
        if change.what in _SAID_ALONE:
            yield str(said[change.what])
    done = [changed(change, said) for change in verdict.changes if change.what not in _SAID_ALONE]
    if done:
        listed = done[0] if len(done) == 1 else ", ".join(done[:-1]) + said["and"] + done[-1]
        yield str(said["copy"].format(changes=listed))


def changed(change: Change, said: Said) -> str:
    """One change in words."""
    if change.what in _SAID_ALONE:
        return str(said[change.what])
    return str(said["change"][change.what].format(amount=f"{abs(change.amount):g}"))


def _signed_again(verdict: Verdict, said: Said) -> Iterator[str]:
    if verdict.signed_again:
        yield str(said["signed-again"].format(**_signer(verdict.manifest, said)))


def _signed_ai(verdict: Verdict, said: Said) -> Iterator[str]:
    found = verdict.manifest
    generator = said["with"].format(name=found.generator[:_NAME]) if found.generator else ""
    yield str(said["signed-ai"].format(generator=generator, **_signer(found, said)))


def _signed(verdict: Verdict, said: Said) -> Iterator[str]:
    found = verdict.manifest
    kinds = set(found.source_types)
    if kinds & CAMERA:
        statement = "camera"
    elif kinds & _HUMAN:
        statement = "human"
    elif any(action.name in ("c2pa.edited", "c2pa.opened") for action in found.actions):
        statement = "edited"
    else:
        statement = "other"
    yield str(said["signed"].format(statement=said["statement"][statement], **_signer(found, said)))


def _our_marks(verdict: Verdict, said: Said) -> Iterator[str]:
    """What marks of ours are in a file that others signed."""
    if any("unknown" in (one.likeness.picture, one.likeness.sound) for one in verdict.strangers):
        yield str(said["bears-uncompared"])
    elif verdict.unknown:
        yield str(said["bears-unknown"])
    elif not verdict.picture.sightings and not verdict.sound.sightings:
        yield str(said["unmarked-too"])


def _signer(found: ManifestFinding, said: Said) -> dict[str, str]:
    name = (found.organisation or found.signer or "?")[:_NAME]
    return {
        "signer": quoted(name, said),
        "trust": said["trust"].get(found.state, said["trust"]["unchecked"]),
    }


def _tampered(verdict: Verdict, said: Said) -> Iterator[str]:
    found = verdict.manifest
    reason = said["broken"][broken(found)]
    name = (found.organisation or found.signer)[:_NAME]
    if name:
        yield str(said["tampered"].format(reason=reason, signer=quoted(name, said)))
    else:
        yield str(said["tampered-unknown"].format(reason=reason))


def broken(found: ManifestFinding) -> str:
    """What is wrong with a manifest: a key of the words' `broken`."""
    return of_codes(found.failures)[1]


def _unreadable(_verdict: Verdict, said: Said) -> Iterator[str]:
    yield str(said["unreadable"])


def _nothing(verdict: Verdict, said: Said) -> Iterator[str]:
    if verdict.manifest.where == "remote":
        yield str(said["nothing-remote"])
    elif verdict.manifest.state == "unreadable":
        yield str(said["nothing-unread"])
    elif verdict.file.kind in ("picture", "video", "head") and 0 < min(verdict.file.width, verdict.file.height) < 64:
        yield str(said["nothing-small"])
    else:
        complete = verdict.picture.complete if verdict.file.kind != "sound" else verdict.sound.complete
        yield str(said["nothing" if complete else "nothing-part"])


def _by_others(verdict: Verdict, said: Said) -> Iterator[str]:
    """The one thing that decided, in words: a mark or a note of others."""
    best = verdict.marks_of_others.best
    if best is not None:
        yield str(said["by-others"][best.strength].format(claim=claimed(best, said)))


def _others_too(verdict: Verdict, said: Said) -> Iterator[str]:
    """What others' marks and notes say besides."""
    found = verdict.marks_of_others
    decided = verdict.outcome in ("marked-others", "noted-ai")
    agreed = verdict.outcome == "signed-ai" and found.best is not None and found.best.strength == "note"
    told = [] if decided or agreed or found.best is None else [found.best]
    if found.camera is not None and verdict.outcome in ("nothing", "unreadable", "marked-others", "noted-ai"):
        told.append(found.camera)
    for one in told:
        yield str(said["others-too"][one.strength].format(claim=claimed(one, said)))


def claimed(one: OthersMark, said: Said) -> str:
    """What a mark or note of others says, in words: the tool's name is theirs, put in quotes."""
    maker = said["named"].format(name=quoted(one.maker[:_NAME], said)) if one.maker else ""
    return str(said["claimed"][one.claim]) + maker


def _signs(verdict: Verdict, said: Said) -> Iterator[str]:
    """Signs of manipulation, where any were seen: never more than that such a sign was."""
    seen = [said["signal"].get(one.signal, said["signal"]["other"]) for one in verdict.signs.seen]
    if seen:
        yield str(said["signs"].format(signs=said["and"].join(dict.fromkeys(seen))))


def _part(verdict: Verdict, said: Said) -> Iterator[str]:
    if not verdict.file.whole:
        yield str(said["part"])
    if verdict.file.further and verdict.scope != "part":
        yield str(said["further"])


TABLE: dict[Outcome, tuple[Clause, ...]] = {
    "made": (
        _made,
        recorded_by,
        _vouching,
        _beyond,
        _unasked,
        _standing,
        _conflicts,
        _copy,
        _signed_again,
        _others_too,
        _signs,
        _part,
    ),
    "copied": (_copied, _conflicts, _others_too, _signs, _part),
    "uncompared": (_uncompared, _conflicts, _others_too, _signs, _part),
    "marked": (_marked, whom_to_ask, _conflicts, _others_too, _signs, _part),
    "alike": (_alike, _conflicts, _others_too, _signs, _part),
    "signed-ai": (_signed_ai, _conflicts, _our_marks, whom_to_ask, _others_too, _signs, _part),
    "signed": (_signed, _conflicts, _our_marks, whom_to_ask, _others_too, _signs, _part),
    "tampered": (_tampered, _conflicts, _others_too, _signs, _part),
    "marked-others": (_by_others, _conflicts, _others_too, _signs, _part),
    "noted-ai": (_by_others, _conflicts, _others_too, _signs, _part),
    "unreadable": (_unreadable, _others_too, _signs, _part),
    "nothing": (_nothing, _others_too, _signs, _part),
}
"""What is said for each outcome, in this order. Only `made` speaks of who made it and on what it rests."""
