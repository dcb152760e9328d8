"""Small pictures of products, without anybody: a frame seen a little from the side, a swatch. PNG bytes, no files."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from countenance.face.pose import rotation_from_vector
from countenance.tryon.colour import coded
from countenance.tryon.eyewear import Frame
from countenance.tryon.eyewear_raster import FAR, draw_ids
from countenance.tryon.eyewear_shade import shade
from countenance.tryon.look import Cosmetic, Eyewear
from countenance.tryon.material_table import MaterialTable

SIZE = (384, 256)
PAPER = 0.86  # linear light of the ground
TURN = np.array([-0.16, -0.42, 0.0])  # radians


def frame_thumbnail(frame: Frame) -> bytes:
    """A PNG of a frame."""
    pixels = draw_frame(frame, *SIZE)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def draw_frame(
    frame: Frame, width: int, height: int, *, turn: NDArray[np.float64] = TURN, lit: bool = True
) -> NDArray[np.uint8]:
    """(height, width, 3) uint8: the frame on light paper.

    Args:
        frame: glasses.
        width, height: pixels.
        turn: rotation vector, radians.
        lit: with a window and light from above; else in light that comes evenly from everywhere.
    """
    rotation = rotation_from_vector(turn)
    points = frame.points.astype(np.float64) @ rotation.T
    xy, scale = in_view(points, width, height)
    shape = (2 * height, 2 * width)
    depth = (points[:, 2] * scale).astype(np.float32)
    places = ((xy + 0.25) * 2).astype(np.float32)
    ids, lens_ids = np.full(shape, -1, np.int32), np.full(shape, -1, np.int32)
    zbuffer, lens_z, head_z = (np.full(shape, FAR, np.float32) for _ in range(3))
    draw_ids(places, depth, frame.triangles, 0, frame.opaque, ids, zbuffer)
    draw_ids(places, depth, frame.triangles, frame.opaque, len(frame.triangles), lens_ids, lens_z)
    table = MaterialTable.of(frame.materials)
    sh = np.zeros((9, 3), np.float32)
    sh[0], sh[1], sh[2] = (0.62, -0.22, -0.20) if lit else (0.62, 0, 0)
    main = np.array([0.35, -0.55, -0.76], np.float32)
    under = np.full((height, width, 3), PAPER, np.float32)
    out, alpha, lens_alpha = (
        np.empty_like(under),
        np.empty(shape_of(under), np.float32),
        np.empty(shape_of(under), np.float32),
    )
    shade(
        ids, lens_ids, zbuffer, lens_z, head_z, places, (frame.normals @ rotation.T).astype(np.float32), frame.uv,
        frame.behind, frame.triangles, frame.part, frame.material, table.rows, table.maps, sh, sh[0], main,
        0.5 if lit else 0.0,
        scale, np.full(2, 99, np.float32), np.zeros(shape_of(under), np.float32), under,
        np.ones(shape_of(under), np.float32), out, alpha, lens_alpha,
    )  # fmt: skip
    return coded(out)


def in_view(points: NDArray[np.float64], width: int, height: int) -> tuple[NDArray[np.float64], float]:
    """Where (N, 2 or 3) points in cm lie in a view of so many pixels, (N, 2), and pixels a cm."""
    low, high = points[:, :2].min(0), points[:, :2].max(0)
    scale = 0.86 * min(width / (high[0] - low[0]), height / (high[1] - low[1]))
    return (points[:, :2] - (low + high) / 2) * scale + (width / 2, height / 2), float(scale)


def shape_of(picture: NDArray[np.float32]) -> tuple[int, int]:
    """Its rows and columns."""
    return picture.shape[0], picture.shape[1]


def swatch_thumbnail(item: Cosmetic | Eyewear) -> bytes:
    """A PNG of a cosmetic's colour, with a gleam where its finish has one."""
    assert isinstance(item, Cosmetic)
    width, height = SIZE[1], SIZE[1]
    yy, xx = np.mgrid[0:height, 0:width] / height
    gleam = {"matte": 0.0, "sheer": 0.02, "satin": 0.05, "gloss": 0.25, "metallic": 0.18}[item.finish]
    shine = gleam * np.exp(-(((xx + 0.6 * yy - 0.55) / 0.10) ** 2))
    light = item.colour * (0.92 + 0.16 * (0.5 - yy))[..., None] + shine[..., None]
    picture = Image.fromarray(coded(light))
    mask = Image.new("L", (width, height), 0)
    ImageDraw.Draw(mask).rounded_rectangle((24, 24, width - 25, height - 25), 36, fill=255)
    ground = Image.fromarray(coded(np.full((height, width, 3), PAPER)))
    ground.paste(picture, (0, 0), mask)
    out = io.BytesIO()
    ground.save(out, "PNG")
    return out.getvalue()
