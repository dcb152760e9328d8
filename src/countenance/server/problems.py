"""Errors as RFC 9457 problem documents: `type` and `code` are stable, `detail` speaks of this request, `remedy` says
what to do. Nothing of the inside of the program is told."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from countenance.errors import CountenanceError

MEDIA_TYPE = "application/problem+json"
_REMEDIES = {
    404: "Check the address; /openapi.json lists them.",
    405: "Use another method; /openapi.json lists them.",
    408: "Send it again, over a faster connection.",
    412: "Send it with the version that the answer names.",
    413: "Send less at once; files go through /v1/uploads.",
}


class Problem(BaseModel):
    """What went wrong (RFC 9457)."""

    type: str = Field(examples=["urn:countenance:problem:face.none"])
    title: str
    status: int
    detail: str
    code: str
    remedy: str


class ProblemResponse(JSONResponse):
    """A problem document."""

    media_type = MEDIA_TYPE


RESPONSES: dict[int | str, dict[str, Any]] = {
    code: {"description": text, "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    for code, text in {
        400: "The request is not well-formed.",
        401: "Nobody is signed in.",
        403: "The key may not do this, or the likeness may not be used.",
        404: "There is no such thing here.",
        409: "It cannot be done in this state.",
        410: "It is not shown any more.",
        408: "It came too slowly.",
        412: "This version of a protocol is not spoken here.",
        413: "Too much was sent.",
        422: "What was sent cannot be used.",
        429: "More than the quota allows.",
        500: "Something unforeseen happened.",
        503: "Too busy; ask again.",
        507: "There is no room.",
    }.items()
}


def problem(status: int, code: str, detail: str, remedy: str) -> dict[str, Any]:
    """The document."""
    title = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Problem"
    said = {"detail": detail, "remedy": remedy}
    said = {key: value.encode("utf-8", "replace").decode() for key, value in said.items()}
    return {"type": f"urn:countenance:problem:{code}", "title": title, "status": status, "code": code, **said}


def problem_bytes(status: int, code: str, detail: str, remedy: str) -> tuple[bytes, bytes]:
    """The media type and the document, for layers outside of the framework."""
    return MEDIA_TYPE.encode(), json.dumps(problem(status, code, detail, remedy)).encode()


def answer_problems(app: FastAPI) -> None:
    """Have every error of an application answered like that."""

    @app.exception_handler(CountenanceError)
    async def told(_request: Request, error: CountenanceError) -> JSONResponse:
        status = error.http_status
        headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None
        return ProblemResponse(problem(status, error.code, error.message, error.remedy), status, headers=headers)

    @app.exception_handler(RequestValidationError)
    async def invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        where = "/".join(str(part) for part in first["loc"])
        status = 400 if first["type"] == "json_invalid" else 422
        detail = f"{where}: {first['msg']}."
        return ProblemResponse(
            problem(status, "input.request", detail, "Correct this field and send it again."), status
        )

    @app.exception_handler(HTTPException)
    async def http(_request: Request, error: HTTPException) -> JSONResponse:
        said = problem(
            error.status_code,
            "busy" if error.status_code == 503 else "request",
            str(error.detail),
            _REMEDIES.get(error.status_code, "Ask again in a moment."),
        )
        return ProblemResponse(said, error.status_code, headers=error.headers)
