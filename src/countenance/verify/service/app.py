"""The application: routes, errors as JSON, and headers that keep browsers from doing what the page does not need."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import JSONResponse

import countenance
from countenance.errors import CountenanceError
from countenance.settings import Settings, default_settings
from countenance.verify.service.apart import prepare
from countenance.verify.service.desk import Desk, Service
from countenance.verify.service.page import page_routes
from countenance.verify.service.resolution import resolution_routes

__all__ = ["Service", "create_app"]

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; img-src 'self' data:; style-src 'self'; script-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


def create_app(settings: Settings | None = None, service: Service | None = None) -> FastAPI:
    """The service over the settings' registry.

    Raises:
        OutputFolder: the registry cannot be opened.
    """
    desk = Desk(settings or default_settings(), service or Service())

    @asynccontextmanager
    async def running(_app: FastAPI) -> AsyncIterator[None]:
        prepare()
        yield
        desk.close()

    app = FastAPI(
        title="C2PA Soft Binding Resolution API",
        summary="From an invisible mark to the manifest it belongs to; and what a file is, for anyone.",
        version="1.0.0",
        lifespan=running,
        docs_url=None,
        redoc_url=None,
        license_info={"name": "Apache-2.0"},
    )
    app.add_middleware(
        CORSMiddleware, allow_origins=["*"], allow_methods=["GET", "POST"], allow_headers=["Content-Type"]
    )
    app.include_router(resolution_routes(desk))
    app.include_router(page_routes(desk))

    @app.middleware("http")
    async def careful(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await call_next(request)
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers["Server"] = f"countenance/{countenance.__version__}"
        return response

    @app.exception_handler(CountenanceError)
    async def told(_request: Request, error: CountenanceError) -> JSONResponse:
        return JSONResponse({"error": _public(error)}, status_code=error.http_status)

    @app.exception_handler(RequestValidationError)
    async def invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
        places = ["/".join(str(part) for part in one["loc"][1:]) for one in error.errors()]
        return JSONResponse({"detail": f"Invalid query value: {', '.join(dict.fromkeys(places))}"}, status_code=400)

    return app


def _public(error: CountenanceError) -> dict[str, Any]:
    return {"code": error.code, "message": error.message, "remedy": error.remedy}
