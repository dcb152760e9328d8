"""A persona's hair: shells round the skull with strands on them, in every style a recipe offers."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from countenance.head.hair import HairShell, make_hair
from countenance.head.hair_mask import HairFound, Style
from countenance.head.template import FloatArray, IntArray, load_template, vertex_normals

BASE: dict[str, Style] = {
    "short": "short", "fringe": "bob", "bob": "bob", "long": "long", "tied": "tied", "curly": "bob", "coily": "short",
    "headscarf": "covered",
}  # fmt: skip
CURLS = {"curly": (0.55, 1.0), "coily": (0.5, 2.6)}  # height of a curl over the shell, and of the shell, cm
ACROSS, ALONG = 40, 14  # of the fringe's grid


@dataclass(frozen=True)
class Hair:
    """What is seen of it.

    Attributes:
        vertices: (N, 3) template cm.
        triangles: (M, 3) int32.
        uv: (N, 2): round the head, and from root (0) to end (1).
        ends: (N,) where strands of a place end in `uv`, v; 2 where cloth ends nowhere.
        cloth: whether it is none.
    """

    vertices: FloatArray
    triangles: IntArray
    uv: FloatArray
    ends: FloatArray
    cloth: bool


def hair_of(style: str, head: FloatArray, rng: np.random.Generator) -> Hair | None:
    """The hair of a neutral head, (V, 3) template cm; None where it is shaved."""
    if style not in BASE:
        return None
    plain = HairFound(np.zeros((1, 1), np.float32), BASE[style], (0.1,) * 3, (0.2,) * 3, (0.3,) * 3)
    shell = make_hair(head, plain, BASE[style])
    assert shell is not None
    if style in CURLS:
        shell = _curled(shell, *CURLS[style], rng)
    cloth = style == "headscarf"
    ends = np.full(len(shell.vertices), 2.0 if cloth else 0.93)
    hair = Hair(shell.vertices, shell.triangles, shell.uv, ends, cloth)
    return _with_fringe(hair, head) if style == "fringe" else hair


def _curled(shell: HairShell, height: float, lift: float, rng: np.random.Generator) -> HairShell:
    u, v = shell.uv[:, 0] * 2 * np.pi, shell.uv[:, 1]
    a, b = rng.uniform(0, 6.28, 2)
    bumps = np.sin(13 * u + a) * np.sin(24 * v + b) + 0.6 * np.sin(21 * u + 9 * v)
    rim = np.clip((0.95 - v) * 3.5, 0.08, 1)
    out = shell.vertices + shell.normals * (rim * (lift + height * bumps))[:, None]
    return replace(shell, vertices=out)


def _with_fringe(hair: Hair, head: FloatArray) -> Hair:
    """Strands over the forehead, a little off the skin, down to just above the brows."""
    template = load_template()
    skin = head[template.vertices_of("skin")]
    eye = template.joints["l-eye"][1]
    front = skin[(skin[:, 2] < -2) & (skin[:, 1] < eye + 4)]
    tree = cKDTree(front[:, :2])
    top, bottom = eye - 9.2, eye - 2.3
    s, t = np.meshgrid(np.linspace(-1, 1, ACROSS), np.linspace(0, 1, ALONG))
    x = s * (5.4 + 1.5 * t)
    y = top + 1.2 * s**2 + (bottom - top + 1.0 * s**2) * t
    away, near = tree.query(np.stack([x, y], -1).reshape(-1, 2), k=8)
    weight = 1 / (away + 0.3)
    z = ((front[near, 2] * weight).sum(1) / weight.sum(1)).reshape(x.shape)
    places = np.stack([x, y, z - 1.5 * np.sin(np.pi * np.clip(0.25 + 0.6 * t, 0, 1)) + 0.2 * t], -1).reshape(-1, 3)
    grid = len(hair.vertices) + np.arange(ACROSS * ALONG).reshape(ALONG, ACROSS)
    a, b, c, d = grid[:-1, :-1], grid[:-1, 1:], grid[1:, 1:], grid[1:, :-1]
    more = np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([a, c, d], -1).reshape(-1, 3)])
    uv = np.stack([0.5 + 0.2 * s, 0.15 + 0.8 * t], -1).reshape(-1, 2)
    every = np.concatenate([hair.vertices, places])
    if vertex_normals(every, more.astype(np.int32))[grid].mean((0, 1))[2] > 0:
        more = more[:, ::-1]
    return Hair(
        every,
        np.concatenate([hair.triangles, more]).astype(np.int32),
        np.concatenate([hair.uv, uv]),
        np.concatenate([hair.ends, np.full(len(places), 0.9)]),
        False,
    )


def strand_noise(rng: np.random.Generator) -> NDArray[np.float32]:
    """(512, 2048) float32 about 0, unit deviation: long down (v), fine across (u); joins itself at the sides."""
    import cv2

    def layer(down: float, across: float) -> NDArray[np.float32]:
        raw = rng.normal(0, 1, (512, 2048)).astype(np.float32)
        raw = np.concatenate([raw[:, -128:], raw, raw[:, :128]], axis=1)
        soft = cv2.GaussianBlur(raw, (0, 0), sigmaX=across, sigmaY=down)[:, 128:-128]
        return np.asarray(soft / soft.std(), np.float32)

    return np.asarray(0.5 * layer(90, 1.2) + 0.6 * layer(110, 5) + 0.6 * layer(120, 16), np.float32)
