"""A visitor's microphone over a WebSocket.

In:  binary: 16-bit little-endian mono sound at the rate last told.
     {"type": "begin", "rate": 48000, "language": "en", "held": true}   the button is held; with held false it listens
     {"type": "free"}                                                   it was only tapped: it ends where speech does
     {"type": "end"}                                                    the button is let go
     {"type": "stop"}                                                   no more listening; all sound is forgotten
Out: {"type": "began"}   {"type": "heard", "text": …}   {"type": "reply", …}   {"type": "error", …}

Sound is kept in memory until it was transcribed, and then gone.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time as clock
from concurrent.futures import Future
from typing import Any

import av
import numpy as np
from av.audio.resampler import AudioResampler
from fastapi import WebSocket, WebSocketDisconnect

from countenance.errors import BadOption, CountenanceError
from countenance.figure.ears import Ears
from countenance.figure.host import FigureHost
from countenance.figure.listening import Listener, Utterance
from countenance.figure.talk import Talk
from countenance.speech.hearing import RATE, Heard

LARGEST = 64 << 10
"""Bytes of a message."""
AHEAD = 3.0
"""Seconds of sound more than time has passed; more is a flood."""
_BARGE = 0.25
"""Seconds of speech that interrupt a figure that speaks, where no button is held."""


async def serve_microphone(socket: WebSocket, host: FigureHost, talk: Talk, ears: Ears) -> None:
    """Until either side ends it."""
    microphone = _Microphone(socket, host, talk, ears)
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
        await microphone.run()
    microphone.forget()


class _Microphone:
    def __init__(self, socket: WebSocket, host: FigureHost, talk: Talk, ears: Ears) -> None:
        self._socket, self._host, self._talk, self._ears = socket, host, talk, ears
        self._listener: Listener | None = None
        self._running: Future[Heard] | None = None
        self._rate, self._held = 48_000, True
        self._resampler: AudioResampler | None = None
        self._hushed = False
        talk.microphones += 1
        self._number = talk.microphones

    def forget(self) -> None:
        """All sound."""
        if self._listener is not None:
            self._listener.clear()
            self._running = self._listener.running
        self._listener = None

    async def run(self) -> None:
        while True:
            message = await self._socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            if self._number != self._talk.microphones:  # the talk has another one since
                await self._socket.close(1008, "figure.microphone")
                return
            data, text = message.get("bytes"), message.get("text")
            if len(data or text or b"") > LARGEST:
                await self._socket.close(1008, "figure.flood")
                return
            try:
                if data is None:
                    await self._told(_read(text or ""))
                elif not await self._sound(data):
                    return
            except CountenanceError as error:
                await self._send({"type": "error", "code": error.code, "message": error.message})

    async def _told(self, said: dict[str, Any]) -> None:
        what = said.get("type")
        if what == "begin":
            rate = said.get("rate")
            if not isinstance(rate, int) or not 8_000 <= rate <= 96_000:
                raise BadOption(f"Sound of {str(rate)[:20]} Hz is not taken.", "Send 8000 to 96000 Hz.")
            self._host.talks.count(self._talk, question=False)
            self._talk.language = self._host.language(said.get("language") or self._talk.language)
            self.forget()
            self._rate, self._held = rate, said.get("held", True) is not False
            self._resampler = AudioResampler(format="flt", layout="mono", rate=RATE)
            self._listener = self._ears.listener(self._talk.language, held=self._held, before=self._running)
            self._hushed = False
            if self._held:
                await self._host.hush(self._talk)
        elif what == "end" and self._listener is not None:
            await self._ended(self._listener)
            self.forget()
        elif what == "free" and self._listener is not None:
            self._held = self._listener.held = False
        elif what == "stop":
            self.forget()
        elif what not in ("end", "free"):
            raise BadOption(f"{str(what)[:40]!r} is no kind of message.", code="figure.message")

    async def _sound(self, data: bytes) -> bool:
        """A piece; False where it floods."""
        if self._listener is None or self._resampler is None:
            return True
        if len(data) % 2:
            raise BadOption("A piece of 16-bit sound has an odd number of bytes.", "Send whole samples.")
        if self._talk.sound.add(len(data) / 2 / self._rate, clock.monotonic()) > AHEAD:
            await self._socket.close(1008, "figure.flood")
            return False
        samples = np.frombuffer(data, "<i2").astype(np.float32) / np.float32(32768)
        frame = av.AudioFrame.from_ndarray(samples[None], format="flt", layout="mono")
        frame.sample_rate = self._rate
        for piece in self._resampler.resample(frame):
            events = self._listener.push(np.asarray(piece.to_ndarray().reshape(-1), np.float32))
            if "began" in events:
                await self._send({"type": "began"})
            if not self._held and not self._hushed and self._listener.spoken_seconds >= _BARGE:
                self._hushed = True
                await self._host.hush(self._talk)
            if "ended" in events:
                await self._ended(self._listener)
                self._hushed = False
                if self._held:  # it was held for too long
                    self.forget()
                    return True
        return True

    async def _ended(self, listener: Listener) -> None:
        """What was said is answered."""
        loud = listener.loud
        utterance = listener.finish()
        if utterance is None:
            if self._held:
                given = await self._host.told(self._talk, "unheard" if loud else "silence")
                await self._send({"type": "reply"} | given)
            return
        await self._answer(utterance)

    async def _answer(self, utterance: Utterance) -> None:
        try:
            heard = await asyncio.wrap_future(utterance.heard)
        except asyncio.CancelledError:
            utterance.heard.cancel()
            raise
        if not heard.understood:
            if self._held or heard.text:
                await self._send({"type": "reply"} | await self._host.told(self._talk, "unheard"))
            return
        await self._send({"type": "heard", "text": heard.text})
        given = await self._host.ask(self._talk, heard.text, heard=True)
        await self._send({"type": "reply"} | given)

    async def _send(self, said: dict[str, Any]) -> None:
        await self._socket.send_json(said)


def _read(text: str) -> dict[str, Any]:
    try:
        said = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadOption("A text message is JSON.", code="figure.message") from error
    if not isinstance(said, dict):
        raise BadOption("A text message is a JSON object.", code="figure.message")
    return said
