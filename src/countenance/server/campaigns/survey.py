"""What becomes of each version: made, being made, ready, a draft that waits for its reader, or what stands in its way;
and its jobs put in. Everything is asked before anything is made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal

from countenance.errors import BadOption, CountenanceError
from countenance.server.access import Caller
from countenance.server.campaigns.plan import CampaignBody, Obstacle, Version, expand
from countenance.server.campaigns.store import Campaign, MadeFor
from countenance.server.context import Context
from countenance.server.grants import numbers_of
from countenance.server.jobs import spec
from countenance.server.jobs.job import NewJob
from countenance.server.refusals import NotNow, OverQuota

State = Literal["unchecked", "ready", "draft", "refused", "blocked", "queued", "running", "done", "failed", "cancelled"]
STARTS = ("ready", "failed", "cancelled")


@dataclass(frozen=True)
class Prospect:
    """A version and how it stands.

    Attributes:
        version: what.
        state: `unchecked` before the policy was asked; `refused` for want of permission, `blocked` by something else;
            from `queued` on, its job's.
        obstacles: all that stands in the way, or why its job failed.
        basis: why it may be made.
        made: its job.
    """

    version: Version
    state: State
    obstacles: tuple[Obstacle, ...]
    basis: str = ""
    made: MadeFor | None = None


def survey(campaign: Campaign, studio: Context) -> list[Prospect]:
    """How every version stands, in order. Looks at files that were not looked at before. Raises BadOption."""
    body = campaign.body
    kinds, unusable = _kinds(body, campaign.owner, studio)
    versions = expand(body, kinds, _speaks)
    jobs, answers = studio.campaigns.jobs(campaign), campaign.answers
    found = []
    for version in versions:
        made = jobs.get(version.name)
        if made is not None and made.fingerprint == version.fingerprint and version.body is not None:
            found.append(_of_job(version, made, answers))
            continue
        answer = None if answers is None else answers.get(version.question)
        obstacles = [*version.obstacles, *([unusable[version.face]] if version.face in unusable else [])]
        told = (answer or {}).get("problem")
        if told is not None:
            obstacles.append(Obstacle(told["code"], told["message"], told["remedy"]))
        state: State = (
            "refused" if told is not None and obstacles[-1].code.startswith("permission")
            else "blocked" if obstacles
            else "draft" if version.language in body.drafts
            else "unchecked" if answer is None
            else "ready"
        )  # fmt: skip
        found.append(Prospect(version, state, tuple(obstacles), "" if answer is None else answer.get("basis", "")))
    return _counted(found, answers or {})


def check(campaign: Campaign, studio: Context) -> Campaign:
    """Ask the policy about every face in every language; nothing is made. Raises PreviewFailed, NotNow, BadOption."""
    kinds, _ = _kinds(campaign.body, campaign.owner, studio)
    questions: dict[str, spec.Speak | spec.Dub] = {}
    for version in expand(campaign.body, kinds, _speaks):
        if version.body is not None:
            questions.setdefault(version.question, version.body)
    answers = {key: studio.previews.permission(body) for key, body in sorted(questions.items())}
    return studio.campaigns.answer(studio.campaigns.find(campaign.id), answers)


def start(
    campaign: Campaign, studio: Context, who: Caller, *, names: Sequence[str] = (), leave_out: bool = False
) -> int:
    """Put in a job for every version that is not made yet; how many there were. Asked twice, it makes none twice.

    Args:
        campaign: which; the policy is asked about it again.
        names: only these versions; none: all.
        leave_out: whether those that cannot be made are left out, rather than keep the others from being made.

    Raises:
        NotNow: campaign.blocked. OverQuota; BadOption: a name that there is not.
    """
    campaign = check(campaign, studio)
    prospects = survey(campaign, studio)
    if names and (unknown := set(names) - {one.version.name for one in prospects}):
        raise BadOption(f"There is no version {sorted(unknown)[0][:80]}.", "Take names from the list of versions.")
    chosen = [one for one in prospects if not names or one.version.name in names]
    stuck = [one for one in chosen if one.state in ("blocked", "refused", "draft")]
    if stuck and not leave_out:
        raise NotNow(
            f"{len(stuck)} of {len(chosen)} versions cannot be made as it stands; nothing was begun.",
            "Clear what stands in their way, or leave them out.",
            code="campaign.blocked",
        )
    due = [one for one in chosen if one.state in STARTS]
    _refuse_beyond_quota(len(due), studio, who)
    for one in due:
        _put_in(one, campaign, studio, who)
    return len(due)


def cancel(campaign: Campaign, studio: Context) -> int:
    """End every job of a campaign that waits or runs; how many there were."""
    running = [one.job for one in studio.campaigns.jobs(campaign).values() if one.state in ("queued", "running")]
    for number in running:
        studio.queue.stop(number)
    return len(running)


def _put_in(one: Prospect, campaign: Campaign, studio: Context, who: Caller) -> None:
    body, version = one.version.body, one.version
    assert body is not None  # it is due
    if one.made is not None:
        studio.queue.retry(one.made.job)
        return
    token = f"{campaign.id}:{version.fingerprint}"
    new = NewJob(
        owner=campaign.owner, recipe=body.recipe, title=body.title, spec=body.model_dump(mode="json"),
        priority=body.priority, grants=numbers_of(spec.grants_of(body), studio.settings),
        uploads=spec.uploads_of(body), token=token, waiting=who.quota.waiting,
    )  # fmt: skip
    job, _ = studio.queue.add(new)
    studio.campaigns.note(campaign, version.name, version.fingerprint, job.id)


def _refuse_beyond_quota(count: int, studio: Context, who: Caller) -> None:
    """Before the first is put in: half a campaign helps nobody."""
    import time

    quota, queue = who.quota, studio.queue
    there = queue.counts(who.owner)
    if quota.waiting and there.get("queued", 0) + there.get("running", 0) + count > quota.waiting:
        raise OverQuota(f"{count} jobs are too many: {quota.waiting} of this key may wait.", "Begin with a part of it.")
    if quota.jobs_a_day and queue.made_since(who.owner, time.time() - 86400) + count > quota.jobs_a_day:
        raise OverQuota(f"This key may make {quota.jobs_a_day} jobs within a day.", "Begin with a part of it.")
    if quota.bytes and studio.bytes_of(who.owner) >= quota.bytes:
        raise OverQuota("This key has no room left for results.", "Delete results or uploads first.")


def _of_job(version: Version, made: MadeFor, answers: dict[str, dict[str, Any]] | None) -> Prospect:
    told = made.problem
    obstacles = () if told is None else (Obstacle(told["code"], told["message"], told["remedy"]),)
    basis = (answers or {}).get(version.question, {}).get("basis", "")
    return Prospect(version, made.state, obstacles, basis, made)  # type: ignore[arg-type]


def _counted(found: list[Prospect], answers: dict[str, dict[str, Any]]) -> list[Prospect]:
    """Versions that a grant's count does not reach are refused."""
    planned: Counter[str] = Counter()
    told = []
    for one in found:
        uses = answers.get(one.version.question, {}).get("uses", [])
        if one.state in ("ready", "queued", "running"):
            for grant, times, used in uses:
                planned[grant] += 1
                if one.state == "ready" and times is not None and used + planned[grant] > times:
                    obstacle = Obstacle(
                        "permission.count",
                        f"The grant allows {times} renders, {used} are used, and the campaign needs more.",
                        "Ask for more, or leave some versions out.",
                    )
                    one = replace(one, state="refused", obstacles=(obstacle,))
        told.append(one)
    return told


def _kinds(body: CampaignBody, owner: str, studio: Context) -> tuple[dict[str, str], dict[str, Obstacle]]:
    """Of each face whether it is a picture or a film; and why others cannot be used."""
    from countenance.server.places import SAMPLES, sample

    kinds, unusable = {}, {}
    for face in body.faces:
        try:
            if face.source in SAMPLES:
                seen = studio.looks.faces(sample(face.source), face.source)
            else:
                path = studio.uploads.path(face.source, owner)
                seen = studio.looks.faces(path, studio.uploads.find(face.source).sha256 or "")
            kinds[face.name] = str(seen["kind"])
        except CountenanceError as error:
            unusable[face.name] = Obstacle.of(error)
    return kinds, unusable


@lru_cache(maxsize=512)
def _speaks(name: str | None, language: str) -> str | Obstacle:
    """The voice that speaks a language: this one, or whichever does; or why none."""
    from countenance.speech.voice import choose_voice, own_voice

    if own_voice(name) is not None:
        return Obstacle("input.option", "A voice is one that is installed here.", "See the list of voices.")
    try:
        return choose_voice(name, language)[0].name
    except CountenanceError as error:
        return Obstacle.of(error)
