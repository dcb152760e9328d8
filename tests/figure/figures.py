"""Figures for tests, and a server of one."""

from __future__ import annotations

import asyncio
import contextlib
import csv
import shutil
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
import uvicorn

from countenance.figure import demo_figure, open_figure
from countenance.figure.app import create_figure_app
from countenance.figure.ears import Ears
from countenance.figure.folder import Figure
from countenance.figure.host import FigureHost
from tests.portraits import grace_hopper_file

COLUMNS = ("name", "language", "questions", "answer", "source", "by")
BIRTH = ("birth", "en", "When were you born?\nWhere were you born?", "I was born in 1906.", "A book, 1990", "written")
MOTH = ("moth", "en", "Who found the moth?|Was there a moth?", "I did not find the moth.", "The log book", "written")


def sheet(path: Path, rows: Sequence[Sequence[str]], delimiter: str = ",") -> Path:
    """A knowledge sheet."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow(COLUMNS)
        writer.writerows(rows)
    return path


def hopper(folder: Path, **changed: str) -> Figure:
    """The demo figure; `changed`: lines of its figure.yaml by their first word, replaced or added."""
    figure = demo_figure(folder, grace_hopper_file())
    if not changed:
        return figure
    text = (folder / "figure.yaml").read_text()
    lines = [line for line in text.splitlines() if line.split(":")[0] not in changed]
    (folder / "figure.yaml").write_text("\n".join([*lines, *(f"{key}: {said}" for key, said in changed.items())]))
    return open_figure(folder)


def small(folder: Path, rows: Sequence[Sequence[str]] = (BIRTH, MOTH)) -> Path:
    """A small figure's folder."""
    folder.mkdir()
    shutil.copyfile(grace_hopper_file(), folder / "portrait.jpg")
    sheet(folder / "knowledge.csv", rows)
    (folder / "figure.yaml").write_text(
        "schema: countenance.figure/1\nname: Ada\nportrait: portrait.jpg\n"
        'right:\n  public_domain: "Grace Hopper (1906–1992), US Navy photograph, 1984"\n  basis: us-government-work\n'
        "languages: [en]\ngreeting: {en: Ask me.}\nknowledge: [knowledge.csv]\n"
    )
    return folder


@dataclass
class Serving:
    """Where it is."""

    address: str
    host: FigureHost
    client: httpx.Client

    def talk(self, **said: str) -> tuple[str, dict[str, str], dict]:
        """A talk's path, its headers, and the greeting."""
        answer = self.client.post("/figure/talks", json=said)
        assert answer.status_code == 201, answer.text
        begun = answer.json()
        return f"/figure/talks/{begun['id']}", {"Authorization": f"Bearer {begun['token']}"}, begun["reply"]

    def ask(self, talk: tuple[str, dict[str, str], dict], text: str, **more: str) -> httpx.Response:
        return self.client.post(f"{talk[0]}/ask", json={"text": text, **more}, headers=talk[1])


@contextlib.contextmanager
def serving(host: FigureHost, ears: Ears | None = None, public_address: str = "") -> Iterator[Serving]:
    """A server while the block lasts."""
    config = uvicorn.Config(
        create_figure_app(host, ears, public_address), host="127.0.0.1", port=0, log_level="warning"
    )  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    until = time.monotonic() + 60
    while not server.started and time.monotonic() < until:
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    try:
        with httpx.Client(base_url=address, timeout=60) as client:
            yield Serving(address, host, client)
    finally:
        server.should_exit = True
        thread.join(30)
