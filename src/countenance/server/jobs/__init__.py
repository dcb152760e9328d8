"""Jobs that survive: a queue in the database, and worker processes that may be killed at any moment."""
