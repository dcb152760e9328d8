"""The exit for live frames and sound: nothing leaves a session but through `LiveOutput`."""

from countenance.marking.live.encoding import SOUND_RATE
from countenance.marking.live.feeds import Ended, Feed, FeedKind, Marked
from countenance.marking.live.floors import least_bitrate, usual_bitrate
from countenance.marking.live.output import LiveOutput
from countenance.marking.live.receipt import LiveReceipt

__all__ = [
    "SOUND_RATE",
    "Ended",
    "Feed",
    "FeedKind",
    "LiveOutput",
    "LiveReceipt",
    "Marked",
    "least_bitrate",
    "usual_bitrate",
]
