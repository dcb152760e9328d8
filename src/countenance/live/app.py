"""Live sessions over HTTP: sessions, WHIP and WHEP (RFC 9725 and its draft twin), a WebSocket, MJPEG, and the page.

    POST   /live/sessions                 begin one (the server's key)      → 201 with its tokens; 503 with Retry-After
    GET    /live/sessions/{id}            how it is, or how it ended
    DELETE /live/sessions/{id}            end it
    POST   /live/sessions/{id}/whip       application/sdp: send a camera or sound, and watch
    POST   /live/sessions/{id}/whep       application/sdp: watch
    DELETE /live/sessions/{id}/peers/{p}  leave
    WS     /live/sessions/{id}/ws         sound or text in, JPEG and sound out
    GET    /live/sessions/{id}/mjpeg      pictures alone
    POST   /live/sessions/{id}/say|clear|recalibrate

Tokens go in `Authorization: Bearer`; where a program cannot set headers, as `?token=`.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import FastAPI, Header, Query, Request, Response, WebSocket
from fastapi.responses import HTMLResponse, JSONResponse, StreamingResponse
from pydantic import BaseModel, Field

from countenance.errors import BadOption, CountenanceError, PermissionRefused, TooLarge
from countenance.live.assets import ASSETS, asset_text
from countenance.live.desk import LiveDesk, LiveSession, Part
from countenance.live.plan import SessionPlan
from countenance.live.socket import serve_socket
from countenance.verify.service.bounds import HEADERS, Application, Bounds, bounded

LONGEST_OFFER = 64 << 10
SWEEP_EVERY = 5.0
Auth = Annotated[str, Header(max_length=400)]
Token = Annotated[str, Query(max_length=200)]
Key = Annotated[str, Query(alias="key", max_length=200)]
Codec = Annotated[str, Query(pattern="^(vp8|h264)$")]
_NO_STORE = {"Cache-Control": "no-store"}


class Wish(BaseModel):
    """What a caller may say of a session; the rest the server's operator has said."""

    sound: bool = False


class Words(BaseModel):
    """Something to say."""

    text: str = Field(min_length=1, max_length=2000)
    voice: str | None = Field(None, pattern=r"^[a-z0-9_:-]{1,60}$")
    language: str = Field("en", max_length=35)
    confirm_script: list[str] = Field(default_factory=list, max_length=20)


HEADERS_OF_LIVE = HEADERS | {"Permissions-Policy": "camera=(self), microphone=(self), geolocation=()"}


def bounded_live(app: FastAPI) -> Application:
    """The application with limits on what is sent to it, before anybody's key is looked at."""
    return bounded(app, Bounds(uploads=lambda _method, _path: False, headers=HEADERS_OF_LIVE))


def create_app(desk: LiveDesk, plan: Callable[[Wish], SessionPlan], key: str) -> FastAPI:
    """The application, without the bounds that `bounded_live` puts around it.

    Args:
        desk: where sessions are.
        plan: what a session is, out of what its caller wishes.
        key: that lets somebody begin one.
    """

    @asynccontextmanager
    async def running(_app: FastAPI) -> AsyncIterator[None]:
        async def sweep() -> None:
            while True:
                await asyncio.sleep(SWEEP_EVERY)
                await desk.sweep()

        sweeping = asyncio.create_task(sweep())
        try:
            yield
        finally:
            sweeping.cancel()
            await desk.close()

    app = FastAPI(title="Countenance live", lifespan=running, docs_url=None, redoc_url=None)

    def found(name: str, authorization: str, token: str, part: Part) -> LiveSession:
        scheme, _, given = authorization.partition(" ")
        return desk.find(name, given.strip() if scheme.lower() == "bearer" else token, part)

    @app.exception_handler(CountenanceError)
    async def told(_request: Request, error: CountenanceError) -> JSONResponse:
        return refused(error)

    @app.get("/")
    @app.get("/live")
    def page() -> HTMLResponse:
        kind = plan(Wish()).kind
        return HTMLResponse(
            asset_text("live.html").replace("{{kind}}", kind),
            headers=_NO_STORE,
        )

    @app.get("/live/assets/{name}")
    def asset(name: str) -> Response:
        if name not in ASSETS:
            return Response(status_code=404)
        return Response(asset_text(name), media_type=ASSETS[name])

    @app.get("/health")
    async def health() -> dict[str, Any]:
        return {"status": "ok", "sessions": desk.running, "room": round(desk.limits.room, 1)}

    @app.post("/live/sessions", status_code=201)
    async def begin(wish: Wish, response: Response, authorization: Auth = "", key_given: Key = "") -> dict[str, Any]:
        scheme, _, given = authorization.partition(" ")
        given = given.strip() if scheme.lower() == "bearer" else key_given
        if not hmac.compare_digest(given.encode("utf-8", "replace"), key.encode()):
            raise PermissionRefused(
                "This key lets nobody begin a session.", "Use the address that the server printed.", code="live.key"
            )
        session = desk.open(plan(wish))
        response.headers["Location"] = f"/live/sessions/{session.id}"
        response.headers.update(_NO_STORE)
        return {
            "id": session.id,
            "kind": session.plan.kind,
            "token": session.token("use"),
            "watch_token": session.token("watch"),
        }

    @app.get("/live/sessions/{name}")
    async def how(name: str, authorization: Auth = "", token: Token = "") -> dict[str, Any]:
        return found(name, authorization, token, "watch").described()

    @app.delete("/live/sessions/{name}")
    async def end(name: str, authorization: Auth = "", token: Token = "") -> dict[str, Any]:
        session = found(name, authorization, token, "use")
        await session.close()
        return session.described()

    async def offered(request: Request, session: LiveSession, publishes: bool, codec: str) -> Response:
        peer, answer = await session.ask("offer", await read_offer(request), publishes, codec)
        return answer_offer(answer, f"/live/sessions/{session.id}/peers", peer)

    @app.post("/live/sessions/{name}/whip", status_code=201)
    async def whip(
        request: Request, name: str, authorization: Auth = "", token: Token = "", codec: Codec = "vp8"
    ) -> Response:
        return await offered(request, found(name, authorization, token, "use"), True, codec)

    @app.post("/live/sessions/{name}/whep", status_code=201)
    async def whep(
        request: Request, name: str, authorization: Auth = "", token: Token = "", codec: Codec = "vp8"
    ) -> Response:
        return await offered(request, found(name, authorization, token, "watch"), False, codec)

    @app.delete("/live/sessions/{name}/peers/{peer}")
    async def leave(name: str, peer: str, authorization: Auth = "", token: Token = "") -> Response:
        known = await found(name, authorization, token, "watch").ask("leave", peer)
        return Response(status_code=200 if known else 404)

    @app.patch("/live/sessions/{name}/peers/{peer}")
    async def trickle(name: str, peer: str) -> Response:
        del name, peer
        return Response(status_code=405, headers={"Allow": "DELETE"})  # RFC 9725, 4.3.2: the answer has all candidates

    @app.post("/live/sessions/{name}/say")
    async def say(words: Words, name: str, authorization: Auth = "", token: Token = "") -> dict[str, Any]:
        session = found(name, authorization, token, "use")
        return {
            "seconds": await session.ask("say", words.text, words.voice, words.language, tuple(words.confirm_script))
        }

    @app.post("/live/sessions/{name}/clear")
    async def clear(name: str, authorization: Auth = "", token: Token = "") -> dict[str, Any]:
        return {"dropped": await found(name, authorization, token, "use").ask("clear")}

    @app.post("/live/sessions/{name}/recalibrate", status_code=204)
    async def recalibrate(name: str, authorization: Auth = "", token: Token = "") -> None:
        await found(name, authorization, token, "use").ask("recalibrate")

    @app.get("/live/sessions/{name}/mjpeg")
    async def mjpeg(name: str, authorization: Auth = "", token: Token = "") -> StreamingResponse:
        session = found(name, authorization, token, "watch")
        queue = await session.watch("jpeg", 1)

        async def parts() -> AsyncIterator[bytes]:
            try:
                async for part in jpegs(queue):
                    yield part
            finally:
                with contextlib.suppress(CountenanceError):
                    await session.unwatch("jpeg", queue)

        return answer_jpegs(parts())

    @app.websocket("/live/sessions/{name}/ws")
    async def ws(socket: WebSocket, name: str, token: Token = "") -> None:
        try:
            session = found(name, socket.headers.get("authorization", ""), token, "use")
        except CountenanceError as error:
            await socket.close(4403, error.code)
            return
        await socket.accept()
        await serve_socket(socket, session)

    return app


async def read_offer(request: Request) -> str:
    """The SDP of a WHIP or WHEP offer. Raises BadOption, TooLarge: live.offer."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/sdp":
        raise BadOption("An offer comes as application/sdp.", code="live.offer")
    sdp = b""
    async for part in request.stream():
        sdp += part
        if len(sdp) > LONGEST_OFFER:
            raise TooLarge("The offer is too long.", code="live.offer")
    return sdp.decode("utf-8", "replace")


def answer_offer(sdp: str, peers: str, peer: str) -> Response:
    """201 with the answer's SDP, and where the peer is ended: under the address `peers`."""
    headers = {"Location": f"{peers}/{peer}", "ETag": f'"{peer}"'} | _NO_STORE
    return Response(sdp, status_code=201, media_type="application/sdp", headers=headers)


async def jpegs(queue: asyncio.Queue[Any]) -> AsyncIterator[bytes]:
    """A session's pictures, as `LiveSession.watch` queues them, as parts of a multipart body, until it is over."""
    while (data := await queue.get()) is not None:
        yield b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%s\r\n" % (len(data), data)


def answer_jpegs(parts: AsyncIterator[bytes]) -> StreamingResponse:
    """Motion JPEG: a body of the parts that `jpegs` gives."""
    return StreamingResponse(parts, media_type="multipart/x-mixed-replace; boundary=frame", headers=_NO_STORE)


def refused(error: CountenanceError) -> JSONResponse:
    """An error for a caller; where there is no room, with the time after which to ask again."""
    said = {"code": error.code, "message": error.message, "remedy": error.remedy}
    status = {"live.over": 410, "live.sender": 409, "live.early": 409, "live.busy": 429, "live.slow": 504}.get(
        error.code, error.http_status
    )
    retry = error.details.get("retry_after") if error.details else None
    return JSONResponse(
        {"error": said}, status_code=status, headers=_NO_STORE | ({"Retry-After": str(retry)} if retry else {})
    )
