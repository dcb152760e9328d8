"""May this likeness be used for this? Grants, claims and the policy that mints permits."""

from countenance.permission.permit import Permit
from countenance.permission.policy import authorise
from countenance.permission.public_domain import PublicDomainClaim

__all__ = ["Permit", "PublicDomainClaim", "authorise"]
