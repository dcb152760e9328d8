"""Contact sheets of cross-reenactment: the driver above, the portrait below, at the same moments.

They are written like everything else that leaves: with a permit, marked. So a portrait needs a right that is stated, in
a JSON file that maps names of pictures to what `--public-domain` and `--basis` would say; those of the usual measuring
material are known here. Portraits without one are measured but not shown.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np

from bench.quality.cross import Drawn
from bench.quality.material import Clip, Still
from countenance.engines import load_engine
from countenance.errors import PermissionRefused
from countenance.face.subject import PictureSubject
from countenance.face.types import Face
from countenance.marking.picture_exit import write_picture
from countenance.marking.render_spec import Making
from countenance.media.frames import Pixels
from countenance.media.source import Source
from countenance.permission import Authorisation
from countenance.permission.authorisation import public_domain
from countenance.render.job import Inputs
from countenance.settings import Settings

OUT = Path(__file__).parents[1] / "out"
CELL = 300
COLUMNS = 8
REACH = 0.95  # half a cell's side in face sizes

KNOWN: Mapping[str, tuple[str, str]] = {
    "source_s5": ("Portrait of a girl, William-Adolphe Bouguereau, 1888", "age"),
    "source_s6": ("Terracotta warrior, workshops of the First Emperor, made before 1000", "age"),
    "source_s8": ("La Velata, Raphael, c. 1516", "age"),
    "source_s9": ("Mona Lisa, Leonardo da Vinci, c. 1503", "age"),
    "hopper": ("Commodore Grace M. Hopper (1906–1992), US Navy, 1984", "us-government-work"),
}


def rights_in(path: Path | None) -> dict[str, tuple[str, str]]:
    """Names of pictures → work and basis; those known here, and what a JSON file adds: {"name": ["work", "basis"]}."""
    more = json.loads(path.read_text()) if path is not None else {}
    return dict(KNOWN) | {name: (str(work), str(basis)) for name, (work, basis) in more.items()}


def write_sheet(still: Still, clip: Clip, drawn: Drawn, rights: Mapping[str, tuple[str, str]]) -> Path | None:
    """One sheet; None where no right to the portrait is stated that holds for the file at hand."""
    if still.name not in rights or still.path is None:
        return None
    subject = PictureSubject(Source.pin(still.path))
    others = {} if clip.path is None else {"driver": Source.pin(clip.path)}
    settings = Settings.load()
    try:
        with Authorisation("animate", {"source": public_domain(*rights[still.name])}, settings) as asking:
            permit = asking.permit({"source": subject}, others)
    except PermissionRefused:
        return None
    ingredients = Inputs({"source": subject}, others).ingredients()
    engine = load_engine("mesh")
    making = Making(
        title=f"Contact sheet: {still.name} by {clip.name}",
        use="animate",
        engine=engine.name,
        engine_version=engine.version,
        ingredients=ingredients,
    )
    chosen = np.linspace(0, len(drawn.indexes) - 1, COLUMNS - 1).astype(int)
    reference, at_rest = clip.reference
    above = [_cell(at_rest, reference, "rest")]
    below = [_cell(still.portrait.pixels, still.portrait.face, "")]
    for k in chosen:
        above.append(_cell(drawn.driver[k], reference, f"{float(drawn.indexes[k] / clip.rate):.2f} s"))
        below.append(_cell(drawn.results[k], still.portrait.face, ""))
    path = OUT / f"{still.name}-{clip.name}.jpg"
    path.parent.mkdir(exist_ok=True)
    write_picture(
        path, np.vstack([np.hstack(above), np.hstack(below)]), permit, making, settings=settings, overwrite=True
    )
    return path


def _cell(pixels: Pixels, face: Face, text: str) -> Pixels:
    """A square round where the face was at rest, with a word in its corner."""
    half = face.size * REACH
    x, y = (float(v) for v in face.centre)
    scale = CELL / (2 * half)
    matrix = np.array([[scale, 0, CELL / 2 - scale * x], [0, scale, CELL / 2 - scale * y]])
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    small = pixels
    if scale < 0.5:
        small = np.asarray(cv2.resize(pixels, None, fx=0.5, fy=0.5, interpolation=way), np.uint8)
        matrix = matrix @ np.array([[2, 0, 0.5], [0, 2, 0.5], [0, 0, 1]])
    cell = cv2.warpAffine(small, matrix, (CELL, CELL), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    for colour, thick in (((0, 0, 0), 3), ((255, 255, 255), 1)):
        cv2.putText(cell, text, (8, 22), cv2.FONT_HERSHEY_SIMPLEX, 0.55, colour, thick, cv2.LINE_AA)
    return np.asarray(cell, np.uint8)
