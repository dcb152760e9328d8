"""A figure over HTTP: the kiosk page, talks, questions by text and voice, and the picture by WHEP or MJPEG.

    GET    /                                the kiosk page
    GET    /figure                          what it is; GET /figure/state: how it is
    POST   /figure/talks                    begin to talk                    → 201: id, token, and its greeting
    DELETE /figure/talks/{id}               end it; all of it is forgotten
    POST   /figure/talks/{id}/ask|choose|hush|take
    WS     /figure/talks/{id}/voice?token=  a microphone: see `microphone.py`
    POST   /figure/whep                     application/sdp: watch;  DELETE /figure/peers/{p};  GET /figure/mjpeg
    GET    /figure/transcripts/{name}       what was said, with sources, for half an hour after it was asked for

Whoever reaches the address may talk: it is a public exhibit. Tokens go in `Authorization: Bearer`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import files
from typing import Annotated, Any

from fastapi import FastAPI, Header, Query, Request, Response, WebSocket
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, StreamingResponse
from pydantic import BaseModel, Field

from countenance.errors import BadOption, CountenanceError
from countenance.figure.ears import Ears
from countenance.figure.host import FigureHost
from countenance.figure.microphone import serve_microphone
from countenance.figure.stage import Stage
from countenance.figure.talk import Talk
from countenance.figure.transcript_page import transcript_page
from countenance.figure.visitors import place_of
from countenance.live.app import answer_jpegs, answer_offer, jpegs, read_offer, refused
from countenance.verify.service.bounds import HEADERS, Application, Bounds, bounded

ASSETS = {
    "figure.css": "text/css; charset=utf-8",
    "figure.js": "text/javascript; charset=utf-8",
    "microphone.js": "text/javascript; charset=utf-8",
    "transcript.css": "text/css; charset=utf-8",
}
Auth = Annotated[str, Header(max_length=400)]
Token = Annotated[str, Query(max_length=200)]
Codec = Annotated[str, Query(pattern="^(vp8|h264)$")]
Tag = Annotated[str | None, Field(max_length=35)]
_NO_STORE = {"Cache-Control": "no-store"}
HEADERS_OF_FIGURE = HEADERS | {
    "Permissions-Policy": "camera=(), microphone=(self), geolocation=()",
    "Content-Security-Policy": HEADERS["Content-Security-Policy"].replace(
        "connect-src 'self'", "connect-src 'self'; media-src 'self'"
    ),
}


class Begin(BaseModel):
    """A talk's beginning."""

    language: Tag = None


class Question(BaseModel):
    """What is asked."""

    text: str = Field(min_length=1, max_length=1000)
    language: Tag = None


class Choice(BaseModel):
    """What is chosen."""

    entry: str = Field(min_length=1, max_length=60)
    language: Tag = None


def bounded_figure(app: FastAPI) -> Application:
    """The application with limits on what is sent to it."""
    return bounded(app, Bounds(uploads=lambda _method, _path: False, headers=HEADERS_OF_FIGURE))


def create_figure_app(host: FigureHost, ears: Ears | None = None, public_address: str = "") -> FastAPI:
    """The application, without the bounds that `bounded_figure` puts around it.

    Args:
        host: the figure at work.
        ears: its hearing; None takes questions by text alone.
        public_address: where visitors' own telephones reach it, for QR codes; empty shows none.
    """

    @asynccontextmanager
    async def running(_app: FastAPI) -> AsyncIterator[None]:
        await host.start()
        try:
            yield
        finally:
            await host.stop()
            if ears is not None:
                ears.close()

    app = FastAPI(title="Countenance figure", lifespan=running, docs_url=None, redoc_url=None, openapi_url=None)

    letting_in = asyncio.Lock()

    def found(name: str, authorization: str, token: str = "") -> Talk:
        scheme, _, given = authorization.partition(" ")
        return host.talks.find(name, given.strip() if scheme.lower() == "bearer" else token)

    @app.exception_handler(CountenanceError)
    async def told(_request: Request, error: CountenanceError) -> JSONResponse:
        return refused(error)

    @app.get("/")
    def page() -> HTMLResponse:
        tag = host.figure.languages[0]
        text = _asset("figure.html").replace("{{language}}", tag)
        return HTMLResponse(text, headers=_NO_STORE)

    @app.get("/figure/assets/{name}")
    def asset(name: str) -> Response:
        if name not in ASSETS:
            return Response(status_code=404)
        return Response(_asset(name), media_type=ASSETS[name])

    @app.get("/figure")
    async def what() -> dict[str, Any]:
        said = host.page()
        if ears is None:
            said["listening"] = "off"
        return said | {"take_along": bool(public_address)}

    @app.get("/figure/state")
    async def how() -> dict[str, Any]:
        return host.state()

    @app.get("/health")
    async def health(response: Response) -> dict[str, Any]:
        state = host.stage.state if host.stage is not None else "writing"
        response.status_code = 503 if state == "away" else 200
        return {"status": "ok" if state != "away" else "away", "stage": state}

    @app.get("/figure/sign-language")
    def signs() -> Response:
        name = host.figure.says.sign_language
        return Response(status_code=404) if name is None else FileResponse(host.figure.folder / name)

    @app.post("/figure/talks", status_code=201)
    async def begin(said: Begin, request: Request, response: Response) -> dict[str, Any]:
        talk = host.talks.begin(host.language(said.language), _place(request))
        response.headers.update(_NO_STORE)
        return {"id": talk.id, "token": talk.token, "reply": await host.greet(talk)}

    @app.delete("/figure/talks/{name}", status_code=204)
    async def end(name: str, authorization: Auth = "") -> None:
        talk = found(name, authorization)
        await host.hush(talk)
        host.talks.end(talk)

    @app.post("/figure/talks/{name}/ask")
    async def ask(said: Question, name: str, authorization: Auth = "") -> dict[str, Any]:
        return await host.ask(found(name, authorization), said.text, said.language)

    @app.post("/figure/talks/{name}/choose")
    async def choose(said: Choice, name: str, authorization: Auth = "") -> dict[str, Any]:
        talk = found(name, authorization)
        talk.language = host.language(said.language or talk.language)
        return await host.choose(talk, said.entry)

    @app.post("/figure/talks/{name}/hush", status_code=204)
    async def hush(name: str, authorization: Auth = "") -> None:
        talk = found(name, authorization)
        host.talks.count(talk, question=False)
        await host.hush(talk)

    @app.post("/figure/talks/{name}/take")
    async def take(name: str, authorization: Auth = "") -> dict[str, Any]:
        talk = found(name, authorization)
        host.talks.count(talk, question=False)
        path = f"/figure/transcripts/{host.talks.take_along(talk)}"
        address = public_address.rstrip("/") + path
        return {"path": path, "address": address if public_address else None, "qr": _qr(address, public_address)}

    @app.get("/figure/transcripts/{name}")
    def transcript(name: str) -> HTMLResponse:
        there = host.talks.transcript(name)
        text = transcript_page(there, host.figure.says.name, host.figure.languages[0])
        return HTMLResponse(text, status_code=200 if there is not None else 410, headers=_NO_STORE)

    @app.websocket("/figure/talks/{name}/voice")
    async def voice(socket: WebSocket, name: str, token: Token = "") -> None:
        try:
            talk = found(name, socket.headers.get("authorization", ""), token)
            if ears is None or not _own_page(socket):
                raise BadOption("This figure does not hear.", "Type the question.", code="figure.deaf")
        except CountenanceError as error:
            await socket.close(4403, error.code)
            return
        await socket.accept()
        await serve_microphone(socket, host, talk, ears)

    @app.post("/figure/whep", status_code=201)
    async def whep(request: Request, codec: Codec = "vp8") -> Response:
        sdp = await read_offer(request)
        stage, place = _stage(host), _place(request)
        async with letting_in:
            host.viewers.keep(await stage.peers())
            host.viewers.admit(place)
            peer, answer = await stage.offer(sdp, codec)
            host.viewers.add(peer, place)
        return answer_offer(answer, "/figure/peers", peer)

    @app.delete("/figure/peers/{peer}")
    async def leave(peer: str) -> Response:
        host.viewers.gone(peer)
        return Response(status_code=200 if await _stage(host).leave(peer) else 404)

    @app.get("/figure/mjpeg")
    async def mjpeg(request: Request) -> StreamingResponse:
        session, place = _stage(host).watching(), _place(request)
        host.viewers.admit(place)
        queue = await session.watch("jpeg", 1)

        async def parts() -> AsyncIterator[bytes]:
            name = f"-{id(queue)}"
            try:
                host.viewers.admit(place)
                host.viewers.add(name, place)
                async for part in jpegs(queue):
                    yield part
            finally:
                host.viewers.gone(name)
                with contextlib.suppress(CountenanceError):
                    await session.unwatch("jpeg", queue)

        return answer_jpegs(parts())

    return app


def _stage(host: FigureHost) -> Stage:
    if host.stage is None:
        raise CountenanceError("This figure answers in writing alone.", "Type the question.", code="live.early")
    return host.stage


def _place(request: Request) -> str:
    return place_of(request.client.host if request.client is not None else None)


def _asset(name: str) -> str:
    return (files("countenance.figure.pages") / name).read_text(encoding="utf-8")


def _own_page(socket: WebSocket) -> bool:
    """Whether it comes from this server's own page, or from a program: another site's page must not listen here."""
    origin = socket.headers.get("origin")
    return origin is None or origin.partition("://")[2] == socket.headers.get("host")


def _qr(address: str, public: str) -> str | None:
    """The address as an SVG; None where telephones do not reach it or the library is not here."""
    if not public:
        return None
    try:
        import segno
    except ImportError:
        return None
    return str(segno.make(address, error="m").svg_inline(scale=6, border=2))
