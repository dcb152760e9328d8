"""Makes one version: asks for its own permit, renders, says what came out. Runs in whichever process it is sent to."""

from __future__ import annotations

import os
import socket
import time
from datetime import datetime
from typing import Any

from countenance.campaign.recipes import recipe_of
from countenance.campaign.version import Outcome, Problem, Version
from countenance.errors import CountenanceError, Interrupted
from countenance.files import sha256_file
from countenance.marking import Registry
from countenance.settings import Settings
from countenance.studio import Studio


def make(version: Version, settings: Settings, since: datetime | None = None) -> Outcome:
    """Make a version, or say why not. Raises nothing but KeyboardInterrupt and Interrupted.

    Args:
        version: what.
        settings: of the installation that makes it.
        since: when an earlier attempt at it began, of which nothing was heard; what that one finished is kept.
    """
    begin = time.monotonic()
    try:
        facts = (None if since is None else finished_since(version, since, settings)) or _made(version, settings)
    except Interrupted:
        raise
    except CountenanceError as error:
        return Outcome(version.name, {}, Problem.of(error))
    except Exception as error:  # whatever one version meets, the others go on; the journal keeps what it was
        told = f"Something unforeseen happened: {type(error).__name__}: {error}"
        return Outcome(
            version.name, {}, Problem("internal", told, "Make this version alone, and report what it prints.")
        )
    facts["seconds"] = round(time.monotonic() - begin, 3)
    facts["worker"] = f"{socket.gethostname()}:{os.getpid()}"
    return Outcome(version.name, facts)


def _made(version: Version, settings: Settings) -> dict[str, Any]:
    made = Studio(settings).run(recipe_of(version))
    return {
        **permission_of(made.receipt.sha256, settings),
        "output": version.output.name,
        "sha256": made.receipt.sha256,
        "bytes": version.output.stat().st_size,
        "frames": made.frames,
        "duration": round(float(made.receipt.duration), 3),
        "width": made.size[0],
        "height": made.size[1],
        "render_id": made.render_id,
        "manifest": made.receipt.manifest_id,
        "signer": made.receipt.signer,
        "spoken_by": made.voice or version.voice,
        "captions": None if version.captions is None else version.captions.name,
        "warnings": list(made.warnings),
    }


def finished_since(version: Version, since: datetime, settings: Settings) -> dict[str, Any] | None:
    """The facts of a version whose file was finished after `since`, though nobody was told; None: it was not.

    The registry knows every file that left, by its hash and the time: a file that it does not know is not taken.
    """
    path = version.output
    if not path.is_file() or (version.captions is not None and not version.captions.is_file()):
        return None
    digest = sha256_file(path)
    with Registry.open(settings) as registry:
        render = registry.by_file(digest)
    if render is None or render.made_at < since or render.inputs.get(version.role) != version.source_sha256:
        return None
    if version.likeness is not None and render.inputs.get("source") != version.likeness_sha256:
        return None
    return {
        **permission_of(digest, settings),
        "output": path.name,
        "sha256": digest,
        "bytes": path.stat().st_size,
        "frames": render.frames,
        "duration": round(float(render.duration), 3),
        "width": render.width,
        "height": render.height,
        "manifest": render.manifest_id,
        "signer": render.signer,
        "spoken_by": version.voice,
        "captions": None if version.captions is None else version.captions.name,
        "warnings": [],
        "found": True,
    }


def permission_of(sha256: str, settings: Settings) -> dict[str, Any]:
    """What the registry keeps of the permission under which a file was made; empty where it knows no such file."""
    with Registry.open(settings) as registry:
        render = registry.by_file(sha256)
    if render is None:
        return {}
    return {
        "permit": render.permit_id,
        "permission": render.permit_kind,
        "basis": render.basis,
        "grant_sha256": render.grant_sha256,
        "render_id": f"{render.payload:016x}",
    }
