"""Makes one version: asks for its own permit, renders, says what came out. Runs in whichever process it is sent to."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any

from countenance.campaign.asking import double_of, right_of
from countenance.campaign.version import Outcome, Problem, Version
from countenance.errors import CountenanceError, Interrupted
from countenance.files import sha256_file
from countenance.marking.making import LabelChoice
from countenance.marking.receipt import Receipt
from countenance.marking.registry import Registry
from countenance.media.video import open_video
from countenance.render.dub import dub
from countenance.render.options import AnimateOptions
from countenance.render.reframing import Shape
from countenance.render.rights import GrantFile
from countenance.render.speak import SpeechOptions, speak
from countenance.render.swap import SwapOptions, swap
from countenance.settings import default_settings


def make(version: Version, since: datetime | None = None) -> Outcome:
    """Make a version, or say why not. Raises nothing but KeyboardInterrupt and Interrupted.

    Args:
        version: what.
        since: when an earlier attempt at it began, of which nothing was heard; what that one finished is kept.
    """
    begin = time.monotonic()
    try:
        facts = (None if since is None else finished_since(version, since)) or _made(version)
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


def _made(version: Version) -> dict[str, Any]:
    for path, digest in (
        (version.source, version.source_sha256),
        (version.bed, version.bed_sha256),
        (version.audio, version.audio_sha256),
        (version.likeness, version.likeness_sha256),
        (version.voice_file, version.voice_sha256),
    ):
        if path is not None and (not path.is_file() or sha256_file(path) != digest):
            raise CountenanceError(
                f"{path.name} is not the file that the plan named when the run began, or cannot be seen from here.",
                "Let it be while the campaign runs; on a cluster every node must see the plan's folder.",
                code="campaign.source",
            )
    style, corner, opacity = version.label
    if version.use == "swap":
        return _swapped(version, LabelChoice.parse(style, corner, opacity))
    options = AnimateOptions(
        face=version.reason.face,
        expression=version.expression,
        seed=version.seed,
        size=version.shape.size,
        smooth=0,
        label=LabelChoice.parse(style, corner, opacity),
        language=version.language.split("-")[0],
        title=version.title,
        overwrite=True,  # what may be replaced was decided before
    )
    speech = SpeechOptions(
        version.speaker, version.language, version.pace, captions=version.captions, audio=version.audio
    )
    right = right_of(version.reason, version.face)
    cues = list(version.cues)
    ratio = _ratio(version)
    shape = None if ratio is None else Shape(ratio, version.shape.fit)
    if version.use == "speak":
        spoken = speak(
            version.source, cues, version.output, permission=right, speech=speech, options=options, shape=shape
        )
        frames, size, receipt = spoken.video.frames, spoken.video.size, spoken.video.receipt
        voice, warnings = spoken.voice, spoken.warnings
    else:
        dubbed = dub(
            version.source,
            cues,
            version.output,
            permission=right,
            speech=speech,
            options=options,
            bed=version.bed,
            shape=shape,
        )
        frames, size, receipt = dubbed.frames, dubbed.size, dubbed.receipt
        voice, warnings = dubbed.voice, dubbed.warnings
    return _facts(version, receipt, frames, size, voice, warnings)


def _swapped(version: Version, label: LabelChoice) -> dict[str, Any]:
    assert version.likeness is not None
    right = right_of(version.reason, version.face)
    assert isinstance(right, GrantFile)
    options = SwapOptions(
        face=version.reason.face,
        seed=version.seed,
        label=label,
        language=version.language.split("-")[0],
        title=version.title,
        overwrite=True,  # what may be replaced was decided before
    )
    made = swap(
        version.source,
        version.likeness,
        version.output,
        permission=right,
        double_permission=double_of(version),
        options=options,
    )
    return _facts(version, made.receipt, made.frames, made.size, version.voice, made.warnings)


def _facts(
    version: Version, receipt: Receipt, frames: int, size: tuple[int, int], voice: str, warnings: Sequence[str]
) -> dict[str, Any]:
    """What the journal keeps of a version that was made."""
    return {
        **permission_of(receipt.sha256),
        "output": version.output.name,
        "sha256": receipt.sha256,
        "bytes": version.output.stat().st_size,
        "frames": frames,
        "duration": round(float(receipt.duration), 3),
        "width": size[0],
        "height": size[1],
        "render_id": receipt.payload,
        "manifest": receipt.manifest_id,
        "signer": receipt.signer,
        "spoken_by": voice,
        "captions": None if version.captions is None else version.captions.name,
        "warnings": list(warnings),
    }


def _ratio(version: Version) -> Fraction | None:
    """The shape to bring it into; None: its own, at its own size."""
    if version.shape.ratio is None and version.shape.size is not None and version.use == "dub":
        with open_video(version.source) as video:
            return Fraction(video.info.width, video.info.height)
    return version.shape.ratio


def finished_since(version: Version, since: datetime) -> dict[str, Any] | None:
    """The facts of a version whose file was finished after `since`, though nobody was told; None: it was not.

    The registry knows every file that left, by its hash and the time: a file that it does not know is not believed.
    """
    path = version.output
    if not path.is_file() or (version.captions is not None and not version.captions.is_file()):
        return None
    digest = sha256_file(path)
    with Registry.open(default_settings()) as registry:
        render = registry.by_file(digest)
    if render is None or render.made_at < since or render.inputs.get(version.role) != version.source_sha256:
        return None
    if version.likeness is not None and render.inputs.get("source") != version.likeness_sha256:
        return None
    return {
        **permission_of(digest),
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


def permission_of(sha256: str) -> dict[str, Any]:
    """What the registry keeps of the permission under which a file was made; empty where it knows no such file."""
    with Registry.open(default_settings()) as registry:
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
