"""The page on which anyone may ask, and the two calls it makes: a file as the body, or a link."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Header, HTTPException, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field

from countenance.verify.fetching import LinkRefused, fetched, name_of
from countenance.verify.report_page import page_text, template
from countenance.verify.service.request_context import Desk
from countenance.verify.service.sandbox import Look, answer_apart
from countenance.verify.words import LANGUAGES, chosen, words

_ASSETS = {
    "look.css": "text/css; charset=utf-8",
    "page.css": "text/css; charset=utf-8",
    "page.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
_SPOKEN = ("sending", "looking", "cancelled", "network", "too-large", "failed", "busy")


class Link(BaseModel):
    """Where a file lies."""

    url: str = Field(min_length=1, max_length=2048)
    language: str = Field("en", max_length=64)


def page_routes(desk: Desk) -> APIRouter:
    """The page and its calls."""
    routes = APIRouter(include_in_schema=False)
    service = desk.service

    @routes.get("/")
    def page(
        lang: Annotated[str, Query(max_length=64)] = "",
        accept_language: Annotated[str, Header(max_length=500)] = "",
    ) -> HTMLResponse:
        language = chosen(lang, accept_language)
        said = words(language)["page"]
        text = template("page.html").render(
            language=language,
            page=said,
            languages=[(code, words(code)["language"]) for code in LANGUAGES],
            spoken=json.dumps({key: said[key] for key in _SPOKEN}, ensure_ascii=False),
            links=service.links is not None,
            max_bytes=service.max_bytes,
            max_megabytes=service.max_bytes >> 20,
        )
        return HTMLResponse(text, headers={"Content-Language": language, "Vary": "Accept-Language"})

    @routes.get("/assets/{name}")
    def asset(name: str) -> Response:
        if name not in _ASSETS:
            raise HTTPException(404, "There is no such file.")
        return Response(page_text(name), media_type=_ASSETS[name], headers={"Cache-Control": "public, max-age=300"})

    @routes.get("/health")
    async def health() -> dict[str, Any]:
        """Takes no place and waits for nobody; a registry that does not answer in a moment is told as such."""
        renders = await desk.count()
        return {"status": "ok" if renders is not None else "registry", "renders": renders, **desk.state}

    @routes.post("/answers")
    async def answer(
        request: Request,
        language: Annotated[str, Query(max_length=64)] = "en",
        name: Annotated[str, Query(max_length=300)] = "",
    ) -> dict[str, Any]:
        async with desk.received(request) as path:

            def ask(look: Look) -> dict[str, Any]:
                called, spoken = name[:200] or "file", chosen(language)
                return answer_apart(
                    path, desk.settings, desk.allowance, name=called, whole=True, language=spoken, look=look
                )

            return await desk.looked(request, ask)

    @routes.post("/answers/link")
    async def answer_link(link: Link, request: Request) -> dict[str, Any]:
        may = service.links
        if may is None:
            raise LinkRefused("Links are not followed here.", "Download the file, and drop it here.")
        async with desk.place(may.max_bytes, linked=True) as place:
            arrived = await run_in_threadpool(fetched, link.url, place.folder, may, resolver=service.resolver)
            place.room = place.size = arrived.size

            def ask(look: Look) -> dict[str, Any]:
                called, spoken, whole = name_of(link.url), chosen(link.language), arrived.whole
                return answer_apart(
                    arrived.path, desk.settings, desk.allowance, name=called, whole=whole, language=spoken, look=look
                )

            return await desk.looked(request, ask)

    return routes
