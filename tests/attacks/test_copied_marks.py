"""Marks copied from a recorded render onto something innocent: the verdict must never tell of it what the record says.

The strongest copy there is: whoever knows the pattern lays it as the exit would. Estimating it from many marked frames
comes close to that.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from sqlalchemy import create_engine, text

from countenance.marking.layout import compared, glance_of, layout_of
from countenance.marking.render_spec import TRAINED_ALGORITHMIC
from countenance.marking.video_exit import VideoOutput, write_picture, write_sound
from countenance.marks.audiomark import AudioMark
from countenance.marks.watermark import Watermark, detect
from countenance.media.frames import Pixels
from countenance.settings import Settings
from countenance.verify import Inquiry, Verdict, in_language, verify_file
from countenance.verify.words import LANGUAGES
from tests.exit_material import Clicks, frames, making, permit, picture, settings_in
from tests.marking.chains import Authority
from tests.marks.audiomark.sounds import speechlike
from tests.verify.copies import changed, encoded, frames_of, signed_by
from tests.verify.voice import Voice

RATE = Fraction(25)
ASK = Inquiry(seconds=1)
NEGATIVE = ("copied", "uncompared", "marked", "signed", "signed-ai", "nothing")
CLAIMS = (
    "Made with AI by",
    "Changed with AI by",
    "was made with AI by",
    "agreed",
    "consent",
    "revocation",
    "permission",
)


def _jpeg(pixels: Pixels) -> Pixels:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", quality=70)
    return np.asarray(Image.open(out), np.uint8)


def _turned(pixels: Pixels) -> Pixels:
    height, width = pixels.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), 6, 1)
    return np.asarray(cv2.warpAffine(pixels, matrix, (width, height)), np.uint8)


HARMS: dict[str, Callable[[Pixels], Pixels]] = {
    "as is": lambda p: p,
    "mirrored": lambda p: np.ascontiguousarray(p[:, ::-1]),
    "turned": _turned,
    "quarter": lambda p: np.ascontiguousarray(np.rot90(p)),
    "cropped": lambda p: np.ascontiguousarray(p[30:230, 25:325]),
    "re-encoded": _jpeg,
}


class House:
    """An installation that has made a picture, a clip without a sound mark, and a voice."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings = settings_in(folder)
        self.still = write_picture(
            folder / "still.png", picture(400, 300, seed=2), permit(), making(), settings=self.settings
        )
        with VideoOutput(
            folder / "clip.mp4",
            permit(),
            making(),
            width=256,
            height=192,
            rate=RATE,
            audio=Clicks(48000, 1, 2.0, (1.0,), noise=0.01),
            settings=self.settings,
        ) as output:
            for frame in frames(48, RATE, picture(256, 192, seed=1)):
                output.write(frame)
        self.clip = output.receipt
        self.voice = write_sound(
            folder / "voice.wav",
            Voice(24000, 8.0),
            permit(use="speak"),
            making(use="speak", digital_source_type=TRAINED_ALGORITHMIC, sound_is_synthetic=True),
            settings=self.settings,
        )


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    return House(tmp_path_factory.mktemp("marked"))


def saved(pixels: Pixels, path: Path) -> Path:
    Image.fromarray(pixels).save(path)
    return path


def laid(payload: str, pixels: Pixels) -> Pixels:
    return Watermark(int(payload, 16), strength=1.25).embed(pixels)


def innocent(found: Verdict) -> None:
    """Nothing of the record's is said of the file, in any language or for machines."""
    assert found.outcome in NEGATIVE, found.summary
    assert found.record is None and found.permission is None and not found.vouching and found.recorded is None
    for claim in CLAIMS:
        assert claim not in found.summary, found.summary
    for language in LANGUAGES:
        assert in_language(found, language).summary


@pytest.mark.parametrize("harm", HARMS)
def test_a_mark_on_an_innocent_photograph(house: House, harm: str, tmp_path: Path) -> None:
    path = saved(HARMS[harm](laid(house.still.payload, picture(360, 270, seed=40))), tmp_path / "photo.png")
    found = verify_file(path, house.settings, ASK)
    assert f"{found.picture.payloads[0]:016x}" == house.still.payload, "the mark must be there for this to mean a thing"
    innocent(found)
    assert found.outcome == "copied" and found.exit_status == 10
    assert "which it does not resemble" in found.summary


@pytest.mark.parametrize("harm", HARMS)
def test_an_honest_copy_still_says_what_it_said(house: House, harm: str, tmp_path: Path) -> None:
    original = np.asarray(Image.open(house.still.path).convert("RGB"), np.uint8)
    found = verify_file(saved(HARMS[harm](original), tmp_path / "copy.png"), house.settings, ASK)
    assert found.outcome == "made" and found.tie in ("picture", "bytes") and found.record is not None
    assert found.summary.startswith("Made with AI by this installation")


def test_a_mark_on_an_innocent_clip(house: House, tmp_path: Path) -> None:
    """Also of a clip, whose key frames are many."""
    mark = Watermark(int(house.clip.payload, 16))
    path = encoded(
        tmp_path / "clip.mp4", (mark.embed(f.pixels)[:, ::-1] for f in frames(40, RATE, picture(224, 192, seed=41)))
    )
    found = verify_file(path, house.settings, ASK)
    assert found.picture.sightings
    innocent(found)


def test_a_copied_mark_beside_an_honest_one(house: House, tmp_path: Path) -> None:
    """The mark of a newer render on a copy of an older one: it is still the older one."""
    newer = write_picture(
        tmp_path / "newer.png", picture(320, 256, seed=77), permit(), making(), settings=house.settings
    )
    original = np.asarray(Image.open(house.still.path).convert("RGB"), np.uint8)
    both = Watermark(int(newer.payload, 16), strength=1.25, slot=1).embed(original)
    found = verify_file(saved(both, tmp_path / "both.png"), house.settings, replace(ASK, patient=True))
    assert len(found.picture.payloads) == 2, "both marks must be there"
    assert found.outcome == "made" and found.record is not None and found.record.payload == int(house.still.payload, 16)
    assert "mark-looks-copied" in found.conflicts and found.exit_status == 10


def test_a_signed_photograph_with_a_copied_mark_is_told_as_signed(house: House, tmp_path: Path) -> None:
    plain = saved(laid(house.still.payload, picture(300, 240, seed=42)), tmp_path / "plain.jpg")
    path = signed_by(Authority(), plain, tmp_path / "photo.jpg", "image/jpeg", source_type="digitalCapture")
    found = verify_file(path, house.settings, ASK)
    assert found.picture.sightings and found.outcome == "signed" and "captured by a device" in found.summary
    innocent(found)
    assert "it bears a copy of the mark of something that it does not resemble" in found.summary
    assert "later signed" not in found.summary


@pytest.mark.parametrize("donor", ["voice", "still", "clip"])
def test_a_sound_mark_on_an_innocent_recording(house: House, donor: str, tmp_path: Path) -> None:
    """Also the number of renders that never had a marked sound."""
    receipt = getattr(house, donor)
    samples = speechlike(8.0, 24000, seed=91) if donor == "voice" else Voice(24000, 8.0).samples
    mark = AudioMark(int(receipt.payload, 16), 24000, 1)
    marked = np.concatenate([mark.embed(samples), mark.flush()])
    import wave

    path = tmp_path / "recording.wav"
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(24000)
        out.writeframes(np.rint(np.clip(marked, -1, 1) * 32767).astype("<i2").tobytes())
    found = verify_file(path, house.settings, ASK)
    assert f"{found.sound.payloads[0]:016x}" == receipt.payload
    innocent(found)
    assert found.outcome == "copied"


def test_honest_sound_still_says_what_it_said(house: House, tmp_path: Path) -> None:
    from tests.verify.copies import sound_copy

    found = verify_file(sound_copy(house.voice.path, tmp_path / "copy.mp3", begin=1.3), house.settings, ASK)
    assert found.outcome == "made" and found.tie == "sound"


def test_a_renders_sound_under_innocent_pictures_is_the_sound_alone(house: House, tmp_path: Path) -> None:
    from tests.verify.copies import with_sound

    plain = encoded(tmp_path / "plain.mp4", (f.pixels for f in frames(150, RATE, picture(160, 128, seed=43))))
    found = verify_file(with_sound(plain, house.voice.path, tmp_path / "both.mp4"), house.settings, ASK)
    assert found.sound.sightings and found.outcome == "made" and found.scope == "sound"
    assert found.summary.startswith("Its sound was made with AI by")
    assert "person shown" not in found.summary and "revocation" not in found.summary


def test_without_anything_to_compare_with_it_could_not_be_compared(house: House, tmp_path: Path) -> None:
    """A record from before there were layouts, and a cropped copy."""
    import shutil

    shutil.copytree(house.settings.home, tmp_path / "home")
    settings = Settings(home=tmp_path / "home")
    with create_engine(f"sqlite:///{tmp_path / 'home' / 'registry.sqlite'}").begin() as connection:
        connection.execute(text("UPDATE fingerprints SET layout = NULL"))
    for pixels in (
        laid(house.still.payload, picture(360, 270, seed=40))[30:230, 25:325],
        np.asarray(Image.open(house.still.path).convert("RGB"), np.uint8)[30:230, 25:325],
    ):
        found = verify_file(saved(np.ascontiguousarray(pixels), tmp_path / "part.png"), settings, ASK)
        innocent(found)
        assert found.outcome == "uncompared" and "could not be compared" in found.summary
    mirrored = np.asarray(Image.open(house.still.path).convert("RGB"), np.uint8)[:, ::-1]
    found = verify_file(saved(np.ascontiguousarray(mirrored), tmp_path / "whole.png"), settings, ASK)
    assert found.outcome == "made", "the whole picture is known by its fingerprint"


def test_the_record_is_gone(tmp_path: Path) -> None:
    """Its row is lost, a render that looks alike is still there: sentence and table agree, nobody is called later."""
    settings = settings_in(tmp_path)
    first = write_picture(tmp_path / "a.png", picture(400, 300, seed=5), permit(), making(), settings=settings)
    write_picture(tmp_path / "b.png", picture(400, 300, seed=5), permit(), making(), settings=settings)
    with create_engine(f"sqlite:///{settings.home / 'registry.sqlite'}").begin() as connection:
        connection.execute(text("DELETE FROM fingerprints WHERE render_id = 1"))
        connection.execute(text("DELETE FROM renders WHERE id = 1"))
    found = verify_file(first.path, settings, ASK)
    assert found.outcome == "made" and found.manifest.good and found.picture.sightings
    assert "No mark could be read" not in found.summary and "later" not in found.summary
    stripped = saved(np.asarray(Image.open(first.path).convert("RGB"), np.uint8), tmp_path / "stripped.png")
    found = verify_file(stripped, settings, ASK)
    assert found.outcome == "marked" and "no record that was asked knows its number" in found.summary
    for path in (settings.home / "registry.sqlite", *settings.home.glob("registry.sqlite-*")):
        path.unlink(missing_ok=True)
    found = verify_file(first.path, settings, ASK)
    assert found.outcome == "made" and "later" not in found.summary and "could be read" not in found.summary


def test_a_part_is_known_and_strangers_are_not() -> None:
    """The layout itself, on many pairs."""
    for seed in range(4):
        original, other = picture(420, 300, seed=seed), picture(420, 300, seed=seed + 100)
        part = np.ascontiguousarray(laid("1234", original)[40:280, 60:360])
        found = detect([part])
        assert found is not None
        assert compared(glance_of(part), found.geometry, [layout_of(other), layout_of(original)]).alike
        assert not compared(glance_of(part), found.geometry, [layout_of(other)]).alike


def test_frames_of_a_cropped_clip(house: House, tmp_path: Path) -> None:
    copy = changed(house.clip.path, tmp_path / "copy.mp4", lambda p: np.ascontiguousarray(p[16:176, 30:230][:, ::-1]))
    assert sum(1 for _ in frames_of(copy)) > 20
    found = verify_file(copy, house.settings, ASK)
    assert found.outcome == "made" and found.tie == "picture"
