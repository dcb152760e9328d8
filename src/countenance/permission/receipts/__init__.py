"""Use receipts: a service of the subject's, or of an agency, that signs each use of a grant and so counts them itself.

Without one a grant's uses are counted by the maker alone, in the maker's own ledger. Knows nothing of pictures, marks
and the maker's ledger; docs/use-receipts.md describes the protocol.
"""

from countenance.permission.receipts.client import Receipts
from countenance.permission.receipts.statements import Receipt, SignedReceipt, read_receipt

__all__ = ["Receipt", "Receipts", "SignedReceipt", "read_receipt"]
