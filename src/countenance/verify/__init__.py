"""What a file says about itself, and whether to believe it: for anyone, with nothing but the file.

    from countenance.verify import verify_file
    print(verify_file(Path("clip.mp4")).summary)

Knows nothing of engines. Opens files for reading only, and never says that a file is authentic for want of a mark.
"""

from countenance.verify.inquiry import Inquiry, in_language, verify_file, verify_stream
from countenance.verify.permission_status import PermissionStatus, RecordedPermission
from countenance.verify.record import Clues, LocalRecord, Record, RecordFinding, Search, open_record
from countenance.verify.verdict import Outcome, Verdict

__all__ = [
    "Clues",
    "Inquiry",
    "LocalRecord",
    "Outcome",
    "PermissionStatus",
    "Record",
    "RecordFinding",
    "RecordedPermission",
    "Search",
    "Verdict",
    "in_language",
    "open_record",
    "verify_file",
    "verify_stream",
]
