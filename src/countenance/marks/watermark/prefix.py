"""The second layer: the payload's first 24 bits once more, in a code of its own that survives what all 64 do not.

It lies beside the first on the same tile and grid, at 128 frequencies that the slot's tones and the carriers leave
free, so whatever finds the grid finds both. The code is polar (256, 32): 24 bits and a tag of 8, which is there
against a neighbour taken for what was written; against pictures that bear nothing it is the fit that counts
(`CHANCE`). Knows nothing of what the bits mean, and nothing of pictures.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from countenance.marks.watermark import polar
from countenance.marks.watermark.lattice import PAYLOAD_BITS, TONES, Lattice, coefficients, positions
from countenance.marks.watermark.mark_keys import WatermarkKey

PREFIX_BITS, PREFIX_TAG_BITS = 24, 8
PREFIX_LENGTH = 256
PATHS = 64
CHANCE = 2e-8
"""The most that one reading of what bears no mark may give a prefix by chance, by Hoeffding's bound over the key's
phases: n messages that would be believed, one of which stands t standard deviations out, n · exp(−t² / 2)."""


@dataclass(frozen=True, slots=True)
class PrefixLattice:
    """Where the second layer lies, for one key and slot.

    Attributes:
        carriers: (128, 2) int64, (kx, ky) cycles a tile; carrier i has code bits 2i (in phase) and 2i + 1.
        phases: (128,) float64 radians.
    """

    carriers: NDArray[np.int64]
    phases: NDArray[np.float64]


@lru_cache(maxsize=32)
def prefix_lattice(key: WatermarkKey, slot: int) -> PrefixLattice:
    """The 128 lowest of the frequencies that are set aside for tones and are none in this slot, in the key's order.
    Ties go by ky, then kx."""
    aside = positions()[0]
    spare = aside[key.permutation(f"tones {slot}", len(aside))[TONES:]]
    order = np.lexsort((spare[:, 0], spare[:, 1], np.square(spare).sum(axis=1)))
    lowest = spare[order[: PREFIX_LENGTH // 2]]
    return PrefixLattice(
        lowest[key.permutation(f"prefix carriers {slot}", len(lowest))],
        key.phases(f"prefix phases {slot}", len(lowest)),
    )


@dataclass(frozen=True, slots=True)
class PrefixReading:
    """A prefix that was read.

    Attributes:
        prefix: 24 bits.
        chance: upper bound on the probability that one reading of what bears no mark gives any prefix so surely.
        known: whether it is among those that were thought likelier.
    """

    prefix: int
    chance: float
    known: bool


def prefix_of(payload: int) -> int:
    """What the second layer says of a payload: its first 24 bits; 0 where the first 8 of them are 0."""
    prefix = payload >> (PAYLOAD_BITS - PREFIX_BITS)
    return prefix if prefix >> (PREFIX_BITS - 8) else 0


def prefix_bits(key: WatermarkKey, slot: int, prefix: int) -> NDArray[np.uint8]:
    """(32,) bits: the prefix, most significant bit first, then its tag."""
    value = (prefix << PREFIX_TAG_BITS) | key.tag(f"prefix tag {slot}", prefix.to_bytes(3, "big"), PREFIX_TAG_BITS)
    count = PREFIX_BITS + PREFIX_TAG_BITS
    return np.array([(value >> shift) & 1 for shift in range(count - 1, -1, -1)], np.uint8)


def prefix_coefficients(key: WatermarkKey, slot: int, prefix: int) -> NDArray[np.complex128]:
    """(128,) complex of modulus 1, as `lattice.coefficients`."""
    code = polar.encode(prefix_bits(key, slot, prefix), PREFIX_LENGTH)
    return coefficients(code, prefix_lattice(key, slot).phases)


def read_prefix(fits: list[tuple[float, int]], known: tuple[int, ...] = ()) -> PrefixReading | None:
    """The prefix that fits best, where it surely is no chance; else None.

    Args:
        fits: as `prefix_fits` gives them.
        known: prefixes that are likelier than others, without a repetition. There are few of them, so that one of them
            is believed at 6 to 6.8 standard deviations instead of 8.3.
    """
    if not fits:
        return None
    fit, prefix = fits[0]
    among = len(known) if prefix in known else 1 << PREFIX_BITS
    chance = among * math.exp(-fit * fit / 2) if fit > 0 else 1.0
    return PrefixReading(prefix, chance, prefix in known) if chance <= CHANCE else None


def prefix_fits(soft: NDArray[np.float32], where: Lattice, known: tuple[int, ...] = ()) -> list[tuple[float, int]]:
    """Standard deviations by which prefixes stand out, and those prefixes, best first: all that are known, and those
    that the decoder offers.

    Args:
        soft: (256,) float32, positive for 0, up to a common factor.
        where: key and slot.
        known: as for `read_prefix`.
    """
    norm = math.sqrt(float(np.sum(np.square(soft, dtype=np.float64)))) + 1e-20
    scaled = np.clip(soft * np.float32(math.sqrt(PREFIX_LENGTH) / norm), -4, 4)
    offered = polar.decode(scaled, PREFIX_BITS + PREFIX_TAG_BITS, PATHS)
    fits = list(zip((_signs(where.key, where.slot, known) @ soft / norm).tolist(), known, strict=True))
    for message in offered:
        prefix = int.from_bytes(np.packbits(message[:PREFIX_BITS]).tobytes(), "big")
        if prefix not in known and np.array_equal(prefix_bits(where.key, where.slot, prefix), message):
            fits.append((float(_signs(where.key, where.slot, (prefix,))[0] @ soft) / norm, prefix))
    return sorted(fits, reverse=True)


@lru_cache(maxsize=64)
def _signs(key: WatermarkKey, slot: int, prefixes: tuple[int, ...]) -> NDArray[np.float32]:
    """(n, 256) of 1 and −1: what the soft bits of each prefix look like."""
    codes = [polar.encode(prefix_bits(key, slot, prefix), PREFIX_LENGTH) for prefix in prefixes]
    return 1 - 2 * np.array(codes, np.float32).reshape(-1, PREFIX_LENGTH)
