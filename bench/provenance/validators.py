"""Three readers of the same files: `countenance verify`'s own, and two that others wrote.

encypher-c2pa (PyPI; written apart from c2pa-rs) and @contentauth/c2pa-wasm (npm; the C2PA project's Rust core as the
web uses it, another version and build than ours). Each is asked offline, with the root that signed as its only anchor.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from countenance.verify.credentials import read_manifest
from countenance.verify.trust import Trust

NAMES = ("countenance", "encypher-c2pa", "c2pa-wasm")
SCRIPT = Path(__file__).with_name("validate.mjs")


@dataclass(frozen=True)
class Answer:
    """What a validator said.

    Attributes:
        holds: None where it found no manifest or cannot read this kind of file.
        codes: of failures.
        note: why it could not tell.
    """

    holds: bool | None
    codes: tuple[str, ...] = ()
    note: str = ""

    @property
    def asked(self) -> bool:
        """Whether it could tell at all."""
        return not self.note

    def agrees(self, wanted: tuple[str, ...]) -> bool:
        """Whether that is what must be said: see `tampers.Tamper.wanted`."""
        if "holds" in wanted:
            return self.holds is True
        if "no manifest" in wanted:
            return self.holds is None
        return self.holds is False and any(code in wanted for code in self.codes)

    def __str__(self) -> str:
        if self.holds is None:
            return self.note or "no manifest"
        return "holds" if self.holds else (self.codes[0] if self.codes else "invalid")


def ours(path: Path, anchors: str) -> Answer:
    """As `countenance verify` reads it."""
    found = read_manifest(path, Trust(own=anchors), until=time.monotonic() + 60)
    if found.state == "none":
        return Answer(None)
    if found.state in ("self-issued", "unknown-signer") and not found.own:
        return Answer(False, (*found.failures, "signingCredential.untrusted"))
    return Answer(found.state in ("trusted", "self-issued"), found.failures)


def encypher(path: Path, media_type: str, anchors: str, store: bytes | None) -> Answer:
    """As encypher-c2pa reads it; it says nothing where it is not installed."""
    try:
        import encypher_c2pa
    except ImportError:
        return Answer(None, note="not installed")
    os.environ.setdefault("XDG_CONFIG_HOME", str(path.parent))  # where it keeps that it may not call home
    try:
        report: Any = encypher_c2pa.verify(
            path, media_type, trust_pem=anchors, no_default_trust=True, telemetry=False, online=False,
            manifest_store=store,
        )  # fmt: skip
    except Exception as error:
        return Answer(None, note=f"cannot read it: {str(error)[:60]}")
    if not report["present"]:
        return Answer(None)
    results = report["validation_results"]
    codes = tuple(found["code"] for found in results.get("failure", []))
    return Answer(report["validation_state"] == "Trusted", codes)


def wasm(asked: list[tuple[Path, str]], anchors: Path, modules: Path | None) -> list[Answer]:
    """As @contentauth/c2pa-wasm reads them, all in one run of Node."""
    if modules is None:
        return [Answer(None, note="not asked")] * len(asked)
    listed = json.dumps([{"path": str(path), "type": media_type} for path, media_type in asked])
    run = subprocess.run(
        ["node", str(SCRIPT), str(modules), str(anchors)], input=listed, capture_output=True, text=True, check=False
    )
    if run.returncode != 0:
        return [Answer(None, note=f"Node failed: {run.stderr.strip().splitlines()[-1][:60]}")] * len(asked)
    answers = []
    for one in json.loads(run.stdout):
        error = one.get("error", "")
        if error:
            missing = "JumbfNotFound" in error or "no JUMBF" in error
            answers.append(Answer(None, note="" if missing else error[:60]))
        else:
            answers.append(Answer(one["state"] == "Trusted", tuple(one["failures"])))
    return answers
