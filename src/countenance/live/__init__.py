"""Live sessions: sources in, the live exit's streams out, one process a session. `countenance serve live`."""

from countenance.live.app import Wish, create_app
from countenance.live.capacity import Limits
from countenance.live.desk import LiveDesk
from countenance.live.plan import SessionPlan

__all__ = ["Limits", "LiveDesk", "SessionPlan", "Wish", "create_app"]
