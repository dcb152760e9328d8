"""Reading the payload once the lattice's place is known: fold the picture onto one tile, correlate, decode.

Knows nothing of frames; adds up what several stretches of a clip, each with a place of its own, say.
"""

from __future__ import annotations

import cv2
import numpy as np
import scipy
from numpy.typing import NDArray

from countenance.marks.watermark import polar
from countenance.marks.watermark.lattice import MESSAGE_BITS, TILE, Lattice, read_message
from countenance.marks.watermark.search import Placement

Map = NDArray[np.float32]
LIST, LONG_LIST = 32, 512
LOUD_ENOUGH = 6.0
"""Tones' score from which a reading that fails is tried again with the long list; chance seldom gets there."""
RINGS = 12
TONE_REACH, FAINTEST = 4.0, 0.15


def fold(matched: Map, placement: Placement) -> NDArray[np.float32]:
    """(TILE, TILE) float32: the sum of the matched filter's input over all tiles."""
    height, width = matched.shape
    to_tiles = placement.tiles_per_pixel
    corners = np.array([[-width, -height], [width, -height], [-width, height], [width, height]]) / 2.0
    reached = corners @ to_tiles.T + placement.shift
    low, high = np.floor(reached.min(axis=0)), np.ceil(reached.max(axis=0))
    across, down = np.clip((high - low).astype(int), 1, 10)
    # Canvas pixel (i, j) has its centre at tile coordinate low + (i + ½) / TILE; the map is for picture pixels.
    back = np.linalg.inv(to_tiles)
    matrix = np.zeros((2, 3))
    matrix[:, :2] = back / TILE
    offset = back @ (low + 0.5 / TILE - placement.shift)
    matrix[:, 2] = offset + np.array([width, height]) / 2.0 - 0.5
    canvas = cv2.warpAffine(
        matched,
        matrix,
        (int(across) * TILE, int(down) * TILE),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_CONSTANT,
    )
    return np.asarray(canvas.reshape(down, TILE, across, TILE).sum(axis=(0, 2)), np.float32)


def soft_bits(tile: NDArray[np.float32], placement: Placement, where: Lattice) -> NDArray[np.float32]:
    """(2048,) float32: how much each code bit looks like 0, up to a common factor."""
    transform = scipy.fft.fft2(tile)
    kx, ky = where.carriers[:, 0], where.carriers[:, 1]
    heard = transform[ky % TILE, kx % TILE] * np.exp(-1j * np.pi * (kx + ky) / TILE)
    heard = heard * np.exp(-1j * where.carrier_phases)
    frequency = np.hypot(*(where.carriers @ placement.frequency.T).T)
    # Noise differs by frequency: measure it in rings of the received lattice.
    order = np.argsort(frequency)
    power = np.abs(heard) ** 2
    for ring in np.array_split(order, RINGS):
        power[ring] = power[ring].mean() + 1e-20
    value = heard / np.sqrt(power) * loudness(placement, where)
    soft = np.empty(2 * len(value), np.float32)
    soft[0::2], soft[1::2] = value.real, value.imag
    scale = float(np.sqrt(np.mean(soft**2))) + 1e-20
    return soft / np.float32(scale)


def loudness(placement: Placement, where: Lattice) -> NDArray[np.float64]:
    """(CARRIERS,) how loud the mark is at each carrier, as its neighbours in radius among the tones say; mean 1.

    Codecs and blur take away the fine carriers first: what they say is then worth less.
    """
    tones, carriers = (np.hypot(*at.T.astype(np.float64)) for at in (where.tones, where.carriers))
    near = np.exp(-0.5 * ((carriers[:, None] - tones[None]) / TONE_REACH) ** 2)
    loud = near @ placement.heard / near.sum(axis=1)
    loud = np.maximum(loud, FAINTEST * max(float(loud.max()), 1e-9))
    return np.asarray(loud / loud.mean())


def read(soft: NDArray[np.float32], where: Lattice, score: float = 0.0) -> int | None:
    """The payload that soft bits carry, or None: no path of the list has a right tag. `score`: the tones'."""
    for paths in (LIST, LONG_LIST) if score > LOUD_ENOUGH else (LIST,):
        for bits in polar.decode(np.clip(soft, -4, 4), MESSAGE_BITS, paths):
            payload = read_message(where.key, where.slot, bits)
            if payload is not None:
                return payload
    return None
