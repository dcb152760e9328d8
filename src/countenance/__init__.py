"""Countenance: bring a face to life, with permission that can be checked and marks that stay.

    from countenance import animate, public_domain

    animate("portrait.jpg", "driving.mp4", "out.mp4", permission=public_domain("Mona Lisa, Leonardo da Vinci, c. 1503"))

What is named here is the public face; it is loaded when first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from countenance.errors import CountenanceError
    from countenance.likeness.ageing import aged
    from countenance.likeness.model import Likeness
    from countenance.performance.capture import capture_performance
    from countenance.performance.file import load_performance, save_performance
    from countenance.performance.model import Performance
    from countenance.render.animate import AnimateResult, animate
    from countenance.render.dub import DubResult, dub
    from countenance.render.likeness_making import MadeLikeness, create_likeness
    from countenance.render.likeness_store import delete_likeness, open_likeness, save_likeness
    from countenance.render.options import AnimateOptions
    from countenance.render.rights import GrantFile, public_domain
    from countenance.render.speak import SpeakResult, SpeechOptions, speak
    from countenance.render.swap import SwapOptions, SwapResult, reage, swap
    from countenance.settings import Settings
    from countenance.verify import Verdict, verify_file

__version__ = "0.1.0"

_HOMES = {
    "AnimateOptions": "render.options",
    "AnimateResult": "render.animate",
    "CountenanceError": "errors",
    "DubResult": "render.dub",
    "GrantFile": "render.rights",
    "Likeness": "likeness.model",
    "MadeLikeness": "render.likeness_making",
    "Performance": "performance.model",
    "Settings": "settings",
    "SpeakResult": "render.speak",
    "SpeechOptions": "render.speak",
    "SwapOptions": "render.swap",
    "SwapResult": "render.swap",
    "Verdict": "verify",
    "aged": "likeness.ageing",
    "animate": "render.animate",
    "capture_performance": "performance.capture",
    "create_likeness": "render.likeness_making",
    "delete_likeness": "render.likeness_store",
    "dub": "render.dub",
    "load_performance": "performance.file",
    "open_likeness": "render.likeness_store",
    "public_domain": "render.rights",
    "reage": "render.swap",
    "save_likeness": "render.likeness_store",
    "save_performance": "performance.file",
    "speak": "render.speak",
    "swap": "render.swap",
    "verify_file": "verify",
}

__all__ = [
    "AnimateOptions",
    "AnimateResult",
    "CountenanceError",
    "DubResult",
    "GrantFile",
    "Likeness",
    "MadeLikeness",
    "Performance",
    "Settings",
    "SpeakResult",
    "SpeechOptions",
    "SwapOptions",
    "SwapResult",
    "Verdict",
    "aged",
    "animate",
    "capture_performance",
    "create_likeness",
    "delete_likeness",
    "dub",
    "load_performance",
    "open_likeness",
    "public_domain",
    "reage",
    "save_likeness",
    "save_performance",
    "speak",
    "swap",
    "verify_file",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'countenance' has no attribute {name!r}")
    return getattr(import_module(f"countenance.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
