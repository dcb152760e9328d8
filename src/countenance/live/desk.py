"""The parent's side: sessions in their processes, who may have one, and whose token opens which.

A session is let in by what it costs: what those that run were measured to take of the processor, and what one of its
kind usually takes. Beyond that it is refused with the time after which asking again makes sense. Knows no HTTP.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
import threading
import time as clock
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, Literal

from countenance.errors import CountenanceError, PermissionRefused
from countenance.live.capacity import Limits, SessionsFull, process_context
from countenance.live.plan import SessionPlan
from countenance.settings import Settings

Part = Literal["use", "watch"]
IDLE = 45.0
"""Seconds after which a session that nobody sends to or watches, and which is not fed, ends."""
READY = 300.0
"""Seconds in which it must come on the air."""
_ANSWER = 20.0
_KEPT = 200
"""Sessions that are over and whose receipts can still be asked for."""


class LiveSession:
    """One session and its process.

    Args:
        plan: what it is.
        settings: of the installation.
        loop: on which the parent's calls are answered.
        over: called when it has ended.

    Attributes:
        id: public; in addresses.
        state: what the process last told.
        receipt: how it ended; None before.
        failure: the error that ended it before it was on the air, as a dictionary.
    """

    def __init__(
        self,
        plan: SessionPlan,
        settings: Settings,
        loop: asyncio.AbstractEventLoop,
        over: Callable[[LiveSession], None],
    ) -> None:
        self.id = secrets.token_hex(8)
        self.plan, self.began = plan, clock.monotonic()
        self._tokens: dict[Part, str] = {"use": secrets.token_urlsafe(32), "watch": secrets.token_urlsafe(32)}
        self._loop, self._over = loop, over
        self._numbers = iter(range(1, 1 << 62))
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._media: dict[str, set[asyncio.Queue[Any]]] = {}
        self.state: dict[str, Any] = {"on_air": False}
        self.on_air: dict[str, Any] | None = None
        self.receipt: dict[str, Any] | None = None
        self.failure: dict[str, Any] | None = None
        self.ended = asyncio.Event()
        self.cost = plan.cost
        self._busy: tuple[float, float] | None = None
        self.used_at = clock.monotonic()
        context = process_context()
        self._pipe, inner = context.Pipe()
        from countenance.live.process import run

        self._process = context.Process(target=run, args=(inner, plan, settings), name=f"live-{self.id}", daemon=True)
        self._sending = threading.Lock()
        threading.Thread(target=self._listen, args=(self._pipe, inner), daemon=True).start()

    def token(self, part: Part) -> str:
        """That opens it: `use` everything, `watch` only looking on."""
        return self._tokens[part]

    def admits(self, token: str, part: Part) -> bool:
        """Whether a token opens that part. Takes the same time whatever the token."""
        parts: tuple[Part, ...] = ("use",) if part == "use" else ("use", "watch")
        given = token.encode("utf-8", "replace")
        return sum(hmac.compare_digest(given, self._tokens[one].encode()) for one in parts) > 0

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self.ended.is_set()

    async def ask(self, what: str, *more: Any) -> Any:
        """Have the process do something, and wait for its answer.

        Raises:
            CountenanceError: the process's own; live.over, where it is no longer there.
        """
        if self.over:
            raise _gone()
        self.used_at = clock.monotonic()
        number = next(self._numbers)
        waits = self._answers[number] = self._loop.create_future()
        try:
            await self._loop.run_in_executor(None, self._send, (number, what, *more))
            return await asyncio.wait_for(waits, _ANSWER)
        except TimeoutError as error:
            raise CountenanceError("The session does not answer.", "Try again.", code="live.slow") from error
        finally:
            self._answers.pop(number, None)

    async def watch(self, kind: str, room: int) -> asyncio.Queue[Any]:
        """A queue of what the session sends through its process's pipe: `jpeg` or `pcm`; None ends it.

        Raises:
            CountenanceError: live.early, live.over; BadOption: no sound.
        """
        await self.ask("watch", kind)
        queue: asyncio.Queue[Any] = asyncio.Queue(room)
        self._media.setdefault(kind, set()).add(queue)
        return queue

    async def unwatch(self, kind: str, queue: asyncio.Queue[Any]) -> None:
        """No more of it."""
        queues = self._media.get(kind, set())
        queues.discard(queue)
        if not queues and not self.over:
            await self.ask("unwatch", kind)

    async def close(self, wait: float = 15.0) -> None:
        """End it and wait until it has; a process that does not is killed."""
        if not self.over:
            try:
                await self.ask("close")
                await asyncio.wait_for(self.ended.wait(), wait)
            except (CountenanceError, TimeoutError):
                self.kill()

    def kill(self) -> None:
        """End the process as it is."""
        if self._process.pid is not None and self._process.is_alive():
            self._process.kill()

    def described(self) -> dict[str, Any]:
        """What its owner may know."""
        said = {key: value for key, value in self.state.items() if key not in ("cpu", "at")}
        return (
            {"id": self.id, "kind": self.plan.kind, "cost": round(self.cost, 2), "over": self.over}
            | said
            | {
                "session": self.on_air,
                "receipt": self.receipt,
                "error": self.failure,
            }
        )

    def _send(self, what: tuple[Any, ...]) -> None:
        with self._sending:
            try:
                self._pipe.send(what)
            except OSError as error:
                raise _gone() from error

    def _listen(self, pipe: Connection, inner: Connection) -> None:
        """Begin the process, which may take seconds, and hear it to its end; on a thread of its own."""
        self._process.start()
        inner.close()
        while True:
            try:
                told = pipe.recv()
            except (EOFError, OSError):
                break
            self._call(self._told, told)
        self._process.join(10)
        self._call(self._ended)

    def _call(self, what: Callable[..., None], *more: Any) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(what, *more)

    def _told(self, told: tuple[Any, ...]) -> None:
        what, *more = told
        if what == "answer":
            waits = self._answers.get(more[0])
            if waits is not None and not waits.done():
                if isinstance(more[1], CountenanceError):
                    waits.set_exception(more[1])
                else:
                    waits.set_result(more[1])
        elif what == "media":
            for queue in self._media.get(more[0], ()):
                if queue.full():  # the newest wins
                    queue.get_nowait()
                queue.put_nowait(more[1])
        elif what == "state":
            self._measured(more[0])
            self.state = more[0]
        elif what == "on_air":
            self.on_air, self.used_at = more[0], clock.monotonic()
            self.state = self.state | {"on_air": True}
        elif what == "ended":
            self.receipt = more[0]
        elif what == "failed":
            self.failure = more[0]

    def _measured(self, state: dict[str, Any]) -> None:
        """What it takes of a core, over the last seconds, once it runs."""
        if state["sending"] or state["viewers"] or state["speaking"]:
            self.used_at = clock.monotonic()
        if not state["on_air"]:
            self.used_at = clock.monotonic()  # it is getting ready
            return
        if self._busy is not None and state["at"] > self._busy[1]:
            share = (state["cpu"] - self._busy[0]) / (state["at"] - self._busy[1])
            self.cost += 0.2 * (max(share, 0.05) - self.cost)
        self._busy = state["cpu"], state["at"]

    def _ended(self) -> None:
        if self.receipt is None and self.failure is None:
            self.failure = CountenanceError("The session's process ended.", "Begin anew.", code="live.failed").as_dict()
        self.ended.set()
        for waits in self._answers.values():
            if not waits.done():
                waits.set_exception(_gone())
        for queues in self._media.values():
            for queue in queues:
                if queue.full():
                    queue.get_nowait()
                queue.put_nowait(None)
        self._over(self)


class LiveDesk:
    """All sessions of a server.

    Args:
        settings: of the installation.
        limits: what is allowed.
    """

    def __init__(self, settings: Settings, limits: Limits | None = None) -> None:
        self.settings, self.limits = settings, limits or Limits()
        self._sessions: dict[str, LiveSession] = {}

    def open(self, plan: SessionPlan) -> LiveSession:
        """Begin a session. Called on the event loop.

        Raises:
            SessionsFull: there is no room for it.
        """
        running = [one for one in self._sessions.values() if not one.over]
        taken = sum(one.cost for one in running)
        if len(running) >= self.limits.sessions or (running and taken + plan.cost > self.limits.room):
            now = clock.monotonic()
            first = min(one.began + self.limits.longest - now for one in running)
            retry = max(5, round(min(first, 60.0)))
            raise SessionsFull(
                f"{len(running)} sessions take {taken:.1f} of {self.limits.room:.1f} cores; another does not fit.",
                f"Try again in {retry} s.",
                details={"retry_after": retry},
            )
        session = LiveSession(plan, self.settings, asyncio.get_running_loop(), self._forget)
        self._sessions[session.id] = session
        return session

    def find(self, name: str, token: str, part: Part) -> LiveSession:
        """The session of this name, if the token opens that part of it.

        Raises:
            PermissionRefused: live.token; the same for a wrong name and a wrong token.
        """
        session = self._sessions.get(name)
        if session is None or not session.admits(token, part):
            raise PermissionRefused(
                "There is no such session, or this token does not open it.", "Begin a session of your own.",
                code="live.token",
            )  # fmt: skip
        return session

    @property
    def running(self) -> int:
        """How many sessions there are."""
        return sum(not one.over for one in self._sessions.values())

    async def sweep(self) -> None:
        """End sessions that last too long or that nobody uses. Called every few seconds."""
        now = clock.monotonic()
        late = [
            one
            for one in self._sessions.values()
            if not one.over
            and (now - one.began > self.limits.longest or now - one.used_at > (IDLE if one.on_air else READY))
        ]
        await asyncio.gather(*(one.close() for one in late))

    async def close(self) -> None:
        """End them all."""
        await asyncio.gather(*(one.close() for one in self._sessions.values()))

    def _forget(self, _session: LiveSession) -> None:
        over = [name for name, one in self._sessions.items() if one.over]
        for name in over[: max(0, len(over) - _KEPT)]:
            del self._sessions[name]


def _gone() -> CountenanceError:
    return CountenanceError("The session is over.", "Begin a new one.", code="live.over")
