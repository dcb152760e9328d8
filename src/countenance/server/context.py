"""What all routes of one studio share, and who is asking. Sign-in is by key or by the page's cookie; a cookie alone
changes nothing: what changes something bears a header that no other site's page can send."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import APIKeyCookie, HTTPBearer
from fastapi.security.http import HTTPAuthorizationCredentials

from countenance.server.access import Access, Caller, NotAllowed, SignInNeeded
from countenance.server.campaigns.store import Campaigns
from countenance.server.consent.answering import Answering
from countenance.server.consent.requests import Requests
from countenance.server.database import Database
from countenance.server.grants import Grants
from countenance.server.jobs.pool import Pool
from countenance.server.jobs.queue import Queue
from countenance.server.looks import Looks
from countenance.server.metrics import Metrics
from countenance.server.news import News
from countenance.server.options import Options
from countenance.server.places import Places
from countenance.server.previews import Previews
from countenance.server.shares import Shares
from countenance.server.uploads import Uploads
from countenance.server.webhooks import Webhooks
from countenance.settings import Settings

COOKIE = "countenance_session"
PAGE_HEADER = "x-countenance"
"""Its presence is all that counts: to send it across origins, a browser asks first, and is refused."""
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

_bearer = HTTPBearer(auto_error=False, description="An API key.")
_cookie = APIKeyCookie(name=COOKIE, auto_error=False, description="The page's session.")


@dataclass
class Context:
    """One running studio."""

    settings: Settings
    options: Options
    database: Database
    queue: Queue
    access: Access
    uploads: Uploads
    places: Places
    hooks: Webhooks
    news: News
    metrics: Metrics
    looks: Looks
    previews: Previews
    grants: Grants
    requests: Requests
    answering: Answering
    campaigns: Campaigns
    shares: Shares
    pool: Pool | None = None

    def bytes_of(self, owner: str) -> int:
        """Of an owner's uploads and results."""
        return self.uploads.bytes_of(owner) + self.queue.bytes_of(owner)


def context_of(request: Request) -> Context:
    """The studio that is asked."""
    found: Context = request.app.state.context
    return found


def caller_of(
    request: Request,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)] = None,
    cookie: Annotated[str | None, Depends(_cookie)] = None,
) -> Caller:
    """Who asks. Raises SignInNeeded, NotAllowed."""
    context = context_of(request)
    if bearer is not None:
        return context.access.caller(bearer.credentials, "key")
    if not cookie:
        raise SignInNeeded("Nobody is signed in.")
    if request.method not in _SAFE:
        refuse_other_sites(request, context)
    return context.access.caller(cookie, "session")


def refuse_other_sites(request: Request, context: Context) -> None:
    """Refuse what another site's page has a browser send. Raises NotAllowed: studio.other_site."""
    origin = request.headers.get("origin")
    foreign = origin is not None and origin != "null" and not context.options.serves(origin.partition("://")[2])
    if PAGE_HEADER not in request.headers or foreign or origin == "null":
        raise NotAllowed(
            "This was sent by the page of another site.",
            "Use the studio's own page, or an API key.",
            code="studio.other_site",
        )


Studio = Annotated[Context, Depends(context_of)]
Who = Annotated[Caller, Depends(caller_of)]
