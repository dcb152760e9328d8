"""The application: what starts and ends with it, its routes, and around them the bounds that the verify service has."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncIterator, MutableMapping
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from countenance.server.access import Access
from countenance.server.campaigns.store import Campaigns
from countenance.server.consent.answering import Answering
from countenance.server.consent.requests import Requests
from countenance.server.context import Context
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
from countenance.server.problems import Problem, answer_problems, problem_bytes
from countenance.server.retention import Retention
from countenance.server.routes import campaigns, consent, jobs, likenesses, pages, permission, service, shares, uploads
from countenance.server.routes import looks as looking
from countenance.server.shares import Shares
from countenance.server.uploads import Uploads
from countenance.server.webhooks import Webhooks
from countenance.settings import Settings
from countenance.verify.service.bounds import HEADERS, Application, Bounds, Receive, Send, bounded

_POLICY = (
    "default-src 'none'; img-src 'self' blob: data:; media-src 'self' blob:; style-src 'self'; script-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
OWN_HEADERS = {
    **HEADERS,
    "Content-Security-Policy": _POLICY,
    "Permissions-Policy": "camera=(self), microphone=(self), geolocation=()",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def create_app(settings: Settings, options: Options | None = None) -> tuple[Application, Context]:
    """A studio over the settings' home: an ASGI application, and what its routes share.

    Raises:
        OutputFolder, BadDocument: its database cannot be used.
    """
    options = options or Options()
    context = _context(settings, options)

    @asynccontextmanager
    async def running(_app: FastAPI) -> AsyncIterator[None]:
        over = threading.Event()
        with contextlib.ExitStack() as stack:
            if options.workers != 0:
                context.pool = stack.enter_context(Pool(settings, options.workers, options.database, options.maker))
            sweeper = Retention(context.database, context.queue, context.uploads, context.places, options.keep_days)
            threads = [
                threading.Thread(target=run, args=(over,), daemon=True) for run in (sweeper.run, context.hooks.run)
            ]
            for thread in threads:
                thread.start()
            reader = asyncio.create_task(context.news.run())
            if options.warm:
                context.looks.prepare()
                context.previews.warm()
            try:
                yield
            finally:
                over.set()
                reader.cancel()
                context.previews.close()
                for thread in threads:
                    await asyncio.to_thread(thread.join, 12.0)
        context.database.close()

    app = FastAPI(
        title="Countenance studio",
        summary="Permitted, marked faces: every job by HTTP.",
        version="1",
        lifespan=running,
        docs_url=None,
        redoc_url=None,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
    )
    app.state.context = context
    for room in (jobs, uploads, looking, campaigns, shares, permission, likenesses, consent, service, pages):
        app.include_router(room.routes)
    answer_problems(app)
    app.openapi = lambda: _described(app)  # type: ignore[method-assign]
    bounds = Bounds(uploads=_is_upload, headers=OWN_HEADERS, error=problem_bytes)
    return bounded(_watched(app, context), bounds), context


def _context(settings: Settings, options: Options) -> Context:
    database = Database.open(settings, options.database)
    queue, places = Queue(database), Places.at_home(settings)
    news, looks, requests = News(queue), Looks(settings), Requests(database)
    previews = Previews(settings)
    context = Context(
        settings=settings,
        options=options,
        database=database,
        queue=queue,
        access=Access(database),
        uploads=Uploads(database, places, options.limits, deleted=previews.forget),
        places=places,
        hooks=Webhooks(database, options.hooks, resolver=options.resolver),
        news=news,
        metrics=Metrics(
            queue, lambda: 0 if context.pool is None else len(context.pool.pids), lambda: context.news.readers
        ),
        looks=looks,
        previews=previews,
        grants=Grants(settings),
        requests=requests,
        answering=Answering(settings, requests, queue, looks.liveness, options.origins),
        campaigns=Campaigns(database),
        shares=Shares(database),
    )
    return context


def _watched(app: FastAPI, context: Context) -> Application:
    """Requests counted and timed, and those refused that were sent to another host's name."""

    async def around(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        begun = time.perf_counter()

        async def counted(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                route = getattr(scope.get("route"), "path", "none")
                context.metrics.requests.labels(scope["method"], route, message["status"]).inc()
                context.metrics.seconds.labels(route).observe(time.perf_counter() - begun)
            await send(message)

        host = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "")
        if not context.options.serves(host):
            kind, said = problem_bytes(
                421,
                "studio.host",
                "This studio is not called that.",
                "Use the address that it printed, or --public-url.",
            )
            headers = [(b"content-type", kind), (b"content-length", str(len(said)).encode())]
            await counted({"type": "http.response.start", "status": 421, "headers": headers})
            await counted({"type": "http.response.body", "body": said})
            return
        await app(scope, receive, counted)

    return around


def _is_upload(method: str, path: str) -> bool:
    return (method == "PATCH" and path.startswith("/v1/uploads/")) or (method == "PUT" and path == "/v1/consent/clip")


def _described(app: FastAPI) -> dict[str, Any]:
    """OpenAPI 3.1, with the problem document among its schemas."""
    if app.openapi_schema is None:
        said = get_openapi(
            title=app.title, version=app.version, summary=app.summary, routes=app.routes, license_info=app.license_info
        )
        said["servers"] = [{"url": "/"}]
        said.setdefault("components", {}).setdefault("schemas", {})["Problem"] = Problem.model_json_schema(
            ref_template="#/components/schemas/{model}"
        )
        app.openapi_schema = said
    return app.openapi_schema
