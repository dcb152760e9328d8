"""Why a likeness may be used, as a caller states it; turned into a Permit when the inputs are known."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from countenance.permission import Permit, PublicDomainClaim, authorise


class Right(Protocol):
    """Anything that can ask the policy for a permit."""

    def permit(self, use: str, *, source: Path, driver: Path | None) -> Permit:
        """Raises PermissionRefused."""
        ...


@dataclass(frozen=True)
class PublicDomain:
    """The source is a public-domain work.

    Attributes:
        claim: work, author and year.
    """

    claim: PublicDomainClaim

    def permit(self, use: str, *, source: Path, driver: Path | None) -> Permit:
        """See Right."""
        inputs = {"source": source} | ({"driver": driver} if driver is not None else {})
        return authorise(use=use, inputs=inputs, claim=self.claim)


def public_domain(text: str, basis: str | None = None) -> PublicDomain:
    """A right by the public domain: `public_domain("Mona Lisa, Leonardo da Vinci, c. 1503")`.

    Raises:
        PermissionRefused: it names no work, author and year, or they do not bear the claim out.
    """
    return PublicDomain(PublicDomainClaim.parse(text, basis))
