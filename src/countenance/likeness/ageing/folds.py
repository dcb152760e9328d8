"""Folds as shading: how much lighter or darker each texel gets, natural log, from lines that this face may fold along.

A crease is a valley under light from above: dark at its bottom, its upper bank darker than its lower. Lines wander,
thin out and break as seeded noise has it, so that they do not look drawn. Knows nothing of colour.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
import scipy
from numpy.typing import NDArray

from countenance.likeness.ageing.wrinkle_map import WrinkleLine, lines

FloatArray = NDArray[np.float32]

BANK = 0.6  # of a crease's depth: how much its banks differ in light
SHOULDER = 0.16  # of its depth: how much lighter the skin beside it is
ENDS = {"nasolabial": (0.10, 0.55), "crow's feet": (0.2, 0.6), "marionette": (0.25, 0.5), "perioral": (0.15, 0.6)}
DEEP = 1.9 / 512  # lines wider than this are folds, which break less than fine lines do
WANDER = 1.6 / 512  # of the atlas: how far a line strays
FOLD_SIGMA, BROAD_SIGMA = 1.1 / 512, 6.0 / 512  # of the side: finer is pores, broader is form
REACH = 11.0 / 512  # how far from where folds are expected the person's own may lie


def _wave(rng: np.random.Generator, count: int, waves: float) -> NDArray[np.float64]:
    """(count,) smooth noise of unit variance, about `waves` swings long."""
    knots = rng.standard_normal(max(4, int(2 * waves) + 3))
    at = np.linspace(0, len(knots) - 1, count)
    near = np.exp(-0.5 * ((at[:, None] - np.arange(len(knots))) / 0.6) ** 2)
    return np.asarray(near @ knots / np.sqrt((near**2).sum(1)))


@dataclass(frozen=True)
class Strokes:
    """A line made this person's.

    Attributes:
        line: with its wandering points.
        strength: (N,) in [0, 1.3], along the line; 0 at its ends and where it breaks.
    """

    line: WrinkleLine
    strength: NDArray[np.float64]


def strokes(seed: int) -> list[Strokes]:
    """Every line as it runs on one face: the same for the same seed."""
    out = []
    for number, line in enumerate(lines()):
        rng = np.random.default_rng([seed, number])
        count = len(line.points)
        step = np.gradient(line.points, axis=0)
        length = float(np.linalg.norm(step, axis=1).sum()) * 512
        normal = np.column_stack([-step[:, 1], step[:, 0]]) / (np.linalg.norm(step, axis=1, keepdims=True) + 1e-12)
        begin, finish = ENDS.get(line.group, (0.28, 0.28))
        ends = np.clip(np.minimum(np.linspace(0, 1, count) / begin, np.linspace(1, 0, count) / finish), 0, 1)
        strength = ends * ends * (3 - 2 * ends)
        wander = np.zeros(count)
        if line.crease:
            wander = WANDER * (0.8 * _wave(rng, count, length / 50) + 0.25 * _wave(rng, count, length / 14))
            uneven = 1.0 if line.width < DEEP else 0.45
            rough = 0.8 + uneven * (0.32 * _wave(rng, count, length / 26) + 0.14 * _wave(rng, count, length / 8))
            strength = strength * np.clip(rough, 0.08, 1.3)
        onset = max(0.0, line.onset + (3.0 * float(rng.standard_normal()) if line.onset > 0 else 0.0))
        points = line.points + normal * wander[:, None]
        out.append(Strokes(replace(line, points=points, onset=onset), strength))
    return out


def _drawn(stroke: Strokes, side: int, least: float, out: FloatArray, scale: float) -> None:
    """Adds one stroke, times `scale`, to a map; no narrower than `least` texels, and then as much paler."""
    points = stroke.line.points * side - 0.5
    sigma = max(stroke.line.width * side, least)
    paler = stroke.line.width * side / sigma
    margin = 4 * sigma + 2
    x0, y0 = np.maximum((points.min(0) - margin).astype(int), 0)
    x1, y1 = np.minimum((points.max(0) + margin).astype(int) + 1, side)
    gy, gx = np.mgrid[y0:y1, x0:x1]
    texels = np.column_stack([gx.ravel(), gy.ravel()]).astype(np.float64)
    fine = np.linspace(0, len(points) - 1, 4 * len(points))
    dense = np.column_stack([np.interp(fine, np.arange(len(points)), points[:, k]) for k in (0, 1)])
    strength = np.interp(fine, np.arange(len(points)), stroke.strength)
    distance, nearest = scipy.spatial.cKDTree(dense).query(texels)
    step = np.gradient(dense, axis=0)
    normal = np.column_stack([-step[:, 1], step[:, 0]]) / (np.linalg.norm(step, axis=1, keepdims=True) + 1e-9)
    normal *= np.where(normal[:, 1:] < 0, -1, 1)  # towards below
    signed = ((texels - dense[nearest]) * normal[nearest]).sum(1) / sigma
    far = np.exp(-0.5 * (distance / sigma) ** 2)
    if stroke.line.crease:
        bank = BANK * normal[nearest, 1] * signed * far
        shoulder = SHOULDER * np.exp(-0.5 * ((distance / sigma - 2.4) / 1.1) ** 2)
        value = -far + bank + shoulder
    else:
        value = -far
    value = value * strength[nearest] * stroke.line.depth * scale * paler
    out[y0:y1, x0:x1] += value.reshape(y1 - y0, x1 - x0).astype(np.float32)


def shading(seed: int, side: int, years: float, rates: dict[str, float], least: float, creases: bool) -> FloatArray:
    """(side, side): log of the light that lines of a face take and give at `years`.

    Args:
        seed: of the person.
        years: since the material; below 0 there are no creases, and broad shadows lift by half.
        rates: log per decade of each group.
        least: the narrowest standard deviation that the material carries, texels.
        creases: the creases or else the broad shadows.
    """
    out = np.zeros((side, side), np.float32)
    for stroke in strokes(seed):
        if stroke.line.crease != creases or stroke.line.group not in rates:
            continue
        lifted = years if years > 0 else years / 2
        decades = (max(0.0, years - stroke.line.onset) if creases else lifted) / 10
        if decades != 0:
            _drawn(stroke, side, least, out, rates[stroke.line.group] * decades)
    return out


def expected(side: int) -> tuple[FloatArray, FloatArray]:
    """Where folds lie on any face, (side, side) in [0, 1], and which way across, (side, side, 2) unit vectors."""
    weight = np.zeros((side, side), np.float32)
    double = np.zeros((side, side, 2), np.float32)
    for line in lines():
        if not line.crease:
            continue
        points = line.points * side - 0.5
        step = np.gradient(points, axis=0)
        angle = 2 * (np.arctan2(step[:, 1], step[:, 0]) + np.pi / 2)
        at = np.clip(points.round().astype(int), 0, side - 1)
        weight[at[:, 1], at[:, 0]] = 1
        double[at[:, 1], at[:, 0]] = np.column_stack([np.cos(angle), np.sin(angle)])
    blur = REACH * side
    near = cv2.GaussianBlur(weight, (0, 0), blur)
    turned = cv2.GaussianBlur(double, (0, 0), blur)
    angle = np.arctan2(turned[..., 1], turned[..., 0]) / 2
    agree = np.linalg.norm(turned, axis=-1) / (near + 1e-9)
    zone = np.clip(near * blur * 1.6, 0, 1) * np.clip(agree, 0, 1)
    return zone.astype(np.float32), np.dstack([np.cos(angle), np.sin(angle)]).astype(np.float32)


def own_folds(log_luminance: FloatArray, trusted: FloatArray) -> FloatArray:
    """(side, side), 0 or less: the valleys that a texture already holds along lines where faces fold.

    Args:
        log_luminance: (side, side), natural log.
        trusted: (side, side) in [0, 1]; 0 on hair, rims of spectacles, eyes.
    """
    side = log_luminance.shape[0]
    zone, across = expected(side)
    light = cv2.GaussianBlur(log_luminance, (0, 0), FOLD_SIGMA * side)
    band = light - cv2.GaussianBlur(log_luminance, (0, 0), BROAD_SIGMA * side)
    smooth = cv2.GaussianBlur(log_luminance, (0, 0), 1.9 * side / 512)
    xx, yy = cv2.Sobel(smooth, cv2.CV_32F, 2, 0) / 4, cv2.Sobel(smooth, cv2.CV_32F, 0, 2) / 4
    xy = cv2.Sobel(smooth, cv2.CV_32F, 1, 1) / 4
    nx, ny = across[..., 0], across[..., 1]
    over = nx * nx * xx + 2 * nx * ny * xy + ny * ny * yy
    along = ny * ny * xx - 2 * nx * ny * xy + nx * nx * yy
    coherent = np.clip((over - np.abs(along)) / (np.abs(over) + np.abs(along) + 4e-4), 0, 1)
    coherent = cv2.GaussianBlur(coherent.astype(np.float32), (0, 0), 1.2 * side / 512)
    return np.asarray(np.minimum(band, 0) * np.clip(1.6 * coherent, 0, 1) * zone * trusted, np.float32)
