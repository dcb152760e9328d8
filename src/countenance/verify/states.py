"""What C2PA's codes and errors come to, in one table. Only what surely means a change is told as one; whatever is not
known here could not be read, which accuses nobody. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable

from countenance.verify.findings import ManifestState

HARMLESS = frozenset({"signingCredential.untrusted", "cawg.x509.credential.untrusted"})
"""That nobody here vouches for the signer, or for the organisation, is told by the state, not as a fault."""

FILE_DIFFERS = frozenset(
    {
        "assertion.bmffHash.mismatch",
        "assertion.dataHash.mismatch",
        "assertion.boxesHash.mismatch",
        "assertion.collectionHash.mismatch",
    }
)

_CODES: tuple[tuple[str, ManifestState, str, str], ...] = (
    # what the code begins with, the state, the words' key under `broken`, and for machines
    *((code, "invalid", "file", "The manifest was made for other bytes.") for code in FILE_DIFFERS),
    (
        "assertion.hashedURI.mismatch",
        "invalid",
        "statements",
        "What the manifest states was changed after it was signed.",
    ),
    ("assertion.missing", "invalid", "statements", "Something the manifest refers to is missing."),
    ("claimSignature.mismatch", "invalid", "signature", "The signature does not fit the manifest."),
    ("claimSignature.missing", "invalid", "signature", "The manifest is not signed."),
    ("signingCredential.revoked", "invalid", "certificate", "The signer's certificate was revoked."),
    ("signingCredential.invalid", "invalid", "certificate", "The signer's certificate may not sign manifests."),
    ("signingCredential.expired", "lapsed", "lapsed", "The signer's certificate has expired, and no time stamp helps."),
    ("claimSignature.outsideValidity", "lapsed", "lapsed", "It was signed outside the certificate's validity."),
    ("timeStamp.", "unreadable", "other", "Its time stamp does not hold, or is of a kind that is not known here."),
    ("ingredient.", "unreadable", "other", "The manifest of something that went in does not hold."),
)
_GRAVEST: tuple[ManifestState, ...] = ("invalid", "lapsed", "unreadable")

_ERRORS: tuple[tuple[str, ManifestState], ...] = (
    # what c2pa's message contains; none of these says that anybody changed anything
    ("type is unsupported", "none"),
    ("NotSupported", "none"),
    ("no JUMBF data found", "none"),
    ("ManifestNotFound", "none"),
)


def of_codes(failures: Iterable[str]) -> tuple[ManifestState, str, str]:
    """State, key of the words' `broken`, and a sentence, for failures of a manifest that does not hold."""
    found: list[tuple[ManifestState, str, str]] = []
    for code in failures:
        known = next((row for row in _CODES if code.startswith(row[0])), None)
        if known is None:
            found.append(("unreadable", "other", f"The manifest could not be checked ({code})."))
        else:
            found.append(known[1:])
    return min(found, key=lambda one: _GRAVEST.index(one[0]), default=("unreadable", "other", "It was not checked."))


def of_error(message: str) -> ManifestState:
    """The state for an error that ended reading."""
    return next((state for part, state in _ERRORS if part in message), "unreadable")
