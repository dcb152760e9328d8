"""What the studio refuses of its own: numbers that name nothing, states that do not fit, quotas."""

from __future__ import annotations

from countenance.errors import CountenanceError


class NotThere(CountenanceError):
    """A number that names nothing, or nothing of this caller's: the two are told alike."""

    code = "studio.not_found"
    exit_status = 3
    http_status = 404
    default_remedy = "Check the number; what was deleted is gone for good."


class NotNow(CountenanceError):
    """What cannot be done with a job in this state."""

    code = "job.state"
    exit_status = 2
    http_status = 409
    default_remedy = "Look at the job's state first."


class OverQuota(CountenanceError):
    """More than the key may use."""

    code = "studio.quota"
    exit_status = 2
    http_status = 429
    default_remedy = "Wait until jobs have ended, delete results, or ask for a larger quota."
