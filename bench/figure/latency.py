"""From the end of speech to the first sound that leaves the exit with its picture: a real session, a real socket.

The microphone's pieces come as a browser would send them, in real time; the button is let go 0.2 s after the last
sound, or it is not held at all. The picture leaves with the sound; a browser adds its network and its own buffers.
"""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import uvicorn
from websockets.asyncio.client import connect

from bench.figure.hearing import at_16k
from countenance.figure import open_figure
from countenance.figure.app import create_figure_app
from countenance.figure.serving import figure_host, load_ears
from countenance.settings import default_settings
from countenance.speech.voice import choose_voice

PIECE = 320
LOUD = 500
"""Of 32767: sound, not the mark in silence."""


def run(folder: Path, count: int) -> None:
    """Print the table."""
    asyncio.run(_run(folder, count))


async def _run(folder: Path, count: int) -> None:
    figure = open_figure(folder)
    host = figure_host(figure, default_settings())
    ears = load_ears(figure)
    assert ears is not None, "countenance models fetch figure"
    server = uvicorn.Server(uvicorn.Config(create_figure_app(host, ears), port=0, log_level="warning"))
    running = asyncio.create_task(server.serve())
    stage, speech = host.stage, host.speech
    assert stage is not None and speech is not None
    while not server.started or stage.state != "on_air" or speech.made < speech.wanted or not speech.wanted:
        await asyncio.sleep(0.5)
    await asyncio.get_running_loop().run_in_executor(None, ears.warm)
    address = f"127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    voice, tag = choose_voice(None, "en")
    entries = figure.knowledge.of("en")
    chosen = [entries[k] for k in np.linspace(0, len(entries) - 1, count).astype(int)]
    sounds = [at_16k(voice.say(e.title, language=tag)) for e in chosen]
    print("| microphone | n | heard and answered right | end of speech → first sound: p50, ms | p90 | decided p50 |")
    print("|---|---|---|---|---|---|")
    for held in (True, False):
        rows = []
        for entry, sound in zip(chosen, sounds, strict=True):
            rows.append(await _one(address, stage, sound, held, entry.name))
        fine = [row for row in rows if row[0] is not None]
        took = [1000 * row[0] for row in fine if row[0] is not None]
        decided = [1000 * row[1] for row in fine if row[1] is not None]
        right = sum(row[2] for row in rows)
        name = "button held" if held else "no button"
        p50, p90 = (np.percentile(took, q) if took else float("nan") for q in (50, 90))
        print(f"| {name} | {len(rows)} | {right} | {p50:.0f} | {p90:.0f} | {np.median(decided):.0f} |")
    before = stage.described()["frames"]
    await asyncio.sleep(10)
    print(f"pictures a second while idle: {(stage.described()['frames'] - before) / 10:.1f}; {stage.described()}")
    server.should_exit = True
    await running


async def _one(
    address: str, stage: Any, sound: np.ndarray, held: bool, name: str
) -> tuple[float | None, float | None, bool]:
    """Seconds to the first sound and to the reply, and whether it was the right one."""
    async with httpx.AsyncClient(base_url=f"http://{address}", timeout=30) as client:
        begun = (await client.post("/figure/talks", json={"language": "en"})).json()
        headers = {"Authorization": f"Bearer {begun['token']}"}
        await client.post(f"/figure/talks/{begun['id']}/hush", headers=headers)
        await asyncio.sleep(1.0)
        session = stage.watching()
        queue = await session.watch("pcm", 50)
        first: float | None = None

        async def listen() -> None:
            nonlocal first
            while (data := await queue.get()) is not None:
                if np.abs(np.frombuffer(data, "<i2").astype(np.int32)).max(initial=0) > LOUD:
                    first = first or time.monotonic()

        listening = asyncio.create_task(listen())
        where = f"ws://{address}/figure/talks/{begun['id']}/voice?token={begun['token']}"
        async with connect(where) as socket:
            await socket.send(json.dumps({"type": "begin", "rate": 16_000, "language": "en", "held": held}))
            pieces = (np.clip(sound, -1, 1) * 32767).astype("<i2")
            spoken = len(sound) - 16_000 // 4  # the silence after it is no speech
            tail = np.zeros(16_000, "<i2") if not held else np.zeros(0, "<i2")
            whole = np.concatenate([pieces[: spoken + (3200 if held else 0)], tail])
            began = time.monotonic()
            ended: float | None = None
            reply: asyncio.Task[Any] = asyncio.create_task(_reply(socket))
            for at in range(0, len(whole), PIECE):
                due = began + at / 16_000
                await asyncio.sleep(max(0, due - time.monotonic()))
                first = None if ended is None else first
                await socket.send(whole[at : at + PIECE].tobytes())
                if ended is None and at + PIECE >= spoken:
                    ended = began + spoken / 16_000
                if reply.done():
                    break
            if held:
                await socket.send(json.dumps({"type": "end"}))
            said = await asyncio.wait_for(reply, 30)
            told = time.monotonic()
            for _ in range(100):
                if first is not None:
                    break
                await asyncio.sleep(0.05)
        listening.cancel()
        await session.unwatch("pcm", queue)
        await client.delete(f"/figure/talks/{begun['id']}", headers=headers)
        assert ended is not None
        right = said.get("entry") == name or name in [one["entry"] for one in said.get("options", [])]
        return (None if first is None else first - ended), told - ended, right


async def _reply(socket: Any) -> dict[str, Any]:
    while True:
        said = json.loads(await socket.recv())
        if said["type"] in ("reply", "error"):
            return dict(said)
