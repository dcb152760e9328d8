"""A still of what a portrait will do, to choose options by: one moment, small, marked and labelled as all that leaves.

A subject that was made of the very same bytes may be handed in, so that nobody is looked for twice while somebody moves
a slider. Each preview is a render of its own: it is entered and counted.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from countenance.engines import load_engine
from countenance.face.subject import PictureSubject
from countenance.media.source import Source, pinned
from countenance.performance.filters import smoothed
from countenance.performance.take import Performance
from countenance.permission.authorisation import Right
from countenance.permission.permit import Permit
from countenance.render.animation import Animate, making_for, prepared
from countenance.render.job import Inputs, Still, permitted
from countenance.render.motion_source import open_driving
from countenance.render.options import AnimateOptions
from countenance.settings import Settings

SIDE = 512
"""Longer side of a preview, pixels."""


class StillPreview(Animate):
    """A portrait at one moment of a performance.

    Args:
        source: a picture, or the subject of one.
        driving, permission, options: as for `Animate`; `options.size` is at most SIDE.
        output: a .png, .jpg or .webp.
        at: seconds from the performance's beginning.
    """

    def __init__(
        self,
        source: str | Path | Source | PictureSubject,
        driving: str | Path | Source | Performance,
        output: str | Path,
        permission: Right,
        options: AnimateOptions,
        at: Fraction = Fraction(0),
    ) -> None:
        self._subject = source if isinstance(source, PictureSubject) else None
        size = min(options.size or SIDE, SIDE)
        super().__init__(
            source.source if isinstance(source, PictureSubject) else source,
            driving,
            output,
            permission,
            replace(options, size=size, preview=False, title=options.title or "Preview"),
        )
        self._at = at

    def open(self, settings: Settings) -> Inputs:
        """See Recipe."""
        if self._subject is None:
            return super().open(settings)
        return Inputs({"source": self._subject}, {role: pinned(one) for role, one in self._drivers.items()})

    def prepare(self, inputs: Inputs, permit: Permit, settings: Settings) -> Still:
        """See Recipe."""
        source = permitted(inputs, "source", PictureSubject, permit)
        options = self._options
        drive = open_driving(
            inputs.others.get("driver", self._driving),
            start=options.start + self._at,
            duration=options.duration,
            rate=options.fps,
            face=options.driving_face,
            on_missing=options.on_missing_face,
            sound=False,
        )
        engine = load_engine(settings.engine)
        _, draw = prepared(source, drive.performance.neutral, options, engine)
        sample = next(iter(smoothed(iter(drive.performance), look_ahead=0)))
        return Still(making_for(drive, engine, options), draw(sample))
