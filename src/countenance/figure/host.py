"""One figure at work: takes a question, decides, has it spoken, and says what the page is to show.

Brings together answering, prepared speech, the stage and talks. Knows no HTTP.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time as clock
from typing import Any

from countenance.errors import BadOption, CountenanceError, OutputError
from countenance.figure.answering import Answering
from countenance.figure.asked import AskedFile
from countenance.figure.folder import ASKED, Figure
from countenance.figure.language_model import LanguageModel
from countenance.figure.phrases import phrasebook
from countenance.figure.prepared_speech import PreparedSpeech, Spoken
from countenance.figure.reply import Reply
from countenance.figure.stage import Stage
from countenance.figure.talk import Talk, TalkDesk
from countenance.figure.visitors import Viewers

log = logging.getLogger(__name__)


class FigureHost:
    """A figure at work.

    Args:
        figure: which.
        answering: decides.
        stage: where it is seen; None answers in writing alone.
        speech: what it can say, voiced; None in writing alone.
        model: a language model that may choose, or None.
    """

    def __init__(
        self,
        figure: Figure,
        answering: Answering,
        stage: Stage | None = None,
        speech: PreparedSpeech | None = None,
        model: LanguageModel | None = None,
    ) -> None:
        self.figure, self.answering, self.stage, self.speech, self.model = figure, answering, stage, speech, model
        self.talks = TalkDesk(figure.says.forget_after)
        self.viewers = Viewers()
        self._asked = AskedFile(figure.folder / ASKED)
        self._tasks: list[asyncio.Task[Any]] = []

    async def start(self) -> None:
        """Begin to be there: the stage, and the voicing of what there is to say."""
        loop = asyncio.get_running_loop()
        if self.stage is not None:
            self._tasks.append(asyncio.create_task(self.stage.run()))
        if self.speech is not None:
            loop.run_in_executor(None, self.speech.prepare)
        self._tasks.append(asyncio.create_task(self._sweep()))

    async def stop(self) -> None:
        """End it."""
        if self.speech is not None:
            self.speech.stop()
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def language(self, tag: str | None) -> str:
        """One of the figure's languages; its first where none is asked for. Raises BadOption."""
        if tag is None or not tag:
            return self.figure.languages[0]
        if tag in self.figure.languages:
            return tag
        raise BadOption(
            f"{self.figure.says.name} does not speak {tag[:20]!r}.", f"Languages: {', '.join(self.figure.languages)}.",
            code="figure.language",
        )  # fmt: skip

    async def greet(self, talk: Talk) -> dict[str, Any]:
        """Say that it is an AI, and the greeting."""
        parts = self.answering.greeting(talk.language)
        reply = Reply("small_talk", talk.language, "", parts, category="greeting")
        talk.memory.last = reply
        return await self._given(talk, reply)

    async def ask(
        self, talk: Talk, question: str, language: str | None = None, *, heard: bool = False
    ) -> dict[str, Any]:
        """Reply to a question, aloud where the talk has the floor.

        Args:
            talk: whose.
            question: as typed or heard.
            language: to switch to; None stays.
            heard: whether it was spoken.

        Raises:
            TooLarge: figure.flood. BadOption: figure.language.
        """
        self.talks.count(talk)
        talk.language = self.language(language or talk.language)
        began = clock.monotonic()
        reply = await asyncio.get_running_loop().run_in_executor(
            None, self.answering.reply, question, talk.language, talk.memory
        )
        if self.model is not None:
            reply = await self.model.better(reply, self.answering)
            talk.memory.last, talk.memory.offered = reply, reply.options
        given = await self._given(talk, reply)
        if reply.declined and reply.category == "off_topic":
            await self._keep(reply)
        return given | {"heard": heard, "milliseconds": round(1000 * (clock.monotonic() - began))}

    async def choose(self, talk: Talk, name: str) -> dict[str, Any]:
        """Answer an entry that was chosen on the page. Raises BadOption: figure.entry; TooLarge: figure.flood."""
        self.talks.count(talk)
        reply = self.answering.chosen(name, talk.language)
        if reply is None:
            raise BadOption("There is no such question.", "Choose one that is shown.", code="figure.entry")
        talk.memory.last, talk.memory.offered = reply, ()
        return await self._given(talk, reply)

    async def told(self, talk: Talk, key: str) -> dict[str, Any]:
        """Say a fixed phrase: `unheard`, `silence`, `no_language`."""
        return await self._given(talk, self.answering.phrase(key, talk.language, "unheard"))

    async def hush(self, talk: Talk) -> None:
        """Fall silent, if it is this talk that is answered aloud."""
        if self.stage is not None and self.talks.keeps_floor(talk):
            await self.stage.hush()

    def page(self) -> dict[str, Any]:
        """What the page needs to know before anybody talks."""
        says, figure = self.figure.says, self.figure
        languages = {}
        for tag in figure.languages:
            book = phrasebook(tag)
            entries = figure.knowledge.of(tag)
            named = {entry.name: entry.title for entry in entries}
            chosen = [name for name in says.suggestions if name in named] or [e.name for e in entries[:6]]
            languages[tag] = {
                "words": {key: text.replace("{name}", says.name) for key, text in book.page.items()},
                "about": says.about.get(tag, ""),
                "suggestions": [{"entry": name, "question": named[name]} for name in chosen],
            }
        return {
            "name": says.name,
            "languages": languages,
            "listening": says.listening,
            "keeps_declined": says.keep_declined,
            "forget_after": says.forget_after,
            "sign_language": says.sign_language is not None,
            "stage": self.stage.described() if self.stage is not None else None,
        }

    def state(self) -> dict[str, Any]:
        """How it is, for pages and watchers."""
        speech = self.speech
        return {
            "stage": self.stage.described() if self.stage is not None else None,
            "speaking": self.stage.speaking if self.stage is not None else False,
            "voiced": {"made": speech.made, "wanted": speech.wanted} if speech is not None else None,
            "talks": len(self.talks),
        }

    async def _given(self, talk: Talk, reply: Reply) -> dict[str, Any]:
        talk.add(reply)
        spoken = await self._spoken(reply)
        aloud = False
        if spoken.utterance is not None and self.stage is not None and self.talks.has_floor(talk):
            aloud = await self.stage.speak(spoken.utterance)
        captions = [{"text": c.text, "start": round(c.start, 2), "end": round(c.end, 2)} for c in spoken.captions]
        return reply.as_dict() | {"captions": captions, "aloud": aloud, "floor": self.talks.has_floor(talk)}

    async def _spoken(self, reply: Reply) -> Spoken:
        if self.speech is None:
            return Spoken(None, ())
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(None, self.speech.spoken, reply.parts, reply.language)
        except CountenanceError as error:
            log.warning("This could not be voiced: %s", error.message)
            return Spoken(None, ())

    async def _keep(self, reply: Reply) -> None:
        """A question without an answer, where the museum keeps them."""
        if not self.figure.says.keep_declined:
            return
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(None, self._asked.add, reply.question, reply.language, reply.category)
        except (CountenanceError, OSError, OutputError) as error:
            log.warning("A question could not be kept: %s", error)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(5)
            self.talks.sweep()
