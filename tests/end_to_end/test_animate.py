"""The main job from end to end: portrait and clip in, a moving, marked portrait out."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from PIL import Image

from countenance.face.tracker import FaceTracker
from countenance.media.audio import open_sound
from countenance.media.picture import read_picture
from countenance.media.video import open_video
from tests.end_to_end.command import Command
from tests.portraits import grace_hopper_file

HOPPER = ("--public-domain", "Grace Hopper (1906–1992), US Navy photograph, 1984", "--basis", "us-government-work")


def frames_of(path: Path) -> list[np.ndarray]:
    with open_video(path) as video:
        return [frame.pixels for frame in video.frames()]


def motion_of(path: Path) -> np.ndarray:
    """Mouth opening of each frame over its width: landmarks 13–14 against corners 61–291."""
    with open_video(path) as video, FaceTracker() as tracker:
        shapes = [face.landmarks for frame in video.frames() if (face := tracker.track(frame.pixels)) is not None]
    return np.array([np.linalg.norm(s[13] - s[14]) / np.linalg.norm(s[61] - s[291]) for s in shapes])


def test_portrait_and_clip_in_video_out(countenance: Command, clip: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    ran = countenance("animate", "-s", grace_hopper_file(), "-d", clip, "-o", out, *HOPPER, "--json")
    assert ran.status == 0, ran.err
    told = json.loads(ran.out)
    with open_video(out) as video, open_video(clip) as driving:
        assert (video.info.width, video.info.height) == (512, 600) == tuple(told["size"])
        times = [f.time for f in video.frames()]
        assert times == [f.time for f in driving.frames()] and len(times) == told["frames"] == 30
    track, wanted = open_sound(out), open_sound(clip)
    assert track is not None and wanted is not None
    ours, theirs = (np.concatenate(list(t.blocks()))[:, 0] for t in (track, wanted))
    middle = slice(4_800, 52_800)
    assert np.corrcoef(ours[middle], theirs[middle])[0, 1] > 0.98, "the sound is carried over in place"
    follows = np.corrcoef(motion_of(out), motion_of(clip))[0, 1]
    assert follows > 0.9, f"the mouth follows: {follows:.2f}"


def test_options_people_expect(countenance: Command, clip: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    ran = countenance(
        "animate", "-s", grace_hopper_file(), "-d", clip, "-o", out, *HOPPER, "--json", "--preview", "--no-sound",
        "--size", 320, "--crop", "portrait", "--fps", 12.5, "--start", 0.2, "--duration", 0.8, "--expression", 0.5,
        "--head", 0.5,
    )  # fmt: skip
    assert ran.status == 0, ran.err
    with open_video(out) as video:
        frames = list(video.frames())
        assert video.info.average_rate == Fraction(25, 2) and not video.info.has_audio
    assert len(frames) == 10
    height, width = frames[0].pixels.shape[:2]
    assert width > 2 * height * 0.6, "source, clip and result lie side by side"


def test_frames_without_a_face_are_bridged(countenance: Command, clip: Path, tmp_path: Path) -> None:
    """Eight grey frames in the middle: none is lost, and the head returns without a jump."""
    pictures = frames_of(clip)
    holey = tmp_path / "holey.mp4"
    with av.open(str(holey), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 512, 600, "yuv420p"
        for index, pixels in enumerate(pictures):
            shown = np.full_like(pixels, 90) if 12 <= index < 20 else pixels
            container.mux(stream.encode(av.VideoFrame.from_ndarray(shown, format="rgb24")))
        container.mux(stream.encode())
    out = tmp_path / "out.mp4"
    ran = countenance("animate", "-s", grace_hopper_file(), "-d", holey, "-o", out, *HOPPER, "--json", "--size", 300)
    assert ran.status == 0, ran.err
    assert json.loads(ran.out)["frames_without_face"] == 8 and len(frames_of(out)) == 30
    ran = countenance(
        "animate", "-s", grace_hopper_file(), "-d", holey, "-o", tmp_path / "b.mp4", *HOPPER,
        "--on-missing-face", "fail", "--json",
    )  # fmt: skip
    assert ran.status == 4 and json.loads(ran.out)["error"]["code"] == "face.lost"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["holey.mp4", "out.mp4"]


@pytest.fixture(scope="module")
def two_faces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Grace Hopper on the left, larger; Eileen Collins on the right."""
    from skimage import data

    left = read_picture(grace_hopper_file()).pixels
    right = cv2.resize(np.asarray(data.astronaut(), np.uint8), (600, 600), interpolation=cv2.INTER_CUBIC)
    path = tmp_path_factory.mktemp("two") / "two.png"
    Image.fromarray(np.concatenate([left, right], 1)).save(path)
    return path


def test_faces_are_listed_and_chosen(countenance: Command, two_faces: Path, tmp_path: Path) -> None:
    ran = countenance("faces", two_faces, "--json", "-o", tmp_path / "faces.png")
    assert ran.status == 0, ran.err
    rows = json.loads(ran.out)["faces"]
    assert [row["number"] for row in rows] == [1, 2]
    assert rows[0]["box"][0] < 512 < rows[1]["box"][0] and rows[0]["eye_distance"] > rows[1]["eye_distance"]
    assert read_picture(tmp_path / "faces.png").pixels.shape == read_picture(two_faces).pixels.shape
    out = tmp_path / "out.mp4"
    ran = countenance("animate", "-s", two_faces, "-d", "authored:nod", "-o", out, *HOPPER, "--face", 2)
    assert ran.status == 0, ran.err
    still, frames = read_picture(two_faces).pixels, frames_of(out)
    moved = np.max([np.abs(f.astype(int) - frames[0]).max(2) for f in frames[::5]], 0)
    assert moved[80:220, 720:830].mean() > 4 * moved[130:340, 170:360].mean(), "the second moved, the first did not"
    assert frames[0].shape[1] == still.shape[1], "the whole picture, not a crop"
    ran = countenance("animate", "-s", two_faces, "-d", "authored:nod", "-o", tmp_path / "b.mp4", *HOPPER, "--face", 3)
    assert ran.status == 4 and "face.choice" in ran.err
