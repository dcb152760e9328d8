"""What an operator brings to the policy beside the subjects: a grant, what for, and the face it names. Values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from countenance.face.identity import FaceTemplate
from countenance.permission.consent_proof import Proofs
from countenance.permission.handover import SignedHandover, users_of
from countenance.permission.intended_use import Circumstances
from countenance.permission.issuers import KnownIssuers
from countenance.permission.judged_takes import JudgedTakes
from countenance.permission.keyring import Keyring
from countenance.permission.permit import GrantUse
from countenance.permission.protocols import RevocationCheck, UsageCounter
from countenance.permission.reviews import Reviews
from countenance.permission.signed_grant import SignedGrant
from countenance.permission.templates import TemplateStore
from countenance.permission.trust_list import TrustList
from countenance.settings import Settings


@dataclass(frozen=True)
class GrantClaim:
    """A likeness is used under a signed grant.

    Attributes:
        grant: as read.
        circumstances: what for.
        templates: of the person, those of the grant's faces that are kept here.
        documents: SHA-256 hex of the documents at hand.
        handover: where the grant came by one.
        proofs: what came beside it for others to check.
        recipe: of a synthetic person, what lay beside the grant; its hash is among `documents`.
    """

    grant: SignedGrant
    circumstances: Circumstances = field(default_factory=Circumstances)
    templates: tuple[FaceTemplate, ...] = field(default=(), repr=False)
    documents: frozenset[str] = frozenset()
    handover: SignedHandover | None = None
    proofs: Proofs = field(default_factory=Proofs)
    recipe: bytes | None = field(default=None, repr=False)

    @property
    def hash(self) -> str:
        """SHA-256 hex of the grant."""
        return self.grant.sha256

    def counted(self, use: str, now: datetime) -> GrantUse:
        """What is counted of the grant used for `use`, and by whom. Raises PermissionRefused: as `users_of`."""
        grant, handed = self.grant.grant, self.handover
        shown = bool(grant.receipts)
        return GrantUse(
            grant=grant.id,
            grant_sha256=self.grant.sha256,
            kind=grant.kind,
            use=use,
            times=grant.scope.times,
            since=grant.scope.counted_since(now),
            users=users_of(self.grant, handed, now),
            receipts=grant.receipts,
            receipts_key=grant.receipts_key or "",
            document=self.grant.document.text if shown else "",
            handover=handed.document.text if shown and handed is not None else "",
        )


@dataclass(frozen=True)
class Records:
    """What the policy looks things up in.

    Attributes:
        own: identities whose keys are here.
        issuers: whose grants are trusted.
        reviews: people's answers where the numbers leave a likeness open.
        revocation: None knows nothing, and a grant that can be revoked is then refused.
        usage: None knows nothing, and a grant with a limit on times is then refused.
        offline: what to do where revocation cannot be learnt.
        made_here: identities whose keys were ever made here, deleted ones too; they sign for nobody else here.
        trust_list: authorities that are trusted here.
        judged_takes: SHA-256 of the live takes that were judged here and accepted.
        faces: templates that grants and likenesses here name; none of them is in the public domain.
    """

    own: frozenset[str]
    issuers: KnownIssuers
    reviews: Reviews
    revocation: RevocationCheck | None = None
    usage: UsageCounter | None = None
    offline: Literal["refuse", "allow"] = "refuse"
    made_here: frozenset[str] = frozenset()
    trust_list: TrustList = field(default_factory=TrustList)
    judged_takes: frozenset[str] = frozenset()
    faces: TemplateStore | None = None

    @classmethod
    def at_home(
        cls,
        settings: Settings,
        *,
        revocation: RevocationCheck | None = None,
        usage: UsageCounter | None = None,
    ) -> Records:
        """The records of this installation."""
        ring = Keyring.at_home(settings)
        return cls(
            own=frozenset(identity.did for identity in ring.identities()),
            issuers=KnownIssuers.at_home(settings),
            reviews=Reviews.at_home(settings),
            revocation=revocation,
            usage=usage,
            offline=settings.revocation_offline,
            made_here=ring.ever(),
            trust_list=TrustList.at_home(settings),
            faces=TemplateStore.at_home(settings),
            judged_takes=JudgedTakes.at_home(settings).accepted(),
        )
