"""Live jobs: the one job's order, with an exit that stays open. And the portrait that moves as it is told to.

    preflight → inputs (pinned sources, subjects) → permit → prepare → the live exit, until it ends

A recording is a render of its own: it has a permit, a number and a manifest of its own, counts as a use, and appears
under its name when the session was closed. Where a permit ended the session, there is none.
"""

from __future__ import annotations

import threading
from abc import abstractmethod
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Protocol

import numpy as np

from countenance.engines import load_engine
from countenance.errors import Cancelled
from countenance.face.subject import PictureSubject
from countenance.files import check_output
from countenance.marking.live import SOUND_RATE, LiveOutput, LiveReceipt
from countenance.marking.render_spec import UNASKED_LIVE, Making
from countenance.marking.sound_encoding import Samples
from countenance.marking.video_exit import VideoOutput
from countenance.media.frames import Pixels, VideoFrame
from countenance.media.source import Source, path_of, pinned
from countenance.performance.expression import canonical_neutral
from countenance.performance.live import Moment
from countenance.performance.take import rest
from countenance.permission.authorisation import Authorisation, Right
from countenance.permission.grant_claim import GrantClaim
from countenance.permission.permit import Permit
from countenance.permission.rules import check_use
from countenance.permission.scripts import Script
from countenance.render.animation import drawing, make_portrait
from countenance.render.cancel import Cancel
from countenance.render.inspection import Inspection
from countenance.render.job import Inputs, Recipe, RenderJob, permitted
from countenance.render.options import AnimateOptions
from countenance.settings import Settings

USUAL_SIDE = 512
"""Pixels of the longer side where none is asked for: what two cores draw 25 times a second."""


@dataclass(frozen=True)
class LiveFrame:
    """What leaves at one moment.

    Attributes:
        frame: pixels and seconds since the session began; None where there was no time to draw it.
        sound: (n, channels) float32 at 48 kHz that goes before it, or None.
    """

    frame: VideoFrame | None
    sound: Samples | None = None


@dataclass(frozen=True)
class Live:
    """A session as a recipe draws it.

    Attributes:
        making: what is made; its ingredients are filled in by the job.
        size: width, height in pixels.
        opening: the picture at rest, a second of it.
        frames: from the moment on at which they are asked for, in real time, until the session ends.
        rate: frames a second at most.
        channels: of the sound; 0 for none.
    """

    making: Making
    size: tuple[int, int]
    opening: Sequence[Pixels]
    frames: Callable[[], Iterator[LiveFrame]]
    rate: Fraction = Fraction(25)
    channels: int = 0


class LiveRecipe(Recipe):
    """As `Recipe`, for a session. `output` is where it is recorded; None records nothing."""

    output: Path | None  # type: ignore[assignment]
    bitrate: int | None = None
    also: str | None = None
    """A use that the grants must allow beside the session's own."""

    @abstractmethod
    def prepare(self, inputs: Inputs, permit: Permit, settings: Settings) -> Live:  # type: ignore[override]
        """See Recipe."""


class LiveJob(RenderJob):
    """A session, once. `cancel` closes it; that is its usual end.

    Args:
        recipe, settings, cancel: as for `RenderJob`.
        on_air: told once, when viewers may come; it must return soon.
    """

    def __init__(
        self,
        recipe: LiveRecipe,
        settings: Settings,
        *,
        cancel: Cancel | None = None,
        on_air: Callable[[LiveOutput], None] = lambda _out: None,
    ) -> None:
        super().__init__(recipe, settings, cancel=cancel)
        self._live, self._on_air = recipe, on_air

    def run_live(self) -> LiveReceipt:
        """Run it until it is cancelled, its source ends, or its permit does.

        Returns:
            Its receipt, which says why it ended.

        Raises:
            InputError, FaceError, PermissionRefused, OutputError, SetupError, ProvenanceError, Cancelled: before it
            was on the air.
        """
        recipe = self._live
        with self._asking() as asking:
            _check_also(recipe, asking)
            inputs = self._inputs(asking)
            permit = asking.permit(inputs.subjects, inputs.others)
            inspection = Inspection(permit)
            inspection.refuse_inputs(inputs.subjects.values())
            made = recipe.prepare(inputs, permit, self._settings)
            making = replace(made.making, ingredients=inputs.ingredients(), inspect=inspection.without_faces)
            self._cancel.check()
            with ExitStack() as recording:
                film = None
                if recipe.output is not None:  # a use of its own, asked for before the session spends one
                    own = asking.permit(inputs.subjects, inputs.others)
                    film = recording.enter_context(_Recording(recipe, own, making, made, self._settings, asking.ledger))
                out = LiveOutput(
                    permit, making, width=made.size[0], height=made.size[1], opening=made.opening, rate=made.rate,
                    channels=made.channels, bitrate=recipe.bitrate, settings=self._settings, ledger=asking.ledger,
                )  # fmt: skip
                with out:
                    self._on_air(out)
                    self._put(out, made, film)
            return out.receipt

    def _put(self, out: LiveOutput, made: Live, film: _Recording | None) -> None:
        for one in made.frames():
            try:
                self._cancel.check()
            except Cancelled:
                return
            if one.sound is not None:
                out.put_sound(one.sound)
            if one.frame is not None:
                out.put(one.frame.pixels, one.frame.time)
            if film is not None:
                film.put(one)


def _check_also(recipe: LiveRecipe, asking: Authorisation) -> None:
    """Raises PermissionRefused: permission.use, where a grant does not allow what the session does beside its use."""
    for role in recipe.rights if recipe.also is not None else ():
        claim = asking.claim(role)
        if isinstance(claim, GrantClaim) and recipe.also is not None:
            check_use(claim.grant.grant, recipe.also)


class _Recording:
    """The file beside a session."""

    def __init__(
        self, recipe: LiveRecipe, permit: Permit, making: Making, made: Live, settings: Settings, ledger: object
    ) -> None:
        assert recipe.output is not None
        self._sound = _Recorded(made.channels) if made.channels else None
        self._count = 0
        self._out = VideoOutput(
            recipe.output, permit, replace(making, sound_is_synthetic=bool(made.channels)),
            width=made.size[0], height=made.size[1], rate=made.rate, time_base=Fraction(1, 90_000),
            audio=self._sound, settings=settings, overwrite=recipe.overwrite, ledger=ledger,  # type: ignore[arg-type]
        )  # fmt: skip

    def __enter__(self) -> _Recording:
        self._out.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._out.__exit__(*error)  # type: ignore[arg-type]

    def put(self, one: LiveFrame) -> None:
        if self._sound is not None and one.sound is not None:
            self._sound.put(one.sound)
        if one.frame is not None:
            self._out.write(VideoFrame(one.frame.pixels, one.frame.time, self._count))
            self._count += 1


class _Recorded:
    """A session's sound as the file's exit pulls it: what there is, and silence where nothing came."""

    sample_rate = SOUND_RATE

    def __init__(self, channels: int) -> None:
        self.channels = channels
        self._blocks: deque[Samples] = deque()
        self._lock = threading.Lock()

    def put(self, samples: Samples) -> None:
        with self._lock:
            self._blocks.append(samples)

    def blocks(self) -> Iterator[Samples]:
        while True:
            with self._lock:
                block = self._blocks.popleft() if self._blocks else None
            yield np.zeros((480, self.channels), np.float32) if block is None else block


class LiveMotion(Protocol):
    """What a portrait does while a session runs."""

    def moments(self) -> Iterator[Moment]:
        """In real time, from now on, until it ends."""
        ...


class LivePortrait(LiveRecipe):
    """A portrait that moves live: as somebody before a camera does, or as speech comes in.

    Args:
        source: a picture with a face.
        permission: why this likeness may be used; the use is `live`.
        motion: what moves it; made when the session is permitted.
        what: the manifest's sentence on it.
        options: of `AnimateOptions`: face, expression, head, crop, size, mouth, shading, label, language, title.
        channels: of the motion's sound; 0 for none.
        record: a file to record into.
        bitrate: as `LiveOutput`.
        script: what it says, where that is known beforehand; else each text is looked at as it comes.
    """

    use = "live"
    roles = ("source",)

    def __init__(
        self,
        source: str | Path | Source,
        permission: Right,
        motion: Callable[[], LiveMotion],
        what: str,
        options: AnimateOptions | None = None,
        *,
        channels: int = 0,
        record: str | Path | None = None,
        bitrate: int | None = None,
        script: Script | None = None,
    ) -> None:
        self.script = script
        self._source, self._motion, self._what = source, motion, what
        self._options, self._channels = options or AnimateOptions(), channels
        self.output = None if record is None else Path(record)
        self.overwrite, self.bitrate = self._options.overwrite, bitrate
        self.rights = {"source": permission}
        self.also = "speak" if what == BY_SPEECH else None

    def preflight(self, settings: Settings) -> None:
        """See Recipe."""
        if self.output is not None:
            check_output(self.output, [path_of(self._source)], overwrite=self.overwrite)
        load_engine(settings.engine)

    def open(self, settings: Settings) -> Inputs:
        """See Recipe."""
        subject = PictureSubject(pinned(self._source), self._options.face, least_eyes=settings.min_eye_distance)
        return Inputs({"source": subject})

    def prepare(self, inputs: Inputs, permit: Permit, settings: Settings) -> Live:  # type: ignore[override]
        """See Recipe."""
        source = permitted(inputs, "source", PictureSubject, permit)
        longest = max(source.subject.pixels.shape[:2])
        options = replace(self._options, size=self._options.size or min(longest, USUAL_SIDE))
        engine = load_engine(settings.engine)
        portrait = make_portrait(source.subject.pixels, source.subject.face, options)
        neutral = canonical_neutral()
        draw = drawing(source, portrait, neutral, options, engine)
        still = draw(rest())
        motion = self._motion()

        def frames() -> Iterator[LiveFrame]:
            nonlocal draw, neutral
            for count, moment in enumerate(motion.moments()):
                if moment.neutral is not neutral:
                    neutral = moment.neutral
                    draw = drawing(source, portrait, neutral, options, engine)
                drawn = None if moment.late else VideoFrame(draw(moment.sample), moment.time, count)
                yield LiveFrame(drawn, moment.sound)

        return Live(
            making=Making(
                title=options.title or "Live portrait",
                use=self.use,
                engine=engine.name,
                engine_version=engine.version,
                ingredients=(),
                actions=(
                    ("c2pa.edited", self._what),
                    *((("c2pa.edited", UNASKED_LIVE),) if self._channels else ()),
                    ("c2pa.edited", SIGNED_AT_THE_BEGINNING),
                ),
                seed=options.seed,
                label=options.label,
                sound_is_synthetic=bool(self._channels),
                language=options.language,
            ),
            size=(still.shape[1], still.shape[0]),
            opening=[still],
            frames=frames,
            channels=self._channels,
        )


SIGNED_AT_THE_BEGINNING = "A live session: this was signed over its first second, before anything else was sent."
BY_CAMERA = "The face was moved live by a performer before a camera."
BY_SPEECH = "The face was moved live to speech."
