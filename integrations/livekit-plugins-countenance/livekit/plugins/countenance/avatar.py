"""The avatar as LiveKit takes it: a generator of pictures and sound, and the session that publishes them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from livekit import rtc
from livekit.agents import AgentSession
from livekit.agents.voice.avatar import (
    AudioSegmentEnd,
    AvatarOptions,
    AvatarRunner,
    QueueAudioOutput,
    VideoGenerator,
)
from livekit.agents.voice.avatar import AvatarSession as BaseSession

from countenance.live.embedded import AvatarMoment, LiveAvatar
from countenance.marking.live import LiveReceipt
from countenance.permission.authorisation import Right
from countenance.render.options import AnimateOptions
from countenance.settings import Settings

RATE = 24_000
FPS = 25


class AvatarGenerator(VideoGenerator):
    """Pictures without end, and the agent's own sound between them.

    Args:
        avatar: started.
        rate: hertz of the agent's sound.
    """

    def __init__(self, avatar: LiveAvatar, rate: int = RATE) -> None:
        self._avatar, self._rate = avatar, rate
        self._thread = ThreadPoolExecutor(1, "countenance-avatar")
        self._epoch = 0

    async def push_audio(self, frame: rtc.AudioFrame | AudioSegmentEnd) -> None:
        """See VideoGenerator."""
        if isinstance(frame, AudioSegmentEnd):
            self._avatar.end()
        else:
            self._avatar.push(bytes(frame.data), frame.sample_rate)

    def clear_buffer(self) -> None:
        """See VideoGenerator: nothing that was pushed comes out any more."""
        self._epoch += 1
        self._avatar.clear()

    def __aiter__(self) -> AsyncIterator[rtc.VideoFrame | rtc.AudioFrame | AudioSegmentEnd]:
        return self._stream()

    async def _stream(self) -> AsyncIterator[rtc.VideoFrame | rtc.AudioFrame | AudioSegmentEnd]:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            epoch = self._epoch
            moment: AvatarMoment = await loop.run_in_executor(self._thread, self._avatar.next)
            pixels = moment.picture.pixels
            yield rtc.VideoFrame(pixels.shape[1], pixels.shape[0], rtc.VideoBufferType.RGB24, pixels.tobytes())
            if moment.sound and epoch == self._epoch:
                yield rtc.AudioFrame(moment.sound, self._rate, 1, len(moment.sound) // 2)
            if moment.ended and epoch == self._epoch:
                yield AudioSegmentEnd()
            due = max(due + 1 / FPS, loop.time() - 1 / FPS)
            await asyncio.sleep(max(0.0, due - loop.time()))

    async def aclose(self) -> LiveReceipt | None:
        """End the avatar's session; its receipt."""
        receipt = await asyncio.get_running_loop().run_in_executor(None, self._avatar.close)
        self._thread.shutdown(wait=False)
        return receipt


class AvatarSession(BaseSession):  # type: ignore[type-arg]
    """A portrait that lends an agent its face.

    Args:
        portrait: a picture with a face.
        permission: why this likeness may be used; the use is `live`.
        options: of the portrait: size, crop, label, title.
        settings: of the Countenance installation; from the environment when left out.
    """

    def __init__(
        self,
        portrait: str | Path,
        *,
        permission: Right,
        options: AnimateOptions | None = None,
        settings: Settings | None = None,
    ) -> None:
        super().__init__()
        self._avatar = LiveAvatar(portrait, permission=permission, options=options, settings=settings)
        self._runner: AvatarRunner | None = None
        self._generator: AvatarGenerator | None = None
        self.receipt: LiveReceipt | None = None
        """How the session ended, after `aclose`."""

    @property
    def avatar_identity(self) -> str:
        """The participant that publishes: the agent itself."""
        return "countenance-avatar"

    @property
    def provider(self) -> str:
        """See LiveKit."""
        return "countenance"

    async def start(self, agent_session: AgentSession, room: rtc.Room) -> None:  # type: ignore[type-arg]
        """Publish the portrait into a room, and speak the agent's sound with it.

        Raises:
            countenance.errors.CountenanceError: the portrait may not be used, or cannot be drawn.
        """
        await super().start(agent_session, room)
        await asyncio.get_running_loop().run_in_executor(None, self._avatar.start)
        output = QueueAudioOutput(sample_rate=RATE, wait_playback_start=True)
        self._generator = AvatarGenerator(self._avatar)
        width, height = self._avatar.size
        options = AvatarOptions(
            video_width=width, video_height=height, video_fps=FPS, audio_sample_rate=RATE, audio_channels=1
        )
        self._runner = AvatarRunner(room, audio_recv=output, video_gen=self._generator, options=options)
        await self._runner.start()
        agent_session.output.replace_audio_tail(output)

    async def aclose(self) -> None:
        """End it."""
        if self._runner is not None:
            await self._runner.aclose()
        if self._generator is not None:
            self.receipt = await self._generator.aclose()
        await super().aclose()
