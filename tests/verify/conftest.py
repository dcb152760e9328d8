"""A marked, signed, recorded clip, picture and sound, made once; and copies of them to which things were done."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pytest

from countenance.marking.render_receipt import Receipt
from countenance.marking.render_spec import TRAINED_ALGORITHMIC
from countenance.marking.video_exit import VideoOutput, write_picture, write_sound
from countenance.settings import Settings
from tests.exit_material import Clicks, frames, making, permit, picture, settings_in
from tests.verify.voice import Voice

RATE = Fraction(25)


@dataclass(frozen=True)
class House:
    """An installation that has made something.

    Attributes:
        settings: of its home.
        clip, still, sound: what it made.
    """

    settings: Settings
    clip: Receipt
    still: Receipt
    sound: Receipt


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    """Made once for all tests of this folder."""
    folder = tmp_path_factory.mktemp("house")
    settings = settings_in(folder)
    with VideoOutput(
        folder / "clip.mp4",
        permit(),
        making(title="A clip"),
        width=320,
        height=256,
        rate=RATE,
        audio=Clicks(48000, 1, 3.0, (1.0,), noise=0.01),
        settings=settings,
    ) as output:
        for frame in frames(72, RATE, picture(320, 256, seed=1)):
            output.write(frame)
    still = write_picture(
        folder / "still.png", picture(400, 300, seed=2), permit(), making(title="A still"), settings=settings
    )
    sound = write_sound(
        folder / "sound.wav",
        Voice(24000, 8.0),
        permit(use="speak"),
        making(title="A voice", use="speak", digital_source_type=TRAINED_ALGORITHMIC, sound_is_synthetic=True),
        settings=settings,
    )
    return House(settings, output.receipt, still, sound)


@pytest.fixture(scope="session")
def strangers_home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """An installation that has made nothing and knows nobody."""
    return settings_in(Path(tmp_path_factory.mktemp("stranger")))
