"""Faces, previews, and a whole job with the real renderer: what comes out is marked and known."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from countenance.server.places import SAMPLE_BASIS, SAMPLE_CLAIM
from countenance.server.previews import _subject
from countenance.verify import verify_file
from tests.server.conftest import Running
from tests.server.test_api import refused

RIGHT = {"kind": "public-domain", "work": SAMPLE_CLAIM, "basis": SAMPLE_BASIS}
BODY = {"source": "sample:grace-hopper", "right": RIGHT, "options": {"size": 256}}


def portraits_kept() -> int:
    """In the process that draws previews."""
    return _subject.cache_info().currsize


def test_faces_of_a_picture_and_of_none(studio: Running, tmp_path: Path) -> None:
    client = studio.client("jobs", "read")
    found = client.ask("GET", "/v1/samples/grace-hopper/faces").json()
    assert found["kind"] == "picture" and len(found["faces"]) == 1
    [face] = found["faces"]
    assert face["problem"] == "" and 0.2 < face["left"] + face["width"] / 2 < 0.8
    noise = tmp_path / "noise.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (200, 200, 3), np.uint8)).save(noise)
    upload = client.upload(noise)
    assert client.ask("GET", f"/v1/uploads/{upload.id}/faces").json()["faces"] == []
    text = tmp_path / "a.png"
    text.write_bytes(b"no picture at all" * 100)
    upload = client.upload(text)
    met = refused(lambda: client.ask("GET", f"/v1/uploads/{upload.id}/faces"))
    assert met.status == 422 and met.code.startswith("input.")
    assert met.code != "internal"


def test_a_preview_is_marked_and_forbidden_purposes_have_none(studio: Running, tmp_path: Path) -> None:
    client = studio.client("jobs", "read")
    answer = client.ask("POST", "/v1/previews", json=BODY | {"at": 1.5}, timeout=240)
    path = tmp_path / "preview.jpg"
    path.write_bytes(answer.content)
    assert max(Image.open(io.BytesIO(answer.content)).size) == 256
    pool = studio.context.previews._pool
    assert pool is not None and pool.submit(portraits_kept).result(60) == 1
    noise = tmp_path / "noise.bin"
    noise.write_bytes(b"to be deleted")
    client.ask("DELETE", f"/v1/uploads/{client.upload(noise).id}")
    assert pool.submit(portraits_kept).result(60) == 0, "what is deleted is kept in no memory either"
    verdict = verify_file(path, studio.context.settings)
    assert verdict.picture.best is not None, verdict.summary
    met = refused(lambda: client.ask("POST", "/v1/previews", json=BODY | {"right": RIGHT | {"purpose": "nude"}}))
    assert met.code == "permission.intimate"
    met = refused(lambda: client.ask("POST", "/v1/previews", json=BODY | {"options": {"face": "7"}}, timeout=240))
    assert met.code == "face.choice" and met.status == 422


def test_a_portrait_is_animated_by_api_and_the_file_says_so(making: Callable[..., Running], tmp_path: Path) -> None:
    studio = making("countenance.server.jobs.making:make")
    client = studio.client("jobs", "read")
    job = client.create({"recipe": "animate", "title": "Grace", **BODY, "options": {"size": 256, "duration": 0.6}})
    done = client.wait(job.id)
    assert done.result is not None and done.result["frames"] == 15 and done.bytes > 1000
    assert str(studio.context.settings.home) not in done.model_dump_json()
    path = tmp_path / "out.mp4"
    client.download(job.id, path)
    assert path.stat().st_size == done.bytes
    part = client.ask("GET", f"/v1/jobs/{job.id}/result", headers={"Range": "bytes=10-19"})
    assert part.status_code == 206 and part.content == path.read_bytes()[10:20]
    answer = client.ask("GET", f"/v1/jobs/{job.id}/verdict", timeout=120).json()
    assert answer["verdict"]["marks"] if "marks" in answer["verdict"] else answer["html"]
    # Killed after the file had left: the next attempt takes what is there, and makes no second one.
    with studio.context.database.changing() as connection:
        connection.exec_driver_sql("UPDATE jobs SET state = 'queued', result = NULL")
    again = client.wait(job.id)
    assert again.attempts == 2 and again.result is not None
    assert (again.result["sha256"], again.result["render_id"]) == (done.result["sha256"], done.result["render_id"])
    client.delete(job.id)
    assert studio.context.places.result(job.id) is None


def test_a_face_that_is_not_there_fails_the_job_with_its_code(making: Callable[..., Running]) -> None:
    client = making("countenance.server.jobs.making:make").client("jobs", "read")
    job = client.create({"recipe": "animate", **BODY, "options": {"face": "9"}})
    met = refused(lambda: client.wait(job.id))
    assert met.code == "face.choice"
    assert client.job(job.id).state == "failed"


pytestmark = pytest.mark.slow
