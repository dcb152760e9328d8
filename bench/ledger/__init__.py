"""How fast the ledger is written, checked and shared."""
