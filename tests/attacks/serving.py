"""A verify service to be attacked: in a thread of this process, or as the command, which can be killed."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from countenance.settings import Settings
from countenance.verify.service import Service, create_app
from countenance.verify.service.connections import configured


@dataclass(frozen=True)
class Serving:
    """A service at a port of this computer; `settings` are its own."""

    port: int
    settings: Settings

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def health(self) -> dict[str, Any]:
        """What it says of itself; asked on a connection of its own."""
        answer = httpx.get(f"{self.address}/health", timeout=60, verify=False)  # no list of authorities is read
        assert answer.status_code == 200
        found: dict[str, Any] = answer.json()
        return found

    def half_sent(self, size: int = 1000, sent: bytes = b"x" * 10, path: str = "/answers") -> socket.socket:
        """A connection on which a body of that size was promised, and this much of it sent."""
        head = f"POST {path} HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\nContent-Length: {size}\r\n\r\n"
        return self.connection(head.encode() + sent)

    def connection(self, sent: bytes = b"") -> socket.socket:
        """A connection on which these bytes were sent."""
        made = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        made.sendall(sent)
        return made

    def until(self, present: int) -> None:
        """Wait until so many have a place."""
        end = time.monotonic() + 60
        while self.health()["present"] != present:
            assert time.monotonic() < end, self.health()
            time.sleep(0.05)


@contextlib.contextmanager
def serving(settings: Settings, service: Service) -> Iterator[Serving]:
    """A service in a thread."""
    port = free_port()
    config = configured(create_app(settings, service), host="127.0.0.1", port=port, log_level="critical")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.05)
        yield Serving(port, settings)
    finally:
        server.should_exit = server.force_exit = True
        thread.join(60)


@contextlib.contextmanager
def served(home: Path, temporary: Path, *words: str) -> Iterator[tuple[Serving, subprocess.Popen[bytes]]]:
    """`countenance serve verify` with a home and a folder for temporary files of its own."""
    port = free_port()
    command = [sys.executable, "-m", "countenance", "serve", "verify", "--port", str(port), *words]
    said = home.with_name(f"{home.name}.said")  # outside: what lies in a home is looked at
    with said.open("wb") as file:
        run = subprocess.Popen(command, env=environment(home, temporary), stdout=subprocess.DEVNULL, stderr=file)
    here = Serving(port, Settings(home=home))
    try:
        while True:
            assert run.poll() is None, said.read_text()
            with contextlib.suppress(httpx.TransportError):
                here.health()
                break
            time.sleep(0.1)
        yield here, run
    finally:
        run.kill()
        run.wait()


def environment(home: Path, temporary: Path) -> dict[str, str]:
    return os.environ | {"COUNTENANCE_HOME": str(home), "TMPDIR": str(temporary), "HOME": str(home)}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        return int(one.getsockname()[1])


def answer_on(connection: socket.socket) -> bytes:
    """All that is answered until the other end closes."""
    answer = b""
    with contextlib.suppress(ConnectionError):
        while piece := connection.recv(1 << 16):
            answer += piece
    return answer


def kept(folder: Path) -> list[Path]:
    """Files below a folder, without those that only hold a place."""
    return [path for path in folder.rglob("*") if path.is_file() and not path.name.endswith(".part")]
