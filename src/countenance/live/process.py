"""The process of one session: the live job on a thread, peers on the event loop, and a pipe to the parent.

Everything that touches faces, permits and pixels happens here, so that a session that fails takes nothing with it and
gives all its memory back. The pipe carries what is asked of it, and what there is to tell.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import resource
import signal
import threading
import time as clock
from collections.abc import Sequence
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any

from countenance.errors import BadOption, CountenanceError
from countenance.live.intake import Intake
from countenance.live.plan import SessionPlan
from countenance.live.said_live import SaidLive
from countenance.marking.live import Ended, Feed, LiveOutput
from countenance.render.cancel import Cancel
from countenance.render.live import LiveJob
from countenance.settings import Settings

if TYPE_CHECKING:
    from countenance.speech.voice import Voice

log = logging.getLogger(__name__)
TELL_EVERY = 1.0
LONGEST_TEXT = 2000
"""Characters that are said at a time."""
VOICES = 4
"""Languages and voices that are kept loaded."""


def run(pipe: Connection, plan: SessionPlan, settings: Settings) -> None:
    """The process's work, until the session is over. Called in a fresh process."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent is told, and tells this one
    import cv2

    cv2.setNumThreads(1)
    asyncio.run(Session(pipe, plan, settings).run())
    pipe.close()


class Session:
    """See `run`."""

    def __init__(self, pipe: Connection, plan: SessionPlan, settings: Settings) -> None:
        self._pipe, self._plan, self._settings = pipe, plan, settings
        self._sending = threading.Lock()
        self._intake = Intake()
        self._cancel = Cancel()
        self._out: LiveOutput | None = None
        self._open = asyncio.Event()
        self._feeds: dict[str, Feed] = {}
        self._voicing = False
        self._words = SaidLive(settings, plan.planned_topics)
        self._voices: dict[tuple[str | None, str], tuple[Voice, str]] = {}

    async def run(self) -> None:
        from countenance.live.peers import Peers

        self._loop = asyncio.get_running_loop()
        self._over = asyncio.Event()
        self._peers = Peers(
            self._intake, self._on_air, sound=bool(self._plan.channels), to_speech=self._plan.kind == "speech"
        )
        job = threading.Thread(target=self._work, name="countenance-live-job", daemon=True)
        listening = threading.Thread(target=self._listen, name="countenance-live-pipe", daemon=True)
        job.start()
        listening.start()
        if self._plan.kind == "speech":
            threading.Thread(target=self._load_voice, name="countenance-live-voice", daemon=True).start()
        if self._plan.source_address:
            from countenance.live.sources import play_into

            threading.Thread(
                target=play_into,
                args=(self._plan.source_address, self._intake, self._plan.kind == "speech"),
                daemon=True,
            ).start()
        while not self._over.is_set():
            self._tell_state()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._over.wait(), TELL_EVERY)
        await self._peers.close_all()
        await asyncio.get_running_loop().run_in_executor(None, job.join, 30)
        self._tell(("gone",))

    def _work(self) -> None:
        """The job, on a thread of its own."""
        try:
            job = LiveJob(self._plan.recipe(self._intake), self._settings, cancel=self._cancel, on_air=self._opened)
            receipt = job.run_live()
            self._tell(("ended", receipt.as_dict()))
        except CountenanceError as error:
            self._tell(("failed", error.as_dict()))
        except Exception:
            log.exception("The session failed.")
            self._tell(("failed", CountenanceError("The session failed.", code="live.failed").as_dict()))
        finally:
            self._intake.close()
            self._loop.call_soon_threadsafe(self._over.set)

    def _opened(self, out: LiveOutput) -> None:
        self._out = out
        self._tell(
            (
                "on_air",
                {"render_id": out.payload, "size": list(out.size), "rate": float(out.rate), "bitrate": out.bitrate},
            )
        )
        self._loop.call_soon_threadsafe(self._open.set)

    async def _on_air(self) -> LiveOutput:
        await self._open.wait()
        assert self._out is not None
        return self._out

    def _listen(self) -> None:
        """What the parent asks, on a thread of its own; the parent's end ends the session."""
        while True:
            try:
                asked = self._pipe.recv()
            except (EOFError, OSError):
                asked = (None, "close")
            number, what, *more = asked
            if what in ("offer", "leave", "say", "peers"):  # these take time: nothing else waits for them
                asyncio.run_coroutine_threadsafe(self._answer(number, what, more), self._loop)
                continue
            try:
                answer = self._do(what, more)
            except CountenanceError as error:
                self._tell(("answer", number, error))
            except Exception:  # one caller's trouble: the session goes on and stays reachable
                log.exception("The session could not do what was asked: %s", what)
                self._tell(("answer", number, CountenanceError("That could not be done.", code="live.failed")))
            else:
                self._tell(("answer", number, answer))
            if what == "close":
                return

    async def _answer(self, number: int, what: str, more: list[Any]) -> None:
        try:
            if what == "offer":
                sdp, publishes, codec = more
                answer: Any = await self._peers.answer(sdp, publishes=publishes, codec=codec)
            elif what == "say":
                answer = await self._said(more)
            elif what == "peers":
                answer = self._peers.names
            else:
                answer = await self._peers.close(more[0])
        except CountenanceError as error:
            answer = error
        except Exception:
            log.exception("The session could not do what was asked: %s", what)
            answer = CountenanceError("That could not be done.", code="live.failed")
        self._tell(("answer", number, answer))

    async def _said(self, more: list[Any]) -> float:
        """One text at a time is made into sound."""
        if self._plan.kind != "speech":
            raise _not_by_speech()
        if self._voicing:
            raise CountenanceError("Another text is being made into speech.", "Wait for its answer.", code="live.busy")
        self._voicing = True
        try:
            return await asyncio.get_running_loop().run_in_executor(None, self._say, *more)
        finally:
            self._voicing = False

    def _do(self, what: str, more: list[Any]) -> Any:
        speech = self._intake.speech
        if what in ("pcm", "utter", "end") and self._plan.kind != "speech":
            raise _not_by_speech()
        if what == "pcm":
            speech.push(*more)
        elif what == "end":
            speech.end()
        elif what == "clear":
            return speech.clear()
        elif what == "utter":  # by this installation's own programs alone: no address of the server leads here
            self._allow(more[0].text, more[0].language, alone=True)
            speech.say(more[0])
        elif what == "recalibrate" and self._intake.motion is not None:
            self._intake.motion.recalibrate()
        elif what == "watch":
            return self._watch(more[0])
        elif what == "unwatch":
            feed = self._feeds.pop(more[0], None)
            if feed is not None:
                feed.close(at_once=True)
        elif what == "close":
            self._cancel.cancel()
            self._intake.close()
        return None

    def _allow(self, text: str, language: str, confirmed: Sequence[str] = (), *, alone: bool = False) -> None:
        """What is about to be said was looked at. Raises PermissionRefused."""
        found = self._words.allow(text, language, confirmed, alone=alone)
        if found and self._out is not None:
            self._out.note_script(found)

    def _say(self, text: str, voice: str | None, language: str, confirmed: Sequence[str] = ()) -> float:
        from countenance.speech.voice import own_voice

        if voice is not None and own_voice(voice) is not None:
            raise BadOption(
                "A voice of somebody's own is no part of a session.",
                "Name a voice that is nobody's.",
                code="live.voice",
            )
        if not text.strip() or len(text) > LONGEST_TEXT:
            raise BadOption(f"1 to {LONGEST_TEXT} characters are said at a time.", code="live.text")
        self._allow(text, language, confirmed)
        speaker, spoken = self._voice(voice, language)
        utterance = speaker.say(text, language=spoken)
        self._intake.speech.say(utterance)
        return float(utterance.duration)

    def _voice(self, voice: str | None, language: str) -> tuple[Voice, str]:
        """Kept loaded. Raises SetupError, BadOption."""
        from countenance.speech.voice import choose_voice

        if (voice, language) not in self._voices:
            if len(self._voices) == VOICES:
                self._voices.clear()
            self._voices[voice, language] = choose_voice(voice, language, None)
        return self._voices[voice, language]

    def _load_voice(self) -> None:
        """While the session gets ready: the first text does not wait for the voice, and the picture does not halt."""
        with contextlib.suppress(CountenanceError):  # whoever asks for the voice is told
            voice, language = self._voice(None, "en")
            voice.say("Yes.", language=language)

    def _watch(self, kind: str) -> bool:
        """Send pictures or sound through the pipe, once for all who watch there."""
        if self._out is None:
            raise BadOption("The session is not on the air yet.", code="live.early")
        if kind not in self._feeds or self._feeds[kind].over:
            feed = self._feeds[kind] = self._out.feed(kind)  # type: ignore[arg-type]
            threading.Thread(target=self._forward, args=(feed,), daemon=True).start()
        return True

    def _forward(self, feed: Feed) -> None:
        with contextlib.suppress(Ended):
            while not feed.over:
                item = feed.take(1.0)
                if item is not None:
                    self._tell(("media", feed.kind, item))

    def _tell_state(self) -> None:
        out, motion = self._out, self._intake.motion
        used = resource.getrusage(resource.RUSAGE_SELF)
        self._tell(
            (
                "state",
                {
                    "on_air": out is not None,
                    "seconds": round(out.seconds, 1) if out is not None else 0.0,
                    "frames": out.frames if out is not None else 0,
                    "viewers": out.viewers if out is not None else 0,
                    "sending": self._peers.sending,
                    "seen": motion.seen if motion is not None else None,
                    "calibrated": motion.calibrated if motion is not None else None,
                    "speaking": self._intake.speech.speaking if self._plan.kind == "speech" else None,
                    "cpu": used.ru_utime + used.ru_stime,
                    "at": clock.monotonic(),
                    "megabytes": _resident(),
                },
            )
        )

    def _tell(self, what: tuple[Any, ...]) -> None:
        with self._sending, contextlib.suppress(OSError):
            self._pipe.send(what)


def _not_by_speech() -> BadOption:
    return BadOption("This session is not driven by speech.", code="live.kind")


def _resident() -> float:
    """Megabytes of memory in use now; the most ever where the system does not say."""
    try:
        with open("/proc/self/statm") as file:  # noqa: PTH123
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
