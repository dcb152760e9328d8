"""What the child process does with one file. Importing it loads and warms everything, so that a server of processes has
it ready before the first file comes: compiled code and the marks' tables are inherited by every child.
"""

from __future__ import annotations

import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from countenance.errors import NotAVideo
from countenance.marking.bindings import PICTURE_ALGORITHM, SOUND_ALGORITHM
from countenance.marking.fingerprint import fingerprint_of
from countenance.marking.render_registry import Registry
from countenance.marks import audiomark, watermark
from countenance.settings import Settings
from countenance.verify.inquiry import Inquiry, verify_file
from countenance.verify.mark_detection import look
from countenance.verify.readers import load_readers
from countenance.verify.report_page import answer_fragment
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


def _warm() -> None:
    """Read a mark of each kind once. OpenCV's threads do not survive being forked: one has to do."""
    cv2.setNumThreads(1)
    noise = np.random.default_rng(0)
    grain = cv2.GaussianBlur(noise.normal(0, 40, (192, 192, 3)), (0, 0), 2.0)
    picture = np.clip(128 + grain, 0, 255).astype(np.uint8)
    watermark.detect([watermark.Watermark(1, strength=watermark.STILL_STRENGTH).embed(picture)])
    fingerprint_of(picture, Fraction(0))
    audiomark.detect(noise.normal(0, 0.1, (16000 * 3, 1)).astype(np.float32), 16000, thorough=False)
    load_readers()


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


_warm()
