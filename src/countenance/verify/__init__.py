"""What a file says about itself, and whether to believe it: for anyone, with nothing but the file.

    from countenance.verify import verify_file
    print(verify_file(Path("clip.mp4")).summary)

Knows nothing of engines. Opens files for reading only, and never says that a file is authentic for want of a mark.
"""

from countenance.verify.inquiry import Inquiry, in_language, verify_file, verify_stream
from countenance.verify.issuers import (
    DirectoryContent,
    DirectoryStore,
    Followed,
    Issuer,
    Listed,
    Publisher,
    Publishers,
    publisher_of,
    read_directory,
    read_draft,
    sign_directory,
)
from countenance.verify.permission_status import PermissionStatus, RecordedPermission
from countenance.verify.record import Clues, LocalRecord, Record, RecordFinding, Search, open_record
from countenance.verify.verdict import Outcome, Verdict

__all__ = [
    "Clues",
    "DirectoryContent",
    "DirectoryStore",
    "Followed",
    "Inquiry",
    "Issuer",
    "Listed",
    "LocalRecord",
    "Outcome",
    "PermissionStatus",
    "Publisher",
    "Publishers",
    "Record",
    "RecordFinding",
    "RecordedPermission",
    "Search",
    "Verdict",
    "in_language",
    "open_record",
    "publisher_of",
    "read_directory",
    "read_draft",
    "sign_directory",
    "verify_file",
    "verify_stream",
]
