"""A finished head drawn from any side, with its texture and hair: for contact sheets, measurements and tests."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.face.pose import Similarity
from countenance.head.hair import HairShell
from countenance.head.layout import HeadLayout, head_layout
from countenance.head.model import HeadModel
from countenance.head.template import FloatArray, IntArray, load_template
from countenance.head.view import AMBIENT, LIGHT, SAMPLES, Surface, look_at, picture, to_linear

TALL = 34.0  # cm of the template that a picture shows


def turned(yaw: float, pitch: float = 0.0) -> FloatArray:
    """(3, 3) in the head frame: a turn towards the person's left, and down; degrees."""
    a, b = np.radians(yaw), np.radians(pitch)
    about_y = np.array([[np.cos(a), 0, np.sin(a)], [0, 1, 0], [-np.sin(a), 0, np.cos(a)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
    return about_x @ about_y


def framed(yaw: float, pitch: float, side: int) -> Similarity:
    """The pose of a head in the middle of a square picture."""
    joints = load_template().joints
    centre = (joints["l-eye"] + joints["r-eye"]) / 2 + np.array([0, 2.0, 5])
    rotation, scale = turned(yaw, pitch), side / TALL
    return Similarity(scale, rotation, np.array([side / 2, side / 2, 0]) - scale * rotation @ centre)


def show_head(
    model: HeadModel, pose: Similarity, side: int, expression: NDArray[np.floating] | None = None, *, hair: bool = True
) -> NDArray[np.uint8]:
    """(side, side, 3) uint8 sRGB.

    Args:
        model: the head.
        pose: template frame → pixels; see `framed`.
        side: of the picture.
        expression: (52,) in the order of `BLENDSHAPES`; None: neutral.
        hair: whether it is shown.
    """
    layout = head_layout()
    vertices = model.placed(expression)[layout.vertex]
    surface = look_at(vertices, layout.triangles, pose, (side, side))
    skin = to_linear(model.texture.pixels)
    paint = _painter(layout.uv, layout.triangles, skin)
    if model.hair is None or not hair:
        return picture(surface, paint)
    return _with_hair(surface, paint, model.hair, pose, side, layout)


def _painter(uv: FloatArray, triangles: IntArray, texture: NDArray[np.float32]):  # type: ignore[no-untyped-def]
    def paint(surface: Surface) -> NDArray[np.float32]:
        at = surface.interpolated(uv, triangles)
        height, width = texture.shape[:2]
        return np.asarray(cv2.remap(texture, at[..., 0] * width - 0.5, at[..., 1] * height - 0.5, cv2.INTER_LINEAR))

    return paint


def _with_hair(surface, paint, hair: HairShell, pose: Similarity, side: int, layout: HeadLayout):  # type: ignore[no-untyped-def]
    """Hair over a head where it is nearer and its alpha says so, seen from both of its sides."""
    del layout
    strands = to_linear(hair.texture[..., :3])
    alpha = hair.texture[..., 3].astype(np.float32) / 255
    over = paint(surface)
    normal, depth, covered = surface.normal.copy(), surface.depth.copy(), surface.triangle.copy()
    # Each side of the shell by itself, so that the far one shows through what the near one's alpha cuts away.
    for triangles in _sides(hair, pose):
        if not len(triangles):
            continue
        shell = look_at(hair.vertices, triangles, pose, (side, side))
        at = shell.interpolated(hair.uv, triangles)
        where = at[..., 0] * alpha.shape[1] - 0.5, at[..., 1] * alpha.shape[0] - 0.5
        solid = cv2.remap(alpha, *where, cv2.INTER_LINEAR) > 0.5
        near = (shell.triangle >= 0) & solid & (shell.depth < depth)
        colour = cv2.remap(strands, *where, cv2.INTER_LINEAR)
        facing = np.where(shell.normal[..., 2:] > 0, -shell.normal, shell.normal)
        over[near], normal[near], depth[near], covered[near] = colour[near], facing[near], shell.depth[near], 0
    whole = Surface(covered, surface.weights, normal, depth)
    return picture(whole, lambda _: over, light=LIGHT, ambient=AMBIENT, samples=SAMPLES)


def _sides(hair: HairShell, pose: Similarity) -> tuple[IntArray, IntArray]:
    """The shell's triangles that turn away from the viewer, and those that face them."""
    a, b, c = (pose.apply(hair.vertices)[hair.triangles[:, k]] for k in range(3))
    towards = np.cross(b - a, c - a)[:, 2] < 0
    return hair.triangles[~towards], hair.triangles[towards]
