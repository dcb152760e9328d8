"""Alembic's steps for the registry's schema."""
