"""Why a likeness may be used, as a caller states it; turned into a Permit when the inputs are known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from countenance.errors import FileMissing, PermissionRefused
from countenance.face.identity import FaceTemplate
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
from countenance.permission.likeness import compare, compare_known, sealed_beside, templates_of
from countenance.permission.policy import Claim, check_grant, check_standing
from countenance.permission.revocation import RevocationLists
from countenance.permission.rules import LENDS, check_roles
from countenance.permission.signed_grant import SignedGrant
from countenance.render.likeness_store import is_likeness_file, template_of_likeness
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

    def claim_for(
        self, use: str, inputs: Mapping[str, Path], *, known: Mapping[str, FaceTemplate] | None = None
    ) -> Claim:
        """The claim itself: it asks nothing of the inputs."""
        del use, inputs, known
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

    def permit_for(
        self,
        use: str,
        inputs: Mapping[str, Path],
        *,
        double: Claim | None = None,
        known: Mapping[str, FaceTemplate] | None = None,
    ) -> Permit:
        """A permit for inputs by role, as `policy.authorise` takes them; `known` and raises as for `claim_for`."""
        claim = self.claim_for(use, inputs, known=known)
        with records_at_home() as records:
            permit = authorise(use=use, inputs=inputs, claim=claim, double=double, records=records)
        note_grant(claim.grant, default_settings())
        return permit

    def claim_for(
        self, use: str, inputs: Mapping[str, Path], *, known: Mapping[str, FaceTemplate] | None = None
    ) -> GrantClaim:
        """Read the grant, refuse what can be refused at once, then look at the faces.

        Args:
            use: animate, dub, swap, …, or `double` for a plate that shows one.
            inputs: role → file, of the roles this grant speaks for and of others that lend no likeness. A `.likeness`
                is held against the grant by the template in it, and only if its key is here.
            known: role → template of the face that is meant, where the caller has described it in this file already; a
                `.likeness` is always asked itself.

        Raises:
            InputError, FaceError, PermissionRefused, SetupError, ProvenanceError.
        """
        claim = self.claim_without_faces()
        check_roles(use, inputs.keys())
        check_grant(claim, use, Records.at_home(), datetime.now(UTC))
        signed = claim.grant
        matches: dict[str, LikenessMatch] = {}
        if signed.grant.likeness.faces:
            templates = self.templates(signed)
            for role, path in inputs.items():
                match = self._match(path, templates, (known or {}).get(role)) if LENDS[use][role] == "face" else None
                if match is not None:
                    matches[role] = match
        return replace(claim, matches=matches)

    def claim_without_faces(self) -> GrantClaim:
        """The claim before anybody was looked at: the grant, what for, and the documents at hand.

        Raises:
            FileMissing, PermissionRefused.
        """
        signed = load_grant(self.path)
        for document in self.documents:
            if not document.is_file():
                raise FileMissing(f"There is no document {document}.")
        at_hand = frozenset(sha256_file(document) for document in self.documents)
        return GrantClaim(signed, self.circumstances, {}, at_hand, handover_beside(self.path))

    def agreed(self, use: str) -> SignedGrant:
        """The grant, as far as can be said before anybody is looked at.

        Raises:
            FileMissing; PermissionRefused: as `policy.check_grant` and `policy.check_standing`.
        """
        claim = self.claim_without_faces()
        now = datetime.now(UTC)
        with records_at_home() as records:
            check_grant(claim, use, records, now)
            check_standing(claim.grant, records, now)
        return claim.grant

    def templates(self, signed: SignedGrant) -> tuple[FaceTemplate, ...]:
        """The grant's face templates that are here, with the one that came with it. Raises as `templates_of`."""
        return templates_of(signed, sealed=self.face_template or sealed_beside(self.path))

    def _match(
        self, path: Path, templates: tuple[FaceTemplate, ...], known: FaceTemplate | None
    ) -> LikenessMatch | None:
        if is_likeness_file(path):  # what is in the file counts, whatever a caller believes
            inside, material = template_of_likeness(path)
            return compare_known(path, templates, inside, material)
        return compare(path, templates, self.face) if known is None else compare_known(path, templates, known)


def permit_for_swap(
    likeness_right: GrantFile | PublicDomain,
    double_right: GrantFile | PublicDomain | None,
    likeness: Path,
    template: FaceTemplate | None,
    plate: Path,
    use: str = "swap",
    *,
    double_template: FaceTemplate | None = None,
) -> Permit:
    """A permit to put a likeness on a body double.

    Args:
        likeness_right: of the person whose likeness it is; must allow `use`.
        double_right: of whoever the plate shows; must allow the use `double`.
        likeness: the `.likeness` file; the permit is bound to its hash.
        template: of the likeness, where `likeness` is no `.likeness` to ask, but a take that is never written; or None.
        plate: the clip or picture.
        use: swap or kiosk.
        double_template: of the one person in the plate who will be redrawn, where that is known already; None to look.

    Raises:
        PermissionRefused: permission.double, where the double has not agreed; permission.face, where likeness and
            grant are of different people, or the plate shows another double; and as `policy.authorise`.
        InputError, FaceError, SetupError, ProvenanceError.
    """
    inputs = {"source": likeness, "plate": plate}
    if double_right is None:
        raise PermissionRefused(
            "The plate shows a person who has not permitted another face to be put on them.",
            "Add the double's own grant with --double-permission grant.jwt; it must allow the use `double`.",
            code="permission.double",
        )
    known = {} if template is None else {"source": template}
    claim = likeness_right.claim_for(use, inputs, known=known)
    seen = {} if double_template is None else {"plate": double_template}
    double = double_right.claim_for("double", {"plate": plate}, known=seen)
    with records_at_home() as records:
        permit = authorise(use=use, inputs=inputs, claim=claim, double=double, records=records)
    for one in (claim, double):
        if isinstance(one, GrantClaim):
            note_grant(one.grant, default_settings())
    return permit


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
