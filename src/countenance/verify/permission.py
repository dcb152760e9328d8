"""How the permission of a render stands today: one seam, and what can be said from the registry alone.

The registry keeps no grants. It knows on what a render rested and until when its permit ran; a permit lives a day and
says nothing about the day after. Whether a grant was revoked is for whoever keeps the ledger of grants to say.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol

from countenance.marking.registry import Render
from countenance.settings import Settings
from countenance.verify.findings import PermissionFinding, PermissionState

_NEEDS_NOBODY = frozenset({"public-domain", "synthetic"})


class PermissionStatus(Protocol):
    """Says how the permission behind a render stands. Answers `unknown` rather than guess."""

    def status(self, render: Render, now: datetime) -> PermissionFinding:
        """The standing of `render.grant_sha256` at `now` (aware, UTC), for what `render` did."""
        ...


class RecordedPermission:
    """From the registry alone: nobody can revoke the public domain or a person who does not exist; a grant is taken to
    stand while the permit that was minted from it runs, and is unknown afterwards."""

    def status(self, render: Render, now: datetime) -> PermissionFinding:
        def finding(state: PermissionState, reason: str) -> PermissionFinding:
            return PermissionFinding(state, render.permit_kind, render.basis, render.grant_sha256, None, reason)

        if render.permit_kind in _NEEDS_NOBODY:
            return finding("valid", "It rests on nobody's consent that could be taken back.")
        if now <= render.permit_expires.astimezone(UTC):
            return finding("valid", "The permit of this render still runs.")
        return finding("unknown", "It was permitted when it was made; the ledger of grants was not asked since.")


def permission_status(settings: Settings) -> PermissionStatus:  # noqa: ARG001 - where the ledger will be
    """The best that this installation can ask."""
    return RecordedPermission()
