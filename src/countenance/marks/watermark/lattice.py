"""Where the mark lives: a lattice of spatial frequencies, and what each of them carries. Knows nothing of pictures.

The canonical frame has a short side of 512; the mark repeats every 256 canonical pixels in both directions, so it
is a sum of cosines at whole numbers (kx, ky) of cycles a tile. Those with R_MIN ≤ |k| ≤ R_MAX are used: a fixed
set of them is set aside for synchronisation tones, the rest carry two code bits each.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from countenance.errors import ProvenanceError
from countenance.marks.watermark import polar
from countenance.marks.watermark.mark_keys import PUBLIC_KEY, WatermarkKey

CANONICAL_SIDE = 512
TILE = 256
R_MIN, R_MAX = 8.0, 31.0
CARRIERS = polar.LENGTH // 2
TONES = 72
TONE_AMPLITUDE = 2.3
PAYLOAD_BITS, TAG_BITS = 64, 48
MESSAGE_BITS = PAYLOAD_BITS + TAG_BITS
SLOTS = 4


@dataclass(frozen=True, slots=True)
class Lattice:
    """The carriers of one key and slot.

    Attributes:
        tones: (TONES, 2) int64, (kx, ky) cycles a tile.
        tone_phases: (TONES,) float64 radians.
        carriers: (CARRIERS, 2) int64; carrier i has code bits 2i (in phase) and 2i + 1 (in quadrature).
        carrier_phases: (CARRIERS,) float64 radians.
    """

    key: WatermarkKey
    slot: int
    tones: NDArray[np.int64]
    tone_phases: NDArray[np.float64]
    carriers: NDArray[np.int64]
    carrier_phases: NDArray[np.float64]


@lru_cache(maxsize=1)
def positions() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Frequencies set aside for tones, and those that carry bits, the same for every key: (n, 2) int64 each."""
    reach = int(R_MAX)
    ky, kx = np.mgrid[0 : reach + 1, -reach : reach + 1]
    radius = np.hypot(kx, ky)
    inside = (radius >= R_MIN) & (radius <= R_MAX) & ((ky > 0) | (kx > 0))
    every = np.stack([kx[inside], ky[inside]], axis=1).astype(np.int64)
    shuffled = every[PUBLIC_KEY.permutation("positions", len(every))]
    return shuffled[CARRIERS:], shuffled[:CARRIERS]


@lru_cache(maxsize=32)
def lattice(key: WatermarkKey, slot: int = 0) -> Lattice:
    """The carriers of a key and slot.

    Raises:
        ProvenanceError: `mark.slot` unless 0 ≤ slot < SLOTS.
    """
    if not 0 <= slot < SLOTS:
        raise ProvenanceError(
            f"There is no slot {slot} for a watermark.", f"Slots are 0 to {SLOTS - 1}.", code="mark.slot"
        )
    for_tones, for_bits = positions()
    tones = for_tones[key.permutation(f"tones {slot}", len(for_tones))[:TONES]]
    carriers = for_bits[key.permutation(f"carriers {slot}", len(for_bits))]
    return Lattice(
        key,
        slot,
        tones,
        key.phases(f"tone phases {slot}", TONES),
        carriers,
        key.phases(f"carrier phases {slot}", CARRIERS),
    )


def message_bits(key: WatermarkKey, slot: int, payload: int) -> NDArray[np.uint8]:
    """(MESSAGE_BITS,) bits: the payload, most significant bit first, then its tag."""
    tag = key.tag(f"tag {slot}", payload.to_bytes(8, "big"), TAG_BITS)
    value = (payload << TAG_BITS) | tag
    return np.array([(value >> shift) & 1 for shift in range(MESSAGE_BITS - 1, -1, -1)], np.uint8)


def read_message(key: WatermarkKey, slot: int, bits: NDArray[np.uint8]) -> int | None:
    """The payload of a decoded message, or None where its tag is wrong."""
    value = int.from_bytes(np.packbits(bits).tobytes(), "big")
    payload = value >> TAG_BITS
    tag = key.tag(f"tag {slot}", payload.to_bytes(8, "big"), TAG_BITS)
    return payload if tag == value & ((1 << TAG_BITS) - 1) else None


def coefficients(code_bits: NDArray[np.uint8], phases: NDArray[np.float64]) -> NDArray[np.complex128]:
    """(CARRIERS,) complex of modulus 1: (±1 ± i)/√2 turned by the carrier's phase; a bit 0 is +."""
    signs = 1.0 - 2.0 * code_bits.astype(np.float64)
    return np.asarray((signs[0::2] + 1j * signs[1::2]) / np.sqrt(2.0) * np.exp(1j * phases))
