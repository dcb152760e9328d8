"""A studio from afar, typed: what programs, the command line and the tests use. Errors come back as they were raised.

with Client("https://studio.example", key="cnt_…") as studio:
    upload = studio.upload(Path("portrait.jpg"))
    job = studio.create({"recipe": "animate", "source": upload.id, "right": …})
    job = studio.wait(job.id)
    studio.download(job.id, Path("out.mp4"))
"""

from __future__ import annotations

import json
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx

from countenance.errors import CountenanceError
from countenance.server.views import JobPage, JobView, UploadView

PIECE = 8 << 20
"""Bytes sent at once; where a connection breaks, no more than these are sent again."""
ATTEMPTS = 5


class StudioAnswered(CountenanceError):
    """An error that a studio told, with its own code, sentence and remedy."""

    def __init__(self, status: int, code: str, message: str, remedy: str) -> None:
        super().__init__(message, remedy, code=code, details={"status": status})
        self.status = status
        self.exit_status = {401: 5, 403: 5, 404: 3, 409: 2, 413: 3, 422: 3}.get(status, 1)


class Client:
    """A studio's API.

    Args:
        url: where it is.
        key: an API key.
        http: sends; a client of its own by default.
    """

    def __init__(self, url: str, key: str, http: httpx.Client | None = None) -> None:
        self._http = http or httpx.Client(base_url=url.rstrip("/"), timeout=60.0)
        self._http.headers["Authorization"] = f"Bearer {key}"

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        """An answer. Raises StudioAnswered; StudioAnswered with `studio.unreachable`, where there was none."""
        try:
            answer = self._http.request(method, path, **more)
        except httpx.HTTPError as error:
            raise StudioAnswered(
                0, "studio.unreachable", f"The studio does not answer ({type(error).__name__}).", "Check its address."
            ) from error
        if answer.is_error:
            raise _told(answer)
        return answer

    def create(self, body: dict[str, Any], *, once: str = "") -> JobView:
        """Put a job in; with the same `once`, no second one."""
        headers = {"Idempotency-Key": once} if once else {}
        return JobView.model_validate_json(self.ask("POST", "/v1/jobs", json=body, headers=headers).content)

    def job(self, number: str) -> JobView:
        """A job as it stands."""
        return JobView.model_validate_json(self.ask("GET", f"/v1/jobs/{number}").content)

    def jobs(self, *, state: str | None = None) -> Iterator[JobView]:
        """All jobs, newest first."""
        cursor: str | None = ""
        while cursor is not None:
            query = {"cursor": cursor, **({"state": state} if state else {})}
            page = JobPage.model_validate_json(self.ask("GET", "/v1/jobs", params=query).content)
            yield from page.jobs
            cursor = page.next

    def act(self, number: str, what: str) -> JobView:
        """`cancel` or `retry`."""
        return JobView.model_validate_json(self.ask("POST", f"/v1/jobs/{number}/{what}").content)

    def delete(self, number: str) -> None:
        """Delete a job for good."""
        self.ask("DELETE", f"/v1/jobs/{number}")

    def follow(self, number: str) -> Iterator[JobView]:
        """A job with each of its changes, until it has ended; a connection that breaks is taken up again."""
        for attempt in range(ATTEMPTS):
            try:
                with self._http.stream("GET", f"/v1/jobs/{number}/events") as stream:
                    if stream.is_error:
                        stream.read()
                        raise _told(stream)
                    for line in stream.iter_lines():
                        if line.startswith("data: "):
                            job = JobView.model_validate_json(line.removeprefix("data: "))
                            yield job
                            if job.state not in ("queued", "running"):
                                return
            except httpx.TransportError:
                time.sleep(0.5 * 2**attempt)
        raise StudioAnswered(0, "studio.unreachable", "The studio broke off again and again.", "Ask for the job later.")

    def wait(self, number: str, told: Callable[[JobView], None] | None = None) -> JobView:
        """A job once it has ended. Raises StudioAnswered: it failed or was cancelled."""
        job = self.job(number)
        for job in self.follow(number):
            if told is not None:
                told(job)
        if job.state != "done":
            why = job.problem
            code, message, remedy = (why.code, why.message, why.remedy) if why else ("job.gone", "It is gone.", "")
            raise StudioAnswered(422, code, message, remedy)
        return job

    def upload(self, path: Path, told: Callable[[int, int], None] | None = None) -> UploadView:
        """Send a file; a connection that breaks is taken up where it broke."""
        length = path.stat().st_size
        headers = {
            "Tus-Resumable": "1.0.0",
            "Upload-Length": str(length),
            "Upload-Metadata": f"filename {b64encode(path.name.encode()).decode()}",
        }
        number = UploadView.model_validate_json(self.ask("POST", "/v1/uploads", headers=headers).content).id
        with path.open("rb") as file:
            self._send(number, file, length, told)
        return UploadView.model_validate_json(self.ask("GET", f"/v1/uploads/{number}").content)

    def download(self, number: str, output: Path) -> None:
        """The result of a job, written whole or not at all."""
        from countenance.files import partial_beside

        with self._http.stream("GET", f"/v1/jobs/{number}/result") as stream:
            if stream.is_error:
                stream.read()
                raise _told(stream)
            with partial_beside(output) as partial, partial.open("wb") as file:
                for piece in stream.iter_bytes(1 << 20):
                    file.write(piece)

    def _send(self, number: str, file: Any, length: int, told: Callable[[int, int], None] | None) -> None:
        at, broken = 0, 0
        while at < length:
            file.seek(at)
            headers = {
                "Tus-Resumable": "1.0.0",
                "Upload-Offset": str(at),
                "Content-Type": "application/offset+octet-stream",
            }
            try:
                answer = self.ask("PATCH", f"/v1/uploads/{number}", content=file.read(PIECE), headers=headers)
                at = int(answer.headers["Upload-Offset"])
            except StudioAnswered as error:
                broken += 1
                if broken > ATTEMPTS or error.status not in (0, 409, 503):
                    raise
                time.sleep(0.5 * 2**broken)
                at = int(self.ask("HEAD", f"/v1/uploads/{number}").headers["Upload-Offset"])
            if told is not None:
                told(at, length)


def _told(answer: httpx.Response) -> StudioAnswered:
    try:
        said = answer.json()
        return StudioAnswered(answer.status_code, str(said["code"]), str(said["detail"]), str(said["remedy"]))
    except (json.JSONDecodeError, KeyError, TypeError):
        text = f"The studio answered {answer.status_code}."
        return StudioAnswered(answer.status_code, "studio.answer", text, "Check its address, or ask who runs it.")
