"""The pages: built with node from `page/` at set-up, shipped in the wheel. Without them, the API works."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path
from fastapi.responses import HTMLResponse, Response

from countenance import server

_TYPES = {"js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}
_MISSING = (
    "<!doctype html><html lang=en><meta charset=utf-8><title>Countenance</title><h1>The page is not built</h1>"
    "<p>The API works: see <a href=/openapi.json>openapi.json</a>. To build the page: <code>make page</code>.</html>"
)

routes = APIRouter(include_in_schema=False)


@routes.get("/")
def studio() -> HTMLResponse:
    """The studio's page."""
    return _page("index.html")


@routes.get("/consent")
def consent() -> HTMLResponse:
    """The page of a person who was asked. Which request, the link's fragment says, which no server sees."""
    return _page("consent.html")


@routes.get("/share")
def share() -> HTMLResponse:
    """The page of whoever was sent a result. Which, the link's fragment says, which no server sees."""
    return _page("share.html")


@routes.get("/assets/{name}")
def asset(name: Annotated[str, Path(pattern=r"^[A-Za-z0-9_.-]{1,80}\.(js|css|svg)$")]) -> Response:
    """A part of them; its name changes with its content."""
    data = _built(f"assets/{name}")
    if data is None:
        raise HTTPException(404, "There is no such file.")
    kind = _TYPES[name.rpartition(".")[2]]
    return Response(data, media_type=kind, headers={"Cache-Control": "public, max-age=31536000, immutable"})


def _page(name: str) -> HTMLResponse:
    data = _built(name)
    if data is None:
        return HTMLResponse(_MISSING, status_code=503)
    return HTMLResponse(data, headers={"Cache-Control": "no-cache"})


@cache
def _built(name: str) -> bytes | None:
    found = files(server) / "static" / name
    return found.read_bytes() if found.is_file() else None
