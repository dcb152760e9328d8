"""Made sound as an input: the audio mark has one place, so sound that bears one keeps it; new sound gets its own."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np

from countenance.marking.prior_marks import PriorMarks, prior_marks
from countenance.marking.render_receipt import Receipt
from countenance.marking.render_registry import Registry
from countenance.marking.render_spec import Ingredient
from countenance.marking.sound_encoding import SoundSource
from countenance.marking.sound_marks import SoundMarks
from countenance.marking.video_exit import VideoOutput, write_sound
from countenance.marks.audiomark import detect
from countenance.media.audio import open_sound
from countenance.media.source import pinned
from tests.exit_material import frames, making, permit, picture, settings_in
from tests.marking.test_manifest import active, said
from tests.marking.test_sounds import Hum, read


def first(folder: Path) -> Receipt:
    made = making(sound_is_synthetic=True)
    return write_sound(folder / "voice.wav", Hum(24000, 1, 8.0), permit(), made, settings=settings_in(folder))


def second(folder: Path, voice: Receipt, sound: SoundSource) -> Receipt:
    made = making(sound_is_synthetic=True, ingredients=(Ingredient("voice", pinned(voice.path)),))
    return write_sound(folder / "again.wav", sound, permit({"voice": voice.sha256}), made, settings=settings_in(folder))


def test_sound_that_bears_a_mark_keeps_it(tmp_path: Path) -> None:
    voice = first(tmp_path)
    sound = open_sound(voice.path)
    assert sound is not None
    again = second(tmp_path, voice, sound)
    found = detect(*read(again.path))
    assert found is not None and f"{found.payload:016x}" == voice.payload != again.payload
    assert again.marks == () and not said(active(again.path, "audio/wav"), "c2pa.soft-binding")
    with Registry.open(settings_in(tmp_path)) as registry:
        record = registry.by_payload(int(again.payload, 16))
    assert record is not None and record.parents == (voice.payload,) and record.marks == ()


def test_new_sound_after_a_marked_voice_gets_its_own(tmp_path: Path) -> None:
    voice = first(tmp_path)
    new = Hum(24000, 1, 8.0)
    new.samples = new.samples[::-1].copy()
    again = second(tmp_path, voice, new)
    found = detect(*read(again.path))
    assert found is not None and f"{found.payload:016x}" == again.payload and again.marks == ("sound",)


def test_a_driver_with_a_made_voice_is_named_in_the_record(tmp_path: Path) -> None:
    voice, rate = first(tmp_path), Fraction(10)
    sound = open_sound(voice.path)
    with VideoOutput(
        tmp_path / "out.mp4", permit({"driver": voice.sha256}),
        making(ingredients=(Ingredient("driver", pinned(voice.path)),)), width=160, height=128, rate=rate, audio=sound,
        settings=settings_in(tmp_path),
    ) as out:  # fmt: skip
        for frame in frames(80, rate, picture()):
            out.write(frame)
    assert out.receipt.marks == ("picture",)
    carried = open_sound(out.receipt.path)
    assert carried is not None
    found = detect(np.concatenate(list(carried.blocks())), carried.sample_rate)
    assert found is not None and f"{found.payload:016x}" == voice.payload
    assert prior_marks([Ingredient("driver", pinned(voice.path))]).sounds == (int(voice.payload, 16),)


def test_what_is_held_back_comes_out_whole() -> None:
    """Whether it waits or not, every sample comes out once and in place."""
    for sounds in ((), (7,)):
        for seconds in (0.0, 0.5, 20.0):
            hum = Hum(8000, 2, seconds)
            stage = SoundMarks(5, hum, lambda sounds=sounds: PriorMarks(sounds, sounds))  # type: ignore[misc]
            parts = [stage(block) for block in hum.blocks()] + [stage(None)]
            assert stage.laid and sum(map(len, parts)) == len(hum.samples)
