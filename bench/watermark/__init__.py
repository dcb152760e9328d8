"""Measures the invisible mark: attacks × clips, invisibility, speed, false positives. Run `python -m bench.watermark`."""
