"""The studio measured: what a job costs the server, how many questions a second it answers, how soon a preview is
there, what workers that are killed lose, and what the pages weigh.
what a render costs a worker, and what a campaign of 2,000 versions costs.
`python -m bench.studio [--only pages api preview renders campaign kills] [--jobs 1000] [--kill-every 20]`

Jobs of the kill test are made by a maker that draws nothing (0.2 s each), so that it is the queue that is measured.
"""

from __future__ import annotations

import argparse
import gzip
import multiprocessing
import os
import resource
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
from countenance.render.cancel import Cancel
from countenance.server import SCOPES, Client, Options, Quota, create_app
from countenance.server.jobs.job import Job
from countenance.server.jobs.making import make
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


def measure_renders(home: Path) -> None:
    """What one render costs a worker that is warm: in a process of its own, as workers are."""
    context = multiprocessing.get_context("spawn")
    one = context.Process(target=render_some, args=(str(home),))
    one.start()
    one.join()


def render_some(folder: str) -> None:
    """Make a few jobs as a worker makes them, and print what each cost."""
    settings = Settings(home=Path(folder), models=Settings().models_folder)
    speech = {"text": "The first compilers were written for machines that nobody remembers.", "language": "en"}
    orders: dict[str, dict[str, Any]] = {
        "to warm up": {"options": {"duration": 0.2, "size": 256}},
        "animate, 4 s at 256": {"options": {"duration": 4, "size": 256}},
        "animate, 4 s at 512": {"options": {"duration": 4, "size": 512}},
        "speak at 512": {"recipe": "speak", "speech": speech, "options": {"size": 512}},
    }
    print("render                   CPU s    seconds of film   CPU a second of film    file kB   memory MiB")
    for number, (name, changes) in enumerate(orders.items()):
        job = Job(f"job_{number:032x}", "bench", "animate", name, BODY | changes, "running", 1, 0, 0.0)
        begun = time.process_time()
        made = make(job, settings, lambda _done, _total: None, Cancel())
        used, film = time.process_time() - begun, made["seconds"]
        size = (home_of(settings) / job.id / made["output"]).stat().st_size
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{name:22} {used:8.1f} {film:14.1f} {used / film:20.1f} {size / 1024:14.0f} {peak:10.0f}", flush=True)


def home_of(settings: Settings) -> Path:
    """Where results lie."""
    return settings.home / "studio" / "results"


def measure_campaign(home: Path) -> None:
    """A campaign of 2,000 versions: written down, and shown."""
    with listening(home, Options(port=free_port(), workers=0)) as (url, context):
        key = context.access.make_key("bench", SCOPES, Quota(waiting=0, jobs_a_day=0)).secret
        with Client(url, key) as client:
            table = home / "rows.csv"
            table.write_text("name,product\n" + "".join(f"Person {k},thing {k % 7}\n" for k in range(2000)))
            face = {"name": "hopper", "source": BODY["source"], "right": BODY["right"]}
            plan = {"title": "Bench", "original": "en", "words": {"en": "Hello {{name}}, your {{product}} is here."},
                    "faces": [face], "table": client.upload(table).id}  # fmt: skip
            begun = time.process_time()
            number = client.ask("POST", "/v1/campaigns", json=plan, timeout=300).json()["id"]
            print(f"campaign of 2,000      {time.process_time() - begun:6.1f} s CPU to write down")
            begun = time.process_time()
            client.ask("GET", f"/v1/campaigns/{number}/versions?limit=100", timeout=300)
            print(f"a page of it           {time.process_time() - begun:6.1f} s CPU")
            started = time.perf_counter()
            begun = time.process_time()
            put = client.ask("POST", f"/v1/campaigns/{number}/start", json={}, timeout=600).json()["jobs"]
            took = time.process_time() - begun
            print(f"started                {took:6.1f} s CPU for {put} jobs, {time.perf_counter() - started:.0f} s")


def weigh_pages() -> None:
    """What a browser has to fetch before anything is shown."""
    folder = Path(countenance.__file__).parent / "server" / "static"
    if not (folder / "index.html").is_file():
        print("pages                  not built")
        return
    for name in ("index.html", "consent.html", "share.html"):
        text = (folder / name).read_text()
        parts = [path for path in (folder / "assets").iterdir() if path.name in text] + [folder / name]
        parts += [next((folder / "assets").glob("hi-*.js"))]  # the largest catalogue
        size = sum(len(gzip.compress(path.read_bytes())) for path in parts)
        print(f"{name:22} {size / 1024:6.1f} kB gzipped, with the largest of the languages")


PARTS = ("pages", "api", "preview", "renders", "campaign", "kills")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--jobs", type=int, default=1000)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--kill-every", type=float, default=20.0)
    wanted = parser.parse_args()
    if "pages" in wanted.only:
        weigh_pages()
    measures = {
        "api": measure_api, "preview": measure_preview, "renders": measure_renders, "campaign": measure_campaign,
    }  # fmt: skip
    for name, measure in measures.items():
        if name in wanted.only:
            with tempfile.TemporaryDirectory() as folder:
                measure(Path(folder))
    if "kills" in wanted.only:
        with tempfile.TemporaryDirectory() as folder:
            measure_kills(Path(folder), wanted.jobs, wanted.clients, wanted.kill_every)
