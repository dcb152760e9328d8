"""What a session is to be, as it is handed to its process: plain values, no open files, nobody's pixels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

from countenance.errors import BadOption
from countenance.live.intake import Intake
from countenance.performance.live import CameraMotion
from countenance.permission.authorisation import Right
from countenance.permission.scripts import Script, Topic, review
from countenance.render.face_swap import SwapOptions
from countenance.render.live import BY_CAMERA, BY_SPEECH, LiveMotion, LivePortrait, LiveRecipe
from countenance.render.live_double import LiveDouble
from countenance.render.options import AnimateOptions

Kind = Literal["camera", "speech", "swap", "re-age"]
USUAL_COST: dict[str, float] = {"camera": 0.8, "speech": 0.45, "swap": 0.9, "re-age": 0.9}
"""Of a core, until a session of the kind was measured (`python -m bench.live cost`)."""


@dataclass(frozen=True)
class SessionPlan:
    """A session.

    Attributes:
        kind: what moves: `camera` (a portrait, as somebody before a camera does), `speech` (a portrait, to sound or
            text), `swap` (a likeness on whoever the permit names as double), `re-age` (one's own picture).
        source: the portrait; of a swap the .likeness file; of re-age nothing.
        permission: why the source may be used; of re-age why the person in `double` may be.
        double: a picture or clip by which the person before the camera is known, for swap and re-age.
        double_permission: the double's own grant, for a swap.
        options: of a portrait.
        swap: of a likeness or an age.
        sound: whether the microphone's sound goes along, where a camera drives. Speech always does.
        record: a file to record into.
        bitrate: bits a second; None takes twice the floor.
        script: what it says, where that is known beforehand: a figure's answers.
        source_address: a file, RTMP, SRT or RTSP address instead of a viewer's own camera.
    """

    kind: Kind
    source: Path | None
    permission: Right
    double: Path | None = None
    double_permission: Right | None = None
    options: AnimateOptions = field(default_factory=AnimateOptions)
    swap: SwapOptions = field(default_factory=SwapOptions)
    sound: bool = False
    record: Path | None = None
    bitrate: int | None = None
    source_address: str = ""
    script: Script | None = None

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise BadOption(f"{self.kind!r} is no kind of session.", f"Kinds are {', '.join(get_args(Kind))}.")
        if (self.source is None) != (self.kind == "re-age"):
            raise BadOption(
                f"A session of the kind {self.kind} needs " + ("no source." if self.source else "a source.")
            )
        if (self.double is None) != (self.kind in ("camera", "speech")):
            raise BadOption(
                "A picture or clip of the person before the camera goes with swap and re-age, and with nothing else.",
                "Give --double FILE.",
            )

    @property
    def channels(self) -> int:
        """Of the session's sound."""
        return 1 if self.kind == "speech" or self.sound else 0

    @property
    def planned_topics(self) -> tuple[Topic, ...]:
        """What its own script is about, once somebody confirmed it."""
        found = review(self.script) if self.script is not None else None
        return found.topics if found is not None and found.confirmed else ()

    @property
    def cost(self) -> float:
        """Of a core, by its kind and size, before it was measured."""
        side = self.options.size or 512
        return float(USUAL_COST[self.kind] * max(1.0, (side / 512) ** 1.2))

    def recipe(self, intake: Intake) -> LiveRecipe:
        """What the job draws. Called in the session's own process."""
        if self.kind in ("camera", "speech"):
            assert self.source is not None
            by = BY_CAMERA if self.kind == "camera" else BY_SPEECH
            return LivePortrait(
                self.source, self.permission, self._motion(intake), by, self.options,
                channels=self.channels, record=self.record, bitrate=self.bitrate, script=self.script,
            )  # fmt: skip
        assert self.double is not None
        return LiveDouble(
            self.source, self.double, self.permission, self.double_permission, intake.camera, self.swap,
            microphone=intake.microphone if self.sound else None, record=self.record, bitrate=self.bitrate,
        )  # fmt: skip

    def _motion(self, intake: Intake) -> Callable[[], LiveMotion]:
        if self.kind == "speech":
            return lambda: intake.speech
        microphone = intake.microphone if self.sound else None

        def camera() -> LiveMotion:
            intake.motion = CameraMotion(intake.camera, microphone=microphone)
            return intake.motion

        return camera
