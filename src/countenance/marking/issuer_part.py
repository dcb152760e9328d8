"""Whose number it is that a mark carries: the issuer's part of the 64-bit payload. Pure.

    issuer (24 bits, 0x010000 to 0xffffff) │ serial (40 bits, random)      of an installation that has an issuer number
    0x00                                   │ serial (56 bits, random)      of one that has none

24 bits are 16.7 million issuers. 40 bits of serial are drawn anew until the issuer's registry does not have them, so
that one registry never gives a number twice; registries that share an issuer number without sharing their records would
meet after about a million renders (n²/2⁴¹), and are to have a number each. Without an issuer number nobody can compare,
and 56 bits are taken: among 10 million renders of all such installations two share a number with a chance of 0.07 %
(n²/2⁵⁷); 40 bits would be sure to collide. Whoever reads a shared number is not misled: a mark alone names nothing.

Payloads of releases before this were 64 random bits. They read as those of some issuer, and lead to one that is listed
by chance: with N listed, N times in 16.7 million; that one does not know them, and says so.
"""

from __future__ import annotations

import secrets

ISSUER_BITS, SERIAL_BITS = 24, 40
LOWEST, HIGHEST = 1 << 16, (1 << ISSUER_BITS) - 1
"""Issuer numbers. Those below have a first byte of 0, which is kept for installations without one."""


def issuer_of(payload: int) -> int | None:
    """The issuer's number in a payload; None where it has none."""
    number = payload >> SERIAL_BITS
    return number if LOWEST <= number <= HIGHEST else None


def drawn_payload(issuer: int | None) -> int:
    """A random payload, never 0.

    Args:
        issuer: number of the installation's issuer, `LOWEST` to `HIGHEST`; None where it has none.

    Raises:
        ValueError: no number of an issuer.
    """
    if issuer is None:
        return secrets.randbelow((1 << 56) - 1) + 1
    if not LOWEST <= issuer <= HIGHEST:
        raise ValueError(f"{issuer} is no number of an issuer")
    return issuer << SERIAL_BITS | secrets.randbits(SERIAL_BITS)
