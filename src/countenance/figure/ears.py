"""A figure's hearing: one model for all talks, and a listener for each microphone."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from countenance.errors import CountenanceError
from countenance.figure.folder import Figure
from countenance.figure.knowledge import Knowledge, sentences
from countenance.figure.listening import Listener
from countenance.speech.hearing import Heard, Hearing, Samples, hearing_is_here
from countenance.speech.voice_activity import VoiceActivity

log = logging.getLogger(__name__)
_NAME = re.compile(r"\b[A-ZÁÉÍÓÚÑØ][\w.-]*(?: (?:da |de |von )?[A-ZÁÉÍÓÚÑØ][\w.-]*)*")
MOST_NAMES = 12


class Ears:
    """See above.

    Args:
        figure: whose.

    Raises:
        ModelMissing, ModelCorrupt, LibraryMissing.
    """

    def __init__(self, figure: Figure) -> None:
        self._hearing = Hearing()
        VoiceActivity()  # so that what is missing is told now
        self._names = {tag: names_of(figure.knowledge, tag, figure.says.name) for tag in figure.languages}
        self._executor = ThreadPoolExecutor(1, "countenance-hearing")

    def listener(self, language: str, *, held: bool, before: Future[Heard] | None = None) -> Listener:
        """For one microphone.

        Args:
            language: that is spoken.
            held: whether a button holds it open.
            before: a transcription that the same microphone still has running.
        """

        def transcribe(samples: Samples) -> Heard:
            return self._hearing.hear(samples, [language.split("-")[0]], self._names[language])

        return Listener(VoiceActivity(), transcribe, self._executor, held=held, before=before)

    def warm(self) -> None:
        """The first transcription takes longest: have it over with."""
        import numpy as np

        self._executor.submit(self._hearing.hear, np.zeros(8000, np.float32), ["en"]).result()

    def close(self) -> None:
        """No more of it."""
        self._executor.shutdown(wait=False, cancel_futures=True)


def load_ears(figure: Figure) -> Ears | None:
    """Those of a figure; None, and a line that says what that means, where models or packages are not here."""
    if figure.says.listening == "off":
        return None
    if not hearing_is_here():
        log.warning("It does not hear: questions are typed. For hearing: countenance models fetch figure")
        return None
    try:
        return Ears(figure)
    except CountenanceError as error:
        log.warning("It does not hear: questions are typed. %s %s", error.message, error.remedy)
        return None


def names_of(knowledge: Knowledge, language: str, own: str = "") -> Sequence[str]:
    """Names that visitors may well say: those that stand inside sentences of the knowledge, the most frequent first."""
    counted: Counter[str] = Counter()
    for entry in knowledge.of(language):
        for text in (*sentences(entry.answer), *entry.questions):
            for found in _NAME.finditer(text):
                if found.start() > 0 and len(found.group()) > 2 and text[found.start() - 1] != "¿":
                    counted[found.group().rstrip(".")] += 1
    names = [own] if own else []
    names += [name for name, _ in counted.most_common(MOST_NAMES) if name not in names]
    return names
