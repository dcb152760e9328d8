"""The figure's session: a real one, which speaks, is killed and comes back; hours; a permission that does not hold."""

from __future__ import annotations

import asyncio
import datetime as dates
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("aiortc", reason="the extra [figure] is not installed")
import cv2

from countenance.figure.manifest import Hours
from countenance.figure.serving import figure_host, figure_plan
from countenance.figure.stage import Stage
from countenance.live import Limits, LiveDesk
from countenance.marks.watermark import read_back
from countenance.permission.authorisation import public_domain
from countenance.settings import Settings
from tests.conftest import MODELS
from tests.figure.figures import Serving, hopper, serving


def settings_of(folder: Path) -> Settings:
    return Settings(home=folder / "home", models=MODELS, video_preset="ultrafast")


def test_outside_its_hours_it_sleeps(tmp_path: Path) -> None:
    figure = hopper(tmp_path / "figure")
    now = dates.datetime(2026, 11, 28, 8, 59)
    stage = Stage(
        LiveDesk(settings_of(tmp_path), Limits()),
        figure_plan(figure),
        Hours(opens="09:00", closes="18:00"),
        lambda: now,
    )

    async def a_while() -> None:
        running = asyncio.create_task(stage.run())
        await asyncio.sleep(0.2)
        assert stage.state == "asleep" and stage.described()["opens"] == "09:00"
        assert not await stage.speak(None)  # type: ignore[arg-type]
        running.cancel()

    asyncio.run(a_while())
    now = dates.datetime(2026, 11, 28, 9, 0)
    assert stage.state == "waking"
    now = dates.datetime(2026, 11, 28, 18, 0)
    assert stage.state == "asleep"


@pytest.mark.soak
def test_without_permission_it_is_away_and_not_tried_again(tmp_path: Path) -> None:
    figure = hopper(tmp_path / "figure")
    right = public_domain("Some Painting, Unknown Hand, 1700", None)
    (figure.folder / "portrait.jpg").write_bytes(b"no picture")
    stage = Stage(LiveDesk(settings_of(tmp_path), Limits()), replace(figure_plan(figure), permission=right))

    async def a_while() -> None:
        running = asyncio.create_task(stage.run())
        until = time.monotonic() + 200
        while stage.state != "away" and time.monotonic() < until:
            await asyncio.sleep(0.5)
        assert stage.state == "away" and stage.reason and stage.restarts == 0
        running.cancel()

    asyncio.run(a_while())


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    folder = tmp_path_factory.mktemp("figure")
    with serving(figure_host(hopper(folder / "hopper"), settings_of(folder), size=320, lexical=True)) as there:
        yield there


def on_air(served: Serving, within: float = 280) -> dict:
    until = time.monotonic() + within
    while time.monotonic() < until:
        said = served.client.get("/figure/state").json()
        if said["stage"]["state"] == "on_air":
            return said
        time.sleep(0.5)
    raise AssertionError(said)


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_it_speaks_is_marked_is_killed_and_comes_back(served: Serving) -> None:
    on_air(served)
    talk = served.talk()
    reply = served.ask(talk, "What is COBOL?").json()
    assert reply["aloud"] and reply["captions"][-1]["end"] > 5
    until = time.monotonic() + 30
    while not served.client.get("/figure/state").json()["speaking"] and time.monotonic() < until:
        time.sleep(0.1)
    assert served.client.get("/figure/state").json()["speaking"]
    frames = pictures(served, 8)
    found = read_back(frames)
    assert found is not None
    assert served.client.post(f"{talk[0]}/hush", headers=talk[1]).status_code == 204
    stage = served.host.stage
    assert stage is not None and stage._session is not None
    pid = stage._session._process.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    until = time.monotonic() + 60
    while stage.restarts == 0 and time.monotonic() < until:
        time.sleep(0.2)
    assert on_air(served)["stage"]["restarts"] == 1
    assert served.ask(served.talk(), "hello").status_code == 200


def pictures(served: Serving, count: int) -> list[np.ndarray]:
    """The first of the MJPEG stream."""
    out, data = [], b""
    with served.client.stream("GET", "/figure/mjpeg") as stream:
        for part in stream.iter_bytes():
            data += part
            while (end := data.find(b"\xff\xd9")) >= 0:
                picture = data[data.find(b"\xff\xd8") : end + 2]
                data = data[end + 2 :]
                out.append(cv2.cvtColor(cv2.imdecode(np.frombuffer(picture, np.uint8), 1), cv2.COLOR_BGR2RGB))
                if len(out) == count:
                    return out
    return out
