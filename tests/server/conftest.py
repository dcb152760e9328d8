"""A studio that really listens, in a thread, with whatever makes its jobs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

pytest.importorskip("prometheus_client")
pytest.importorskip("standardwebhooks")
pytest.importorskip("segno")

from countenance.server.access import SCOPES, Quota
from countenance.server.app import create_app
from countenance.server.client import Client
from countenance.server.context import Context
from countenance.server.options import Options
from countenance.settings import Settings
from countenance.verify.service.connections import configured
from tests.conftest import MODELS

RIGHT = {"kind": "public-domain", "work": "Mona Lisa, Leonardo da Vinci, c. 1503"}
ANIMATE = {"recipe": "animate", "source": "sample:grace-hopper", "right": RIGHT, "title": "5"}


@dataclass
class Running:
    """A studio that listens."""

    url: str
    context: Context
    server: uvicorn.Server

    def client(self, *scopes: str, quota: Quota | None = None) -> Client:
        """A client with a fresh key."""
        key = self.context.access.make_key("test", scopes or SCOPES, quota)
        return Client(self.url, key.secret, httpx.Client(base_url=self.url, timeout=300.0))

    def browser(self) -> httpx.Client:
        """Signed in as the page is."""
        http = httpx.Client(base_url=self.url, timeout=60.0, headers={"X-Countenance": "page"})
        assert http.post("/v1/session", json={"ticket": self.context.access.ticket()}).status_code == 204
        return http


@contextmanager
def listening(settings: Settings, options: Options) -> Iterator[Running]:
    """A studio at a free port."""
    import socket

    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    options = replace(options, port=port)
    application, context = create_app(settings, options)
    server = uvicorn.Server(configured(application, host="127.0.0.1", port=port, log_level="warning", lifespan="on"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "it did not start"
        time.sleep(0.02)
    try:
        yield Running(options.url, context, server)
    finally:
        server.should_exit = True
        thread.join(60)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    home = tmp_path / "home"
    home.mkdir()
    return Settings(home=home, models=MODELS)


@pytest.fixture
def studio(settings: Settings) -> Iterator[Running]:
    """Without workers: jobs wait."""
    with listening(settings, Options(workers=0)) as running:
        yield running


@pytest.fixture
def making(settings: Settings) -> Iterator[Callable[..., Running]]:
    """A studio with one worker and a maker of the tests' own."""
    with ExitStack() as stack:

        def begin(maker: str = "tests.server.makers:slow", **more: Any) -> Running:
            return stack.enter_context(listening(settings, Options(workers=1, maker=maker, **more)))

        yield begin
