"""The front door of permission: a job says on what each likeness rests, is refused early, and gets its permit.

    with Authorisation("swap", {"source": hers, "plate": doubles}, settings) as asking:
        asking.preflight()                                 # before any file is decoded
        …
        permit = asking.permit({"source": likeness, "plate": plate}, {})

What can be refused without looking at anybody is refused in `preflight`. Grants are read once, and so is the ledger
opened.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Protocol

from countenance.face.identity import FaceTemplate
from countenance.face.subject import Subject
from countenance.media.source import Source
from countenance.permission import rules
from countenance.permission.consent_proof import proofs_beside
from countenance.permission.document import document_hash
from countenance.permission.face_matching import sealed_beside, templates_of
from countenance.permission.grant_claim import GrantClaim, Records
from countenance.permission.handover import handover_beside
from countenance.permission.intended_use import Circumstances
from countenance.permission.ledger import Ledger
from countenance.permission.ledger.clock import now_of
from countenance.permission.ledger.usage import Usage
from countenance.permission.ledger_entries import note_grant
from countenance.permission.permit import Permit
from countenance.permission.policy import (
    Claim,
    authorise,
    check_grant,
    check_public_domain,
    check_stated,
)
from countenance.permission.revocation import RevocationLists
from countenance.permission.scripts import ScriptReview
from countenance.permission.signed_grant import SignedGrant, load_grant
from countenance.permission.standing import check_standing
from countenance.permission.synthetic import recipe_beside
from countenance.permission.territories import market_codes, territory_of
from countenance.permission.works import PublicDomainClaim
from countenance.settings import Settings


class Right(Protocol):
    """Why a likeness may be used, as a caller states it."""

    def claim(self, settings: Settings) -> Claim:
        """What the policy decides on, before anybody was looked at. Raises FileMissing, PermissionRefused."""
        ...


@dataclass(frozen=True)
class PublicDomain:
    """The source is a public-domain work.

    Attributes:
        work: its name, author and year.
    """

    work: PublicDomainClaim

    def claim(self, settings: Settings) -> Claim:
        """See Right."""
        del settings
        return self.work


@dataclass(frozen=True)
class GrantFile:
    """The likeness is used under a signed grant. Which person of a file is meant, the subject says, not this.

    Attributes:
        path: the grant's `.jwt`.
        circumstances: what for, where, in which languages.
        face_template: the sealed `.face` that came with the grant; by default the one beside it, or one kept here.
        documents: what the grant rests on, for those that name documents.
    """

    path: Path
    circumstances: Circumstances = field(default_factory=Circumstances)
    face_template: Path | None = None
    documents: tuple[Path, ...] = ()

    def claim(self, settings: Settings) -> GrantClaim:
        """See Right.

        Raises:
            FileMissing, EmptyFile, NotAFile; PermissionRefused: as `load_grant`, permission.face_sealed,
            permission.face_other; ProvenanceError: mark.passphrase.
        """
        signed = load_grant(self.path)
        at_hand = frozenset(document_hash(document) for document in self.documents)
        templates = self.templates(signed, settings)
        recipe = recipe_beside(self.path) if signed.grant.kind == "synthetic" else None
        if recipe is not None:
            at_hand |= {hashlib.sha256(recipe).hexdigest()}
        beside, proofs = handover_beside(self.path), proofs_beside(self.path, signed)
        return GrantClaim(signed, self.circumstances, templates, at_hand, beside, proofs, recipe)

    def templates(self, signed: SignedGrant, settings: Settings) -> tuple[FaceTemplate, ...]:
        """The grant's face templates that are here, with the one that came with it. Raises as `templates_of`."""
        if not signed.grant.likeness.faces:
            return ()
        return templates_of(signed, settings, sealed=self.face_template or sealed_beside(self.path))


def public_domain(
    text: str, basis: str | None = None, *, purpose: str | None = None, territories: Sequence[str] = ()
) -> PublicDomain:
    """A right by the public domain: `public_domain("Mona Lisa, Leonardo da Vinci, c. 1503")`.

    Args:
        text, basis: see `PublicDomainClaim.parse`.
        purpose, territories: what for and where; in trade a dead person's likeness is their heirs' for longer.

    Raises:
        PermissionRefused: it names no work, author and year, or they do not bear the claim out.
    """
    return PublicDomain(PublicDomainClaim.parse(text, basis, purpose=purpose, territories=territories))


def in_language(right: Right, language: str) -> Right:
    """The right, asked in this language too (BCP 47): what is spoken counts, whatever the viewers read."""
    if not isinstance(right, GrantFile):
        return right
    said = right.circumstances
    languages = tuple(dict.fromkeys((*said.languages, language)))
    return replace(right, circumstances=replace(said, languages=languages))


class Authorisation:
    """One job's dealings with permission; a context manager.

    Args:
        use: animate, dub, swap, …
        rights: role → on what the use of the likeness in that role rests.
        settings: whose records.
        script: what was found in the words that are spoken, once they were allowed; None where nothing is.

    Raises, on entering:
        FileMissing, EmptyFile, PermissionRefused, ProvenanceError, OutputError: grants or records cannot be read.
        HomeWrong, ClockWrong: the records are not those that were here, or the clock was set back; see `Ledger.open`.
    """

    def __init__(
        self, use: str, rights: Mapping[str, Right], settings: Settings, script: ScriptReview | None = None
    ) -> None:
        self._use, self._rights, self._settings, self._script = use, rights, settings, script
        self._stack = ExitStack()

    def __enter__(self) -> Authorisation:
        with ExitStack() as opening:
            read = {id(right): right.claim(self._settings) for right in self._rights.values()}
            if self._use != "train":  # what is only learnt is shown nowhere yet
                places = tuple(dict.fromkeys(territory_of(code) for code in market_codes(self._settings.market)))
                read = {key: _shown_in(claim, places) for key, claim in read.items()}
            self._claims = {role: read[id(right)] for role, right in self._rights.items()}
            self._ledger = ledger = opening.enter_context(Ledger.open(self._settings))
            now_of(ledger)
            self._records = Records.at_home(
                self._settings, revocation=RevocationLists.at_home(self._settings), usage=Usage(ledger)
            )
            self._stack = opening.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    @property
    def ledger(self) -> Ledger:
        """The ledger, open while this is; the exit enters in it what becomes of the permit."""
        return self._ledger

    def claim(self, role: str) -> Claim:
        """What the use in this role rests on."""
        return self._claims[role]

    def preflight(self, roles: tuple[str, ...]) -> None:
        """Refuse what can be refused before any file is looked at.

        Args:
            roles: of the inputs there will be.

        Raises:
            PermissionRefused: see `rules`, `circumstances`; permission.missing, permission.double; of a grant also
            permission.revoked, permission.revocation_unknown, permission.count.
        """
        rules.check_roles(self._use, roles)
        check_stated(self._use, roles, self._claims)
        asked: set[tuple[int, str]] = set()
        for role in roles:
            lent = rules.lent_in(self._use, role)
            if lent in rules.UNASKED:
                continue
            claim, use = self._claims[role], "double" if lent == "double" else self._use
            if (id(claim), use) in asked:
                continue
            asked.add((id(claim), use))
            self.check(claim, use)

    def check(self, claim: Claim, use: str) -> list[str]:
        """All that can be said of one claim without its subject; what could not be learnt. Raises PermissionRefused."""
        if isinstance(claim, GrantClaim):
            now = now_of(self._ledger)
            check_grant(claim, use, self._records, now)
            return check_standing(claim.grant, self._records, now)
        claim.check()
        check_public_domain(use)
        return []

    def decide(self, subjects: Mapping[str, Subject], others: Mapping[str, Source]) -> Permit:
        """The permit for these people in these files. Arguments and errors as `policy.authorise`."""
        return authorise(
            use=self._use,
            subjects=subjects,
            claims=self._claims,
            others=others,
            records=self._records,
            script=self._script,
            now=now_of(self._ledger),
        )

    def permit(self, subjects: Mapping[str, Subject], others: Mapping[str, Source]) -> Permit:
        """As `decide`, and the grants that it rests on are entered in the ledger: something is about to be made."""
        permit = self.decide(subjects, others)
        for claim in {id(one): one for one in self._claims.values()}.values():
            if isinstance(claim, GrantClaim):
                note_grant(claim.grant, self._ledger)
        return permit


def _shown_in(claim: Claim, places: tuple[str, ...]) -> Claim:
    """The claim with the markets' territories among its own, so that grants and the terms after a death cover them."""
    if not places:
        return claim
    if isinstance(claim, GrantClaim):
        stated = claim.circumstances
        wider = tuple(dict.fromkeys((*stated.territories, *places)))
        return replace(claim, circumstances=replace(stated, territories=wider))
    if not claim.territories:  # anywhere, which is stricter
        return claim
    return replace(claim, territories=tuple(dict.fromkeys((*claim.territories, *places))))
