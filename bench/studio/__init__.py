"""The studio measured: what a job costs the server, how many questions a second it answers, how soon a preview is
there, what workers that are killed lose, and what the pages weigh.
`python -m bench.studio [--jobs 1000] [--kill-every 20]`

Jobs of the kill test are made by a maker that draws nothing (0.2 s each), so that it is the queue that is measured.
"""

from __future__ import annotations

import argparse
import gzip
import os
import signal
import socket
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn

import countenance
from countenance.server import SCOPES, Client, Options, Quota, create_app
from countenance.server.jobs.job import Job
from countenance.server.places import SAMPLE_BASIS, SAMPLE_CLAIM
from countenance.settings import Settings
from countenance.verify.service.connections import configured

BODY = {
    "recipe": "animate",
    "source": "sample:grace-hopper",
    "right": {"kind": "public-domain", "work": SAMPLE_CLAIM, "basis": SAMPLE_BASIS},
}


def make_nothing(job: Job, settings: Settings, progress: Any, cancel: Any) -> dict[str, Any]:
    """Stands in for the renderer: ten steps of 20 ms, and one line for each job that is finished."""
    for step in range(11):
        cancel.check()
        progress(step, 10)
        time.sleep(0.02)
    handle = os.open(settings.home / "made.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.write(handle, f"{job.id}\n".encode())
    os.close(handle)
    return {"frames": 10}


@contextmanager
def listening(home: Path, options: Options) -> Iterator[tuple[str, Any]]:
    """A studio at a free port."""
    application, context = create_app(Settings(home=home, models=Settings().models_folder), options)
    server = uvicorn.Server(configured(application, host="127.0.0.1", port=options.port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    try:
        yield options.url, context
    finally:
        server.should_exit = True
        thread.join(60)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def measure_api(home: Path) -> None:
    """CPU for a job, and questions a second."""
    with listening(home, Options(port=free_port(), workers=0)) as (url, context):
        key = context.access.make_key("bench", SCOPES, Quota(waiting=0, jobs_a_day=0)).secret
        with Client(url, key) as client:
            number = client.create(BODY).id
            begun, wall = time.process_time(), time.perf_counter()
            for _ in range(100):
                client.create(BODY)
            used, took = time.process_time() - begun, time.perf_counter() - wall
            print(f"create a job           {10 * used:6.1f} ms CPU, client and server; {10 * took:.1f} ms")
        asked = 0
        until = time.perf_counter() + 8

        def ask() -> int:
            done = 0
            with Client(url, key) as one:
                while time.perf_counter() < until:
                    one.job(number)
                    done += 1
            return done

        with ThreadPoolExecutor(8) as many:
            asked = sum(many.map(lambda _: ask(), range(8)))
        print(f"state of a job         {asked / 8:6.0f} a second, 8 clients in the same process")


def measure_preview(home: Path) -> None:
    """How soon a changed option is seen."""
    with listening(home, Options(port=free_port(), workers=0)) as (url, context):
        key = context.access.make_key("bench", SCOPES).secret
        with Client(url, key) as client:
            body = {name: BODY[name] for name in ("source", "right")}
            for k, expression in enumerate((1.0, 1.1, 0.6, 1.4, 0.8, 1.2)):
                begun = time.perf_counter()
                client.ask("POST", "/v1/previews", json=body | {"options": {"expression": expression}}, timeout=300)
                took = time.perf_counter() - begun
                print(f"{'first preview, cold' if not k else 'preview of a change':22} {took:6.2f} s")


def measure_kills(home: Path, jobs: int, clients: int, every: float) -> None:
    """Jobs from many clients while workers are killed."""
    maker = "bench.studio:make_nothing"
    with listening(home, Options(port=free_port(), workers=2, maker=maker)) as (url, context):
        key = context.access.make_key("bench", SCOPES, Quota(waiting=0, jobs_a_day=0)).secret
        over, killed = threading.Event(), []

        def kill() -> None:
            while not over.wait(every):
                if context.pool.pids:
                    killed.append(context.pool.pids[0])
                    os.kill(killed[-1], signal.SIGKILL)

        threading.Thread(target=kill, daemon=True).start()
        begun = time.perf_counter()

        def put(count: int) -> None:
            with Client(url, key) as one:
                for k in range(count):
                    one.create(BODY | {"title": str(k)}, once=f"{threading.get_ident()}-{k}")

        with ThreadPoolExecutor(clients) as many:
            list(many.map(put, [jobs // clients] * clients))
        put_in = time.perf_counter() - begun
        while context.queue.counts().get("done", 0) < jobs // clients * clients:
            time.sleep(0.5)
        over.set()
        made = Counter((home / "made.log").read_text().split())
        count, took = jobs // clients * clients, time.perf_counter() - begun
        print(f"jobs from {clients} clients   {count:6d} put in {put_in:.0f} s, done in {took:.0f} s")
        print(f"workers killed         {len(killed):6d}")
        print(f"states                 {context.queue.counts()}")
        twice = sum(1 for count in made.values() if count > 1)
        print(f"made                   {len(made):6d}   of which the maker was at its end twice: {twice}")


def weigh_pages() -> None:
    """What a browser has to fetch before anything is shown."""
    folder = Path(countenance.__file__).parent / "server" / "static"
    if not (folder / "index.html").is_file():
        print("pages                  not built")
        return
    for name in ("index.html", "consent.html"):
        text = (folder / name).read_text()
        parts = [path for path in (folder / "assets").iterdir() if path.name in text] + [folder / name]
        parts += [next((folder / "assets").glob("hi-*.js"))]  # the largest catalogue
        size = sum(len(gzip.compress(path.read_bytes())) for path in parts)
        print(f"{name:22} {size / 1024:6.1f} kB gzipped, with the largest of the languages")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--jobs", type=int, default=1000)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--kill-every", type=float, default=20.0)
    wanted = parser.parse_args()
    weigh_pages()
    for measure in (measure_api, measure_preview):
        with tempfile.TemporaryDirectory() as folder:
            measure(Path(folder))
    with tempfile.TemporaryDirectory() as folder:
        measure_kills(Path(folder), wanted.jobs, wanted.clients, wanted.kill_every)
