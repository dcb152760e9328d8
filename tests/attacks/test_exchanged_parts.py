"""Attack: a render with its mark, in which another face, another time, another sound or another page was put. What is
told of it must not be told of what was put there."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from countenance.marking.video_exit import VideoOutput, write_picture
from countenance.media.frames import Pixels, VideoFrame
from countenance.settings import Settings
from countenance.verify import Verdict, verify_file
from tests.attacks.conftest import frames_of, square
from tests.exit_material import face_boxes, making, permit, settings_in
from tests.marks.audiomark.sounds import speechlike

RATE, SOUND = Fraction(8), 24_000
Samples = NDArray[np.float32]


class Spoken:
    sample_rate, channels = SOUND, 1

    def __init__(self, samples: Samples) -> None:
        self._samples = samples

    def blocks(self) -> Iterable[Samples]:
        yield self._samples[:, None]


def swaying(pixels: Pixels, count: int = 32) -> list[Pixels]:
    return [np.roll(pixels, round(3 * np.sin(index / 4)), axis=1) for index in range(count)]


def voice(seed: int) -> Samples:
    return speechlike(4.0, SOUND, seed).reshape(-1).astype(np.float32)


@pytest.fixture(scope="module")
def render(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Settings]:
    """Grace Hopper, who sways and speaks."""
    folder = tmp_path_factory.mktemp("render")
    settings = settings_in(folder)
    made = making(inspect=face_boxes)
    with VideoOutput(
        folder / "a.mp4", permit(), made, width=320, height=320, rate=RATE, audio=Spoken(voice(1)), settings=settings
    ) as out:
        for index, pixels in enumerate(swaying(square("grace"))):
            out.write(VideoFrame(pixels, index / RATE, index))
    return folder / "a.mp4", settings


def written(path: Path, frames: list[Pixels], sound: Samples | None = None) -> Path:
    """As anybody would write it."""
    with av.open(str(path), "w") as out:
        picture = out.add_stream("libx264", rate=RATE, options={"crf": "20", "preset": "veryfast"})
        picture.height, picture.width, picture.pix_fmt = *frames[0].shape[:2], "yuv420p"
        track = None if sound is None else out.add_stream("aac", rate=SOUND, layout="mono")
        for pixels in frames:
            out.mux(picture.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")))
        out.mux(picture.encode())
        if track is not None and sound is not None:
            for begin in range(0, len(sound) - 1024, 1024):
                block = av.AudioFrame.from_ndarray(sound[None, begin : begin + 1024], format="fltp", layout="mono")
                block.sample_rate, block.pts = SOUND, begin
                out.mux(track.encode(block))
            out.mux(track.encode())
    return path


def told(path: Path, settings: Settings) -> Verdict:
    return verify_file(path, settings)


def claims(verdict: Verdict) -> bool:
    return any(word in verdict.summary for word in ("No revocation", "no revocation", "who does not exist", "vouches"))


def whats(verdict: Verdict) -> set[str]:
    return {change.what for change in verdict.changes}


def test_an_honest_copy_is_the_render(render: tuple[Path, Settings], tmp_path: Path) -> None:
    made, settings = render
    smaller = [np.asarray(Image.fromarray(each).resize((240, 240))) for each in frames_of(made)]
    found = told(written(tmp_path / "a.mp4", smaller, voice(1)), settings)
    assert (found.outcome, found.scope) == ("made", "whole") and claims(found)
    assert not whats(found) & {"other-sound", "muted"}


def test_another_face_in_the_same_picture(render: tuple[Path, Settings], tmp_path: Path) -> None:
    made, settings = render
    other = square("eileen")
    frames = []
    for each in frames_of(made):
        pixels = each.copy()
        pixels[96:230, 105:215] = other[96:230, 105:215]
        frames.append(pixels)
    found = told(written(tmp_path / "a.mp4", frames, voice(1)), settings)
    assert (found.outcome, found.scope) == ("made", "part") and not claims(found)
    Image.fromarray(frames[3]).save(tmp_path / "a.png")
    still = told(tmp_path / "a.png", settings)
    assert still.scope == "part" and not claims(still)


def test_another_face_in_the_old_one_s_light(render: tuple[Path, Settings], tmp_path: Path) -> None:
    """Only what is finer than 3 % of the picture is another's, as a good exchange leaves it."""
    made, settings = render
    pixels, other = next(iter(frames_of(made))), square("eileen")

    def coarse(picture: Pixels) -> Pixels:
        return cv2.GaussianBlur(picture.astype(np.float32), (0, 0), 0.03 * 320)

    blended = np.clip(coarse(pixels) + other - coarse(other), 0, 255).astype(np.uint8)
    copy = pixels.copy()
    copy[96:230, 105:215] = blended[96:230, 105:215]
    Image.fromarray(copy).save(tmp_path / "a.png")
    found = told(tmp_path / "a.png", settings)
    assert (found.outcome, found.scope) == ("made", "part") and not claims(found)


def test_another_film_for_its_second_half(render: tuple[Path, Settings], tmp_path: Path) -> None:
    made, settings = render
    frames = [*list(frames_of(made))[:16], *swaying(square("eileen"), 16)]
    found = told(written(tmp_path / "a.mp4", frames, voice(1)), settings)
    assert (found.outcome, found.scope) == ("made", "part") and not claims(found)


def test_another_sound_and_none(render: tuple[Path, Settings], tmp_path: Path) -> None:
    made, settings = render
    frames = list(frames_of(made))
    assert "other-sound" in whats(told(written(tmp_path / "a.mp4", frames, voice(2)), settings))
    found = told(written(tmp_path / "b.mp4", frames), settings)
    assert "muted" in whats(found) and found.scope == "whole"


def test_pages_that_were_not_looked_at(render: tuple[Path, Settings], tmp_path: Path) -> None:
    made, settings = render
    first, stranger = Image.fromarray(next(iter(frames_of(made)))), Image.fromarray(square("eileen"))
    first.save(tmp_path / "a.tiff", save_all=True, append_images=[stranger])
    first.save(
        tmp_path / "a.webp", save_all=True, append_images=[stranger] * 5, duration=[40] + [2000] * 5, lossless=True
    )
    for name in ("a.tiff", "a.webp"):
        found = told(tmp_path / name, settings)
        assert (found.outcome, found.scope) == ("made", "part") and found.file.further and not claims(found)


def test_a_film_around_it(render: tuple[Path, Settings], tmp_path: Path) -> None:
    made, settings = render
    beside = [np.hstack([each, square("eileen")]) for each in frames_of(made)]
    assert "is not known" in told(written(tmp_path / "a.mp4", beside, voice(1)), settings).summary


def test_somebody_put_in_beside_the_face_is_told(tmp_path: Path) -> None:
    """What was made is still there; of what was laid over a part of it nothing is claimed."""
    settings = settings_in(tmp_path)
    made = making(inspect=face_boxes)
    receipt = write_picture(tmp_path / "a.png", square("grace"), permit(), made, settings=settings)
    pixels = np.asarray(Image.open(receipt.path).convert("RGB"), np.uint8)
    beside = pixels.copy()
    beside[4:124, 2:100] = cv2.resize(square("eileen")[50:270, 70:250], (98, 120), interpolation=cv2.INTER_AREA)
    for name, copy, overlaid in (("honest.jpg", pixels, False), ("beside.jpg", beside, True)):
        Image.fromarray(copy).save(tmp_path / name, quality=70)
        found = told(tmp_path / name, settings)
        assert (found.outcome, found.scope) == ("made", "whole")
        assert ("overlaid" in whats(found)) is ("what it shows beside" in found.summary) is overlaid
