"""What is said in a session, looked at as it comes: each text together with what was said just before it, so that a
phrase cannot be split over several. What waits was confirmed word for word, or planned when the session began."""

from __future__ import annotations

from collections.abc import Sequence

from countenance.permission.scripts import Script, ScriptReview, Topic, review
from countenance.render.script_review import forbidden_topics
from countenance.settings import Settings

_KEPT = 600
"""Characters of what was said before that are looked at again."""


class SaidLive:
    """The words of one session.

    Args:
        settings: for the markets' rules.
        planned: topics that the session's own script has and somebody confirmed.
    """

    def __init__(self, settings: Settings, planned: Sequence[Topic] = ()) -> None:
        self._settings, self._planned = settings, frozenset(planned)
        self._before = ""

    def allow(
        self, text: str, language: str, confirmed: Sequence[str] = (), *, alone: bool = False
    ) -> tuple[Topic, ...]:
        """What a text is about, once it may be said.

        Args:
            text, language: of what is to be said now.
            confirmed: digests of texts that are meant.
            alone: it goes on from nothing: an answer that a curator wrote.

        Raises:
            PermissionRefused: permission.script, permission.script_market. As `forbidden_topics`.
        """
        script = Script((text,), language, tuple(confirmed))
        before = "" if alone else self._before
        together = review(Script((before, text), language)).topics
        known = review(Script((before,), language)).topics
        own = review(script)
        found = tuple(one for one in together if (one in own.topics or one not in known) and one not in self._planned)
        if found:
            asked = ScriptReview(own.digest, found, own.digest in script.confirmed)
            asked.require(forbidden_topics(self._settings))
        self._before = f"{self._before} {text}"[-_KEPT:]
        return found
