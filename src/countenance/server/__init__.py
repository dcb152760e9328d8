"""The studio as a service: every job by HTTP and by page, and consent by phone. Extra `[studio]`."""
