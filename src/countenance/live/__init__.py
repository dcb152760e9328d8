"""Live sessions: sources in, the live exit's streams out, one process a session. `countenance serve live`."""

from countenance.live.plan import SessionPlan

__all__ = ["SessionPlan"]
