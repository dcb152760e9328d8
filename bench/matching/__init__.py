"""Whether faces are known again, and only those."""
