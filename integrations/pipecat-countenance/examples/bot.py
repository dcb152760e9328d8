"""A Pipecat pipeline whose voice has a face. Fill in your transport, voice and language model."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from pipecat.pipeline.pipeline import Pipeline
from pipecat_countenance import CountenanceVideoService

from countenance.permission import GrantFile
from countenance.permission.intended_use import Circumstances


def pipeline(transport: Any, stt: Any, llm: Any, tts: Any) -> Pipeline:
    """Everything that a conversation passes through."""
    right = GrantFile(Path(os.environ["GRANT"]), Circumstances("film", ("DE",), ("en",)))
    avatar = CountenanceVideoService(os.environ["PORTRAIT"], permission=right)
    return Pipeline([transport.input(), stt, llm, tts, avatar, transport.output()])
