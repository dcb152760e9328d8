"""The live take: somebody reads a one-time phrase before a camera; is that a living person, there and then?"""

from countenance.permission.take.check import TakeChecker, TakeReport, check_take
from countenance.permission.take.keeping import Challenges, Takes, refuse_unless_alive
from countenance.permission.take.liveness import Lack
from countenance.permission.take.phrases import Challenge, challenge_for, new_token

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
