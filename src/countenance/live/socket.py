"""A session over one WebSocket, for programs without WebRTC.

In:  binary: 16-bit little-endian mono sound at the rate last told.
     {"type": "sound", "rate": 24000}   {"type": "end"}   {"type": "clear"}
     {"type": "say", "text": "…", "language": "en"}   {"type": "watch", "what": ["jpeg", "pcm"]}
Out: binary: one byte 0 and a JPEG, or one byte 1 and 16-bit mono sound at 48 kHz.
     {"type": "answer", "to": "clear", "value": …}   {"type": "error", "code": …, "message": …, "remedy": …}

Who sends faster than is spoken is told so when two minutes wait (input.too_large); who floods is let go (1008).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time as clock
from typing import Any

from fastapi import WebSocket, WebSocketDisconnect

from countenance.errors import BadOption, CountenanceError
from countenance.live.desk import LiveSession

LARGEST = 1 << 20
"""Bytes of a message."""
MOST = 500
"""Messages in five seconds; more is a flood."""
_SPAN = 5.0
_ROOM = {"jpeg": 1, "pcm": 50}
_STALL = 10.0
"""Seconds that a message may take to leave; then the caller is let go."""


async def serve_socket(socket: WebSocket, session: LiveSession) -> None:
    """Until either side ends it."""
    queues: dict[str, asyncio.Queue[Any]] = {}
    tasks: set[asyncio.Task[None]] = set()
    ended = asyncio.create_task(_when_over(socket, session))
    try:
        await _take(socket, session, queues, tasks)
    except (WebSocketDisconnect, RuntimeError):
        pass
    finally:
        ended.cancel()
        for task in tasks:
            task.cancel()
        for kind, queue in queues.items():
            with contextlib.suppress(CountenanceError):
                await session.unwatch(kind, queue)


async def _take(
    socket: WebSocket, session: LiveSession, queues: dict[str, asyncio.Queue[Any]], tasks: set[asyncio.Task[None]]
) -> None:
    rate, since, count = 48_000, clock.monotonic(), 0
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return
        count += 1
        if clock.monotonic() - since > _SPAN:
            since, count = clock.monotonic(), 0
        data, text = message.get("bytes"), message.get("text")
        if count > MOST or len(data or text or b"") > LARGEST:
            await socket.close(1008, "live.flood")
            return
        try:
            if data is not None:
                await session.ask("pcm", data, rate)
                continue
            said = _read(text or "")
            what = said.get("type")
            answer: Any = None
            if what == "sound":
                rate = _rate(said.get("rate"))
            elif what in ("end", "clear", "recalibrate"):
                answer = await session.ask(what)
            elif what == "say":
                digests = said.get("confirm_script", [])
                meant = tuple(str(one) for one in digests[:20]) if isinstance(digests, list) else ()
                language = str(said.get("language", "en"))
                answer = await session.ask("say", str(said.get("text", "")), None, language, meant)
            elif what == "watch":
                for kind in said.get("what", []):
                    if kind in _ROOM and kind not in queues:
                        queues[kind] = await session.watch(kind, _ROOM[kind])
                        tasks.add(asyncio.create_task(_forward(socket, kind, queues[kind])))
            else:
                raise BadOption(f"{str(what)[:40]!r} is no kind of message.", code="live.message")
            await socket.send_json({"type": "answer", "to": what, "value": answer})
        except CountenanceError as error:
            await socket.send_json(
                {"type": "error", "code": error.code, "message": error.message, "remedy": error.remedy}
            )


async def _forward(socket: WebSocket, kind: str, queue: asyncio.Queue[Any]) -> None:
    first = b"\0" if kind == "jpeg" else b"\1"
    while (data := await queue.get()) is not None:
        try:
            await asyncio.wait_for(socket.send_bytes(first + data), _STALL)
        except TimeoutError:
            await socket.close(1008, "live.stalled")
            return
        except (RuntimeError, WebSocketDisconnect):
            return


async def _when_over(socket: WebSocket, session: LiveSession) -> None:
    await session.ended.wait()
    with contextlib.suppress(RuntimeError, WebSocketDisconnect):
        await socket.send_json({"type": "ended", "receipt": session.receipt, "error": session.failure})
        await socket.close(1000, "live.over")


def _read(text: str) -> dict[str, Any]:
    try:
        said = json.loads(text)
    except ValueError as error:
        raise BadOption("A text message is JSON.", code="live.message") from error
    if not isinstance(said, dict):
        raise BadOption("A text message is a JSON object.", code="live.message")
    return said


def _rate(rate: Any) -> int:
    if not isinstance(rate, int) or not 8_000 <= rate <= 48_000:
        raise BadOption(f"Sound of {str(rate)[:20]} Hz is not taken.", "Send 8000 to 48000 Hz.")
    return rate
