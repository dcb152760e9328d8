"""Makes what is still to be made, and keeps book of it: stopped at any moment, it goes on where it was."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from countenance.campaign.dry_run import Prospect
from countenance.campaign.journal import Journal, JournalEntry
from countenance.campaign.version import Outcome, Version
from countenance.campaign.version_job import finished_since
from countenance.campaign.workers import Executor, Started
from countenance.errors import Interrupted
from countenance.settings import Settings

Watch = Callable[[Version, JournalEntry], None]
"""Called after each event that the journal keeps."""


@dataclass(frozen=True)
class Tally:
    """What became of a run.

    Attributes:
        made: by this run.
        found: finished by an earlier run that was stopped before it could say so.
        before: made earlier.
        failed: names of versions that were tried and not made.
        left: names of versions that were not tried, for want of permission or for another known reason.
    """

    made: int
    found: int
    before: int
    failed: tuple[str, ...]
    left: tuple[str, ...]


def run(
    prospects: Sequence[Prospect], journal: Journal, executor: Executor, settings: Settings, watch: Watch | None = None
) -> Tally:
    """Make every version that is to be made. The journal must be held: see `Journal.writing`.

    Args:
        prospects: of all versions, as `survey` gives them.
        journal: being written.
        executor: where versions are made.
        settings: of the installation.
        watch: told of each event.

    Raises:
        Interrupted: at Ctrl-C; what was made is kept. OutputFull: the journal cannot be written.
    """
    versions = {one.version.name: one.version for one in prospects}
    tell = watch or (lambda _version, _entry: None)
    wanted = [one.version for one in prospects if one.state == "to make"]
    sweep(list(versions.values()))
    found = 0
    unheard = journal.unheard()
    pending = []
    for version in wanted:
        facts = _unheard(version, unheard.get(version.name), settings)
        if facts is None:
            pending.append(version)
            continue
        found += 1
        tell(version, journal.write("made", version.name, version.fingerprint, **facts))
    made, failed = 0, []
    events = executor.run(pending)
    try:
        for event in events:
            if isinstance(event, Started):
                version = event.version
                tell(version, journal.write("started", version.name, version.fingerprint, attempt=event.attempt))
                continue
            version = versions[event.version]
            tell(version, _keep(event, version, journal))
            made += event.problem is None
            if event.problem is not None:
                failed.append(version.name)
    except KeyboardInterrupt as error:
        _close(events)
        count = sum(one.state == "made" for one in prospects) + found + made
        raise Interrupted(
            f"Interrupted with {count} of {len(prospects)} versions made; no half-made file was left.",
            "Run the same command again to go on from here.",
        ) from error
    finally:
        _close(events)
        sweep(list(versions.values()))
    return Tally(
        made,
        found,
        sum(one.state == "made" for one in prospects),
        tuple(failed),
        tuple(one.version.name for one in prospects if one.state in ("refused", "blocked")),
    )


def sweep(versions: Sequence[Version]) -> None:
    """Take away what a killed worker left beside its output. Only while the journal is held and nothing is made."""
    for version in versions:
        for path in (version.output, version.captions):
            if path is not None and path.parent.is_dir():
                for partial in path.parent.glob(f".{_literal(path.stem)}.*.part*"):
                    partial.unlink(missing_ok=True)


def _literal(text: str) -> str:
    return "".join(f"[{c}]" if c in "*?[" else c for c in text)


def _keep(outcome: Outcome, version: Version, journal: Journal) -> JournalEntry:
    if outcome.problem is None:
        return journal.write("made", version.name, version.fingerprint, **outcome.facts)
    problem = outcome.problem
    told = {"code": problem.code, "message": problem.message, "remedy": problem.remedy}
    return journal.write("failed", version.name, version.fingerprint, **told)


def _unheard(version: Version, began: JournalEntry | None, settings: Settings) -> dict[str, object] | None:
    """The facts of a version that was begun, of which no end is known, and whose file is there all the same."""
    if began is None or began.fingerprint != version.fingerprint:
        return None
    return finished_since(version, datetime.fromisoformat(began.at), settings)


def _close(events: object) -> None:
    close = getattr(events, "close", None)
    if close is not None:
        close()
