"""Measures and shows the label for people (`python -m bench.labels`)."""
