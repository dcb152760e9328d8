"""The portrait as a Pipecat service: takes a voice's sound, gives it back in step with pictures."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from pipecat.frames.frames import (
    CancelFrame,
    EndFrame,
    ErrorFrame,
    Frame,
    InterruptionFrame,
    OutputImageRawFrame,
    StartFrame,
    TTSAudioRawFrame,
    TTSStoppedFrame,
)
from pipecat.processors.frame_processor import FrameDirection
from pipecat.services.ai_service import AIService
from pipecat.services.settings import ServiceSettings

from countenance.errors import CountenanceError
from countenance.live.embedded import AvatarMoment, LiveAvatar
from countenance.marking.live import LiveReceipt
from countenance.permission.authorisation import Right
from countenance.render.options import AnimateOptions
from countenance.settings import Settings

FPS = 25


class CountenanceVideoService(AIService):
    """See the module.

    Args:
        portrait: a picture with a face.
        permission: why this likeness may be used; the use is `live`.
        options: of the portrait: size, crop, label, title.
        settings: of the Countenance installation; from the environment when left out.
        more: as for AIService.
    """

    def __init__(
        self,
        portrait: str | Path,
        *,
        permission: Right,
        options: AnimateOptions | None = None,
        settings: Settings | None = None,
        **more: Any,
    ) -> None:
        super().__init__(settings=ServiceSettings(model=None), **more)
        self._avatar = LiveAvatar(portrait, permission=permission, options=options, settings=settings)
        self._thread = ThreadPoolExecutor(1, "countenance-avatar")
        self._task: asyncio.Task[None] | None = None
        self._stopped: list[TTSStoppedFrame] = []
        self._rate = 24_000
        self._epoch = 0
        self.receipt: LiveReceipt | None = None
        """How the session ended, after the pipeline has."""

    async def start(self, frame: StartFrame) -> None:
        """Begin to come on the air; what is said meanwhile waits. A refusal is told by an ErrorFrame."""
        await super().start(frame)
        self._task = self.create_task(self._show())

    async def stop(self, frame: EndFrame) -> None:
        """Speak what waits, and end."""
        await super().stop(frame)
        await self._close()

    async def cancel(self, frame: CancelFrame) -> None:
        """End at once."""
        await super().cancel(frame)
        await self._close()

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Sound is kept until its picture is there; everything else passes."""
        await super().process_frame(frame, direction)
        if isinstance(frame, TTSAudioRawFrame) and direction is FrameDirection.DOWNSTREAM:
            self._rate = frame.sample_rate
            self._avatar.push(frame.audio, frame.sample_rate)
            return
        if isinstance(frame, TTSStoppedFrame) and direction is FrameDirection.DOWNSTREAM:
            self._stopped.append(frame)  # told when the last sound has left
            self._avatar.end()
            return
        if isinstance(frame, InterruptionFrame):
            self._epoch += 1
            self._stopped.clear()
            self._avatar.clear()
        await self.push_frame(frame, direction)

    async def _show(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(None, self._avatar.start)
        except CountenanceError as error:
            await self.push_frame(ErrorFrame(f"{error.code}: {error.message}"), FrameDirection.UPSTREAM)
            return
        due = loop.time()
        while True:
            epoch = self._epoch
            try:
                moment: AvatarMoment = await loop.run_in_executor(self._thread, self._avatar.next)
            except CountenanceError as error:
                await self.push_frame(ErrorFrame(f"{error.code}: {error.message}"), FrameDirection.UPSTREAM)
                return
            pixels = moment.picture.pixels
            image = OutputImageRawFrame(image=pixels.tobytes(), size=(pixels.shape[1], pixels.shape[0]), format="RGB")
            image.sync_with_audio = moment.speaking
            await self.push_frame(image)
            if moment.sound and epoch == self._epoch:
                await self.push_frame(TTSAudioRawFrame(moment.sound, self._rate, 1))
            if moment.ended and epoch == self._epoch and self._stopped:
                await self.push_frame(self._stopped.pop(0))
            due = max(due + 1 / FPS, loop.time() - 1 / FPS)
            await asyncio.sleep(max(0.0, due - loop.time()))

    async def _close(self) -> None:
        if self._task is not None:
            await self.cancel_task(self._task)
            self._task = None
        self.receipt = await asyncio.get_running_loop().run_in_executor(None, self._avatar.close)
        self._thread.shutdown(wait=False)
