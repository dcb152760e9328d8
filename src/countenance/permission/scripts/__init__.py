"""The words of a script, looked at for what impostors and swindlers say. Knows nothing of voices, files and markets."""

from countenance.permission.scripts.review import (
    NOT_LOOKED_AT,
    TOPICS,
    Script,
    ScriptReview,
    Topic,
    known_languages,
    review,
)

__all__ = ["NOT_LOOKED_AT", "TOPICS", "Script", "ScriptReview", "Topic", "known_languages", "review"]
