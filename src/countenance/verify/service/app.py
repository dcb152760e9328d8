"""The application: routes, errors as JSON, and around it the bounds of `bounds`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import JSONResponse

from countenance.errors import CountenanceError
from countenance.settings import Settings, default_settings
from countenance.spool import spooled
from countenance.verify.service.ask_page import page_routes
from countenance.verify.service.bounds import Application, bounded
from countenance.verify.service.request_context import Desk, Service
from countenance.verify.service.resolution import resolution_routes
from countenance.verify.service.sandbox import prepare

__all__ = ["Service", "create_app"]


def create_app(settings: Settings | None = None, service: Service | None = None) -> Application:
    """The service over the settings' registry, an ASGI application.

    Raises:
        OutputFolder: the registry cannot be opened.
    """
    settings = settings or default_settings()
    desk = Desk(settings, service or Service())

    @asynccontextmanager
    async def running(_app: FastAPI) -> AsyncIterator[None]:
        with spooled(settings) as desk.room:
            prepare(settings)
            try:
                yield
            finally:
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

    @app.exception_handler(CountenanceError)
    async def told(_request: Request, error: CountenanceError) -> JSONResponse:
        return JSONResponse({"error": _public(error)}, status_code=error.http_status)

    @app.exception_handler(RequestValidationError)
    async def invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
        places = ["/".join(str(part) for part in one["loc"][1:]) for one in error.errors()]
        return JSONResponse({"detail": f"Invalid query value: {', '.join(dict.fromkeys(places))}"}, status_code=400)

    return bounded(app)


def _public(error: CountenanceError) -> dict[str, Any]:
    said = {"code": error.code, "message": error.message, "remedy": error.remedy}
    return {key: value.encode("utf-8", "replace").decode() for key, value in said.items()}
