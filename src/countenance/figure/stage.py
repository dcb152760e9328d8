"""The figure's live session, kept alive all day: begun, watched, begun again when it dies, ended for the night.

A session that ends because its permission does is not begun again. Knows no questions and no HTTP.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dates
import logging
import time as clock
from collections.abc import Callable
from typing import Any, Literal

from countenance.errors import CountenanceError
from countenance.figure.manifest import Hours
from countenance.live import LiveDesk, SessionPlan
from countenance.live.desk import LiveSession
from countenance.speech.utterance import Utterance

log = logging.getLogger(__name__)
State = Literal["waking", "on_air", "asleep", "away"]
LOOK_EVERY = 1.0
STALLED = 12.0
"""Seconds without a new picture, after which a session is taken for dead."""
FIRST_WAIT, LONGEST_WAIT = 1.0, 60.0
"""Seconds before a session is begun again; doubled while it keeps dying."""
LASTED = 120.0
"""Seconds after which a session counts as having worked."""


class Stage:
    """Where a figure is seen and heard.

    Args:
        desk: where its session is begun.
        plan: of the session.
        hours: when it is awake; None always.
        now: the time of day, for tests.

    Attributes:
        restarts: how often a session was begun anew.
        reason: why it is away.
    """

    def __init__(
        self,
        desk: LiveDesk,
        plan: SessionPlan,
        hours: Hours | None = None,
        now: Callable[[], dates.datetime] = dates.datetime.now,
    ) -> None:
        self._desk, self._plan, self._hours, self._now = desk, plan, hours, now
        self._session: LiveSession | None = None
        self._frames, self._moved = -1, 0.0
        self._wait, self._again = FIRST_WAIT, 0.0
        self.restarts = 0
        self.reason = ""
        self._ended = False

    @property
    def state(self) -> State:
        """How it is."""
        if self._ended:
            return "away"
        if not self._open():
            return "asleep"
        session = self._session
        return "on_air" if session is not None and not session.over and session.on_air else "waking"

    @property
    def speaking(self) -> bool:
        """Whether it was speaking a moment ago."""
        return bool(self._session is not None and self._session.state.get("speaking"))

    def described(self) -> dict[str, Any]:
        """For pages and watchers."""
        session = self._session
        said = session.state if session is not None else {}
        return {
            "state": self.state,
            "restarts": self.restarts,
            "reason": self.reason,
            "opens": self._hours.opens if self._hours is not None else None,
            "render_id": session.on_air["render_id"] if session is not None and session.on_air else None,
            "size": session.on_air["size"] if session is not None and session.on_air else None,
            "frames": said.get("frames", 0),
            "megabytes": round(said.get("megabytes", 0.0)),
        }

    async def run(self) -> None:
        """Look after it until cancelled."""
        try:
            while True:
                try:
                    await self._look()
                except CountenanceError as error:
                    self._later(error.message)
                await asyncio.sleep(LOOK_EVERY)
        finally:
            await self._close()

    async def speak(self, utterance: Utterance) -> bool:
        """Say something at once, in place of what is being said; False where it is not on the air."""
        session = self._session
        if self.state != "on_air" or session is None:
            return False
        try:
            await session.ask("clear")
            await session.ask("utter", utterance)
        except CountenanceError as error:
            log.warning("It could not speak: %s", error.message)
            return False
        return True

    async def hush(self) -> None:
        """Fall silent."""
        if self.state == "on_air" and self._session is not None:
            with contextlib.suppress(CountenanceError):
                await self._session.ask("clear")

    async def offer(self, sdp: str, codec: str) -> tuple[str, str]:
        """Let a viewer in. Raises CountenanceError: live.early and what the session refuses."""
        peer, answer = await self._there().ask("offer", sdp, False, codec)
        return str(peer), str(answer)

    async def peers(self) -> list[str]:
        """The viewers that are there, by the names that `offer` gave them. Raises CountenanceError: live.early."""
        return [str(one) for one in await self._there().ask("peers")]

    async def leave(self, peer: str) -> bool:
        """A viewer goes."""
        return bool(await self._there().ask("leave", peer))

    def watching(self) -> LiveSession:
        """The session, for who watches its pictures alone. Raises CountenanceError: live.early."""
        return self._there()

    def _there(self) -> LiveSession:
        if self._session is None or self.state != "on_air":
            raise CountenanceError("The figure is not on the air yet.", "Try again in a moment.", code="live.early")
        return self._session

    async def _look(self) -> None:
        now = clock.monotonic()
        if not self._open():
            await self._close()
            return
        if self._ended:
            return
        session = self._session
        if session is None:
            if now >= self._again:
                self._session = self._desk.open(self._plan)
                self._frames, self._moved = -1, now
            return
        if session.over:
            self._died(session)
            return
        session.used_at = now  # it is looked after: nobody else ends it for want of viewers
        frames = int(session.state.get("frames", 0))
        if frames != self._frames or not session.on_air:
            self._frames, self._moved = frames, now
        elif now - self._moved > STALLED:
            log.warning("The session draws nothing any more; it is ended.")
            session.kill()
            return
        if session.on_air and now - session.began > LASTED:
            self._wait = FIRST_WAIT

    def _died(self, session: LiveSession) -> None:
        self._session = None
        receipt, failure = session.receipt, session.failure
        code = str((failure or {}).get("code") or (receipt or {}).get("reason") or "")
        message = str((failure or receipt or {}).get("message") or code)
        if code.startswith(("permission.", "face.", "input.", "setup.")):
            log.error("The figure may not or cannot be shown any more: %s", message)
            self._ended, self.reason = True, message
            return
        self._later(message)

    def _later(self, why: str) -> None:
        self.restarts += 1
        self._again = clock.monotonic() + self._wait
        log.warning("The session ended (%s); it is begun again in %.0f s.", why, self._wait)
        self._wait = min(self._wait * 2, LONGEST_WAIT)

    async def _close(self) -> None:
        session, self._session = self._session, None
        if session is not None and not session.over:
            await session.close()

    def _open(self) -> bool:
        if self._hours is None:
            return True
        now = self._now().strftime("%H:%M")
        return self._hours.opens <= now < self._hours.closes
