"""A LiveKit agent with a face: `python agent.py dev`, with LIVEKIT_URL and keys in the environment."""

from __future__ import annotations

import os
from pathlib import Path

from livekit.agents import Agent, AgentSession, JobContext, WorkerOptions, cli
from livekit.plugins import countenance

from countenance.permission import GrantFile
from countenance.permission.intended_use import Circumstances


async def entrypoint(ctx: JobContext) -> None:
    await ctx.connect()
    session: AgentSession = AgentSession()  # with your stt=, llm= and tts=
    right = GrantFile(Path(os.environ["GRANT"]), Circumstances("film", ("DE",), ("en",)))
    avatar = countenance.AvatarSession(os.environ["PORTRAIT"], permission=right)
    await avatar.start(session, room=ctx.room)
    await session.start(agent=Agent(instructions="Be brief and kind."), room=ctx.room)


if __name__ == "__main__":
    cli.run_app(WorkerOptions(entrypoint_fnc=entrypoint))
