"""Templates of the report and the page; data, no code."""
