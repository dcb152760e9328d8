"""A contact sheet: a portrait at moments spread over a performance, in one marked picture."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from countenance.engines import DrawOptions, load_engine
from countenance.face.tracker import choose_face, find_faces
from countenance.marking.still import write_picture
from countenance.media.frames import Pixels
from countenance.media.picture import read_picture
from countenance.performance.model import Performance
from countenance.render.animate import frame_total, make_portrait, making_for
from countenance.render.driving import open_driving
from countenance.render.options import AnimateOptions
from countenance.render.rights import Right
from countenance.settings import default_settings

COLUMNS, ROWS = 5, 2
CELL_HEIGHT = 360


def write_contact_sheet(output: Path, source: Path, driving: str | Path | Performance, permission: Right) -> None:
    """Draw the portrait at COLUMNS × ROWS moments and write them as one picture.

    Raises:
        As `render.animate.animate`.
    """
    options = AnimateOptions(title="Contact sheet")
    pixels = read_picture(source).flattened()
    face = choose_face(find_faces(pixels), name=source.name)
    drive = open_driving(driving)
    permit = permission.permit("animate", source=source, driver=drive.path)
    engine = load_engine(default_settings().engine)
    rig = engine.prepare(make_portrait(pixels, face, options), drive.performance.neutral, DrawOptions())
    total = frame_total(drive.performance) or sum(1 for _ in drive.performance)
    chosen = {int(k) for k in np.linspace(0, total - 1, COLUMNS * ROWS + 1)[:-1]}
    cells = [_cell(rig.draw(sample)) for index, sample in enumerate(drive.performance) if index in chosen]
    cells += [cells[-1]] * (COLUMNS * ROWS - len(cells))  # a take shorter than the sheet
    rows = [np.hstack(cells[r * COLUMNS : (r + 1) * COLUMNS]) for r in range(ROWS)]
    write_picture(output, np.vstack(rows), permit, making_for(source, drive, engine, options), overwrite=True)


def _cell(pixels: Pixels) -> Pixels:
    width = round(pixels.shape[1] * CELL_HEIGHT / pixels.shape[0])
    return np.asarray(cv2.resize(pixels, (width, CELL_HEIGHT), interpolation=cv2.INTER_AREA), np.uint8)
