"""What an operator brings to the policy beside the inputs: a grant, what for, and how the faces compared. Values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from countenance.permission.circumstances import Circumstances
from countenance.permission.handover import SignedHandover
from countenance.permission.issuers import KnownIssuers
from countenance.permission.keyring import Keyring
from countenance.permission.reviews import Reviews
from countenance.permission.seams import RevocationCheck, UsageCounter
from countenance.permission.signed_grant import SignedGrant
from countenance.settings import Settings, default_settings


@dataclass(frozen=True)
class LikenessMatch:
    """How the face in one input compared with the grant's template.

    Attributes:
        input_sha256: of the file that was looked at.
        template: fingerprint of the nearest template.
        distance: see `face.identity`.
        made_of: of a likeness, SHA-256 of the files it was made of; empty for what is a picture or clip itself.
    """

    input_sha256: str
    template: str
    distance: float
    made_of: tuple[str, ...] = ()


@dataclass(frozen=True)
class GrantClaim:
    """A likeness is used under a signed grant.

    Attributes:
        grant: as read.
        circumstances: what for.
        matches: role → how its face compared; roles that lend a face must be here.
        documents: SHA-256 hex of the documents at hand.
        handover: where the grant came by one.
    """

    grant: SignedGrant
    circumstances: Circumstances = field(default_factory=Circumstances)
    matches: Mapping[str, LikenessMatch] = field(default_factory=dict)
    documents: frozenset[str] = frozenset()
    handover: SignedHandover | None = None

    @property
    def hash(self) -> str:
        """SHA-256 hex of the grant."""
        return self.grant.sha256


@dataclass(frozen=True)
class Records:
    """What the policy looks things up in.

    Attributes:
        own: identities whose keys are here.
        issuers: whose grants are believed.
        reviews: people's answers where the numbers leave a likeness open.
        revocation: None knows nothing, and a grant that can be revoked is then refused.
        usage: None knows nothing, and a grant with a limit on times is then refused.
        offline: what to do where revocation cannot be learnt.
    """

    own: frozenset[str]
    issuers: KnownIssuers
    reviews: Reviews
    revocation: RevocationCheck | None = None
    usage: UsageCounter | None = None
    offline: Literal["refuse", "allow"] = "refuse"

    @classmethod
    def at_home(
        cls,
        settings: Settings | None = None,
        *,
        revocation: RevocationCheck | None = None,
        usage: UsageCounter | None = None,
    ) -> Records:
        """The records of this installation."""
        settings = settings or default_settings()
        return cls(
            own=frozenset(identity.did for identity in Keyring.at_home(settings).identities()),
            issuers=KnownIssuers.at_home(settings),
            reviews=Reviews.at_home(settings),
            revocation=revocation,
            usage=usage,
            offline=settings.revocation_offline,
        )
