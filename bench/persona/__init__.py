"""Personas by seed: found by the face finder, how far apart, and how near to themselves when they turn."""
