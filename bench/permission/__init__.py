"""Permission measured: forged grants, the time of a check, the ledger."""
