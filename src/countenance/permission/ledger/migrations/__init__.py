"""Alembic's steps for the ledger's schema."""
