"""Likenesses that can be opened here: whose, under which grant, until when, what of them is missing; and their end."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path as File
from typing import Annotated, Literal

from fastapi import APIRouter, Path
from pydantic import BaseModel

from countenance.errors import CountenanceError
from countenance.likeness.library.likeness_store import delete_likeness, number_of
from countenance.permission.likeness_keys import LikenessKey, LikenessKeys
from countenance.server.context import Context, Studio, Who
from countenance.server.grants import KeptGrant
from countenance.server.problems import RESPONSES
from countenance.server.receipts import Receipt, receipt_of
from countenance.server.refusals import NotThere

LikenessId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$", examples=["0" * 32])]

routes = APIRouter(prefix="/v1/likenesses", tags=["likenesses"], responses=RESPONSES)


class LikenessView(BaseModel):
    """A likeness.

    Attributes:
        id: as a swap's `likeness` takes it.
        state: of its grant; `no_grant` where that is not kept here any more, `no_file` where the likeness is not where
            it was last written.
        subject: whom its grant is about.
        grant, ends: of its grant.
    """

    id: str
    name: str
    made: datetime | None
    state: Literal["good", "uncompared", "not_yet", "expired", "revoked", "no_grant", "no_file"]
    subject: str
    grant: str
    uses: list[str]
    ends: datetime | None
    bytes: int

    @classmethod
    def of(cls, key: LikenessKey, grant: KeptGrant | None) -> LikenessView:
        """A likeness as it is answered."""
        there = number_of(File(key.path)) == key.id if key.path else False
        signed = None if grant is None else grant.signed.grant
        return cls(
            id=key.id, name=key.name, made=datetime.fromisoformat(key.made_at) if key.made_at else None,
            state="no_file" if not there else "no_grant" if grant is None else grant.state,
            subject="" if signed is None else signed.subject.name, grant=key.grant_id,
            uses=[] if signed is None else list(signed.scope.uses), ends=None if signed is None else signed.ends_at,
            bytes=File(key.path).stat().st_size if there else 0,
        )  # fmt: skip


@routes.get("", response_model=list[LikenessView])
def listed(studio: Studio, who: Who) -> list[LikenessView]:
    """All likenesses that can be opened here, newest first."""
    who.require("read")
    keys = LikenessKeys.at_home(studio.settings)
    found = [key for number in keys.numbers() if (key := _opened(keys, number)) is not None]
    grants = {one.signed.grant.id: one for one in studio.grants.all()} if found else {}
    rows = [LikenessView.of(key, grants.get(key.grant_id)) for key in found]
    return sorted(rows, key=lambda one: (one.made is not None, one.made.timestamp() if one.made else 0), reverse=True)


class DeletedLikeness(BaseModel):
    """What went, the jobs that ended with it, and the receipt."""

    file: bool
    key: bool
    jobs: list[str]
    receipt: Receipt


@routes.delete("/{number}", response_model=DeletedLikeness)
def delete(number: LikenessId, studio: Studio, who: Who) -> DeletedLikeness:
    """Delete a likeness for good, file and key: no copy of it, wherever it lies, can be opened again."""
    who.require("permission")
    if number not in LikenessKeys.at_home(studio.settings).numbers():
        raise NotThere(f"There is no likeness {number} here.")
    jobs = _stop_jobs(number, studio)
    gone = delete_likeness(number, studio.settings)
    return DeletedLikeness(file=gone.file, key=gone.key, jobs=jobs, receipt=receipt_of([gone.seq], studio.settings))


def _opened(keys: LikenessKeys, number: str) -> LikenessKey | None:
    try:
        return keys.find(number)
    except CountenanceError:
        return None  # `countenance likeness list` says why


def _stop_jobs(number: str, studio: Context) -> list[str]:
    """Jobs that wait or run with it end."""
    ended = []
    for state in ("queued", "running"):
        jobs, _ = studio.queue.jobs(None, state=state, limit=10_000)
        for job in jobs:
            if job.spec.get("likeness") == number:
                studio.queue.stop(job.id)
                ended.append(job.id)
    return ended
