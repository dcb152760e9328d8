"""Uploads by tus 1.0 (creation, termination, expiration): what breaks off goes on where it broke off."""

from __future__ import annotations

import asyncio
import binascii
from base64 import b64decode
from collections.abc import AsyncIterator
from email.utils import formatdate
from typing import Annotated

from fastapi import APIRouter, Header, HTTPException, Path, Request, Response
from fastapi.responses import FileResponse
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from countenance.errors import InputError
from countenance.server.context import Studio, Who
from countenance.server.problems import RESPONSES
from countenance.server.uploads import UNFINISHED_SECONDS, Upload
from countenance.server.views import UploadView

VERSION = "1.0.0"
IDLE_SECONDS = 30.0
"""That may go by without a byte."""
UploadId = Annotated[str, Path(pattern=r"^upl_[0-9a-f]{32}$", examples=["upl_" + "0" * 32])]
Tus = Annotated[str, Header(alias="Tus-Resumable", pattern=r"^[0-9.]{1,10}$")]

routes = APIRouter(prefix="/v1/uploads", tags=["uploads"], responses=RESPONSES)


@routes.options("", include_in_schema=False)
def able(studio: Studio) -> Response:
    """What of tus is spoken here."""
    said = {
        "Tus-Version": VERSION,
        "Tus-Extension": "creation,termination,expiration",
        "Tus-Max-Size": str(studio.uploads.limits.file),
    }
    return Response(status_code=204, headers=_said(**said))


@routes.post("", status_code=201, response_model=UploadView)
def create(
    studio: Studio,
    who: Who,
    response: Response,
    upload_length: Annotated[int, Header(ge=0, le=2**50, description="Bytes that will come.")],
    upload_metadata: Annotated[str, Header(max_length=4096, description="`filename` and its base64.")] = "",
    tus_resumable: Tus = VERSION,
) -> UploadView:
    """Announce a file; its bytes go to the address in `Location`, by PATCH."""
    who.require("jobs")
    _speaks(tus_resumable)
    used = studio.queue.bytes_of(who.owner)
    name = _metadata(upload_metadata).get("filename", "file")
    upload = studio.uploads.create(who.owner, upload_length, name, who.quota.bytes, used)
    response.headers.update(_said(Location=f"/v1/uploads/{upload.id}", **_expiry(upload)))
    return UploadView.of(upload)


@routes.head("/{number}", status_code=204, response_class=Response)
def head(number: UploadId, studio: Studio, who: Who) -> Response:
    """Where to go on."""
    who.require("jobs")
    upload = studio.uploads.find(number, who.sees)
    said = {"Upload-Offset": str(upload.offset), "Upload-Length": str(upload.length), "Cache-Control": "no-store"}
    return Response(status_code=204, headers=_said(**said, **_expiry(upload)))


@routes.patch("/{number}", status_code=204, response_class=Response)
async def append(
    number: UploadId,
    request: Request,
    studio: Studio,
    who: Who,
    upload_offset: Annotated[int, Header(ge=0, le=2**50)],
    content_type: Annotated[str, Header(pattern=r"^application/offset\+octet-stream$")],
    tus_resumable: Tus = VERSION,
) -> Response:
    """The next bytes."""
    del content_type
    who.require("jobs")
    _speaks(tus_resumable)
    upload = await run_in_threadpool(studio.uploads.find, number, who.sees)
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and upload_offset + int(announced) > upload.length:
        raise HTTPException(413, "More is announced than the file's length.")
    before = upload.offset
    try:
        upload = await studio.uploads.append(upload, upload_offset, _steady(request))
    finally:
        after = await run_in_threadpool(studio.uploads.find, number)
        studio.metrics.received.inc(max(0, after.offset - before))
    return Response(status_code=204, headers=_said(**{"Upload-Offset": str(upload.offset)}, **_expiry(upload)))


@routes.get("/{number}", response_model=UploadView)
def one(number: UploadId, studio: Studio, who: Who) -> UploadView:
    """An upload as it stands."""
    who.require("read")
    return UploadView.of(studio.uploads.find(number, who.sees))


@routes.get("/{number}/content", response_class=FileResponse)
def content(number: UploadId, studio: Studio, who: Who) -> FileResponse:
    """The file, as it was sent. Browsers keep it rather than show it: it is a stranger's."""
    who.require("read")
    path = studio.uploads.path(number, who.sees)
    return FileResponse(path, media_type="application/octet-stream", filename=studio.uploads.find(number).name)


@routes.delete("/{number}", status_code=204, response_class=Response)
def delete(number: UploadId, studio: Studio, who: Who) -> Response:
    """Delete an upload for good."""
    who.require("jobs")
    studio.uploads.delete(number, who.sees)
    return Response(status_code=204, headers=_said())


async def _steady(request: Request) -> AsyncIterator[bytes]:
    """What comes, as long as something comes; where the connection breaks, what came counts."""
    pieces = request.stream()
    while True:
        try:
            piece = await asyncio.wait_for(anext(pieces), IDLE_SECONDS)
        except (StopAsyncIteration, ClientDisconnect):
            return
        except TimeoutError as error:
            raise InputError(
                "Nothing came for half a minute.", "Ask with HEAD where to go on.", code="upload.slow"
            ) from error
        if piece:
            yield piece


def _speaks(version: str) -> None:
    if version != VERSION:
        raise HTTPException(412, f"tus {version[:10]} is not spoken here.", headers={"Tus-Version": VERSION})


def _said(**headers: str) -> dict[str, str]:
    return {"Tus-Resumable": VERSION, **headers}


def _expiry(upload: Upload) -> dict[str, str]:
    if upload.whole:
        return {}
    return {"Upload-Expires": formatdate(upload.touched + UNFINISHED_SECONDS, usegmt=True)}


def _metadata(text: str) -> dict[str, str]:
    """`key base64, key base64`, as tus writes it."""
    found = {}
    for part in text.split(","):
        name, _, value = part.strip().partition(" ")
        try:
            found[name] = b64decode(value, validate=True).decode("utf-8")
        except (binascii.Error, ValueError) as error:
            raise InputError(
                "Upload-Metadata is not as tus writes it.",
                "Write `filename` and the name's base64.",
                code="input.request",
            ) from error
    return found
