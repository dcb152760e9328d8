"""May this likeness be used for this? Grants, claims and the policy that mints permits.

What is named here is loaded when it is first used: a refusal for its purpose needs neither pictures nor the ledger.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from countenance.permission.authorisation import Authorisation, GrantFile, PublicDomain, Right
    from countenance.permission.grant import Grant
    from countenance.permission.grant_claim import GrantClaim, Records
    from countenance.permission.intended_use import Circumstances
    from countenance.permission.permit import Permit, Permitted
    from countenance.permission.policy import authorise
    from countenance.permission.signed_grant import SignedGrant, load_grant, read_grant, sign_grant
    from countenance.permission.works import PublicDomainClaim

_HOMES = {
    "Authorisation": "authorisation",
    "Circumstances": "intended_use",
    "Grant": "grant",
    "GrantClaim": "grant_claim",
    "GrantFile": "authorisation",
    "Permit": "permit",
    "Permitted": "permit",
    "PublicDomain": "authorisation",
    "PublicDomainClaim": "works",
    "Records": "grant_claim",
    "Right": "authorisation",
    "SignedGrant": "signed_grant",
    "authorise": "policy",
    "load_grant": "signed_grant",
    "read_grant": "signed_grant",
    "sign_grant": "signed_grant",
}

__all__ = [
    "Authorisation",
    "Circumstances",
    "Grant",
    "GrantClaim",
    "GrantFile",
    "Permit",
    "Permitted",
    "PublicDomain",
    "PublicDomainClaim",
    "Records",
    "Right",
    "SignedGrant",
    "authorise",
    "load_grant",
    "read_grant",
    "sign_grant",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
