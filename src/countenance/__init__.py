"""Countenance: bring a face to life, with permission that can be checked and marks that stay.

    from countenance import Studio, public_domain

    right = public_domain("Mona Lisa, Leonardo da Vinci, c. 1503")
    Studio().animate("portrait.jpg", "driving.mp4", "out.mp4", permission=right)

What is named here is the public face; it is loaded when first used.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

from countenance._version import __version__

# onnxruntime tells its maker what it does unless this is said before anything imports it: see `models.inference`.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

if TYPE_CHECKING:
    from countenance.errors import CountenanceError
    from countenance.likeness.ageing import aged
    from countenance.likeness.library.creation import MadeLikeness
    from countenance.likeness.library.likeness_store import delete_likeness, open_likeness, save_likeness
    from countenance.likeness.value import Likeness
    from countenance.media.source import Source
    from countenance.performance.capture import capture_performance
    from countenance.performance.perf_file import load_performance, save_performance
    from countenance.performance.take import Performance
    from countenance.permission import GrantFile, PublicDomain
    from countenance.permission.authorisation import public_domain
    from countenance.render.face_swap import SwapOptions
    from countenance.render.job import Cancel
    from countenance.render.options import AnimateOptions
    from countenance.render.result import RenderResult
    from countenance.render.speech_source import SpeechOptions
    from countenance.settings import Settings
    from countenance.studio import Studio
    from countenance.verify import Verdict, verify_file

_HOMES = {
    "AnimateOptions": "render.options",
    "Cancel": "render.job",
    "CountenanceError": "errors",
    "GrantFile": "permission",
    "Likeness": "likeness.value",
    "MadeLikeness": "likeness.library.creation",
    "Performance": "performance.take",
    "PublicDomain": "permission",
    "RenderResult": "render.result",
    "Settings": "settings",
    "Source": "media.source",
    "SpeechOptions": "render.speech_source",
    "Studio": "studio",
    "SwapOptions": "render.face_swap",
    "Verdict": "verify",
    "aged": "likeness.ageing",
    "capture_performance": "performance.capture",
    "delete_likeness": "likeness.library.likeness_store",
    "load_performance": "performance.perf_file",
    "open_likeness": "likeness.library.likeness_store",
    "public_domain": "permission.authorisation",
    "save_likeness": "likeness.library.likeness_store",
    "save_performance": "performance.perf_file",
    "verify_file": "verify",
}

__all__ = [
    "AnimateOptions",
    "Cancel",
    "CountenanceError",
    "GrantFile",
    "Likeness",
    "MadeLikeness",
    "Performance",
    "PublicDomain",
    "RenderResult",
    "Settings",
    "Source",
    "SpeechOptions",
    "Studio",
    "SwapOptions",
    "Verdict",
    "__version__",
    "aged",
    "capture_performance",
    "delete_likeness",
    "load_performance",
    "open_likeness",
    "public_domain",
    "save_likeness",
    "save_performance",
    "verify_file",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'countenance' has no attribute {name!r}")
    return getattr(import_module(f"countenance.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
