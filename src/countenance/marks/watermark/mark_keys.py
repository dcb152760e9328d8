"""Keys of the invisible mark, and the pseudo-random streams drawn from them. Knows nothing of pictures.

The public key is public on purpose: with it anyone can find and read the mark (and could copy it onto another
picture; what a payload means is settled by the registry and the signed manifest). An organisation may add a
second mark under a key of its own, which only holders of that key can find.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from countenance.errors import ProvenanceError

MIN_SECRET_BYTES = 16


@dataclass(frozen=True, slots=True)
class WatermarkKey:
    """32 bytes from which carriers, phases and tags are drawn.

    Attributes:
        secret: 32 bytes; not shown by `repr`.
        name: what to call the key in reports; no part of the derivation.
    """

    secret: bytes = field(repr=False)
    name: str = "private"

    def __post_init__(self) -> None:
        if len(self.secret) != 32:
            raise ProvenanceError(
                f"A watermark key has 32 bytes, this one has {len(self.secret)}.",
                "Make the key with WatermarkKey.from_secret().",
                code="mark.key",
            )

    @classmethod
    def from_secret(cls, secret: bytes, name: str = "private") -> WatermarkKey:
        """A key of one's own from at least 16 secret bytes (HMAC-SHA256 under a fixed label).

        Raises:
            ProvenanceError: `mark.key` for a shorter secret.
        """
        if len(secret) < MIN_SECRET_BYTES:
            raise ProvenanceError(
                f"A watermark secret of {len(secret)} bytes is too short.",
                f"Use at least {MIN_SECRET_BYTES} random bytes, for example secrets.token_bytes(32).",
                code="mark.key",
            )
        return cls(hmac.new(b"countenance watermark key v1", secret, hashlib.sha256).digest(), name)

    def words(self, label: str, count: int) -> NDArray[np.uint64]:
        """(count,) uint64: HMAC-SHA256(secret, label ‖ 0x00 ‖ block number, 4 bytes) as big-endian words."""
        blocks = [
            hmac.new(self.secret, label.encode() + b"\0" + number.to_bytes(4, "big"), hashlib.sha256).digest()
            for number in range((count + 3) // 4)
        ]
        return np.frombuffer(b"".join(blocks), dtype=">u8")[:count].astype(np.uint64)

    def permutation(self, label: str, size: int) -> NDArray[np.int64]:
        """(size,) int64: the order that sorts `words(label, size)`, ties by index."""
        return np.argsort(self.words(label, size), kind="stable").astype(np.int64)

    def phases(self, label: str, count: int) -> NDArray[np.float64]:
        """(count,) float64 radians in [0, 2π), from the words' upper 32 bits."""
        return (self.words(label, count) >> np.uint64(32)).astype(np.float64) * (2 * np.pi / 2**32)

    def tag(self, label: str, message: bytes, bits: int) -> int:
        """The first `bits` bits of HMAC-SHA256(secret, label ‖ 0x00 ‖ message), as an integer."""
        digest = hmac.new(self.secret, label.encode() + b"\0" + message, hashlib.sha256).digest()
        return int.from_bytes(digest, "big") >> (256 - bits)


PUBLIC_KEY = WatermarkKey(hashlib.sha256(b"countenance public watermark key v1").digest(), "public")
"""The key under which every output is marked and anyone can look."""
