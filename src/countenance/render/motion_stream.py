"""A face's motion sent live, from a camera or a take. No picture leaves: no likeness is used and nothing is marked."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from countenance.errors import BadOption
from countenance.face.tracker import FaceTracker
from countenance.performance.camera import camera_frames
from countenance.performance.rig_motion import RigMotion, motion_of, motion_of_face
from countenance.performance.stream import open_sender, paced
from countenance.performance.take import Performance
from countenance.render.motion_source import open_driving


@dataclass(frozen=True)
class Streamed:
    """What was sent.

    Attributes:
        to: addresses.
        frames: moments sent.
        seen: of them with a face.
    """

    to: tuple[str, ...]
    frames: int
    seen: int

    def as_dict(self) -> dict[str, Any]:
        """JSON-serialisable."""
        return {"to": list(self.to), "frames": self.frames, "frames_with_face": self.seen}


def stream_motion(
    to: Sequence[str],
    *,
    take: str | Path | Performance | None = None,
    camera: int | None = None,
    name: str = "Countenance",
    loop: bool = False,
    check: Callable[[], None] | None = None,
) -> Streamed:
    """Send a face's motion until the take or the camera ends; Ctrl-C ends it too and is no error.

    Args:
        to: addresses as `performance.stream.open_sender` takes them.
        take: a clip, a .perf, a Live Link Face .csv or `authored:demo`; or
        camera: its number, from 0.
        name: of the subject, as Unreal lists it.
        loop: play the take again and again.
        check: called before each moment; what it raises ends the stream.

    Raises:
        BadOption, InputError, LibraryMissing, OutputError, SetupError.
    """
    if (take is None) == (camera is None):
        raise BadOption("Nothing says whose motion, or two things do.", "Name a take, or a camera: --camera 0")
    if not to:
        raise BadOption("Nothing says where to.", "Add --to livelink://, --to vmc:// or --to ws://")
    frames = seen = 0
    with ExitStack() as open_:
        senders = [open_.enter_context(open_sender(address, name=name)) for address in to]
        motions = _from_camera(camera) if camera is not None else _from_take(take, loop)
        try:
            for motion in motions:
                if check is not None:
                    check()
                for sender in senders:
                    sender.send(motion)
                frames += 1
                seen += motion.present
        except KeyboardInterrupt:
            pass
    return Streamed(tuple(to), frames, seen)


def _from_take(take: str | Path | Performance | None, loop: bool) -> Iterator[RigMotion]:
    assert take is not None
    if not isinstance(take, Performance):
        take = open_driving(
            str(take), start=Fraction(0), duration=None, face="largest", on_missing="hold", appearance=False,
            sound=False,
        ).performance  # fmt: skip
    for _ in itertools.count() if loop else range(1):
        yield from paced(motion_of(sample) for sample in take)


def _from_camera(number: int) -> Iterator[RigMotion]:
    last: RigMotion | None = None
    with FaceTracker("largest") as tracker:
        for pixels, time in camera_frames(number):
            last = motion_of_face(tracker.track(pixels), time, last)
            yield last
