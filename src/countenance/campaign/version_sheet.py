"""A contact sheet of the finished versions: one marked picture for each licensed face, for a permit speaks of one
likeness only.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from countenance.campaign.recipes import recipe_of
from countenance.campaign.version import Problem, Version
from countenance.engines import load_engine
from countenance.errors import CountenanceError, PermissionRefused
from countenance.marking import Making, font
from countenance.media import Pixels, open_video
from countenance.permission import Permit
from countenance.render import Inputs, Recipe, Still
from countenance.settings import Settings
from countenance.studio import Studio

CELL_HEIGHT = 240
LINE = 26  # below each cell, for its name
GAP = 10
WIDEST = 1920
TALLEST = 12_000
GROUND = (24, 24, 26)
INK = (235, 235, 235)
LOOKS_AT = Fraction(2, 5)  # of a version's length


def write_sheets(
    made: Sequence[Version], folder: Path, title: str, settings: Settings
) -> tuple[list[Path], list[Problem]]:
    """One sheet a face, in its place: `contact.FACE.png`. What one face does not allow does not stop the others.

    Args:
        made: versions whose files are there.
        folder: where to.
        title: of the campaign.
        settings: of the installation.

    Returns:
        The sheets, and why others were not made.

    Raises:
        OutputFolder, OutputFull.
    """
    sheets, problems = [], []
    for face in dict.fromkeys(version.face for version in made):
        path = folder / f"contact.{face}.png"
        try:
            shown = [version for version in made if version.face == face]
            Studio(settings).run(VersionSheet(path, shown, f"{title}: contact sheet"))
            sheets.append(path)
        except CountenanceError as error:
            problems.append(Problem.of(error, f"contact sheet of {face}"))
    return sheets, problems


class VersionSheet(Recipe):
    """A frame of each of these versions, under the permission of the first.

    Args:
        output: a .png.
        versions: of one face.
        title: of the sheet.
    """

    overwrite = True

    def __init__(self, output: Path, versions: Sequence[Version], title: str) -> None:
        self._versions, self._title = versions, title
        self._first = recipe_of(versions[0])
        self.output, self.use = output, self._first.use
        self.roles = tuple(role for role in self._first.roles if role != "voice")  # a sheet is silent
        self.rights = {role: self._first.rights[role] for role in self.roles}

    def preflight(self, settings: Settings) -> None:
        """See Recipe."""
        load_engine(settings.engine)

    def open(self, settings: Settings) -> Inputs:
        """See Recipe."""
        inputs = self._first.open(settings)
        return Inputs({role: one for role, one in inputs.subjects.items() if role in self.roles}, inputs.others)

    def prepare(self, inputs: Inputs, permit: Permit, settings: Settings) -> Still:
        """See Recipe."""
        del inputs
        if permit.times is not None:
            raise PermissionRefused(
                "the grant counts what is made under it, and a sheet would use it up.",
                "Look at the versions themselves, or ask for a grant without a count.",
                code="permission.count",
            )
        engine = load_engine(settings.engine)
        first = self._versions[0]
        making = Making(
            title=self._title,
            use=self.use,
            engine=engine.name,
            engine_version=engine.version,
            ingredients=(),
            actions=(("c2pa.edited", f"A frame of each of {len(self._versions)} synthetic versions, side by side."),),
            seed=first.seed,
            language="en",
        )
        cells = [(version.name.removeprefix(f"{version.face}."), _frame(version)) for version in self._versions]
        return Still(making, laid_out(cells))


def laid_out(cells: Sequence[tuple[str, Pixels]]) -> Pixels:
    """Named pictures in rows, each CELL_HEIGHT high (less where there are very many).

    Returns:
        (h, w, 3) uint8.
    """
    height = CELL_HEIGHT
    while True:
        rows = _rows(cells, height)
        tall = len(rows) * (height + LINE + GAP) + GAP + 40
        if tall <= TALLEST or height <= 60:
            break
        height = height * 3 // 4
    width = max(sum(cell.width + GAP for cell, _ in row) for row in rows) + GAP
    sheet = Image.new("RGB", (max(width, 360), tall), GROUND)
    pen, letters = ImageDraw.Draw(sheet), font("en", 14)
    y = GAP
    for row in rows:
        x = GAP
        for cell, name in row:
            sheet.paste(cell, (x, y))
            pen.text((x, y + height + 3), _fitting(name, cell.width, letters), INK, letters)
            x += cell.width + GAP
        y += height + LINE + GAP
    return np.asarray(sheet, np.uint8)


def _rows(cells: Sequence[tuple[str, Pixels]], height: int) -> list[list[tuple[Image.Image, str]]]:
    rows: list[list[tuple[Image.Image, str]]] = [[]]
    for name, pixels in cells:
        width = min(WIDEST - 2 * GAP, max(96, round(pixels.shape[1] * height / pixels.shape[0])))
        how = cv2.INTER_AREA if height < pixels.shape[0] else cv2.INTER_LINEAR
        cell = Image.fromarray(np.asarray(cv2.resize(pixels, (width, height), interpolation=how), np.uint8))
        if rows[-1] and sum(one.width + GAP for one, _ in rows[-1]) + width + 2 * GAP > WIDEST:
            rows.append([])
        rows[-1].append((cell, name))
    return rows


def _fitting(name: str, width: int, letters: ImageFont.FreeTypeFont) -> str:
    """The name, shortened in its middle where the cell is narrow."""
    length = letters.getlength
    if length(name) <= width:
        return name
    keep = len(name)
    while keep > 4 and length(f"{name[: keep // 2]}…{name[-(keep // 2) :]}") > width:
        keep -= 1
    return f"{name[: keep // 2]}…{name[-(keep // 2) :]}"


def _frame(version: Version) -> Pixels:
    """The frame at LOOKS_AT of the version's length."""
    with open_video(version.output) as video:
        at = (video.info.duration or Fraction(0)) * LOOKS_AT
        last: Pixels | None = None
        for frame in video.frames(start=at):
            last = frame.pixels
            break
    if last is None:
        raise CountenanceError(f"{version.output.name} has no frame at {float(at):.2f} s.")
    return last
