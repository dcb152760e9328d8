"""A contact sheet: a portrait at moments spread over a performance, in one marked picture."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from countenance.engines import load_engine
from countenance.face.subject import PictureSubject
from countenance.media.frames import Pixels
from countenance.media.source import Source
from countenance.performance.take import Performance
from countenance.permission.authorisation import Right
from countenance.permission.permit import Permit
from countenance.render.animation import Animate, frame_total, making_for, prepared
from countenance.render.job import Inputs, Still, permitted
from countenance.render.motion_source import open_driving
from countenance.render.options import AnimateOptions
from countenance.settings import Settings

COLUMNS, ROWS = 5, 2
CELL_HEIGHT = 360


class ContactSheet(Animate):
    """The portrait at COLUMNS × ROWS moments.

    Args:
        source, driving, permission: as for `Animate`.
        output: a .png, .jpg or .webp; replaced where it is there.
    """

    def __init__(
        self,
        source: str | Path | Source,
        driving: str | Path | Source | Performance,
        output: str | Path,
        permission: Right,
    ) -> None:
        super().__init__(source, driving, output, permission, AnimateOptions(title="Contact sheet", overwrite=True))

    def prepare(self, inputs: Inputs, permit: Permit, settings: Settings) -> Still:
        """See Recipe."""
        source = permitted(inputs, "source", PictureSubject, permit)
        drive = open_driving(inputs.others.get("driver", self._driving))
        engine = load_engine(settings.engine)
        _, draw = prepared(source, drive.performance.neutral, self._options, engine)
        total = frame_total(drive.performance) or sum(1 for _ in drive.performance)
        chosen = {int(k) for k in np.linspace(0, total - 1, COLUMNS * ROWS + 1)[:-1]}
        cells = [_cell(draw(sample)) for index, sample in enumerate(drive.performance) if index in chosen]
        cells += [cells[-1]] * (COLUMNS * ROWS - len(cells))  # a take shorter than the sheet
        rows = [np.hstack(cells[r * COLUMNS : (r + 1) * COLUMNS]) for r in range(ROWS)]
        return Still(making_for(drive, engine, self._options), np.vstack(rows))


def _cell(pixels: Pixels) -> Pixels:
    width = round(pixels.shape[1] * CELL_HEIGHT / pixels.shape[0])
    return np.asarray(cv2.resize(pixels, (width, CELL_HEIGHT), interpolation=cv2.INTER_AREA), np.uint8)
