"""Measures the invisible mark: attacks × clips, invisibility, speed, false positives (`python -m bench.watermark`)."""
