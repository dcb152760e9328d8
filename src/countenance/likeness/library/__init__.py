"""Likenesses made, kept and trained on this machine, each under its grant. Above permission, marks and engines."""
