"""May this likeness be used for this? Grants, claims and the policy that mints permits."""

from countenance.permission.circumstances import Circumstances
from countenance.permission.claim import GrantClaim, LikenessMatch, Records
from countenance.permission.grant import Grant
from countenance.permission.permit import Permit
from countenance.permission.policy import authorise
from countenance.permission.public_domain import PublicDomainClaim
from countenance.permission.signed_grant import SignedGrant, load_grant, read_grant, sign_grant

__all__ = [
    "Circumstances",
    "Grant",
    "GrantClaim",
    "LikenessMatch",
    "Permit",
    "PublicDomainClaim",
    "Records",
    "SignedGrant",
    "authorise",
    "load_grant",
    "read_grant",
    "sign_grant",
]
