"""The studio as a service: every job by HTTP and by page, and consent by phone. Extra `[studio]`.

What is named here is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from countenance.server.access import SCOPES, Access, Quota
    from countenance.server.app import create_app
    from countenance.server.client import Client
    from countenance.server.database import Database
    from countenance.server.jobs.pool import Pool
    from countenance.server.logs import log_as
    from countenance.server.options import Options
    from countenance.server.uploads import Limits

_HOMES = {
    "SCOPES": "access",
    "Access": "access",
    "Client": "client",
    "Database": "database",
    "Limits": "uploads",
    "Options": "options",
    "Pool": "jobs.pool",
    "Quota": "access",
    "create_app": "app",
    "log_as": "logs",
}

__all__ = [
    "SCOPES",
    "Access",
    "Client",
    "Database",
    "Limits",
    "Options",
    "Pool",
    "Quota",
    "create_app",
    "log_as",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
