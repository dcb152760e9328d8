"""Numbers of jobs, uploads, requests and keys: random, so that nobody guesses another's."""

from __future__ import annotations

import secrets


def new_id(kind: str) -> str:
    """`job_` and 32 hex digits, or whatever kind it is of."""
    return f"{kind}_{secrets.token_hex(16)}"
