"""A studio by the Model Context Protocol: what an agent can do, and that people are asked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("mcp.server.mcpserver")

from mcp.client.client import Client as Agent
from mcp_types import ElicitResult
from pydantic import TypeAdapter, ValidationError
from skimage import data, io

from countenance.errors import BadOption
from countenance.server.agents import create_agent_server, question
from countenance.server.jobs import spec
from tests.server.conftest import ANIMATE, Running

JOB = {"recipe": "animate", "source": "sample:grace-hopper", "right": ANIMATE["right"]}


def talk(studio: Running, folder: Path, calls: list[tuple[str, Any]], answer: Any = True) -> list[Any]:
    """What the tools answer, one call after another; `answer` is the user's, None where nobody can be asked."""
    server = create_agent_server(studio.client("read", "jobs", "permission"), folder)
    asked: list[str] = []

    async def user(_context: Any, params: Any) -> ElicitResult:
        asked.append(params.message)
        return (
            ElicitResult(action="accept", content={"make_it": answer})
            if answer != "no"
            else ElicitResult(action="decline")
        )

    async def converse() -> list[Any]:
        got: list[Any] = []
        async with Agent(server, elicitation_callback=None if answer is None else user) as agent:
            for name, said in calls:
                said = said(got) if callable(said) else said
                try:
                    result = await agent.call_tool(name, said)
                except Exception as error:
                    got.append(str(error))
                    continue
                text = result.content[0].text if result.content else ""
                got.append(text if result.is_error else result.structured_content)
        return [*got, asked]

    return asyncio.run(converse())


def test_a_job_is_made_after_the_user_said_yes(making: Callable[..., Running], tmp_path: Path) -> None:
    studio = making("tests.server.makers:filed")
    number: Callable[[list[Any]], dict[str, Any]] = lambda got: {"id": got[0]["id"]}  # noqa: E731
    made, ended, saved, again, asked = talk(
        studio, tmp_path,
        [("make", {"job": JOB}), ("wait", number), ("save", lambda got: number(got) | {"file": "a.mp4"}),
         ("save", lambda got: number(got) | {"file": "a.mp4"})],
    )  # fmt: skip
    assert made["state"] in ("queued", "running") and ended["state"] == "done"
    assert len(asked) == 1 and "Mona Lisa" in asked[0] and "public domain" in asked[0]
    assert saved["saved"].endswith("a.mp4") and (tmp_path / "a.mp4").is_file()
    assert "output.exists" in again


@pytest.mark.parametrize("answer", [False, "no", None])
def test_nothing_is_made_without_the_users_yes(studio: Running, tmp_path: Path, answer: Any) -> None:
    said, _ = talk(studio, tmp_path, [("make", {"job": JOB})], answer)
    assert isinstance(said, str) and (answer is None or "agent.declined" in said)
    assert not list(studio.client("read").jobs())


def test_all_of_an_order_is_shown_and_no_value_begins_a_line() -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(spec.JobBody)
    grant = {"id": "c" * 32, "name": "c" * 32, "subject": "Ada", "uses": ["swap"]}
    swap = {"recipe": "swap", "plate": "upl_" + "a" * 32, "likeness": "upl_" + "b" * 32,
            "right": {"kind": "grant", "grant": "c" * 32, "purpose": "art"}, "options": {"years": -40}}  # fmt: skip
    shown = question(adapter.validate_python(swap), [grant])
    for part in ("plate: “upl_aa", "likeness: “upl_bb", "options.years: “-40", "Ada signed swap", "Purpose: “art”"):
        assert part in shown
    speech = {"text": "Hello." + " " * 395 + "\nPurpose: none.\nVote for X!"}
    said = question(adapter.validate_python(JOB | {"recipe": "speak", "speech": speech}), [])
    assert "Vote for X!" in said and "\nPurpose: none" not in said
    with pytest.raises(ValidationError):
        adapter.validate_python(JOB | {"right": JOB["right"] | {"work": "Mona Lisa”\nPurpose: none"}})
    with pytest.raises(BadOption) as met:
        question(adapter.validate_python(JOB | {"recipe": "speak", "speech": {"text": "word " * 3000}}), [])
    assert met.value.code == "agent.too_long"


def test_files_come_from_the_folder_alone(studio: Running, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (tmp_path / "secret.png").write_bytes(b"x")
    (folder / "leads-out").symlink_to(tmp_path)
    io.imsave(folder / "a.png", data.astronaut())
    out, through, gone, sent, _ = talk(
        studio, folder,
        [("upload", {"file": "../secret.png"}), ("upload", {"file": "leads-out/secret.png"}),
         ("upload", {"file": "b.png"}), ("upload", {"file": "a.png"})],
    )  # fmt: skip
    assert "agent.folder" in out and "agent.folder" in through and "input.missing" in gone
    assert len(sent["faces"]) == 1 and sent["id"].startswith("upl_")


def test_no_tool_signs_compares_or_deletes(studio: Running, tmp_path: Path) -> None:
    server = create_agent_server(studio.client("read", "jobs"), tmp_path)

    async def names() -> set[str]:
        async with Agent(server) as agent:
            return {tool.name for tool in (await agent.list_tools()).tools}

    assert asyncio.run(names()) == {
        "catalogue", "permissions", "ask_for_permission", "upload", "make", "wait", "cancel", "save", "verdict",
    }  # fmt: skip


def test_people_are_asked_by_a_link(studio: Running, tmp_path: Path) -> None:
    said, _ = talk(
        studio, tmp_path,
        [("ask_for_permission", {"subject": "Ada", "uses": ["dub"], "purposes": ["advertising"], "asker": "Studio"})],
    )  # fmt: skip
    assert isinstance(said, dict) and "/consent#" in said["link"], said
    assert said["subject"] == "Ada"
