"""The live take: somebody reads a one-time phrase before a camera; is that a living person, there and then?"""

from countenance.permission.liveness_check.liveness import Lack
from countenance.permission.liveness_check.liveness_verdict import TakeChecker, TakeReport, check_take
from countenance.permission.liveness_check.phrases import Challenge, challenge_for, new_token
from countenance.permission.liveness_check.retention import Challenges, Takes, refuse_unless_alive

__all__ = [
    "Challenge",
    "Challenges",
    "Lack",
    "TakeChecker",
    "TakeReport",
    "Takes",
    "challenge_for",
    "check_take",
    "new_token",
    "refuse_unless_alive",
]
