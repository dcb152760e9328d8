"""A live server on a port of its own, and callers of it."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import uvicorn

from countenance.live.app import Wish, create_app
from countenance.live.capacity import Limits
from countenance.live.desk import LiveDesk
from countenance.live.plan import SessionPlan
from countenance.settings import Settings

KEY = "a-key-for-tests"


@dataclass
class Server:
    """Where it is."""

    address: str
    desk: LiveDesk
    client: httpx.Client

    def begin(self, **wish: Any) -> dict[str, Any]:
        """A session of its own."""
        answer = self.client.post("/live/sessions", json=wish, headers={"Authorization": f"Bearer {KEY}"})
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def on_air(self, session: dict[str, Any], within: float = 90) -> dict[str, Any]:
        """Wait until viewers may come."""
        until = time.monotonic() + within
        while time.monotonic() < until:
            said = self.how(session)
            if said["on_air"] or said["over"]:
                assert not said["error"], said["error"]
                return said
            time.sleep(0.2)
        raise AssertionError("the session did not come on the air")

    def how(self, session: dict[str, Any]) -> dict[str, Any]:
        return dict(self.client.get(f"/live/sessions/{session['id']}", params={"token": session["token"]}).json())


@contextlib.contextmanager
def serving(settings: Settings, plan: Callable[[Wish], SessionPlan], limits: Limits | None = None) -> Iterator[Server]:
    """A server while the block lasts."""
    desk = LiveDesk(settings, limits)
    config = uvicorn.Config(create_app(desk, plan, KEY), host="127.0.0.1", port=0, log_level="warning", ws="auto")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    port = server.servers[0].sockets[0].getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    with httpx.Client(base_url=address, timeout=60) as client:
        try:
            yield Server(address, desk, client)
        finally:
            server.should_exit = True
            thread.join(60)
