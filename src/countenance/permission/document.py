"""The documents that a grant rests on: a deed, a recipe. What can be seen of one without reading it.

That it says what it is claimed to say, nobody here can tell: an estate and a guardian are the maker's word, and told as
that. Knows nothing of grants.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import Path

from countenance.errors import FileMissing, PermissionRefused, TooLarge

LARGEST = 64 << 20  # bytes
LEAST_LETTERS = 40  # of a text: a name, a date and what is granted take more
_REMEDY = "Give the document itself: a PDF, a scan (JPEG, PNG, TIFF), a text or an office file."
_PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"II*\x00", b"MM\x00*")


def document_hash(path: Path) -> str:
    """SHA-256 hex of a document that has content.

    Raises:
        FileMissing, TooLarge; PermissionRefused: permission.document, where it is empty or of no kind that people read.
    """
    if not path.is_file():
        raise FileMissing(f"There is no document {path}.")
    if path.stat().st_size > LARGEST:
        raise TooLarge(f"{path.name} has more than {LARGEST >> 20} MiB.", "Give the document, not a film of it.")
    data = path.read_bytes()
    why = _lacking(data)
    if why is not None:
        raise PermissionRefused(f"{path.name} is no document: {why}.", _REMEDY, code="permission.document")
    return hashlib.sha256(data).hexdigest()


def _lacking(data: bytes) -> str | None:
    if not data.strip(b" \t\r\n\0\xef\xbb\xbf"):
        return "it is empty"
    if data.startswith(_PICTURES):
        return None if len(data) > 1024 else "it is a picture of next to nothing"
    if b"%PDF-" in data[:1024]:
        return None if b"/Page" in data and b"%%EOF" in data[-2048:] else "it is a PDF without pages, or cut short"
    if data.startswith(b"PK\x03\x04"):
        return _lacking_office(data)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return "it is of no kind that people can read"
    letters = sum(letter.isalnum() for letter in text)
    return None if letters >= LEAST_LETTERS and len(set(text.split())) > 4 else "it says next to nothing"


def _lacking_office(data: bytes) -> str | None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            names = set(packed.namelist())
    except (zipfile.BadZipFile, ValueError, OSError):
        return "it is damaged"
    return None if names & {"word/document.xml", "content.xml"} else "it is an archive, not a document"
