"""The studio: jobs, API, page, consent."""
