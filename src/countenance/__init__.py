"""Countenance: bring a face to life, with permission that can be checked and marks that stay."""

__version__ = "0.1.0"
