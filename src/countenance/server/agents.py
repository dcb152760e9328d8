"""The studio for agents: its operations as tools of the Model Context Protocol. Extra `[agents]`.

An agent states no right by itself: whoever sits before it is shown, before every job, what will be made and by what
right, and says yes; a client that cannot ask people is refused. No tool signs, compares keys, or deletes. Files come
from one folder and go into it. Talks to a studio through `Client`, as any program does.
"""

# Annotations are values here: the library reads them, and some name what is made below.

import hashlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from mcp.server.elicitation import AcceptedElicitation, ElicitationResult
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.mcpserver.resolve import Elicit, Resolve
from pydantic import BaseModel, Field

from countenance import __version__
from countenance.errors import BadOption, CountenanceError, FileMissing, OutputExists
from countenance.server.client import Client, StudioAnswered
from countenance.server.jobs import spec

INSTRUCTIONS = (
    "Countenance draws and dubs faces, and marks and signs whatever it makes. No likeness is used without a right: a "
    "permission that the person shown has signed (see `permissions`), or a work in the public domain. Never assume "
    "one. Where there is none, `ask_for_permission` makes a link for that person. The user is asked before each job."
)
READABLE = 6000
"""Characters of a question."""
_CALLED = {
    "right.work": "You state that this is a work in the public domain, and it stays in the file",
    "right.grant": "By the permission",
    "double_right.grant": "And for the double by the permission",
    "right.purpose": "Purpose",
    "double_right.purpose": "Purpose, for the double",
    "speech.text": "It says",
}
WAIT_AT_MOST = 300
"""Seconds that `wait` waits."""


class Confirmed(BaseModel):
    """What the user answers before a job."""

    make_it: bool = Field(title="Make it", description="By this right, and for this purpose.")


def create_agent_server(studio: Client, folder: Path) -> MCPServer[Any]:
    """The tools, over a studio.

    Args:
        studio: a client whose key has the scopes `read` and `jobs`, and `permission` to ask people.
        folder: what files are uploaded from, and results written into.
    """
    server: MCPServer[Any] = MCPServer("countenance", instructions=INSTRUCTIONS, version=__version__)
    within = folder.resolve()

    def told(error: CountenanceError) -> ToolError:
        return ToolError(f"{error.message} [{error.code}] {error.remedy}")

    def ask(method: str, path: str, **more: Any) -> Any:
        try:
            return studio.ask(method, path, **more).json()
        except StudioAnswered as error:
            raise told(error) from error

    def confirm(job: spec.JobBody) -> Elicit[Confirmed]:
        try:
            return Elicit(question(job, list(ask("GET", "/v1/grants"))), Confirmed)
        except BadOption as error:
            raise told(error) from error

    @server.tool()
    def catalogue() -> dict[str, Any]:
        """What can be made here: recipes, sample portraits, voices, purposes, limits."""
        return dict(ask("GET", "/v1/catalogue"))

    @server.tool()
    def permissions() -> list[dict[str, Any]]:
        """The permissions that people have signed: who, for which uses and purposes, until when, in plain words."""
        return list(ask("GET", "/v1/grants"))

    @server.tool()
    def ask_for_permission(
        subject: str,
        uses: list[Literal["animate", "speak", "dub", "swap", "re-age"]],
        purposes: list[str],
        days: int = 365,
        message: str = "",
        asker: str = "",
    ) -> dict[str, Any]:
        """Make a link that the user gives to the person shown, who reads, chooses and signs on their own phone.

        Give the link to the user, and do not open it: only the person may answer. `asker` names who asks, where the
        studio has no name yet.
        """
        body = {
            "subject": subject,
            "uses": uses,
            "purposes": purposes,
            "days": days,
            "message": message,
            "asker": asker,
        }
        said = ask("POST", "/v1/requests", json=body)
        return {name: said[name] for name in ("id", "state", "subject", "expires", "link")}

    @server.tool()
    def upload(file: str) -> dict[str, Any]:
        """Send a portrait, clip, recording or .likeness from the folder; gives the id that jobs name, and the faces."""
        try:
            sent = studio.upload(inside(within, file, there=True))
            if file.lower().endswith((".likeness", ".perf", ".csv", ".wav", ".mp3", ".m4a", ".flac", ".ogg")):
                return {"id": sent.id}
            return {"id": sent.id, **studio.ask("GET", f"/v1/uploads/{sent.id}/faces").json()}
        except CountenanceError as error:
            raise told(error) from error

    @server.tool()
    def make(job: spec.JobBody, confirmed: Annotated[ElicitationResult[Confirmed], Resolve(confirm)]) -> dict[str, Any]:
        """Begin a job, after the user has said yes to it. Gives its id; then `wait` for it."""
        if not isinstance(confirmed, AcceptedElicitation) or not confirmed.data.make_it:
            raise ToolError("The user did not agree. [agent.declined] Ask what should be made instead.")
        try:
            return job_told(studio.create(job.model_dump(mode="json")).model_dump(mode="json"))
        except StudioAnswered as error:
            raise told(error) from error

    @server.tool()
    def wait(id: str, seconds: Annotated[int, Field(ge=0, le=WAIT_AT_MOST)] = 60) -> dict[str, Any]:
        """A job as it stands, once it has ended or so many seconds are over."""
        until = time.monotonic() + seconds
        while True:
            job = ask("GET", f"/v1/jobs/{number(id)}")
            if job["state"] not in ("queued", "running") or time.monotonic() >= until:
                return job_told(job)
            time.sleep(1)

    @server.tool()
    def cancel(id: str) -> dict[str, Any]:
        """End a job that waits or runs."""
        return job_told(ask("POST", f"/v1/jobs/{number(id)}/cancel"))

    @server.tool()
    def save(id: str, file: str) -> dict[str, str]:
        """Write a job's result into the folder. It stays marked and signed; nothing is overwritten."""
        try:
            output = inside(within, file, there=False)
            studio.download(number(id), output)
        except CountenanceError as error:
            raise told(error) from error
        return {"saved": str(output)}

    @server.tool()
    def verdict(id: str, language: str = "en") -> dict[str, Any]:
        """What anybody can learn of a result: what it is, who made it, and who allowed it."""
        return dict(ask("GET", f"/v1/jobs/{number(id)}/verdict", params={"language": language})["verdict"])

    return server


def question(job: spec.JobBody, grants: list[dict[str, Any]]) -> str:
    """What the user is asked before a job: all of it that is not as usual, a line each; no value can begin a line.

    Args:
        job: the order; its digest ties the answer to this very job.
        grants: as the studio lists them.

    Raises:
        BadOption: agent.too_long, where it is too long to be read.
    """
    signed = {one["id"]: one for one in grants} | {one["name"]: one for one in grants}
    lines = [f"Make this: {job.recipe}."]
    for name, value in _values("", job.model_dump(mode="json", exclude_defaults=True)):
        if name in ("recipe", "right.kind", "double_right.kind"):
            continue
        said = " ".join(str(value).split())
        there = signed.get(said) if name.endswith("right.grant") else None
        if there is not None:
            said = f"{there['subject']} signed {', '.join(there['uses'])} ({said})"
        lines.append(f"{_CALLED.get(name, name)}: “{said}”")
    lines.append(f"Order {hashlib.sha256(job.model_dump_json().encode()).hexdigest()[:12]}.")
    text = "\n".join(lines)
    if len(text) > READABLE:
        raise BadOption(
            "The order is too long to be read before it is agreed to.", "Make it in parts, or by the page.",
            code="agent.too_long",
        )  # fmt: skip
    return text


def _values(before: str, said: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(said, dict):
        for name, value in said.items():
            yield from _values(f"{before}.{name}" if before else name, value)
    elif isinstance(said, list):
        yield before, ", ".join(map(str, said))
    else:
        yield before, said


def inside(folder: Path, name: str, *, there: bool) -> Path:
    """A file of the folder. Raises BadOption: it lies elsewhere; FileMissing; OutputExists."""
    path = (folder / name).resolve()
    if not path.is_relative_to(folder) or path == folder:
        raise BadOption(f"{name} does not lie in {folder}.", "Name a file of that folder.", code="agent.folder")
    if there and not path.is_file():
        raise FileMissing(f"There is no file {name}.")
    if not there and path.exists():
        raise OutputExists(f"{name} is there already.", "Choose another name.")
    return path


def number(text: str) -> str:
    """A job's number as it may stand in an address. Raises BadOption."""
    if not text.isascii() or not text.replace("_", "").isalnum():
        raise BadOption(f"{text[:40]!r} is no job.", "Give the id that make gave.", code="agent.job")
    return text


def job_told(job: dict[str, Any]) -> dict[str, Any]:
    """Of a job what an agent needs."""
    return {name: job[name] for name in ("id", "recipe", "title", "state", "progress", "result", "problem")}
