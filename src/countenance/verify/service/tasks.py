"""What the child process does with one file. Imports everything it needs at once, so that a server of processes has it
ready before the first file comes.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from countenance.errors import NotAVideo
from countenance.marking.bindings import PICTURE_ALGORITHM, SOUND_ALGORITHM
from countenance.marking.registry import Registry
from countenance.settings import Settings
from countenance.verify.inquiry import Inquiry, verify_file
from countenance.verify.looking import look
from countenance.verify.report import answer_fragment
from countenance.verify.sampling import open_source

BITS = 256


def perform(wanted: dict[str, Any]) -> dict[str, Any]:
    """Carry out an order of `apart`."""
    settings = Settings(**wanted["settings"])
    path, said, seconds = Path(wanted["path"]), wanted["said"], float(wanted["allowance"]["seconds"])
    if wanted["task"] == "answer":
        inquiry = Inquiry(
            seconds=seconds, language=str(said["language"]), whole=bool(said["whole"]), name=str(said["name"])
        )
        verdict = verify_file(path, settings, inquiry)
        return {"verdict": verdict.as_dict(), "html": answer_fragment(verdict)}
    return {"matches": _matches(path, settings, seconds, str(said["algorithm"]), int(said["limit"]))}


def _matches(path: Path, settings: Settings, seconds: float, algorithm: str, limit: int) -> list[dict[str, Any]]:
    source = open_source(path)
    try:
        if source.kind == "unreadable":
            raise NotAVideo(source.reason, code="input.media_type")
        seen = look(source, until=time.monotonic() + seconds)
    finally:
        source.close()
    found: dict[str, int] = {}
    with Registry.open(settings) as registry:
        payloads: list[int] = []
        if algorithm in ("", PICTURE_ALGORITHM):
            payloads += seen.picture.payloads
        if algorithm in ("", SOUND_ALGORITHM):
            payloads += seen.sound.payloads
        for payload in payloads:
            render = registry.by_payload(payload)
            if render is not None:
                found.setdefault(render.manifest_id, 100)
        if algorithm == "":
            for match in registry.matching(seen.fingerprints, limit=limit):
                found.setdefault(match.render.manifest_id, round(100 * (1 - match.distance / (BITS / 2))))
    best = sorted(found, key=lambda one: -found[one])[:limit]
    return [{"manifestId": one, "similarityScore": found[one]} for one in best]
