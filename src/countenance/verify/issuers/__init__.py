"""Found from anywhere: a mark's number leads to its issuer, and a signed directory says who and where that is.

Knows nothing of engines and of how renders are made.
"""

from countenance.verify.issuers.directory import (
    Directory,
    DirectoryContent,
    Issuer,
    IssuerKey,
    publisher_of,
    read_directory,
    read_draft,
    sign_directory,
)
from countenance.verify.issuers.directory_store import DirectoryStore, Followed, Listed
from countenance.verify.issuers.issuer_record import IssuerRecord, with_issuers
from countenance.verify.issuers.publishers import Publisher, Publishers

__all__ = [
    "Directory",
    "DirectoryContent",
    "DirectoryStore",
    "Followed",
    "Issuer",
    "IssuerKey",
    "IssuerRecord",
    "Listed",
    "Publisher",
    "Publishers",
    "publisher_of",
    "read_directory",
    "read_draft",
    "sign_directory",
    "with_issuers",
]
