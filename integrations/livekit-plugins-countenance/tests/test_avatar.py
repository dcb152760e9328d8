"""In process: LiveKit's own AvatarRunner with its native sources, and a room that takes tracks. Interruption first."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from livekit import rtc
from livekit.agents.voice.avatar import AudioSegmentEnd, AvatarOptions, AvatarRunner, QueueAudioOutput
from livekit.plugins.countenance import AvatarGenerator

from countenance.live.embedded import LiveAvatar
from countenance.marks.watermark import read_back
from countenance.permission.authorisation import public_domain
from countenance.render.options import AnimateOptions
from countenance.settings import Settings

RATE, PIECE = 24_000, 480


def portrait() -> Path:
    """Grace Hopper, official US Navy photograph, from matplotlib's sample data."""
    import matplotlib

    return Path(matplotlib.__file__).parent / "mpl-data" / "sample_data" / "grace_hopper.jpg"


def voice(seconds: float, seed: int = 0) -> np.ndarray:
    """Something voiced, (n,) int16."""
    count = round(seconds * RATE)
    time_ = np.arange(count) / RATE
    tone = sum(np.sin(2 * np.pi * 120 * k * time_) / k for k in range(1, 12)) * abs(np.sin(2 * np.pi * 2.5 * time_))
    return (tone * 4000 + np.random.default_rng(seed).normal(0, 30, count)).astype(np.int16)


@pytest.fixture(scope="module")
def avatar(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveAvatar]:
    right = public_domain("Grace Hopper (1906–1992), US Navy photograph, 1984", "us-government-work")
    home = tmp_path_factory.mktemp("avatar") / "home"
    with LiveAvatar(
        portrait(), permission=right, options=AnimateOptions(size=256), settings=Settings(home=home)
    ) as avatar:
        yield avatar


def pieces(samples: np.ndarray) -> Iterator[rtc.AudioFrame]:
    for at in range(0, len(samples), PIECE):
        part = samples[at : at + PIECE]
        yield rtc.AudioFrame(part.tobytes(), RATE, 1, len(part))


async def collected(generator: AvatarGenerator, until: Any, seconds: float = 60) -> list[Any]:
    got: list[Any] = []
    began = time.monotonic()
    async for one in generator:
        got.append(one)
        if until(got) or time.monotonic() - began > seconds:
            return got
    return got


def test_an_interruption_ends_the_sound_at_once(avatar: LiveAvatar) -> None:
    async def run() -> tuple[list[Any], list[Any]]:
        generator = AvatarGenerator(avatar)
        for frame in pieces(voice(4)):
            await generator.push_audio(frame)
        before = await collected(generator, lambda got: sum(isinstance(one, rtc.AudioFrame) for one in got) >= 10)
        generator.clear_buffer()
        after = await collected(generator, lambda got: len(got) >= 8)
        return before, after

    before, after = asyncio.run(run())
    assert sum(isinstance(one, rtc.AudioFrame) for one in before) == 10
    assert all(isinstance(one, rtc.VideoFrame) for one in after), "pictures go on, sound does not"


def test_sound_comes_back_bit_for_bit_and_its_end_is_told(avatar: LiveAvatar) -> None:
    said = voice(1.37)

    async def run() -> list[Any]:
        generator = AvatarGenerator(avatar)
        for frame in pieces(said):
            await generator.push_audio(frame)
        await generator.push_audio(AudioSegmentEnd())
        return await collected(generator, lambda got: isinstance(got[-1], AudioSegmentEnd))

    got = asyncio.run(run())
    back = b"".join(bytes(one.data) for one in got if isinstance(one, rtc.AudioFrame))
    assert back == said.tobytes()
    assert isinstance(got[-1], AudioSegmentEnd)
    pictures = [
        np.frombuffer(one.data, np.uint8).reshape(one.height, one.width, 3)
        for one in got
        if isinstance(one, rtc.VideoFrame)
    ]
    assert len(pictures) >= 30
    assert read_back(pictures[-8:], first_look=1) == int(avatar.render_id, 16), "each picture bears the mark"


class Room:
    """As much of a room as a runner asks of one."""

    def __init__(self) -> None:
        self.tracks: list[Any] = []
        self.local_participant = self
        self.name = "test"

    def isconnected(self) -> bool:
        return True

    def on(self, *_: Any) -> None: ...

    def off(self, *_: Any) -> None: ...

    async def publish_track(self, track: Any, _options: Any = None) -> Any:
        self.tracks.append(track)

        class Publication:
            sid = "TR_test"

            async def wait_for_subscription(self) -> None: ...

        return Publication()

    async def unpublish_track(self, _sid: str) -> None: ...


def test_livekits_own_runner_plays_it_to_the_end_and_is_interrupted(avatar: LiveAvatar) -> None:
    async def run() -> list[Any]:
        output = QueueAudioOutput(sample_rate=RATE)
        generator = AvatarGenerator(avatar)
        width, height = avatar.size
        options = AvatarOptions(
            video_width=width, video_height=height, video_fps=25, audio_sample_rate=RATE, audio_channels=1
        )
        room: Any = Room()
        runner = AvatarRunner(room, audio_recv=output, video_gen=generator, options=options)
        finished: list[Any] = []
        output.on("playback_finished", finished.append)
        await runner.start()
        for frame in pieces(voice(1.0)):
            await output.capture_frame(frame)
        output.flush()
        await asyncio.wait_for(output.wait_for_playout(), 60)
        for frame in pieces(voice(6.0)):
            await output.capture_frame(frame)
        output.flush()
        await asyncio.sleep(1.0)
        output.clear_buffer()
        await asyncio.wait_for(output.wait_for_playout(), 60)
        await runner.aclose()
        assert len(room.tracks) == 2
        return finished

    whole, cut = asyncio.run(run())
    assert not whole.interrupted and abs(whole.playback_position - 1.0) < 0.1
    assert cut.interrupted and cut.playback_position < 4
