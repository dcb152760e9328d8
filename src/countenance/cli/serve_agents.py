"""`countenance serve agents`: a studio's operations as tools for an agent. Parses, calls."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from countenance.errors import LibraryMissing, PermissionRefused

KEY = "COUNTENANCE_STUDIO_KEY"


def agents(
    server: Annotated[str, typer.Option("--server", help="Address of the studio.")] = "http://127.0.0.1:8620",
    folder: Annotated[
        Path, typer.Option("--folder", help="What the agent may send from and save into.", file_okay=False, exists=True)
    ] = Path(),
) -> None:
    """A studio's operations as MCP tools, over stdin and stdout. The key comes in COUNTENANCE_STUDIO_KEY.

    The user is asked before each job; a client that cannot ask is refused. No tool signs, compares keys, or deletes.
    """
    try:
        from countenance.server.agents import create_agent_server
        from countenance.server.client import Client
    except ImportError as error:
        raise LibraryMissing(
            "Agents need packages that are not here.", "Install them: pip install 'countenance[agents,studio]'"
        ) from error

    key = os.environ.get(KEY, "")
    if not key:
        raise PermissionRefused(
            f"There is no key in {KEY}.",
            'Make one: countenance studio key "agent" --scope read --scope jobs --scope permission',
            code="agent.key",
        )
    with Client(server, key) as studio:
        create_agent_server(studio, folder).run("stdio")
