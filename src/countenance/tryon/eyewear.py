"""A pair of glasses as fitting and drawing need it: true centimetres in the head's axes, its parts told apart.

The file's unit and axes are checked, not guessed: a pair of glasses has the size of one. Knows no faces.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from countenance.errors import BadDocument
from countenance.tryon.glb_goods import Material, Model
from countenance.tryon.look import Eyewear

Float32 = NDArray[np.float32]

CENTIMETRES = {"m": 100.0, "cm": 1.0, "mm": 0.1}
WIDE, TALL, DEEP = (10.5, 17.5), (2.2, 8.5), (0.4, 19.5)  # cm that a pair of glasses measures
TOLERANCE = 0.03  # of the width that a maker states
FRONT_DEPTH = 1.6  # cm that fronts are deep at the ends; what reaches farther back is a temple
OPENING = 0.5  # cm either side of the middle, in which only the bridge is
FRONT, TEMPLE_RIGHT, TEMPLE_LEFT, LENS = 0, 1, 2, 3
# Axis towards the viewer → rows that bring the file's axes to x right, y down, z away as the wearer is seen.
_TURNS = {
    "+z": ((1, 0, 0), (0, -1, 0), (0, 0, -1)),
    "-z": ((-1, 0, 0), (0, -1, 0), (0, 0, 1)),
    "+x": ((0, 0, -1), (0, -1, 0), (-1, 0, 0)),
    "-x": ((0, 0, 1), (0, -1, 0), (1, 0, 0)),
    "-y": ((1, 0, 0), (0, 0, -1), (0, 1, 0)),
    "+y": ((-1, 0, 0), (0, 0, -1), (0, -1, 0)),
}


@dataclass(frozen=True)
class Frame:
    """Glasses, at their own size.

    Attributes:
        points: (N, 3) float32 cm: x right in the picture, y down, z away from the viewer; the origin in the middle,
            at the lenses' height, at the back of the bridge.
        normals: (N, 3) float32 unit.
        uv: (N, 2) float32.
        behind: (N,) float32 cm behind the hinges; 0 at the front.
        triangles: (M, 3) int32; opaque ones first.
        opaque: how many of them are.
        part: (M,) int32: FRONT, TEMPLE_RIGHT, TEMPLE_LEFT (the wearer's sides) or LENS.
        material: (M,) int32, index into `materials`.
        materials: of the chosen variant.
        width, height: cm, of the front.
        hinge: (2,) cm: x (positive) and z of the hinges.
        lens_x: cm from the middle to the middle of a lens.
        warnings: in plain words.
        title, licence: of the file.
    """

    points: Float32
    normals: Float32
    uv: Float32
    behind: Float32
    triangles: NDArray[np.int32]
    opaque: int
    part: NDArray[np.int32]
    material: NDArray[np.int32]
    materials: tuple[Material, ...]
    width: float
    height: float
    hinge: tuple[float, float]
    lens_x: float
    warnings: tuple[str, ...] = ()
    title: str = ""
    licence: str = ""


def frame_of(model: Model, item: Eyewear, name: str) -> Frame:
    """The frame in a model.

    Raises:
        BadDocument: tryon.variant, tryon.scale (another unit, or no glasses), tryon.axes.
    """
    chosen = model.chosen(item.variant, name)
    turn = np.array(_TURNS[item.front], np.float64)
    points = np.concatenate([mesh.positions for mesh, _ in chosen]).astype(np.float64) @ turn.T
    normals = np.concatenate([mesh.normals for mesh, _ in chosen]).astype(np.float64) @ turn.T
    points = points * CENTIMETRES[item.unit]
    _check_size(points, item, name)
    uv = np.concatenate([mesh.uv for mesh, _ in chosen])
    start = np.cumsum([0, *(len(mesh.positions) for mesh, _ in chosen)])[:-1]
    materials: list[Material] = []
    triangles, owner, clear = [], [], []
    for (mesh, material), first in zip(chosen, start, strict=True):
        if material not in materials:
            materials.append(material)
        triangles.append(mesh.triangles + first)
        owner.append(np.full(len(mesh.triangles), materials.index(material), np.int32))
        clear.append(np.full(len(mesh.triangles), material.clear))
    every, of, lens = np.concatenate(triangles), np.concatenate(owner), np.concatenate(clear)
    every, of, lens = every[order := np.argsort(lens, kind="stable")], of[order], lens[order]

    points[:, 0] -= (points[:, 0].min() + points[:, 0].max()) / 2
    nearest = float(points[:, 2].min())
    bridge = points[np.abs(points[:, 0]) < OPENING]
    if not len(bridge) or float(bridge[:, 2].min()) > nearest + 2.0:
        raise BadDocument(
            f"{name} has nothing in the middle of its front: it looks away, or it is no pair of glasses.",
            f"Say which axis leads to the viewer: --front {'-z' if item.front == '+z' else '+z'}.", code="tryon.axes",
        )  # fmt: skip
    half = float(points[:, 0].max())
    ends = points[np.abs(points[:, 0]) > 0.93 * half]
    hinge_z = float(ends[:, 2].min()) + 0.35
    lens_points = points[np.unique(every[lens])] if lens.any() else points[points[:, 2] < nearest + FRONT_DEPTH]
    front = points[points[:, 2] < nearest + FRONT_DEPTH]
    level = float((lens_points[:, 1].min() + lens_points[:, 1].max()) / 2)
    right = lens_points[lens_points[:, 0] > 0.2]
    lens_x = float((right[:, 0].min() + right[:, 0].max()) / 2) if len(right) else half / 2
    back = float(bridge[:, 2].max())
    points -= (0, level, back)
    hinge_z -= back
    behind = np.clip(points[:, 2] - hinge_z, 0, None) * (np.abs(points[:, 0]) > 0.55 * half)
    middle = points[every].mean(1)
    part = np.where(behind[every].max(1) > 0.4, np.where(middle[:, 0] < 0, TEMPLE_RIGHT, TEMPLE_LEFT), FRONT)
    part[lens] = LENS
    width, height = 2 * half, float(np.ptp(front[:, 1]))
    return Frame(
        points.astype(np.float32), normals.astype(np.float32), uv.astype(np.float32), behind.astype(np.float32),
        every.astype(np.int32), int((~lens).sum()), part.astype(np.int32), of, tuple(materials), width, height,
        (half, hinge_z), lens_x, tuple(_doubts(item, width, bool(lens.any()), behind, model)), model.title,
        model.licence,
    )  # fmt: skip


def _check_size(points: NDArray[np.float64], item: Eyewear, name: str) -> None:
    width, height, depth = (float(v) for v in np.ptp(points, axis=0))
    if WIDE[0] <= width <= WIDE[1] and TALL[0] <= height <= TALL[1] and DEEP[0] <= depth <= DEEP[1]:
        stated = item.width_mm
        if stated is not None and abs(10 * width / stated - 1) > TOLERANCE:
            raise BadDocument(
                f"{name} is {10 * width:.0f} mm wide; its maker says {stated:.0f} mm.",
                "Scale the file, or correct width_mm.", code="tryon.scale",
            )  # fmt: skip
        return
    for unit, factor in CENTIMETRES.items():
        scale = factor / CENTIMETRES[item.unit]
        if unit != item.unit and WIDE[0] <= width * scale <= WIDE[1] and TALL[0] <= height * scale <= TALL[1]:
            raise BadDocument(
                f"{name} would be {width:.4g} cm wide; it seems to be in {unit}, not in {item.unit}.",
                f"glTF is in metres: scale the file, or say --unit {unit}.", code="tryon.scale",
            )  # fmt: skip
    raise BadDocument(
        f"{name} measures {width:.4g} × {height:.4g} × {depth:.4g} cm as it stands: no pair of glasses.",
        "See that y is up and +z to the viewer, or say --front and --unit.", code="tryon.axes",
    )  # fmt: skip


def _doubts(item: Eyewear, width: float, lenses: bool, behind: NDArray[np.floating], model: Model) -> list[str]:
    """In plain words, what a shop should look at."""
    doubts = []
    if not lenses:
        doubts.append("It has no lens that light goes through: it is drawn as a frame without glass.")
    if float(behind.max(initial=0)) < 5:
        doubts.append("It has no temples.")
    if item.width_mm is None:
        doubts.append(f"Nobody states its width; the file says {10 * width:.0f} mm.")
    if not model.licence:
        doubts.append("It does not say whose it is (asset.copyright).")
    return doubts
