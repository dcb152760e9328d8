"""Why a likeness may be used, as a caller states it; turned into a Permit when the inputs are known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from countenance.errors import FileMissing
from countenance.files import sha256_file
from countenance.permission import (
    Circumstances,
    GrantClaim,
    LikenessMatch,
    Permit,
    PublicDomainClaim,
    Records,
    authorise,
    load_grant,
)
from countenance.permission.account import note_grant
from countenance.permission.handover import handover_beside
from countenance.permission.ledger import Ledger
from countenance.permission.ledger.usage import Usage
from countenance.permission.likeness import compare, sealed_beside, templates_of
from countenance.permission.policy import Claim, check_grant
from countenance.permission.revocation import RevocationLists
from countenance.permission.rules import LENDS, check_roles
from countenance.settings import default_settings


class Right(Protocol):
    """Anything that can ask the policy for a permit."""

    def permit(self, use: str, *, source: Path, driver: Path | None) -> Permit:
        """For a portrait and what drives it. Raises PermissionRefused."""
        ...

    def permit_for(self, use: str, inputs: Mapping[str, Path], *, double: Claim | None = None) -> Permit:
        """For inputs by role, as `policy.authorise` takes them. Raises PermissionRefused."""
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
        return self.permit_for(use, _inputs(source, driver))

    def permit_for(self, use: str, inputs: Mapping[str, Path], *, double: Claim | None = None) -> Permit:
        """See Right."""
        return authorise(use=use, inputs=inputs, claim=self.claim, double=double)

    def claim_for(self, use: str, inputs: Mapping[str, Path]) -> Claim:
        """The claim itself: it asks nothing of the inputs."""
        del use, inputs
        return self.claim


@dataclass(frozen=True)
class GrantFile:
    """The likeness is used under a signed grant.

    Attributes:
        path: the grant's `.jwt`.
        circumstances: what for, where, in which languages.
        face: which face of the picture is meant.
        face_template: the sealed `.face` that came with the grant; by default the one beside it, or one kept here.
        documents: what the grant rests on, for those that name documents.
    """

    path: Path
    circumstances: Circumstances = field(default_factory=Circumstances)
    face: str = "largest"
    face_template: Path | None = None
    documents: tuple[Path, ...] = ()

    def permit(self, use: str, *, source: Path, driver: Path | None) -> Permit:
        """See Right. The face is held against the grant's template here, before anything is drawn."""
        return self.permit_for(use, _inputs(source, driver))

    def permit_for(self, use: str, inputs: Mapping[str, Path], *, double: Claim | None = None) -> Permit:
        """A permit for inputs by role, as `policy.authorise` takes them. Raises as `claim_for`."""
        claim = self.claim_for(use, inputs)
        with records_at_home() as records:
            permit = authorise(use=use, inputs=inputs, claim=claim, double=double, records=records)
        note_grant(claim.grant, default_settings())
        return permit

    def claim_for(self, use: str, inputs: Mapping[str, Path]) -> GrantClaim:
        """Read the grant, refuse what can be refused at once, then look at the faces.

        Args:
            use: animate, dub, swap, …, or `double` for a plate that shows one.
            inputs: role → file, of the roles this grant speaks for and of others that lend no likeness.

        Raises:
            InputError, FaceError, PermissionRefused, SetupError, ProvenanceError.
        """
        signed = load_grant(self.path)
        for document in self.documents:
            if not document.is_file():
                raise FileMissing(f"There is no document {document}.")
        at_hand = frozenset(sha256_file(document) for document in self.documents)
        claim = GrantClaim(signed, self.circumstances, {}, at_hand, handover_beside(self.path))
        check_roles(use, inputs.keys())
        check_grant(claim, use, Records.at_home(), datetime.now(UTC))
        matches: dict[str, LikenessMatch] = {}
        if signed.grant.likeness.faces:
            templates = templates_of(signed, sealed=self.face_template or sealed_beside(self.path))
            for role, path in inputs.items():
                match = compare(path, templates, self.face) if LENDS[use][role] == "face" else None
                if match is not None:
                    matches[role] = match
        return replace(claim, matches=matches)


def public_domain(text: str, basis: str | None = None) -> PublicDomain:
    """A right by the public domain: `public_domain("Mona Lisa, Leonardo da Vinci, c. 1503")`.

    Raises:
        PermissionRefused: it names no work, author and year, or they do not bear the claim out.
    """
    return PublicDomain(PublicDomainClaim.parse(text, basis))


def _inputs(source: Path, driver: Path | None) -> dict[str, Path]:
    return {"source": source} | ({"driver": driver} if driver is not None else {})


@contextmanager
def records_at_home() -> Iterator[Records]:
    """What grants are held against: this installation's records, the signers' lists and the ledger."""
    settings = default_settings()
    with Ledger.open(settings) as ledger:
        yield Records.at_home(settings, revocation=RevocationLists.at_home(settings), usage=Usage(ledger))
