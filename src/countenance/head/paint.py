"""A plain face painted on a head, so that a landmarker takes it for one: skin, lips, brows, eyes, teeth. Nobody's.

Places are those of the mean head, so that the paint goes where the surface goes, whoever's head it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from countenance.head.template import FloatArray, load_template
from countenance.head.view import Painter, Surface

LIP = (0.85, 2.6)  # cm from the line between the lips that they are red at its middle, and half the mouth's width
IRIS, PUPIL = 0.6, 0.25  # cm


@dataclass(frozen=True)
class Complexion:
    """Linear colours.

    Attributes:
        skin, lips, brows, iris: (3,) each.
    """

    skin: tuple[float, float, float] = (0.62, 0.36, 0.26)
    lips: tuple[float, float, float] = (0.42, 0.13, 0.12)
    brows: tuple[float, float, float] = (0.07, 0.04, 0.03)
    iris: tuple[float, float, float] = (0.1, 0.07, 0.05)


def painter(complexion: Complexion | None = None) -> Painter:
    """A Painter for the template's triangles."""
    look = complexion or Complexion()
    template = load_template()
    seam = lip_seam()
    tree = cKDTree(template.vertices[seam])
    part = template.part
    eyes = {name: template.vertices[template.vertices_of(name)].mean(0) for name in ("eye_left", "eye_right")}
    brow = np.concatenate([_brow(side) for side in (-1, 1)])
    brow_tree = cKDTree(brow)

    def paint(surface: Surface) -> NDArray[np.float32]:
        place = surface.interpolated(template.vertices, template.triangles)
        kind = np.where(surface.triangle >= 0, part[np.maximum(surface.triangle, 0)], -1)
        out = np.zeros((*kind.shape, 3), np.float32)

        def at(*names: str) -> NDArray[np.bool_]:
            return np.isin(kind, [template.parts.index(name) for name in names])

        skin = at("skin", "neck")
        out[skin] = look.skin
        points = place[skin]
        reach = LIP[0] * np.sqrt(np.clip(1 - (points[:, 0] / LIP[1]) ** 2, 0.02, 1))
        lip = np.clip((reach - tree.query(points, distance_upper_bound=1.2)[0]) / 0.12, 0, 1)
        hair = np.clip((0.38 - brow_tree.query(points, distance_upper_bound=1.0)[0]) / 0.2, 0, 1) * 0.9
        for share, colour in ((lip, look.lips), (hair, look.brows)):
            out[skin] += share[:, None] * (np.asarray(colour, np.float32) - out[skin])
        out[at("mouth")] = (0.12, 0.02, 0.02)
        out[at("tongue")] = (0.35, 0.1, 0.1)
        out[at("teeth_upper", "teeth_lower")] = (0.75, 0.72, 0.62)
        out[at("lashes")] = (0.02, 0.015, 0.01)
        out[at("socket_left", "socket_right")] = (0.3, 0.12, 0.1)
        for name, middle in eyes.items():
            here = at(name)
            away = np.linalg.norm((place[here] - middle)[:, :2], axis=1)
            front = place[here][:, 2] < middle[2]
            ball = np.full((int(here.sum()), 3), (0.72, 0.7, 0.68), np.float32)
            ball[(away < IRIS) & front] = look.iris
            ball[(away < PUPIL) & front] = 0.005
            out[here] = ball
        return np.asarray(cv2.GaussianBlur(out, (0, 0), 0.6) * (kind >= 0)[..., None], np.float32)

    return paint


def lip_seam() -> NDArray[np.int32]:
    """Vertices of the line at which skin goes over into the mouth: where lips meet when the mouth is shut."""
    template = load_template()
    shared = np.intersect1d(template.vertices_of("skin"), template.vertices_of("mouth"))
    return np.asarray(shared, np.int32)


def _brow(side: int) -> FloatArray:
    """(N, 3): the middle line of a brow on the mean head, cm."""
    template = load_template()
    eye = template.joints["l-eye" if side > 0 else "r-eye"]
    along = np.linspace(0, 1, 60)
    x = side * (1.35 + 3.6 * along)
    y = eye[1] - 2.05 - 0.55 * np.sin(np.pi * (0.25 + 0.6 * along)) + 0.25 * along**2
    skin = template.vertices[template.vertices_of("skin")]
    front = skin[skin[:, 2] < eye[2] + 3]
    z = front[cKDTree(front[:, :2]).query(np.column_stack([x, y]))[1], 2]
    return np.column_stack([x, y, z])
