"""CAWG identity: an organisation's own signature, beside the claim's, over what was published (`cawg.x509.cose`).

c2pa's library can (0.91, `c2pa_identity_signer_create` of its C interface); c2pa-python 0.38 does not wrap that call,
so it is made here. Knows nothing of what the manifest says.
"""

from __future__ import annotations

import ctypes
from typing import Any

import c2pa
from c2pa import c2pa as binding

from countenance.errors import BadOption, LibraryMissing
from countenance.marking.manifest import PERMISSION_LABEL, RENDER_LABEL
from countenance.marking.signers import ClaimSigner, open_signer
from countenance.settings import Settings

REFERENCED = ("cawg.metadata", PERMISSION_LABEL, RENDER_LABEL)
"""Assertions that the organisation signs for, beside the hard binding."""
ROLES = ("cawg.publisher",)
VALIDATED = "cawg.x509.signature.validated"
"""The library's code for an identity whose signature holds."""


def identity_signer(settings: Settings) -> ClaimSigner | None:
    """Who signs for the organisation; None where nobody is set.

    Raises:
        BadOption: neither a PKCS#11 URI nor an https address. ProvenanceError: it cannot be used.
    """
    wanted = settings.identity_signer.strip()
    if not wanted:
        return None
    if wanted == "local":
        raise BadOption(
            "The keys that this installation made for itself prove no organisation.",
            "Set COUNTENANCE_IDENTITY_SIGNER to a PKCS#11 URI or an https address, or to nothing.",
        )
    return open_signer(settings.model_copy(update={"signer": wanted}))


def with_identity(claim: c2pa.Signer, identity: c2pa.Signer) -> c2pa.Signer:
    """One signer that makes both signatures. Both that went in are used up.

    Raises:
        LibraryMissing: the c2pa that is installed cannot. c2pa.C2paError.
    """
    try:
        create = binding._lib.c2pa_identity_signer_create
    except AttributeError as error:
        raise LibraryMissing(
            "The c2pa library that is installed signs no CAWG identity.",
            "Install c2pa-python 0.38, or set COUNTENANCE_IDENTITY_SIGNER to nothing.",
        ) from error
    pointer = ctypes.POINTER(binding.C2paSigner)
    create.restype, create.argtypes = pointer, [pointer, pointer] + [ctypes.POINTER(ctypes.c_char_p)] * 2
    kept = claim._callback_cb, identity._callback_cb  # called from native code for as long as the signer lives
    made = create(claim._handle, identity._handle, _texts(REFERENCED), _texts(ROLES))
    claim._teardown(free_handle=False)
    identity._teardown(free_handle=False)
    if not made:
        raise c2pa.C2paError("the identity's signer could not be made")
    both = c2pa.Signer(made)
    both._callback_cb = kept
    return both


def _texts(texts: tuple[str, ...]) -> Any:
    return (ctypes.c_char_p * (len(texts) + 1))(*[text.encode() for text in texts], None)
