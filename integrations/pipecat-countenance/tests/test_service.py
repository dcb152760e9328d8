"""In process, in Pipecat's own test pipeline. Interruption first."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pipecat.frames.frames import (
    InterruptionFrame,
    OutputImageRawFrame,
    TextFrame,
    TTSAudioRawFrame,
    TTSStoppedFrame,
)
from pipecat.tests.utils import SleepFrame, run_test
from pipecat_countenance import CountenanceVideoService

from countenance.permission.authorisation import public_domain
from countenance.render.options import AnimateOptions
from countenance.settings import Settings

RATE = 24_000


def service(tmp_path: Path) -> CountenanceVideoService:
    import matplotlib

    portrait = Path(matplotlib.__file__).parent / "mpl-data" / "sample_data" / "grace_hopper.jpg"
    right = public_domain("Grace Hopper (1906–1992), US Navy photograph, 1984", "us-government-work")
    settings = Settings(home=tmp_path / "home")
    return CountenanceVideoService(portrait, permission=right, options=AnimateOptions(size=256), settings=settings)


def voice(seconds: float) -> list[TTSAudioRawFrame]:
    time = np.arange(round(seconds * RATE)) / RATE
    tone = sum(np.sin(2 * np.pi * 130 * k * time) / k for k in range(1, 10)) * abs(np.sin(2 * np.pi * 2 * time))
    pcm = (tone * 4000).astype("<i2").tobytes()
    return [TTSAudioRawFrame(pcm[at : at + 960], RATE, 1) for at in range(0, len(pcm), 960)]


async def through(tmp_path: Path, frames: list[Any]) -> tuple[list[Any], CountenanceVideoService]:
    made = service(tmp_path)
    await asyncio.get_running_loop().run_in_executor(None, made._avatar.start)
    made._avatar.start = lambda: None  # type: ignore[method-assign] - it has
    down, _ = await run_test(made, frames_to_send=frames, expected_down_frames=None)
    return list(down), made


def test_an_interruption_ends_the_sound(tmp_path: Path) -> None:
    frames = [*voice(8), SleepFrame(2.0), InterruptionFrame(), SleepFrame(1.0)]
    down, made = asyncio.run(through(tmp_path, frames))
    at = next(k for k, one in enumerate(down) if isinstance(one, InterruptionFrame))
    assert any(isinstance(one, TTSAudioRawFrame) for one in down[:at])
    assert not any(isinstance(one, TTSAudioRawFrame) for one in down[at:]), "no sound after it"
    assert any(isinstance(one, OutputImageRawFrame) for one in down[at:]), "pictures go on"
    assert made.receipt is not None and made.receipt.reason == "closed"


def test_sound_comes_back_bit_for_bit_and_its_end_last(tmp_path: Path) -> None:
    said = voice(1.5)
    down, _ = asyncio.run(through(tmp_path, [TextFrame("hello"), *said, TTSStoppedFrame(), SleepFrame(6.0)]))
    back = b"".join(one.audio for one in down if isinstance(one, TTSAudioRawFrame))
    assert back == b"".join(one.audio for one in said)
    order = [type(one) for one in down if isinstance(one, TTSAudioRawFrame | TTSStoppedFrame)]
    assert order[-1] is TTSStoppedFrame and order.count(TTSStoppedFrame) == 1
    assert any(isinstance(one, TextFrame) for one in down), "what is not sound passes"
    assert sum(isinstance(one, OutputImageRawFrame) for one in down) > 20
    speaking = [one.sync_with_audio for one in down if isinstance(one, OutputImageRawFrame)]
    assert any(speaking) and not all(speaking)


@pytest.mark.parametrize("rate", [8_010, 24_001])
def test_a_wrong_rate_is_refused(tmp_path: Path, rate: int) -> None:
    from countenance.errors import BadOption

    with pytest.raises(BadOption):
        service(tmp_path)._avatar.push(b"\0\0", rate)
