"""What drives a face: a clip, a saved take, a motion-capture file or an authored take, all as one Performance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from countenance.marking.caption_track import Caption
from countenance.marking.sound_encoding import SoundSource
from countenance.media.audio import open_sound
from countenance.media.frames import Pixels
from countenance.media.source import Source, pinned
from countenance.media.video import open_video
from countenance.performance.capture import capture_performance
from countenance.performance.gap_filling import MissingFace
from countenance.performance.take import Performance

AUTHORED = "authored:"


@dataclass(frozen=True)
class Driving:
    """A Performance and where it came from.

    Attributes:
        performance: the motion.
        source: the file, or None for an authored take and for speech.
        kind: `video`, `take`, `live-link`, `authored`, `speech` (by a voice) or `recording` (of somebody's speech).
        sound: the clip's sound, cut as the motion is; None where there is none.
        start, duration, rate: what part of the clip, and how resampled.
        captions: what is said when, where that is known.
    """

    performance: Performance
    source: Source | None
    kind: str
    sound: SoundSource | None = None
    start: Fraction = Fraction(0)
    duration: Fraction | None = None
    rate: Fraction | None = None
    captions: tuple[Caption, ...] = ()

    @property
    def use(self) -> str:
        """What a permit calls it."""
        return "speak" if self.kind in ("speech", "recording") else "animate"

    def pictures(self) -> Iterator[Pixels] | None:
        """The clip's frames, one for each sample, for previews; None where there is no clip."""
        if self.kind != "video" or self.source is None:
            return None
        return self._frames(self.source)

    def first_picture(self) -> Pixels | None:
        """The first of `pictures`."""
        pictures = self.pictures()
        return None if pictures is None else next(pictures)

    def _frames(self, source: Source) -> Iterator[Pixels]:
        with open_video(source) as video:
            for frame in video.frames(start=self.start, duration=self.duration, rate=self.rate):
                yield frame.pixels


def open_driving(
    driving: str | Path | Source | Performance,
    *,
    start: Fraction = Fraction(0),
    duration: Fraction | None = None,
    rate: Fraction | None = None,
    face: str = "largest",
    on_missing: MissingFace = "relax",
    appearance: bool = True,
    sound: bool = True,
    stance: bool = False,
) -> Driving:
    """Make a Performance out of whatever a user points at.

    Args:
        driving: a video, a `.perf` take, a Live Link Face `.csv`, pinned or not; `authored:NAME`; or a Performance.
        start, duration: the part of it, seconds.
        rate: frames a second; None keeps its own times.
        face, on_missing, appearance, stance: as `capture_performance`.
        sound: whether to carry the clip's sound.

    Raises:
        InputError, FaceError.
    """
    if isinstance(driving, Performance):
        return Driving(_part(driving, start, duration, rate), None, driving.source)
    text = str(driving) if isinstance(driving, str | Path) else ""
    if text.startswith(AUTHORED):
        from countenance.performance.authored import authored_performance

        take = authored_performance(text.removeprefix(AUTHORED) or "demo")
        return Driving(_part(take, start, duration, rate), None, "authored")
    source = pinned(driving)
    if source.suffix == ".perf":
        from countenance.performance.perf_file import load_performance

        return Driving(_part(load_performance(source), start, duration, rate), source, "take")
    if source.suffix == ".csv":
        from countenance.performance.live_link import read_live_link

        return Driving(_part(read_live_link(source), start, duration, rate), source, "live-link")
    performance = capture_performance(
        source,
        start=start,
        duration=duration,
        rate=rate,
        appearance=appearance,
        face=face,
        on_missing=on_missing,
        stance=stance,
    )
    track = open_sound(source, start=start, duration=duration) if sound else None
    return Driving(performance, source, "video", track, start, duration, rate)


def _part(take: Performance, start: Fraction, duration: Fraction | None, rate: Fraction | None) -> Performance:
    if not start and duration is None and rate is None:
        return take
    from countenance.performance.edit import retime, trim

    if start or duration is not None:
        take = trim(take, start, duration)
    return take if rate is None else retime(take, rate=rate)
