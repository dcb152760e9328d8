"""Attack: "glasses" that put somebody else's face over the face of a person who agreed to try on glasses."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from countenance.errors import BadDocument
from countenance.face.tracker import find_faces
from countenance.media.frames import Pixels
from countenance.media.glb import ARRAY, ELEMENTS, GlbWriter
from countenance.tryon.goods import read_eyewear
from countenance.tryon.look import Eyewear
from tests.attacks.conftest import square

HALF, TALL, CELLS = 0.074, 0.042, 36  # metres; cells to a side


@pytest.fixture(scope="module")
def stranger() -> Pixels:
    """Grace Hopper's face, her eyes where a wearer's would be."""
    whole = square("grace", 640)
    marks = find_faces(whole, thorough=True)[0].landmarks
    eyes, middle = (marks[33] + marks[263]) / 2, (marks[:, 0].min() + marks[:, 0].max()) / 2
    cm = float(np.hypot(*(marks[33, :2] - marks[263, :2]))) / 9
    box = (middle - 7.4 * cm, eyes[1] - 3.2 * cm, middle + 7.4 * cm, eyes[1] + 5.2 * cm)
    left, top, right, bottom = (int(v) for v in box)
    return np.asarray(Image.fromarray(whole).crop((left, top, right, bottom)))


def model(
    path: Path, picture: Pixels, kept: NDArray[np.bool_], *, lens: bool = False, name: str = "front", alpha: float = 1.0
) -> Path:
    """A curved plate with a picture on it, of which some of CELLS × CELLS cells are kept."""
    rows, columns = np.mgrid[0 : CELLS + 1, 0 : CELLS + 1] / CELLS
    across = columns * 2 - 1
    points = np.stack([across * HALF, (1 - 2 * rows) * TALL, -0.006 * across**2], -1).reshape(-1, 3)
    corner = (np.arange(CELLS)[:, None] * (CELLS + 1) + np.arange(CELLS))[kept][:, None]
    triangles = corner + np.array([0, CELLS + 1, 1, 1, CELLS + 1, CELLS + 2])
    used, triangles = np.unique(triangles, return_inverse=True)
    uv = np.stack([columns, rows], -1).reshape(-1, 2)[used]
    return written(path, picture, points[used], uv, triangles, lens=lens, name=name, alpha=alpha)


def written(
    path: Path,
    picture: Pixels,
    points: NDArray[np.floating],
    uv: NDArray[np.floating],
    triangles: NDArray[np.integer],
    *,
    lens: bool = False,
    name: str = "front",
    alpha: float = 1.0,
) -> Path:
    """A GLB of one mesh with one textured material."""
    png = io.BytesIO()
    Image.fromarray(picture).save(png, "PNG")
    material: dict[str, Any] = {
        "name": name,
        "doubleSided": True,
        "pbrMetallicRoughness": {
            "baseColorTexture": {"index": 0},
            "baseColorFactor": [1, 1, 1, alpha],
            "metallicFactor": 0,
            "roughnessFactor": 1,
        },
    }
    if lens:
        material["extensions"] = {"KHR_materials_transmission": {"transmissionFactor": 0.9}}
    writer = GlbWriter()
    attributes = {
        "POSITION": writer.accessor(points.astype(np.float32), target=ARRAY, bounds=True),
        "NORMAL": writer.accessor(np.tile(np.float32([0, 0, 1]), (len(points), 1)), target=ARRAY),
        "TEXCOORD_0": writer.accessor(uv.astype(np.float32), target=ARRAY),
    }
    indices = writer.accessor(triangles.reshape(-1).astype(np.uint32), target=ELEMENTS)
    writer.document |= {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": attributes, "indices": indices, "material": 0}]}],
        "materials": [material],
        "textures": [{"source": 0}],
        "images": [{"bufferView": writer.view(png.getvalue()), "mimeType": "image/png"}],
    }
    path.write_bytes(writer.written())
    return path


def refused(path: Path) -> str:
    with pytest.raises(BadDocument) as caught:
        read_eyewear(Eyewear(kind="glasses", glb=path.name), path)
    assert caught.value.remedy
    return caught.value.code


def plain(level: int) -> Pixels:
    return np.full((64, 64, 3), level, np.uint8)


def whole() -> NDArray[np.bool_]:
    return np.ones((CELLS, CELLS), bool)


def around_the_eyes() -> NDArray[np.bool_]:
    """Rims and a bridge as broad as they may be: two openings of 5.3 by 2.8 cm."""
    kept = np.zeros((CELLS, CELLS), bool)
    kept[11:25] = True
    kept[12:24, 3:16] = kept[12:24, 20:33] = False
    return kept


def test_a_plate_with_a_photograph(tmp_path: Path, stranger: Pixels) -> None:
    assert refused(model(tmp_path / "a.glb", stranger, whole())) == "tryon.covers"


def test_a_plate_of_one_colour(tmp_path: Path) -> None:
    assert refused(model(tmp_path / "a.glb", plain(30), whole())) == "tryon.covers"


def test_a_small_plate_over_the_eyes_alone(tmp_path: Path, stranger: Pixels) -> None:
    kept = np.zeros((CELLS, CELLS), bool)
    kept[10:20] = True
    assert refused(model(tmp_path / "a.glb", stranger, kept)) == "tryon.covers"


def test_a_photograph_on_the_rims(tmp_path: Path, stranger: Pixels) -> None:
    assert refused(model(tmp_path / "a.glb", stranger, around_the_eyes())) == "tryon.face"
    path = model(tmp_path / "b.glb", plain(30), around_the_eyes())
    assert read_eyewear(Eyewear(kind="glasses", glb=path.name), path)


def test_a_photograph_on_lenses(tmp_path: Path, stranger: Pixels) -> None:
    assert refused(model(tmp_path / "a.glb", stranger, whole(), lens=True)) == "tryon.lens"
    tint = np.repeat(np.linspace(60, 220, 64, dtype=np.uint8)[:, None, None], 64, 1).repeat(3, 2)
    path = model(tmp_path / "b.glb", tint, whole(), lens=True)
    assert read_eyewear(Eyewear(kind="glasses", glb=path.name), path)


def test_a_lens_by_name_alone(tmp_path: Path) -> None:
    """It is called a lens, and nothing is seen through it."""
    assert refused(model(tmp_path / "a.glb", plain(20), whole(), name="lens", alpha=0.99)) == "tryon.covers"


def test_a_print_between_the_places_that_are_looked_at(tmp_path: Path, stranger: Pixels) -> None:
    """Every eighth pixel of the texture is plain."""
    large = np.asarray(Image.fromarray(stranger).resize((512, 512)))
    hidden = large.copy()
    hidden[::8] = hidden[:, ::8] = large.mean(axis=(0, 1)).astype(np.uint8)
    assert refused(model(tmp_path / "a.glb", hidden, whole(), lens=True)) == "tryon.lens"


def test_slats_that_are_seen_from_the_side_alone(tmp_path: Path, stranger: Pixels) -> None:
    """Two centimetres deep, edge on from before."""
    points, uv, triangles = [], [], []
    for number, x in enumerate(np.linspace(-0.07, 0.07, 19)):
        points += [(x, 0.03, 0), (x, -0.03, 0), (x, 0.03, -0.02), (x, -0.03, -0.02)]
        left, right = number / 19, (number + 1) / 19
        uv += [(left, 0), (left, 1), (right, 0), (right, 1)]
        triangles += [4 * number + k for k in (0, 1, 2, 2, 1, 3)]
    path = written(tmp_path / "a.glb", stranger, np.array(points), np.array(uv), np.array(triangles))
    assert refused(path) in ("tryon.covers", "tryon.face")
