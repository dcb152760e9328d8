"""Measures the audio mark: attacks × clips, quality, false positives. Run `python -m bench.audiomark`."""
